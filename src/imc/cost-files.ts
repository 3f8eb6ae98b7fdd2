/**
 * What chips and digital logic cost, as data in `models/costs`: every figure with its source, its technology
 * node and how firmly it stands.
 */
import { z } from 'zod';
import { KirchhoffError } from '../contract/errors.ts';

/**
 * How firmly a figure stands: `published` was read in the named paper; `secondary` was read in others who repeat
 * it; `unverified` was digitised by others or is from memory; `vendor-claim` nobody else has measured;
 * `convention` is an assumption of ours, without a source.
 */
const standing = z.enum(['published', 'secondary', 'unverified', 'vendor-claim', 'convention']);
export type Standing = z.infer<typeof standing>;

const provenance = { standing, source: z.string().trim().min(1) };
const positive = z.number().positive();
const count = z.int().min(1).max(65_536);
const name = z.string().regex(/^[\w.-]+$/);

const figure = z.strictObject({ value: positive, ...provenance });

const node = z.strictObject({
  nanometres: positive,
  /** Only for scaling digital energies. */
  supplyVolts: positive,
  ...provenance,
});

const throughput = { teraOperationsPerSecond: positive, teraOperationsPerSecondPerWatt: positive };

const read = z.discriminatedUnion('kind', [
  /** One published total a read; a read of several phases is that many reads one after the other. */
  z.strictObject({
    kind: z.literal('phased'),
    cores: count,
    inputBits: count,
    outputBits: count,
    phases: count,
    ...throughput,
    ...provenance,
    /** Why the total is not divided into array, DAC, ADC and digital. */
    undivided: z.string().trim().min(1),
    /** Across the devices; bounds the part of the total that they dissipate. */
    readVolts: figure,
    /** Rows that nothing is fitted to. */
    published: z.array(z.strictObject({ phases: count, ...throughput })),
  }),
  /** Energy and time follow from the bits of input and output, fitted to some of the published rows. */
  z.strictObject({
    kind: z.literal('bit-serial'),
    cores: count,
    ...provenance,
    /** Inputs of more bits are read in two phases, half of their bits each. */
    largestOneCycleBits: count,
    rows: z
      .array(
        z.strictObject({
          inputBits: count,
          outputBits: count,
          /** Energy an operation of row switching, of neurons with their converters, and of input pulses. */
          dacFemtojoules: positive,
          adcFemtojoules: positive,
          arrayFemtojoules: positive,
          ...throughput,
          fits: z.array(z.enum(['energy', 'latency'])),
        }),
      )
      .min(1),
  }),
]);
export type ReadFigures = z.infer<typeof read>;

const chipCostSchema = z.strictObject({
  format: z.literal('kirchhoff-chip-cost'),
  version: z.literal(1),
  name,
  title: z.string().trim().min(1),
  /** What was measured, and how full it was. */
  figures: z.string().trim().min(1),
  /** Device profiles that describe the devices of this chip. */
  profiles: z.array(name),
  node,
  /** Signed weights of one core. */
  core: z.strictObject({ rows: count, columns: count, ...provenance }),
  read,
  programming: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('unknown'), why: z.string().trim().min(1) }),
    z.strictObject({
      kind: z.literal('pulsed'),
      pulsesPerDevice: positive,
      pulseVolts: positive,
      pulseSeconds: positive,
      ...provenance,
    }),
  ]),
});
export type ChipCost = z.infer<typeof chipCostSchema>;

const digitalCostSchema = z.strictObject({
  format: z.literal('kirchhoff-digital-cost'),
  version: z.literal(1),
  name,
  title: z.string().trim().min(1),
  node,
  int8MultiplyPicojoules: figure,
  int8AddPicojoules: figure,
  int32AddPicojoules: figure,
  fp32MultiplyPicojoules: figure,
  fp32AddPicojoules: figure,
  sramPicojoulesPerByte: figure,
  dramPicojoulesPerByte: figure,
  macsPerSecond: figure,
  /** Energy of logic and SRAM is proportional to a V^2 + b V + c. */
  nodeScaling: z.strictObject({
    ...provenance,
    nodes: z
      .array(z.strictObject({ nanometres: positive, a: z.number(), b: z.number(), c: z.number() }))
      .min(1),
  }),
});
export type DigitalCost = z.infer<typeof digitalCostSchema>;

/** @throws {KirchhoffError} `profile-invalid`, naming the first wrong field */
export function parseChipCost(json: unknown, at: string): ChipCost {
  return parsed(chipCostSchema, json, at);
}

/** @throws {KirchhoffError} `profile-invalid`, naming the first wrong field */
export function parseDigitalCost(json: unknown, at: string): DigitalCost {
  return parsed(digitalCostSchema, json, at);
}

function parsed<T>(schema: z.ZodType<T>, json: unknown, at: string): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = issue.path.join('.');
  throw new KirchhoffError(
    'profile-invalid',
    `The cost file is not valid: ${issue.message}.`,
    field === '' ? at : `${at} field ${field}`,
  );
}
