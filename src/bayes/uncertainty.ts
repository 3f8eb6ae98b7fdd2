/**
 * Prediction and its uncertainty from S stochastic forward passes.
 *
 * With p_s the class probabilities of pass s and pbar their mean:
 * total = H[pbar], aleatoric = mean of H[p_s], epistemic = total - aleatoric = mutual information between
 * the label and the weights, all in nats (Houlsby 2011; Gal, Islam, Ghahramani, ICML 2017). The mutual
 * information of a finite S is biased low.
 */
import { log } from '../numeric/elementary.ts';
import { softmax } from '../numeric/softmax.ts';

/** What one item's samples come to; arrays have one entry a class. */
export interface ItemUncertainty {
  mean: Float64Array;
  low90: Float64Array;
  high90: Float64Array;
  /** Nats, 0 to ln(classes). */
  aleatoric: number;
  /** Nats, 0 or more. */
  epistemic: number;
}

/** Shannon entropy in nats of probabilities that sum to 1; 0 ln 0 is 0. */
export function entropyNats(probabilities: ArrayLike<number>): number {
  let entropy = 0;
  for (let c = 0; c < probabilities.length; c++) {
    const p = probabilities[c];
    if (p > 0) entropy -= p * log(p);
  }
  return entropy;
}

/**
 * Probabilities of every sample of one item by softmax(logits / temperature).
 * @param logits [samples][classes]
 * @param into receives the probabilities, same shape
 */
export function sampleProbabilities(
  logits: Float32Array,
  classes: number,
  temperature: number,
  into: Float64Array,
): void {
  for (let start = 0; start < logits.length; start += classes) {
    const row = softmax(logits.subarray(start, start + classes), temperature);
    into.set(row, start);
  }
}

/**
 * Mean, 90 % interval (5 % and 95 % quantiles, linear between order statistics: type 7 of Hyndman and Fan
 * 1996) and both parts of the uncertainty of one item.
 * @param probabilities [samples][classes]
 */
export function itemUncertainty(probabilities: Float64Array, classes: number): ItemUncertainty {
  const samples = probabilities.length / classes;
  const mean = new Float64Array(classes);
  let expectedEntropy = 0;
  let allEqual = true;
  for (let s = 0; s < samples; s++) {
    const row = probabilities.subarray(s * classes, (s + 1) * classes);
    expectedEntropy += entropyNats(row);
    for (let c = 0; c < classes; c++) {
      mean[c] += row[c];
      if (row[c] !== probabilities[c]) allEqual = false;
    }
  }
  expectedEntropy /= samples;
  const low90 = new Float64Array(classes);
  const high90 = new Float64Array(classes);
  const column = new Float64Array(samples);
  for (let c = 0; c < classes; c++) {
    mean[c] /= samples;
    for (let s = 0; s < samples; s++) column[s] = probabilities[s * classes + c];
    column.sort();
    low90[c] = quantileOfSorted(column, 0.05);
    high90[c] = quantileOfSorted(column, 0.95);
  }
  if (allEqual) {
    // Without spread the mutual information is 0 by definition; a sum of S equal terms may round otherwise.
    return {
      mean: probabilities.slice(0, classes),
      low90,
      high90,
      aleatoric: entropyNats(probabilities.subarray(0, classes)),
      epistemic: 0,
    };
  }
  const epistemic = Math.max(0, entropyNats(mean) - expectedEntropy);
  return { mean, low90, high90, aleatoric: expectedEntropy, epistemic };
}

/** Quantile q (0 to 1) of values in ascending order, linear between order statistics; NaN of none. */
export function quantileOfSorted(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) return Number.NaN;
  const position = q * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
}
