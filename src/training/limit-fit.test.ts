import { describe, expect, it } from 'vitest';
import { correctionBy, LIMITS } from '../ecg/limit-corrections.ts';
import { RandomStream } from '../numeric/random.ts';
import { fitLimits, type LimitExample } from './limit-fit.ts';

describe('fit of corrections', () => {
  const random = new RandomStream({ seed: 11, words: [0, 0, 0] });
  /** Sum of twelve uniform numbers less its mean: variance 1. */
  const normal = () =>
    Array.from({ length: 12 }, () => random.uniform()).reduce((sum, value) => sum + value, -6);
  const examples: LimitExample[] = LIMITS.flatMap((limit, k) =>
    Array.from({ length: 600 }, (_, i) => {
      const features = Array.from({ length: 5 }, () => normal());
      const targetMs = 3 + k + 8 * features[0]! - 5 * features[3]! + 2 * normal();
      // One in twelve is marked at another wave altogether.
      return { record: i, limit, features, targetMs: i % 12 === 0 ? targetMs + 90 : targetMs, beats: 8 };
    }),
  );

  it('finds a rule in spite of outliers, drawn to nothing a little', () => {
    const correction = correctionBy(fitLimits(examples));
    for (const [k, limit] of LIMITS.entries()) {
      const at = (features: number[]) => correction({ limit, lead: 0, from: 0, features });
      const nothing = at([0, 0, 0, 0, 0]);
      expect(Math.abs(nothing - (3 + k))).toBeLessThan(3);
      const slope = at([1, 0, 0, 0, 0]) - nothing;
      expect(slope).toBeLessThan(8);
      expect(slope).toBeGreaterThan(4);
      expect(at([0, 0, 0, 1, 0]) - nothing).toBeLessThan(-2.5);
      expect(Math.abs(at([0, 1, 0, 0, 0]) - nothing)).toBeLessThan(0.8);
    }
  });
});
