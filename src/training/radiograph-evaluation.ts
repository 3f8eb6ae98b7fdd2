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
    risk: z.object({
      aurc: z.number(),
      augrc: z.number(),
      riskAt: z.array(z.object({ coverage: z.number(), risk: z.number() })),
    }),
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
