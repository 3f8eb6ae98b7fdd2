import { describe, expect, it } from 'vitest';
import type { EcgAnnotation } from './recording.ts';
import { compareWaves, markedWaves, waveFigures } from './scoring-waves.ts';

const annotations = (...marks: [number, string][]): EcgAnnotation[] =>
  marks.map(([sample, code]) => ({ sample, code, subtype: 0, channel: 0, number: 0, text: '' }));
const wave = (onset: number, peak: number, end: number, code: string): [number, string][] => [
  [onset, '('],
  [peak, code],
  [end, ')'],
];
const options = { samplingRateHz: 500, fromSeconds: 0, windowSeconds: 0.15 };

describe('marked waves', () => {
  it('are a peak between its limits; a peak without both is none', () => {
    const waves = markedWaves(
      annotations([5, ')'], ...wave(10, 20, 30, 'p'), [40, '('], [50, 'V'], [60, ')'], [90, 't'], [99, ')']),
    );
    expect(waves).toEqual({
      p: [{ onset: 10, peak: 20, end: 30 }],
      qrs: [{ onset: 40, peak: 50, end: 60 }],
      t: [],
    });
  });
});

describe('waves against a reference', () => {
  const beat = (at: number, by = 0) => [
    ...wave(at - 90 + by, at - 70, at - 50, 'p'),
    ...wave(at - 20, at, at + 25 + by, 'N'),
  ];
  const reference = annotations(...beat(500), ...beat(1000));

  it('match by their peaks and differ in ms', () => {
    const { p, qrs, t } = compareWaves(reference, annotations(...beat(500, 2), ...beat(1000, -4)), options);
    expect(p).toEqual({ found: 2, missed: 0, invented: 0, onsetMs: [4, -8], peakMs: [0, 0], endMs: [0, 0] });
    expect(qrs).toMatchObject({ found: 2, onsetMs: [0, 0], endMs: [4, -8] });
    expect(t).toMatchObject({ found: 0, missed: 0, invented: 0 });
  });

  it('are missed, or invented, inside the marked stretch alone', () => {
    const test = annotations(
      ...beat(100),
      ...wave(480, 500, 520, 'N'),
      ...wave(700, 720, 740, 'N'),
      ...beat(1000),
      ...beat(1400),
    );
    const { p, qrs } = compareWaves(reference, test, options);
    expect([p.found, p.missed, p.invented]).toEqual([1, 1, 0]);
    expect([qrs.found, qrs.missed, qrs.invented]).toEqual([2, 0, 1]);
    expect(compareWaves([], test, options).qrs).toMatchObject({ found: 0, missed: 0, invented: 0 });
    expect(compareWaves(reference, test, { ...options, fromSeconds: 1.5 }).qrs).toMatchObject({ found: 1 });
  });

  it('have figures over all comparisons together', () => {
    const moved = (by: number) =>
      compareWaves(reference, annotations(...beat(500, by), ...beat(1000, by)), options);
    const { sensitivity, positivePredictivity, onset, peak } = waveFigures([moved(1), moved(3)], 'p');
    expect([sensitivity, positivePredictivity]).toEqual([1, 1]);
    expect(onset.count).toBe(4);
    expect(onset.meanMs).toBe(4);
    // 2, 2, 6, 6: squares about the mean sum to 16, divided by three.
    expect(onset.standardDeviationMs).toBeCloseTo(Math.sqrt(16 / 3), 12);
    expect(peak).toEqual({ count: 4, meanMs: 0, standardDeviationMs: 0 });
    expect(waveFigures([moved(1)], 't')).toMatchObject({
      sensitivity: null,
      onset: { count: 0, meanMs: null },
    });
  });
});
