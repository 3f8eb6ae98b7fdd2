/** The Holter tables as plain JSON: typed arrays become arrays, values that are not there null. */
import { z } from 'zod';
import { type HolterSummary, holterSummarySchema } from '../contract/holter.ts';

const columnOfNumbers = z.array(z.number().nullable());
const columnOfCounts = z.array(z.int());

export const holterJsonSchema = holterSummarySchema.extend({
  waveTrend: z
    .object({
      everyMinutes: z.int(),
      st: z.array(z.object({ lead: z.string(), millivolts: columnOfNumbers })),
      qtMs: columnOfNumbers,
      rrMs: columnOfNumbers,
    })
    .nullable(),
  heartRateTrend: z.object({ minimum: columnOfNumbers, mean: columnOfNumbers, maximum: columnOfNumbers }),
  rrHistogram: holterSummarySchema.shape.rrHistogram.extend({ all: columnOfCounts, normal: columnOfCounts }),
  poincare: holterSummarySchema.shape.poincare.extend({
    first: columnOfCounts,
    second: columnOfCounts,
    count: columnOfCounts,
    ectopic: columnOfCounts,
  }),
});

/** @param plain a number as it is written, null for NaN */
export function holterJson(
  holter: HolterSummary,
  plain: (value: number) => number | null,
): z.infer<typeof holterJsonSchema> {
  const { waveTrend, heartRateTrend, rrHistogram, poincare } = holter;
  const column = (values: Float32Array) => Array.from(values, plain);
  return {
    ...holter,
    waveTrend: waveTrend && {
      everyMinutes: waveTrend.everyMinutes,
      st: waveTrend.st.map(({ lead, millivolts }) => ({ lead, millivolts: column(millivolts) })),
      qtMs: column(waveTrend.qtMs),
      rrMs: column(waveTrend.rrMs),
    },
    heartRateTrend: {
      minimum: column(heartRateTrend.minimum),
      mean: column(heartRateTrend.mean),
      maximum: column(heartRateTrend.maximum),
    },
    rrHistogram: {
      ...rrHistogram,
      all: Array.from(rrHistogram.all),
      normal: Array.from(rrHistogram.normal),
    },
    poincare: {
      ...poincare,
      first: Array.from(poincare.first),
      second: Array.from(poincare.second),
      count: Array.from(poincare.count),
      ectopic: Array.from(poincare.ectopic),
    },
  };
}
