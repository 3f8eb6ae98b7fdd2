import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { arrayAt } from '../imc/drift.ts';
import type { DenseLayer, Network } from '../imc/network.ts';
import { type DeviceProfile, parseDeviceProfile } from '../imc/profile.ts';
import { programNetwork } from '../imc/program.ts';
import { readDeviation } from '../imc/read-deviation.ts';
import { runSamples } from '../imc/run.ts';
import { perturbedWeights } from '../imc/training-noise.ts';
import { commonModeFor, deviationRange, gaussianKl, pairDeviation } from './variational.ts';

const path = resolve(import.meta.dirname, '../../models/devices/pcm-nandakumar-2019.json');
const shipped = parseDeviceProfile(JSON.parse(readFileSync(path, 'utf8')), 'pcm');
/** A finer ADC: steps of 8 bits are as large as the deviations that are measured. */
const PROFILE: DeviceProfile = { ...shipped, converters: { ...shipped.converters, adcBits: 16 } };
const SAMPLES = 400;

/** Weight and common mode of each row; a last row holds 1, which the columns are scaled by. */
const TARGETS = [
  { weight: 0, commonMode: 0 },
  { weight: 0, commonMode: 0.05 },
  { weight: 0, commonMode: 0.9 },
  { weight: 0.3, commonMode: 0 },
  { weight: 0.3, commonMode: 0.5 },
  { weight: -0.6, commonMode: 0.2 },
  { weight: 1, commonMode: 0 },
];
const ROWS = TARGETS.length;
const COLUMNS = 250;

function network(): Network {
  const fill = (value: (row: number) => number): Float32Array =>
    Float32Array.from({ length: ROWS * COLUMNS }, (_, i) => value(i % ROWS));
  const layer: DenseLayer = {
    kind: 'dense',
    name: 'all',
    inFeatures: ROWS,
    outFeatures: COLUMNS,
    activation: 'none',
    weights: fill((row) => TARGETS[row].weight),
    bias: new Float32Array(COLUMNS),
    commonMode: fill((row) => TARGETS[row].commonMode),
  };
  return {
    name: 'grid',
    input: { kind: 'signal', channels: 1, length: ROWS, auxiliaryFeatures: 0 },
    layers: [{ kind: 'flatten', name: 'flatten' }, layer],
    classes: Array.from({ length: COLUMNS }, (_, i) => `c${i}`),
  };
}

/** Mean and deviation over reads of the weights of each row, root mean square over columns. */
function measured(driftSeconds: number): { mean: number; deviation: number }[] {
  const programmed = programNetwork(network(), PROFILE, {
    programmingSeed: 3,
    ranges: [{ layer: 'all', inputBound: 1, outputBound: 2 }],
  });
  const state = arrayAt(programmed, { driftSeconds, driftCompensation: true });
  return TARGETS.map((_, row) => {
    const signals = new Float32Array(ROWS);
    signals[row] = 1;
    const logits = runSamples(state, {
      signals,
      auxiliary: new Float32Array(0),
      firstItem: row,
      samples: SAMPLES,
      seed: 5,
    });
    let meanSum = 0;
    let variance = 0;
    for (let column = 0; column < COLUMNS; column++) {
      let sum = 0;
      for (let s = 0; s < SAMPLES; s++) sum += logits[s * COLUMNS + column];
      const mean = sum / SAMPLES;
      for (let s = 0; s < SAMPLES; s++) variance += (logits[s * COLUMNS + column] - mean) ** 2;
      meanSum += mean;
    }
    return { mean: meanSum / COLUMNS, deviation: Math.sqrt(variance / (COLUMNS * (SAMPLES - 1))) };
  });
}

