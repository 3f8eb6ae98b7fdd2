import { describe, expect, it } from 'vitest';
import { aamiClassOf, BEAT_CODES, isBeatCode } from './beat-mapping.ts';
import type { EcgAnnotation } from './recording.ts';
import {
  beatConfusion,
  detectionFigures,
  ectopicFigures,
  matchBeats,
  scoreDetections,
  summariseDetections,
} from './scoring.ts';

const annotation = (sample: number, code = 'N'): EcgAnnotation => ({
  sample,
  code,
  subtype: 0,
  channel: 0,
  number: 0,
  text: '',
});

describe('pairing of beats', () => {
  it('pairs up to the window and not beyond', () => {
    expect(matchBeats([100], [115], 0.15, 100).pairs).toHaveLength(1);
    expect(matchBeats([100], [116], 0.15, 100)).toEqual({ pairs: [], missed: [0], extra: [0] });
  });

  it('gives a reference beat the nearer of two test beats', () => {
    expect(matchBeats([100], [90, 102], 0.15, 100)).toEqual({
      pairs: [{ reference: 0, test: 1 }],
      missed: [],
      extra: [0],
    });
    expect(matchBeats([100], [98, 110], 0.15, 100).pairs).toEqual([{ reference: 0, test: 0 }]);
  });

  it('gives a test beat the nearer of two reference beats', () => {
    expect(matchBeats([90, 102], [100], 0.15, 100)).toEqual({
      pairs: [{ reference: 1, test: 0 }],
      missed: [0],
      extra: [],
    });
  });

  it('counts what is left at both ends', () => {
    expect(matchBeats([10, 500], [], 0.15, 100).missed).toEqual([0, 1]);
    expect(matchBeats([], [10, 500], 0.15, 100).extra).toEqual([0, 1]);
  });
});

describe('scores of detections', () => {
  it('leaves out test beats in ventricular fibrillation, and beats before the start of counting', () => {
    const reference = [
      annotation(100),
      annotation(400),
      annotation(450, '+'),
      annotation(500, '['),
      annotation(600, '!'),
      annotation(700, ']'),
      annotation(900, 'V'),
    ];
    const detected = [100, 405, 550, 600, 650, 800, 1000];
    expect(scoreDetections(reference, detected, 100, 0)).toEqual({
      truePositives: 2,
      falseNegatives: 1,
      falsePositives: 2,
    });
    expect(scoreDetections(reference, detected, 100, 3)).toEqual({
      truePositives: 1,
      falseNegatives: 1,
      falsePositives: 2,
    });
  });

  it('gives gross and average figures apart', () => {
    const summary = summariseDetections([
      { truePositives: 90, falseNegatives: 10, falsePositives: 0 },
      { truePositives: 10, falseNegatives: 0, falsePositives: 10 },
    ]);
    expect(summary.gross.sensitivity).toBeCloseTo(100 / 110, 12);
    expect(summary.average.sensitivity).toBeCloseTo(0.95, 12);
    expect(summary.gross.positivePredictivity).toBeCloseTo(100 / 110, 12);
    expect(summary.average.positivePredictivity).toBeCloseTo(0.75, 12);
  });

  it('has no sensitivity where there was nothing to find', () => {
    expect(detectionFigures({ truePositives: 0, falseNegatives: 0, falsePositives: 2 })).toEqual({
      sensitivity: Number.NaN,
      positivePredictivity: 0,
    });
  });
});

describe('beats by class', () => {
  it('forgives F and Q called V, and only those', () => {
    const match = matchBeats([100, 200, 300, 400, 500, 600], [100, 200, 300, 400, 500, 700], 0.15, 100);
    const confusion = beatConfusion(match, ['V', 'F', 'Q', 'N', 'S', 'V'], ['V', 'V', 'V', 'V', 'S', 'V']);
    expect(confusion.V).toMatchObject({ V: 1, none: 1 });
    expect(confusion.none.V).toBe(1);
    expect(ectopicFigures(confusion, 'V')).toEqual({ sensitivity: 1 / 2, positivePredictivity: 1 / 3 });
    expect(ectopicFigures(confusion, 'S')).toEqual({ sensitivity: 1, positivePredictivity: 1 });
  });

  it('maps escape beats as asked and leaves marks that are no beats out', () => {
    expect(aamiClassOf('e')).toBe('N');
    expect(aamiClassOf('j', 'S')).toBe('S');
    expect(aamiClassOf('L')).toBe('N');
    expect(aamiClassOf('/')).toBe('Q');
    expect(aamiClassOf('+')).toBeNull();
    expect(isBeatCode('~')).toBe(false);
    expect(BEAT_CODES).toHaveLength(19);
  });
});
