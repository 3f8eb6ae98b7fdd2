/**
 * Conformal prediction sets, one threshold a class (Mondrian; Vovk, Gammerman, Shafer 2005), with the score
 * 1 - probability of the true class (LAC; Sadinle, Lei, Wasserman, JASA 114, 2019): of a class, a share of at
 * least 1 - alpha of new items has the class in its set, if they are exchangeable with those calibrated on.
 */

/**
 * The ceil((n + 1)(1 - alpha))-th smallest score: infinite where there are too few for this alpha.
 * @param alpha share of misses allowed, between 0 and 1
 */
export function conformalQuantile(scores: Float64Array, alpha: number): number {
  // 1e-9: (n + 1)(1 - alpha) that is whole but for rounding is that whole number.
  const rank = Math.ceil((scores.length + 1) * (1 - alpha) - 1e-9);
  if (rank > scores.length) return Number.POSITIVE_INFINITY;
  if (rank < 1) return Number.NEGATIVE_INFINITY;
  return scores.slice().sort()[rank - 1];
}

/**
 * The threshold of each class.
 * @param probabilities [n][classes]
 * @param labels true classes, [n]
 */
export function classThresholds(
  probabilities: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
  alpha: number,
): number[] {
  return Array.from({ length: classes }, (_, c) => {
    const scores: number[] = [];
    for (let i = 0; i < labels.length; i++) {
      if (labels[i] === c) scores.push(1 - probabilities[i * classes + c]);
    }
    return conformalQuantile(Float64Array.from(scores), alpha);
  });
}

/** Whether a class of this probability is in the set: a class with an infinite threshold always is. */
export function isInSet(probability: number, threshold: number): boolean {
  return 1 - probability <= threshold;
}

/** The set of one item, bit c for class c. */
export function conformalSet(probabilities: ArrayLike<number>, thresholds: readonly number[]): number {
  let set = 0;
  thresholds.forEach((threshold, c) => {
    if (isInSet(probabilities[c], threshold)) set |= 1 << c;
  });
  return set;
}
