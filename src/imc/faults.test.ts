import { describe, expect, test } from 'vitest';
import { distance, moments, networkAt } from '../../test/device-statistics.ts';
import { shippedProfile } from '../../test/random-network.ts';
import { arrayAt } from './drift.ts';
import { drawFaults } from './faults.ts';
import { type DeviceProfile, type FaultModel, parseDeviceProfile } from './profile.ts';
import { programNetwork } from './program.ts';
import { writeVerify } from './write-verify.ts';

const DAY = 86_400;
const ranges = [{ layer: 'all', inputBound: 1, outputBound: 10 }];
const none: FaultModel = {
  stuckAtMinimum: 0,
  stuckAtMaximum: 0,
  openRow: 0,
  openColumn: 0,
  spareColumns: 0,
  source: 'test',
};
const pcm = shippedProfile('pcm-nandakumar-2019');

/** Standard errors between a count and what a rate gives. */
function rateError(count: number, of: number, rate: number): number {
  return Math.abs(count - of * rate) / Math.sqrt(of * rate * (1 - rate));
}

function expectRate(count: number, of: number, rate: number): void {
  expect(of).toBeGreaterThan(100_000);
  expect(rateError(count, of, rate)).toBeLessThan(4);
  expect(rateError(count, of, 1.05 * rate)).toBeGreaterThan(4);
  expect(rateError(count, of, 0.95 * rate)).toBeGreaterThan(4);
}

describe('stuck devices', () => {
  const faults = { ...none, stuckAtMinimum: 0.1, stuckAtMaximum: 0.2 };
  const programmed = programNetwork(networkAt(0.5, 512, 256), pcm, { programmingSeed: 3, ranges, faults });
  const { tiles, conductanceStep } = programmed.layers[0];

  test('come at their rates, and hold g_min or g_max now and a day later', () => {
    const state = arrayAt(programmed, { driftSeconds: DAY, driftCompensation: false, readNoise: false });
    let [minimum, maximum, devices, stuck] = [0, 0, 0, 0];
    for (const [index, tile] of tiles.entries()) {
      stuck += tile.faults!.stuckDevices;
      for (let cell = 0; cell < tile.plusMicroSiemens.length; cell++) {
        devices++;
        const now = state.layers[0].tiles[index].plusSteps[cell] * conductanceStep;
        if (tile.faults!.plus[cell] === 1) {
          minimum++;
          expect(tile.plusMicroSiemens[cell]).toBe(0);
          expect(now).toBe(0);
        } else if (tile.faults!.plus[cell] === 2) {
          maximum++;
          expect(tile.plusMicroSiemens[cell]).toBe(25);
          expect(now).toBeCloseTo(25, 2);
        }
      }
    }
    expectRate(minimum, devices, 0.1);
    expectRate(maximum, devices, 0.2);
    expectRate(stuck, 2 * devices, 0.3);
  });

  test('are the same for the same seed, and leave the other devices as they would be', () => {
    const again = programNetwork(networkAt(0.5, 512, 256), pcm, { programmingSeed: 3, ranges, faults });
    expect(again.layers[0].tiles).toEqual(tiles);
    const other = programNetwork(networkAt(0.5, 512, 256), pcm, { programmingSeed: 4, ranges, faults });
    expect(other.layers[0].tiles[0].faults!.plus).not.toEqual(tiles[0].faults!.plus);
    const whole = programNetwork(networkAt(0.5, 512, 256), pcm, { programmingSeed: 3, ranges });
    expect(whole.layers[0].tiles[0].faults).toBeNull();
    for (const [cell, fault] of tiles[0].faults!.plus.entries()) {
      if (fault !== 0) continue;
      expect(tiles[0].plusMicroSiemens[cell]).toBe(whole.layers[0].tiles[0].plusMicroSiemens[cell]);
    }
  });
});

