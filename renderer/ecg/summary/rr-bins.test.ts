import { expect, it } from 'vitest';
import type { BeatTable } from '../../../src/contract/ecg.ts';
import { nearestPair, poincarePairs, RR_BIN_MS, rrHistogram } from './rr-bins.ts';

/** Beats at 250 Hz, of the classes N (0), S (1), V (2). */
function table(samples: number[], labels: number[]): BeatTable {
  return { sample: Int32Array.from(samples), label: Uint8Array.from(labels) } as BeatTable;
}

// RR 800, 480 (to V), 1120 (from V), 800, 6000 (a gap), 800 ms
const beats = table([0, 200, 320, 600, 800, 2300, 2500], [0, 0, 2, 0, 0, 0, 0]);

it('counts each interval once, apart by whether both of its beats are normal, without gaps', () => {
  const histogram = rrHistogram(beats, 250);
  expect(histogram.intervals).toBe(5);
  expect(histogram.firstMs).toBe(480);
  expect(histogram.normal[(800 - 480) / RR_BIN_MS]).toBe(3);
  expect(histogram.other[0]).toBe(1);
  expect(histogram.other[(1120 - 480) / RR_BIN_MS]).toBe(1);
  expect(histogram.normal).toHaveLength((1120 - 480) / RR_BIN_MS + 1);
});

it('pairs each interval with the next, and leads back to the beat between them', () => {
  const pairs = poincarePairs(beats, 250);
  expect([...pairs.first]).toEqual([800, 480, 1120]);
  expect([...pairs.second]).toEqual([480, 1120, 800]);
  expect([...pairs.ectopic]).toEqual([1, 1, 1]);
  expect([...pairs.beat]).toEqual([1, 2, 3]);
  expect(nearestPair(pairs, 490, 1100, 50)).toBe(1);
  expect(nearestPair(pairs, 2000, 2000, 50)).toBe(-1);
});

it('has nothing to show of fewer than two beats', () => {
  expect(rrHistogram(table([5], [0]), 250).intervals).toBe(0);
  expect(poincarePairs(table([], []), 250).first).toHaveLength(0);
});
