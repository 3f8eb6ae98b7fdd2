/** Hand-made annotation sets whose scores follow from the rules of EC57 and of `bxb` and `rxr`. */
import { describe, expect, it } from 'vitest';
import { compareAnnotations, EC57_OPTIONS, shutdownRanges } from './compare-annotations.ts';
import type { EcgAnnotation } from './recording.ts';
import { ectopicFigures } from './scoring.ts';
import { compareRuns, runCounts } from './scoring-runs.ts';

const RATE_HZ = 100;
const recording = { samplingRateHz: RATE_HZ, lengthSamples: 1000 * RATE_HZ };
const scoring = { samplingRateHz: RATE_HZ, fromSeconds: 300 };

function annotation(seconds: number, code: string, more: Partial<EcgAnnotation> = {}): EcgAnnotation {
  return {
    sample: Math.round(seconds * RATE_HZ),
    code,
    subtype: 0,
    channel: 0,
    number: 0,
    text: '',
    ...more,
  };
}

/** One beat a second from 400 s on; a space is no beat. */
function beats(codes: string, from = 400): EcgAnnotation[] {
  return [...codes].flatMap((code, i) => (code === ' ' ? [] : [annotation(from + i, code)]));
}

function sorted(...lists: EcgAnnotation[][]): EcgAnnotation[] {
  return lists.flat().sort((a, b) => a.sample - b.sample);
}

describe('beats', () => {
  it('match within 150 ms only, and not before 5 minutes', () => {
    const reference = sorted(beats('NNNN'), [annotation(100, 'N'), annotation(299.99, 'N')]);
    const test = [
      annotation(400.15, 'N'),
      annotation(401.16, 'N'),
      annotation(402, 'N'),
      annotation(250, 'N'),
    ];
    const { detection, beats: matrix } = compareAnnotations(reference, sorted(test), recording, EC57_OPTIONS);
    expect(detection).toEqual({ truePositives: 2, falseNegatives: 2, falsePositives: 1 });
    expect([matrix.N.N, matrix.N.none, matrix.none.N]).toEqual([2, 2, 1]);
  });

  it('counts all from the start where the learning period is switched off', () => {
    const reference = beats('NNNN', 0);
    const { detection } = compareAnnotations(reference, reference, recording, {
      ...EC57_OPTIONS,
      fromSeconds: 0,
    });
    expect(detection).toEqual({ truePositives: 4, falseNegatives: 0, falsePositives: 0 });
  });

  it('are not counted within the reference’s ventricular fibrillation', () => {
    const reference = sorted(beats('NN'), [annotation(402.5, '['), annotation(406, ']')], beats('NN', 407));
    const test = sorted(beats('NNVVVV'), beats('NN', 407));
    const { detection } = compareAnnotations(reference, test, recording, EC57_OPTIONS);
    // The beat at 402 s is before the fibrillation, those at 403, 404, 405 s within it.
    expect(detection).toEqual({ truePositives: 4, falseNegatives: 0, falsePositives: 1 });
  });

  it('missed while the test says it cannot read are missed, and told apart, and so are extra ones', () => {
    const noise = (from: number, to: number) => [
      annotation(from, '~', { subtype: 0x33 }),
      annotation(to, '~', { subtype: 0 }),
    ];
    const missing = compareAnnotations(
      beats('NNNNNN'),
      sorted(beats('N    N'), noise(400.5, 402.5)),
      recording,
      EC57_OPTIONS,
    );
    expect(missing.detection).toEqual({ truePositives: 2, falseNegatives: 4, falsePositives: 0 });
    expect(missing.missedInShutdown).toBe(2);
    const extra = compareAnnotations(
      sorted(beats('N    N'), noise(400.5, 402.5)),
      beats('NNNNNN'),
      recording,
      EC57_OPTIONS,
    );
    expect(extra.detection).toEqual({ truePositives: 2, falseNegatives: 0, falsePositives: 4 });
    expect(extra.extraInShutdown).toBe(2);
  });

  it('reads a shutdown only where both bits say so, and to the end where it is not ended', () => {
    expect(
      shutdownRanges([annotation(1, '~', { subtype: 0x10 }), annotation(2, '~', { subtype: 0x30 })]),
    ).toEqual([{ first: 2 * RATE_HZ, last: Number.POSITIVE_INFINITY }]);
  });

  it('of class F and Q are forgiven as the rules say', () => {
    const { beats: matrix } = compareAnnotations(beats('VVFQQNN'), beats('VNVVSVS'), recording, EC57_OPTIONS);
    // V: one of two found; called V and counted: V once, N once (F and Q are not).
    expect(ectopicFigures(matrix, 'V')).toEqual({ sensitivity: 1 / 2, positivePredictivity: 1 / 2 });
    // S: none there to find; called S and counted: the N, not the Q.
    expect(ectopicFigures(matrix, 'S')).toEqual({ sensitivity: Number.NaN, positivePredictivity: 0 });
  });

  it('puts escape beats where it is told', () => {
    const as = (escapeBeats: 'N' | 'S') =>
      compareAnnotations(beats('ejN'), beats('SSN'), recording, { ...EC57_OPTIONS, escapeBeats }).beats;
    expect([as('S').S.S, as('S').N.S]).toEqual([2, 0]);
    expect([as('N').S.S, as('N').N.S]).toEqual([0, 2]);
  });
});

