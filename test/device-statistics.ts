/** Samples of devices against the moments that published equations give. */
import type { Network } from '../src/imc/network.ts';
import { networkOf } from './random-network.ts';

/** A matrix whose first row is 1, so that every other weight is g over the largest of its column. */
export function networkAt(g: number, rows: number, columns: number): Network {
  const weights = new Float32Array(rows * columns).fill(g);
  for (let column = 0; column < columns; column++) weights[column * rows] = 1;
  return networkOf(
    'level',
    { kind: 'signal', channels: 1, length: rows, auxiliaryFeatures: 0 },
    [
      { kind: 'flatten', name: 'flatten' },
      {
        kind: 'dense',
        name: 'all',
        inFeatures: rows,
        outFeatures: columns,
        activation: 'none',
        weights,
        bias: new Float32Array(columns),
      },
    ],
    columns,
  );
}

export interface Moments {
  mean: number;
  deviation: number;
}

/** Largest distance of sample mean and deviation from the expected, in standard errors. */
export function distance(values: readonly number[], expected: Moments): number {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  let second = 0;
  let fourth = 0;
  for (const value of values) {
    second += (value - mean) ** 2 / n;
    fourth += (value - mean) ** 4 / n;
  }
  const ofMean = Math.abs(mean - expected.mean) / Math.sqrt(second / n);
  const ofVariance = Math.abs(second - expected.deviation ** 2) / Math.sqrt((fourth - second ** 2) / n);
  return Math.max(ofMean, ofVariance);
}

const gaussian = (z: number): number => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);

/** Moments of a function of independent standard Gaussians, by the midpoint rule. */
export function moments(
  dimensions: 1 | 2 | 3,
  value: (z1: number, z2: number, z3: number) => number,
): Moments {
  const points = [0, 4000, 400, 90][dimensions];
  const limit = 6.5;
  const step = (2 * limit) / points;
  const axis = Array.from({ length: points }, (_, i) => -limit + (i + 0.5) * step);
  const weight = axis.map((z) => gaussian(z) * step);
  const once = { at: [0], weights: [1] };
  const along = { at: axis, weights: weight };
  const second = dimensions > 1 ? along : once;
  const third = dimensions > 2 ? along : once;
  let first = 0;
  let square = 0;
  for (let i = 0; i < points; i++) {
    for (let j = 0; j < second.at.length; j++) {
      for (let k = 0; k < third.at.length; k++) {
        const w = weight[i] * second.weights[j] * third.weights[k];
        const v = value(axis[i], second.at[j], third.at[k]);
        first += w * v;
        square += w * v * v;
      }
    }
  }
  return { mean: first, deviation: Math.sqrt(square - first * first) };
}
