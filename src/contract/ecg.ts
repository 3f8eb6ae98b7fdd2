/**
 * ECG results as every process sees them. Signals are in millivolts, positions are sample indices of the
 * recording counted from 0, times are in seconds unless the name says otherwise.
 */
import { z } from 'zod';
import { float32ArraySchema, int32ArraySchema, uint8ArraySchema } from './arrays.ts';
import { burdenSchema, interval90Schema, recommendationSchema } from './certainty.ts';
import { holterSummarySchema } from './holter.ts';
import { hrvSchema } from './hrv.ts';
import { ecgIntervalsSchema } from './intervals.ts';
import { rhythmSummarySchema } from './rhythm.ts';

export {
  type Burden,
  burdenSchema,
  type Interval90,
  interval90Schema,
  RECOMMENDATIONS,
  type Recommendation,
  recommendationSchema,
} from './certainty.ts';

/** AAMI EC57 beat classes. Q: cannot be classified (rule, never a network output). */
export const BEAT_CLASSES = ['N', 'S', 'V', 'F', 'Q'] as const;
export const beatClassSchema = z.enum(BEAT_CLASSES);
export type BeatClass = z.infer<typeof beatClassSchema>;

/** The classes that the beat network gives a probability for, in the order of its outputs. */
export const NETWORK_CLASSES = ['N', 'S', 'V', 'F'] as const satisfies readonly BeatClass[];
export const NETWORK_CLASS_COUNT = NETWORK_CLASSES.length;

/** Where a beat's present label comes from. */
export const BEAT_ORIGINS = ['machine', 'relabelled', 'added'] as const;
export type BeatOrigin = (typeof BEAT_ORIGINS)[number];

/** Share of the beats of a class that a conformal set may miss, on average over patients like those calibrated on. */
export const CONFORMAL_ALPHA = 0.1;
export const NO_CONFORMAL_SET = 255;

/** The classes of a set in `BeatTable.conformalSet`; null where there is none. */
export function conformalClasses(code: number): BeatClass[] | null {
  return code === NO_CONFORMAL_SET ? null : NETWORK_CLASSES.filter((_, c) => (code & (1 << c)) !== 0);
}

/**
 * All beats of one recording, by column, in order of time; row i of every column is the same beat.
 * Probabilities are class-minor: `probabilities[i * NETWORK_CLASS_COUNT + c]`. A beat added by hand or
 * of class Q by rule has NaN there and in the uncertainty columns.
 */
export const beatTableSchema = z.object({
  /** Position of the R peak (QRS fiducial), sample index. */
  sample: int32ArraySchema,
  /** Index into BEAT_CLASSES of the label that counts now (the clinician's where there is one). */
  label: uint8ArraySchema,
  /** Index into BEAT_CLASSES of the machine's label; 255 for an added beat. */
  machineLabel: uint8ArraySchema,
  /** Index into BEAT_ORIGINS. */
  origin: uint8ArraySchema,
  /** Mean over Monte-Carlo samples, [n x 4], each row sums to 1. */
  probabilities: float32ArraySchema,
  /** 5 % and 95 % quantiles over Monte-Carlo samples, [n x 4]. */
  probabilityLow: float32ArraySchema,
  probabilityHigh: float32ArraySchema,
  /** Expected entropy over samples, nats, 0 to ln 4. */
  aleatoric: float32ArraySchema,
  /** Mutual information between label and weights, nats, >= 0. */
  epistemic: float32ArraySchema,
  /** Index into RECOMMENDATIONS. */
  recommendation: uint8ArraySchema,
  /**
   * Conformal set of the beat, bit c for NETWORK_CLASSES[c]; 0 is an empty set: the beat is like none of its
   * class. NO_CONFORMAL_SET where there is none: no network spoke, or the study is of a version without.
   */
  conformalSet: uint8ArraySchema,
});
export type BeatTable = z.infer<typeof beatTableSchema>;

/** The columns of a beat table with their values a beat. */
export const BEAT_COLUMNS = [
  ['sample', 1],
  ['label', 1],
  ['machineLabel', 1],
  ['origin', 1],
  ['probabilities', NETWORK_CLASS_COUNT],
  ['probabilityLow', NETWORK_CLASS_COUNT],
  ['probabilityHigh', NETWORK_CLASS_COUNT],
  ['aleatoric', 1],
  ['epistemic', 1],
  ['recommendation', 1],
  ['conformalSet', 1],
] as const satisfies readonly (readonly [keyof BeatTable, number])[];

export const SEVERITIES = ['urgent', 'attention', 'information'] as const;
export const severitySchema = z.enum(SEVERITIES);
export type Severity = z.infer<typeof severitySchema>;

/** A stretch of the recording, sample indices, end exclusive. */
export const sampleSpanSchema = z.object({ startSample: z.int(), endSample: z.int() });
export type SampleSpan = z.infer<typeof sampleSpanSchema>;

export const findingCodeSchema = z.enum([
  'pause',
  'ventricular-run',
  'ventricular-couplet',
  'supraventricular-run',
  'supraventricular-couplet',
  've-burden',
  'sve-burden',
  'heart-rate',
  'quality',
  'lead-off',
  'intervals',
  'lead-placement',
  'paced',
  'atrial-fibrillation',
  'ventricular-fibrillation',
  'ventricular-tachycardia',
  'supraventricular-tachycardia',
  'bigeminy',
  'trigeminy',
  'sinus-rate',
  'av-block',
  'pre-excitation',
  'rhythm',
  'st-change',
]);
export type FindingCode = z.infer<typeof findingCodeSchema>;

