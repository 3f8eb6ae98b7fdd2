/** Rhythm over a recording as every process sees it. Positions are sample indices of the recording. */
import { z } from 'zod';
import { float32ArraySchema, int32ArraySchema, uint8ArraySchema } from './arrays.ts';
import { burdenSchema, interval90Schema, recommendationSchema } from './certainty.ts';

/** Classes of the rhythm network, in the order of its outputs: sinus rhythm, atrial fibrillation, other, too noisy. */
export const RHYTHM_CLASSES = ['N', 'A', 'O', '~'] as const;
export const RHYTHM_CLASS_COUNT = RHYTHM_CLASSES.length;

export const RHYTHM_KINDS = [
  'sinus',
  'sinus-bradycardia',
  'sinus-tachycardia',
  'atrial-fibrillation',
  'supraventricular-tachycardia',
  'ventricular-tachycardia',
  'idioventricular',
  'ventricular-fibrillation',
  'ventricular-bigeminy',
  'ventricular-trigeminy',
  'supraventricular-bigeminy',
  'supraventricular-trigeminy',
  'av-block-complete',
  'av-block-high-grade',
  'av-block-two-to-one',
  'av-block-mobitz-2',
  'av-block-mobitz-1',
  'av-block-first-degree',
  'pre-excitation',
  'pause',
  'paced',
  'undetermined',
  'not-analysable',
] as const;
export const rhythmKindSchema = z.enum(RHYTHM_KINDS);
export type RhythmKind = z.infer<typeof rhythmKindSchema>;

/** One stretch of a rhythm. Base rhythms cover the recording without overlap; events lie on top of them. */
export const rhythmEpisodeSchema = z.object({
  kind: rhythmKindSchema,
  /** `base`: one of the stretches that cover the recording; `event`: within them. */
  layer: z.enum(['base', 'event']),
  startSample: z.int(),
  /** Exclusive. */
  endSample: z.int(),
  beats: z.int(),
  /** Mean ventricular rate; null with fewer than two beats. */
  rateBpm: z.number().nullable(),
  /** What said so: the rhythm network, a rule over beats and intervals, or a measure of the signal. */
  source: z.enum(['network', 'rule', 'signal']),
  /** Chance that the statement is true; null where nothing gives one. */
  probability: z.number().nullable(),
  interval90: interval90Schema.nullable(),
  /** Nats; null where no network spoke. */
  aleatoric: z.number().nullable(),
  epistemic: z.number().nullable(),
  recommendation: recommendationSchema,
});
export type RhythmEpisode = z.infer<typeof rhythmEpisodeSchema>;

/** The network's answer, window by window; row i of every column is the same window. */
export const rhythmWindowsSchema = z.object({
  startSample: int32ArraySchema,
  endSample: int32ArraySchema,
  /** 0: too little of the window could be analysed; its other columns are NaN. */
  judged: uint8ArraySchema,
  /** Means over the Monte-Carlo samples and their 5 % and 95 % quantiles, [n x RHYTHM_CLASS_COUNT]. */
  probabilities: float32ArraySchema,
  probabilityLow: float32ArraySchema,
  probabilityHigh: float32ArraySchema,
  /** Nats. */
  aleatoric: float32ArraySchema,
  epistemic: float32ArraySchema,
  /** Index into RECOMMENDATIONS. */
  recommendation: uint8ArraySchema,
  /** How much of the stretch before the complexes is the same in every beat, 0 to 1: evidence of a P wave. */
  pSteadiness: float32ArraySchema,
});

/** Kinds of atrioventricular block with P waves that no QRS complex follows. */
export const AV_BLOCK_KINDS = ['mobitz-1', 'mobitz-2', 'two-to-one', 'high-grade', 'complete'] as const;
export type AvBlockKind = (typeof AV_BLOCK_KINDS)[number];

export const avBlockSchema = z.object({
  kind: z.enum(AV_BLOCK_KINDS),
  startSample: z.int(),
  endSample: z.int(),
  /** P waves without a QRS complex; of complete block all P waves. */
  pWaves: z.int(),
  /** How like the recording's usual P wave they are, median correlation, 0 to 1. */
  likeness: z.number(),
  atrialBpm: z.number(),
});
export type AvBlock = z.infer<typeof avBlockSchema>;

