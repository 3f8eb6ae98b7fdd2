/** Figures of a test with two answers, from probabilities of the disease and labels (1 is the disease). */

/** Area under the receiver operating characteristic: Mann and Whitney's statistic, ties count half. */
export function auroc(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const order = Array.from({ length: labels.length }, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  let rankSum = 0;
  let positives = 0;
  for (let i = 0; i < order.length; ) {
    let end = i;
    while (end < order.length && scores[order[end]!] === scores[order[i]!]) end++;
    const rank = (i + 1 + end) / 2;
    for (; i < end; i++) {
      if (labels[order[i]!] === 1) {
        rankSum += rank;
        positives++;
      }
    }
  }
  const negatives = labels.length - positives;
  return positives === 0 || negatives === 0
    ? Number.NaN
    : (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

export interface TwoByTwo {
  truePositive: number;
  falseNegative: number;
  trueNegative: number;
  falsePositive: number;
}

/** Called diseased where the score is at least `threshold`. */
export function twoByTwo(scores: ArrayLike<number>, labels: ArrayLike<number>, threshold: number): TwoByTwo {
  const table = { truePositive: 0, falseNegative: 0, trueNegative: 0, falsePositive: 0 };
  for (let i = 0; i < labels.length; i++) {
    const called = scores[i]! >= threshold;
    if (labels[i] === 1) table[called ? 'truePositive' : 'falseNegative']++;
    else table[called ? 'falsePositive' : 'trueNegative']++;
  }
  return table;
}

export function sensitivityOf({ truePositive, falseNegative }: TwoByTwo): number {
  return truePositive / (truePositive + falseNegative);
}

export function specificityOf({ trueNegative, falsePositive }: TwoByTwo): number {
  return trueNegative / (trueNegative + falsePositive);
}

export function balancedAccuracyOf(table: TwoByTwo): number {
  return (sensitivityOf(table) + specificityOf(table)) / 2;
}
