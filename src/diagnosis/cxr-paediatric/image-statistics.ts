/** A few figures of a square image's shades that tell films from other pictures, whatever they show. */

/** Names of the figures, in order. */
export const IMAGE_STATISTICS = [
  'darkest-share',
  'brightest-share',
  'row-roughness',
  'column-roughness',
  'fine-roughness',
  'left-right-likeness',
  'mean-of-centre',
  'mean-of-border',
  'skewness',
] as const;

/**
 * @param input [side][side], standardised by `networkInput`
 * @returns one figure each of `IMAGE_STATISTICS`
 */
export function imageStatistics(input: Float32Array, side: number): Float64Array {
  let darkest = Infinity;
  let brightest = -Infinity;
  for (const shade of input) {
    darkest = Math.min(darkest, shade);
    brightest = Math.max(brightest, shade);
  }
  const near = 0.02 * (brightest - darkest);
  const sums = { dark: 0, bright: 0, along: 0, down: 0, fine: 0, squares: 0, cubes: 0, mirrored: 0 };
  let mean = 0;
  for (const shade of input) mean += shade / input.length;
  const centre = { sum: 0, count: 0 };
  const border = { sum: 0, count: 0 };
  const at = (y: number, x: number) => input[y * side + x]!;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const shade = at(y, x);
      if (shade - darkest <= near) sums.dark++;
      if (brightest - shade <= near) sums.bright++;
      const away = shade - mean;
      sums.squares += away * away;
      sums.cubes += away * away * away;
      sums.mirrored += away * (at(y, side - 1 - x) - mean);
      if (x + 1 < side) sums.along += Math.abs(at(y, x + 1) - shade);
      if (y + 1 < side) sums.down += Math.abs(at(y + 1, x) - shade);
      if (x > 0 && x + 1 < side && y > 0 && y + 1 < side) {
        sums.fine += Math.abs(4 * shade - at(y, x - 1) - at(y, x + 1) - at(y - 1, x) - at(y + 1, x));
      }
      const part = Math.min(x, y, side - 1 - x, side - 1 - y) < side / 16 ? border : centre;
      part.sum += shade;
      part.count++;
    }
  }
  const count = input.length;
  const variance = Math.max(1e-9, sums.squares / count);
  const deviation = Math.sqrt(variance);
  return Float64Array.from([
    sums.dark / count,
    sums.bright / count,
    sums.along / count / deviation,
    sums.down / count / deviation,
    sums.fine / count / deviation,
    sums.mirrored / count / variance,
    centre.sum / centre.count,
    border.sum / border.count,
    sums.cubes / count / (variance * deviation),
  ]);
}
