/**
 * Comparison of detected beats with reference annotations, beat by beat, after ANSI/AAMI EC57 as the WFDB program
 * `bxb` carries it out: a match window of 150 ms, test beats inside reference-marked ventricular fibrillation not
 * counted, figures gross (counts added over records) and average (mean over records).
 */
import { BEAT_CLASSES, type BeatClass } from '../contract/ecg.ts';
import { isBeatCode } from './beat-mapping.ts';
import type { EcgAnnotation } from './recording.ts';

export const EC57_MATCH_WINDOW_SECONDS = 0.15;
/** The learning period at the start that `bxb` leaves out unless told otherwise. */
export const EC57_LEARNING_PERIOD_SECONDS = 300;

/** Indices into the compared lists. */
export interface BeatMatch {
  pairs: { reference: number; test: number }[];
  /** Reference beats without a test beat. */
  missed: number[];
  /** Test beats without a reference beat. */
  extra: number[];
}

/**
 * Pairs each reference beat with at most one test beat. A test beat belongs to a reference beat if they are no
 * further apart than the window and neither has a nearer neighbour still to come.
 * @param reference sample positions, ascending
 * @param test sample positions, ascending
 */
export function matchBeats(
  reference: ArrayLike<number>,
  test: ArrayLike<number>,
  windowSeconds: number,
  samplingRateHz: number,
): BeatMatch {
  const window = windowSeconds * samplingRateHz;
  const match: BeatMatch = { pairs: [], missed: [], extra: [] };
  let r = 0;
  let t = 0;
  while (r < reference.length && t < test.length) {
    const distance = Math.abs(reference[r]! - test[t]!);
    const testIsEarlier = test[t]! < reference[r]!;
    const nearer = testIsEarlier
      ? Math.abs((test[t + 1] ?? Number.POSITIVE_INFINITY) - reference[r]!)
      : Math.abs((reference[r + 1] ?? Number.POSITIVE_INFINITY) - test[t]!);
    if (distance <= window && distance <= nearer) {
      match.pairs.push({ reference: r, test: t });
      r++;
      t++;
    } else if (testIsEarlier) {
      match.extra.push(t++);
    } else {
      match.missed.push(r++);
    }
  }
  while (r < reference.length) match.missed.push(r++);
  while (t < test.length) match.extra.push(t++);
  return match;
}

/** A stretch of samples, both ends included. */
export interface SampleRange {
  first: number;
  last: number;
}

/** Stretches between `[` and `]`; one that is not closed runs to the end of the record. */
export function fibrillationRanges(annotations: readonly EcgAnnotation[]): SampleRange[] {
  const ranges: SampleRange[] = [];
  let first: number | null = null;
  for (const { code, sample } of annotations) {
    if (code === '[') first ??= sample;
    if (code === ']' && first !== null) {
      ranges.push({ first, last: sample });
      first = null;
    }
  }
  if (first !== null) ranges.push({ first, last: Number.POSITIVE_INFINITY });
  return ranges;
}

/** The beats of a reference annotation file that count: all beat codes outside ventricular fibrillation. */
export function referenceBeats(annotations: readonly EcgAnnotation[]): EcgAnnotation[] {
  const fibrillation = fibrillationRanges(annotations);
  return annotations.filter(({ code, sample }) => isBeatCode(code) && !isWithin(fibrillation, sample));
}

function isWithin(ranges: readonly SampleRange[], sample: number): boolean {
  return ranges.some(({ first, last }) => sample >= first && sample <= last);
}

export interface DetectionCounts {
  truePositives: number;
  falseNegatives: number;
  falsePositives: number;
}

/**
 * Counts of one record.
 * @param annotations the reference, all codes
 * @param detected sample positions, ascending
 * @param fromSeconds beats before are compared but not counted; 300 for EC57's learning period
 * @param windowSeconds EC57's 150 ms, or a tighter one
 */
