/**
 * Reduces samples to what a column of pixels shows: first, lowest, highest and last value. A line through
 * those looks the same as a line through all samples, so no spike is ever thinned away.
 */
export interface TraceColumns {
  /** [first, lowest, highest, last] a column, millivolts; NaN where a column has no sample. */
  values: Float32Array;
  columns: number;
}

/**
 * Column c holds the samples whose index i satisfies c <= (i - originSample) / samplesPerColumn < c + 1.
 *
 * @param samples millivolts; samples[0] is recording sample `startSample`
 * @param originSample recording sample (may be fractional) at the left edge of column 0
 */
export function traceColumns(
  samples: Float32Array,
  startSample: number,
  originSample: number,
  samplesPerColumn: number,
  columns: number,
): TraceColumns {
  const values = new Float32Array(columns * 4).fill(Number.NaN);
  for (let column = 0; column < columns; column++) {
    const from = Math.max(0, Math.ceil(originSample + column * samplesPerColumn) - startSample);
    const to = Math.min(
      samples.length,
      Math.ceil(originSample + (column + 1) * samplesPerColumn) - startSample,
    );
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    let first = Number.NaN;
    let last = Number.NaN;
    for (let i = from; i < to; i++) {
      const value = samples[i]!;
      if (Number.isNaN(value)) continue;
      if (Number.isNaN(first)) first = value;
      last = value;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (Number.isNaN(first)) continue;
    values[column * 4] = first;
    values[column * 4 + 1] = low;
    values[column * 4 + 2] = high;
    values[column * 4 + 3] = last;
  }
  return { values, columns };
}
