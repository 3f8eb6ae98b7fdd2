import { describe, expect, it } from 'vitest';
import {
  auroc,
  aurocInterval95,
  balancedAccuracyOf,
  binaryCalibration,
  riskCoverage,
  shareInterval95,
  twoByTwo,
} from './binary-figures.ts';

describe('AUROC', () => {
  it('is the share of pairs in the right order, ties half', () => {
    // Pairs (0.35, 0.1), (0.35, 0.4), (0.8, 0.1), (0.8, 0.4): three of four; the example of scikit-learn's
    // roc_auc_score, which gives 0.75.
    expect(auroc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])).toBe(0.75);
    expect(auroc([0.5, 0.5], [0, 1])).toBe(0.5);
    expect(auroc([1, 2], [1, 1])).toBeNaN();
  });

  it("has DeLong's interval, within [0, 1] and narrower with more cases", () => {
    const scores = Array.from({ length: 400 }, (_, i) => Math.sin(i * 12.9898) + (i % 2) * 1.2);
    const labels = scores.map((_, i) => i % 2);
    const few = aurocInterval95(scores.slice(0, 60), labels.slice(0, 60));
    const many = aurocInterval95(scores, labels);
    expect(many.high - many.low).toBeLessThan(0.5 * (few.high - few.low));
    const area = auroc(scores, labels);
    expect(many.low).toBeLessThan(area);
    expect(many.high).toBeGreaterThan(area);
  });
});

it("gives Wilson's interval as Newcombe's table does", () => {
  // Newcombe, Stat Med 17:857 (1998), table I, score method without continuity correction: 81/263, 15/148.
  const a = shareInterval95(81, 263);
  expect(a.low).toBeCloseTo(0.2553, 4);
  expect(a.high).toBeCloseTo(0.3662, 4);
  const b = shareInterval95(15, 148);
  expect(b.low).toBeCloseTo(0.0624, 4);
  expect(b.high).toBeCloseTo(0.1605, 4);
});

it('counts by hand', () => {
  const table = twoByTwo([0.9, 0.2, 0.7, 0.1], [1, 1, 0, 0], 0.5);
  expect(table).toEqual({ truePositive: 1, falseNegative: 1, trueNegative: 1, falsePositive: 1 });
  expect(balancedAccuracyOf(table)).toBe(0.5);
});

it('calls probabilities calibrated where shares agree with them, and not where they do not', () => {
  const probabilities = Array.from({ length: 1000 }, (_, i) => (i % 10 < 2 ? 0.85 : 0.15));
  const right = probabilities.map((p, i) => (p > 0.5 ? (i % 100 < 80 ? 1 : 0) : i % 20 === 5 ? 1 : 0));
  expect(binaryCalibration(probabilities, right).ece).toBeLessThan(0.1);
  expect(
    binaryCalibration(
      probabilities,
      right.map((label) => 1 - label),
    ).ece,
  ).toBeGreaterThan(0.5);
});

it('finds the errors left at each coverage', () => {
  const { riskAt, aurc, augrc } = riskCoverage([0.9, 0.8, 0.7, 0.6], [false, false, true, true]);
  expect(riskAt.find(({ coverage }) => coverage === 0.5)?.risk).toBe(0);
  expect(riskAt.find(({ coverage }) => coverage === 1)?.risk).toBe(0.5);
  expect(aurc).toBeCloseTo((0 + 0 + 1 / 3 + 2 / 4) / 4, 12);
  expect(augrc).toBeCloseTo((0 + 0 + 1 / 4 + 2 / 4) / 4, 12);
});
