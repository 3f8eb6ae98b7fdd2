/** What a network on the array says of one image, and what was checked before it was allowed to speak. */
import { z } from 'zod';
import { float32ArraySchema } from './arrays.ts';
import { interval90Schema, recommendationSchema, severitySchema } from './ecg.ts';
import { provenanceSchema } from './provenance.ts';

/** One condition that an image must meet for a model to be asked about it. */
export const applicabilityCheckSchema = z.object({
  /** What was looked at, for instance `age`, `view`, `body-part`, `rotation`, `out-of-distribution`. */
  check: z.string(),
  /**
   * `review`: the model speaks, but its answer is for review whatever it is. `unknown`: it could not be checked, and the
   * answer is for review as well.
   */
  outcome: z.enum(['passed', 'unknown', 'review', 'refused']),
  /** A plain sentence with what was found. */
  why: z.string(),
});
export type ApplicabilityCheck = z.infer<typeof applicabilityCheckSchema>;

export const imagingFindingSchema = z.object({
  /** Name of the task, that of its folder in `src/diagnosis`. */
  task: z.string(),
  /** Plain words, for instance "Signs of pneumonia likely". */
  label: z.string(),
  severity: severitySchema,
  /** Mean over Monte-Carlo samples that the condition is there; null where the model was not asked. */
  probability: z.number().min(0).max(1).nullable(),
  credibleInterval90: interval90Schema.nullable(),
  /** Nats. */
  aleatoric: z.number().nullable(),
  epistemic: z.number().nullable(),
  /** Classes that the calibrated conformal set holds; null where the model was not asked. */
  conformalSet: z.array(z.string()).nullable(),
  recommendation: recommendationSchema,
  /** All checks, in the order in which they were made. */
  applicability: z.array(applicabilityCheckSchema),
  /** Evidence and reasons, plain sentences. */
  why: z.array(z.string()),
});
export type ImagingFinding = z.infer<typeof imagingFindingSchema>;

/** Where in the image the answer comes from, over the whole image, row by row from the upper left. */
export const saliencySchema = z.object({
  width: z.int().positive(),
  height: z.int().positive(),
  /** Mean over Monte-Carlo samples; positive speaks for the condition. */
  mean: float32ArraySchema,
  /** Standard deviation over Monte-Carlo samples. */
  deviation: float32ArraySchema,
});
export type Saliency = z.infer<typeof saliencySchema>;

export const imageAnalysisSchema = z.object({
  finding: imagingFindingSchema,
  /** Null where the model was not asked. */
  saliency: saliencySchema.nullable(),
  /** What the network makes of the image before its last layer, for finding similar ones; null as above. */
  embedding: float32ArraySchema.nullable(),
  provenance: provenanceSchema,
});
export type ImageAnalysis = z.infer<typeof imageAnalysisSchema>;
