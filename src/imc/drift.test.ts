import { describe, expect, test } from 'vitest';
import { distance, type Moments, moments, networkAt } from '../../test/device-statistics.ts';
import { shippedProfile } from '../../test/random-network.ts';
import { arrayAt } from './drift.ts';
import type { DeviceProfile } from './profile.ts';
import { programNetwork } from './program.ts';
import { perturbedWeights } from './training-noise.ts';

const DAY = 86_400;
const ROWS = 512;
const COLUMNS = 256;
const profile = shippedProfile('pcm-nandakumar-2019');
const ranges = [{ layer: 'all', inputBound: 1, outputBound: 10 }];

// The published equations, written out here once more from Nandakumar 2019 and Joshi 2020.
const sigmaProgramming = (g: number): number => 0.26348 + 1.965 * g - 1.1731 * g * g;
const clamp = (x: number, low: number, high: number): number => Math.min(high, Math.max(low, x));
const meanExponent = (g: number): number => clamp(-0.0155 * Math.log(Math.max(g, 1e-7)) + 0.0244, 0.049, 0.1);
const sigmaExponent = (g: number): number =>
  clamp(-0.0125 * Math.log(Math.max(g, 1e-7)) - 0.0059, 0.008, 0.045);
const readScale = (conductance: number): number =>
  Math.min(0.0088 / Math.max((conductance / 25) ** 0.65, 1e-3), 0.2);

function programmedMoments(g: number, wrong = 1): Moments {
  return moments(1, (z) => Math.max(0, 25 * g + wrong * sigmaProgramming(g) * z));
}

function exponentMoments(g: number, wrong = 1): Moments {
  return moments(1, (z) => Math.abs(meanExponent(g) + wrong * sigmaExponent(g) * z));
}

function presentMoments(g: number, seconds: number, readNoise: boolean): Moments {
  const t = seconds + 20;
  const spread = readNoise ? Math.sqrt(Math.log((t + 250e-9) / 500e-9)) : 0;
  return moments(readNoise ? 3 : 2, (z1, z2, z3) => {
    const programmed = Math.max(0, 25 * g + sigmaProgramming(g) * z1);
    const exponent = Math.abs(meanExponent(g) + sigmaExponent(g) * z2);
    const drifted = programmed * (t / 20) ** -exponent;
    return Math.max(0, drifted + drifted * readScale(programmed) * spread * z3);
  });
}

/** Values of the devices that were programmed to g: those of G+, or of G- for g = 0. */
function devices(
  tiles: readonly { plus: ArrayLike<number>; minus: ArrayLike<number> }[],
  g: number,
): number[] {
  const values: number[] = [];
  for (const [index, { plus, minus }] of tiles.entries()) {
    const chosen = g === 0 ? minus : plus;
    // The first tile's first row holds the weight 1.
    for (let cell = index === 0 && g > 0 ? COLUMNS : 0; cell < chosen.length; cell++)
      values.push(chosen[cell]);
  }
  return values;
}

const LEVELS = [0, 0.1, 0.5, 1];
const programmedAt = new Map(
  LEVELS.map((g) => [
    g,
    programNetwork(networkAt(g, ROWS, COLUMNS), profile, { programmingSeed: 5, ranges }),
  ]),
);

describe.each(LEVELS)('130,000 devices programmed to %f g_max', (g) => {
  const programmed = programmedAt.get(g)!;
  const [layer] = programmed.layers;

  test('have the published conductance, clamped at 0', () => {
    const values = devices(
      layer.tiles.map((tile) => ({ plus: tile.plusMicroSiemens, minus: tile.minusMicroSiemens })),
      g,
    );
    expect(values.length).toBeGreaterThan(100_000);
    expect(distance(values, programmedMoments(g))).toBeLessThan(5);
    expect(distance(values, programmedMoments(g, 1.05))).toBeGreaterThan(5);
    expect(distance(values, programmedMoments(g, 0.95))).toBeGreaterThan(5);
  });

  test('have the published drift exponents', () => {
    const values = devices(
      layer.tiles.map((tile) => ({ plus: tile.plusDriftExponent, minus: tile.minusDriftExponent })),
      g,
    );
    expect(distance(values, exponentMoments(g))).toBeLessThan(5);
    expect(distance(values, exponentMoments(g, 1.05))).toBeGreaterThan(5);
    expect(distance(values, exponentMoments(g, 0.95))).toBeGreaterThan(5);
  });

  test('have the published conductance a day later, with and without the wander of reads', () => {
    for (const readNoise of [false, true]) {
      const state = arrayAt(programmed, { driftSeconds: DAY, driftCompensation: false, readNoise });
      const values = devices(
        state.layers[0].tiles.map(({ plusSteps, minusSteps }) => ({
          plus: Float64Array.from(plusSteps, (steps) => steps * layer.conductanceStep),
          minus: Float64Array.from(minusSteps, (steps) => steps * layer.conductanceStep),
        })),
        g,
      );
      expect(distance(values, presentMoments(g, DAY, readNoise))).toBeLessThan(5);
      expect(distance(values, presentMoments(g, DAY / 2, readNoise))).toBeGreaterThan(5);
    }
  });
});

