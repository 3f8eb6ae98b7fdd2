/** Requests about delimited text files whose columns the user has to confirm before they are imported. */
import { z } from 'zod';
import { delimitedTextMappingSchema, pendingDelimitedTextSchema } from './delimited-text.ts';

const id = z.string().max(64);

export const DELIMITED_TEXT_REQUESTS = {
  /** Files that `studies.import` met and could not read by themselves. */
  'delimitedText.pending': {
    owner: 'service',
    input: z.object({}).strict(),
    output: z.array(pendingDelimitedTextSchema),
  },
  'delimitedText.import': {
    owner: 'service',
    input: z.object({ id, mapping: delimitedTextMappingSchema }),
    output: z.object({ jobId: z.string() }),
  },
  'delimitedText.dismiss': { owner: 'service', input: z.object({ id }), output: z.object({}).strict() },
} as const;
