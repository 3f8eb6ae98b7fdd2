import { expect, test } from 'vitest';
import { distance } from '../../test/device-statistics.ts';
import { shippedProfile } from '../../test/random-network.ts';
import { slowReadNoiseSpread } from './device.ts';
import { slowNoiseDeviates } from './slow-noise.ts';

const N = 120_000;
const place = { seed: 11, layer: 0, tile: 0 };
const profile = shippedProfile('pcm-nandakumar-2019');
const v = (seconds: number): number => slowReadNoiseSpread(profile, seconds) ** 2;
const path = (seconds: number): Float64Array => slowNoiseDeviates(place, v(seconds), N);

/** Sample correlation and its standard error (Fisher's z) from an expected one. */
function apart(one: Float64Array, two: Float64Array, expected: number): number {
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < N; i++) {
    xy += one[i] * two[i];
    xx += one[i] * one[i];
    yy += two[i] * two[i];
  }
  const z = (r: number): number => Math.atanh(Math.max(-0.999999, Math.min(0.999999, r)));
  return Math.abs(z(xy / Math.sqrt(xx * yy)) - z(expected)) * Math.sqrt(N - 3);
}

const times = [1, 3600, 86_400, 3.15e7];
const paths = times.map(path);

test('deviates are standard Gaussian at every time', () => {
  for (const values of paths) {
    const list = Array.from(values);
    expect(distance(list, { mean: 0, deviation: 1 })).toBeLessThan(5);
    expect(distance(list, { mean: 0, deviation: 1.05 })).toBeGreaterThan(5);
    expect(distance(list, { mean: 0, deviation: 0.95 })).toBeGreaterThan(5);
  }
});

test('the published deviation holds also between the knots of the path', () => {
  // Where the straight line between knots is furthest from a Brownian motion.
  const values = slowNoiseDeviates(place, 20 + 0.5 / 1024, N);
  expect(distance(Array.from(values), { mean: 0, deviation: 1 })).toBeLessThan(5);
});

test('two times are correlated as the square root of their variances, three times as a Markov chain', () => {
  for (let i = 1; i < times.length; i++) {
    const expected = Math.sqrt(v(times[i - 1]) / v(times[i]));
    expect(apart(paths[i - 1], paths[i], expected)).toBeLessThan(5);
    // A path with a twentieth more of common variance, or devices drawn anew, would be found out.
    expect(apart(paths[i - 1], paths[i], Math.min(0.9999, 1.05 * expected))).toBeGreaterThan(5);
    expect(apart(paths[i - 1], paths[i], 0)).toBeGreaterThan(5);
  }
  const step = (from: number, to: number): Float64Array =>
    paths[to].map((z, i) => z * Math.sqrt(v(times[to])) - paths[from][i] * Math.sqrt(v(times[from])));
  expect(apart(step(0, 1), step(1, 2), 0)).toBeLessThan(5);
  expect(apart(step(1, 2), step(2, 3), 0)).toBeLessThan(5);
  expect(apart(step(0, 2), step(1, 3), 0)).toBeGreaterThan(5);
});

test('devices and tiles are independent', () => {
  const [, , day] = paths;
  const shifted = Float64Array.from(day, (_, i) => day[(i + 1) % N]);
  expect(apart(day, shifted, 0)).toBeLessThan(5);
  expect(apart(day, slowNoiseDeviates({ ...place, tile: 1 }, v(86_400), N), 0)).toBeLessThan(5);
  expect(apart(day, slowNoiseDeviates({ ...place, seed: 12 }, v(86_400), N), 0)).toBeLessThan(5);
});

test('a path is continuous and the same whatever was asked before', () => {
  const now = slowNoiseDeviates(place, v(86_400), 1000);
  const soon = slowNoiseDeviates(place, v(86_400 * 1.0001), 1000);
  const later = slowNoiseDeviates(place, v(86_400 * 1.2), 1000);
  const largest = (other: Float64Array): number =>
    Math.max(...other.map((value, i) => Math.abs(value - now[i])));
  expect(largest(soon)).toBeLessThan(0.01);
  expect(largest(later)).toBeGreaterThan(0.1);
  expect(slowNoiseDeviates(place, v(86_400), 1000)).toEqual(now);
});
