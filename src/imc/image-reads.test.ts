import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { calibratedArray } from '../../test/obvious-array.ts';
import {
  networkOf,
  randomConv2d,
  randomDense,
  randomItems,
  randomValues,
  residualNetwork,
  shippedProfile,
} from '../../test/random-network.ts';
import { referenceGaussian } from '../../test/reference-gaussian.ts';
import { arrayAt } from './drift.ts';
import { inputSize } from './network.ts';
import type { DeviceProfile } from './profile.ts';
import { programNetwork } from './program.ts';
import { runSamples } from './run.ts';
import { runIdealFp32 } from './software.ts';

const DAY = 86_400;
const pcm = shippedProfile('pcm-nandakumar-2019');
const ideal = shippedProfile('ideal');
const cutProfile: DeviceProfile = { ...pcm, tile: { rows: 27, columns: 8, source: 'test' } };

describe('Monte-Carlo samples of images', () => {
  const network = residualNetwork();
  const state = calibratedArray(network, cutProfile);
  const items = 7;
  const { signals, auxiliary } = randomItems(network, items);
  const size = inputSize(network.input);
  const run = (from: number, to: number) =>
    runSamples(state, {
      signals: signals.subarray(from * size, to * size),
      auxiliary: auxiliary.subarray(from * 2, to * 2),
      firstItem: 100 + from,
      samples: 37,
      seed: 1,
    });
  const whole = run(0, items);

  test('do not depend on how items are split', () => {
    for (const cut of [1, 2, 5]) {
      const joined: number[] = [];
      for (let from = 0; from < items; from += cut) joined.push(...run(from, Math.min(items, from + cut)));
      expect(Float32Array.from(joined)).toEqual(whole);
    }
    expect(whole.every(Number.isFinite)).toBe(true);
    expect(new Set(whole).size).toBeGreaterThan(50);
  });

  test('have the same bits on every machine', () => {
    const hash = createHash('sha256').update(new Uint8Array(whole.buffer)).digest('hex');
    expect(hash).toMatchInlineSnapshot(`"e076aaed0a2883fc81dde8614c137ea26e3f40c081c3dc8a71ee9b7c87fd99f5"`);
  });
});

describe('the ideal profile', () => {
  test('is the fp32 network of images within quantisation, and closer with finer converters', () => {
    const network = residualNetwork();
    const { signals, auxiliary } = randomItems(network, 40);
    const expected = runIdealFp32(network, signals, auxiliary);
    const rms = (values: Float32Array) =>
      Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
    const errorOf = (dacBits: number, adcBits: number): number => {
      const profile = { ...ideal, converters: { dacBits, adcBits, source: 'test' } };
      const state = calibratedArray(network, profile);
      const logits = runSamples(state, { signals, auxiliary, firstItem: 0, samples: 1, seed: 1 });
      return rms(logits.map((value, i) => value - expected[i])) / rms(expected);
    };
    const errors = [errorOf(4, 6), errorOf(6, 8), errorOf(8, 10), errorOf(8, 16)];
    expect(errors[3]).toBeLessThan(0.02);
    for (let i = 1; i < errors.length; i++) expect(errors[i]).toBeLessThan(errors[i - 1]);
  });
});

/**
 * An image of 4 x 4, four positions of a convolution, then a dense layer that adds them up: every device of
 * both layers is drawn by itself for each read.
 */
