import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { calibratedArray, obviousLogits } from '../../test/obvious-array.ts';
import {
  dilatedImages,
  dilatedSignals,
  networkOf,
  randomConv1d,
  randomConv2d,
  randomDense,
  randomItems,
  randomValues,
  residualNetwork,
  shippedProfile,
  smallNetwork,
} from '../../test/random-network.ts';
import { referenceGaussian } from '../../test/reference-gaussian.ts';
import { type ArrayState, arrayAt } from './drift.ts';
import { inputSize, type Network } from './network.ts';
import type { DeviceProfile } from './profile.ts';
import { programNetwork } from './program.ts';
import { runIdealFp32, runSamples } from './run.ts';

const DAY = 86_400;
const pcm = shippedProfile('pcm-nandakumar-2019');
const ideal = shippedProfile('ideal');

/** Rows and columns that cut every layer of `smallNetwork` into several tiles, some with odd edges. */
const cutProfile: DeviceProfile = { ...pcm, tile: { rows: 27, columns: 8, source: 'test' } };

describe('without fast read noise the array computes what its registers say', () => {
  const tall = networkOf(
    'tall',
    { kind: 'signal', channels: 1, length: 1500, auxiliaryFeatures: 0 },
    [{ kind: 'flatten', name: 'flatten' }, randomDense('dense', 1500, 9, { stream: 20 })],
    9,
  );
  const strided = networkOf(
    'strided',
    { kind: 'signal', channels: 3, length: 41, auxiliaryFeatures: 0 },
    [
      { kind: 'pool1d', name: 'pool0', operation: 'average', size: 2, stride: 1 },
      randomConv1d('conv1', 3, 5, 4, { stride: 3, padding: 2, stream: 30 }),
      randomConv1d('conv2', 5, 19, 2, { stream: 31 }),
      { kind: 'flatten', name: 'flatten' },
      randomDense('dense', 19 * 13, 3, { stream: 32 }),
    ],
    3,
  );
  const large = networkOf(
    'large',
    { kind: 'image', channels: 1, height: 37, width: 41, auxiliaryFeatures: 0 },
    [
      randomConv2d('conv1', 1, 9, [3, 3], { padding: [1, 1], stream: 33 }),
      randomConv2d('conv2', 9, 12, [1, 1], { stream: 34 }),
      randomConv2d('conv3', 12, 5, [7, 2], { stride: [1, 3], padding: [3, 0], stream: 35 }),
      { kind: 'pool2d', name: 'pool', operation: 'max', size: [8, 4], stride: [7, 5] },
      { kind: 'flatten', name: 'flatten' },
      randomDense('dense', 5 * 5 * 3, 3, { stream: 36 }),
    ],
    3,
  );
  const shortcut = networkOf(
    'shortcut',
    { kind: 'image', channels: 3, height: 9, width: 10, auxiliaryFeatures: 1 },
    [
      { kind: 'pool2d', name: 'small', operation: 'average', size: [2, 2], stride: [1, 1] },
      { kind: 'add', name: 'twice', inputs: ['small', 'small'], activation: 'relu' },
      randomConv2d('conv', 3, 3, [3, 3], { padding: [1, 1], activation: 'none', stream: 37 }),
      randomConv2d('other', 3, 3, [2, 2], { input: 'input', stream: 38 }),
      { kind: 'add', name: 'near', inputs: ['conv', 'twice'], activation: 'relu' },
      { kind: 'add', name: 'sum', inputs: ['other', 'near'], activation: 'none' },
      { kind: 'flatten', name: 'flatten' },
      randomDense('dense', 3 * 8 * 9 + 1, 3, { stream: 39 }),
    ],
    3,
  );
  const depthwise = networkOf(
    'depthwise',
    { kind: 'signal', channels: 6, length: 23, auxiliaryFeatures: 1 },
    [
      randomConv1d('each', 6, 12, 5, { stride: 2, padding: 2, groups: 6, stream: 40 }),
      randomConv1d('pairs', 12, 4, 3, { groups: 2, stream: 41 }),
      { kind: 'flatten', name: 'flatten' },
      randomDense('dense', 41, 3, { stream: 42 }),
    ],
    3,
  );
  const deep = networkOf(
    'deep',
    { kind: 'image', channels: 260, height: 4, width: 4, auxiliaryFeatures: 0 },
    [
      randomConv2d('conv', 260, 10, [3, 3], { padding: [1, 1], stream: 43 }),
      { kind: 'flatten', name: 'flatten' },
      randomDense('dense', 160, 2, { stream: 44 }),
    ],
    2,
  );
  test.each<[string, Network, DeviceProfile]>([
    ['one tile a layer', smallNetwork(), pcm],
    ['layers cut by rows and columns', smallNetwork(), cutProfile],
    [
      'columns that do not fill vectors',
      smallNetwork(),
      { ...cutProfile, tile: { rows: 31, columns: 13, source: 'test' } },
    ],
    ['the largest tile', tall, { ...pcm, tile: { rows: 1024, columns: 16, source: 'test' } }],
    ['a tile in two sections', tall, { ...pcm, tile: { rows: 2048, columns: 5, source: 'test' } }],
    ['coarse converters', tall, { ...pcm, converters: { dacBits: 3, adcBits: 4, source: 'test' } }],
    ['pooled input, strides and odd kernels', strided, pcm],
    ['a residual network of images', residualNetwork(), pcm],
    ['the same cut by rows and columns', residualNetwork(), cutProfile],
    [
      'columns that fill no vector',
      residualNetwork(),
      { ...pcm, tile: { rows: 7, columns: 3, source: 'test' } },
    ],
    ['a cell a tile', residualNetwork(), { ...pcm, tile: { rows: 1, columns: 1, source: 'test' } }],
    ['large maps, in chunks', large, cutProfile],
    ['a shared shortcut of the input', shortcut, cutProfile],
    ['groups along time', depthwise, cutProfile],
    ['dilation along time', dilatedSignals(), cutProfile],
    ['dilation of images', dilatedImages(), cutProfile],
    ['a sectioned convolution', deep, { ...pcm, tile: { rows: 4096, columns: 9, source: 'test' } }],
  ])('bit for bit: %s', (_, network, profile) => {
    const state = calibratedArray(network, profile, { readNoise: false });
    const items = 9;
    const { signals, auxiliary } = randomItems(network, items);
    const logits = runSamples(state, { signals, auxiliary, firstItem: 0, samples: 2, seed: 1 });
    const classes = network.classes.length;
    const size = inputSize(network.input);
    const features = network.input.auxiliaryFeatures;
    for (let item = 0; item < items; item++) {
      const expected = obviousLogits(
        state,
        signals.subarray(item * size, (item + 1) * size),
        auxiliary.subarray(item * features, (item + 1) * features),
      );
      for (let sample = 0; sample < 2; sample++) {
        const at = (item * 2 + sample) * classes;
        expect(logits.subarray(at, at + classes)).toEqual(expected);
      }
    }
  });

  test('sums stay within int32 where every input and every device is at its largest', () => {
    const rows = 1024;
    const weights = new Float32Array(rows * 4).fill(1);
    const network = networkOf(
      'full',
      { kind: 'signal', channels: 1, length: rows, auxiliaryFeatures: 0 },
      [
        { kind: 'flatten', name: 'flatten' },
        {
          kind: 'dense',
          name: 'dense',
          inFeatures: rows,
          outFeatures: 4,
          activation: 'none',
          weights,
          bias: new Float32Array(4),
        },
      ],
      4,
    );
    const profile = { ...ideal, tile: { rows, columns: 4, source: 'test' } };
    const programmed = programNetwork(network, profile, {
      programmingSeed: 1,
      ranges: [{ layer: 'dense', inputBound: 1, outputBound: 2 * rows }],
    });
    const [layer] = programmed.layers;
    expect(layer.largestConductanceSteps * 127 * rows).toBeLessThan(2 ** 31);
    expect(layer.largestVarianceSteps * 127 * 127 * rows).toBeLessThan(2 ** 31);
    const state = arrayAt(programmed, { driftSeconds: 0, driftCompensation: false });
    state.layers[0].tiles[0].plusSteps.fill(layer.largestConductanceSteps);
    const logits = runSamples(state, {
      signals: new Float32Array(rows).fill(1),
      auxiliary: new Float32Array(),
      firstItem: 0,
      samples: 1,
      seed: 1,
    });
    // Registers end at twice g_max, and the ADC has 127 steps up to twice the rows.
    for (const logit of logits) expect(Math.abs(logit - 2 * rows)).toBeLessThan((2 * rows) / 127);
  });
});

