import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { meanConductanceLeft, programmingErrors, tileConductances } from './device-view.ts';
import { arrayAt } from './drift.ts';
import type { DenseLayer, Network } from './network.ts';
import { type DeviceProfile, parseDeviceProfile } from './profile.ts';
import { programNetwork } from './program.ts';

const profileOf = (name: string): DeviceProfile =>
  parseDeviceProfile(
    JSON.parse(readFileSync(new URL(`../../models/devices/${name}.json`, import.meta.url), 'utf8')),
    name,
  );

function network(rows: number, columns: number): Network {
  const layer: DenseLayer = {
    kind: 'dense',
    name: 'only',
    inFeatures: rows,
    outFeatures: columns,
    activation: 'none',
    // Whole range of weights, the largest of each column 1.
    weights: Float32Array.from({ length: rows * columns }, (_, i) => 1 - (2 * (i % rows)) / (rows - 1)),
    bias: new Float32Array(columns),
  };
  return {
    name: 'made-up',
    input: { kind: 'signal', channels: 1, length: 1, auxiliaryFeatures: rows - 1 },
    layers: [{ kind: 'flatten', name: 'flatten' }, layer],
    classes: Array.from({ length: columns }, (_, i) => `class ${i}`),
  };
}

const programmed = (name: string) =>
  programNetwork(network(200, 150), profileOf(name), {
    programmingSeed: 5,
    ranges: [{ layer: 'only', inputBound: 1, outputBound: 10 }],
  });

describe('view of the devices', () => {
  it('finds the published spread of programming: a standard normal distribution', () => {
    const errors = programmingErrors(programmed('pcm-nandakumar-2019'));
    expect(errors.devices).toBeGreaterThan(20_000);
    expect(Math.abs(errors.mean)).toBeLessThan(4 / Math.sqrt(errors.devices));
    expect(Math.abs(errors.standardDeviation - 1)).toBeLessThan(4 / Math.sqrt(2 * errors.devices));
    const chiSquare = errors.counts.reduce((sum, count, bin) => {
      const expected = errors.expected[bin]!;
      return expected < 5 ? sum : sum + (count - expected) ** 2 / expected;
    }, 0);
    // About 37 bins; 80 is beyond the 99.99 % quantile.
    expect(chiSquare).toBeLessThan(80);
    // The same devices under a deviation that is 5 % too large fail.
    const stretched = { ...profileOf('pcm-nandakumar-2019') };
    if (stretched.programming.kind !== 'gaussian-polynomial') throw new Error('another profile');
    stretched.programming = {
      ...stretched.programming,
      deviationMicroSiemens: stretched.programming.deviationMicroSiemens.map((c) => c * 1.05),
    };
    const wrong = programmingErrors({ ...programmed('pcm-nandakumar-2019'), profile: stretched });
    expect(Math.abs(wrong.standardDeviation - 1)).toBeGreaterThan(4 / Math.sqrt(2 * wrong.devices));
  });

  it('gives targets, programmed and present conductances cell by cell', () => {
    const array = programmed('pcm-nandakumar-2019');
    const now = arrayAt(array, { driftSeconds: 86_400, driftCompensation: true });
    const { plus, minus, compensation } = tileConductances(now, 0, 0);
    expect(plus.target[0]).toBeCloseTo(25, 5);
    expect(minus.target[0]).toBe(0);
    expect(minus.target.at(-1)).toBeCloseTo(25, 5);
    const held = array.layers[0]!.tiles[0]!.plusMicroSiemens;
    expect(plus.programmed).toEqual(held);
    // What is shown is handed to another thread, and the array must not go with it.
    expect(plus.programmed.buffer).not.toBe(held.buffer);
    expect(compensation.every((factor) => factor > 1.2 && factor < 1.8)).toBe(true);
    // Drift to one day keeps about 66 % of g at large targets (Nandakumar 2019's exponents).
    expect(meanConductanceLeft(now)).toBeGreaterThan(0.58);
    expect(meanConductanceLeft(now)).toBeLessThan(0.7);
  });

  it('has nothing to tell of exact devices', () => {
    const exact = programmed('ideal');
    expect(programmingErrors(exact).standardDeviation).toBe(0);
    expect(
      meanConductanceLeft(arrayAt(exact, { driftSeconds: 86_400, driftCompensation: false })),
    ).toBeCloseTo(1, 3);
  });
});