describe('fast read noise of a 2-D convolution', () => {
  const samples = 1000;
  const items = 100;
  const n = samples * items;
  const network = networkOf(
    'read',
    { kind: 'image', channels: 1, height: 4, width: 4, auxiliaryFeatures: 0 },
    [
      randomConv2d('conv', 1, 2, [2, 2], { stride: [2, 2], activation: 'none', stream: 50 }),
      { kind: 'flatten', name: 'flatten' },
      randomDense('dense', 8, 2, { stream: 51 }),
    ],
    2,
  );
  // Two row tiles, and converters so fine that the noise shows.
  const profile: DeviceProfile = {
    ...pcm,
    tile: { rows: 3, columns: 2, source: 'test' },
    converters: { dacBits: 8, adcBits: 16, source: 'test' },
  };
  const programmed = programNetwork(network, profile, {
    programmingSeed: 3,
    ranges: [
      { layer: 'conv', inputBound: 3, outputBound: 4 },
      { layer: 'dense', inputBound: 5, outputBound: 4 },
    ],
  });
  const state = arrayAt(programmed, { driftSeconds: DAY, driftCompensation: true });
  const image = randomValues(16, 52);
  const signals = new Float32Array(items * 16);
  for (let item = 0; item < items; item++) signals.set(image, item * 16);
  const logits = runSamples(state, {
    signals,
    auxiliary: new Float32Array(),
    firstItem: 0,
    samples,
    seed: 6,
  });

  interface Device {
    input: number;
    output: number;
    mean: number;
    deviation: number;
  }
  const burst = Math.sqrt(Math.log((samples * 250e-9 + 250e-9) / 500e-9));
  /** What each device of a layer adds to its output for an input of 1: mean and deviation. */
  const devicesOf = (index: number): Device[] => {
    const { programmed: layer, tiles } = state.layers[index];
    const relative = (conductance: number) =>
      Math.min(0.0088 / Math.max((conductance / 25) ** 0.65, 1e-3), 0.2) * burst;
    return tiles.flatMap(({ tile, plusSteps, minusSteps, compensation }) =>
      Array.from({ length: 2 * plusSteps.length }, (_, device): Device => {
        const cell = device >> 1;
        const column = cell % tile.columns;
        const output = tile.columnStart + column;
        const unit = (layer.conductanceStep / 25) * compensation[column] * layer.columnScale[output];
        const steps = device % 2 === 0 ? plusSteps[cell] : -minusSteps[cell];
        const conductance = (device % 2 === 0 ? tile.plusMicroSiemens : tile.minusMicroSiemens)[cell];
        return {
          input: layer.rowOrder[tile.rowStart + Math.floor(cell / tile.columns)],
          output,
          mean: steps * unit,
          deviation: Math.abs(steps * unit) * relative(conductance),
        };
      }),
    );
  };
  const [convolution, dense] = [devicesOf(0), devicesOf(1)];
  const coded = (value: number, bound: number) =>
    Math.min(127, Math.max(-127, Math.round((value * 127) / bound))) * (bound / 127);

  /** `wrong` scales all deviations; `shared` lets the four positions have one deviate a device. */
  function deviceByDevice(seed: number, wrong: number, shared: boolean): Float64Array[] {
    const draw = referenceGaussian(seed);
    const results = [new Float64Array(n), new Float64Array(n)];
    const inputs = Array.from(image, (value) => coded(value, 3));
    const map = new Float64Array(8);
    const [convBias, denseBias] = [0, 1].map((i) => state.layers[i].programmed.layer.bias);
    const deviates = new Float64Array(convolution.length);
    for (let i = 0; i < n; i++) {
      for (let position = 0; position < 4; position++) {
        const corner = (position >> 1) * 8 + (position & 1) * 2;
        for (let c = 0; c < 2; c++) map[c * 4 + position] = convBias[c];
        for (let d = 0; d < convolution.length; d++) {
          const { input, output, mean, deviation } = convolution[d];
          if (position === 0 || !shared) deviates[d] = draw();
          const value = inputs[corner + (input >> 1) * 4 + (input & 1)];
          map[output * 4 + position] += value * (mean + wrong * deviation * deviates[d]);
        }
      }
      for (let o = 0; o < 2; o++) results[o][i] = denseBias[o];
      for (const { input, output, mean, deviation } of dense) {
        results[output][i] += coded(map[input], 5) * (mean + wrong * deviation * draw());
      }
    }
    return results;
  }
  const own = [0, 1].map((output) => Float64Array.from({ length: n }, (_, i) => logits[i * 2 + output]));
  const mean = (values: Float64Array) => values.reduce((a, b) => a + b, 0) / n;
  const variance = (values: Float64Array) => {
    const centre = mean(values);
    return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / n;
  };
  /** Standard errors between the variances of two samples of Gaussians. */
  const apart = (one: Float64Array, two: Float64Array) =>
    Math.abs(Math.log(variance(one) / variance(two))) / Math.sqrt(4 / n);

  test('has the mean and deviation of noise drawn device by device', () => {
    const reference = deviceByDevice(21, 1, false);
    for (const output of [0, 1]) {
      const error = Math.sqrt((2 * variance(reference[output])) / n);
      expect(Math.abs(mean(own[output]) - mean(reference[output])) / error).toBeLessThan(5);
      expect(apart(own[output], reference[output])).toBeLessThan(5);
    }
  });

  test('a reference that is 5 % off, or whose positions share their noise, is told apart', () => {
    for (const [seed, wrong, shared] of [
      [22, 1.05, false],
      [24, 1, true],
    ] as const) {
      const reference = deviceByDevice(seed, wrong, shared);
      const largest = Math.max(apart(own[0], reference[0]), apart(own[1], reference[1]));
      expect(largest).toBeGreaterThan(5);
    }
  });
});