describe('the ideal profile', () => {
  test('is the fp32 network within quantisation, and closer with finer converters', () => {
    const network = smallNetwork();
    const { signals, auxiliary } = randomItems(network, 200);
    const exact = runIdealFp32(network, signals, auxiliary);
    const error = (profile: DeviceProfile): number => {
      const logits = runSamples(calibratedArray(network, profile), {
        signals,
        auxiliary,
        firstItem: 0,
        samples: 1,
        seed: 1,
      });
      let squares = 0;
      let power = 0;
      for (let i = 0; i < exact.length; i++) {
        squares += (logits[i] - exact[i]) ** 2;
        power += exact[i] ** 2;
      }
      return Math.sqrt(squares / power);
    };
    const eight = error(ideal);
    expect(eight).toBeLessThan(0.06);
    expect(error({ ...ideal, converters: { dacBits: 8, adcBits: 14, source: 'test' } })).toBeLessThan(eight);
    expect(error({ ...ideal, converters: { dacBits: 8, adcBits: 5, source: 'test' } })).toBeGreaterThan(
      eight,
    );
  });

  test('the fp32 network agrees with a hand calculation', () => {
    const network = networkOf(
      'hand',
      { kind: 'signal', channels: 1, length: 4, auxiliaryFeatures: 1 },
      [
        {
          kind: 'conv1d',
          name: 'conv',
          inChannels: 1,
          outChannels: 1,
          kernel: 3,
          stride: 1,
          padding: 1,
          groups: 1,
          activation: 'relu',
          weights: Float32Array.of(1, 2, -1),
          bias: Float32Array.of(0.5),
        },
        { kind: 'pool1d', name: 'pool', operation: 'max', size: 2, stride: 2 },
        { kind: 'flatten', name: 'flatten' },
        {
          kind: 'dense',
          name: 'dense',
          inFeatures: 3,
          outFeatures: 1,
          activation: 'none',
          weights: Float32Array.of(1, -2, 3),
          bias: Float32Array.of(-1),
        },
      ],
      1,
    );
    // Convolution of 1 2 -3 4: 0.5 8.5 -7.5 5.5, relu and max: 8.5 5.5; 8.5 - 11 + 30 - 1.
    expect([...runIdealFp32(network, Float32Array.of(1, 2, -3, 4), Float32Array.of(10))]).toEqual([26.5]);
  });
});