describe('open lines', () => {
  const count = (rows: number, columns: number, profile: DeviceProfile, model: FaultModel): number => {
    const targets = new Float64Array(rows * columns).fill(0.5);
    let lines = 0;
    for (let seed = 0; seed < 400; seed++) {
      const faults = drawFaults(
        { index: 0, rows, columns },
        { weights: targets, commonModes: null },
        0,
        profile,
        model,
        seed,
      );
      lines += faults.openLines;
      const open = faults.plus.filter((fault) => fault === 3).length;
      if (profile.mapping.kind === 'single-device') expect(faults.minus.every((f) => f === 0)).toBe(true);
      else if (model.openRow > 0) expect(faults.plus).toEqual(faults.minus);
      if (model.openRow > 0) expect(open).toBe(faults.openLines);
    }
    return lines;
  };

  test('come at their rates', () => {
    expectRate(count(256, 1, pcm, { ...none, openRow: 0.3 }), 400 * 256, 0.3);
    expectRate(count(1, 256, pcm, { ...none, openColumn: 0.3 }), 400 * 512, 0.3);
    const single = shippedProfile('rram-cmo-hfox-2025-2-percent');
    expectRate(count(1, 256, single, { ...none, openColumn: 0.3 }), 400 * 256, 0.3);
  });

  test('let no current through, at any time', () => {
    const faults = { ...none, openRow: 0.2 };
    const programmed = programNetwork(networkAt(0.5, 64, 64), pcm, { programmingSeed: 3, ranges, faults });
    const [tile] = programmed.layers[0].tiles;
    expect(tile.faults!.openLines).toBeGreaterThan(0);
    const state = arrayAt(programmed, { driftSeconds: DAY, driftCompensation: true });
    for (const [cell, fault] of tile.faults!.plus.entries()) {
      if (fault !== 3) continue;
      expect(state.layers[0].tiles[0].plusSteps[cell]).toBe(0);
      expect(state.layers[0].tiles[0].minusSteps[cell]).toBe(0);
    }
  });
});

describe('spare columns', () => {
  const faultsOf = (model: FaultModel, seed: number) => {
    const programmed = programNetwork(networkAt(0.5, 128, 128), pcm, {
      programmingSeed: seed,
      ranges,
      faults: model,
    });
    return programmed.layers[0].tiles[0].faults!;
  };

  test('take the weights of every broken column where there are enough', () => {
    const faults = faultsOf({ ...none, openColumn: 0.02, spareColumns: 32 }, 1);
    expect(faults.columnsMoved).toBeGreaterThan(0);
    expect(faults.weightErrorBefore).toBeGreaterThan(0);
    expect(faults.weightErrorAfter).toBe(0);
    expect(faults.plus.every((fault) => fault === 0)).toBe(true);
  });

  test('free the array of open columns, and never make it worse', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const model = { ...none, stuckAtMinimum: 0.01, stuckAtMaximum: 0.01, openColumn: 0.02 };
      const without = faultsOf(model, seed);
      expect(without.columnsMoved).toBe(0);
      expect(without.weightErrorAfter).toBe(without.weightErrorBefore);
      const few = faultsOf({ ...model, spareColumns: 2 }, seed);
      expect(few.columnsMoved).toBeLessThanOrEqual(2);
      expect(few.weightErrorAfter).toBeLessThanOrEqual(few.weightErrorBefore);
      const many = faultsOf({ ...model, spareColumns: 32 }, seed);
      expect(many.weightErrorBefore).toBeGreaterThan(0.1);
      // All weights are positive, so that an open line of the other devices takes nothing away.
      expect(many.plus.some((fault) => fault === 3)).toBe(false);
    }
  });

  test('leave the error that they say', () => {
    const exact = shippedProfile('ideal');
    const model = { ...none, stuckAtMinimum: 0.02, stuckAtMaximum: 0.03, openColumn: 0.05, spareColumns: 8 };
    const programmed = programNetwork(networkAt(0.5, 128, 128), exact, {
      programmingSeed: 9,
      ranges,
      faults: model,
    });
    const [tile] = programmed.layers[0].tiles;
    let squares = 0;
    for (let cell = 0; cell < 128 * 128; cell++) {
      const weight = (tile.plusMicroSiemens[cell] - tile.minusMicroSiemens[cell]) / 25;
      squares += (weight - (cell < 128 ? 1 : 0.5)) ** 2;
    }
    expect(Math.sqrt(squares / (128 * 128))).toBeCloseTo(tile.faults!.weightErrorAfter, 10);
  });
});

