import { describe, expect, it } from 'vitest';
import { entropyNats, itemUncertainty, quantileOfSorted, sampleProbabilities } from './uncertainty.ts';

describe('uncertainty of one item', () => {
  it('is all epistemic where every sample is certain and they disagree', () => {
    // Two certain samples for different classes: H[mean] = ln 2, each H[p_s] = 0.
    const result = itemUncertainty(Float64Array.of(1, 0, 0, 1), 2);
    expect(result.aleatoric).toBe(0);
    expect(result.epistemic).toBeCloseTo(Math.LN2, 12);
    expect([...result.mean]).toEqual([0.5, 0.5]);
  });

  it('is all aleatoric where every sample says the same, exactly', () => {
    const row = [0.1, 0.2, 0.3, 0.4];
    const result = itemUncertainty(Float64Array.from(Array(33).fill(row).flat()), 4);
    expect(result.epistemic).toBe(0);
    expect(result.aleatoric).toBeCloseTo(1.279_854_225_833_667, 12);
    expect([...result.mean]).toEqual(row);
    expect([...result.low90]).toEqual(row);
    expect([...result.high90]).toEqual(row);
  });

  it('splits the total entropy into its two parts', () => {
    const samples = Float64Array.of(0.9, 0.1, 0.6, 0.4, 0.7, 0.3);
    const result = itemUncertainty(samples, 2);
    expect(result.aleatoric + result.epistemic).toBeCloseTo(entropyNats(result.mean), 12);
    expect(result.epistemic).toBeGreaterThan(0);
  });

  it('takes quantiles between order statistics (Hyndman and Fan, type 7)', () => {
    const sorted = [0, 1, 2, 3, 4];
    expect(quantileOfSorted(sorted, 0.05)).toBeCloseTo(0.2, 12);
    expect(quantileOfSorted(sorted, 0.95)).toBeCloseTo(3.8, 12);
    expect(quantileOfSorted([], 0.5)).toBeNaN();
  });

  it('softens probabilities with the temperature', () => {
    const cold = new Float64Array(2);
    const warm = new Float64Array(2);
    sampleProbabilities(Float32Array.of(2, 0), 2, 1, cold);
    sampleProbabilities(Float32Array.of(2, 0), 2, 2, warm);
    expect(cold[0]).toBeCloseTo(1 / (1 + Math.exp(-2)), 12);
    expect(warm[0]).toBeCloseTo(1 / (1 + Math.exp(-1)), 12);
  });
});
