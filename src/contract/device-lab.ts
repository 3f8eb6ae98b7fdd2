/** What the device lab shows of the simulated array: conductances, statistics, costs, studies of its noise. */
import { z } from 'zod';
import { float32ArraySchema } from './arrays.ts';
import { errorBodySchema } from './errors.ts';
import { deviceSettingsSchema, provenanceSchema } from './provenance.ts';

const costSources = ['core', 'array', 'dac', 'adc', 'digital', 'dataMovement'] as const;
const energy = z.record(z.enum(costSources), z.number());

/** As `CostReport` in `src/imc/cost.ts`, which documents the fields. */
export const costReportSchema = z.object({
  network: z.string(),
  profile: z.string(),
  chip: z.object({
    name: z.string(),
    title: z.string(),
    nodeNanometres: z.number(),
    figures: z.string(),
  }),
  samples: z.int(),
  layers: z.array(
    z.object({
      layer: z.string(),
      rows: z.int(),
      columns: z.int(),
      positions: z.int(),
      cores: z.int(),
      turns: z.int(),
      utilisation: z.number(),
      macs: z.number(),
      energyPicojoules: energy,
      totalPicojoules: z.number(),
      devicesAtMostPicojoules: z.number().nullable(),
      latencyNanoseconds: z.number(),
    }),
  ),
  oneSample: z.object({
    energyPicojoules: energy,
    totalPicojoules: z.number(),
    latencyNanoseconds: z.number(),
  }),
  allSamples: z.object({
    energyPicojoules: energy,
    totalPicojoules: z.number(),
    latencyNanoseconds: z.number(),
  }),
  cores: z.int(),
  utilisation: z.number(),
  programming: z.object({
    devices: z.int(),
    pulses: z.number().nullable(),
    picojoules: z.number().nullable(),
    remark: z.string(),
  }),
  digital: z.array(
    z.object({
      arithmetic: z.enum(['int8', 'fp32']),
      weightsFrom: z.enum(['SRAM', 'DRAM']),
      nodeNanometres: z.number(),
      supplyVolts: z.number(),
      scaled: z.boolean(),
      energyPicojoules: z.object({ arithmetic: z.number(), weights: z.number(), activations: z.number() }),
      totalPicojoules: z.number(),
      latencyNanoseconds: z.number(),
    }),
  ),
  checks: z.array(
    z.object({
      what: z.string(),
      kind: z.enum(['consistency check', 'prediction']),
      unit: z.enum(['pJ', 'ns']),
      published: z.number(),
      modelled: z.number(),
      relativeError: z.number(),
    }),
  ),
  constants: z.array(
    z.object({
      what: z.string(),
      value: z.string(),
      nodeNanometres: z.number().nullable(),
      standing: z.enum(['published', 'secondary', 'unverified', 'vendor-claim', 'convention']),
      source: z.string(),
    }),
  ),
  remarks: z.array(z.string()),
});
export type CostReportShown = z.infer<typeof costReportSchema>;

/** Counts of equal bins from `low` to `high`; what lies beyond is in the outermost. */
export const histogramSchema = z.object({
  low: z.number(),
  high: z.number(),
  counts: float32ArraySchema,
  /** The counts that the published statistics make expect, one a bin. */
  expected: float32ArraySchema,
  devices: z.int(),
  mean: z.number(),
  standardDeviation: z.number(),
});
export type Histogram = z.infer<typeof histogramSchema>;

export const deviceProfileShownSchema = z.object({
  name: z.string(),
  title: z.string(),
  /** Whether it is one of the user's. */
  own: z.boolean(),
  description: z.string(),
  gMaxMicroSiemens: z.number(),
  tileRows: z.int(),
  tileColumns: z.int(),
  /** Seconds after programming beyond which the published model does not reach; null where it has no end. */
  reachSeconds: z.number().nullable(),
  sources: z.array(z.object({ what: z.string(), source: z.string() })),
});
export type DeviceProfileShown = z.infer<typeof deviceProfileShownSchema>;

/** What the lab may be asked about. */
export const deviceChoicesSchema = z.object({
  models: z.array(
    z.object({
      name: z.string(),
      title: z.string(),
      /** What one inference judges. */
      item: z.enum(['beat', 'window', 'image']),
    }),
  ),
  profiles: z.array(deviceProfileShownSchema),
  /** Files of profiles that cannot be used; some of the user's go on as they were imported. */
  damaged: z.array(z.object({ name: z.string(), error: errorBodySchema, usedAsImported: z.boolean() })),
});
export type DeviceChoices = z.infer<typeof deviceChoicesSchema>;

