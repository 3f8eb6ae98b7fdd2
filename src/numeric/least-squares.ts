/** Linear least squares for a handful of unknowns. */

/**
 * Coefficients x that make the sum of (row . x - target)^2 over all rows smallest, from the normal equations.
 *
 * @param rows [equations][unknowns], at least as many equations as unknowns
 * @throws {RangeError} where the rows do not determine the unknowns
 */
export function leastSquares(rows: readonly (readonly number[])[], targets: readonly number[]): number[] {
  const unknowns = rows[0]?.length ?? 0;
  const system = Array.from({ length: unknowns }, (_, i) => [
    ...Array.from({ length: unknowns }, (_, j) => rows.reduce((sum, row) => sum + row[i] * row[j], 0)),
    rows.reduce((sum, row, equation) => sum + row[i] * targets[equation], 0),
  ]);
  const largest = Math.max(0, ...system.flat().map(Math.abs));
  for (let column = 0; column < unknowns; column++) {
    let pivot = column;
    for (let row = column + 1; row < unknowns; row++) {
      if (Math.abs(system[row][column]) > Math.abs(system[pivot][column])) pivot = row;
    }
    [system[column], system[pivot]] = [system[pivot], system[column]];
    if (Math.abs(system[column][column]) <= 1e-12 * largest) {
      throw new RangeError('The equations do not determine the unknowns.');
    }
    for (let row = 0; row < unknowns; row++) {
      if (row === column) continue;
      const factor = system[row][column] / system[column][column];
      for (let k = column; k <= unknowns; k++) system[row][k] -= factor * system[column][k];
    }
  }
  return system.map((row, i) => row[unknowns] / row[i]);
}