describe('Monte-Carlo samples', () => {
  const network = smallNetwork();
  const state = calibratedArray(network, cutProfile);
  const items = 37;
  const { signals, auxiliary } = randomItems(network, items);
  const size = inputSize(network.input);
  const run = (from: number, to: number, seed = 1, array = state) =>
    runSamples(array, {
      signals: signals.subarray(from * size, to * size),
      auxiliary: auxiliary.subarray(from * 3, to * 3),
      firstItem: 100 + from,
      samples: 32,
      seed,
    });
  const whole = run(0, items);

  test('do not depend on how items are split', () => {
    for (const cut of [1, 2, 5, 20]) {
      const joined: number[] = [];
      for (let from = 0; from < items; from += cut) joined.push(...run(from, Math.min(items, from + cut)));
      expect(Float32Array.from(joined)).toEqual(whole);
    }
    expect(whole.every(Number.isFinite)).toBe(true);
  });

  test('have the same bits on every machine', () => {
    const hash = createHash('sha256').update(new Uint8Array(whole.buffer)).digest('hex');
    expect(hash).toMatchInlineSnapshot(`"13aa00264076731e19a259ffacdc11b1fe3a4d03b6b4c9aa02ebbd884728536b"`);
  });

  test('are refused where values do not make whole items', () => {
    expect(() =>
      runSamples(state, {
        signals: signals.subarray(0, size + 1),
        auxiliary: auxiliary.subarray(0, 3),
        firstItem: 0,
        samples: 2,
        seed: 1,
      }),
    ).toThrow(RangeError);
  });

  test('change with the seed, the programming seed and the item', () => {
    expect(run(0, items, 2)).not.toEqual(whole);
    expect(run(0, items, 2 ** 40 + 1)).not.toEqual(whole);
    expect(run(0, items, 1, calibratedArray(network, cutProfile, { programmingSeed: 2 }))).not.toEqual(whole);
    const twice = runSamples(state, {
      signals: new Float32Array([...signals.subarray(0, size), ...signals.subarray(0, size)]),
      auxiliary: new Float32Array([...auxiliary.subarray(0, 3), ...auxiliary.subarray(0, 3)]),
      firstItem: 0,
      samples: 32,
      seed: 1,
    });
    expect(twice.subarray(0, 128)).not.toEqual(twice.subarray(128));
  });

  test('differ from one another, but not in their conductances', () => {
    const before = structuredClone(state.layers);
    const distinct = new Set(Array.from({ length: 32 }, (_, s) => whole.subarray(s * 4, s * 4 + 4).join()));
    run(0, items);
    expect(distinct.size).toBeGreaterThan(16);
    expect(state.layers).toEqual(before);
  });

  test('are all the same without read noise', () => {
    const quiet = run(0, items, 1, calibratedArray(network, cutProfile, { readNoise: false }));
    const noNoise = run(0, items, 1, calibratedArray(network, ideal));
    for (const logits of [quiet, noNoise]) {
      for (let item = 0; item < items; item++) {
        const first = logits.subarray(item * 128, item * 128 + 4);
        for (let s = 1; s < 32; s++) {
          expect(logits.subarray(item * 128 + s * 4, item * 128 + s * 4 + 4)).toEqual(first);
        }
      }
    }
  });
});

