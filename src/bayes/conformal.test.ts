import { describe, expect, it } from 'vitest';
import { RandomStream } from '../numeric/random.ts';
import { classThresholds, conformalQuantile, conformalSet } from './conformal.ts';

describe('conformal quantile', () => {
  it('is the ceil((n + 1)(1 - alpha))-th smallest score', () => {
    const scores = Float64Array.from({ length: 19 }, (_, i) => (19 - i) / 20);
    // 20 x 0.9 = 18, the 18th smallest of 0.05 ... 0.95.
    expect(conformalQuantile(scores, 0.1)).toBeCloseTo(0.9);
    // 20 x 0.95 = 19, the largest.
    expect(conformalQuantile(scores, 0.05)).toBeCloseTo(0.95);
  });

  it('is infinite with fewer than ceil(1 / alpha) - 1 scores', () => {
    expect(conformalQuantile(new Float64Array(9).fill(0.5), 0.1)).toBe(0.5);
    expect(conformalQuantile(new Float64Array(8).fill(0.5), 0.1)).toBe(Number.POSITIVE_INFINITY);
    expect(conformalQuantile(new Float64Array(0), 0.1)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('conformal sets', () => {
  it('hold a class without calibration always, and the others by their own threshold', () => {
    const thresholds = classThresholds([0.9, 0.1, 0.8, 0.2], [0, 0], 2, 0.4);
    expect(thresholds[0]).toBeCloseTo(0.2);
    expect(thresholds[1]).toBe(Number.POSITIVE_INFINITY);
    expect(conformalSet([0.85, 0.15], thresholds)).toBe(0b11);
    expect(conformalSet([0.7, 0.3], thresholds)).toBe(0b10);
  });

  it('cover each class of exchangeable data as promised, the rare one too, and not much more', () => {
    const random = new RandomStream({ seed: 11, words: [0, 0, 0] });
    const alpha = 0.1;
    // Three classes, the third rare; the "probability" of the true class is of any shape, other classes share the rest.
    const draw = (n: number) => {
      const labels: number[] = [];
      const probabilities: number[] = [];
      for (let i = 0; i < n; i++) {
        const label = random.uniform() < 0.06 ? 2 : random.uniform() < 0.4 ? 1 : 0;
        const p = random.uniform() ** (1 + label);
        const share = random.uniform();
        const row = [0, 0, 0];
        row[label] = p;
        row[(label + 1) % 3] = (1 - p) * share;
        row[(label + 2) % 3] = (1 - p) * (1 - share);
        labels.push(label);
        probabilities.push(...row);
      }
      return { labels, probabilities };
    };
    const held = [0, 0, 0];
    const all = [0, 0, 0];
    for (let repetition = 0; repetition < 200; repetition++) {
      const calibration = draw(400);
      const thresholds = classThresholds(calibration.probabilities, calibration.labels, 3, alpha);
      const test = draw(400);
      test.labels.forEach((label, i) => {
        const set = conformalSet(test.probabilities.slice(3 * i, 3 * i + 3), thresholds);
        all[label]++;
        if (set & (1 << label)) held[label]++;
      });
    }
    held.forEach((count, label) => {
      const coverage = count / all[label];
      // Four standard deviations of 200 repetitions; the bound above is 1 - alpha + 1 / (n + 1) of the class.
      const n = all[label] / 200;
      const deviation = Math.sqrt((alpha * (1 - alpha)) / all[label] + (alpha * (1 - alpha)) / (n * 200));
      expect(coverage).toBeGreaterThan(1 - alpha - 4 * deviation);
      expect(coverage).toBeLessThan(1 - alpha + 1 / (n - 8) + 4 * deviation);
    });
  });
});
