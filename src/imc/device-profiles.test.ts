import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { distance, type Moments, moments, networkAt } from '../../test/device-statistics.ts';
import { networkOf, randomDense, randomItems, shippedProfile } from '../../test/random-network.ts';
import { errorBodyOf } from '../contract/errors.ts';
import { arrayAt } from './drift.ts';
import { type DeviceProfile, parseDeviceProfile } from './profile.ts';
import { type ProgrammedNetwork, type ProgrammedTile, programNetwork } from './program.ts';
import { calibrateRanges } from './ranges.ts';
import { runSamples } from './run.ts';
import { perturbedWeights } from './training-noise.ts';

const DAY = 86_400;
const ROWS = 512;
const COLUMNS = 256;
const ranges = [{ layer: 'all', inputBound: 1, outputBound: 10 }];

function programmedAt(profile: DeviceProfile, weight: number): ProgrammedNetwork {
  return programNetwork(networkAt(weight, ROWS, COLUMNS), profile, { programmingSeed: 5, ranges });
}

/** A value of every cell but those of the first row, which hold the weight 1. */
function cells(
  programmed: ProgrammedNetwork,
  value: (tile: ProgrammedTile, cell: number, index: number) => number,
): number[] {
  const values: number[] = [];
  for (const [index, tile] of programmed.layers[0].tiles.entries()) {
    const first = tile.rowStart === 0 ? tile.columns : 0;
    for (let cell = first; cell < tile.plusMicroSiemens.length; cell++) values.push(value(tile, cell, index));
  }
  expect(values.length).toBeGreaterThan(100_000);
  return values;
}

/** Conductances of the first device of every cell, from its registers. */
function presentPlus(programmed: ProgrammedNetwork, driftSeconds: number, readNoise: boolean): number[] {
  const state = arrayAt(programmed, { driftSeconds, driftCompensation: false, readNoise });
  const step = programmed.layers[0].conductanceStep;
  return cells(programmed, (_, cell, tile) => state.layers[0].tiles[tile].plusSteps[cell] * step);
}

/** Told apart from deviations that are 5 % wrong. */
function expectMoments(values: readonly number[], expected: (wrong: number) => Moments): void {
  expect(distance(values, expected(1))).toBeLessThan(5);
  expect(distance(values, expected(1.05))).toBeGreaterThan(5);
  expect(distance(values, expected(0.95))).toBeGreaterThan(5);
}

const clamp = (x: number, low: number, high: number): number => Math.min(high, Math.max(low, x));
const ln = (g: number): number => Math.log(Math.max(g, 1e-7));

// Le Gallo 2023 and its model in aihwkit, written out once more.
const hermes = {
  'pcm-hermes-2023-two-devices': {
    gMax: 20.7,
    t0: 300,
    programming: (g: number) => 0.16603222 + 4.71806468 * g - 8.48101252 * g ** 2 + 4.68961419 * g ** 3,
    deviation: (g: number) =>
      g < 0.3055 ? clamp(-0.0117 * ln(g) - 0.0057, 0.0091, 0.04) : -0.0118 * g * g + 0.0093 * g + 0.0073,
    read: (g: number) =>
      g < 0.16
        ? clamp(-0.0117 * ln(g) - 0.0069, 0.015, 0.04)
        : 0.0069 * g ** 3 - 0.028 * g * g + 0.0211 * g + 0.0123,
  },
  'pcm-hermes-2023-one-device': {
    gMax: 10.35,
    t0: 200,
    programming: (g: number) => 0.15781817 + 2.32443916 * g - 2.16310839 * g ** 2 + 0.68841818 * g ** 3,
    deviation: (g: number) =>
      g < 0.3039 ? clamp(-0.012 * ln(g) - 0.0023, 0.0124, 0.04) : -0.0165 * g * g + 0.0116 * g + 0.0104,
    read: (g: number) =>
      g < 0.1591
        ? clamp(-0.0078 * ln(g) + 0.0038, 0.0179, 0.04)
        : 0.0664 * g ** 3 - 0.1352 * g * g + 0.0768 * g + 0.0088,
  },
};
const hermesExponent = (g: number): number =>
  g < 0.0945 ? clamp(-0.0387 * ln(g) - 0.0182, 0.072, 0.13) : -0.0436 * g * g - 0.0126 * g + 0.0736;

