import { expect, it } from 'vitest';
import { heartRate } from './intervals.ts';

it('keeps the mean rate within the range where short stretches are faster or slower than long ones', () => {
  const long = Array<number>(8).fill(1);
  for (const interval of [0.5, 2]) {
    const rate = heartRate({ seconds: Float64Array.from([...long, Number.NaN, interval, interval]) })!;
    expect(rate.mean).toBeCloseTo(600 / (8 + 2 * interval), 9);
    expect(rate.minimum).toBe(Math.min(60, rate.mean));
    expect(rate.maximum).toBe(Math.max(60, rate.mean));
  }
  expect(heartRate({ seconds: Float64Array.from([...long.slice(1), Number.NaN, 1]) })).toBeNull();
});
