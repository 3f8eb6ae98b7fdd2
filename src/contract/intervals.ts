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

/** Limits of the waves of the median beat that a reader may place, in order of time. */
export const WAVE_LIMITS = ['pOnset', 'pEnd', 'qrsOnset', 'qrsEnd', 'tOnset', 'tEnd'] as const;
export const waveLimitSchema = z.enum(WAVE_LIMITS);
export type WaveLimit = z.infer<typeof waveLimitSchema>;
export const WAVE_LIMIT_NAMES: Readonly<Record<WaveLimit, string>> = {
  pOnset: 'P onset',
  pEnd: 'P end',
  qrsOnset: 'QRS onset',
  qrsEnd: 'QRS end',
  tOnset: 'T onset',
  tEnd: 'T end',
};

/** Null: the reader sees no such limit; absent: it stands where the machine has it. */
const readerPlace = z.number().nullable().optional();
/** Null: the reader sees no such wave; absent: rests on the machine's limits alone, or one of them is still missing. */
const readerValue = z.number().nullable().optional();

/** What a reader measured on the median beat. It stands beside the machine's values, and counts before them. */
export const readerMeasurementsSchema = z.object({
  /** Milliseconds from the R peak of the median beat. */
  limits: z.object({
    pOnset: readerPlace,
    pEnd: readerPlace,
    qrsOnset: readerPlace,
    qrsEnd: readerPlace,
    tOnset: readerPlace,
    tEnd: readerPlace,
  }),
  /** Milliseconds between limits of which the reader placed at least one; QTc at the machine's median RR. */
  pDurationMs: readerValue,
  prMs: readerValue,
  qrsMs: readerValue,
  qtMs: readerValue,
  qtcBazettMs: readerValue,
  qtcFridericiaMs: readerValue,
  qtcFraminghamMs: readerValue,
  /** Degrees. */
  pAxisDegrees: readerValue,
  qrsAxisDegrees: readerValue,
  tAxisDegrees: readerValue,
});
export type ReaderMeasurements = z.infer<typeof readerMeasurementsSchema>;

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
  /** Null where no reader moved a limit; absent in studies of older versions. */
  measuredByReader: readerMeasurementsSchema.nullable().optional(),
  notes: z.array(z.string()),
});
export type EcgIntervals = z.infer<typeof ecgIntervalsSchema>;