describe('runs', () => {
  const counted = (
    reference: EcgAnnotation[],
    test: EcgAnnotation[],
    kind: 'ventricular' | 'supraventricular',
  ) => {
    const comparison = compareRuns(reference, test, kind, scoring);
    return {
      couplets: runCounts(comparison, 'couplets'),
      shortRuns: runCounts(comparison, 'shortRuns'),
      longRuns: runCounts(comparison, 'longRuns'),
    };
  };

  it('are couplets, short ones of 3 to 5 and long ones of 6 or more; a longer test run finds a shorter one', () => {
    const { couplets, shortRuns, longRuns } = counted(
      beats('NVVNNVVNNVVVNNVVVVVVNN'),
      beats('NVVNNVNNNVVVNNVVVVVNNN'),
      'ventricular',
    );
    // Second couplet: one beat only. Long run: five beats only, which is a short run that a longer one answers.
    expect(couplets).toEqual({ referenceFound: 1, referenceMissed: 1, testRight: 1, testFalse: 0 });
    expect(shortRuns).toEqual({ referenceFound: 1, referenceMissed: 0, testRight: 2, testFalse: 0 });
    expect(longRuns).toEqual({ referenceFound: 0, referenceMissed: 1, testRight: 0, testFalse: 0 });
  });

  it('go on over fusion beats, and end with normal and unclassified ones', () => {
    const { shortRuns, couplets } = counted(beats('NVFVNVQVN'), beats('NVFVNVNVN'), 'ventricular');
    expect(shortRuns).toEqual({ referenceFound: 1, referenceMissed: 0, testRight: 1, testFalse: 0 });
    expect(couplets).toEqual({ referenceFound: 0, referenceMissed: 0, testRight: 0, testFalse: 0 });
  });

  it('are as long as can be in fibrillation', () => {
    const fibrillation = [annotation(403.2, '['), annotation(410, ']')];
    const reference = sorted(beats('NNNN'), fibrillation, beats('NN', 411));
    const vf = counted(reference, sorted(beats('NNNNVVVVVV'), beats('NN', 411)), 'ventricular');
    expect(vf.longRuns).toEqual({ referenceFound: 1, referenceMissed: 0, testRight: 1, testFalse: 0 });
    const af = [annotation(402.5, '+', { text: '(AFIB' }), annotation(408.5, '+', { text: '(N' })];
    const inAf = counted(sorted(beats('NNNNNNNNNNN'), af), beats('NNNSSSNNNNN'), 'supraventricular');
    expect(inAf.longRuns).toEqual({ referenceFound: 0, referenceMissed: 1, testRight: 0, testFalse: 0 });
    expect(inAf.shortRuns).toEqual({ referenceFound: 0, referenceMissed: 0, testRight: 1, testFalse: 0 });
  });

  it('before the learning period ends are left out', () => {
    const { couplets } = counted(beats('NVVN', 100), beats('NVVN', 100), 'ventricular');
    expect(couplets).toEqual({ referenceFound: 0, referenceMissed: 0, testRight: 0, testFalse: 0 });
  });
});

describe('episodes and intervals', () => {
  it('finds atrial fibrillation by overlap, and leaves reference flutter out', () => {
    const rhythm = (...changes: [number, string][]) =>
      changes.map(([seconds, text]) => annotation(seconds, '+', { text }));
    const reference = rhythm([0, '(N'], [400, '(AFIB'], [500, '(N'], [600, '(AFL'], [700, '(N']);
    const test = rhythm([0, '(N'], [450, '(AFIB'], [550, '(N'], [600, '(AFIB'], [700, '(N']);
    const { atrialFibrillation } = compareAnnotations(reference, test, recording, EC57_OPTIONS);
    expect(atrialFibrillation).toMatchObject({
      referenceFound: 1,
      referenceMissed: 0,
      testRight: 1,
      testFalse: 0,
      referenceSeconds: 100,
      referenceCoveredSeconds: 50,
      testSeconds: 100,
      testRightSeconds: 50,
    });
    expect(compareAnnotations(beats('N'), beats('N'), recording, EC57_OPTIONS).atrialFibrillation).toBeNull();
  });

  it('gives differences of PR, QRS and QT of beats that both sides delineated', () => {
    const wave = (at: number, limits: { p: number; qrs: number; end: number; t: number }) => [
      annotation(at - limits.p, '('),
      annotation(at - limits.p + 0.04, 'p'),
      annotation(at - limits.p + 0.08, ')'),
      annotation(at - limits.qrs, '('),
      annotation(at, 'N'),
      annotation(at + limits.end, ')'),
      annotation(at + 0.2, '('),
      annotation(at + 0.25, 't'),
      annotation(at + limits.t, ')'),
    ];
    const reference = sorted(wave(400, { p: 0.2, qrs: 0.05, end: 0.05, t: 0.35 }), beats('N', 401));
    const test = sorted(wave(400, { p: 0.18, qrs: 0.06, end: 0.06, t: 0.35 }), beats('N', 401));
    const { intervals } = compareAnnotations(reference, test, recording, EC57_OPTIONS);
    expect(intervals.pr.map(Math.round)).toEqual([-30]);
    expect(intervals.qrs.map(Math.round)).toEqual([20]);
    expect(intervals.qt.map(Math.round)).toEqual([10]);
  });
});
