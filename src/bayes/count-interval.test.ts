import { describe, expect, it } from 'vitest';
import { countQuantile, normalCdf } from './count-interval.ts';

describe('interval of a count', () => {
  it('has the published values of the normal distribution', () => {
    for (const [z, p] of [
      [0, 0.5],
      [1, 0.841_344_746],
      [1.644_853_627, 0.95],
      [-1.959_963_985, 0.025],
    ]) {
      expect(normalCdf(z)).toBeCloseTo(p, 6);
    }
  });

  it('is that of the binomial distribution where one sample speaks', () => {
    // 1,000 beats with p = 0.1: quantiles of the binomial are 85 and 116 (normal: 100 -+ 1.645 sqrt(90)).
    const one = { means: [100], variances: [90] };
    expect(countQuantile(one, 0.05)).toBeCloseTo(100 - 1.644_853_627 * Math.sqrt(90), 3);
    expect(countQuantile(one, 0.95)).toBeCloseTo(100 + 1.644_853_627 * Math.sqrt(90), 3);
  });

  it('is exact where nothing is uncertain', () => {
    expect(countQuantile({ means: [7, 7], variances: [0, 0] }, 0.05)).toBeCloseTo(7, 5);
  });

  it('widens where the samples disagree', () => {
    const agreeing = { means: [100, 100], variances: [25, 25] };
    const disagreeing = { means: [80, 120], variances: [25, 25] };
    const width = (d: typeof agreeing) => countQuantile(d, 0.95) - countQuantile(d, 0.05);
    expect(width(disagreeing)).toBeGreaterThan(2 * width(agreeing));
  });

  it('covers the true count as often as it says', () => {
    // A generator of its own (mulberry32), so that the test does not lean on the code under test.
    let state = 5;
    const random = () => {
      state = (state + 0x6d2b79f5) | 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    };
    let covered = 0;
    const trials = 2000;
    for (let trial = 0; trial < trials; trial++) {
      const p = Array.from({ length: 400 }, () => random() ** 2);
      const mean = p.reduce((a, b) => a + b, 0);
      const variance = p.reduce((a, b) => a + b * (1 - b), 0);
      const distribution = { means: [mean], variances: [variance] };
      const count = p.reduce((n, q) => n + Number(random() < q), 0);
      const low = Math.floor(countQuantile(distribution, 0.05));
      const high = Math.ceil(countQuantile(distribution, 0.95));
      if (count >= low && count <= high) covered++;
    }
    // Rounding outwards adds a little to 90 %.
    expect(covered / trials).toBeGreaterThan(0.89);
    expect(covered / trials).toBeLessThan(0.96);
  });
});
