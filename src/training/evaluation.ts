/** Figures of a beat classifier against reference annotations, and the shape of an entry of the evaluation log. */
import { z } from 'zod';
import { expectedCalibrationError } from '../bayes/calibration-error.ts';
import { selectiveFigures } from '../bayes/selective.ts';
import { BEAT_CLASSES, NETWORK_CLASS_COUNT, NETWORK_CLASSES } from '../contract/ecg.ts';
import { type BeatConfusion, ectopicFigures } from '../ecg/scoring.ts';
import { ec57Schema } from './annotation-scoring.ts';

const spreadSchema = z.object({ mean: z.number(), sd: z.number(), worst: z.number() });
export type Spread = z.infer<typeof spreadSchema>;

const classSchema = z.object({
  sensitivity: spreadSchema,
  positivePredictivity: spreadSchema,
  f1: spreadSchema,
});
const figuresSchema = z.object({ accuracy: spreadSchema, S: classSchema, V: classSchema });
/** Figures of one machine, over its programmed arrays (one where nothing is drawn when programming). */
export type Figures = z.infer<typeof figuresSchema>;

const calibrationSchema = z.object({ nll: spreadSchema, brier: spreadSchema, ece: spreadSchema });

export const MACHINES = ['array', 'ideal array', 'fp32'] as const;
export type Machine = (typeof MACHINES)[number];

export const SUBSETS = ['all', 'without 202', 'without 232', 'without 202 and 232'] as const;

const confusionRow = z.array(z.number());

/** How sources of uncertainty are compared, each with its own scaling from left-out DS1 patients. */
const methodSchema = z.object({
  accuracy: spreadSchema,
  nll: spreadSchema,
  ece: spreadSchema,
  aurc: spreadSchema,
  augrc: spreadSchema,
  /** Share of the errors that are among the tenth of the beats of least probability. */
  errorsInLeastCertainTenth: spreadSchema,
});
export type MethodFigures = z.infer<typeof methodSchema>;

/** Coverage of the shipped conformal sets. */
const conformalSchema = z.object({
  alpha: z.number(),
  /** By class N, S, V, F: share of its beats whose set holds it; null without such beats. */
  coverage: z.array(spreadSchema),
  /** Classes in a set, mean; shares of sets that are empty, or hold one class. */
  meanSize: z.number(),
  empty: z.number(),
  single: z.number(),
  /** By record and class, mean over programmed arrays. */
  records: z.array(z.object({ record: z.string(), coverage: z.array(z.number().nullable()) })),
});

export const evaluationEntrySchema = z.object({
  commit: z.string(),
  /** Why it was looked, where that was said. */
  note: z.string().optional(),
  calibrationId: z.string(),
  weightsSha256: z.string(),
  condition: z.object({
    profile: z.string(),
    driftSeconds: z.number(),
    driftCompensation: z.boolean(),
    samples: z.number(),
    programmingSeeds: z.array(z.number()),
    seed: z.number(),
  }),
  /** Of what is not read on all arrays: reference positions, other sources of uncertainty. Absent: all. */
  comparedSeeds: z.array(z.number()).optional(),
  /** Records, reference beats, beats found. */
  counts: z.object({ records: z.int(), reference: z.int(), detected: z.int(), refused: z.int() }),
  /** At detected positions, escape beats as N, all records. */
  detected: z.record(z.enum(MACHINES), figuresSchema),
  /** At the reference's own positions. */
  reference: z.record(z.enum(MACHINES), figuresSchema),
  /** On the array at detected positions with escape beats as S. */
  escapeAsS: figuresSchema,
  subsets: z.record(z.enum(SUBSETS), figuresSchema),
  /** Of beats that were found and judged. */
  calibration: z.record(z.enum(MACHINES), calibrationSchema),
  /** On the array; absent from entries of before there was a posterior. */
  methods: z.record(z.string(), methodSchema).optional(),
  conformal: conformalSchema.optional(),
  /** Of the first programmed array; absent from entries of before. */
  ec57: ec57Schema.optional(),
  /** First programming seed, detected positions: rows N, S, V, F, Q, none; columns the same. */
  confusion: z.object({ labels: z.array(z.string()), rows: z.array(confusionRow) }),
  /** Mean over programmed arrays. */
  records: z.array(
    z.object({
      record: z.string(),
      beats: z.int(),
      accuracy: z.number(),
      /** Null where the record has no such beat, or none was called. */
      sSensitivity: z.number().nullable(),
      sPositivePredictivity: z.number().nullable(),
      vSensitivity: z.number().nullable(),
      vPositivePredictivity: z.number().nullable(),
    }),
  ),
});
export type EvaluationEntry = z.infer<typeof evaluationEntrySchema>;

