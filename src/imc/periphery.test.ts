import { describe, expect, test } from 'vitest';
import { calibratedArray, obviousLogits } from '../../test/obvious-array.ts';
import {
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
import { type DeviceProfile, parseDeviceProfile } from './profile.ts';
import { programNetwork } from './program.ts';
import { calibrateRanges, type LayerRange } from './ranges.ts';
import { runSamples, runSamplesCounted } from './run.ts';

type Converters = DeviceProfile['converters'];

const pcm = shippedProfile('pcm-nandakumar-2019');
const SPREAD = {
  offsetDeviation: 0.02,
  gainDeviation: 0.05,
  curvatureMean: 0.1,
  curvatureDeviation: 0.05,
  source: 'test',
};
const ITERATIVE = { kind: 'iterative', largestFactor: 8 } as const;

function withConverters(profile: DeviceProfile, converters: Partial<Converters>): DeviceProfile {
  return { ...profile, converters: { ...profile.converters, ...converters } };
}

const cutProfile: DeviceProfile = { ...pcm, tile: { rows: 27, columns: 8, source: 'test' } };
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
const large = networkOf(
  'large',
  { kind: 'image', channels: 1, height: 37, width: 41, auxiliaryFeatures: 0 },
  [
    randomConv2d('conv1', 1, 9, [3, 3], { padding: [1, 1], stream: 33 }),
    randomConv2d('conv2', 9, 5, [7, 2], { stride: [1, 3], padding: [3, 0], stream: 35 }),
    { kind: 'pool2d', name: 'pool', operation: 'max', size: [8, 4], stride: [7, 5] },
    { kind: 'flatten', name: 'flatten' },
    randomDense('dense', 5 * 5 * 3, 3, { stream: 36 }),
  ],
  3,
);
const tall = networkOf(
  'tall',
  { kind: 'signal', channels: 1, length: 1500, auxiliaryFeatures: 0 },
  [{ kind: 'flatten', name: 'flatten' }, randomDense('dense', 1500, 9, { stream: 20 })],
  9,
);

const MANAGEMENT: [string, Partial<Converters>][] = [
  ['inputs over their largest', { inputScaling: 'absolute-maximum' }],
  ['reads repeated at half the input', { boundManagement: ITERATIVE }],
  ['columns with gains, offsets and S-shapes', { columnSpread: SPREAD }],
  [
    'all of them, serial',
    {
      inputScaling: 'absolute-maximum',
      boundManagement: ITERATIVE,
      columnSpread: SPREAD,
      inputBits: 'serial',
    },
  ],
];

describe.each(MANAGEMENT)('%s', (_, converters) => {
  test.each<[string, Network, DeviceProfile]>([
    ['a signal network in many tiles', smallNetwork(), cutProfile],
    ['a residual network of images', residualNetwork(), cutProfile],
    ['groups', depthwise, cutProfile],
    ['large maps, in chunks', large, cutProfile],
    ['a tile in sections', tall, { ...pcm, tile: { rows: 2048, columns: 5, source: 'test' } }],
    ['coarse converters', smallNetwork(), { ...pcm, converters: { dacBits: 4, adcBits: 5, source: 'test' } }],
  ])('bit for bit: %s', (__, network, base) => {
    const state = calibratedArray(network, withConverters(base, converters), {
      readNoise: false,
      shrink: 0.4,
    });
    const items = 5;
    const { signals, auxiliary } = randomItems(network, items);
    const size = inputSize(network.input);
    const features = network.input.auxiliaryFeatures;
    // Inputs of unlike size, and one item of zeros.
    for (let i = 0; i < signals.length; i++) signals[i] *= [0, 0.3, 1, 2, 4][Math.floor(i / size)];
    auxiliary.fill(0, 0, features);
    const logits = runSamples(state, { signals, auxiliary, firstItem: 0, samples: 1, seed: 1 });
    const classes = network.classes.length;
    for (let item = 0; item < items; item++) {
      const expected = obviousLogits(
        state,
        signals.subarray(item * size, (item + 1) * size),
        auxiliary.subarray(item * features, (item + 1) * features),
      );
      expect(logits.subarray(item * classes, (item + 1) * classes)).toEqual(expected);
    }
  });

  test('noisy samples do not depend on how items are split', () => {
    const network = residualNetwork();
    const state = calibratedArray(network, withConverters(cutProfile, converters), { shrink: 0.4 });
    const items = 11;
    const { signals, auxiliary } = randomItems(network, items);
    const size = inputSize(network.input);
    const run = (from: number, to: number) =>
      runSamples(state, {
        signals: signals.subarray(from * size, to * size),
        auxiliary: auxiliary.subarray(from * 2, to * 2),
        firstItem: 7 + from,
        samples: 70,
        seed: 1,
      });
    const whole = run(0, items);
    expect(whole.every(Number.isFinite)).toBe(true);
    for (const cut of [1, 4]) {
      const joined: number[] = [];
      for (let from = 0; from < items; from += cut) joined.push(...run(from, Math.min(items, from + cut)));
      expect(Float32Array.from(joined)).toEqual(whole);
    }
  });
});

describe('what changes nothing leaves every bit as it is', () => {
  const network = residualNetwork();
  const { signals, auxiliary } = randomItems(network, 6);
  const run = (converters: Partial<Converters>, readNoise: boolean, shrink = 1) =>
    runSamplesCounted(
      calibratedArray(network, withConverters(cutProfile, converters), { readNoise, shrink }),
      {
        signals,
        auxiliary,
        firstItem: 0,
        samples: 9,
        seed: 3,
      },
    );

  test.each<[string, Partial<Converters>, number]>([
    ['`constant`, `none` and `parallel`', DEFAULTS(), 1],
    ['bound management where nothing saturates', { boundManagement: ITERATIVE }, 4],
    ['columns that do not differ', { columnSpread: { ...SPREAD, ...NO_SPREAD() } }, 1],
  ])('%s', (_, converters, shrink) => {
    const plain = run({}, true, shrink);
    expect(run(converters, true, shrink)).toEqual(plain);
    for (const { vectors, reads } of plain.reads) expect(reads).toBe(vectors);
  });

  test('serial input without read noise, the sum of whose pulses is that of the code', () => {
    expect(run({ inputBits: 'serial' }, false)).toEqual(run({}, false));
    // With it, pulses are noisy one by one.
    expect(run({ inputBits: 'serial' }, true)).not.toEqual(run({}, true));
  });
});

function DEFAULTS(): Partial<Converters> {
  return { inputScaling: 'constant', boundManagement: { kind: 'none' }, inputBits: 'parallel' };
}

function NO_SPREAD() {
  return { offsetDeviation: 0, gainDeviation: 0, curvatureMean: 0, curvatureDeviation: 0 };
}

test('repeated reads are counted, and none where ranges hold every sum', () => {
  const network = smallNetwork();
  const items = 4;
  const { signals, auxiliary } = randomItems(network, items);
  const count = (shrink: number) =>
    runSamplesCounted(
      calibratedArray(network, withConverters(cutProfile, { boundManagement: ITERATIVE }), { shrink }),
      {
        signals,
        auxiliary,
        firstItem: 0,
        samples: 3,
        seed: 1,
      },
    ).reads;
  const positions = [60, 14, 1, 1];
  const tiles = [2, 6, 12, 1];
  for (const [i, { vectors, reads }] of count(10).entries()) {
    expect(vectors).toBe(items * 3 * positions[i] * tiles[i]);
    expect(reads).toBe(vectors);
  }
  // The inputs of the first layer drive every column beyond its range: the most reads there are.
  const [first] = count(1e-6);
  expect(first.reads).toBe(4 * first.vectors);
});

/** Ranges hold what they calibrate: with inputs over their largest, the sums of those. */
test('ranges are those of the scaling of the inputs', () => {
  const network = networkOf(
    'one',
    { kind: 'signal', channels: 1, length: 12, auxiliaryFeatures: 0 },
    [{ kind: 'flatten', name: 'flatten' }, randomDense('dense', 12, 5, { stream: 8 })],
    5,
  );
  const items = 40;
  const { signals } = randomItems(network, items);
  for (let i = 0; i < signals.length; i++) signals[i] *= 1 + Math.floor(i / 12);
  const dense = network.layers[1];
  if (dense.kind !== 'dense') throw new Error('a dense layer');
  const sums: number[] = [];
  for (let item = 0; item < items; item++) {
    const own = [...signals.subarray(item * 12, item * 12 + 12)];
    const largest = Math.max(...own.map(Math.abs));
    for (let output = 0; output < 5; output++) {
      const weights = [...dense.weights.subarray(output * 12, output * 12 + 12)];
      const scale = Math.max(...weights.map(Math.abs));
      sums.push(Math.abs(weights.reduce((sum, w, i) => sum + (w * own[i]) / largest, 0) / scale));
    }
  }
  const rangeOf = (converters: Partial<Converters>): LayerRange =>
    calibrateRanges(network, withConverters(pcm, converters), signals, new Float32Array())[0];
  const managed = rangeOf({ inputScaling: 'absolute-maximum' });
  expect(managed.outputBound / Math.max(...sums)).toBeCloseTo(1, 5);
  expect(rangeOf({}).outputBound).not.toBeCloseTo(managed.outputBound, 2);
  // What differs from chip to chip, or repeats, does not change what is calibrated.
  expect(rangeOf({ boundManagement: ITERATIVE, inputBits: 'serial', columnSpread: SPREAD })).toEqual(
    rangeOf({}),
  );
});

const mean = (values: Float64Array) => values.reduce((a, b) => a + b, 0) / values.length;
const variance = (values: Float64Array) => {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / values.length;
};
/** Two-sample Kolmogorov-Smirnov statistic times sqrt(n / 2); above 1.95 for 1 in 1,000 equal pairs. */
function kolmogorovSmirnov(one: Float64Array, two: Float64Array): number {
  const a = one.slice().sort();
  const b = two.slice().sort();
  let largest = 0;
  let j = 0;
  for (let i = 0; i < a.length; ) {
    const value = a[i];
    while (i < a.length && a[i] <= value) i++;
    while (j < b.length && b[j] <= value) j++;
    const next = j < b.length ? b[j] : Number.POSITIVE_INFINITY;
    largest = Math.max(largest, Math.abs(i / a.length - j / b.length));
    if (i < a.length && next < a[i]) {
      while (j < b.length && b[j] < a[i]) j++;
      largest = Math.max(largest, Math.abs(i / a.length - j / b.length));
    }
  }
  return largest * Math.sqrt(a.length / 2);
}

describe('read noise against devices and pulses one by one', () => {
  const rows = 12;
  const samples = 1000;
  const items = 120;
  const n = samples * items;
  const network = networkOf(
    'read',
    { kind: 'signal', channels: 1, length: rows, auxiliaryFeatures: 0 },
    [{ kind: 'flatten', name: 'flatten' }, randomDense('dense', rows, 1, { stream: 40 })],
    1,
  );
  const vector = randomValues(rows, 41);

  /** As the array has it; with `outputBound` the ADC saturates where that is small. */
  function simulate(converters: Partial<Converters>, outputBound: number) {
    const profile = withConverters(pcm, { adcBits: 16, ...converters });
    const programmed = programNetwork(network, profile, {
      programmingSeed: 3,
      ranges: [{ layer: 'dense', inputBound: 2, outputBound }],
    });
    const state = arrayAt(programmed, { driftSeconds: 86_400, driftCompensation: true });
    const signals = new Float32Array(items * rows);
    for (let item = 0; item < items; item++) signals.set(vector, item * rows);
    const options = { signals, auxiliary: new Float32Array(), firstItem: 0, samples, seed: 6 };
    // As codes of the ADC, times the factor of the read: a logit is that times a scale.
    const bias = programmed.layers[0].layer.bias[0];
    const unit = unitOf(state);
    return {
      state,
      codes: Float64Array.from(runSamples(state, options), (z) => Math.round((z - bias) / unit)),
    };
  }

  function unitOf({ layers: [{ tiles, programmed }], programmed: { profile } }: ArrayState): number {
    const adc = 2 ** (profile.converters.adcBits - 1) - 1;
    const volts = boundOf(profile.converters) * programmed.range.outputBound;
    return (volts * tiles[0].compensation[0] * programmed.columnScale[0]) / adc;
  }

  function boundOf({ inputScaling }: Converters): number {
    return inputScaling === 'absolute-maximum' ? Math.max(...[...vector].map(Math.abs)) : 2;
  }

  /**
   * Every device's own deviate in every pulse of every read.
   *
   * @param fault a planted one: a deviation 5 % too large, one deviate for all pulses, or one for all repeats
   */
  function deviceByDevice(
    state: ArrayState,
    seed: number,
    fault: 'none' | 'wide' | 'same pulses' | 'same repeats' = 'none',
  ): Float64Array {
    const draw = referenceGaussian(seed);
    const [layer] = state.layers;
    const [{ tile, plusSteps, minusSteps }] = layer.tiles;
    const { programmed } = layer;
    const { converters } = state.programmed.profile;
    const adc = 2 ** (converters.adcBits - 1) - 1;
    const burst = Math.sqrt(Math.log((samples * 250e-9 + 250e-9) / 500e-9)) * (fault === 'wide' ? 1.05 : 1);
    const bound = boundOf(converters);
    const halvings = converters.boundManagement?.kind === 'iterative' ? 3 : 0;
    const sets = Array.from({ length: halvings + 1 }, (_, round) => {
      let fixed = 0;
      const pulses: { cell: number; deviation: number }[] = [];
      for (let cell = 0; cell < rows; cell++) {
        const input = vector[programmed.rowOrder[tile.rowStart + cell]];
        const scaled = Math.round((input * 127) / (bound * 2 ** round));
        const code = Math.min(127, Math.max(-127, scaled));
        const parts = converters.inputBits === 'serial' ? [1, 2, 4, 8, 16, 32, 64] : [Math.abs(code)];
        for (const [steps, conductance, sign] of [
          [plusSteps[cell], tile.plusMicroSiemens[cell], 1],
          [minusSteps[cell], tile.minusMicroSiemens[cell], -1],
        ]) {
          const g = (steps * programmed.conductanceStep) / 25;
          fixed += (sign * code * g) / 127;
          const q = Math.min(0.0088 / Math.max((conductance / 25) ** 0.65, 1e-3), 0.2);
          for (const part of parts) {
            const on = converters.inputBits === 'serial' ? (Math.abs(code) & part) > 0 : part > 0;
            if (on)
              pulses.push({ cell: 2 * cell + (sign > 0 ? 0 : 1), deviation: (part * g * q * burst) / 127 });
          }
        }
      }
      return { fixed, pulses };
    });
    const results = new Float64Array(n);
    const deviates = new Float64Array(2 * rows);
    for (let i = 0; i < n; i++) {
      let code = 0;
      let round = 0;
      let first = 0;
      for (; ; round++) {
        const { fixed, pulses } = sets[round];
        let noise = 0;
        if (fault === 'same pulses') for (let d = 0; d < deviates.length; d++) deviates[d] = draw();
        for (const { cell, deviation } of pulses) {
          noise += deviation * (fault === 'same pulses' ? deviates[cell] : draw());
        }
        if (round === 0) first = noise;
        if (fault === 'same repeats') noise = first / 2 ** round;
        code = Math.round(((fixed + noise) / programmed.range.outputBound) * adc);
        if (round === halvings || Math.abs(code) < adc) break;
      }
      results[i] = Math.min(adc, Math.max(-adc, code)) * 2 ** round;
    }
    return results;
  }

  const variancesApart = (one: Float64Array, two: Float64Array) =>
    Math.abs(Math.log(variance(one) / variance(two))) / Math.sqrt(4 / n);

  test.each<[string, Partial<Converters>]>([
    ['serial input', { inputBits: 'serial' }],
    ['inputs over their largest', { inputScaling: 'absolute-maximum' }],
  ])('%s has the same mean, deviation and distribution; 5 %% is told apart', (_, converters) => {
    const { state, codes } = simulate(converters, 20);
    const reference = deviceByDevice(state, 17);
    expect(Math.abs(mean(codes) - mean(reference)) / Math.sqrt((2 * variance(reference)) / n)).toBeLessThan(
      5,
    );
    expect(variancesApart(codes, reference)).toBeLessThan(5);
    expect(kolmogorovSmirnov(codes, reference)).toBeLessThan(1.95);
    const wrong = deviceByDevice(state, 18, 'wide');
    expect(variancesApart(codes, wrong)).toBeGreaterThan(5);
    expect(kolmogorovSmirnov(codes, wrong)).toBeGreaterThan(1.95);
    if (converters.inputBits !== 'serial') return;
    expect(variancesApart(codes, deviceByDevice(state, 19, 'same pulses'))).toBeGreaterThan(5);
  });

  test('a repeated read draws anew', () => {
    // The range ends at the mean, so that noise says which half of the reads is repeated.
    const wide = simulate({}, 20);
    const outputBound = (20 * Math.abs(mean(wide.codes))) / 32_767;
    const { state, codes } = simulate({ boundManagement: ITERATIVE }, outputBound);
    const reference = deviceByDevice(state, 20);
    expect(kolmogorovSmirnov(codes, reference)).toBeLessThan(1.95);
    expect(kolmogorovSmirnov(codes, deviceByDevice(state, 21, 'same repeats'))).toBeGreaterThan(1.95);
    expect(kolmogorovSmirnov(codes, deviceByDevice(state, 22, 'wide'))).toBeGreaterThan(1.95);
  });
});

describe('what differs between columns', () => {
  const columns = 130_000;
  const network = networkOf(
    'wide',
    { kind: 'signal', channels: 1, length: 1, auxiliaryFeatures: 0 },
    [{ kind: 'flatten', name: 'flatten' }, randomDense('dense', 1, columns, { stream: 9 })],
    columns,
  );
  const programmedWith = (programmingSeed: number) =>
    programNetwork(
      network,
      withConverters(
        { ...pcm, tile: { rows: 1, columns: 65_536, source: 'test' } },
        { columnSpread: SPREAD },
      ),
      { programmingSeed, ranges: [{ layer: 'dense', inputBound: 1, outputBound: 1 }] },
    );
  const chips = new Map([1, 2].map((programmingSeed) => [programmingSeed, programmedWith(programmingSeed)]));
  const valuesOf = (programmingSeed: number, of: 'gain' | 'offset' | 'curvature') =>
    Float64Array.from(
      chips.get(programmingSeed)!.layers[0].tiles.flatMap(({ converters }) => [...converters![of]]),
    );

  test.each([
    ['gain', 1, 0.05],
    ['offset', 0, 0.02],
    ['curvature', 0.1, 0.05],
  ] as const)('%s of 130,000 columns is spread as the profile says', (of, centre, deviation) => {
    const own = valuesOf(1, of);
    const expected = (wrong: number, seed: number) => {
      const draw = referenceGaussian(seed);
      return Float64Array.from(own, () => {
        const value = centre + wrong * deviation * draw();
        return of === 'curvature' ? Math.max(0, value) : value;
      });
    };
    expect(kolmogorovSmirnov(own, expected(1, 31))).toBeLessThan(1.95);
    expect(kolmogorovSmirnov(own, expected(1.05, 32))).toBeGreaterThan(1.95);
  });

  test('belongs to the chip, and is drawn for each by itself', () => {
    const gain = valuesOf(1, 'gain');
    const offset = valuesOf(1, 'offset');
    const again = programmedWith(1).layers[0].tiles;
    for (const [i, tile] of chips.get(1)!.layers[0].tiles.entries()) {
      expect(again[i].converters).toEqual(tile.converters);
    }
    expect(valuesOf(2, 'gain')).not.toEqual(gain);
    /** In standard errors. */
    const correlation = (one: Float64Array, two: Float64Array): number => {
      const [m1, m2] = [mean(one), mean(two)];
      const covariance = one.reduce((sum, v, i) => sum + (v - m1) * (two[i] - m2), 0) / one.length;
      return Math.abs((covariance * Math.sqrt(one.length)) / Math.sqrt(variance(one) * variance(two)));
    };
    expect(correlation(gain, offset)).toBeLessThan(5);
    // The next column, and the same column of the next tile.
    for (const lag of [1, 65_536]) {
      const least = columns - lag;
      expect(correlation(gain.subarray(0, least), gain.subarray(lag))).toBeLessThan(5);
    }
    const mixed = offset.map((value, i) => value + 0.02 * gain[i]);
    expect(correlation(gain, mixed)).toBeGreaterThan(5);
  });
});

describe('a profile', () => {
  const json = (converters: object) => ({ ...pcm, converters: { ...pcm.converters, ...converters } });

  test('may say each', () => {
    const converters = {
      inputScaling: 'absolute-maximum',
      boundManagement: ITERATIVE,
      inputBits: 'serial',
      columnSpread: SPREAD,
    };
    expect(parseDeviceProfile(json(converters), 'p.json').converters).toMatchObject(converters);
  });

  test.each([
    [{ inputScaling: 'mean' }, 'converters.inputScaling'],
    [
      { boundManagement: { kind: 'iterative', largestFactor: 1 } },
      'converters.boundManagement.largestFactor',
    ],
    [{ inputBits: 'both' }, 'converters.inputBits'],
    [{ columnSpread: { ...SPREAD, gainDeviation: -1 } }, 'converters.columnSpread.gainDeviation'],
    [{ columnSpread: { ...SPREAD, source: undefined } }, 'converters.columnSpread.source'],
  ])('is refused by field: %j', (converters, field) => {
    expect(() => parseDeviceProfile(json(converters), 'p.json')).toThrow(
      expect.objectContaining({
        body: expect.objectContaining({ code: 'profile-invalid', at: `p.json field ${field}` }),
      }),
    );
  });
});
