/** Templates: beats of one shape, found without labels over the whole recording, to be looked at and relabelled at once. */
import { z } from 'zod';
import { float32ArraySchema, uint8ArraySchema } from './arrays.ts';
import { BEAT_CLASSES, beatClassSchema } from './ecg.ts';

export const MOST_TEMPLATES = 48;
/** In `memberOf`: added by hand, or flat. */
export const NO_TEMPLATE = 255;

export const beatTemplateSchema = z.object({
  /** Its number in `memberOf`, from 0, in order of size; corrections of labels do not change it. */
  id: z.int(),
  /** Beats that count now. */
  beats: z.int(),
  /** Of all beats that count now, 0 to 1. */
  share: z.number(),
  /** How many of them have which label now, in the order of BEAT_CLASSES. */
  classes: z.array(z.object({ label: beatClassSchema, beats: z.int() })).length(BEAT_CLASSES.length),
  /** The label that most have. */
  label: beatClassSchema,
  /** Nats, means over the beats that the network judged; null where it judged none. */
  aleatoric: z.number().nullable(),
  epistemic: z.number().nullable(),
  /** Share of its beats recommended for review or refused, 0 to 1. */
  reviewFraction: z.number(),
  /** Mean correlation of its beats with their common shape, -1 to 1; low for the last one, which holds what is like no other. */
  likeness: z.number(),
  /** R peak of the beat most like the template. */
  exampleSample: z.int(),
  waveforms: z.array(
    z.object({
      lead: z.string(),
      /** Over at most 101 beats, evenly spread; millivolts against each beat's own median. */
      median: float32ArraySchema,
      low10: float32ArraySchema,
      high90: float32ArraySchema,
    }),
  ),
});
export type BeatTemplate = z.infer<typeof beatTemplateSchema>;

export const beatTemplatesSchema = z.object({
  /** Largest first. */
  templates: z.array(beatTemplateSchema),
  /** Template of each beat in the order of `beats.get`; NO_TEMPLATE for none. */
  memberOf: uint8ArraySchema,
  samplingRateHz: z.number(),
  /** Index of the R peak in each waveform. */
  rPeak: z.int(),
});
export type BeatTemplates = z.infer<typeof beatTemplatesSchema>;
