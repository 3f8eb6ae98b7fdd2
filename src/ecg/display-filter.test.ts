import { describe, expect, it } from 'vitest';
import { sharedDataFolder } from '../../test/shared-data.ts';
import { readLudb } from '../training/ludb.ts';
import { displayed, humOf, notch } from './display-filter.ts';
import { medianOf } from './filtering.ts';

const shared = sharedDataFolder();
const RATE_HZ = 500;
const sine = (hz: number, seconds = 160) =>
  Float32Array.from({ length: seconds * RATE_HZ }, (_, i) => Math.sin((2 * Math.PI * hz * i) / RATE_HZ));
/** Half of the peak-to-peak in the middle half, away from the ends. */
const size = (signal: Float32Array) => {
  const middle = signal.subarray(signal.length / 4, (3 * signal.length) / 4);
  return (Math.max(...middle) - Math.min(...middle)) / 2;
};

describe('display filters', () => {
  it.each([
    ['diagnostic', 0.5, 0.98, 1.02],
    ['diagnostic', 40, 0.98, 1.02],
    ['steady', 0.1, 0, 0.01],
    ['steady', 5, 0.99, 1.01],
    ['monitor', 100, 0, 0.05],
  ] as const)('%s lets %s Hz through as %s to %s', (filter, hz, least, most) => {
    const out = size(displayed(sine(hz), RATE_HZ, filter, null));
    expect(out).toBeGreaterThanOrEqual(least);
    expect(out).toBeLessThanOrEqual(most);
  });

  it('takes hum of 50 and 60 Hz away and leaves 45 Hz', () => {
    for (const hum of [50, 60] as const) {
      expect(size(displayed(sine(hum), RATE_HZ, 'steady', hum))).toBeLessThan(0.01);
      expect(size(displayed(sine(45), RATE_HZ, 'steady', hum))).toBeGreaterThan(0.9);
    }
    // Orfanidis: unity at 0 Hz and at half the sampling rate, zero at the notch.
    const { b0, b1, b2, a1, a2 } = notch(50, RATE_HZ);
    expect((b0 + b1 + b2) / (1 + a1 + a2)).toBeCloseTo(1, 12);
    expect((b0 - b1 + b2) / (1 - a1 + a2)).toBeCloseTo(1, 12);
  });

  it('keeps missing samples missing', () => {
    const signal = sine(5);
    signal.fill(Number.NaN, 1000, 1100);
    const out = displayed(signal, RATE_HZ, 'steady', null);
    expect(Number.isNaN(out[1050]!)).toBe(true);
    expect(out.filter((value) => Number.isNaN(value))).toHaveLength(100);
  });
});

describe.skipIf(shared === null)('on records of LUDB', () => {
  it.each([2, 40, 120])(
    '%s: ST and QRS stay within the stated figures, and added hum is found and goes',
    (number) => {
      const { recording, marked } = readLudb(shared!, number);
      const heightChanges: number[] = [];
      for (const [index, lead] of recording.leads.entries()) {
        const level = (signal: Float32Array) =>
          medianOf(
            marked[index]!.qrs.map(({ onset, end }) => {
              const at = (from: number) => medianOf(signal.subarray(from, from + 10));
              return at(end + 25) - at(onset - 10);
            }),
          );
        const height = (signal: Float32Array) =>
          medianOf(
            marked[index]!.qrs.map(({ onset, end }) => {
              const complex = signal.subarray(onset, end + 1);
              return Math.max(...complex) - Math.min(...complex);
            }),
          );
        // Beside a tiny complex a percentage says nothing.
        if (height(lead.millivolts) < 0.3) continue;
        const out = displayed(lead.millivolts, RATE_HZ, 'steady', null);
        expect(Math.abs(level(out) - level(lead.millivolts))).toBeLessThan(0.025);
        heightChanges.push(Math.abs(height(out) / height(lead.millivolts) - 1));
        const hummed = lead.millivolts.map((v, i) => v + 0.1 * Math.sin((2 * Math.PI * 50 * i) / RATE_HZ));
        expect(humOf(hummed, RATE_HZ)).toBe(50);
        const clean = displayed(hummed, RATE_HZ, 'steady', 50);
        expect(Math.abs(level(clean) - level(lead.millivolts))).toBeLessThan(0.025);
      }
      // Single leads with a fine notch in the complex change more: docs/ecg-signal.md has the quantiles.
      expect(medianOf(heightChanges)).toBeLessThan(0.03);
    },
  );
});