export function scoreDetections(
  annotations: readonly EcgAnnotation[],
  detected: ArrayLike<number>,
  samplingRateHz: number,
  fromSeconds: number,
  windowSeconds: number = EC57_MATCH_WINDOW_SECONDS,
): DetectionCounts {
  const reference = referenceBeats(annotations).map((annotation) => annotation.sample);
  const fibrillation = fibrillationRanges(annotations);
  const { pairs, missed, extra } = matchBeats(reference, detected, windowSeconds, samplingRateHz);
  const from = fromSeconds * samplingRateHz;
  return {
    truePositives: pairs.filter((pair) => reference[pair.reference]! >= from).length,
    falseNegatives: missed.filter((index) => reference[index]! >= from).length,
    falsePositives: extra.filter(
      (index) => detected[index]! >= from && !isWithin(fibrillation, detected[index]!),
    ).length,
  };
}

/** Se = TP / (TP + FN), +P = TP / (TP + FP); NaN where nothing was there to find or nothing was found. */
export interface DetectionFigures {
  sensitivity: number;
  positivePredictivity: number;
}

export function detectionFigures(counts: DetectionCounts): DetectionFigures {
  const { truePositives, falseNegatives, falsePositives } = counts;
  return {
    sensitivity: truePositives / (truePositives + falseNegatives),
    positivePredictivity: truePositives / (truePositives + falsePositives),
  };
}

/** Counts added over records, and figures averaged over the records that have them. */
export function summariseDetections(records: readonly DetectionCounts[]): {
  counts: DetectionCounts;
  gross: DetectionFigures;
  average: DetectionFigures;
} {
  const counts = { truePositives: 0, falseNegatives: 0, falsePositives: 0 };
  for (const record of records) {
    counts.truePositives += record.truePositives;
    counts.falseNegatives += record.falseNegatives;
    counts.falsePositives += record.falsePositives;
  }
  const figures = records.map(detectionFigures);
  const mean = (values: number[]) => {
    const known = values.filter((value) => !Number.isNaN(value));
    return known.reduce((sum, value) => sum + value, 0) / known.length;
  };
  return {
    counts,
    gross: detectionFigures(counts),
    average: {
      sensitivity: mean(figures.map((figure) => figure.sensitivity)),
      positivePredictivity: mean(figures.map((figure) => figure.positivePredictivity)),
    },
  };
}

/** Beat counts by reference class (row) and test class (column); `none` is no beat at that place. */
export type BeatConfusion = Record<BeatClass | 'none', Record<BeatClass | 'none', number>>;

/**
 * @param referenceClasses class of each reference beat
 * @param testClasses class of each test beat
 */
export function beatConfusion(
  match: BeatMatch,
  referenceClasses: readonly BeatClass[],
  testClasses: readonly BeatClass[],
): BeatConfusion {
  const labels = [...BEAT_CLASSES, 'none'] as const;
  const confusion = Object.fromEntries(
    labels.map((row) => [row, Object.fromEntries(labels.map((column) => [column, 0]))]),
  ) as BeatConfusion;
  for (const { reference, test } of match.pairs)
    confusion[referenceClasses[reference]!][testClasses[test]!]++;
  for (const reference of match.missed) confusion[referenceClasses[reference]!].none++;
  for (const test of match.extra) confusion.none[testClasses[test]!]++;
  return confusion;
}

/**
 * Sensitivity and positive predictivity for ectopic beats as `bxb` counts them: missed beats lower the
 * sensitivity and extra ones the predictivity. F and Q called V, and Q called S, are not false positives.
 */
export function ectopicFigures(confusion: BeatConfusion, beatClass: 'S' | 'V'): DetectionFigures {
  const forgiven: readonly string[] = beatClass === 'V' ? ['F', 'Q'] : ['Q'];
  const truePositives = confusion[beatClass][beatClass];
  const referenceBeatCount = Object.values(confusion[beatClass]).reduce((sum, count) => sum + count, 0);
  const called = Object.entries(confusion)
    .filter(([reference]) => !forgiven.includes(reference))
    .reduce((sum, [, row]) => sum + row[beatClass], 0);
  return { sensitivity: truePositives / referenceBeatCount, positivePredictivity: truePositives / called };
}
