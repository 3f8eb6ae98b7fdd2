/** Small order statistics and moments of short series; 0 where a series is too short to have them. */
import { selectInPlace } from '../../numeric/order-statistic.ts';

/** Value at a fraction (0 to 1) of the sorted order, nearest rank; 0 for an empty list. */
export function quantileOf(sorted: ArrayLike<number>, fraction: number): number {
  if (sorted.length === 0) return 0;
  return sorted[placeOf(fraction, sorted.length)]!;
}

function placeOf(fraction: number, length: number): number {
  return Math.min(length - 1, Math.floor(fraction * (length - 1) + 0.5));
}

export function sortedCopy(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values).sort();
}

export function median(values: ArrayLike<number>): number {
  if (values.length === 0) return 0;
  return selectInPlace(new Float64Array(values), placeOf(0.5, values.length));
}

export function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return values.length === 0 ? 0 : sum / values.length;
}

/** Standard deviation with n in the denominator. */
export function deviationOf(values: ArrayLike<number>): number {
  const mean = meanOf(values);
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i]! - mean) ** 2;
  return values.length === 0 ? 0 : Math.sqrt(squares / values.length);
}

/** x / (x + scale) for x >= 0: 0 to 1, a half at `scale`. */
export function squashed(x: number, scale: number): number {
  return x > 0 ? x / (x + scale) : 0;
}

/** x / (|x| + scale): -1 to 1. */
export function companded(x: number, scale: number): number {
  return x / (Math.abs(x) + scale);
}

/** Share of the values for which `is` holds; 0 of none. */
export function shareOf(values: ArrayLike<number>, is: (value: number, index: number) => boolean): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (is(values[i]!, i)) count++;
  return values.length === 0 ? 0 : count / values.length;
}

/** Pearson correlation of a[i] with b[i], 0 where a side is constant or shorter than two. */
export function correlationOf(a: ArrayLike<number>, b: ArrayLike<number>, length = a.length): number {
  let [sumA, sumB, aa, bb, ab] = [0, 0, 0, 0, 0];
  for (let i = 0; i < length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    sumA += x;
    sumB += y;
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  const varianceA = aa - (sumA * sumA) / length;
  const varianceB = bb - (sumB * sumB) / length;
  if (length < 2 || varianceA <= 1e-12 || varianceB <= 1e-12) return 0;
  return (ab - (sumA * sumB) / length) / Math.sqrt(varianceA * varianceB);
}

/** Shares of the values between ascending edges: edges.length + 1 of them. */
export function histogramShares(values: ArrayLike<number>, edges: readonly number[]): number[] {
  const shares = new Array<number>(edges.length + 1).fill(0);
  for (let i = 0; i < values.length; i++) {
    let bin = 0;
    while (bin < edges.length && values[i]! >= edges[bin]!) bin++;
    shares[bin]! += 1 / values.length;
  }
  return shares;
}
