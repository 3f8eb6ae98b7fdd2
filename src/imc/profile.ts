/**
 * Device profile: what a kind of memristor array is, as data. Every model names the source of its
 * coefficients; hardware that differs is another file in `models/devices`.
 */
import { z } from 'zod';
import { KirchhoffError } from '../contract/errors.ts';

const source = z.string().trim().min(1);
const finite = z.number();

/** clamp(slope ln g + intercept, minimum, maximum), g the target conductance over g_max. */
const logarithmicSchema = z
  .strictObject({ slope: finite, intercept: finite, minimum: finite.min(0), maximum: finite.min(0) })
  .refine((line) => line.minimum <= line.maximum, { error: 'minimum is above maximum', path: ['minimum'] });
export type LogarithmicModel = z.infer<typeof logarithmicSchema>;

/** How far a programmed conductance lands from its target. */
const programmingSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('exact') }),
  z.strictObject({
    kind: z.literal('gaussian-polynomial'),
    /**
     * Standard deviation in microsiemens at `referenceGMaxMicroSiemens`, ascending powers of g; scales with
     * g_max. The result is clamped at 0.
     */
    deviationMicroSiemens: z.array(finite).min(1).max(8),
    referenceGMaxMicroSiemens: finite.positive(),
    source,
  }),
]);

/** How conductance falls with time. */
const driftSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({
    kind: z.literal('power-law'),
    /** G(t) = G_programmed (t / t_0)^-nu, t = t_0 + time since programming. */
    t0Seconds: finite.positive(),
    /** nu = |mean + deviation N(0, 1)|, both from the target conductance. */
    exponentMean: logarithmicSchema,
    exponentDeviation: logarithmicSchema,
    source,
  }),
]);

/** 1/f fluctuation of a conductance as it is read. */
const readNoiseSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({
    kind: z.literal('one-over-f'),
    /** Q = min(coefficient / max(g^exponent, floor), maximum), g the programmed conductance over g_max. */
    coefficient: finite.min(0),
    exponent: finite.min(0),
    floor: finite.positive(),
    maximum: finite.min(0),
    /** Duration of one read; a spread over time T is G Q sqrt(ln((T + t_read) / (2 t_read))). */
    readSeconds: finite.positive(),
    source,
  }),
]);

const deviceProfileSchema = z.strictObject({
  format: z.literal('kirchhoff-device-profile'),
  version: z.literal(1),
  name: z.string().regex(/^[\w.-]+$/),
  title: z.string().trim().min(1),
  description: z.string(),
  /** Cells of one crossbar tile; a cell is a differential pair of devices and holds one weight. */
  tile: z.strictObject({
    /** At most 1,024: the int32 sums of a column then keep steps finer than any programming noise. */
    rows: z.int().min(1).max(1024),
    columns: z.int().min(1).max(1024),
    source,
  }),
  /** Conductance of a device that holds the largest weight of its column. */
  gMaxMicroSiemens: finite.positive(),
  programming: programmingSchema,
  drift: driftSchema,
  readNoise: readNoiseSchema,
  converters: z.strictObject({
    /** Sign and magnitude: codes from -(2^(bits-1) - 1) to 2^(bits-1) - 1. */
    dacBits: z.int().min(2).max(8),
    adcBits: z.int().min(2).max(16),
    source,
  }),
});
export type DeviceProfile = z.infer<typeof deviceProfileSchema>;

/**
 * Checks a profile read from a file.
 *
 * @param at what was read, for the message, for instance `pcm.json`
 * @throws {KirchhoffError} `profile-invalid`, naming the first wrong field
 */
export function parseDeviceProfile(json: unknown, at: string): DeviceProfile {
  const result = deviceProfileSchema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const field = [...issue.path, ...unknown].join('.');
  throw new KirchhoffError(
    'profile-invalid',
    `The device profile is not valid: ${issue.message}.`,
    field === '' ? at : `${at} field ${field}`,
  );
}

/** Largest code of a sign-and-magnitude converter. */
export function largestCode(bits: number): number {
  return (1 << (bits - 1)) - 1;
}
