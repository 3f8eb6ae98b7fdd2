/** How the columns of a delimited text file become an ECG: proposed from the file, confirmed by the user. */
import { z } from 'zod';

export const delimitedTextMappingSchema = z.object({
  delimiter: z.enum([',', ';', '\t', ' ']),
  decimalMark: z.enum(['.', ',']),
  /** Lines before the first row of samples. */
  skipLines: z.int().min(0).max(1000),
  /** Either the rows' rate, or the column (from 0) that tells the time of each row. */
  time: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('rate'), samplingRateHz: z.number().min(50).max(10_000) }),
    z.object({
      kind: z.literal('column'),
      column: z.int().min(0).max(1023),
      unit: z.enum(['s', 'ms', 'us']),
    }),
  ]),
  units: z.enum(['V', 'mV', 'uV', 'nV']),
  /** Columns (from 0) that are leads, with their names. */
  leads: z
    .array(z.object({ column: z.int().min(0).max(1023), name: z.string().trim().min(1).max(32) }))
    .min(1)
    .max(64),
});
export type DelimitedTextMapping = z.infer<typeof delimitedTextMappingSchema>;
