/**
 * Vector scaling with one temperature (Guo et al., ICML 2017): logits become z / T + b. The offsets b are digital
 * biases of the last layer times T, so that the program knows only the temperature.
 */
import { z } from 'zod';
import { NETWORK_CLASS_COUNT } from '../contract/ecg.ts';
import type { LeftOut } from './leave-out.ts';

export const scalingSchema = z.object({
  temperature: z.number().positive(),
  /** One a class, that of N is 0. */
  offsets: z.array(z.number()).length(NETWORK_CLASS_COUNT),
});
export type Scaling = z.infer<typeof scalingSchema>;

/** Every so many beats of a patient say the same and save minutes. */
const THINNED = 7;
const SMALLEST_STEP = 0.02;

export const UNSCALED: Scaling = { temperature: 1, offsets: new Array<number>(NETWORK_CLASS_COUNT).fill(0) };

/** Logits that a temperature of 1 makes the scaled probabilities of. */
export function scaled(logits: Float32Array, { temperature, offsets }: Scaling): Float32Array {
  return logits.map((z, i) => z / temperature + offsets[i % NETWORK_CLASS_COUNT]!);
}

/** Mean negative log-likelihood, nats, every patient counting alike: beats of one patient are not independent. */
export function patientNll(leftOut: readonly LeftOut[], scaling: Scaling, every = 1): number {
  const { temperature, offsets } = scaling;
  const exps = new Float64Array(NETWORK_CLASS_COUNT);
  let total = 0;
  for (const { labels, logits } of leftOut) {
    const samples = logits.length / (labels.length * NETWORK_CLASS_COUNT);
    let nll = 0;
    let count = 0;
    for (let item = 0; item < labels.length; item += every) {
      let mean = 0;
      for (let s = 0; s < samples; s++) {
        const at = (item * samples + s) * NETWORK_CLASS_COUNT;
        let sum = 0;
        for (let c = 0; c < NETWORK_CLASS_COUNT; c++) {
          sum += exps[c] = Math.exp(logits[at + c]! / temperature + offsets[c]!);
        }
        mean += exps[labels[item]!]! / sum / samples;
      }
      nll -= Math.log(Math.max(1e-12, mean));
      count++;
    }
    total += nll / count;
  }
  return total / leftOut.length;
}

/**
 * The scaling of least `patientNll` by coordinate search from `UNSCALED`.
 * @param withOffsets false: temperature alone
 */
export function bestScaling(leftOut: readonly LeftOut[], withOffsets: boolean): Scaling {
  // Logarithm of the temperature, then the offsets of all classes but the first.
  const point = new Array<number>(withOffsets ? NETWORK_CLASS_COUNT : 1).fill(0);
  const scalingAt = (at: readonly number[]): Scaling => ({
    temperature: Math.exp(at[0]!),
    offsets: [0, ...Array.from({ length: NETWORK_CLASS_COUNT - 1 }, (_, c) => at[c + 1] ?? 0)],
  });
  let best = patientNll(leftOut, scalingAt(point), THINNED);
  for (let step = 0.32; step >= SMALLEST_STEP; step /= 2) {
    for (let improved = true; improved; ) {
      improved = false;
      for (let i = 0; i < point.length; i++) {
        for (const direction of [step, -step]) {
          const tried = point.map((value, k) => (k === i ? value + direction : value));
          const nll = patientNll(leftOut, scalingAt(tried), THINNED);
          if (nll >= best) continue;
          best = nll;
          point[i] = tried[i]!;
          improved = true;
        }
      }
    }
  }
  const { temperature, offsets } = scalingAt(point);
  return { temperature: Number(temperature.toFixed(3)), offsets: offsets.map((b) => Number(b.toFixed(3))) };
}