describe('a posterior on the array', () => {
  const deviationOf = readDeviation(PROFILE, SAMPLES);
  const trained = TARGETS.map(({ weight, commonMode }) => pairDeviation(deviationOf, weight, commonMode));

  it('spreads over reads as far as was trained, whatever its mean', () => {
    measured(86_400).forEach(({ mean, deviation }, row) => {
      expect(Math.abs(deviation / trained[row] - 1)).toBeLessThan(0.1);
      // Programming errors of 250 pairs, and drift that one factor for the tile leaves.
      expect(Math.abs(mean - TARGETS[row].weight)).toBeLessThan(0.03);
    });
  });

  it('spreads further at once only where both devices are near 0, whose wander is as large as they are', () => {
    measured(0).forEach(({ deviation }, row) => {
      const { weight, commonMode } = TARGETS[row];
      const small = weight === 0 && commonMode === 0;
      expect(Math.abs(deviation / trained[row] - 1)).toBeLessThan(small ? 0.25 : 0.06);
    });
  });

  it('has a range that the common mode spans, by an order of magnitude', () => {
    expect(trained[2] / trained[0]).toBeGreaterThan(5);
    expect(trained[4] / trained[3]).toBeGreaterThan(1.2);
  });
});

describe('deviation of a pair', () => {
  const deviationOf = (g: number): number => 0.002 + 0.02 * g;

  it('and the common mode that gives it are inverse, within the range', () => {
    for (const pairs of [1, 3]) {
      for (const weight of [-1, -0.4, 0, 0.7]) {
        const { low, high } = deviationRange(deviationOf, weight, pairs);
        for (const share of [0, 0.2, 0.9, 1]) {
          const deviation = low + share * (high - low);
          const commonMode = commonModeFor(deviationOf, weight, deviation, pairs);
          expect(pairDeviation(deviationOf, weight, commonMode, pairs)).toBeCloseTo(deviation, 9);
        }
        expect(commonModeFor(deviationOf, weight, 0, pairs)).toBe(0);
        expect(commonModeFor(deviationOf, weight, 1, pairs)).toBe(1 - Math.abs(weight));
      }
    }
  });

  it('falls with the root of the number of pairs', () => {
    expect(pairDeviation(deviationOf, 0.5, 0.2, 4)).toBeCloseTo(pairDeviation(deviationOf, 0.5, 0.2) / 2, 12);
  });
});

describe('divergence from the prior', () => {
  it('is 0 at the prior and else the integral of q ln(q / p)', () => {
    expect(gaussianKl(0, 0.7, 0.7)).toBe(0);
    const [mean, deviation, prior] = [0.4, 0.2, 0.9];
    const density = (x: number, m: number, s: number): number =>
      Math.exp(-0.5 * ((x - m) / s) ** 2) / (s * Math.sqrt(2 * Math.PI));
    let integral = 0;
    for (let x = -2; x < 3; x += 1e-4) {
      const q = density(x, mean, deviation);
      integral += 1e-4 * q * Math.log(q / density(x, 0, prior));
    }
    expect(gaussianKl(mean, deviation, prior)).toBeCloseTo(integral, 6);
  });
});

describe('training noise with common modes', () => {
  it('has the mean and spread of the weights, and the slope that differences give', () => {
    const weights = Float32Array.from({ length: 400 }, (_, i) => (i % 4 === 0 ? 1 : 0.25));
    const at = (value: number, slopes?: Float32Array) =>
      perturbedWeights(weights, 4, 100, PROFILE, {
        driftSeconds: 3600,
        stream: { seed: 1, layer: 0, step: 9 },
        commonMode: new Float32Array(400).fill(value),
        slopes,
      });
    const slopes = new Float32Array(400);
    const middle = at(0.3, slopes);
    const step = 1 / 64;
    const [below, above] = [at(0.3 - step), at(0.3 + step)];
    let agreement = 0;
    let size = 0;
    for (let i = 0; i < 400; i++) {
      if (weights[i] === 1) continue;
      // The compensation is held in the slope but not here; it is alike for all weights.
      agreement += slopes[i] * ((above[i] - below[i]) / (2 * step));
      size += slopes[i] * slopes[i];
    }
    expect(Math.abs(agreement / size - 1)).toBeLessThan(0.05);
    const mean = middle.filter((_, i) => weights[i] !== 1).reduce((sum, w) => sum + w / 300, 0);
    expect(Math.abs(mean - 0.25)).toBeLessThan(0.03);
  });
});
