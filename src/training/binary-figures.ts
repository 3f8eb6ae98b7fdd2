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

/**
 * 95 % interval of an AUROC by DeLong, DeLong and Clarke-Pearson (Biometrics 44, 1988): normal with the variance of
 * its structural components.
 */
export function aurocInterval95(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
): { low: number; high: number } {
  const rows = Array.from({ length: labels.length }, (_, i) => i);
  const positives = rows.filter((i) => labels[i] === 1).map((i) => scores[i]!);
  const negatives = rows.filter((i) => labels[i] !== 1).map((i) => scores[i]!);
  const wins = (a: number, b: number) => (a > b ? 1 : a === b ? 0.5 : 0);
  const ofPositives = positives.map(
    (p) => negatives.reduce((sum, n) => sum + wins(p, n), 0) / negatives.length,
  );
  const ofNegatives = negatives.map(
    (n) => positives.reduce((sum, p) => sum + wins(p, n), 0) / positives.length,
  );
  const area = ofPositives.reduce((sum, value) => sum + value, 0) / positives.length;
  const variance = (values: number[]) =>
    values.reduce((sum, value) => sum + (value - area) ** 2, 0) / (values.length - 1) / values.length;
  const reach = 1.96 * Math.sqrt(variance(ofPositives) + variance(ofNegatives));
  return { low: Math.max(0, area - reach), high: Math.min(1, area + reach) };
}

/** 95 % interval of a share by Wilson (J Am Stat Assoc 22, 1927). */
export function shareInterval95(count: number, of: number): { low: number; high: number } {
  if (of === 0) return { low: 0, high: 1 };
  const z = 1.96;
  const share = count / of;
  const centre = (share + (z * z) / (2 * of)) / (1 + (z * z) / of);
  const reach = (z / (1 + (z * z) / of)) * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  return { low: Math.max(0, centre - reach), high: Math.min(1, centre + reach) };
}

const BINS = 15;

/**
 * Negative log-likelihood (nats), two-class Brier score, and the expected calibration error of the probability of
 * the disease over 15 bins of equal width, with the bins.
 */
export function binaryCalibration(
  probabilities: ArrayLike<number>,
  labels: ArrayLike<number>,
): {
  nll: number;
  brier: number;
  ece: number;
  reliability: { count: number; meanProbability: number; shareDiseased: number }[];
} {
  const bins = Array.from({ length: BINS }, () => ({ count: 0, sum: 0, diseased: 0 }));
  let nll = 0;
  let brier = 0;
  for (let i = 0; i < labels.length; i++) {
    const p = probabilities[i]!;
    const bin = bins[Math.min(BINS - 1, Math.floor(p * BINS))]!;
    bin.count++;
    bin.sum += p;
    if (labels[i] === 1) bin.diseased++;
    nll -= Math.log(Math.max(1e-12, labels[i] === 1 ? p : 1 - p)) / labels.length;
    brier += (2 * (p - labels[i]!) ** 2) / labels.length;
  }
  return {
    nll,
    brier,
    ece: bins.reduce((sum, { sum: of, diseased }) => sum + Math.abs(of - diseased), 0) / labels.length,
    reliability: bins
      .filter(({ count }) => count > 0)
      .map(({ count, sum, diseased }) => ({
        count,
        meanProbability: sum / count,
        shareDiseased: diseased / count,
      })),
  };
}

/**
 * Error left when the least certain are refused, certainty falling.
 * @returns areas under risk (AURC, Geifman and El-Yaniv 2017) and under risk x coverage (AUGRC, Traub et al. 2024),
 *   as means over all coverages, and the risk at some
 */
export function riskCoverage(
  certainty: ArrayLike<number>,
  wrong: ArrayLike<boolean>,
): { aurc: number; augrc: number; riskAt: { coverage: number; risk: number }[] } {
  const n = wrong.length;
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => certainty[b]! - certainty[a]!);
  const risks = new Float64Array(n);
  let errors = 0;
  let aurc = 0;
  let augrc = 0;
  order.forEach((i, k) => {
    if (wrong[i]) errors++;
    risks[k] = errors / (k + 1);
    aurc += risks[k]! / n;
    augrc += errors / n / n;
  });
  return {
    aurc,
    augrc,
    riskAt: [0.5, 0.7, 0.8, 0.9, 1].map((coverage) => ({
      coverage,
      risk: risks[Math.max(0, Math.round(coverage * n) - 1)]!,
    })),
  };
}
