/**
 * The usual tables of a Holter report: ectopy, pauses, slow and fast heart rate, atrial fibrillation, ST and QT over
 * time, hours. Derived from the beats that count now, so that it follows corrections. Positions are sample indices.
 */
import { z } from 'zod';
import { float32ArraySchema, int32ArraySchema } from './arrays.ts';
import { burdenSchema, interval90Schema } from './certainty.ts';

const countSchema = z.object({ count: z.int(), interval90: interval90Schema.nullable() });
const rangeSchema = z.object({ minimum: z.number(), mean: z.number(), maximum: z.number() });
/** A value and the sample it was found at. */
const extremeSchema = z.object({ value: z.number(), atSample: z.int() });

/** RR from which an interval counts as a pause, seconds; each row of the table holds those of the rows after it. */
export const PAUSE_LIMITS_SECONDS = [2, 2.5, 3] as const;
/** Means over 8 intervals below and above these are slow and fast. */
export const SLOW_BPM = 50;
export const FAST_BPM = 100;
/** ST level, 60 ms after the J point, from which it counts as depressed (negative) or elevated. */
export const ST_LIMIT_MILLIVOLTS = 0.1;

const holterRunSchema = z.object({
  startSample: z.int(),
  endSample: z.int(),
  beats: z.int(),
  rateBpm: z.number(),
  /** Share of Monte-Carlo samples in which every beat of the run has its class. */
  probability: z.number().nullable(),
});

/** Stretches of three or more ectopic beats with one (bigeminy) or two (trigeminy) normal beats between each. */
const patternSchema = z.object({
  episodes: z.int(),
  /** Ectopic beats within them. */
  ectopicBeats: z.int(),
  seconds: z.number(),
  longest: z.object({ startSample: z.int(), endSample: z.int(), ectopicBeats: z.int() }).nullable(),
});

export const ectopySchema = z.object({
  beats: countSchema,
  /** Share of classified beats, 0 to 1; null without any. */
  burden: burdenSchema.nullable(),
  /** Beats an analysable hour; null where nothing could be analysed. */
  beatsPerHour: z.number().nullable(),
  /** Neither in a couplet nor in a run. Singles, couplets and runs hold every ectopic beat once. */
  singles: z.int(),
  couplets: z.int(),
  /** Of 3 or more; EC57 calls those of 3 to 5 short and of 6 or more long. */
  runs: z.int(),
  shortRuns: z.int(),
  longRuns: z.int(),
  beatsInRuns: z.int(),
  longestRun: holterRunSchema.nullable(),
  fastestRun: holterRunSchema.nullable(),
  bigeminy: patternSchema,
  trigeminy: patternSchema,
});
export type Ectopy = z.infer<typeof ectopySchema>;

const rateEpisodesSchema = z.object({
  limitBpm: z.number(),
  episodes: z.int(),
  seconds: z.number(),
  longest: z.object({ startSample: z.int(), endSample: z.int() }).nullable(),
  /** Slowest or fastest mean over 8 intervals. */
  extremeBpm: extremeSchema.nullable(),
});

/** Medians over 10 s every so many minutes, measured on the signal; NaN where too few beats of one shape are in it. */
export const waveTrendSchema = z.object({
  /** 1, in long recordings more. */
  everyMinutes: z.int().min(1),
  /** In the order of the leads; ST level 60 ms after the J point against the level before the QRS complex. */
  st: z.array(z.object({ lead: z.string(), millivolts: float32ArraySchema })),
  /** QT over leads, and the RR interval of the same beats, milliseconds. */
  qtMs: float32ArraySchema,
  rrMs: float32ArraySchema,
});
export type WaveTrend = z.infer<typeof waveTrendSchema>;

export const holterHourSchema = z.object({
  startSample: z.int(),
  endSample: z.int(),
  /** "14:00", local time of the recording; null where its start is not known. The first hour may be short. */
  clock: z.string().nullable(),
  heartRateBpm: rangeSchema.nullable(),
  beats: z.int(),
  ventricular: z.int(),
  supraventricular: z.int(),
  /** Of 2 s or more. */
  pauses: z.int(),
  /** Null where rhythm was not judged. */
  afMinutes: z.number().nullable(),
  analysableFraction: z.number(),
});
export type HolterHour = z.infer<typeof holterHourSchema>;

