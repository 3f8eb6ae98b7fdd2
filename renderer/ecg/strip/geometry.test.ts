import { describe, expect, it } from 'vitest';
import {
  clampLeftSeconds,
  leftSecondsToShow,
  NOMINAL_PX_PER_MM,
  type PaperScale,
  pxPerMillivolt,
  pxPerSecond,
  SPEEDS_MM_PER_SECOND,
  secondsOfX,
  snapLeftSeconds,
  stepped,
  xOfSeconds,
} from './geometry.ts';

const standard: PaperScale = { pxPerMm: NOMINAL_PX_PER_MM, speedMmPerSecond: 25, gainMmPerMillivolt: 10 };

describe('paper', () => {
  it('makes a small square 40 ms by 0.1 mV at 25 mm/s and 10 mm/mV', () => {
    expect(xOfSeconds(standard, 0, 0.04)).toBeCloseTo(NOMINAL_PX_PER_MM, 12);
    expect(pxPerMillivolt(standard) * 0.1).toBeCloseTo(NOMINAL_PX_PER_MM, 12);
  });

  it('makes a small square 20 ms at 50 mm/s whatever the display', () => {
    const scale = { pxPerMm: 3.7795, speedMmPerSecond: 50, gainMmPerMillivolt: 20 };
    expect(xOfSeconds(scale, 12, 12.02)).toBeCloseTo(3.7795, 9);
    expect(pxPerMillivolt(scale) * 0.05).toBeCloseTo(3.7795, 9);
  });

  it('finds the time under a pixel again', () => {
    for (const seconds of [0, 17.123, 1799.9]) {
      expect(secondsOfX(standard, 10, xOfSeconds(standard, 10, seconds))).toBeCloseTo(seconds, 9);
    }
  });

  it('snaps the left edge to whole device pixels, never further than half of one', () => {
    for (const left of [0.001, 3.1459, 1234.5678]) {
      const snapped = snapLeftSeconds(standard, left, 1.5);
      const devicePx = snapped * pxPerSecond(standard) * 1.5;
      expect(devicePx).toBeCloseTo(Math.round(devicePx), 6);
      expect(Math.abs(snapped - left)).toBeLessThanOrEqual(0.5 / (pxPerSecond(standard) * 1.5) + 1e-12);
    }
  });
});

describe('scrolling', () => {
  it('shows recording, not void', () => {
    expect(clampLeftSeconds(-5, 10, 100)).toBe(0);
    expect(clampLeftSeconds(95, 10, 100)).toBe(90);
    expect(clampLeftSeconds(50, 200, 100)).toBe(0);
  });

  it('stays where it is while the moment is in the middle half, else centres it', () => {
    expect(leftSecondsToShow(15, 10, 10, 1000)).toBe(10);
    expect(leftSecondsToShow(19, 10, 10, 1000)).toBe(14);
    expect(leftSecondsToShow(1, 10, 10, 1000)).toBe(0);
    expect(leftSecondsToShow(999, 10, 10, 1000)).toBe(990);
  });

  it('steps through speeds and stops at the ends', () => {
    expect(stepped(SPEEDS_MM_PER_SECOND, 25, 1)).toBe(50);
    expect(stepped(SPEEDS_MM_PER_SECOND, 50, 1)).toBe(50);
    expect(stepped(SPEEDS_MM_PER_SECOND, 12.5, -1)).toBe(12.5);
  });
});
