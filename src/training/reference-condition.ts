/**
 * The condition under which every figure "on the array" is given: PCM profile, one day after programming, drift
 * compensation on, 32 samples.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { itemUncertainty, sampleProbabilities } from '../bayes/uncertainty.ts';
import { NETWORK_CLASS_COUNT } from '../contract/ecg.ts';
import { arrayAt } from '../imc/drift.ts';
import type { Network } from '../imc/network.ts';
import { type DeviceProfile, parseDeviceProfile } from '../imc/profile.ts';
import { programNetwork } from '../imc/program.ts';
import type { LayerRange } from '../imc/ranges.ts';
import { runSamples } from '../imc/run.ts';

export const REFERENCE = {
  profile: 'pcm-nandakumar-2019',
  driftSeconds: 86_400,
  driftCompensation: true,
  samples: 32,
  programmingSeeds: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  seed: 1,
} as const;

export function readDeviceProfile(name: string): DeviceProfile {
  const path = resolve(import.meta.dirname, '../../models/devices', `${name}.json`);
  return parseDeviceProfile(JSON.parse(readFileSync(path, 'utf8')), `${name}.json`);
}

/** Items ready for the network. */
export interface NetworkInputs {
  signals: Float32Array;
  auxiliary: Float32Array;
}

/** Logits [n][samples][classes] of one programmed array at the reference condition. */
export function arrayLogits(
  model: { network: Network; ranges: readonly LayerRange[] },
  profile: DeviceProfile,
  programmingSeed: number,
  inputs: NetworkInputs,
  samples: number = REFERENCE.samples,
): Float32Array {
  const programmed = programNetwork(model.network, profile, { programmingSeed, ranges: model.ranges });
  const state = arrayAt(programmed, {
    driftSeconds: REFERENCE.driftSeconds,
    driftCompensation: REFERENCE.driftCompensation,
  });
  return runSamples(state, {
    signals: inputs.signals,
    auxiliary: inputs.auxiliary,
    firstItem: 0,
    samples,
    seed: REFERENCE.seed,
  });
}

export interface EnsembleOutput {
  /** Mean over samples, [n][classes]. */
  probabilities: Float64Array;
  /** Nats, [n]. */
  epistemic: Float64Array;
}

/** Mean probabilities and the epistemic part over the samples of each item. */
export function ensembleOutput(logits: Float32Array, samples: number, temperature: number): EnsembleOutput {
  const rowLength = samples * NETWORK_CLASS_COUNT;
  const items = logits.length / rowLength;
  const output: EnsembleOutput = {
    probabilities: new Float64Array(items * NETWORK_CLASS_COUNT),
    epistemic: new Float64Array(items),
  };
  const row = new Float64Array(rowLength);
  for (let item = 0; item < items; item++) {
    sampleProbabilities(
      logits.subarray(item * rowLength, (item + 1) * rowLength),
      NETWORK_CLASS_COUNT,
      temperature,
      row,
    );
    const { mean, epistemic } = itemUncertainty(row, NETWORK_CLASS_COUNT);
    output.probabilities.set(mean, item * NETWORK_CLASS_COUNT);
    output.epistemic[item] = epistemic;
  }
  return output;
}
