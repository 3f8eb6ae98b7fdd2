import { describe, expect, test } from 'vitest';
import { networkAt } from '../../test/device-statistics.ts';
import { randomValues, shippedProfile } from '../../test/random-network.ts';
import { arrayAt } from './drift.ts';
import { solveCrossbar } from './nodal-solver.ts';
import { type DeviceProfile, parseDeviceProfile } from './profile.ts';
import { programNetwork } from './program.ts';
import { seenThroughWires } from './wire-resistance.ts';

/** Largest distance of column currents from those of the exact solution, over the largest current without wires. */
function errors(
  rows: number,
  columns: number,
  gMax: number,
  segmentOhms: number,
  volts: Float64Array,
  assumedOhms = segmentOhms,
): { withoutWires: number; closedForm: number } {
  const conductances = randomValues(rows * columns, 7).map((z) => Math.min(gMax, (Math.abs(z) * gMax) / 3));
  const { columnAmperes } = solveCrossbar(
    {
      rows,
      columns,
      conductanceSiemens: Float64Array.from(conductances, (g) => g * 1e-6),
      rowSegmentOhms: segmentOhms,
      columnSegmentOhms: segmentOhms,
    },
    volts,
  );
  const seen = seenThroughWires(conductances, rows, columns, assumedOhms);
  let [scale, withoutWires, closedForm] = [0, 0, 0];
  for (let column = 0; column < columns; column++) {
    let [all, ideal, ours] = [0, 0, 0];
    for (let row = 0; row < rows; row++) {
      const cell = row * columns + column;
      all += conductances[cell] * 1e-6 * 0.2;
      ideal += conductances[cell] * 1e-6 * volts[row];
      ours += seen[cell] * 1e-6 * volts[row];
    }
    scale = Math.max(scale, all);
    withoutWires = Math.max(withoutWires, Math.abs(ideal - columnAmperes[column]));
    closedForm = Math.max(closedForm, Math.abs(ours - columnAmperes[column]));
  }
  return { withoutWires: withoutWires / scale, closedForm: closedForm / scale };
}

/** All rows at 0.2 V, or rows of both signs at up to 0.2 V. */
const alike = (rows: number) => new Float64Array(rows).fill(0.2);
const mixed = (rows: number) =>
  Float64Array.from(randomValues(rows, 3), (z) => 0.2 * Math.max(-1, Math.min(1, z / 2)));

describe.each([
  [16, 16],
  [64, 64],
  [128, 32],
  [32, 128],
])('a crossbar of %i x %i', (rows, columns) => {
  test.each([
    [5, 0.35],
    [25, 0.35],
    [25, 2],
  ])('of devices up to %d uS and %d ohms a segment: at most 5 %% of the drop is missed', (gMax, ohms) => {
    for (const volts of [alike(rows), mixed(rows)]) {
      const { withoutWires, closedForm } = errors(rows, columns, gMax, ohms, volts);
      expect(closedForm).toBeLessThan(0.05 * withoutWires);
      // Wires of a resistance 10 % off would be found out.
      const wrong = errors(rows, columns, gMax, ohms, volts, 1.1 * ohms);
      expect(wrong.closedForm).toBeGreaterThan(0.05 * withoutWires);
    }
  });
});

test('a whole tile of 128 x 128: 16 % of full scale lost at 2 ohms, of which 0.2 % is missed', () => {
  const { withoutWires, closedForm } = errors(128, 128, 25, 2, alike(128));
  expect(withoutWires).toBeGreaterThan(0.14);
  expect(closedForm).toBeLessThan(0.0025);
});

test('one device in series with its two segments', () => {
  const [seen] = seenThroughWires(Float32Array.of(100), 1, 1, 50);
  expect(seen).toBeCloseTo(1e6 / (1e4 + 2 * 50), 4);
});

describe('in the array', () => {
  const pcm = shippedProfile('pcm-nandakumar-2019');
  const wired: DeviceProfile = parseDeviceProfile(
    { ...pcm, wires: { segmentOhms: 2, source: 'made up' } },
    'test',
  );
  const ranges = [{ layer: 'all', inputBound: 1, outputBound: 10 }];
  const stateOf = (profile: DeviceProfile) =>
    arrayAt(programNetwork(networkAt(0.5, 128, 64), profile, { programmingSeed: 1, ranges }), {
      driftSeconds: 3600,
      driftCompensation: false,
    }).layers[0].tiles[0];
  const perfect = stateOf(pcm);
  const lossy = stateOf(wired);

  test('devices far from driver and read-out show less, and so does their noise', () => {
    const share = (row: number, column: number): number => {
      const cell = row * 64 + column;
      return lossy.plusSteps[cell] / perfect.plusSteps[cell];
    };
    // The first row is furthest from the read-out, the last column from the drivers.
    expect(share(127, 0)).toBeGreaterThan(share(1, 0));
    expect(share(64, 0)).toBeGreaterThan(share(64, 63));
    const cell = 1 * 64 + 63;
    const noise =
      Math.sqrt(lossy.varianceSteps[cell] * lossy.varianceStep) /
      Math.sqrt(perfect.varianceSteps[cell] * perfect.varianceStep);
    expect(noise).toBeCloseTo(share(1, 63), 1);
  });

  test('a profile without wires or with none of their source is as before, or refused', () => {
    expect(pcm.wires).toBeUndefined();
    expect(() => parseDeviceProfile({ ...pcm, wires: { segmentOhms: 2 } }, 'test')).toThrow('wires.source');
    expect(() => parseDeviceProfile({ ...pcm, wires: { segmentOhms: -1, source: 'x' } }, 'test')).toThrow(
      'segmentOhms',
    );
  });
});
