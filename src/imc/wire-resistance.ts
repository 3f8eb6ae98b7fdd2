/**
 * Resistance of the lines of a crossbar (IR drop) in closed form.
 *
 * A crossbar of linear devices and wires is linear in its inputs, so that wires change each device's share of
 * its column's current by a factor that does not depend on the inputs. To first order in the resistance R of a
 * segment a device at (r, c) loses R A of its current, A the conductances whose currents share segments with
 * it, each times the number of shared segments:
 *
 *     A = sum over r' of G(r', c) (rows - max(r, r'))  +  sum over c' of G(r, c') (min(c, c') + 1)
 *
 * The factor is 1 / (1 + R A). aihwkit's `ir_drop` is the same column sum with all currents of a column alike.
 * Held to `solveCrossbar`, with rows driven on the left and columns read at the lower end, in the test.
 */

/**
 * Conductances as the column currents show them.
 *
 * @param conductances [row][column], microsiemens
 * @param segmentOhms resistance of one segment of a row or column line, at least 0
 */
export function seenThroughWires(
  conductances: Float32Array,
  rows: number,
  columns: number,
  segmentOhms: number,
): Float32Array {
  const shared = new Float64Array(conductances.length);
  for (let row = 0; row < rows; row++) {
    let beyond = 0;
    for (let column = 0; column < columns; column++) beyond += conductances[row * columns + column];
    let sum = 0;
    for (let column = 0; column < columns; column++) {
      sum += beyond;
      shared[row * columns + column] = sum;
      beyond -= conductances[row * columns + column];
    }
  }
  for (let column = 0; column < columns; column++) {
    let above = 0;
    for (let row = 0; row < rows; row++) above += conductances[row * columns + column];
    let sum = 0;
    for (let row = rows - 1; row >= 0; row--) {
      sum += above;
      shared[row * columns + column] += sum;
      above -= conductances[row * columns + column];
    }
  }
  return conductances.map((conductance, cell) => conductance / (1 + segmentOhms * 1e-6 * shared[cell]));
}
