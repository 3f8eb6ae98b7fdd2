/** What a network gives on a few inputs: in software, on one simulated chip, and over many chips. */
import { sampleProbabilities } from '../bayes/uncertainty.ts';
import { arrayAt } from '../imc/drift.ts';
import type { DeviceProfile } from '../imc/profile.ts';
import { programNetwork } from '../imc/program.ts';
import { runSamples } from '../imc/run.ts';
import { runIdealFp32 } from '../imc/software.ts';
import type { BundleDescription } from './bundle-parts.ts';
import type { PortableModel } from './portable-model.ts';

export interface BundleInputs {
  /** [items][channels][length], or [items][channels][height][width] of images. */
  signals: Float32Array;
  /** [items][auxiliary features] */
  auxiliary: Float32Array;
}

export interface ExpectedOutputs {
  /** fp32, [items][classes]. */
  softwareLogits: Float32Array;
  /** One chip, [items][samples][classes]. */
  arrayLogits: Float32Array;
  /** Mean over chips of the mean probability over samples, [items][classes]. */
  meanProbabilities: Float32Array;
  /** Its standard deviation from chip to chip, [items][classes]. */
  deviationOfProbabilities: Float32Array;
}

/** The tail of chips that are far from the others, and what rounding makes of chips that are all alike. */
const DEVIATIONS_ALLOWED = 4;
const SMALLEST_DISTANCE = 1e-3;

type ArrayConditions = BundleDescription['array'];

/** Logits of the chip that `conditions` name, [items][samples][classes]. */
export function chipLogits(
  model: PortableModel,
  profile: DeviceProfile,
  conditions: ArrayConditions,
  inputs: BundleInputs,
): Float32Array {
  const { programmingSeed, driftSeconds, driftCompensation, samples, seed } = conditions;
  const programmed = programNetwork(model.network, profile, { programmingSeed, ranges: model.ranges });
  const state = arrayAt(programmed, { driftSeconds, driftCompensation });
  return runSamples(state, { ...inputs, firstItem: 0, samples, seed });
}

/** Mean probabilities over the samples, [items][classes], by softmax(logits / temperature). */
export function meanProbabilities(model: PortableModel, logits: Float32Array, samples: number): Float32Array {
  const classes = model.network.classes.length;
  const all = new Float64Array(logits.length);
  sampleProbabilities(logits, classes, model.calibration.temperature, all);
  const means = new Float32Array(logits.length / samples);
  for (let i = 0; i < means.length; i++) {
    const start = Math.floor(i / classes) * samples * classes + (i % classes);
    let sum = 0;
    for (let s = 0; s < samples; s++) sum += all[start + s * classes];
    means[i] = sum / samples;
  }
  return means;
}

/** The `number`-th other chip of the same kind, from 1; its read noise differs too. */
export function otherChip(conditions: ArrayConditions, number: number): ArrayConditions {
  const { programmingSeed, seed } = conditions;
  return { ...conditions, programmingSeed: programmingSeed + number, seed: seed + number };
}

export function expectedOutputs(
  model: PortableModel,
  profile: DeviceProfile,
  conditions: ArrayConditions,
  inputs: BundleInputs,
  chips: number,
): { expected: ExpectedOutputs; otherChipDistance: number } {
  const chipMeans = Array.from({ length: chips }, (_, i) =>
    meanProbabilities(
      model,
      chipLogits(model, profile, otherChip(conditions, i + 1), inputs),
      conditions.samples,
    ),
  );
  const mean = chipMeans[0].map((_, i) => chipMeans.reduce((sum, chip) => sum + chip[i], 0) / chips);
  const deviation = mean.map((centre, i) =>
    Math.sqrt(chipMeans.reduce((sum, chip) => sum + (chip[i] - centre) ** 2, 0) / (chips - 1)),
  );
  const expected = {
    softwareLogits: runIdealFp32(model.network, inputs.signals, inputs.auxiliary),
    arrayLogits: chipLogits(model, profile, conditions, inputs),
    meanProbabilities: mean,
    deviationOfProbabilities: deviation,
  };
  return { expected, otherChipDistance: distanceAllowed(chipMeans, mean) };
}

/** Mean absolute difference of two arrays of probabilities. */
export function distanceOf(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
}

/** Mean and a few standard deviations of the distance of each chip from the mean of the others. */
function distanceAllowed(chipMeans: readonly Float32Array[], mean: Float32Array): number {
  const chips = chipMeans.length;
  // A chip is 1/n of the mean: from the mean of the others it is n / (n - 1) times as far.
  const distances = chipMeans.map((chip) => (distanceOf(chip, mean) * chips) / (chips - 1));
  const centre = distances.reduce((sum, distance) => sum + distance, 0) / chips;
  const variance = distances.reduce((sum, distance) => sum + (distance - centre) ** 2, 0) / (chips - 1);
  return SMALLEST_DISTANCE + centre + DEVIATIONS_ALLOWED * Math.sqrt(variance);
}
