/** What is chosen from the answers to films that a network was not trained on. */
import { classThresholds } from '../bayes/conformal.ts';
import {
  balancedAccuracyOf,
  sensitivityOf,
  specificityOf,
  type TwoByTwo,
  twoByTwo,
} from './binary-figures.ts';
import { quantileOf } from './radiograph-answers.ts';

/** Films that a reader is asked to look at: those nearest the operating point, and those the samples disagree on most. */
const REVIEWED_BY_PROBABILITY = 0.08;
const REVIEWED_BY_DISAGREEMENT = 0.02;
export const CONFORMAL_ALPHA = 0.1;

/** Probabilities of the disease and truth of one group of films that no network was trained on when it read them. */
export interface LeftOutGroup {
  mean: ArrayLike<number>;
  labels: Uint8Array;
}

/**
 * The operating point: the balanced accuracy of the group where it is lowest is the criterion, and of all thresholds
 * within one standard error of the best the highest is taken (Breiman et al., Classification and regression trees,
 * 1984, 3.4.3, give the rule for another choice). Networks that are published on these films call too many normal
 * films ill where films come from elsewhere; among thresholds that left-out films cannot tell apart, the one that
 * keeps most specificity is the safer. Candidates lie at every hundredth of the log odds from -6 to 6.
 */
export function worstGroupThreshold(groups: readonly LeftOutGroup[]): number {
  const candidates = Array.from({ length: 1201 }, (_, k) => 1 / (1 + Math.exp(6 - k / 100)));
  const worst = candidates.map((threshold) =>
    groups
      .map(({ mean, labels }) => {
        const table = twoByTwo(mean, labels, threshold);
        return { value: balancedAccuracyOf(table), error: standardError(table) };
      })
      .reduce((low, group) => (group.value < low.value ? group : low)),
  );
  const best = worst.reduce((high, at) => (at.value > high.value ? at : high));
  const chosen = worst.findLastIndex(({ value }) => value >= best.value - best.error);
  return candidates[chosen]!;
}

/** Of a balanced accuracy: half the root of the variances of both shares. */
function standardError(table: TwoByTwo): number {
  const variance = (share: number, of: number) => (share * (1 - share)) / of;
  const ill = table.truePositive + table.falseNegative;
  const normal = table.trueNegative + table.falsePositive;
  return 0.5 * Math.sqrt(variance(sensitivityOf(table), ill) + variance(specificityOf(table), normal));
}

const logOdds = (p: number) => Math.log(Math.max(1e-12, p) / Math.max(1e-12, 1 - p));

/** Between which probabilities, and above which epistemic part, an answer is for review; rounded as it is stored. */
export function reviewLimits(
  { mean, epistemic }: { mean: ArrayLike<number>; epistemic: ArrayLike<number> },
  operatingPoint: number,
): { probabilityAbove: number; probabilityBelow: number; epistemicAbove: number } {
  const distances = Array.from(mean, (p) => Math.abs(logOdds(p) - logOdds(operatingPoint)));
  const margin = quantileOf(distances, REVIEWED_BY_PROBABILITY);
  const share = (odds: number) => rounded(1 / (1 + Math.exp(-odds)), 4);
  return {
    probabilityAbove: share(logOdds(operatingPoint) - margin),
    probabilityBelow: share(logOdds(operatingPoint) + margin),
    epistemicAbove: rounded(quantileOf(epistemic, 1 - REVIEWED_BY_DISAGREEMENT), 5),
  };
}

/** Limits of nonconformity by class; null where a class has too few films. */
export function conformalLimits({ mean, labels }: LeftOutGroup): (number | null)[] {
  const pairs = Float64Array.from({ length: 2 * labels.length }, (_, k) =>
    k % 2 === 1 ? mean[k >> 1]! : 1 - mean[k >> 1]!,
  );
  return classThresholds(pairs, labels, 2, CONFORMAL_ALPHA).map((threshold) =>
    Number.isFinite(threshold) ? threshold : null,
  );
}

export function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
