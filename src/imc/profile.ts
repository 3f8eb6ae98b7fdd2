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

/**
 * A line in ln g, clamped, below `boundary`; from there on a polynomial in ascending powers of g, at least 0.
 * g is the conductance over g_max.
 */
const piecewiseSchema = z.strictObject({
  boundary: finite.positive(),
  below: logarithmicSchema,
  above: z.array(finite).min(1).max(8),
});
export type PiecewiseModel = z.infer<typeof piecewiseSchema>;

const devicePolynomial = z.array(finite).min(1).max(8);

/** What a weight is on the array; w runs from -1 to 1 over the largest |weight| of its column. */
const mappingSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    /** Two devices: G+ = g_min + max(0, w) (g_max - g_min), G- with -w; w = (G+ - G-) / (g_max - g_min). */
    kind: z.literal('differential-pair'),
    gMinMicroSiemens: finite.min(0),
  }),
  z.strictObject({
    /**
     * One device, G = g_min + (w + 1) / 2 (g_max - g_min); the current of the middle conductance is known
     * exactly and taken off before the ADC.
     */
    kind: z.literal('single-device'),
    gMinMicroSiemens: finite.min(0),
    source,
  }),
]);

const writeVerifySchema = z.strictObject({
  /** Pulses and reads until a device reads within the acceptance; see `write-verify.ts`. */
  kind: z.literal('write-verify'),
  /** Conductance of every device before the first pulse, and what the first pulse believes it to be. */
  startMicroSiemens: finite.min(0),
  /** Share of the missing conductance that a pulse aims at. */
  gain: finite.positive().max(1),
  pulseDeviationMicroSiemens: finite.min(0),
  /** Error of the read that verifies. */
  readDeviationMicroSiemens: finite.min(0),
  /** A device is done when it reads this close to its target. */
  acceptanceMicroSiemens: finite.positive(),
  mostPulses: z.int().min(1).max(1000),
  source,
});
export type WriteVerifyModel = z.infer<typeof writeVerifySchema>;

const rate = finite.min(0).max(1);

/** What does not work in an array; see `faults.ts`. */
const faultSchema = z
  .strictObject({
    /** Share of devices that hold g_min, or g_max, whatever they are programmed to. */
    stuckAtMinimum: rate,
    stuckAtMaximum: rate,
    /** Share of row lines of a tile that are cut: no device of the row conducts. */
    openRow: rate,
    /** Share of column lines that are cut; a differential pair has one for each of its devices. */
    openColumn: rate,
    /** Columns that a tile has beyond those that it uses, to which the worst columns move. */
    spareColumns: z.int().min(0).max(256),
    source,
  })
  .refine((model) => model.stuckAtMinimum + model.stuckAtMaximum <= 1, {
    error: 'more devices are stuck than there are',
    path: ['stuckAtMaximum'],
  });
export type FaultModel = z.infer<typeof faultSchema>;

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
  z.strictObject({
    kind: z.literal('gaussian-polynomial-conductance'),
    /** Standard deviation in microsiemens, ascending powers of the target in microsiemens; does not scale. */
    deviationMicroSiemens: devicePolynomial,
    source,
  }),
  writeVerifySchema,
]);

/** How conductance changes with time. */
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
  z.strictObject({
    /** As `power-law`, the exponent's moments with another form for small and for large conductances. */
    kind: z.literal('power-law-piecewise'),
    t0Seconds: finite.positive(),
    exponentMean: piecewiseSchema,
    exponentDeviation: piecewiseSchema,
    source,
  }),
  z.strictObject({
    /**
     * The mean stays, the spread grows: G(t) = target + deviation(t) z, z the one deviate with which the
     * device was programmed. The programming model gives the deviation at `firstSeconds` and before; between
     * the times it is interpolated in log t; beyond the last there is no model.
     */
    kind: z.literal('widening'),
    firstSeconds: finite.positive(),
    later: z
      .array(
        z.strictObject({
          seconds: finite.positive(),
          /** As in the programming model, and scaled with the same g_max. */
          deviationMicroSiemens: devicePolynomial,
        }),
      )
      .min(1)
      .max(16),
    source,
  }),
  z.strictObject({
    /**
     * G(t) = G_programmed + meanSlope ln t + (deviationSlope ln t + deviationAtOneSecond) z, microsiemens, t in
     * seconds since programming and at least 1, z one deviate a device.
     */
    kind: z.literal('logarithmic-relaxation'),
    meanSlopeMicroSiemens: finite,
    deviationSlopeMicroSiemens: finite.min(0),
    deviationAtOneSecondMicroSiemens: finite.min(0),
    source,
  }),
]);

