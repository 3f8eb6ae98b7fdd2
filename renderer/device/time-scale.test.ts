import { describe, expect, it } from 'vitest';
import { LONGEST_SECONDS, SLIDER_STEPS, secondsAt, stepOf, timeWords } from './time-scale.ts';

describe('time since programming', () => {
  it('runs from seconds to ten years in equal steps of the logarithm', () => {
    expect(secondsAt(0)).toBe(20);
    expect(secondsAt(SLIDER_STEPS)).toBe(LONGEST_SECONDS);
    for (let step = 1; step <= SLIDER_STEPS; step++) {
      expect(secondsAt(step)).toBeGreaterThan(secondsAt(step - 1));
      expect(Math.abs(stepOf(secondsAt(step)) - step)).toBeLessThanOrEqual(1);
    }
    expect(secondsAt(SLIDER_STEPS, 172_800)).toBe(172_800);
  });

  it('is said in words', () => {
    expect([20, 3600, 86_400, 2 * 86_400, LONGEST_SECONDS].map(timeWords)).toEqual([
      '20 seconds',
      '1 hour',
      '1 day',
      '2 days',
      '10 years',
    ]);
  });
});
