/** The published equations of a single device, as a profile gives their coefficients. */
import { exp, log, pow } from '../numeric/elementary.ts';
import type { DeviceProfile, LogarithmicModel } from './profile.ts';

/** Below this a conductance over g_max counts as this in the logarithms. */
const SMALLEST_RELATIVE_CONDUCTANCE = 1e-7;

/** Standard deviation of programming, microsiemens, at target g = G / g_max (0 to 1). */
export function programmingDeviation(profile: DeviceProfile, g: number): number {
  const model = profile.programming;
  if (model.kind === 'exact') return 0;
  let deviation = 0;
  for (let power = model.deviationMicroSiemens.length - 1; power >= 0; power--) {
    deviation = deviation * g + model.deviationMicroSiemens[power];
  }
  return Math.max(0, (deviation * profile.gMaxMicroSiemens) / model.referenceGMaxMicroSiemens);
}

/** Mean and standard deviation of the Gaussian whose absolute value is the drift exponent, at target g. */
export function driftExponentMoments(profile: DeviceProfile, g: number): { mean: number; deviation: number } {
  if (profile.drift.kind === 'none') return { mean: 0, deviation: 0 };
  const logarithm = log(Math.max(g, SMALLEST_RELATIVE_CONDUCTANCE));
  return {
    mean: clampedLine(profile.drift.exponentMean, logarithm),
    deviation: clampedLine(profile.drift.exponentDeviation, logarithm),
  };
}

function clampedLine(line: LogarithmicModel, logarithm: number): number {
  return Math.min(line.maximum, Math.max(line.minimum, line.slope * logarithm + line.intercept));
}

/** ln(t / t_0) with t = t_0 + seconds since programming: what a drift exponent is multiplied with. */
export function logarithmicAge(profile: DeviceProfile, driftSeconds: number): number {
  if (profile.drift.kind === 'none') return 0;
  return log((driftSeconds + profile.drift.t0Seconds) / profile.drift.t0Seconds);
}

/** (t / t_0)^-nu: what is left of a conductance. */
export function driftFactor(exponent: number, age: number): number {
  return exp(-exponent * age);
}

/** Q: relative read noise over one decade-like unit of time, at programmed g = G / g_max. */
export function readNoiseScale(profile: DeviceProfile, g: number): number {
  const model = profile.readNoise;
  if (model.kind === 'none') return 0;
  return Math.min(model.coefficient / Math.max(pow(g, model.exponent), model.floor), model.maximum);
}

/**
 * sqrt(ln((T + t_read) / (2 t_read))): how far 1/f noise spreads over T seconds, in units of Q; 0 where T is
 * not longer than one read.
 */
function readNoiseSpread(profile: DeviceProfile, seconds: number): number {
  const model = profile.readNoise;
  if (model.kind === 'none' || seconds <= model.readSeconds) return 0;
  return Math.sqrt(log((seconds + model.readSeconds) / (2 * model.readSeconds)));
}

/** Slow part: the wander since programming, which all reads of one analysis share. */
export function slowReadNoiseSpread(profile: DeviceProfile, driftSeconds: number): number {
  const sinceReference = profile.drift.kind === 'none' ? 0 : profile.drift.t0Seconds;
  return readNoiseSpread(profile, driftSeconds + sinceReference);
}

/**
 * Fast part: the spread within the burst of reads that makes the Monte-Carlo samples of one vector. The
 * `samples` reads of a vector follow one another, so that the burst lasts samples x t_read; a single sample
 * has no spread.
 */
export function fastReadNoiseSpread(profile: DeviceProfile, samples: number): number {
  if (profile.readNoise.kind === 'none') return 0;
  return readNoiseSpread(profile, samples * profile.readNoise.readSeconds);
}
