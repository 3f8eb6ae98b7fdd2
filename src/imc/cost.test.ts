import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  networkOf,
  randomConv1d,
  randomDense,
  residualNetwork,
  shippedProfile,
} from '../../test/random-network.ts';
import { errorBodyOf } from '../contract/errors.ts';
import { COST_SOURCES, costOf, nodeScale } from './cost.ts';
import { parseChipCost, parseDigitalCost } from './cost-files.ts';
import type { Network } from './network.ts';
import type { DeviceProfile } from './profile.ts';
import { type ProgrammedNetwork, programNetwork } from './program.ts';

function json(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../models/costs/${name}.json`, import.meta.url), 'utf8'));
}

const hermes = parseChipCost(json('hermes-2023'), 'hermes-2023');
const neurram = parseChipCost(json('neurram-2022'), 'neurram-2022');
const digital = parseDigitalCost(json('digital-45nm'), 'digital-45nm');
const pcm = shippedProfile('pcm-nandakumar-2019');

/** Rows 18 and 300, so that the dense layer is split over two cores; a pooling in between. */
const network = networkOf(
  'two layers',
  { kind: 'signal', channels: 2, length: 120, auxiliaryFeatures: 0 },
  [
    randomConv1d('conv', 2, 10, 9, { stride: 2, padding: 4, stream: 1 }),
    { kind: 'pool1d', name: 'pool', operation: 'max', size: 2, stride: 2 },
    { kind: 'flatten', name: 'flatten' },
    randomDense('dense', 300, 3, { stream: 2 }),
  ],
  3,
);

function programmed(profile: DeviceProfile = pcm, of: Network = network): ProgrammedNetwork {
  const ranges = of.layers.map(({ name }) => ({ layer: name, inputBound: 1, outputBound: 1 }));
  return programNetwork(of, profile, { programmingSeed: 1, ranges });
}

const read = 131_072 / 9.76;
const readNanoseconds = (64 * 131_072) / 63.1e3;

describe('cost on the array', () => {
  const report = costOf(programmed(), hermes, digital, 32);
  const scale = nodeScale(digital, hermes.node);

  test('is reads of whole cores, layer by layer', () => {
    const [conv, dense] = report.layers;
    expect(conv).toMatchObject({ layer: 'conv', rows: 18, columns: 10, positions: 60, cores: 1 });
    expect(conv.macs).toBe(18 * 10 * 60);
    expect(conv.utilisation).toBe(180 / 65_536);
    expect(conv.energyPicojoules.core).toBeCloseTo(60 * read, 6);
    expect(conv.latencyNanoseconds).toBeCloseTo(60 * readNanoseconds, 6);
    expect(dense).toMatchObject({ rows: 300, columns: 3, positions: 1, cores: 2 });
    expect(dense.energyPicojoules.core).toBeCloseTo(2 * read, 6);
    // Its two cores are read side by side.
    expect(dense.latencyNanoseconds).toBeCloseTo(readNanoseconds, 9);
    expect(report.utilisation).toBeCloseTo((180 + 900) / (3 * 65_536), 12);
  });

  test('has sums, pooling and activations at the node of the chip', () => {
    const [conv, dense] = report.layers;
    // 600 biases; 300 pooled values of one comparison each.
    expect(conv.energyPicojoules.digital).toBeCloseTo(scale * (600 * 0.1 + 300 * 0.03), 9);
    // 18 in and 10 out at 60 positions; pooling reads 600 and writes 300.
    expect(conv.energyPicojoules.dataMovement).toBeCloseTo(scale * 1.25 * (60 * 28 + 900), 9);
    // 3 outputs: a bias and one sum over two cores.
    expect(dense.energyPicojoules.digital).toBeCloseTo(scale * 6 * 0.1, 9);
    expect(dense.energyPicojoules.dataMovement).toBeCloseTo(scale * 1.25 * 303, 9);
  });

  test('takes tiers of one core one after the other, at the same energy', () => {
    const tiered = costOf(programmed({ ...pcm, tile: { ...pcm.tile, tiers: 2 } }), hermes, digital, 1);
    // Three cores of one tier each in two cores of two: no layer has two in one.
    expect(tiered.cores).toBe(2);
    expect(tiered.layers.map(({ turns }) => turns)).toEqual([1, 1]);
    expect(tiered.utilisation).toBeCloseTo((180 + 900) / (4 * 65_536), 12);
    const stacked = costOf(programmed({ ...pcm, tile: { ...pcm.tile, tiers: 3 } }), hermes, digital, 1);
    expect(stacked.cores).toBe(1);
    expect(stacked.layers.map(({ turns }) => turns)).toEqual([1, 2]);
    expect(stacked.layers[1].latencyNanoseconds).toBeCloseTo(2 * readNanoseconds, 9);
    expect(stacked.oneSample.energyPicojoules).toEqual(report.oneSample.energyPicojoules);
    expect(stacked.layers[1].devicesAtMostPicojoules).toBe(report.layers[1].devicesAtMostPicojoules);
    expect(stacked.remarks.join()).toContain('3 tiers');
  });

  test('of images counts groups, pooling in two dimensions and residual sums', () => {
    const images = residualNetwork();
    const { layers } = costOf(programmed(pcm, images), hermes, digital, 1);
    const of = (name: string) => layers.find(({ layer }) => layer === name)!;
    expect(layers.map(({ positions }) => positions)).toEqual([84, 18, 18, 18, 1, 1, 1]);
    // 84 x 8 biases; 144 maxima of 6 values.
    expect(of('stem').energyPicojoules.digital).toBeCloseTo(scale * (672 * 0.1 + 144 * 5 * 0.03), 9);
    // Each of four groups is a matrix of 18 rows and 3 columns in a core of its own.
    expect(of('one')).toMatchObject({ rows: 18, columns: 12, cores: 4, macs: 3888 });
    expect(of('one').energyPicojoules.dataMovement).toBeCloseTo(scale * 1.25 * 18 * (4 * 18 + 12), 9);
    // The sum of 216 values reads two and writes one; the average of 18 values of 12 channels.
    expect(of('shortcut').energyPicojoules.digital).toBeCloseTo(
      scale * (216 * 0.1 + (216 + 12 * 17) * 0.03),
      9,
    );
    expect(of('shortcut').energyPicojoules.dataMovement).toBeCloseTo(
      scale * 1.25 * (18 * (8 + 12) + 3 * 216 + 12 * 19),
      9,
    );
  });

  test('counts pooling of the input with the first layer, and each pooling once', () => {
    const pool = { kind: 'pool1d', name: 'first', operation: 'average', size: 2, stride: 2 } as const;
    const pooledFirst = {
      ...network,
      input: { ...network.input, length: 240 } as Network['input'],
      layers: [pool, ...network.layers],
    };
    const [conv, dense] = costOf(programmed(pcm, pooledFirst), hermes, digital, 1).layers;
    const [before, denseBefore] = report.layers;
    expect(conv.energyPicojoules.digital - before.energyPicojoules.digital).toBeCloseTo(
      scale * 240 * 0.03,
      9,
    );
    expect(dense.energyPicojoules).toEqual(denseBefore.energyPicojoules);
  });

  test('adds up, and all samples cost as many times one', () => {
    for (const total of [report.oneSample, ...report.layers]) {
      const parts = COST_SOURCES.reduce((sum, source) => sum + total.energyPicojoules[source], 0);
      expect(total.totalPicojoules).toBeCloseTo(parts, 6);
    }
    const layers = report.layers.reduce((sum, layer) => sum + layer.totalPicojoules, 0);
    expect(report.oneSample.totalPicojoules).toBeCloseTo(layers, 6);
    expect(report.allSamples.totalPicojoules).toBeCloseTo(32 * layers, 4);
    expect(report.allSamples.latencyNanoseconds).toBeCloseTo(32 * 61 * readNanoseconds, 4);
  });

  test('bounds what the devices dissipate by their conductances', () => {
    const [{ plusMicroSiemens, minusMicroSiemens }] = programmed().layers[0].tiles;
    let siemens = 0;
    for (const g of [...plusMicroSiemens, ...minusMicroSiemens]) siemens += g * 1e-6;
    const joules = siemens * 0.4005 ** 2 * 60 * readNanoseconds * 1e-9;
    expect(report.layers[0].devicesAtMostPicojoules).toBeCloseTo(joules * 1e12, 6);
    expect(report.layers[0].devicesAtMostPicojoules).toBeLessThan(report.layers[0].energyPicojoules.core);
  });

  test('of a chip that gives its parts is divided; nothing is in the undivided total', () => {
    const divided = costOf(programmed(), neurram, digital, 1).oneSample.energyPicojoules;
    expect(divided.core).toBe(0);
    expect(costOf(programmed(), neurram, digital, 1).layers[0].devicesAtMostPicojoules).toBeNull();
    for (const part of ['array', 'dac', 'adc'] as const) expect(divided[part]).toBeGreaterThan(0);
    expect(report.oneSample.energyPicojoules).toMatchObject({ array: 0, dac: 0, adc: 0 });
  });
});

describe('programming', () => {
  test('is not made up where no source gives it', () => {
    const { programming } = costOf(programmed(), hermes, digital, 1);
    expect(programming).toMatchObject({ devices: 2 * 1080, pulses: null, picojoules: null });
    expect(programming.remark).toContain('No source');
  });

  test('takes the pulses that simulated write-verify counts', () => {
    const verified = programmed({
      ...pcm,
      programming: {
        kind: 'write-verify',
        startMicroSiemens: 0,
        gain: 1,
        pulseDeviationMicroSiemens: 0,
        readDeviationMicroSiemens: 0,
        acceptanceMicroSiemens: 0.01,
        mostPulses: 5,
        source: 'test',
      },
    });
    const counted = verified.layers
      .flatMap(({ tiles }) => tiles)
      .reduce((sum, t) => sum + t.writing!.pulses, 0);
    // Exact pulses: one a device.
    expect(counted).toBe(2160);
    const { pulses, picojoules, remark } = costOf(verified, neurram, digital, 1).programming;
    expect(pulses).toBe(counted);
    expect(picojoules).toBeCloseTo(counted * (2.25 * 25e-6 * 1e-6 * 1e12), 3);
    expect(remark).toContain('simulated write-verify');
    expect(costOf(verified, hermes, digital, 1).programming).toMatchObject({
      pulses: counted,
      picojoules: null,
    });
  });

  test('counts one device a cell where a cell has one', () => {
    const { programming } = costOf(
      programmed(shippedProfile('rram-cmo-hfox-2025-2-percent')),
      hermes,
      digital,
      1,
    );
    expect(programming.devices).toBe(1080);
  });

  test('is pulses times V^2 G t, and no part of an inference', () => {
    const rram = { ...pcm, gMaxMicroSiemens: 40 };
    const report = costOf(programmed(rram), neurram, digital, 1);
    expect(report.programming.picojoules).toBeCloseTo(2160 * 8.52 * (2.25 * 40e-6 * 1e-6 * 1e12), 3);
    expect(report.programming.remark).toContain('unverified');
    expect(report.oneSample.totalPicojoules).toBeCloseTo(
      costOf(programmed(), neurram, digital, 1).oneSample.totalPicojoules,
      6,
    );
  });
});

describe('digital baseline', () => {
  const { digital: baselines } = costOf(programmed(), hermes, digital, 1);
  const baseline = (arithmetic: string, weightsFrom: string, scaled: boolean) =>
    baselines.find(
      (b) => b.arithmetic === arithmetic && b.weightsFrom === weightsFrom && b.scaled === scaled,
    )!;
  const macs = 18 * 10 * 60 + 900;

  test('is arithmetic, weights and activations at 45 nm', () => {
    const { energyPicojoules, nodeNanometres, latencyNanoseconds } = baseline('int8', 'SRAM', false);
    expect(nodeNanometres).toBe(45);
    expect(energyPicojoules.arithmetic).toBeCloseTo(macs * 0.3 + 603 * 0.1 + 300 * 0.03, 6);
    expect(energyPicojoules.weights).toBeCloseTo((1080 + 4 * 13) * 1.25, 6);
    // In: 240 and 300; out: 600 and 3; pooling: 600 in and 300 out.
    expect(energyPicojoules.activations).toBeCloseTo((240 + 300 + 603 + 900) * 1.25, 6);
    expect(latencyNanoseconds).toBeCloseTo(macs, 6);
  });

  test('pays for DRAM as for 128 times as many bytes of SRAM, and four bytes a weight in fp32', () => {
    const sram = baseline('int8', 'SRAM', false).energyPicojoules;
    const dram = baseline('int8', 'DRAM', false).energyPicojoules;
    expect(dram.weights / sram.weights).toBeCloseTo(128, 9);
    expect(dram.arithmetic).toBe(sram.arithmetic);
    expect(baseline('fp32', 'SRAM', false).energyPicojoules.weights).toBeCloseTo((1080 + 13) * 4 * 1.25, 6);
  });

  test('scales logic and SRAM with the node, and leaves DRAM', () => {
    // 0.2363 x 0.64 - 0.09675 x 0.8 + 0.02239 over 1.103 x 0.81 - 0.362 x 0.9 + 0.2767.
    expect(nodeScale(digital, hermes.node)).toBeCloseTo(0.096222 / 0.84433, 6);
    const here = baseline('int8', 'DRAM', false).energyPicojoules;
    const there = baseline('int8', 'DRAM', true);
    expect(there.nodeNanometres).toBe(14);
    expect(there.energyPicojoules.weights).toBe(here.weights);
    expect(there.energyPicojoules.arithmetic / here.arithmetic).toBeCloseTo(0.11396, 4);
    expect(nodeScale(digital, digital.node)).toBe(1);
  });

  test('refuses a node that the rule does not have', () => {
    let error: unknown;
    try {
      nodeScale(digital, { nanometres: 28, supplyVolts: 0.9 });
    } catch (thrown) {
      error = thrown;
    }
    expect(errorBodyOf(error).code).toBe('not-found');
  });
});

test('a profile of other devices, or of other tiles, is told', () => {
  expect(costOf(programmed(), hermes, digital, 1).remarks.join(' ')).not.toContain('does not describe');
  const other = { ...shippedProfile('ideal'), tile: { rows: 64, columns: 64, source: 'test' } };
  const remarks = costOf(programmed(other), hermes, digital, 1).remarks.join(' ');
  expect(remarks).toContain('ideal does not describe');
  expect(remarks).toContain('tiles of the profile 64 x 64');
});

test('every constant has a source and says how firmly it stands', () => {
  for (const chip of [hermes, neurram]) {
    const { constants } = costOf(programmed(), chip, digital, 1);
    for (const constant of constants) expect(constant.source.length, constant.what).toBeGreaterThan(10);
    expect(
      constants.some((constant) => constant.standing === 'unverified'),
      chip.name,
    ).toBe(true);
  }
});

describe('reads that bound management repeats', () => {
  const iterative: DeviceProfile = {
    ...pcm,
    converters: { ...pcm.converters, boundManagement: { kind: 'iterative', largestFactor: 8 } },
  };

  test('cost as often as they were counted', () => {
    const once = costOf(programmed(), hermes, digital, 2);
    const counts = [
      { layer: 'conv', vectors: 240, reads: 300 },
      { layer: 'dense', vectors: 8, reads: 8 },
    ];
    const counted = costOf(programmed(iterative), hermes, digital, 2, counts);
    const [conv, dense] = counted.layers;
    expect(conv.readsPerVector).toBe(1.25);
    expect(conv.energyPicojoules.core).toBeCloseTo(1.25 * 60 * read, 6);
    expect(conv.latencyNanoseconds).toBeCloseTo(1.25 * 60 * readNanoseconds, 6);
    expect(conv.energyPicojoules.digital).toBe(once.layers[0].energyPicojoules.digital);
    expect(dense).toEqual(once.layers[1]);
    expect(counted.remarks).toEqual(once.remarks);
  });

  test('are said to be missing where nobody counted', () => {
    expect(costOf(programmed(iterative), hermes, digital, 2).remarks.join()).toContain('not counted');
  });

  test('and inputs that the chip drives otherwise are said', () => {
    const serial: DeviceProfile = { ...pcm, converters: { ...pcm.converters, inputBits: 'serial' } };
    expect(costOf(programmed(serial), hermes, digital, 2).remarks.join()).toContain('Inputs of the profile');
    expect(costOf(programmed(serial), neurram, digital, 2).remarks.join()).not.toContain('Inputs of the');
  });
});