describe('write-verify', () => {
  const model = {
    kind: 'write-verify',
    startMicroSiemens: 0,
    gain: 1,
    pulseDeviationMicroSiemens: 1,
    readDeviationMicroSiemens: 0,
    acceptanceMicroSiemens: 1,
    mostPulses: 100,
    source: 'test',
  } as const;
  const place = { layer: 0, tile: 0 };
  const targets = Array.from({ length: 131_072 }, () => 12);
  // P(|z| < 1).
  const accepted = 0.682689;

  test('with exact reads takes a geometric number of pulses to a Gaussian cut off at the acceptance', () => {
    const { conductances, pulses, rejected } = writeVerify(targets, model, 1, place);
    expect(rejected).toBe(0);
    const geometric = (p: number) => ({ mean: 1 / p, deviation: Math.sqrt(1 - p) / p });
    expect(distance(Array.from(pulses), geometric(accepted))).toBeLessThan(5);
    // P(|z| < 1 / 1.05) and P(|z| < 1 / 0.95): pulses that miss by 5 % more or less.
    expect(distance(Array.from(pulses), geometric(0.659115))).toBeGreaterThan(5);
    expect(distance(Array.from(pulses), geometric(0.707524))).toBeGreaterThan(5);
    const errors = Array.from(conductances, (conductance) => conductance - 12);
    expect(Math.max(...errors.slice(0, 60_000).map(Math.abs))).toBeLessThanOrEqual(1);
    const whole = moments(1, (z) => (Math.abs(z) <= 1 ? z : 0));
    const cut = { mean: 0, deviation: whole.deviation / Math.sqrt(accepted) };
    expect(distance(errors, cut)).toBeLessThan(5);
    expect(distance(errors, { mean: 0, deviation: 1.05 * cut.deviation })).toBeGreaterThan(5);
    expect(distance(errors, { mean: 0, deviation: 0.95 * cut.deviation })).toBeGreaterThan(5);
  });

  test('with noisy reads and partial pulses does as the obvious loop with numbers of its own', () => {
    const noisy = { ...model, gain: 0.6, readDeviationMicroSiemens: 0.5, acceptanceMicroSiemens: 0.8 };
    let word = 1;
    const uniform = (): number => {
      word = (word + 0x6d2b79f5) | 0;
      let mixed = Math.imul(word ^ (word >>> 15), 1 | word);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    };
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
    const obvious = (pulseDeviation: number) => {
      const ends: { conductance: number; pulses: number }[] = [];
      for (let device = 0; device < targets.length; device++) {
        let conductance = 0;
        let read = 0;
        let pulses = 0;
        while (pulses === 0 || Math.abs(read - 12) > 0.8) {
          conductance = Math.max(0, conductance + 0.6 * (12 - read) + pulseDeviation * normal());
          read = conductance + 0.5 * normal();
          pulses++;
        }
        ends.push({ conductance, pulses });
      }
      const of = (values: number[]) => {
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
        return { mean, deviation: Math.sqrt(variance) };
      };
      return {
        conductance: of(ends.map((end) => end.conductance)),
        pulses: of(ends.map((end) => end.pulses)),
      };
    };
    const { conductances, pulses } = writeVerify(targets, noisy, 1, place);
    const apart = (reference: ReturnType<typeof obvious>): number =>
      Math.max(
        distance(Array.from(conductances), reference.conductance),
        distance(Array.from(pulses), reference.pulses),
      );
    // Both sides are samples: sqrt 2 more error than against exact moments.
    expect(apart(obvious(1))).toBeLessThan(5 * Math.SQRT2);
    expect(apart(obvious(1.05))).toBeGreaterThan(5 * Math.SQRT2);
    expect(apart(obvious(0.95))).toBeGreaterThan(5 * Math.SQRT2);
  });

  test('as a profile: pulses are counted, devices that never verify and stuck ones are told', () => {
    const profile = parseDeviceProfile({ ...pcm, programming: model }, 'test');
    const program = (options: Partial<typeof model>, faults = none) =>
      programNetwork(
        networkAt(0.5, 64, 64),
        parseDeviceProfile({ ...profile, programming: { ...model, ...options } }, 'test'),
        { programmingSeed: 3, ranges, faults },
      ).layers[0].tiles[0];
    const tile = program({});
    expect(tile.writing!.rejected).toBe(0);
    expect(tile.writing!.pulses / (2 * 64 * 64)).toBeGreaterThan(1.2);
    for (const conductance of tile.plusMicroSiemens.slice(64)) {
      expect(Math.abs(conductance - 12.5)).toBeLessThan(1.00001);
    }
    const once = program({ mostPulses: 1 } as unknown as Partial<typeof model>);
    expect(once.writing!.pulses).toBe(2 * 64 * 64);
    expect(once.writing!.rejected).toBeGreaterThan(1000);
    const stuck = program({}, { ...none, stuckAtMaximum: 1 });
    expect(stuck.writing!.pulses).toBe(0);
    expect(stuck.plusMicroSiemens.every((conductance) => conductance === 25)).toBe(true);
  });
});