test('a device that should hold nothing holds 0.105 uS on average, deviation 0.154', () => {
  const { mean, deviation } = programmedMoments(0);
  expect(mean).toBeCloseTo(0.105, 3);
  expect(deviation).toBeCloseTo(0.154, 3);
});

test('slow read noise has the published relative deviation', () => {
  // At g = 1, where programming noise is small and the ratio to the drifted conductance is the noise alone.
  for (const g of [0.1, 1]) {
    const programmed = programmedAt.get(g)!;
    const { tiles } = programmed.layers[0];
    const quiet = arrayAt(programmed, { driftSeconds: DAY, driftCompensation: false, readNoise: false });
    const noisy = arrayAt(programmed, { driftSeconds: DAY, driftCompensation: false });
    const spread = Math.sqrt(Math.log((DAY + 20 + 250e-9) / 500e-9));
    const standardised: number[] = [];
    for (const [index, tile] of tiles.entries()) {
      for (let cell = index === 0 ? COLUMNS : 0; cell < tile.plusMicroSiemens.length; cell++) {
        const before = quiet.layers[0].tiles[index].plusSteps[cell];
        const after = noisy.layers[0].tiles[index].plusSteps[cell];
        // Registers that hold next to nothing would show their rounding.
        if (before < 500) continue;
        standardised.push((after / before - 1) / (readScale(tile.plusMicroSiemens[cell]) * spread));
      }
    }
    expect(standardised.length).toBeGreaterThan(100_000);
    expect(distance(standardised, { mean: 0, deviation: 1 })).toBeLessThan(5);
    expect(distance(standardised, { mean: 0, deviation: 1.05 })).toBeGreaterThan(5);
    expect(distance(standardised, { mean: 0, deviation: 0.95 })).toBeGreaterThan(5);
  }
});

describe('identity', () => {
  const network = networkAt(0.3, ROWS, COLUMNS);
  const programmed = programNetwork(network, profile, { programmingSeed: 1, ranges });

  test('the same seed programs the same devices, another seed others', () => {
    const again = programNetwork(network, profile, { programmingSeed: 1, ranges });
    const other = programNetwork(network, profile, { programmingSeed: 2, ranges });
    expect(again.layers).toEqual(programmed.layers);
    expect(other.layers[0].tiles[0].plusMicroSiemens).not.toEqual(
      programmed.layers[0].tiles[0].plusMicroSiemens,
    );
  });

  test('no two tiles share deviates', () => {
    const [one, two] = programmed.layers[0].tiles;
    expect(one.minusMicroSiemens).not.toEqual(two.minusMicroSiemens);
  });

  test('an instant gives the same conductances whenever it is asked for', () => {
    const at = (driftSeconds: number) => arrayAt(programmed, { driftSeconds, driftCompensation: true });
    const day = at(DAY);
    at(3600);
    expect(at(DAY).layers).toEqual(day.layers);
  });

  test('looking at the array leaves its devices as they were', () => {
    const before = structuredClone(programmed.layers[0].tiles[0]);
    arrayAt(programmed, { driftSeconds: DAY, driftCompensation: true });
    expect(programmed.layers[0].tiles[0]).toEqual(before);
  });
});

