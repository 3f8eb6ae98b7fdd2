import { describe, expect, it } from 'vitest';
import { rPeakNear } from './r-peak-near.ts';

const RATE_HZ = 250;

/** One second of a level with triangles of 40 ms on it. */
function lead(level: number, ...peaks: { at: number; millivolts: number }[]): Float32Array {
  return Float32Array.from({ length: RATE_HZ }, (_, i) =>
    peaks.reduce(
      (sum, { at, millivolts }) => sum + millivolts * Math.max(0, 1 - Math.abs(i - at) / 5),
      level,
    ),
  );
}

describe('rPeakNear', () => {
  it('finds the peak from either side, whatever its direction and the level under it', () => {
    for (const millivolts of [1.2, -1.2]) {
      for (const level of [0, 4, -3]) {
        const signal = lead(level, { at: 120, millivolts });
        for (const pointed of [105, 116, 120, 125, 135])
          expect(rPeakNear([signal], pointed, RATE_HZ)).toBe(120);
      }
    }
  });

  it('looks no further than 60 ms', () => {
    const signal = lead(0, { at: 120, millivolts: 0.4 }, { at: 150, millivolts: 2 });
    expect(rPeakNear([signal], 118, RATE_HZ)).toBe(120);
  });

  it('follows the lead that deflects most', () => {
    const low = lead(0, { at: 112, millivolts: 0.2 });
    const tall = lead(1, { at: 122, millivolts: -0.9 });
    expect(rPeakNear([low, tall], 118, RATE_HZ)).toBe(122);
  });

  it('overlooks samples without a value', () => {
    const signal = lead(0, { at: 120, millivolts: 1 });
    signal.fill(Number.NaN, 0, 110);
    expect(rPeakNear([signal, new Float32Array(RATE_HZ).fill(Number.NaN)], 114, RATE_HZ)).toBe(120);
  });

  it('stays where nothing deflects, and inside the signal', () => {
    expect(rPeakNear([lead(0.3)], 60, RATE_HZ)).toBe(60);
    expect(rPeakNear([new Float32Array(RATE_HZ).fill(Number.NaN)], 60, RATE_HZ)).toBe(60);
    expect(rPeakNear([lead(0, { at: 0, millivolts: 1 })], 3, RATE_HZ)).toBe(0);
    expect(rPeakNear([lead(0, { at: 249, millivolts: 1 })], 247, RATE_HZ)).toBe(249);
  });
});
