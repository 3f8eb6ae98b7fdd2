/** The published equations of a single device, as a profile gives their coefficients. */
import { KirchhoffError } from '../contract/errors.ts';
import { exp, log, pow } from '../numeric/elementary.ts';
import type { DeviceProfile, LogarithmicModel, PiecewiseModel } from './profile.ts';

/** Below this a conductance over g_max counts as this in the logarithms. */
const SMALLEST_RELATIVE_CONDUCTANCE = 1e-7;

/** Conductances that one weight is given, over g_max. */
export interface RelativeTargets {
  plus: number;
  /** Null where the cell has one device: then `reference` is taken off its current, exactly. */
  minus: number | null;
  reference: number;
}

/**
 * @param weight over the largest |weight| of its column, -1 to 1
 * @param commonMode share of the pair's range that both devices of a differential pair hold beyond the weight, 0
 *   to 1 - |weight|: it leaves the difference as it is and widens its read noise; one device alone has none
 */
export function relativeTargets(profile: DeviceProfile, weight: number, commonMode = 0): RelativeTargets {
  const least = profile.mapping.gMinMicroSiemens / profile.gMaxMicroSiemens;
  if (profile.mapping.kind === 'single-device') {
    const middle = (1 + least) / 2;
    return { plus: middle + (weight * (1 - least)) / 2, minus: null, reference: middle };
  }
  const span = 1 - least;
  return {
    plus: Math.min(1, least + (commonMode + Math.max(0, weight)) * span),
    minus: Math.min(1, least + (commonMode + Math.max(0, -weight)) * span),
    reference: 0,
  };
}

/** Conductance difference that stands for the largest weight of a column, microsiemens. */
export function fullScaleMicroSiemens({ gMaxMicroSiemens, mapping }: DeviceProfile): number {
  const span = gMaxMicroSiemens - mapping.gMinMicroSiemens;
  return mapping.kind === 'single-device' ? span / 2 : span;
}

/** Standard deviation of programming in one step, microsiemens, at target g = G / g_max (0 to 1). */
export function programmingDeviation(profile: DeviceProfile, g: number): number {
  const model = profile.programming;
  if (model.kind === 'exact' || model.kind === 'write-verify') return 0;
  if (model.kind === 'gaussian-polynomial-conductance') {
    return Math.max(0, polynomial(model.deviationMicroSiemens, g * profile.gMaxMicroSiemens));
  }
  const deviation = polynomial(model.deviationMicroSiemens, g);
  return Math.max(0, (deviation * profile.gMaxMicroSiemens) / model.referenceGMaxMicroSiemens);
}

/** Ascending powers, by Horner's rule. */
function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0;
  for (let power = coefficients.length - 1; power >= 0; power--) value = value * x + coefficients[power];
  return value;
}

/** Mean and standard deviation of the Gaussian whose absolute value is the drift exponent, at target g. */
export function driftExponentMoments(profile: DeviceProfile, g: number): { mean: number; deviation: number } {
  const { drift } = profile;
  if (drift.kind === 'power-law') {
    const logarithm = log(Math.max(g, SMALLEST_RELATIVE_CONDUCTANCE));
    return {
      mean: clampedLine(drift.exponentMean, logarithm),
      deviation: clampedLine(drift.exponentDeviation, logarithm),
    };
  }
  if (drift.kind === 'power-law-piecewise') {
    return { mean: piecewise(drift.exponentMean, g), deviation: piecewise(drift.exponentDeviation, g) };
  }
  return { mean: 0, deviation: 0 };
}

function piecewise(model: PiecewiseModel, g: number): number {
  if (g >= model.boundary) return Math.max(0, polynomial(model.above, g));
  return clampedLine(model.below, log(Math.max(g, SMALLEST_RELATIVE_CONDUCTANCE)));
}

/** Seconds from programming to the first read that a power law starts from; 0 for other models. */
function referenceSeconds({ drift }: DeviceProfile): number {
  return drift.kind === 'power-law' || drift.kind === 'power-law-piecewise' ? drift.t0Seconds : 0;
}

/**
 * @throws {KirchhoffError} `value-out-of-range` where the profile's model says nothing about this time
 */
export function checkDriftSeconds({ drift, name }: DeviceProfile, driftSeconds: number): void {
  if (drift.kind !== 'widening') return;
  const last = drift.later[drift.later.length - 1].seconds;
  if (driftSeconds <= last) return;
  throw new KirchhoffError(
    'value-out-of-range',
    `Device profile ${name} was measured up to ${last} seconds after programming; ${driftSeconds} is beyond it.`,
    'driftSeconds',
  );
}

/**
 * Standard deviation, microsiemens, at target g of devices whose spread widens, `driftSeconds` after
 * programming; null for other models.
 */
