/** Class probabilities from logits, with the same bits on every machine. */
import { exp } from './elementary.ts';

/**
 * softmax(logits / temperature) of one row; sums to 1 within rounding.
 *
 * @param temperature > 0; above 1 makes the probabilities flatter
 */
export function softmax(logits: ArrayLike<number>, temperature = 1): Float64Array {
  let largest = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < logits.length; c++) largest = Math.max(largest, logits[c]);
  const probabilities = new Float64Array(logits.length);
  let sum = 0;
  for (let c = 0; c < logits.length; c++) {
    probabilities[c] = exp((logits[c] - largest) / temperature);
    sum += probabilities[c];
  }
  for (let c = 0; c < logits.length; c++) probabilities[c] /= sum;
  return probabilities;
}