describe('fast read noise drawn once an output against noise drawn once a device', () => {
  const rows = 24;
  const outputs = 4;
  const samples = 1000;
  const items = 120;
  const n = samples * items;
  const network = networkOf(
    'read',
    { kind: 'signal', channels: 1, length: rows, auxiliaryFeatures: 0 },
    [{ kind: 'flatten', name: 'flatten' }, randomDense('dense', rows, outputs, { stream: 40 })],
    outputs,
  );
  // Two row tiles, and converters so fine that only the noise shows.
  const profile: DeviceProfile = {
    ...pcm,
    tile: { rows: 13, columns: 8, source: 'test' },
    converters: { dacBits: 8, adcBits: 16, source: 'test' },
  };
  const programmed = programNetwork(network, profile, {
    programmingSeed: 3,
    ranges: [{ layer: 'dense', inputBound: 2, outputBound: 8 }],
  });
  const state = arrayAt(programmed, { driftSeconds: DAY, driftCompensation: true });
  const vector = randomValues(rows, 41);
  const signals = new Float32Array(items * rows);
  for (let item = 0; item < items; item++) signals.set(vector, item * rows);

  const logits = runSamples(state, {
    signals,
    auxiliary: new Float32Array(),
    firstItem: 0,
    samples,
    seed: 6,
  });
  const column = (values: ArrayLike<number>, output: number): Float64Array =>
    Float64Array.from({ length: n }, (_, i) => values[i * outputs + output]);

  /** Every device's own deviate in every read; `wrong` scales the deviation. */
  function deviceByDevice(count: number, wrong: number, seed: number): Float64Array {
    const draw = referenceGaussian(seed);
    const results = new Float64Array(count * outputs);
    const [layer] = state.layers;
    const step = layer.programmed.conductanceStep / 25;
    const burst = wrong * Math.sqrt(Math.log((samples * 250e-9 + 250e-9) / 500e-9));
    const scale = (conductance: number) =>
      Math.min(0.0088 / Math.max((conductance / 25) ** 0.65, 1e-3), 0.2) * burst;
    const codes = vector.map(
      (value) => Math.min(127, Math.max(-127, Math.round((value * 127) / 2))) * (2 / 127),
    );
    const devices: { output: number; mean: number; deviation: number }[] = [];
    const fixed = Float64Array.from(layer.programmed.layer.bias);
    for (const { tile, plusSteps, minusSteps, compensation } of layer.tiles) {
      for (let cell = 0; cell < plusSteps.length; cell++) {
        const output = cell % tile.columns;
        const input = codes[tile.rowStart + Math.floor(cell / tile.columns)];
        const unit = input * step * compensation[output] * layer.programmed.columnScale[output];
        for (const [steps, programmedConductance, sign] of [
          [plusSteps[cell], tile.plusMicroSiemens[cell], 1],
          [minusSteps[cell], tile.minusMicroSiemens[cell], -1],
        ]) {
          const mean = sign * unit * steps;
          fixed[output] += mean;
          devices.push({ output, mean, deviation: mean * scale(programmedConductance) });
        }
      }
    }
    for (let i = 0; i < count; i++) {
      for (let output = 0; output < outputs; output++) results[i * outputs + output] = fixed[output];
      for (const { output, deviation } of devices) results[i * outputs + output] += deviation * draw();
    }
    return results;
  }

  const reference = deviceByDevice(n, 1, 17);

  const mean = (values: Float64Array) => values.reduce((a, b) => a + b, 0) / values.length;
  const variance = (values: Float64Array) => {
    const centre = mean(values);
    return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / values.length;
  };
  /** Standard errors between the deviations of two samples of Gaussians. */
  const variancesApart = (one: Float64Array, two: Float64Array) =>
    Math.abs(Math.log(variance(one) / variance(two))) / Math.sqrt(4 / n);
  /** Two-sample Kolmogorov-Smirnov statistic times sqrt(n / 2); above 1.95 for 1 in 1,000 equal pairs. */
  function kolmogorovSmirnov(one: Float64Array, two: Float64Array): number {
    const a = one.slice().sort();
    const b = two.slice().sort();
    let largest = 0;
    let j = 0;
    for (let i = 0; i < a.length; i++) {
      while (j < b.length && b[j] <= a[i]) j++;
      largest = Math.max(largest, Math.abs((i + 1) / a.length - j / b.length));
    }
    return largest * Math.sqrt(n / 2);
  }
  const correlation = (one: Float64Array, two: Float64Array) => {
    const [m1, m2] = [mean(one), mean(two)];
    const covariance = one.reduce((sum, value, i) => sum + (value - m1) * (two[i] - m2), 0) / one.length;
    return (covariance / Math.sqrt(variance(one) * variance(two))) * Math.sqrt(one.length);
  };

  test('has the same mean, deviation and distribution', () => {
    for (let output = 0; output < outputs; output++) {
      const own = column(logits, output);
      const other = column(reference, output);
      expect(Math.abs(mean(own) - mean(other)) / Math.sqrt((2 * variance(other)) / n)).toBeLessThan(5);
      expect(variancesApart(own, other)).toBeLessThan(5);
      expect(kolmogorovSmirnov(own, other)).toBeLessThan(1.95);
    }
  });

  test('a reference with a 5 % wrong deviation is told apart', () => {
    for (const [wrong, seed] of [
      [1.05, 18],
      [0.95, 19],
    ]) {
      const other = column(deviceByDevice(n, wrong, seed), 0);
      expect(variancesApart(column(logits, 0), other)).toBeGreaterThan(5);
      expect(kolmogorovSmirnov(column(logits, 0), other)).toBeGreaterThan(1.95);
    }
  });

  test('outputs, samples and items are independent', () => {
    const columns = Array.from({ length: outputs }, (_, output) => column(logits, output));
    for (let one = 0; one < outputs; one++) {
      for (let two = 0; two < one; two++) {
        expect(Math.abs(correlation(columns[one], columns[two]))).toBeLessThan(5);
      }
      // The next sample of the same item, and the same sample of the next item.
      for (const lag of [1, 2, 4, samples]) {
        expect(
          Math.abs(correlation(columns[one].subarray(0, n - lag), columns[one].subarray(lag))),
        ).toBeLessThan(5);
      }
    }
    // Two outputs that shared a fifth of their noise would be found out.
    const mixed = columns[0].map((value, i) => 0.9 * value + 0.1 * columns[1][i]);
    expect(Math.abs(correlation(mixed, columns[1]))).toBeGreaterThan(5);
  });

  test('is drawn about one fixed set of conductances', () => {
    const quiet: ArrayState = {
      ...state,
      layers: state.layers.map((layer) => ({
        ...layer,
        tiles: layer.tiles.map((tile) => ({ ...tile, varianceStep: 0 })),
      })),
    };
    const fixed = runSamples(quiet, {
      signals: vector,
      auxiliary: new Float32Array(),
      firstItem: 0,
      samples: 1,
      seed: 1,
    });
    for (let output = 0; output < outputs; output++) {
      const own = column(logits, output);
      expect(Math.abs(mean(own) - fixed[output]) / Math.sqrt(variance(own) / n)).toBeLessThan(5);
    }
  });
});