export function wideningDeviation(
  profile: DeviceProfile,
  driftSeconds: number,
): ((g: number) => number) | null {
  const { drift, programming } = profile;
  if (drift.kind !== 'widening' || programming.kind !== 'gaussian-polynomial') return null;
  checkDriftSeconds(profile, driftSeconds);
  const points = [
    { seconds: drift.firstSeconds, deviationMicroSiemens: programming.deviationMicroSiemens },
    ...drift.later,
  ];
  const scale = profile.gMaxMicroSiemens / programming.referenceGMaxMicroSiemens;
  const seconds = Math.max(driftSeconds, drift.firstSeconds);
  const next = Math.max(
    1,
    points.findIndex((point) => point.seconds >= seconds),
  );
  const [before, after] = [points[next - 1], points[next]];
  const share = log(seconds / before.seconds) / log(after.seconds / before.seconds);
  return (g) => {
    const from = polynomial(before.deviationMicroSiemens, g);
    const to = polynomial(after.deviationMicroSiemens, g);
    return Math.max(0, scale * (from + share * (to - from)));
  };
}

/** Mean and standard deviation, microsiemens, of how far devices have relaxed; null for other models. */
export function relaxationMoments(
  { drift }: DeviceProfile,
  driftSeconds: number,
): { mean: number; deviation: number } | null {
  if (drift.kind !== 'logarithmic-relaxation') return null;
  const logarithm = log(Math.max(1, driftSeconds));
  return {
    mean: drift.meanSlopeMicroSiemens * logarithm,
    deviation: drift.deviationSlopeMicroSiemens * logarithm + drift.deviationAtOneSecondMicroSiemens,
  };
}

function clampedLine(line: LogarithmicModel, logarithm: number): number {
  return Math.min(line.maximum, Math.max(line.minimum, line.slope * logarithm + line.intercept));
}

/** ln(t / t_0) with t = t_0 + seconds since programming: what a drift exponent is multiplied with. */
export function logarithmicAge(profile: DeviceProfile, driftSeconds: number): number {
  const t0Seconds = referenceSeconds(profile);
  if (t0Seconds === 0) return 0;
  return log((driftSeconds + t0Seconds) / t0Seconds);
}

/** (t / t_0)^-nu: what is left of a conductance. */
export function driftFactor(exponent: number, age: number): number {
  return exp(-exponent * age);
}

/** Q: relative read noise over one decade-like unit of time, at programmed g = G / g_max. */
export function readNoiseScale(profile: DeviceProfile, g: number): number {
  const model = profile.readNoise;
  if (model.kind === 'one-over-f') {
    return Math.min(model.coefficient / Math.max(pow(g, model.exponent), model.floor), model.maximum);
  }
  return model.kind === 'one-over-f-piecewise' ? piecewise(model.scale, g) : 0;
}

/** Standard deviation of read noise, microsiemens, of one device for a spread of 1. */
export function readNoiseDeviation(
  profile: DeviceProfile,
  presentMicroSiemens: number,
  programmedMicroSiemens: number,
): number {
  const model = profile.readNoise;
  if (model.kind === 'one-over-f-logarithmic') {
    if (presentMicroSiemens <= 1) return 0;
    return (model.coefficientMicroSiemens * log(presentMicroSiemens)) / Math.LN10;
  }
  return presentMicroSiemens * readNoiseScale(profile, programmedMicroSiemens / profile.gMaxMicroSiemens);
}

/**
 * sqrt(ln((T + t_read) / (2 t_read))): how far 1/f noise spreads over T seconds, in units of Q; 0 where T is
 * not longer than one read.
 */
function readNoiseSpread(readSeconds: number, seconds: number): number {
  if (seconds <= readSeconds) return 0;
  return Math.sqrt(log((seconds + readSeconds) / (2 * readSeconds)));
}

/** Slow part: the wander since programming, which all reads of one analysis share. */
export function slowReadNoiseSpread(profile: DeviceProfile, driftSeconds: number): number {
  const model = profile.readNoise;
  if (model.kind === 'none' || model.kind === 'white') return 0;
  return readNoiseSpread(model.readSeconds, driftSeconds + referenceSeconds(profile));
}

/**
 * Fast part: the spread within the burst of reads that makes the Monte-Carlo samples of one vector. The
 * `samples` reads of a vector follow one another, so that the burst lasts samples x t_read; a single sample
 * has no spread. White noise is in every read alike.
 */
export function fastReadNoiseSpread(profile: DeviceProfile, samples: number): number {
  const model = profile.readNoise;
  if (model.kind === 'none') return 0;
  if (model.kind === 'white') return 1;
  return readNoiseSpread(model.readSeconds, samples * model.readSeconds);
}