/** What the urgent list of a Holter service names, and what became of it here. */
export const URGENT_RULES = [
  'ventricular-fibrillation',
  'ventricular-tachycardia',
  've-burden',
  'supraventricular-tachycardia',
  'pre-excitation',
  'atrial-fibrillation',
  'av-block',
  'complete-block',
  'pause',
  'st-change',
] as const;

export const urgentRuleSchema = z.object({
  rule: z.enum(URGENT_RULES),
  /** Plain words, for instance "Pause of 3.0 s or more". */
  name: z.string(),
  /** `not-judged`: nothing here looks for it, or it could not in this recording. */
  outcome: z.enum(['found', 'not-found', 'not-judged']),
  /** What was found, or why it was not judged; empty where nothing was found. */
  detail: z.string(),
  at: z.object({ startSample: z.int(), endSample: z.int() }).nullable(),
});
export type UrgentRule = z.infer<typeof urgentRuleSchema>;

export const holterSummarySchema = z.object({
  urgent: z.array(urgentRuleSchema),
  beats: z.object({
    total: z.int(),
    normal: countSchema,
    ventricular: countSchema,
    supraventricular: countSchema,
    fusion: countSchema,
    /** All beats of a paced recording, whose beats are not classified; else 0. */
    paced: z.int(),
    /** Class Q: artefacts and what cannot be classified. */
    artefact: z.int(),
  }),
  ventricular: ectopySchema,
  supraventricular: ectopySchema,
  /** Ventricular beats on the T wave of the beat before; null where no T wave was measured. */
  rOnT: z.object({ beats: z.int(), first: z.int().nullable(), withinMs: z.number() }).nullable(),
  pauses: z.object({
    /** One row for each of PAUSE_LIMITS_SECONDS. */
    atLeast: z.array(z.object({ seconds: z.number(), count: z.int() })),
    longest: z.object({ startSample: z.int(), seconds: z.number() }).nullable(),
  }),
  slow: rateEpisodesSchema,
  fast: rateEpisodesSchema,
  /** Null where rhythm was not judged. */
  atrialFibrillation: z
    .object({
      fraction: z.number(),
      interval90: interval90Schema.nullable(),
      seconds: z.number(),
      episodes: z.int(),
      longest: z.object({ startSample: z.int(), endSample: z.int(), seconds: z.number() }).nullable(),
      /** Of the means of its episodes. */
      rateBpm: rangeSchema.nullable(),
    })
    .nullable(),
  /** Null where no waves were measured. */
  st: z
    .array(
      z.object({
        lead: z.string(),
        minimum: extremeSchema,
        maximum: extremeSchema,
        minutesDepressed: z.int(),
        minutesElevated: z.int(),
      }),
    )
    .nullable(),
  /** Of medians of three successive values of `waveTrend`, as is ST; null where no T wave was measured. */
  qt: z
    .object({
      measurements: z.int(),
      qtMs: rangeSchema,
      qtcBazettMs: rangeSchema,
      qtcFridericiaMs: rangeSchema,
    })
    .nullable(),
  waveTrend: waveTrendSchema.nullable(),
  hourly: z.array(holterHourSchema),
  /** Per minute of the recording, beats a minute; NaN where there is none. Extremes are of means over 8 intervals. */
  heartRateTrend: z.object({
    minimum: float32ArraySchema,
    mean: float32ArraySchema,
    maximum: float32ArraySchema,
  }),
  /** Bin i holds intervals from `firstMs + i * binMs` on; the outer bins hold what lies beyond. */
  rrHistogram: z.object({
    firstMs: z.number(),
    binMs: z.number(),
    all: int32ArraySchema,
    /** Between two normal beats. */
    normal: int32ArraySchema,
  }),
  /**
   * Successive pairs of intervals, in bins of `binMs`: entry k says how many pairs have their first interval in bin
   * `first[k]` and their second in bin `second[k]`. Only bins that hold pairs; `ectopic` of them touch an ectopic beat.
   */
  poincare: z.object({
    binMs: z.number(),
    first: int32ArraySchema,
    second: int32ArraySchema,
    count: int32ArraySchema,
    ectopic: int32ArraySchema,
  }),
});
export type HolterSummary = z.infer<typeof holterSummarySchema>;
