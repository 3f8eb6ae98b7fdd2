import { describe, expect, it } from 'vitest';
import type { BeatClass } from '../contract/ecg.ts';
import { sumOfBeats } from '../ecg/compare-annotations.ts';
import { beatConfusion } from '../ecg/scoring.ts';
import { accuracyOf, calibrationOf, figuresOf, spreadOf } from './evaluation.ts';

/** A confusion from pairs such as `NV` (reference N, called V), `V-` (missed) and `-S` (extra). */
function confusion(...pairs: string[]) {
  const reference: BeatClass[] = [];
  const test: BeatClass[] = [];
  const match = {
    pairs: [] as { reference: number; test: number }[],
    missed: [] as number[],
    extra: [] as number[],
  };
  for (const [truth, called] of pairs) {
    const r = truth === '-' ? null : reference.push(truth as BeatClass) - 1;
    const t = called === '-' ? null : test.push(called as BeatClass) - 1;
    if (r !== null && t !== null) match.pairs.push({ reference: r, test: t });
    else if (r !== null) match.missed.push(r);
    else if (t !== null) match.extra.push(t);
  }
  return beatConfusion(match, reference, test);
}

describe('figures', () => {
  it('count missed and extra beats, and neither reward nor punish a fusion beat called ventricular', () => {
    const figures = figuresOf([confusion('NN', 'VV', 'VV', 'VN', 'V-', 'FV', '-V', 'SS', 'NS')]);
    expect(figures.V.sensitivity.mean).toBeCloseTo(2 / 4);
    expect(figures.V.positivePredictivity.mean).toBeCloseTo(2 / 3);
    expect(figures.V.f1.mean).toBeCloseTo((2 * (2 / 4) * (2 / 3)) / (2 / 4 + 2 / 3));
    expect(figures.S.sensitivity.mean).toBe(1);
    expect(figures.S.positivePredictivity.mean).toBe(0.5);
    expect(figures.accuracy.mean).toBeCloseTo(4 / 8);
  });

  it('add records up and spread over arrays', () => {
    const sum = sumOfBeats([confusion('NN', 'VV'), confusion('NV', 'VV')]);
    expect(sum.N).toMatchObject({ N: 1, V: 1 });
    expect(sum.V.V).toBe(2);
    expect(accuracyOf(sum)).toBe(0.75);
    expect(spreadOf([1, 2, 3])).toEqual({ mean: 2, sd: 1, worst: 1 });
    expect(spreadOf([1, 2, 3], true).worst).toBe(3);
    expect(spreadOf([5])).toEqual({ mean: 5, sd: 0, worst: 5 });
  });
});

describe('calibration', () => {
  it('of sure and right answers is perfect', () => {
    const figures = calibrationOf([1, 0, 0, 0, 0, 0, 1, 0], [0, 2]);
    expect(figures).toEqual({ nll: 0, brier: 0, ece: 0 });
  });

  it('gives NLL, Brier score and calibration error by their definitions', () => {
    const figures = calibrationOf([0.7, 0.1, 0.1, 0.1, 0.7, 0.1, 0.1, 0.1], [0, 1]);
    expect(figures.nll).toBeCloseTo(-(Math.log(0.7) + Math.log(0.1)) / 2);
    expect(figures.brier).toBeCloseTo((0.09 + 0.03 + (0.49 + 0.81 + 0.02)) / 2);
    expect(figures.ece).toBeCloseTo(Math.abs(1 / 2 - 0.7));
  });
});