test('compensation undoes the mean drift of a tile', () => {
  const programmed = programmedAt.get(0.5)!;
  const state = arrayAt(programmed, { driftSeconds: DAY, driftCompensation: true });
  const off = arrayAt(programmed, { driftSeconds: DAY, driftCompensation: false });
  for (const [index, { compensation, plusSteps }] of state.layers[0].tiles.entries()) {
    const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b) / values.length;
    const programmedMean = mean(programmed.layers[0].tiles[index].plusMicroSiemens);
    const presentMean = mean(plusSteps) * programmed.layers[0].conductanceStep;
    const [factor] = compensation;
    expect(compensation).toEqual(new Float64Array(COLUMNS).fill(factor));
    expect(factor * presentMean).toBeCloseTo(programmedMean, 0);
    // 66 % of the conductance is left after a day.
    expect(factor).toBeGreaterThan(1.45);
    expect(factor).toBeLessThan(1.57);
    expect(off.layers[0].tiles[index].compensation).toEqual(new Float64Array(COLUMNS).fill(1));
  }
});

test('compensation by columns undoes the mean drift of each, which that of the tile does not', () => {
  // Even columns hold large weights, odd ones small: these drift more.
  const network = networkAt(0.9, ROWS, COLUMNS);
  const [, layer] = network.layers;
  if (layer.kind !== 'dense') throw new Error('the second layer is dense');
  for (let column = 1; column < COLUMNS; column += 2) {
    layer.weights.fill(0.05, column * ROWS + 1, (column + 1) * ROWS);
  }
  const byColumn: DeviceProfile = { ...profile, compensation: 'column' };
  /** Mean |G+ - G-| now, compensated, over that as programmed, of all odd columns of the first tile. */
  const kept = (used: DeviceProfile, parity: number): number => {
    const programmed = programNetwork(network, used, { programmingSeed: 5, ranges });
    const options = { driftSeconds: DAY, driftCompensation: true, readNoise: false };
    const { tile, plusSteps, minusSteps, compensation } = arrayAt(programmed, options).layers[0].tiles[0];
    let now = 0;
    let before = 0;
    for (let cell = 0; cell < plusSteps.length; cell++) {
      const column = cell % COLUMNS;
      if (column % 2 !== parity) continue;
      now += Math.abs(plusSteps[cell] - minusSteps[cell]) * compensation[column];
      before += Math.abs(tile.plusMicroSiemens[cell] - tile.minusMicroSiemens[cell]);
    }
    return (now * programmed.layers[0].conductanceStep) / before;
  };
  expect(kept(byColumn, 0)).toBeCloseTo(1, 3);
  expect(kept(byColumn, 1)).toBeCloseTo(1, 3);
  expect(kept(profile, 1)).toBeLessThan(0.95);
  expect(kept(profile, 0)).toBeGreaterThan(1.001);
});

test('weights for training are distributed as those on the array', () => {
  for (const g of LEVELS) {
    const network = networkAt(g, ROWS, COLUMNS);
    const layer = network.layers[1];
    if (layer.kind !== 'dense') throw new Error('the second layer is dense');
    const onArray: number[] = [];
    const forTraining: number[] = [];
    const programmed = programmedAt.get(g)!;
    const state = arrayAt(programmed, { driftSeconds: DAY, driftCompensation: true });
    const step = programmed.layers[0].conductanceStep / profile.gMaxMicroSiemens;
    for (const [index, tile] of state.layers[0].tiles.entries()) {
      for (let cell = index === 0 ? COLUMNS : 0; cell < tile.plusSteps.length; cell++) {
        onArray.push(
          (tile.plusSteps[cell] - tile.minusSteps[cell]) * step * tile.compensation[cell % COLUMNS],
        );
      }
    }
    const perturbed = perturbedWeights(layer.weights, COLUMNS, ROWS, profile, {
      driftSeconds: DAY,
      samples: 1,
      stream: { seed: 9, layer: 0, step: 0 },
    });
    for (let at = 0; at < perturbed.length; at++) if (at % ROWS !== 0) forTraining.push(perturbed[at]);
    const mean = onArray.reduce((sum, value) => sum + value, 0) / onArray.length;
    const variance = onArray.reduce((sum, value) => sum + (value - mean) ** 2, 0) / onArray.length;
    // Both sides are samples: sqrt 2 more error than against exact moments.
    const deviation = Math.sqrt(variance);
    expect(distance(forTraining, { mean, deviation })).toBeLessThan(5 * Math.SQRT2);
    expect(distance(forTraining, { mean, deviation: deviation * 1.05 })).toBeGreaterThan(5 * Math.SQRT2);
    expect(distance(forTraining, { mean, deviation: deviation * 0.95 })).toBeGreaterThan(5 * Math.SQRT2);
  }
});
