/** What a portable bundle is made of: the names of its files, and the schemas of those that are its own. */
import { z } from 'zod';

export const BUNDLE_FORMAT = 'kirchhoff-bundle';
/** Version 1 held beat networks alone and did not name the task. */
export const BUNDLE_VERSION = 2;

/** Lists the other files; read first. */
export const BUNDLE_FILE = 'bundle.json';

/**
 * `model.json`, `weights.safetensors` and `calibration.json` as in `models/`, `device.json` as in
 * `models/devices`, where each weight lies (`mapping.json`), inputs with what comes out (`expected.safetensors`), and
 * of the radiograph network how its training images look (`appearance.safetensors`).
 */
export const BUNDLE_PARTS = [
  'model.json',
  'weights.safetensors',
  'calibration.json',
  'appearance.safetensors',
  'device.json',
  'mapping.json',
  'expected.safetensors',
] as const;

/** A part may have 256 MiB. */
export const LARGEST_PART_BYTES = 2 ** 28;

const partSchema = z.strictObject({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().min(1).max(LARGEST_PART_BYTES),
});

const networkParts = {
  'model.json': partSchema,
  'weights.safetensors': partSchema,
  'calibration.json': partSchema,
  'device.json': partSchema,
  'mapping.json': partSchema,
  'expected.safetensors': partSchema,
};

const fields = {
  format: z.literal(BUNDLE_FORMAT),
  version: z.literal(BUNDLE_VERSION),
  name: z.string().min(1).max(80),
  softwareVersion: z.string().min(1),
  /** The array that gave `logits.array`: which chip, when after programming, how many reads, which noise. */
  array: z.strictObject({
    programmingSeed: z.int().min(0),
    driftSeconds: z.number().min(20).max(3.2e8),
    driftCompensation: z.boolean(),
    samples: z.int().min(1).max(1024),
    seed: z.int().min(0),
  }),
  inputs: z.strictObject({
    items: z.int().min(1).max(4096),
    /** Where they are from, and under which licence. */
    source: z.string(),
    licence: z.string(),
  }),
  tolerances: z.strictObject({
    /** Largest difference from `logits.software` of an fp32 forward pass in another order of sums. */
    softwareLogits: z.number().positive(),
    /** Largest difference from `logits.array` of this simulation: 0, the same bits. */
    arrayLogits: z.number().min(0),
    /**
     * Other hardware is another chip. Its mean probabilities over the samples agree where their mean absolute
     * difference from `probabilities.mean` is at most `distance`, which comes from that of `chips` chips.
     */
    otherChip: z.strictObject({ chips: z.int().min(3).max(1024), distance: z.number().positive() }),
  }),
};

export const bundleSchema = z.discriminatedUnion('task', [
  z.strictObject({
    ...fields,
    /** What the network judges, which says what else `model.json` and `calibration.json` hold. */
    task: z.enum(['ecg-beats', 'ecg-rhythm']),
    parts: z.strictObject(networkParts),
  }),
  z.strictObject({
    ...fields,
    task: z.literal('cxr-paediatric'),
    parts: z.strictObject({ ...networkParts, 'appearance.safetensors': partSchema }),
  }),
]);
export type BundleDescription = z.infer<typeof bundleSchema>;

const count = z
  .int()
  .min(1)
  .max(2 ** 28);
const place = z
  .int()
  .min(0)
  .max(2 ** 28);

export const mappingSchema = z.strictObject({
  format: z.literal('kirchhoff-mapping'),
  version: z.literal(1),
  layers: z.array(
    z.strictObject({
      layer: z.string(),
      /** Inputs and outputs of one vector-matrix product, and how many of these an item needs. */
      rows: count,
      columns: count,
      positions: count,
      /** Groups of channels, each a matrix of its own; 1 unless given. Columns are those of all groups. */
      groups: count.optional(),
      /** Row r of the matrix holds the weights at `rowOrder[r]` of each output's row-major weight vector. */
      rowOrder: z.array(place),
      /** Weight that a cell at g_max stands for, of each column. */
      columnScale: z.array(z.number().min(0)),
      tiles: z.array(
        z.strictObject({
          tile: place,
          group: place.optional(),
          rowStart: place,
          rows: count,
          columnStart: place,
          columns: count,
          /** Where tiles have tiers: tile of the chip, and in which of its tiers. */
          chipTile: place.optional(),
          tier: place.optional(),
        }),
      ),
    }),
  ),
});
export type BundleMapping = z.infer<typeof mappingSchema>;