/**
 * One statement about a recording. `probability` is the chance that the statement is true (a run: the share
 * of Monte-Carlo samples in which it is one); null for a measurement, whose doubt is in `interval90`.
 */
export const findingSchema = z.object({
  task: z.enum(['ecg-beats', 'ecg-rhythm']),
  code: findingCodeSchema,
  /** Plain words, for instance "Pause of 3.4 s". */
  label: z.string(),
  severity: severitySchema,
  value: z
    .object({ amount: z.number(), unit: z.string(), interval90: interval90Schema.nullable() })
    .nullable(),
  probability: z.number().min(0).max(1).nullable(),
  credibleInterval90: interval90Schema.nullable(),
  /** Nats; mean over the beats that the finding rests on; null where no network spoke. */
  aleatoric: z.number().nullable(),
  epistemic: z.number().nullable(),
  /** Classes in the conformal set of any beat that a run or couplet rests on; null for what rests on no single beats. */
  conformalSet: z.array(beatClassSchema).nullable(),
  recommendation: recommendationSchema,
  /** Applicability checks and evidence, plain sentences. */
  why: z.array(z.string()),
  /** Where it was seen; null for the whole recording. */
  at: sampleSpanSchema.nullable(),
});
export type Finding = z.infer<typeof findingSchema>;

export const countWithIntervalSchema = z.object({ count: z.int(), interval90: interval90Schema.nullable() });
export type CountWithInterval = z.infer<typeof countWithIntervalSchema>;

export const leadQualitySchema = z.object({
  lead: z.string(),
  /** Share of time in which the lead can be analysed, 0 to 1. */
  analysableFraction: z.number(),
  leadOffSeconds: z.number(),
  saturatedSeconds: z.number(),
  /** Per whole second of the recording: 0 analysable, 1 noisy, 2 lead off or flat, 3 saturated. */
  secondState: uint8ArraySchema,
  /** Signal-quality index of each second, 0 (off, saturated) to 100; absent in studies of older versions. */
  qualityIndex: uint8ArraySchema.optional(),
  /** Seconds in which that kind of noise is large against the lead's complexes. */
  noiseSeconds: z
    .object({
      muscle: z.int(),
      mains: z.int(),
      wander: z.int(),
      mainsHz: z.union([z.literal(50), z.literal(60)]).nullable(),
    })
    .optional(),
});
export type LeadQuality = z.infer<typeof leadQualitySchema>;

export const rrEventSchema = z.object({
  /** Sample of the beat before the interval. */
  startSample: z.int(),
  seconds: z.number(),
});

export const runSchema = z.object({
  kind: z.enum(['ventricular', 'supraventricular']),
  startSample: z.int(),
  endSample: z.int(),
  beats: z.int(),
  rateBpm: z.number(),
  /** Share of Monte-Carlo samples in which every beat of the run has its class; null after hand edits. */
  probability: z.number().nullable(),
});
export type Run = z.infer<typeof runSchema>;

export const ecgSummarySchema = z.object({
  durationSeconds: z.number(),
  /** Share of time with at least one analysable lead, 0 to 1. */
  analysableFraction: z.number(),
  leads: z.array(leadQualitySchema),
  /** Over analysable stretches, from RR averaged over 8 beats; null with fewer than 9 beats. */
  heartRateBpm: z.object({ minimum: z.number(), mean: z.number(), maximum: z.number() }).nullable(),
  longestRr: rrEventSchema.nullable(),
  /** RR >= 3.0 s between analysable beats. */
  pauses: z.array(rrEventSchema),
  /** Runs of at least 3. */
  runs: z.array(runSchema),
  couplets: z.array(runSchema),
  beats: z.object({
    total: z.int(),
    N: countWithIntervalSchema,
    S: countWithIntervalSchema,
    V: countWithIntervalSchema,
    F: countWithIntervalSchema,
    Q: countWithIntervalSchema,
  }),
  veBurden: burdenSchema.nullable(),
  sveBurden: burdenSchema.nullable(),
  /** Absent in studies of older versions; null where no beat was delineated. */
  intervals: ecgIntervalsSchema.nullable().optional(),
  hrv: hrvSchema.nullable().optional(),
  /** Null in studies analysed before rhythm was judged, and where it cannot be. */
  rhythm: rhythmSummarySchema.nullable().default(null),
  /** Absent in studies of older versions. */
  holter: holterSummarySchema.nullable().optional(),
});
export type EcgSummary = z.infer<typeof ecgSummarySchema>;

/** Said wherever a summary is shown that was made without a judgement of rhythm. */
export const RHYTHM_NOT_ASSESSED =
  'Rhythm and atrial fibrillation are not assessed. In atrial fibrillation the supraventricular burden is not valid.';

export const DECISION_SUPPORT_NOTICE =
  'Decision support only. Not a certified medical device. Not for diagnosis without review by a qualified clinician.';

/**
 * What the spread over Monte-Carlo samples is: reads of weights whose means and standard deviations were trained
 * together by variational inference, within what pairs of devices can hold.
 */
export const SPREAD_NAME = 'variational posterior';