describe.each(Object.entries(hermes))('%s', (name, published) => {
  const profile = shippedProfile(name);
  test.each([0, 0.05, 0.25, 0.5, 1])('130,000 devices at %f g_max are as published', (g) => {
    const programmed = programmedAt(profile, g);
    const target = g * published.gMax;
    const sigma = published.programming(g);
    expectMoments(
      cells(programmed, (tile, cell) => tile.plusMicroSiemens[cell]),
      (wrong) => moments(1, (z) => Math.max(0, target + wrong * sigma * z)),
    );
    const exponent = hermesExponent(g);
    expectMoments(
      cells(programmed, (tile, cell) => tile.plusDriftExponent[cell]),
      (wrong) => moments(1, (z) => Math.abs(exponent + wrong * published.deviation(g) * z)),
    );
    const t = DAY + published.t0;
    const spread = Math.sqrt(Math.log((t + 512e-9) / 1024e-9));
    expectMoments(presentPlus(programmed, DAY, true), (wrong) =>
      moments(3, (z1, z2, z3) => {
        const start = Math.max(0, target + wrong * sigma * z1);
        const nu = Math.abs(exponent + wrong * published.deviation(g) * z2);
        const drifted = start * (t / published.t0) ** -nu;
        return Math.max(0, drifted + drifted * wrong * published.read(start / published.gMax) * spread * z3);
      }),
    );
  });
});

// Wan 2022, microsiemens at g_max = 40.
const wan: [seconds: number, deviation: (g: number) => number][] = [
  [1, (g) => 0.348 + 16.03 * g - 43.853 * g ** 2 + 45.393 * g ** 3 - 16.815 * g ** 4],
  [DAY, (g) => 0.701 + 22.086 * g - 50.773 * g ** 2 + 47.095 * g ** 3 - 16.458 * g ** 4],
  [2 * DAY, (g) => 0.782 + 20.274 * g - 43.507 * g ** 2 + 37.062 * g ** 3 - 11.934 * g ** 4],
];

describe('rram-wan-2022', () => {
  const profile = shippedProfile('rram-wan-2022');
  const scaled: DeviceProfile = { ...profile, gMaxMicroSiemens: 25 };

  test.each([
    [profile, 0],
    [profile, 0.1],
    [profile, 0.5],
    [profile, 1],
    [scaled, 0.25],
    [scaled, 1],
  ])('130,000 devices have the published spread, scaled with g_max / 40', (used, g) => {
    const programmed = programmedAt(used, g);
    const gMax = used.gMaxMicroSiemens;
    for (const [seconds, deviation] of wan) {
      expectMoments(presentPlus(programmed, seconds, true), (wrong) =>
        moments(1, (z) => Math.max(0, gMax * g + wrong * (gMax / 40) * deviation(g) * z)),
      );
    }
    // Half of the way in log t from the first second to the first day.
    const between = (wan[0][1](g) + wan[1][1](g)) / 2;
    expectMoments(presentPlus(programmed, Math.sqrt(DAY), true), (wrong) =>
      moments(1, (z) => Math.max(0, gMax * g + wrong * (gMax / 40) * between * z)),
    );
    expectMoments(
      cells(programmed, (tile, cell) => tile.plusMicroSiemens[cell]),
      (wrong) => moments(1, (z) => Math.max(0, gMax * g + wrong * (gMax / 40) * wan[0][1](g) * z)),
    );
  });

  test('each device has one deviate for all times', () => {
    const programmed = programmedAt(profile, 0.5);
    const deviates = [0, 1, 100, DAY, 1.5 * DAY, 2 * DAY].map((seconds) => {
      const now = presentPlus(programmed, seconds, true);
      return now.slice(0, 1000).map((conductance) => conductance - 20);
    });
    for (const [i, first] of deviates[0].entries()) {
      if (Math.abs(first) < 1) continue;
      for (const later of deviates) expect(Math.sign(later[i])).toBe(Math.sign(first));
      // 2.02 uS at one second, 3.91 uS at one day; registers have steps of 2.4 nS.
      expect(deviates[1][i]).toBe(first);
      expect(deviates[3][i] / first).toBeCloseTo(wan[1][1](0.5) / wan[0][1](0.5), 2);
    }
  });

  test('beyond two days there is no model', () => {
    const programmed = programmedAt(profile, 0.5);
    try {
      arrayAt(programmed, { driftSeconds: 2 * DAY + 1, driftCompensation: true });
      expect.unreachable();
    } catch (error) {
      expect(errorBodyOf(error)).toMatchObject({ code: 'value-out-of-range', at: 'driftSeconds' });
    }
  });
});

