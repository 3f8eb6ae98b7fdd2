import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ngspiceColumnAmperes, referenceCrossbar } from '../../test/crossbar-netlist.ts';
import { randomValues } from '../../test/random-network.ts';
import { type Crossbar, solveCrossbar } from './nodal-solver.ts';

function randomCrossbar(rows: number, columns: number, ohms: number, largestSiemens: number) {
  const conductanceSiemens = Float64Array.from(randomValues(rows * columns, 50), (value) =>
    Math.min(largestSiemens, Math.abs(value) * 0.5 * largestSiemens),
  );
  const rowVolts = Float64Array.from(randomValues(rows, 51), (value) => 0.2 * value);
  const crossbar: Crossbar = {
    rows,
    columns,
    conductanceSiemens,
    rowSegmentOhms: ohms,
    columnSegmentOhms: 1.5 * ohms,
  };
  return { crossbar, rowVolts };
}

/** Largest difference over the largest current. */
function apart(got: ArrayLike<number>, expected: readonly number[]): number {
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, i) => Math.abs(got[i] - value))) / largest;
}

describe('circuits that are solved by hand', () => {
  test('one device in series with two wires', () => {
    const crossbar = { rows: 1, columns: 1, conductanceSiemens: Float64Array.of(1e-3) };
    const { columnAmperes } = solveCrossbar(
      { ...crossbar, rowSegmentOhms: 200, columnSegmentOhms: 300 },
      Float64Array.of(3),
    );
    expect(columnAmperes[0]).toBeCloseTo(3 / 1500, 14);
  });

  test('one row of two devices: a ladder', () => {
    const { columnAmperes } = solveCrossbar(
      {
        rows: 1,
        columns: 2,
        conductanceSiemens: Float64Array.of(1 / 1000, 1 / 2000),
        rowSegmentOhms: 100,
        columnSegmentOhms: 50,
      },
      Float64Array.of(1),
    );
    const [first, second] = [1050, 2150];
    const node = (first * second) / (first + second) / (100 + (first * second) / (first + second));
    expect(columnAmperes[0]).toBeCloseTo(node / first, 14);
    expect(columnAmperes[1]).toBeCloseTo(node / second, 14);
  });

  test('one column of two devices: Millman', () => {
    const { columnAmperes } = solveCrossbar(
      {
        rows: 2,
        columns: 1,
        conductanceSiemens: Float64Array.of(1 / 1000, 1 / 2000),
        rowSegmentOhms: 100,
        columnSegmentOhms: 50,
      },
      Float64Array.of(1, -0.3),
    );
    const [upper, lower, out] = [1150, 2100, 50];
    const volts = (1 / upper - 0.3 / lower) / (1 / upper + 1 / lower + 1 / out);
    expect(columnAmperes[0]).toBeCloseTo(volts / out, 14);
  });

  test('wires of next to no resistance change nothing', () => {
    const { crossbar, rowVolts } = randomCrossbar(9, 7, 1e-7, 1e-4);
    const ideal = Array.from({ length: 7 }, (_, column) =>
      rowVolts.reduce((sum, volts, row) => sum + volts * crossbar.conductanceSiemens[row * 7 + column], 0),
    );
    expect(apart(solveCrossbar(crossbar, rowVolts).columnAmperes, ideal)).toBeLessThan(1e-8);
  });
});

/** Kirchhoff's current law at every node as one full matrix, by Gaussian elimination. */
function byElimination(crossbar: Crossbar, rowVolts: Float64Array): number[] {
  const { rows, columns, conductanceSiemens, rowSegmentOhms, columnSegmentOhms } = crossbar;
  const count = 2 * rows * columns;
  const matrix = Array.from({ length: count }, () => new Float64Array(count + 1));
  const connect = (a: number, b: number | null, conductance: number, volts = 0): void => {
    matrix[a][a] += conductance;
    if (b === null) {
      matrix[a][count] += conductance * volts;
    } else {
      matrix[b][b] += conductance;
      matrix[a][b] -= conductance;
      matrix[b][a] -= conductance;
    }
  };
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const onRow = row * columns + column;
      const onColumn = rows * columns + onRow;
      connect(onRow, onColumn, conductanceSiemens[onRow]);
      connect(onRow, column === 0 ? null : onRow - 1, 1 / rowSegmentOhms, rowVolts[row]);
      connect(onColumn, row === rows - 1 ? null : onColumn + columns, 1 / columnSegmentOhms);
    }
  }
  for (let pivot = 0; pivot < count; pivot++) {
    for (let row = pivot + 1; row < count; row++) {
      const factor = matrix[row][pivot] / matrix[pivot][pivot];
      for (let at = pivot; at <= count; at++) matrix[row][at] -= factor * matrix[pivot][at];
    }
  }
  const volts = new Float64Array(count);
  for (let row = count - 1; row >= 0; row--) {
    let sum = matrix[row][count];
    for (let at = row + 1; at < count; at++) sum -= matrix[row][at] * volts[at];
    volts[row] = sum / matrix[row][row];
  }
  return Array.from(volts.subarray(count - columns), (value) => value / columnSegmentOhms);
}

