/** Shape of an entry of the paediatric radiograph network's evaluation log. */
import { z } from 'zod';

const spread = z.object({ mean: z.number(), sd: z.number(), worst: z.number() });
const interval = z.object({ low: z.number(), high: z.number() });

export const RADIOGRAPH_MACHINES = ['array', 'ideal array', 'fp32'] as const;

/** Of one machine, over its programmed arrays. */
const machineFigures = z.object({
  auroc: spread,
  /** At the operating point chosen by cross-validation. */
  balancedAccuracy: spread,
  accuracy: spread,
  sensitivity: spread,
  specificity: spread,
  /** At a probability of one half. */
  sensitivityAtHalf: spread,
  specificityAtHalf: spread,
  nll: spread,
  brier: spread,
  ece: spread,
});
export type MachineFigures = z.infer<typeof machineFigures>;

const groupRow = z.object({
  group: z.string(),
  images: z.int(),
  /** Share called rightly at the operating point, first programming seed. */
  right: z.number(),
  interval95: interval,
});

const validationFigures = z.object({
  auroc: z.number(),
  /** DeLong. */
  aurocInterval95: interval,
  /** At the operating point; intervals by Wilson. */
  sensitivity: z.number(),
  sensitivityInterval95: interval,
  specificity: z.number(),
  specificityInterval95: interval,
  balancedAccuracy: z.number(),
  /** At a probability of one half. */
  sensitivityAtHalf: z.number(),
  specificityAtHalf: z.number(),
  ece: z.number(),
});

const risk = z.object({
  aurc: z.number(),
  augrc: z.number(),
  riskAt: z.array(z.object({ coverage: z.number(), risk: z.number() })),
});

/** Nats; and the AUROC with which it tells wrong answers from right ones. */
const epistemicFigures = z.object({ mean: z.number(), tellsErrors: z.number() });

/** What `npm run validate:cxr` finds on training patients that were left out. */
export const radiographValidationSchema = z.object({
  condition: z.record(z.string(), z.unknown()),
  architecture: z.record(z.string(), z.unknown()),
  options: z.record(z.string(), z.unknown()),
  images: z.int(),
  patients: z.int(),
  prevalence: z.number(),
  fp32Auroc: z.number(),
  arrayAuroc: z.number(),
  /** AUROC of each fold by itself. */
  folds: z.array(z.number()),
  temperature: z.number(),
  operatingPoint: z.number(),
  sensitivityAtHalf: z.number(),
  specificityAtHalf: z.number(),
  groups: z.array(z.object({ group: z.string(), images: z.int(), figures: validationFigures })),
  eceBeforeTemperature: z.number(),
  /** Also of the first fold alone, with the trained common modes and without them. */
  epistemic: z.object({
    all: epistemicFigures,
    firstFold: epistemicFigures,
    firstFoldWithoutPosterior: epistemicFigures,
  }),
  review: z.object({
    probabilityAbove: z.number(),
    probabilityBelow: z.number(),
    epistemicAbove: z.number(),
  }),
  reviewed: z.object({ share: z.number(), shareOfErrorsReviewed: z.number() }),
  risk,
  conformal: z.object({
    alpha: z.number(),
    thresholds: z.array(z.number().nullable()),
    /** Of each class, with limits from the other folds. */
    crossCoverage: z.array(z.number()),
  }),
  /** Squared distance that 99.5 % of left-out films' embeddings keep. */
  embeddingLimit: z.number(),
});
export type RadiographValidation = z.infer<typeof radiographValidationSchema>;

/** A line of `experiments.jsonl`; figures with 4 samples of the array, by what was left out. */
export const attemptSchema = z.object({
  name: z.string(),
  macs: z.number(),
  splits: z.record(
    z.string(),
    z.object({ auroc: z.number(), bestBalancedAccuracy: z.number(), epistemic: z.number() }),
  ),
});
export type Attempt = z.infer<typeof attemptSchema>;

/** What `npm run learning-curve:cxr` finds. */
export const learningCurveSchema = z.object({
  points: z.array(
    z.object({
      share: z.number(),
      patients: z.int(),
      images: z.int(),
      auroc: z.number(),
      aurocInterval95: interval,
      /** At the threshold of the highest balanced accuracy among these same films, so a little too good. */
      bestBalancedAccuracy: z.number(),
    }),
  ),
  leftOut: z.object({ patients: z.int(), images: z.int() }),
});
export type LearningCurve = z.infer<typeof learningCurveSchema>;

/** How many images of each group are refused before the network speaks. */
export const refusalsSchema = z.object({
  calibrationId: z.string(),
  groups: z.array(
    z.object({
      group: z.string(),
      images: z.int(),
      /** Share refused with the file's tags and by the image alone; null where the group has no tags. */
      refusedWithTags: z.number().nullable(),
      refusedByImage: z.number(),
    }),
  ),
  /** Share of films of which a line of text is told, clean and with one drawn in. */
  text: z.array(z.object({ group: z.string(), images: z.int(), told: z.number() })),
});
export type Refusals = z.infer<typeof refusalsSchema>;

export const radiographEntrySchema = z.object({
  commit: z.string(),
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
  images: z.object({ normal: z.int(), pneumonia: z.int() }),
  machines: z.record(z.enum(RADIOGRAPH_MACHINES), machineFigures),
  /** On the array with the first programming seed; 95 % intervals: AUROC DeLong, shares Wilson. */
  firstSeed: z.object({
    auroc: z.number(),
    aurocInterval95: interval,
    table: z.object({
      truePositive: z.int(),
      falseNegative: z.int(),
      trueNegative: z.int(),
      falsePositive: z.int(),
    }),
    sensitivityInterval95: interval,
    specificityInterval95: interval,
    reliability: z.array(
      z.object({ count: z.int(), meanProbability: z.number(), shareDiseased: z.number() }),
    ),
    risk,
    /** Of the machine's own recommendation. */
    accepted: z.object({ share: z.number(), risk: z.number(), errorsReviewed: z.number() }),
    conformal: z.object({
      alpha: z.number(),
      coverage: z.object({ all: z.number(), normal: z.number(), pneumonia: z.number() }),
      meanSize: z.number(),
    }),
    subgroups: z.array(groupRow),
  }),
  /** Where training (left-out patients) and test differ. */
  shift: z.object({
    prevalence: z.object({ training: z.number(), test: z.number() }),
    specificityAtHalf: z.object({ training: z.number(), test: z.number() }),
    sensitivityAtHalf: z.object({ training: z.number(), test: z.number() }),
    auroc: z.object({ training: z.number(), test: z.number() }),
  }),
});
export type RadiographEntry = z.infer<typeof radiographEntrySchema>;