describe.each([
  ['rram-cmo-hfox-2025-0.2-percent', (G: number) => 0.00106879 * G + 0.00081107],
  ['rram-cmo-hfox-2025-2-percent', (G: number) => 0.01129027418 * G + 0.0112185391],
])('%s', (name, programming) => {
  const profile = shippedProfile(name);
  test.each([-1, -0.5, 0, 0.5, 1])('130,000 devices that hold the weight %f are as published', (weight) => {
    const programmed = programmedAt(profile, weight);
    const target = 9 + ((weight + 1) / 2) * (88.2 - 9);
    expectMoments(
      cells(programmed, (tile, cell) => tile.plusMicroSiemens[cell]),
      (wrong) => ({ mean: target, deviation: wrong * programming(target) }),
    );
    const age = Math.log(DAY);
    const relaxed = (wrong: number, z1: number, z2: number): number =>
      target +
      wrong * programming(target) * z1 -
      0.08900206 * age +
      wrong * (0.04201137 * age + 0.41183342) * z2;
    expectMoments(presentPlus(programmed, DAY, false), (wrong) =>
      moments(2, (z1, z2) => relaxed(wrong, z1, z2)),
    );
    const spread = Math.sqrt(Math.log((DAY + 1e-6) / 2e-6));
    expectMoments(presentPlus(programmed, DAY, true), (wrong) =>
      moments(3, (z1, z2, z3) => {
        const now = relaxed(wrong, z1, z2);
        return now + wrong * 0.0277316483 * Math.log10(now) * spread * z3;
      }),
    );
  });

  test('the reference is the middle of the range, now and later', () => {
    const programmed = programmedAt(profile, 0.5);
    const state = arrayAt(programmed, { driftSeconds: DAY, driftCompensation: false });
    const step = programmed.layers[0].conductanceStep;
    for (const steps of state.layers[0].tiles[0].minusSteps) expect(steps * step).toBeCloseTo(48.6, 2);
  });
});

/** Noise of one read of every output, over its published deviation: [item][output]. */
function standardisedReads(
  name: string,
  deviationOf: (present: number, programmed: number) => number,
  cellDeviation = 0,
): number[][] {
  const profile = {
    ...shippedProfile(name),
    converters: { dacBits: 8, adcBits: 16, source: 'fine enough to show the noise' },
  };
  const samples = 8;
  const outputs = 64;
  const network = networkOf(
    'reads',
    { kind: 'signal', channels: 1, length: 64, auxiliaryFeatures: 0 },
    [{ kind: 'flatten', name: 'flatten' }, randomDense('all', 64, outputs, { stream: 3 })],
    outputs,
  );
  const { signals, auxiliary } = randomItems(network, 250);
  const [range] = calibrateRanges(network, profile, signals, auxiliary);
  const wide = [{ ...range, outputBound: 3 * range.outputBound }];
  const programmed = programNetwork(network, profile, { programmingSeed: 2, ranges: wide });
  const state = arrayAt(programmed, { driftSeconds: DAY, driftCompensation: false });
  const quiet = structuredClone({ ...state, programmed: null });
  for (const tile of quiet.layers[0].tiles) tile.varianceStep = 0;
  const still = { ...quiet, programmed };
  const read = (from: typeof still): Float32Array =>
    runSamples(from, { signals, auxiliary, firstItem: 0, samples, seed: 4 });
  const noisy = read(state as typeof still);
  const exact = read(still);
  const [layer] = programmed.layers;
  const single = profile.mapping.kind === 'single-device';
  const span = profile.gMaxMicroSiemens - profile.mapping.gMinMicroSiemens;
  const fullScale = single ? span / 2 : span;
  const values: number[][] = [];
  for (let item = 0; item < 250; item++) {
    const codes = Array.from({ length: 64 }, (_, row) =>
      clamp(Math.round((signals[item * 64 + row] * 127) / range.inputBound), -127, 127),
    );
    const deviations = new Float64Array(outputs);
    for (const { tile, plusSteps, minusSteps } of state.layers[0].tiles) {
      for (let cell = 0; cell < plusSteps.length; cell++) {
        const plus = deviationOf(plusSteps[cell] * layer.conductanceStep, tile.plusMicroSiemens[cell]);
        const minus = single
          ? 0
          : deviationOf(minusSteps[cell] * layer.conductanceStep, tile.minusMicroSiemens[cell]);
        const variance = plus ** 2 + minus ** 2 + (cellDeviation * fullScale) ** 2;
        const row = tile.rowStart + Math.floor(cell / tile.columns);
        deviations[tile.columnStart + (cell % tile.columns)] += codes[row] ** 2 * variance;
      }
    }
    for (let sample = 0; sample < samples; sample++) {
      values.push(
        Array.from(deviations, (variance, output) => {
          const at = (item * samples + sample) * outputs + output;
          const unit = (range.inputBound * layer.columnScale[output]) / (127 * fullScale);
          return (noisy[at] - exact[at]) / (Math.sqrt(variance) * unit);
        }),
      );
    }
  }
  return values;
}

