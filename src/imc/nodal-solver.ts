/**
 * One crossbar with the resistance of its wires, solved exactly: what IR drop does to the column currents.
 *
 * Every crossing has a node on its row line and one on its column line, with the device between them. A row is
 * driven on the left through one wire segment and goes on, a segment a cell, to its open right end; a column
 * goes on, a segment a cell, to its lower end, which the read-out holds at 0 V. Kirchhoff's current law at all
 * 2 x rows x columns nodes is a symmetric positive definite system. The column nodes are eliminated (given the
 * row nodes they are tridiagonal systems) and the row nodes found by conjugate gradients, preconditioned with
 * the row lines, which are tridiagonal too.
 */

export interface Crossbar {
  rows: number;
  columns: number;
  /** [row][column], at least 0. */
  conductanceSiemens: Float64Array;
  /** Resistance of one segment of a row line and of a column line, above 0. */
  rowSegmentOhms: number;
  columnSegmentOhms: number;
}

export interface CrossbarSolution {
  /** Current out of each column into its read-out. */
  columnAmperes: Float64Array;
  /** Current into each row from its driver. */
  rowAmperes: Float64Array;
  /** [row][column]. */
  rowNodeVolts: Float64Array;
  columnNodeVolts: Float64Array;
  iterations: number;
}

/** The residual over the driving currents at which the solution counts as exact. */
const TOLERANCE = 1e-13;

/**
 * @param rowVolts one voltage a row
 * @throws {RangeError} where shapes do not fit, a resistance is not above 0 or a conductance is below 0
 */
export function solveCrossbar(crossbar: Crossbar, rowVolts: Float64Array): CrossbarSolution {
  const { rows, columns, conductanceSiemens: devices } = crossbar;
  const cells = rows * columns;
  if (devices.length !== cells || rowVolts.length !== rows) {
    throw new RangeError(
      `${devices.length} devices and ${rowVolts.length} voltages for ${rows} x ${columns}`,
    );
  }
  const rowWire = 1 / crossbar.rowSegmentOhms;
  const columnWire = 1 / crossbar.columnSegmentOhms;
  if (![rowWire, columnWire].every((wire) => wire > 0 && Number.isFinite(wire))) {
    throw new RangeError('Segments of lines must have a resistance above 0.');
  }
  if (!devices.every((conductance) => conductance >= 0 && Number.isFinite(conductance))) {
    throw new RangeError('Conductances must be finite and at least 0.');
  }
  // A row's driver is one segment before its first node, a column's read-out one after its last.
  const rowLines = lineSolver(rows, columns, columns, 1, rowWire, 'first', devices);
  const columnLines = lineSolver(columns, rows, 1, columns, columnWire, 'last', devices);

  const columnNodes = new Float64Array(cells);
  const followColumns = (rowNodes: Float64Array): void => {
    for (let cell = 0; cell < cells; cell++) columnNodes[cell] = devices[cell] * rowNodes[cell];
    columnLines.solve(columnNodes, columnNodes);
  };
  /** Current that leaves each row node, through the wires and through its device, columns at rest. */
  const leaving = (rowNodes: Float64Array, out: Float64Array): void => {
    followColumns(rowNodes);
    rowLines.multiply(rowNodes, out);
    for (let cell = 0; cell < cells; cell++) out[cell] -= devices[cell] * columnNodes[cell];
  };

  const residual = new Float64Array(cells);
  for (let row = 0; row < rows; row++) residual[row * columns] = rowWire * rowVolts[row];
  const driving = Math.sqrt(dot(residual, residual));
  const rowNodes = new Float64Array(cells);
  const step = new Float64Array(cells);
  const direction = new Float64Array(cells);
  const image = new Float64Array(cells);
  rowLines.solve(residual, step);
  direction.set(step);
  let product = dot(residual, step);
  let iterations = 0;
  while (Math.sqrt(dot(residual, residual)) > TOLERANCE * driving && iterations < 2 * cells + 10) {
    leaving(direction, image);
    const length = product / dot(direction, image);
    for (let cell = 0; cell < cells; cell++) {
      rowNodes[cell] += length * direction[cell];
      residual[cell] -= length * image[cell];
    }
    rowLines.solve(residual, step);
    const next = dot(residual, step);
    for (let cell = 0; cell < cells; cell++) {
      direction[cell] = step[cell] + (next / product) * direction[cell];
    }
    product = next;
    iterations++;
  }
  followColumns(rowNodes);
  return {
    columnAmperes: Float64Array.from(
      { length: columns },
      (_, column) => columnWire * columnNodes[(rows - 1) * columns + column],
    ),
    rowAmperes: rowVolts.map((volts, row) => rowWire * (volts - rowNodes[row * columns])),
    rowNodeVolts: rowNodes,
    columnNodeVolts: columnNodes,
    iterations,
  };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/**
 * The lines of one direction, each a chain of wire segments with a device at every node; node n of line l is
 * at l x `lineStride` + n x `nodeStride`. One end has a segment more, to a fixed voltage.
 */
function lineSolver(
  lines: number,
  nodes: number,
  lineStride: number,
  nodeStride: number,
  wire: number,
  fixedEnd: 'first' | 'last',
  devices: Float64Array,
) {
  const diagonal = (at: number, node: number): number => {
    const neighbours = (node > 0 ? 1 : 0) + (node < nodes - 1 ? 1 : 0);
    const fixed = node === (fixedEnd === 'first' ? 0 : nodes - 1) ? 1 : 0;
    return (neighbours + fixed) * wire + devices[at];
  };
  // Thomas's algorithm; the pivots depend on the devices alone.
  const pivots = new Float64Array(lines * nodes);
  for (let line = 0; line < lines; line++) {
    let before = 0;
    for (let node = 0; node < nodes; node++) {
      const at = line * lineStride + node * nodeStride;
      before = diagonal(at, node) - (node === 0 ? 0 : (wire * wire) / before);
      pivots[at] = before;
    }
  }
  return {
    /** Voltages for currents into the nodes; may be done in place. */
    solve(currents: Float64Array, volts: Float64Array): void {
      for (let line = 0; line < lines; line++) {
        let at = line * lineStride;
        volts[at] = currents[at] / pivots[at];
        for (let node = 1; node < nodes; node++) {
          at += nodeStride;
          volts[at] = (currents[at] + wire * volts[at - nodeStride]) / pivots[at];
        }
        for (let node = nodes - 2; node >= 0; node--) {
          at -= nodeStride;
          volts[at] += (wire / pivots[at]) * volts[at + nodeStride];
        }
      }
    },
    /** Currents out of the nodes for voltages. */
    multiply(volts: Float64Array, currents: Float64Array): void {
      for (let line = 0; line < lines; line++) {
        for (let node = 0; node < nodes; node++) {
          const at = line * lineStride + node * nodeStride;
          let current = diagonal(at, node) * volts[at];
          if (node > 0) current -= wire * volts[at - nodeStride];
          if (node < nodes - 1) current -= wire * volts[at + nodeStride];
          currents[at] = current;
        }
      }
    },
  };
}
