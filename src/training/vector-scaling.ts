/**
 * Vector scaling with one temperature (Guo et al., ICML 2017): logits become (z + b) / T. The offsets b go into the
 * digital biases of the last layer, so that the program knows only the temperature.
 */
import { z } from 'zod';
import { NETWORK_CLASS_COUNT, NETWORK_CLASSES } from '../contract/ecg.ts';
import { classFigures, confusionOf, type LeftOut } from './leave-out.ts';

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
  return logits.map((z, i) => (z + offsets[i % NETWORK_CLASS_COUNT]!) / temperature);
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
          sum += exps[c] = Math.exp((logits[at + c]! + offsets[c]!) / temperature);
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

/** The temperature of least `patientNll` with given offsets, by golden steps on its logarithm. */
export function bestTemperature(leftOut: readonly LeftOut[], offsets: readonly number[]): Scaling {
  const at = (logarithm: number): Scaling => ({ temperature: Math.exp(logarithm), offsets: [...offsets] });
  let point = 0;
  let best = patientNll(leftOut, at(point), THINNED);
  for (let step = 0.32; step >= SMALLEST_STEP; step /= 2) {
    for (const direction of [step, -step]) {
      for (let nll = -1; ; ) {
        nll = patientNll(leftOut, at(point + direction), THINNED);
        // Far from any optimum the likelihood is flat: probabilities that say nothing need no more temperature.
        if (nll >= best || Math.abs(point + direction) > 2) break;
        best = nll;
        point += direction;
      }
    }
  }
  return { temperature: Number(Math.exp(point).toFixed(3)), offsets: [...offsets] };
}

/** Samples of each beat that decisions are compared on. */
const COMPARED_SAMPLES = 4;
const SMALLEST_OFFSET_STEP = 0.1;

/**
 * Offsets with which the likeliest class makes the best decisions on left-out beats, then the temperature of least
 * `patientNll` with them. Best is the sum of S F1, V F1 and accuracy: likelihood alone would hardly ever call a
 * supraventricular beat, so rare are they in most patients.
 */
export function decisionScaling(leftOut: readonly LeftOut[]): Scaling {
  const offsets = new Array<number>(NETWORK_CLASS_COUNT).fill(0);
  let best = decisionsOf(leftOut, offsets);
  for (let step = 0.4; step >= SMALLEST_OFFSET_STEP; step /= 2) {
    for (let improved = true; improved; ) {
      improved = false;
      for (let c = 1; c < NETWORK_CLASS_COUNT; c++) {
        for (const direction of [step, -step]) {
          const tried = offsets.map((b, k) => (k === c ? b + direction : b));
          const score = decisionsOf(leftOut, tried);
          if (score <= best) continue;
          best = score;
          offsets[c] = tried[c]!;
          improved = true;
        }
      }
    }
  }
  return bestTemperature(
    leftOut,
    offsets.map((b) => Number(b.toFixed(2))),
  );
}

function decisionsOf(leftOut: readonly LeftOut[], offsets: readonly number[]): number {
  const total = confusionOf(new Uint8Array(0), new Float64Array(0));
  for (const { labels, logits } of leftOut) {
    const samples = logits.length / (labels.length * NETWORK_CLASS_COUNT);
    const means = new Float64Array(labels.length * NETWORK_CLASS_COUNT);
    const exps = new Float64Array(NETWORK_CLASS_COUNT);
    for (let item = 0; item < labels.length; item++) {
      for (let s = 0; s < Math.min(COMPARED_SAMPLES, samples); s++) {
        const at = (item * samples + s) * NETWORK_CLASS_COUNT;
        let sum = 0;
        for (let c = 0; c < NETWORK_CLASS_COUNT; c++)
          sum += exps[c] = Math.exp(logits[at + c]! + offsets[c]!);
        for (let c = 0; c < NETWORK_CLASS_COUNT; c++)
          means[item * NETWORK_CLASS_COUNT + c]! += exps[c]! / sum;
      }
    }
    confusionOf(labels, means).forEach((row, i) => {
      row.forEach((n, j) => {
        total[i]![j]! += n;
      });
    });
  }
  const all = total.flat().reduce((sum, n) => sum + n, 0);
  const right = total.reduce((sum, row, i) => sum + row[i]!, 0);
  const f1Of = (name: 'S' | 'V') => classFigures(total, NETWORK_CLASSES.indexOf(name)).f1;
  return f1Of('S') + f1Of('V') + right / all;
}
