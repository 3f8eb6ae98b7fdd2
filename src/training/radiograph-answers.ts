/** What two-class image networks answer: on the array, on the ideal one, in fp32; and what is chosen from answers. */
import { itemUncertainty, sampleProbabilities } from '../bayes/uncertainty.ts';
import { arrayAt } from '../imc/drift.ts';
import type { Network } from '../imc/network.ts';
import type { DeviceProfile } from '../imc/profile.ts';
import { programNetwork } from '../imc/program.ts';
import type { LayerRange } from '../imc/ranges.ts';
import { runSamples } from '../imc/run.ts';
import { ImageTrainer } from './image-trainer.ts';
import { REFERENCE } from './reference-condition.ts';

const NO_FEATURES = new Float32Array(0);

/** Logits [n][samples][2]. */
export interface Answers {
  samples: number;
  logits: Float32Array;
}

/** Of one programmed array at the reference condition. */
export function arrayAnswers(
  model: { network: Network; ranges: readonly LayerRange[] },
  profile: DeviceProfile,
  programmingSeed: number,
  inputs: Float32Array,
  samples: number = REFERENCE.samples,
): Answers {
  const programmed = programNetwork(model.network, profile, { programmingSeed, ranges: model.ranges });
  const { driftSeconds, driftCompensation, seed } = REFERENCE;
  const state = arrayAt(programmed, { driftSeconds, driftCompensation });
  return {
    samples,
    logits: runSamples(state, { signals: inputs, auxiliary: NO_FEATURES, firstItem: 0, samples, seed }),
  };
}

/** Of the network in fp32, without any array. */
export function softwareAnswers(network: Network, inputs: Float32Array): Answers {
  return { samples: 1, logits: new ImageTrainer(network, 32).logits(inputs, NO_FEATURES) };
}

export interface Probabilities {
  /** Mean probability of the second class, [n]. */
  mean: Float64Array;
  /** Nats, [n]. */
  epistemic: Float64Array;
  /** 90 % interval of the probability. */
  low: Float64Array;
  high: Float64Array;
}

export function probabilitiesOf({ logits, samples }: Answers, temperature: number): Probabilities {
  const width = samples * 2;
  const n = logits.length / width;
  const result: Probabilities = {
    mean: new Float64Array(n),
    epistemic: new Float64Array(n),
    low: new Float64Array(n),
    high: new Float64Array(n),
  };
  const row = new Float64Array(width);
  for (let i = 0; i < n; i++) {
    sampleProbabilities(logits.subarray(i * width, (i + 1) * width), 2, temperature, row);
    const { mean, epistemic, low90, high90 } = itemUncertainty(row, 2);
    result.mean[i] = mean[1]!;
    result.epistemic[i] = epistemic;
    result.low[i] = low90[1]!;
    result.high[i] = high90[1]!;
  }
  return result;
}

/** The temperature of least negative log-likelihood, 0.4 to 4 in steps of 0.05. */
export function bestTemperature(answers: Answers, labels: Uint8Array): number {
  let best = { temperature: 1, nll: Number.POSITIVE_INFINITY };
  for (let step = 8; step <= 80; step++) {
    const { mean } = probabilitiesOf(answers, step / 20);
    let nll = 0;
    for (let i = 0; i < labels.length; i++) {
      nll -= Math.log(Math.max(1e-12, labels[i] === 1 ? mean[i]! : 1 - mean[i]!));
    }
    if (nll < best.nll) best = { temperature: step / 20, nll };
  }
  return best.temperature;
}

/** The value that a share `q` of all values does not exceed. */
export function quantileOf(values: ArrayLike<number>, q: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1))]!;
}