/** Atrioventricular conduction, where P waves are seen in the lead that rhythm is judged from. */
export const conductionSchema = z.object({
  avBlock: z.array(avBlockSchema),
  /** Minute by minute; null where no P wave was told. `deviationMs`: the method's error, a standard deviation. */
  pr: z.array(
    z.object({
      startSample: z.int(),
      endSample: z.int(),
      ms: z.number().nullable(),
      deviationMs: z.number(),
    }),
  ),
  /** Stretches from the first to the last R peak of pre-excited beats; absent from studies of older versions. */
  preExcitation: z.array(z.object({ startSample: z.int(), endSample: z.int(), beats: z.int() })).optional(),
  /** Share of the recording in which P waves were seen, 0 to 1. */
  judgedFraction: z.number(),
});
export type Conduction = z.infer<typeof conductionSchema>;

/** What the machine said from the signal; a clinician's corrections of beats do not change it. */
export const rhythmSignalSchema = z.object({
  windows: rhythmWindowsSchema,
  /** Atrial fibrillation or flutter of 30 s or more, by the network. */
  atrialFibrillation: z.array(
    z.object({
      startSample: z.int(),
      endSample: z.int(),
      probability: z.number(),
      interval90: interval90Schema,
    }),
  ),
  /** Ventricular flutter or fibrillation, found in the signal. */
  fibrillation: z.array(z.object({ startSample: z.int(), endSample: z.int() })),
  /** Absent from studies of older versions. */
  conduction: conductionSchema.optional(),
  paced: z.boolean(),
  /** Share of the judged time in atrial fibrillation or flutter. */
  afBurden: burdenSchema.nullable(),
});
export type RhythmSignal = z.infer<typeof rhythmSignalSchema>;

export const rhythmSummarySchema = z.object({
  signal: rhythmSignalSchema,
  /** In order of time. */
  episodes: z.array(rhythmEpisodeSchema),
  afBurden: burdenSchema.nullable(),
  longestAfSeconds: z.number(),
});
export type RhythmSummary = z.infer<typeof rhythmSummarySchema>;

/** Names of rhythms as they are shown. */
export const RHYTHM_WORDS: Readonly<Record<RhythmKind, string>> = {
  sinus: 'Sinus rhythm',
  'sinus-bradycardia': 'Sinus bradycardia',
  'sinus-tachycardia': 'Sinus tachycardia',
  'atrial-fibrillation': 'Atrial fibrillation or flutter',
  'supraventricular-tachycardia': 'Supraventricular tachycardia',
  'ventricular-tachycardia': 'Ventricular tachycardia',
  idioventricular: 'Idioventricular rhythm',
  'ventricular-fibrillation': 'Ventricular flutter or fibrillation',
  'ventricular-bigeminy': 'Ventricular bigeminy',
  'ventricular-trigeminy': 'Ventricular trigeminy',
  'supraventricular-bigeminy': 'Supraventricular bigeminy',
  'supraventricular-trigeminy': 'Supraventricular trigeminy',
  'av-block-complete': 'Complete AV block',
  'av-block-high-grade': 'High-grade AV block',
  'av-block-two-to-one': '2:1 AV block',
  'av-block-mobitz-2': 'Second-degree AV block, type II',
  'av-block-mobitz-1': 'Second-degree AV block, type I',
  'av-block-first-degree': 'First-degree AV block',
  'pre-excitation': 'Pre-excitation suspected',
  pause: 'Pause',
  paced: 'Paced rhythm',
  undetermined: 'Rhythm not determined',
  'not-analysable': 'Not analysable',
};

/** From so many ventricular beats on a run faster than 100/min is on the urgent list (a long run of EC57): one rule for all. */
export const VT_BEATS = 6;

/** Said wherever rhythm is shown: what the machine cannot tell. */
export const RHYTHM_LIMITS =
  'Atrial flutter is not told from fibrillation, and regular flutter can pass for sinus rhythm. AV block and pre-excitation are told only where P waves are seen; complexes that are pre-excited throughout can be missed. Junctional rhythm is not judged.';

/** Seconds of each base rhythm, longest first. */
export function timeByRhythm(
  { episodes }: Pick<RhythmSummary, 'episodes'>,
  samplingRateHz: number,
): { kind: RhythmKind; seconds: number }[] {
  const seconds = new Map<RhythmKind, number>();
  for (const { layer, kind, startSample, endSample } of episodes) {
    if (layer !== 'base') continue;
    seconds.set(kind, (seconds.get(kind) ?? 0) + (endSample - startSample) / samplingRateHz);
  }
  return [...seconds].map(([kind, sum]) => ({ kind, seconds: sum })).sort((a, b) => b.seconds - a.seconds);
}
