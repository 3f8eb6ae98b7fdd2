/** Everything needed to follow a number back to what made it (design, promise 2). */
import { z } from 'zod';

const tilesSchema = z.array(
  z.object({
    layer: z.string(),
    tile: z.int(),
    rows: z.int(),
    columns: z.int(),
    rowsUsed: z.int(),
    columnsUsed: z.int(),
    /** rowsUsed x columnsUsed / (rows x columns), 0 to 1. */
    utilisation: z.number(),
  }),
);

export const provenanceSchema = z.object({
  /** SHA-256 of each input file, by name relative to what was given, in order of name. */
  inputs: z.array(z.object({ name: z.string(), sha256: z.string().length(64), bytes: z.int() })),
  /** SHA-256 of the decoded recording (sampling rate, lead names, millivolts): its identity, whatever its files are called. */
  contentSha256: z.string().length(64),
  model: z.string(),
  modelSha256: z.string().length(64),
  calibrationId: z.string(),
  deviceProfile: z.string(),
  deviceProfileSha256: z.string().length(64),
  /** Seconds since the array was programmed. */
  driftSeconds: z.number(),
  driftCompensation: z.boolean(),
  programmingSeed: z.int(),
  /** Monte-Carlo samples a beat. */
  samples: z.int(),
  seed: z.int(),
  tiles: tilesSchema,
  /** The rhythm network on the same devices; null where rhythm was not judged. */
  rhythm: z
    .object({
      model: z.string(),
      modelSha256: z.string().length(64),
      calibrationId: z.string(),
      tiles: tilesSchema,
    })
    .nullable()
    .default(null),
  softwareVersion: z.string(),
});
export type Provenance = z.infer<typeof provenanceSchema>;

/** What the user may choose about the array that computes; the defaults are the reference condition. */
export const deviceSettingsSchema = z.object({
  profile: z.string().default('pcm-nandakumar-2019'),
  driftSeconds: z.number().min(20).max(3.2e8).default(86_400),
  driftCompensation: z.boolean().default(true),
  programmingSeed: z.int().min(0).default(1),
  samples: z.int().min(1).max(1024).default(32),
  seed: z.int().min(0).default(1),
});
export type DeviceSettings = z.infer<typeof deviceSettingsSchema>;
