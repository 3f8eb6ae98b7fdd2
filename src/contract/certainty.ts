/** How sure a statement is, in the shapes that all answers share. */
import { z } from 'zod';

export const RECOMMENDATIONS = ['accept', 'review', 'refuse'] as const;
export const recommendationSchema = z.enum(RECOMMENDATIONS);
export type Recommendation = z.infer<typeof recommendationSchema>;

/** A closed interval that holds the value with 90 % probability. */
export const interval90Schema = z.object({ low: z.number(), high: z.number() });
export type Interval90 = z.infer<typeof interval90Schema>;

/** A share of something, for instance of the classified beats or of the analysable time, 0 to 1. */
export const burdenSchema = z.object({ fraction: z.number(), interval90: interval90Schema.nullable() });
export type Burden = z.infer<typeof burdenSchema>;
