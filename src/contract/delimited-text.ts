/** How the columns of a delimited text file become an ECG: proposed from the file, confirmed by the user. */
import { z } from 'zod';

const column = z.int().min(0).max(1023);
const layout = {
  delimiter: z.enum([',', ';', '\t', ' ']),
  decimalMark: z.enum(['.', ',']),
  /** Lines before the first row of samples. */
  skipLines: z.int().min(0).max(1000),
};
const timeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('rate'), samplingRateHz: z.number().min(50).max(10_000) }),
  /** The column (from 0) that tells the time of each row. */
  z.object({ kind: z.literal('column'), column, unit: z.enum(['s', 'ms', 'us']) }),
]);
const unitsSchema = z.enum(['V', 'mV', 'uV', 'nV']);
const leadSchema = z.object({ column, name: z.string().trim().min(1).max(32) });

export const delimitedTextMappingSchema = z.object({
  ...layout,
  time: timeSchema,
  units: unitsSchema,
  /** Columns that are leads. */
  leads: z.array(leadSchema).min(1).max(64),
});
export type DelimitedTextMapping = z.infer<typeof delimitedTextMappingSchema>;

export const delimitedTextProposalSchema = z.object({
  ...layout,
  /** Heading of each column, empty where the file has none. */
  headings: z.array(z.string()),
  /** The first rows of samples as they are written. */
  preview: z.array(z.array(z.string())),
  /** Null where the file does not tell. */
  time: timeSchema.nullable(),
  units: unitsSchema.nullable(),
  leads: z.array(leadSchema),
  /** Time, units and leads are written in the file; else the user has to confirm them. */
  certain: z.boolean(),
});
export type DelimitedTextProposal = z.infer<typeof delimitedTextProposalSchema>;

/** A file that waits for the user's word about its columns. */
export const pendingDelimitedTextSchema = z.object({
  id: z.string(),
  fileName: z.string(),
  proposal: delimitedTextProposalSchema,
});
export type PendingDelimitedText = z.infer<typeof pendingDelimitedTextSchema>;