test.each([
  [8, 6, 1],
  [6, 9, 1000],
  [10, 10, 1e5],
])('%i x %i devices with wires of %f ohms are solved as by elimination', (rows, columns, ohms) => {
  const { crossbar, rowVolts } = randomCrossbar(rows, columns, ohms, 1e-4);
  const expected = byElimination(crossbar, rowVolts);
  expect(apart(solveCrossbar(crossbar, rowVolts).columnAmperes, expected)).toBeLessThan(1e-9);
  const wrong = { ...crossbar, columnSegmentOhms: 1.001 * crossbar.columnSegmentOhms };
  expect(apart(solveCrossbar(wrong, rowVolts).columnAmperes, expected)).toBeGreaterThan(1e-9);
});

test.each([
  [64, 64, 100],
  [256, 256, 0.35],
])(
  '%i x %i devices: what the drivers give is what wires and devices turn into heat',
  (rows, columns, ohms) => {
    const { crossbar, rowVolts } = randomCrossbar(rows, columns, ohms, 25e-6);
    const { rowAmperes, columnAmperes, rowNodeVolts, columnNodeVolts, iterations } = solveCrossbar(
      crossbar,
      rowVolts,
    );
    expect(iterations).toBeLessThan(100);
    const given = rowVolts.reduce((sum, volts, row) => sum + volts * rowAmperes[row], 0);
    let heat = 0;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const at = row * columns + column;
        const left = column === 0 ? rowVolts[row] : rowNodeVolts[at - 1];
        const below = row === rows - 1 ? 0 : columnNodeVolts[at + columns];
        heat += (left - rowNodeVolts[at]) ** 2 / crossbar.rowSegmentOhms;
        heat += (columnNodeVolts[at] - below) ** 2 / crossbar.columnSegmentOhms;
        heat += (rowNodeVolts[at] - columnNodeVolts[at]) ** 2 * crossbar.conductanceSiemens[at];
      }
    }
    expect(Math.abs(heat - given) / given).toBeLessThan(1e-8);
    const into = rowAmperes.reduce((sum, amperes) => sum + amperes, 0);
    const out = columnAmperes.reduce((sum, amperes) => sum + amperes, 0);
    const flowing = rowAmperes.reduce((sum, amperes) => sum + Math.abs(amperes), 0);
    expect(Math.abs(into - out) / flowing).toBeLessThan(1e-8);
  },
);

describe('ngspice', () => {
  const { crossbar, rowVolts } = referenceCrossbar();
  const { columnAmperes } = solveCrossbar(crossbar, Float64Array.from(rowVolts));

  test('gave the same currents when the reference was made', () => {
    const file = new URL('../../test/reference/crossbar-ngspice.json', import.meta.url);
    const reference = JSON.parse(readFileSync(file, 'utf8'));
    expect(reference.columnAmperes).toHaveLength(crossbar.columns);
    expect(apart(columnAmperes, reference.columnAmperes)).toBeLessThan(1e-8);
  });

  test('gives the same currents now', ({ skip }) => {
    const now = ngspiceColumnAmperes(crossbar, rowVolts);
    if (now === null) return skip('ngspice is not installed');
    expect(apart(columnAmperes, now)).toBeLessThan(1e-8);
  });
});

test('circuits without meaning are refused', () => {
  const { crossbar, rowVolts } = randomCrossbar(3, 3, 1, 1e-4);
  expect(() => solveCrossbar({ ...crossbar, rowSegmentOhms: 0 }, rowVolts)).toThrow(RangeError);
  expect(() => solveCrossbar(crossbar, rowVolts.slice(1))).toThrow(RangeError);
  const conductanceSiemens = Float64Array.from(crossbar.conductanceSiemens, () => -1);
  expect(() => solveCrossbar({ ...crossbar, conductanceSiemens }, rowVolts)).toThrow(RangeError);
});