/** Standard errors from no correlation of neighbouring outputs, and of a read with the next. */
function correlation(reads: readonly number[][]): number {
  let neighbours = 0;
  let following = 0;
  let count = 0;
  for (let read = 0; read + 1 < reads.length; read++) {
    for (let output = 0; output + 1 < reads[read].length; output++) {
      neighbours += reads[read][output] * reads[read][output + 1];
      following += reads[read][output] * reads[read + 1][output];
      count++;
    }
  }
  return Math.max(Math.abs(neighbours), Math.abs(following)) / Math.sqrt(count);
}

const burst = (readSeconds: number): number =>
  Math.sqrt(Math.log((8 * readSeconds + readSeconds) / (2 * readSeconds)));

test.each([
  ['rram-wan-2022', standardisedReads('rram-wan-2022', () => 0, 0.01)],
  [
    'rram-cmo-hfox-2025-2-percent',
    standardisedReads(
      'rram-cmo-hfox-2025-2-percent',
      (now) => 0.0277316483 * Math.log10(Math.max(1, now)) * burst(1e-6),
    ),
  ],
  [
    'pcm-hermes-2023-two-devices',
    standardisedReads(
      'pcm-hermes-2023-two-devices',
      (now, programmed) =>
        now * hermes['pcm-hermes-2023-two-devices'].read(programmed / 20.7) * burst(512e-9),
    ),
  ],
])('fast read noise of %s, in 128,000 reads', (_, reads) => {
  expect(reads.flat().length).toBeGreaterThan(100_000);
  expectMoments(reads.flat(), (wrong) => ({ mean: 0, deviation: wrong }));
  expect(correlation(reads)).toBeLessThan(5);
  // A part that all outputs of a read share, 4 % of the variance, would show.
  const shared = reads.map((read, i) => read.map((value) => value + 0.2 * reads[(i + 7) % reads.length][0]));
  expect(correlation(shared)).toBeGreaterThan(5);
});

test('every shipped profile is valid and has the name of its file', () => {
  const files = readdirSync(new URL('../../models/devices', import.meta.url));
  expect(files.length).toBeGreaterThanOrEqual(7);
  for (const file of files) expect(`${shippedProfile(file.replace(/\.json$/, '')).name}.json`).toBe(file);
});

test('profiles whose parts do not fit one another are refused', () => {
  const wrong = (name: string, change: (profile: Record<string, Record<string, unknown>>) => void) => {
    const profile = JSON.parse(JSON.stringify(shippedProfile(name)));
    change(profile);
    return () => parseDeviceProfile(profile, 'mine.json');
  };
  expect(wrong('rram-wan-2022', (p) => (p.programming = { kind: 'exact' }))).toThrow('field drift.kind');
  expect(wrong('rram-wan-2022', (p) => (p.drift.firstSeconds = DAY))).toThrow('field drift.later');
  expect(wrong('rram-cmo-hfox-2025-2-percent', (p) => (p.mapping.gMinMicroSiemens = 90))).toThrow(
    'field mapping.gMinMicroSiemens',
  );
});

test('training refuses devices whose noise it does not know', () => {
  const options = { driftSeconds: DAY, stream: { seed: 1, layer: 0, step: 0 } };
  const train = (name: string) => () =>
    perturbedWeights(new Float32Array([1, 0.5]), 1, 2, shippedProfile(name), options);
  expect(train('rram-wan-2022')).toThrow('drift widening');
  expect(train('rram-cmo-hfox-2025-2-percent')).toThrow('mapping single-device');
  expect(train('pcm-hermes-2023-two-devices')).not.toThrow();
});
