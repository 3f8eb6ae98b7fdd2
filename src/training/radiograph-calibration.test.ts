import { describe, expect, it } from 'vitest';
import { gaussians } from '../numeric/random.ts';
import { balancedAccuracyOf, twoByTwo } from './binary-figures.ts';
import { conformalLimits, reviewLimits, worstGroupThreshold } from './radiograph-calibration.ts';

/** Log odds from two normal distributions of deviation 1 around 0 (normal) and `apart` (ill), all moved by `shift`. */
function group(count: number, apart: number, shift: number, seed: number) {
  const noise = gaussians({ seed, words: [1, 0, 0] }, 2 * count);
  const labels = Uint8Array.from({ length: 2 * count }, (_, i) => i % 2);
  const mean = Float64Array.from(
    labels,
    (label, i) => 1 / (1 + Math.exp(-(noise[i]! + label * apart + shift))),
  );
  return { mean, labels };
}
const logOdds = (p: number) => Math.log(p / (1 - p));

describe('the operating point', () => {
  it('serves the worst of several groups, not their mean', () => {
    const before = group(2000, 4, -2, 1);
    const after = group(2000, 4, 0, 2);
    // By themselves the best thresholds are log odds of 0 and of 2; the worst of both is best served half way.
    const alone = worstGroupThreshold([before]);
    const both = worstGroupThreshold([before, before, before, after]);
    expect(logOdds(alone)).toBeGreaterThan(-0.2);
    expect(logOdds(alone)).toBeLessThan(0.7);
    expect(logOdds(both)).toBeGreaterThan(0.8);
    expect(logOdds(both)).toBeLessThan(1.3);
  });

  it('is the highest of those that a standard error cannot tell from the best', () => {
    const few = group(100, 3, 0, 3);
    const balanced = (threshold: number) => balancedAccuracyOf(twoByTwo(few.mean, few.labels, threshold));
    const chosen = worstGroupThreshold([few]);
    const best = Math.max(...few.mean.map(balanced));
    const error = 0.5 * Math.sqrt((2 * best * (1 - best)) / 100);
    expect(balanced(chosen)).toBeGreaterThan(best - 1.2 * error);
    for (const step of [0.3, 0.5, 1]) {
      const higher = 1 / (1 + Math.exp(-logOdds(chosen) - step));
      expect(balanced(higher)).toBeLessThan(best - 0.7 * error);
    }
  });
});

it('asks for review of the shares named, around the operating point and where samples disagree', () => {
  const { mean } = group(5000, 3, 0, 4);
  const epistemic = mean.map((_, i) => i / mean.length / 100);
  const review = reviewLimits({ mean, epistemic }, 0.7);
  const near = mean.filter((p) => p > review.probabilityAbove && p < review.probabilityBelow).length;
  expect(near / mean.length).toBeCloseTo(0.08, 2);
  expect(epistemic.filter((value) => value > review.epistemicAbove).length / mean.length).toBeCloseTo(
    0.02,
    2,
  );
  expect(logOdds(review.probabilityBelow) + logOdds(review.probabilityAbove)).toBeCloseTo(
    2 * logOdds(0.7),
    1,
  );
});

it('sets conformal limits that hold the truth of each class in nine of ten new films', () => {
  const limits = conformalLimits(group(3000, 2, 1, 5));
  const { mean, labels } = group(3000, 2, 1, 6);
  for (const c of [0, 1]) {
    const rows = Array.from(labels.keys()).filter((i) => labels[i] === c);
    const held = rows.filter((i) => 1 - (c === 1 ? mean[i]! : 1 - mean[i]!) <= limits[c]!);
    expect(held.length / rows.length).toBeGreaterThan(0.88);
    expect(held.length / rows.length).toBeLessThan(0.92);
  }
});
