/** Images brought to another number of rows and columns. */

/** Share of each source row or column in each target one: [target] -> first source and weights that sum to 1. */
function areaWeights(from: number, to: number): { first: number; weights: Float64Array }[] {
  const ratio = from / to;
  return Array.from({ length: to }, (_, i) => {
    const start = i * ratio;
    const end = Math.min(from, (i + 1) * ratio);
    const first = Math.floor(start);
    const last = Math.max(first, Math.min(from - 1, Math.ceil(end) - 1));
    const weights = new Float64Array(last - first + 1);
    let sum = 0;
    for (let s = first; s <= last; s++) {
      const share = Math.max(0, Math.min(end, s + 1) - Math.max(start, s));
      weights[s - first] = share;
      sum += share;
    }
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

/**
 * Mean of the source area that each target pixel covers. Enlarging repeats pixels.
 * @param values [height][width]
 * @returns [toHeight][toWidth]
 */
export function areaResample(
  values: ArrayLike<number>,
  width: number,
  height: number,
  toWidth: number,
  toHeight: number,
): Float32Array {
  const columns = areaWeights(width, toWidth);
  const rows = areaWeights(height, toHeight);
  const narrow = new Float64Array(height * toWidth);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < toWidth; x++) {
      const { first, weights } = columns[x]!;
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i]! * values[row + first + i]!;
      narrow[y * toWidth + x] = sum;
    }
  }
  const result = new Float32Array(toHeight * toWidth);
  for (let y = 0; y < toHeight; y++) {
    const { first, weights } = rows[y]!;
    for (let x = 0; x < toWidth; x++) {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i]! * narrow[(first + i) * toWidth + x]!;
      result[y * toWidth + x] = sum;
    }
  }
  return result;
}
