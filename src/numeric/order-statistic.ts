/** Values at places of the sorted order, without sorting the rest (Hoare's selection, CACM 4(7), 1961). */

/**
 * The value that would stand at place `k` (0 to length - 1) if `values` were sorted as a typed array sorts them, NaN
 * last; the values are left in another order, none below place `k` above it. In linear time on average.
 */
export function selectInPlace(values: Float32Array | Float64Array, k: number): number {
  let last = values.length - 1;
  for (let i = last; i >= 0; i--) {
    const value = values[i]!;
    if (Number.isNaN(value)) {
      values[i] = values[last]!;
      values[last--] = value;
    }
  }
  if (k > last) return values[k]!;
  let first = 0;
  while (first < last) {
    // The median of three, so that what is sorted already is no worst case.
    const [a, b, c] = [values[first]!, values[(first + last) >> 1]!, values[last]!];
    const pivot = a < b ? (b < c ? b : a < c ? c : a) : a < c ? a : b < c ? c : b;
    let i = first;
    let j = last;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i <= j) {
        const value = values[i]!;
        values[i++] = values[j]!;
        values[j--] = value;
      }
    }
    if (k <= j) last = j;
    else if (k >= i) first = i;
    else break;
  }
  return values[k]!;
}
