/**
 * Heart-rate variability of a recording by the definitions of the Task Force of the European Society of Cardiology
 * and the North American Society of Pacing and Electrophysiology (Circulation 93:1043-1065, 1996).
 */
import { z } from 'zod';

export const hrvSchema = z.object({
  /** Intervals between consecutive normal beats that were counted, and all intervals between beats. */
  nnIntervals: z.int(),
  rrIntervals: z.int(),
  /** Sum of the counted intervals, seconds. */
  nnSeconds: z.number(),
  /** From at least 5 min of NN intervals on; null below. Milliseconds unless the name says otherwise. */
  time: z
    .object({
      meanNnMs: z.number(),
      sdnnMs: z.number(),
      /** Null where no two NN intervals follow one another, as in trigeminy throughout. */
      rmssdMs: z.number().nullable(),
      /** Share of successive differences above 50 ms, 0 to 1; null as the one before. */
      pnn50: z.number().nullable(),
      /** Standard deviation of means of 5 min, from 12 such stretches on. */
      sdannMs: z.number().nullable(),
      /** Mean of standard deviations of 5 min, from 12 such stretches on. */
      sdnnIndexMs: z.number().nullable(),
      /** Number of NN intervals over the highest bin of 1/128 s; from 20 min on. */
      triangularIndex: z.number().nullable(),
      /** Base of the triangle fitted to the histogram; from 20 min on. */
      tinnMs: z.number().nullable(),
    })
    .nullable(),
  /** Mean of Lomb-Scargle spectra of 5 min, ms^2; null without one such stretch. */
  frequency: z
    .object({
      segments: z.int(),
      /** Up to 0.4 Hz. */
      totalMs2: z.number(),
      /** Up to 0.04 Hz. */
      vlfMs2: z.number(),
      /** 0.04 to 0.15 Hz. */
      lfMs2: z.number(),
      /** 0.15 to 0.4 Hz. */
      hfMs2: z.number(),
      /** Shares and their ratio: null where there is no power, as in intervals that are all the same. */
      lfNormalised: z.number().nullable(),
      hfNormalised: z.number().nullable(),
      lfToHf: z.number().nullable(),
    })
    .nullable(),
  nonLinear: z
    .object({
      /** Null where no two NN intervals follow one another. */
      sd1Ms: z.number().nullable(),
      sd2Ms: z.number().nullable(),
      /** m = 2, r = 0.2 standard deviations, mean over stretches of 5 min; null where undefined. */
      sampleEntropy: z.number().nullable(),
      /** Detrended fluctuation analysis, 4 to 16 and 16 to 64 beats; from 300 NN intervals on. */
      dfaAlpha1: z.number().nullable(),
      dfaAlpha2: z.number().nullable(),
    })
    .nullable(),
  /** Plain sentences: what was left out and why, what limits the figures. */
  notes: z.array(z.string()),
});
export type HeartRateVariability = z.infer<typeof hrvSchema>;
