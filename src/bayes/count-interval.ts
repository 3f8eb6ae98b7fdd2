/**
 * How many of n uncertain items are of a class: the 90 % interval of a count, from per-sample probabilities.
 *
 * Given the weights of Monte-Carlo sample s, the items are independent Bernoulli draws, so their count has
 * mean m_s = sum p and variance v_s = sum p (1 - p) (Poisson-binomial, close to normal for the counts of a
 * recording). The count's distribution is the equal mixture of those normals: the spread of m_s is the
 * epistemic part, v_s the aleatoric one.
 */
import { exp } from '../numeric/elementary.ts';

export interface CountDistribution {
  /** Sum of probabilities, one a sample. */
  means: ArrayLike<number>;
  /** Sum of p (1 - p), one a sample. */
  variances: ArrayLike<number>;
}

/** Standard normal distribution function, absolute error < 7.5e-8 (Abramowitz and Stegun 26.2.17). */
export function normalCdf(z: number): number {
  if (z < 0) return 1 - normalCdf(-z);
  const t = 1 / (1 + 0.231_641_9 * z);
  const series =
    t *
    (0.319_381_53 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
  return 1 - 0.398_942_280_401_432_7 * exp((-z * z) / 2) * series;
}

/** The q quantile (0 to 1) of the mixture, in items; exact to 1e-6 items. */
export function countQuantile(distribution: CountDistribution, q: number): number {
  const { means, variances } = distribution;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let s = 0; s < means.length; s++) {
    const reach = 6 * Math.sqrt(variances[s]);
    low = Math.min(low, means[s] - reach);
    high = Math.max(high, means[s] + reach);
  }
  while (high - low > 1e-6) {
    const middle = (low + high) / 2;
    if (mixtureCdf(distribution, middle) < q) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function mixtureCdf({ means, variances }: CountDistribution, x: number): number {
  let sum = 0;
  for (let s = 0; s < means.length; s++) {
    const sd = Math.sqrt(variances[s]);
    sum += sd === 0 ? Number(x >= means[s]) : normalCdf((x - means[s]) / sd);
  }
  return sum / means.length;
}
