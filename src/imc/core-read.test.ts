import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { errorBodyOf } from '../contract/errors.ts';
import { checksOf, coreRead } from './core-read.ts';
import { parseChipCost } from './cost-files.ts';

function chip(name: string) {
  const file = new URL(`../../models/costs/${name}.json`, import.meta.url);
  return parseChipCost(JSON.parse(readFileSync(file, 'utf8')), name);
}

const hermes = chip('hermes-2023');
const neurram = chip('neurram-2022');

describe('a read of a core', () => {
  test('of HERMES costs what its one-phase throughput and efficiency say', () => {
    // 2 x 256 x 256 operations at 9.76 TOPS/W; 64 cores at 63.1 TOPS.
    const { energyPicojoules, latencyNanoseconds } = coreRead(hermes, { inputBits: 8, outputBits: 8 });
    expect(energyPicojoules).toEqual({ core: 131_072 / 9.76, array: 0, dac: 0, adc: 0 });
    expect(energyPicojoules.core).toBeCloseTo(13_430, -1);
    expect(latencyNanoseconds).toBeCloseTo(132.9, 1);
  });

  test('of NeuRRAM goes through the rows that its energy was fitted to, part by part', () => {
    if (neurram.read.kind !== 'bit-serial') throw new Error('NeuRRAM is bit-serial');
    const row = neurram.read.rows.find(({ inputBits }) => inputBits === 8)!;
    const { array, dac, adc } = coreRead(neurram, row).energyPicojoules;
    expect(array).toBeCloseTo(row.arrayFemtojoules * 65.536, 6);
    expect(dac).toBeCloseTo(row.dacFemtojoules * 65.536, 6);
    expect(adc).toBeCloseTo(row.adcFemtojoules * 65.536, 6);
  });

  test('grows with the bits', () => {
    const narrow = coreRead(neurram, { inputBits: 4, outputBits: 6 });
    const wide = coreRead(neurram, { inputBits: 5, outputBits: 6 });
    for (const part of ['array', 'dac', 'adc'] as const) {
      expect(wide.energyPicojoules[part]).toBeGreaterThan(narrow.energyPicojoules[part]);
    }
    expect(wide.latencyNanoseconds).toBeGreaterThan(narrow.latencyNanoseconds);
  });

  test.each([
    [hermes, { inputBits: 8, outputBits: 9 }],
    [neurram, { inputBits: 9, outputBits: 8 }],
  ])('is refused beyond the chip’s converters: %#', (which, bits) => {
    let error: unknown;
    try {
      coreRead(which, bits);
    } catch (thrown) {
      error = thrown;
    }
    expect(errorBodyOf(error)).toMatchObject({ code: 'value-out-of-range', at: which.name });
  });
});

describe('published rows', () => {
  test('that nothing was fitted to are predicted within 15 %', () => {
    const predictions = [...checksOf(hermes), ...checksOf(neurram)].filter(
      ({ kind }) => kind === 'prediction',
    );
    // HERMES in four phases; six energies and five times of NeuRRAM.
    expect(predictions).toHaveLength(2 + 6 + 5);
    for (const { what, relativeError } of predictions) {
      expect(Math.abs(relativeError), what).toBeLessThan(0.15);
    }
  });

  test('that are inputs of the model are called consistency checks', () => {
    const inputs = checksOf(hermes).filter(({ what }) => what.includes('one phase'));
    expect(inputs.map(({ kind }) => kind)).toEqual(['consistency check', 'consistency check']);
    for (const { relativeError } of inputs) expect(relativeError).toBeCloseTo(0, 12);
    const fitted = checksOf(neurram).filter(({ kind }) => kind === 'consistency check');
    expect(fitted.map(({ what }) => what)).toEqual([
      'time of a read, 1 bit in, 3 bit out',
      'energy of a read, 2 bit in, 4 bit out',
      'time of a read, 2 bit in, 4 bit out',
      'time of a read, 3 bit in, 5 bit out',
      'energy of a read, 8 bit in, 10 bit out',
    ]);
  });
});

test('a cost file that breaks its schema names the field', () => {
  const broken = { ...hermes, core: { ...hermes.core, rows: -1 } };
  let error: unknown;
  try {
    parseChipCost(broken, 'broken.json');
  } catch (thrown) {
    error = thrown;
  }
  expect(errorBodyOf(error)).toMatchObject({
    code: 'profile-invalid',
    at: 'broken.json field core.rows',
  });
});
