/**
 * Last step of the QRS detector: a small network (one hidden layer of rectified units) says for each peak how much
 * speaks for a beat. Its weights were trained on MIT-BIH DS1 alone (`npm run train:qrs`). It overrules what height
 * and rhythm said only where it is sure.
 */
import { CANDIDATE_FEATURES } from './qrs-candidates.ts';
import { QRS_WEIGHTS } from './qrs-weights.generated.ts';

export interface QrsWeights {
  /** [hidden][CANDIDATE_FEATURES]: standardising the features is folded in. */
  hidden: readonly (readonly number[])[];
  hiddenBias: readonly number[];
  output: readonly number[];
  outputBias: number;
}

/** A beat by height stays one above the first of these log odds; another peak becomes one above the second. */
export const KEEP_LOG_ODDS = -2;
export const ADD_LOG_ODDS = 3;

/** Log odds of a beat for one row of features. */
export function logOddsOfBeat(
  features: Float32Array,
  row: number,
  weights: QrsWeights = QRS_WEIGHTS,
): number {
  const start = row * CANDIDATE_FEATURES;
  let odds = weights.outputBias;
  for (let unit = 0; unit < weights.hidden.length; unit++) {
    const w = weights.hidden[unit]!;
    let sum = weights.hiddenBias[unit]!;
    for (let i = 0; i < CANDIDATE_FEATURES; i++) sum += w[i]! * features[start + i]!;
    if (sum > 0) odds += sum * weights.output[unit]!;
  }
  return odds;
}

/**
 * @param features of `candidateFeatures`
 * @param byHeight whether the peak of a row is a beat by height
 * @returns 1 for each peak that is a beat
 */
export function judgedBeats(features: Float32Array, byHeight: (row: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: features.length / CANDIDATE_FEATURES }, (_, row) =>
    logOddsOfBeat(features, row) > (byHeight(row) ? KEEP_LOG_ODDS : ADD_LOG_ODDS) ? 1 : 0,
  );
}