/** Fluctuation of a conductance as it is read. */
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
  z.strictObject({
    /** As `one-over-f`, Q of the programmed conductance piecewise. */
    kind: z.literal('one-over-f-piecewise'),
    scale: piecewiseSchema,
    readSeconds: finite.positive(),
    source,
  }),
  z.strictObject({
    /** As `one-over-f`, with coefficient log10(G / 1 uS), at least 0, in the place of G Q; G as drifted. */
    kind: z.literal('one-over-f-logarithmic'),
    coefficientMicroSiemens: finite.min(0),
    readSeconds: finite.positive(),
    source,
  }),
  z.strictObject({
    /** Independent from read to read and the same for every cell, whatever its conductance; no slow part. */
    kind: z.literal('white'),
    /** Standard deviation of a cell's weight over the largest weight of its column. */
    cellDeviation: finite.min(0),
    source,
  }),
]);

/** See `docs/engine.md`, Converters. */
const boundManagementSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({
    /** Where the ADC of any column of a tile saturates, the tile reads again with half the input. */
    kind: z.literal('iterative'),
    /** By which inputs are divided at most; the read at the largest power of two within it stands as it is. */
    largestFactor: finite.min(2).max(1024),
  }),
]);

const columnSpreadSchema = z.strictObject({
  /** Standard deviation of a column's offset over the ADC's full scale. */
  offsetDeviation: finite.min(0).max(1),
  /** Standard deviation of a column's gain about 1. */
  gainDeviation: finite.min(0).max(1),
  /** n of the column's S-shape y / (1 + n |y|), y over the ADC's full scale; a negative draw counts as 0. */
  curvatureMean: finite.min(0).max(10),
  curvatureDeviation: finite.min(0).max(10),
  source,
});

const deviceProfileSchema = z
  .strictObject({
    format: z.literal('kirchhoff-device-profile'),
    version: z.literal(1),
    name: z
      .string()
      .max(80)
      .regex(
        /^\w[\w.-]*$/,
        'A name has letters, digits, "_", "." and "-", and begins with a letter or digit',
      ),
    title: z.string().trim().min(1),
    description: z.string(),
    /** Cells of one crossbar tile; a cell holds one weight in the devices that `mapping` gives it. */
    tile: z.strictObject({
      rows: z.int().min(1).max(65_536),
      columns: z.int().min(1).max(65_536),
      /** Layers of cells above one another that share lines and converters, one of them read at a time. */
      tiers: z.int().min(1).max(1024).optional(),
      source,
    }),
    /** Conductance of a device that holds the largest weight of its column. */
    gMaxMicroSiemens: finite.positive(),
    /** A differential pair of devices between 0 and g_max unless given. */
    mapping: mappingSchema.default({ kind: 'differential-pair', gMinMicroSiemens: 0 }),
    programming: programmingSchema,
    /** All devices and lines work unless given. */
    faults: faultSchema.optional(),
    drift: driftSchema,
    /**
     * What shares a factor where drift is compensated: all of a tile, or each of its columns. A tile unless
     * given.
     */
    compensation: z.enum(['tile', 'column']).default('tile'),
    readNoise: readNoiseSchema,
    /** Lines conduct perfectly unless given. */
    wires: z
      .strictObject({
        /** Resistance of a row or column line from one cell to the next. */
        segmentOhms: finite.positive().max(1000),
        source,
      })
      .optional(),
    converters: z.strictObject({
      /** Sign and magnitude: codes from -(2^(bits-1) - 1) to 2^(bits-1) - 1. */
      dacBits: z.int().min(2).max(8),
      adcBits: z.int().min(2).max(16),
      /**
       * What the DAC's largest code stands for: the layer's calibrated bound, or the largest |input| of the layer
       * in this pass (noise management). `constant` unless given.
       */
      inputScaling: z.enum(['constant', 'absolute-maximum']).optional(),
      /** What is done where the ADC of a column saturates; `none` unless given. */
      boundManagement: boundManagementSchema.optional(),
      /**
       * A read takes one pulse of a height, or of a length, that stands for the code, or one pulse of full height
       * a magnitude bit. `parallel` unless given.
       */
      inputBits: z.enum(['parallel', 'serial']).optional(),
      /** How the converters of columns differ; they are all alike and linear unless given. */
      columnSpread: columnSpreadSchema.optional(),
      source,
    }),
  })
  .superRefine((profile, context) => {
    const refuse = (message: string, ...path: string[]): void => {
      context.addIssue({ code: 'custom', message, path });
    };
    if (profile.mapping.gMinMicroSiemens >= profile.gMaxMicroSiemens) {
      refuse('g_min is not below g_max', 'mapping', 'gMinMicroSiemens');
    }
    if (profile.drift.kind !== 'widening') return;
    if (profile.programming.kind !== 'gaussian-polynomial') {
      refuse('widening needs gaussian-polynomial programming, which it starts from', 'drift', 'kind');
    }
    let before = profile.drift.firstSeconds;
    for (const { seconds } of profile.drift.later) {
      if (seconds <= before) refuse('times do not increase', 'drift', 'later');
      before = seconds;
    }
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
