/** Waves and intervals of a recording's usual beat, measured over its leads, and how the electrodes seem to be placed. */
import { z } from 'zod';
import { float32ArraySchema } from './arrays.ts';

const interval90 = z.object({ low: z.number(), high: z.number() });

export const measurementSchema = z.object({
  value: z.number(),
  /** Holds the true value with 90 % probability: spread over beats and the method's error on LUDB together. */
  interval90,
  /** Beats that it was measured on. */
  beats: z.int(),
  recommendation: z.enum(['accept', 'review', 'refuse']),
  /** Plain sentences; empty where nothing speaks against it. */
  why: z.array(z.string()),
});
export type Measurement = z.infer<typeof measurementSchema>;

/** Sample indices of the median beat. */
const waveSchema = z.object({ onset: z.int(), peak: z.int(), end: z.int() });

export const intervalLeadSchema = z.object({
  lead: z.string(),
  /** Waves of the median beat; null where the lead shows none. */
  p: waveSchema.nullable(),
  qrs: waveSchema.nullable(),
  t: waveSchema.nullable(),
  /** Against the level before the QRS complex: at its end (J), 60 and 80 ms later; null where there is no signal. */
  st: z
    .object({ jMillivolts: z.number(), at60Millivolts: z.number(), at80Millivolts: z.number() })
    .nullable(),
});

export const leadPlacementSchema = z.discriminatedUnion('verdict', [
  /** Fewer than the six limb leads. */
  z.object({ verdict: z.literal('not-judged'), why: z.string() }),
  z.object({ verdict: z.literal('plausible') }),
  z.object({
    verdict: z.literal('suspected'),
    /** Which electrodes seem to be exchanged or which lead inverted. */
    fault: z.enum(['RA-LA', 'RA-LL', 'precordial', 'inverted-lead']),
    /** Plain words, for instance "Right and left arm electrodes seem to be exchanged". */
    label: z.string(),
    why: z.array(z.string()),
  }),
]);
export type LeadPlacement = z.infer<typeof leadPlacementSchema>;

export const ecgIntervalsSchema = z.object({
  /** Beats delineated, and those of them that share the median beat's shape. */
  beats: z.int(),
  dominantBeats: z.int(),
  rrMs: measurementSchema.nullable(),
  /** Null where beats do not agree on a P wave: none is invented. */
  pDurationMs: measurementSchema.nullable(),
  prMs: measurementSchema.nullable(),
  qrsMs: measurementSchema.nullable(),
  qtMs: measurementSchema.nullable(),
  /** Bazett 1920, Fridericia 1920, Framingham (Sagie et al. 1992). */
  qtcMs: z
    .object({ bazett: measurementSchema, fridericia: measurementSchema, framingham: measurementSchema })
    .nullable(),
  /** Frontal axes, degrees, -180 to 180, from leads I and aVF (or II or III); null without these. */
  axesDegrees: z.object({
    p: measurementSchema.nullable(),
    qrs: measurementSchema.nullable(),
    t: measurementSchema.nullable(),
  }),
  leads: z.array(intervalLeadSchema),
  medianBeat: z
    .object({
      samplingRateHz: z.number(),
      /** Index of the R peak. */
      rPeak: z.int(),
      /** Millivolts against the level before the QRS complex, one array a lead in the order of `leads`. */
      millivolts: z.array(float32ArraySchema),
    })
    .nullable(),
  placement: leadPlacementSchema,
  notes: z.array(z.string()),
});
export type EcgIntervals = z.infer<typeof ecgIntervalsSchema>;
