import { expect, it } from 'vitest';
import type { BeatTable } from '../../src/contract/ecg.ts';
import { analysableSeconds, heartRateTrend } from './heart-rate-trend.ts';

const RATE_HZ = 360;

function beatsAt(seconds: number[]): BeatTable {
  return { sample: Int32Array.from(seconds, (each) => Math.round(each * RATE_HZ)) } as BeatTable;
}

const steady = Array.from({ length: 200 }, (_, i) => i * 0.75);

it('is 80 at an RR of 0.75 s', () => {
  const trend = heartRateTrend(beatsAt(steady), RATE_HZ, 150, 10, null);
  expect(trend.mean[5]).toBeCloseTo(80, 6);
  expect(trend.low[5]).toBeCloseTo(80, 6);
  expect(trend.seconds[0]).toBe(7.5);
});

it('has a gap where the signal could not be analysed and where beats are missing', () => {
  const analysable = new Uint8Array(150).fill(1).fill(0, 60, 75);
  const withGap = steady.filter((second) => second < 90 || second > 105);
  const trend = heartRateTrend(beatsAt(withGap), RATE_HZ, 150, 10, analysable);
  expect(trend.mean[4]).toBeNull();
  expect(trend.mean[6]).toBeNull();
  expect(trend.mean[8]).toBeCloseTo(80, 6);
});

it('calls a second analysable when one lead is', () => {
  const leads = [{ secondState: Uint8Array.of(0, 1, 2) }, { secondState: Uint8Array.of(3, 0, 1) }];
  expect([...analysableSeconds(leads)!]).toEqual([1, 1, 0]);
  expect(analysableSeconds([])).toBeNull();
});