export const deviceOverviewSchema = z.object({
  tiles: provenanceSchema.shape.tiles,
  /** Programmed less target over the published deviation of the target, all devices above a tenth of g_max. */
  programmingError: histogramSchema,
  /** Share of conductance that is left, mean over devices above a tenth of g_max. */
  meanConductanceLeft: z.number(),
  /** Null where no chip of these devices has published costs. */
  cost: costReportSchema.nullable(),
});
export type DeviceOverview = z.infer<typeof deviceOverviewSchema>;

/** Conductances of one tile in microsiemens, [row][column]; a pair of devices a cell, or one. */
export const deviceTileSchema = z.object({
  rows: z.int(),
  columns: z.int(),
  plus: z.object({ target: float32ArraySchema, programmed: float32ArraySchema, now: float32ArraySchema }),
  minus: z.object({ target: float32ArraySchema, programmed: float32ArraySchema, now: float32ArraySchema }),
  /** Factor on each column's output that undoes drift; 1 where compensation is off. */
  compensation: float32ArraySchema,
});
export type DeviceTile = z.infer<typeof deviceTileSchema>;

/** What the array does to the answers on an evaluation set: by source of noise, and as the array ages. */
export const deviceStudySchema = z.object({
  format: z.literal('kirchhoff-device-study'),
  version: z.literal(1),
  model: z.string(),
  modelSha256: z.string(),
  deviceProfile: z.string(),
  /** Age at which the sources of noise are told apart. */
  driftSeconds: z.number(),
  samples: z.int(),
  seed: z.int(),
  programmingSeeds: z.array(z.int()).min(1),
  /** What was judged, and what it is good for, in words. */
  evaluationSet: z.string(),
  items: z.int(),
  /** Names of the figures, in the order of the rows' values: means over the programmed arrays. */
  figures: z.array(z.string()),
  ablation: z.array(z.object({ condition: z.string(), values: z.array(z.number()) })),
  overTime: z.array(
    z.object({ seconds: z.number(), driftCompensation: z.boolean(), values: z.array(z.number()) }),
  ),
});
export type DeviceStudy = z.infer<typeof deviceStudySchema>;

/** What of the array's imperfections is on; all of the profile's, and none beside them, where nothing is said. */
export const arraySwitchesSchema = z.object({
  programming: z.boolean().default(true),
  drift: z.boolean().default(true),
  /** Wander since programming, and the fast part below. */
  readNoise: z.boolean().default(true),
  /** What differs from sample to sample; off: one sample. */
  fastReadNoise: z.boolean().default(true),
  /** 0.35 ohms a cell, which no shipped profile has. */
  wires: z.boolean().default(false),
  /** 1 % of the devices. */
  stuckDevices: z.boolean().default(false),
  /** Offset, gain and curvature of each column's converter. */
  unevenConverters: z.boolean().default(false),
});
export type ArraySwitches = z.infer<typeof arraySwitchesSchema>;

const place = {
  model: z.string().regex(/^[\w.-]+$/),
  device: deviceSettingsSchema,
};

export const DEVICE_LAB_REQUESTS = {
  'device.choices': { owner: 'service', input: z.object({}), output: deviceChoicesSchema },
  /** Main shows an open dialog, then does `device.readProfile`; null where the user cancelled. */
  'device.importProfile': {
    owner: 'main',
    input: z.object({}),
    output: z.object({ name: z.string().nullable() }),
  },
  /** Puts a profile among the user's. Not open to the renderer: a path comes from main's dialog only. */
  'device.readProfile': {
    owner: 'service',
    input: z.object({ path: z.string().min(1).max(4096) }),
    output: z.object({ name: z.string() }),
  },
  'device.overview': { owner: 'service', input: z.object(place), output: deviceOverviewSchema },
  'device.tile': {
    owner: 'service',
    input: z.object({ ...place, layer: z.string().max(200), tile: z.int().min(0) }),
    output: deviceTileSchema,
  },
  /** Main shows a save dialog, then does `device.write`; null where the user cancelled. */
  'device.export': {
    owner: 'main',
    input: z.object(place),
    output: z.object({ path: z.string().nullable() }),
  },
  /** All figures of the lab as JSON. Not open to the renderer: a path comes from main's dialog only. */
  'device.write': {
    owner: 'service',
    input: z.object({ ...place, path: z.string().min(1).max(4096) }),
    output: z.object({ path: z.string() }),
  },
  /** The study that ships with the model; null where none does. */
  'device.study': {
    owner: 'service',
    input: z.object({ model: place.model }),
    output: deviceStudySchema.nullable(),
  },
  /** The study's figures of one array under these settings and switches; null as `device.measure`. */
  'device.switched': {
    owner: 'service',
    input: z.object({ ...place, switches: arraySwitchesSchema }),
    output: z.object({ figures: z.array(z.string()), values: z.array(z.number()) }).nullable(),
  },
  /** A study under these settings, made now: some seconds of work. */
  'device.measure': { owner: 'service', input: z.object(place), output: deviceStudySchema.nullable() },
} as const;
