/**
 * Weights as an array would hold them, drawn anew for each minibatch: what hardware-aware training multiplies
 * with instead of the exact weights.
 *
 * The equations are those of `device.ts`, looked up in tables of 1,024 steps of conductance, so that a layer
 * costs tens of nanoseconds a weight. Two things are simpler than on the array: fast read noise is drawn once
 * a weight and minibatch, not for each read, and drift compensation is one factor a layer, not a tile.
 */
import { KirchhoffError } from '../contract/errors.ts';
import { exp } from '../numeric/elementary.ts';
import { fillGaussian } from '../numeric/random.ts';
import {
  driftExponentMoments,
  fastReadNoiseSpread,
  logarithmicAge,
  programmingDeviation,
  readNoiseScale,
  slowReadNoiseSpread,
} from './device.ts';
import type { DeviceProfile } from './profile.ts';
import { columnScales } from './program.ts';
import { placeWord, type StreamPurpose } from './streams.ts';

const STEPS = 1024;
/** Derivatives are differences over this much conductance on both sides, relative to g_max. */
const SLOPE_STEP = 1 / 64;
/** Programming noise may carry a device beyond g_max; beyond this the last entry counts. */
const LARGEST_PROGRAMMED = 1.5;

interface DeviceTables {
  /** Over target g from 0 to 1; deviation in units of g_max. */
  programming: Float64Array;
  exponentMean: Float64Array;
  exponentDeviation: Float64Array;
  /** Q over programmed g from 0 to `LARGEST_PROGRAMMED`. */
  readNoise: Float64Array;
}

/** What these equations cover: weights as pairs of devices from 0 to g_max that hold or fall by a power law. */
function checkTrainable({ name, mapping, programming, drift, readNoise }: DeviceProfile): void {
  const covered =
    mapping.kind === 'differential-pair' &&
    mapping.gMinMicroSiemens === 0 &&
    programming.kind !== 'write-verify' &&
    ['none', 'power-law', 'power-law-piecewise'].includes(drift.kind) &&
    ['none', 'one-over-f', 'one-over-f-piecewise'].includes(readNoise.kind);
  if (covered) return;
  throw new KirchhoffError(
    'profile-invalid',
    'Training with the noise of this kind of device is not modelled; run a network that was trained with another.',
    `${name} mapping ${mapping.kind}, programming ${programming.kind}, drift ${drift.kind}, readNoise ${readNoise.kind}`,
  );
}

const tablesOfProfile = new WeakMap<DeviceProfile, DeviceTables>();

function tablesOf(profile: DeviceProfile): DeviceTables {
  let tables = tablesOfProfile.get(profile);
  if (tables === undefined) {
    checkTrainable(profile);
    const over = (limit: number, value: (g: number) => number): Float64Array =>
      Float64Array.from({ length: STEPS + 1 }, (_, i) => value((i * limit) / STEPS));
    tables = {
      programming: over(1, (g) => programmingDeviation(profile, g) / profile.gMaxMicroSiemens),
      exponentMean: over(1, (g) => driftExponentMoments(profile, g).mean),
      exponentDeviation: over(1, (g) => driftExponentMoments(profile, g).deviation),
      readNoise: over(LARGEST_PROGRAMMED, (g) => readNoiseScale(profile, g)),
    };
    tablesOfProfile.set(profile, tables);
  }
  return tables;
}

/** Which draw this is: the same gives the same weights. */
export interface TrainingStream {
  seed: number;
  /** Number of the array layer, 0 to 255. */
  layer: number;
  /** Number of the minibatch, 0 to 2^32 - 1. */
  step: number;
}

/**
 * The weights of one layer as freshly programmed devices hold them `driftSeconds` later: programming noise,
 * drift, slow and fast read noise, global drift compensation, each column scaled so that its largest |weight|
 * is g_max.
 *
 * @param weights [outFeatures][rows]; a convolution's rows are its input channels x taps
 * @param options.samples Monte-Carlo samples whose burst the fast read noise spreads over; 32 by default
 * @param options.commonMode see `CommonMode`, same shape as `weights`
 * @param options.slopes receives the derivative of each result with respect to its common mode, all deviates and
 *   the compensation held; same shape as `weights`
 * @returns same shape as `weights`
 * @throws {KirchhoffError} `profile-invalid` for devices whose equations are not covered here
 */
export function perturbedWeights(
  weights: Float32Array,
  outFeatures: number,
  rows: number,
  profile: DeviceProfile,
  options: {
    driftSeconds: number;
    stream: TrainingStream;
    samples?: number;
    commonMode?: Float32Array;
    slopes?: Float32Array;
  },
): Float32Array {
  const { driftSeconds, stream, samples = 32, commonMode, slopes } = options;
  const tables = tablesOf(profile);
  const age = logarithmicAge(profile, driftSeconds);
  const slow = slowReadNoiseSpread(profile, driftSeconds);
  const fast = fastReadNoiseSpread(profile, samples);
  const spread = Math.sqrt(slow * slow + fast * fast);
  const draw = (purpose: StreamPurpose): Float32Array =>
    fillGaussian(
      { seed: stream.seed, words: [stream.step, 0, placeWord(purpose, stream.layer, 0)] },
      new Float32Array(2 * outFeatures * rows),
    );
  const programming = draw('trainingProgramming');
  const exponents = draw('trainingDrift');
  const reads = draw('trainingReadNoise');

  let programmed = 0;
  /** Present conductance of a device of target g; leaves the programmed one in `programmed`. */
  const presentAt = (g: number, device: number): number => {
    const step = Math.round(g * STEPS);
    programmed = Math.max(0, g + tables.programming[step] * programming[device]);
    const exponent = Math.abs(tables.exponentMean[step] + tables.exponentDeviation[step] * exponents[device]);
    const readStep = Math.min(STEPS, Math.round((programmed * STEPS) / LARGEST_PROGRAMMED));
    const drifted = programmed * exp(-exponent * age);
    return Math.max(0, drifted + drifted * tables.readNoise[readStep] * spread * reads[device]);
  };

  const scales = columnScales(weights, outFeatures);
  const perturbed = new Float32Array(weights.length);
  let programmedSum = 0;
  let presentSum = 0;
  for (let out = 0; out < outFeatures; out++) {
    const scale = scales[out];
    if (scale === 0) continue;
    for (let row = 0; row < rows; row++) {
      const at = out * rows + row;
      const target = weights[at] / scale;
      let programmedPair = 0;
      let presentPair = 0;
      let slope = 0;
      for (let side = 0; side < 2; side++) {
        const device = 2 * at + side;
        const g = Math.min(1, Math.max(0, side === 0 ? target : -target) + (commonMode?.[at] ?? 0));
        if (slopes !== undefined) {
          const above = Math.min(1, g + SLOPE_STEP);
          const below = Math.max(0, g - SLOPE_STEP);
          const rise = presentAt(above, device) - presentAt(below, device);
          slope += ((side === 0 ? rise : -rise) * scale) / (above - below);
        }
        const present = presentAt(g, device);
        programmedPair += side === 0 ? programmed : -programmed;
        presentPair += side === 0 ? present : -present;
      }
      if (slopes !== undefined) slopes[at] = slope;
      programmedSum += Math.abs(programmedPair);
      presentSum += Math.abs(presentPair);
      perturbed[at] = presentPair * scale;
    }
  }
  const compensation = presentSum > 0 ? programmedSum / presentSum : 1;
  for (let at = 0; at < perturbed.length; at++) {
    perturbed[at] *= compensation;
    if (slopes !== undefined) slopes[at] *= compensation;
  }
  return perturbed;
}