/** Rows and columns of a confusion. */
export const CONFUSION_LABELS = [...BEAT_CLASSES, 'none'] as const;

/** Share of the reference beats N, S, V and F that were found and called what they are. */
export function accuracyOf(confusion: BeatConfusion): number {
  let right = 0;
  let all = 0;
  for (const label of NETWORK_CLASSES) {
    right += confusion[label][label];
    for (const column of CONFUSION_LABELS) all += confusion[label][column];
  }
  return right / all;
}

/** Mean, standard deviation (n - 1) and the worst value; `worstIsHighest` for figures that should be low. */
export function spreadOf(values: readonly number[], worstIsHighest = false): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    mean,
    sd: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0,
    worst: worstIsHighest ? Math.max(...values) : Math.min(...values),
  };
}

/** Figures over programmed arrays: one confusion each. */
export function figuresOf(confusions: readonly BeatConfusion[]): Figures {
  const ofClass = (beatClass: 'S' | 'V') => {
    const figures = confusions.map((confusion) => {
      const { sensitivity, positivePredictivity } = ectopicFigures(confusion, beatClass);
      const sum = sensitivity + positivePredictivity;
      return {
        sensitivity,
        positivePredictivity,
        f1: sum > 0 ? (2 * sensitivity * positivePredictivity) / sum : 0,
      };
    });
    return {
      sensitivity: spreadOf(figures.map((figure) => figure.sensitivity)),
      positivePredictivity: spreadOf(figures.map((figure) => figure.positivePredictivity)),
      f1: spreadOf(figures.map((figure) => figure.f1)),
    };
  };
  return { accuracy: spreadOf(confusions.map(accuracyOf)), S: ofClass('S'), V: ofClass('V') };
}

/** Figures of probabilities [n][4] against labels [n]. */
export function uncertaintyFiguresOf(
  probabilities: readonly (readonly number[])[],
  labels: readonly number[],
): MethodFigures {
  const figures = probabilities.map((values) => {
    const certainty: number[] = [];
    const isError: boolean[] = [];
    labels.forEach((label, i) => {
      const row = values.slice(i * NETWORK_CLASS_COUNT, (i + 1) * NETWORK_CLASS_COUNT);
      const top = Math.max(...row);
      certainty.push(top);
      isError.push(row.indexOf(top) !== label);
    });
    const accuracy = 1 - isError.filter(Boolean).length / labels.length;
    return { accuracy, ...calibrationOf(values, labels), ...selectiveFigures(certainty, isError) };
  });
  const spread = (name: keyof (typeof figures)[number], worstIsHighest: boolean) =>
    spreadOf(
      figures.map((one) => one[name]),
      worstIsHighest,
    );
  return {
    accuracy: spread('accuracy', false),
    nll: spread('nll', true),
    ece: spread('ece', true),
    aurc: spread('aurc', true),
    augrc: spread('augrc', true),
    errorsInLeastCertainTenth: spread('errorsInLeastCertainTenth', false),
  };
}

/**
 * Proper scores and calibration error of probabilities [n][4] against labels [n]: NLL in nats, multi-class Brier
 * score, ECE of the largest probability.
 */
export function calibrationOf(
  probabilities: ArrayLike<number>,
  labels: ArrayLike<number>,
): { nll: number; brier: number; ece: number } {
  const n = labels.length;
  let nll = 0;
  let brier = 0;
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < NETWORK_CLASS_COUNT; c++) {
      brier += (probabilities[i * NETWORK_CLASS_COUNT + c]! - (labels[i] === c ? 1 : 0)) ** 2;
    }
    nll -= Math.log(Math.max(1e-12, probabilities[i * NETWORK_CLASS_COUNT + labels[i]!]!));
  }
  return { nll: nll / n, brier: brier / n, ece: expectedCalibrationError(probabilities, labels) };
}
