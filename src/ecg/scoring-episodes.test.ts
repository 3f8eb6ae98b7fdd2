import { describe, expect, it } from 'vitest';
import type { EcgAnnotation } from './recording.ts';
import {
  episodeFigures,
  fibrillationEpisodes,
  referenceEpisodes,
  scoreEpisodes,
  summariseEpisodes,
} from './scoring-episodes.ts';

const scoring = { samplingRateHz: 10, fromSeconds: 0, lengthSamples: 10_000 };
const annotation = (sample: number, code: string, text = ''): EcgAnnotation => ({
  sample,
  code,
  text,
  subtype: 0,
  channel: 0,
  number: 0,
});

describe('rhythm episodes', () => {
  it('run from one change of rhythm to the next, the last to the end of the record', () => {
    const annotations = [
      annotation(0, '+', '(N'),
      annotation(100, '+', '(AFIB'),
      annotation(150, 'V'),
      annotation(300, '+', '(VT'),
      annotation(320, '+', '(AFIB'),
    ];
    expect(referenceEpisodes(annotations, ['(AFIB'], 1000)).toEqual([
      { start: 100, end: 300 },
      { start: 320, end: 1000 },
    ]);
    expect(referenceEpisodes(annotations, ['(AFIB', '(VT'], 1000)).toEqual([{ start: 100, end: 1000 }]);
  });

  it('of ventricular fibrillation lie between brackets', () => {
    const annotations = [annotation(50, '['), annotation(60, '!'), annotation(90, ']'), annotation(120, '[')];
    expect(fibrillationEpisodes(annotations, 200)).toEqual([
      { start: 50, end: 90 },
      { start: 120, end: 200 },
    ]);
  });

  it('count as found by any overlap, and by what of their duration is covered', () => {
    const counts = scoreEpisodes(
      [
        { start: 100, end: 200 },
        { start: 400, end: 600 },
        { start: 800, end: 900 },
      ],
      [
        { start: 190, end: 240 },
        { start: 350, end: 450 },
        { start: 500, end: 550 },
        { start: 650, end: 700 },
      ],
      scoring,
    );
    expect(counts).toEqual({
      referenceFound: 2,
      referenceMissed: 1,
      testRight: 3,
      testFalse: 1,
      referenceSeconds: 40,
      referenceCoveredSeconds: 1 + 5 + 5,
      testSeconds: 5 + 10 + 5 + 5,
      testRightSeconds: 11,
    });
    expect(episodeFigures(counts)).toEqual({
      episodeSensitivity: 2 / 3,
      episodePositivePredictivity: 3 / 4,
      durationSensitivity: 11 / 40,
      durationPositivePredictivity: 11 / 25,
    });
  });

  it('are cut at the end of the learning period, and do not count where they end before', () => {
    const counts = scoreEpisodes(
      [
        { start: 0, end: 40 },
        { start: 80, end: 200 },
      ],
      [{ start: 0, end: 110 }],
      { ...scoring, fromSeconds: 10 },
    );
    expect(counts.referenceFound + counts.referenceMissed).toBe(1);
    expect(counts.referenceSeconds).toBe(10);
    expect(counts.testSeconds).toBe(1);
  });

  it('in excluded stretches are neither right nor false', () => {
    const reference = [{ start: 100, end: 200 }];
    const excluded = [{ start: 300, end: 500 }];
    const inside = scoreEpisodes(reference, [{ start: 320, end: 480 }], { ...scoring, excluded });
    expect([inside.testRight, inside.testFalse, inside.testSeconds]).toEqual([0, 0, 0]);
    const across = scoreEpisodes(reference, [{ start: 150, end: 520 }], { ...scoring, excluded });
    expect([across.testRight, across.testFalse, across.testSeconds, across.testRightSeconds]).toEqual([
      1, 0, 17, 5,
    ]);
  });

  it('give gross figures from added counts and average ones over records that have them', () => {
    const one = scoreEpisodes([{ start: 0, end: 1000 }], [{ start: 0, end: 500 }], scoring);
    const two = scoreEpisodes([{ start: 0, end: 100 }], [], scoring);
    const none = scoreEpisodes([], [], scoring);
    const { gross, average } = summariseEpisodes([one, two, none]);
    expect(gross.durationSensitivity).toBeCloseTo(50 / 110, 12);
    expect(average.durationSensitivity).toBeCloseTo(0.25, 12);
    expect(average.durationPositivePredictivity).toBe(1);
    expect(gross.episodeSensitivity).toBe(0.5);
  });
});
