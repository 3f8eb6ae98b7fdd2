/**
 * Variational inference with weights that memristors realise: the posterior of each weight is a Gaussian whose
 * mean is the difference of a pair of conductances and whose standard deviation is the read noise of that pair
 * (a "technological loss" in the sense of Bonnet et al., Nat Commun 14:7530, 2023; the Gaussian mean-field
 * posterior of Blundell et al., ICML 2015). With G+ = Gc + max(0, w) and G- = Gc + max(0, -w), the common mode Gc
 * moves the deviation within the device's range and leaves the mean. Weights, common modes and deviations are
 * over the largest weight of the column, conductances over g_max.
 */

/** Read-noise deviation of one device by its conductance, both relative; does not fall with conductance. */
export type DeviceDeviation = (g: number) => number;

/** Kullback-Leibler divergence in nats of N(mean, deviation^2) from the prior N(0, priorDeviation^2). */
export function gaussianKl(mean: number, deviation: number, priorDeviation: number): number {
  const ratio = deviation / priorDeviation;
  const shift = mean / priorDeviation;
  return -Math.log(ratio) + (ratio * ratio + shift * shift - 1) / 2;
}

/**
 * Standard deviation of a weight from one read to the next.
 * @param weight -1 to 1
 * @param commonMode 0 to 1 - |weight|
 * @param pairs that hold the weight together, each the whole of it; their mean counts
 */
export function pairDeviation(
  deviationOf: DeviceDeviation,
  weight: number,
  commonMode: number,
  pairs = 1,
): number {
  const plus = deviationOf(commonMode + Math.max(0, weight));
  const minus = deviationOf(commonMode + Math.max(0, -weight));
  return Math.sqrt((plus * plus + minus * minus) / pairs);
}

/** The least and the largest deviation that `pairs` pairs can give a weight. */
export function deviationRange(
  deviationOf: DeviceDeviation,
  weight: number,
  pairs = 1,
): { low: number; high: number } {
  return {
    low: pairDeviation(deviationOf, weight, 0, pairs),
    high: pairDeviation(deviationOf, weight, 1 - Math.abs(weight), pairs),
  };
}

/**
 * The common mode that gives a weight this deviation, to 2^-40; the nearest end of its range for a deviation that
 * the pair cannot have.
 */
export function commonModeFor(
  deviationOf: DeviceDeviation,
  weight: number,
  deviation: number,
  pairs = 1,
): number {
  const { low, high } = deviationRange(deviationOf, weight, pairs);
  const most = 1 - Math.abs(weight);
  if (deviation <= low) return 0;
  if (deviation >= high) return most;
  let from = 0;
  let to = most;
  for (let step = 0; step < 40; step++) {
    const middle = (from + to) / 2;
    if (pairDeviation(deviationOf, weight, middle, pairs) < deviation) from = middle;
    else to = middle;
  }
  return (from + to) / 2;
}
