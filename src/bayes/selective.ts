/**
 * Selective prediction: what is gained by refusing the least certain answers. Items are sorted from the most to
 * the least certain; items of equal certainty count as their mean.
 */

/** Errors among the k most certain items, k = 1 .. n; within ties errors are spread evenly. */
function cumulativeErrors(certainty: ArrayLike<number>, isError: ArrayLike<boolean>): Float64Array {
  const n = certainty.length;
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => certainty[b] - certainty[a]);
  const errors = new Float64Array(n);
  let before = 0;
  for (let start = 0; start < n; ) {
    let end = start;
    let tied = 0;
    while (end < n && certainty[order[end]] === certainty[order[start]])
      tied += isError[order[end++]] ? 1 : 0;
    for (let k = start; k < end; k++) errors[k] = before + (tied * (k + 1 - start)) / (end - start);
    before += tied;
    start = end;
  }
  return errors;
}

export interface SelectiveFigures {
  /** Area under the risk-coverage curve: mean over k of the error rate among the k most certain (Geifman and El-Yaniv 2017). */
  aurc: number;
  /** Area under the generalised curve: mean over k of the errors among the k most certain over n (Traub et al. 2024). */
  augrc: number;
  /** Share of all errors that are among the least certain tenth; NaN without errors. */
  errorsInLeastCertainTenth: number;
}

/** @param certainty larger is surer, one an item */
export function selectiveFigures(
  certainty: ArrayLike<number>,
  isError: ArrayLike<boolean>,
): SelectiveFigures {
  const n = certainty.length;
  const errors = cumulativeErrors(certainty, isError);
  let aurc = 0;
  let augrc = 0;
  errors.forEach((count, k) => {
    aurc += count / (k + 1) / n;
    augrc += count / n / n;
  });
  const kept = n - Math.floor(n / 10);
  return {
    aurc,
    augrc,
    errorsInLeastCertainTenth: 1 - (kept > 0 ? errors[kept - 1] : 0) / errors[n - 1],
  };
}
