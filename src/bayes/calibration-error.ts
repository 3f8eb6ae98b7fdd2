/** How far stated probabilities are from how often they are right. */

const BINS = 15;

/**
 * Expected calibration error of the largest probability over 15 bins of equal width (Guo et al., ICML 2017), 0 to 1.
 *
 * @param probabilities [n][classes]
 * @param labels class of each item, [n], n at least 1
 */
export function expectedCalibrationError(
  probabilities: ArrayLike<number>,
  labels: ArrayLike<number>,
): number {
  const n = labels.length;
  const classes = probabilities.length / n;
  const gaps = new Float64Array(BINS);
  for (let i = 0; i < n; i++) {
    let best = 0;
    for (let c = 1; c < classes; c++) {
      if (probabilities[i * classes + c] > probabilities[i * classes + best]) best = c;
    }
    const confidence = probabilities[i * classes + best];
    gaps[Math.min(BINS - 1, Math.floor(confidence * BINS))] += confidence - (labels[i] === best ? 1 : 0);
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / n;
}
