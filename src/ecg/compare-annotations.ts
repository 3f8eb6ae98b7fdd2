/**
 * Two sets of annotations of a record against each other by the rules of ANSI/AAMI EC57, as the WFDB programs `bxb`
 * (beats), `rxr` (runs), `epicmp` (episodes) carry them out, and waves and their intervals by mean and standard deviation.
 */
import { BEAT_CLASSES, type BeatClass } from '../contract/ecg.ts';
import { aamiClassOf, type EscapeBeatClass, isBeatCode } from './beat-mapping.ts';
import type { EcgAnnotation } from './recording.ts';
import {
  type BeatConfusion,
  beatConfusion,
  type DetectionCounts,
  EC57_LEARNING_PERIOD_SECONDS,
  EC57_MATCH_WINDOW_SECONDS,
  fibrillationRanges,
  matchBeats,
  type SampleRange,
} from './scoring.ts';
import {
  type EpisodeCounts,
  fibrillationEpisodes,
  referenceEpisodes,
  scoreEpisodes,
} from './scoring-episodes.ts';
import { compareRuns, isShutdown, type RunComparison } from './scoring-runs.ts';
import { compareWaves, type WaveComparison } from './scoring-waves.ts';

export interface ComparisonOptions {
  /** EC57: 300. */
  fromSeconds: number;
  /** EC57: 0.15. */
  windowSeconds: number;
  /** Where e and j belong; `bxb` says S, de Chazal and most papers N. */
  escapeBeats: EscapeBeatClass;
}

export const EC57_OPTIONS: ComparisonOptions = {
  fromSeconds: EC57_LEARNING_PERIOD_SECONDS,
  windowSeconds: EC57_MATCH_WINDOW_SECONDS,
  escapeBeats: 'S',
};

/** Differences test less reference, milliseconds. */
export interface IntervalDifferences {
  pr: number[];
  qrs: number[];
  qt: number[];
}

export interface RecordComparison {
  detection: DetectionCounts;
  /** Rows: reference, columns: test. */
  beats: BeatConfusion;
  /** Of those missed, in stretches that the test says it cannot read. */
  missedInShutdown: number;
  /** Test beats in stretches that the reference says nobody can read; false positives too, as in `bxb`. */
  extraInShutdown: number;
  ventricularRuns: RunComparison;
  supraventricularRuns: RunComparison;
  /** Null where neither side has rhythm annotations. */
  atrialFibrillation: EpisodeCounts | null;
  ventricularFibrillation: EpisodeCounts;
  intervals: IntervalDifferences;
  waves: WaveComparison;
}

export function compareAnnotations(
  reference: readonly EcgAnnotation[],
  test: readonly EcgAnnotation[],
  recording: { samplingRateHz: number; lengthSamples: number },
  options: ComparisonOptions,
): RecordComparison {
  const { samplingRateHz, lengthSamples } = recording;
  const from = options.fromSeconds * samplingRateHz;
  // Beats that either side marks within its own fibrillation are none, as `bxb` reads both files.
  const expected = beatsOutside(reference, fibrillationRanges(reference));
  const found = beatsOutside(test, fibrillationRanges(test));
  const match = matchBeats(
    expected.map(({ sample }) => sample),
    found.map(({ sample }) => sample),
    options.windowSeconds,
    samplingRateHz,
  );
  const notJudged = fibrillationRanges(reference);
  const unreadable = shutdownRanges(reference);
  const pairs = match.pairs.filter((pair) => expected[pair.reference]!.sample >= from);
  const missed = match.missed.filter((i) => expected[i]!.sample >= from);
  const extra = match.extra.filter((i) => found[i]!.sample >= from && !within(notJudged, found[i]!.sample));
  const classOf = ({ code }: EcgAnnotation): BeatClass => aamiClassOf(code, options.escapeBeats) ?? 'Q';
  const episodes = { samplingRateHz, fromSeconds: options.fromSeconds, lengthSamples };
  const hasRhythm = [...reference, ...test].some(({ code }) => code === '+');
  return {
    detection: {
      truePositives: pairs.length,
      falseNegatives: missed.length,
      falsePositives: extra.length,
    },
    beats: beatConfusion({ pairs, missed, extra }, expected.map(classOf), found.map(classOf)),
    missedInShutdown: missed.filter((i) => within(shutdownRanges(test), expected[i]!.sample)).length,
    extraInShutdown: extra.filter((i) => within(unreadable, found[i]!.sample)).length,
    ventricularRuns: compareRuns(reference, test, 'ventricular', episodes),
    supraventricularRuns: compareRuns(reference, test, 'supraventricular', episodes),
    atrialFibrillation: hasRhythm
      ? scoreEpisodes(
          referenceEpisodes(reference, ['(AFIB'], lengthSamples),
          referenceEpisodes(test, ['(AFIB'], lengthSamples),
          { ...episodes, excluded: referenceEpisodes(reference, ['(AFL'], lengthSamples) },
        )
      : null,
    ventricularFibrillation: scoreEpisodes(
      fibrillationEpisodes(reference, lengthSamples),
      fibrillationEpisodes(test, lengthSamples),
      episodes,
    ),
    intervals: intervalDifferences(reference, test, pairsOf(expected, found, pairs), samplingRateHz),
    waves: compareWaves(reference, test, {
      samplingRateHz,
      fromSeconds: options.fromSeconds,
      windowSeconds: options.windowSeconds,
    }),
  };
}

function beatsOutside(
  annotations: readonly EcgAnnotation[],
  ranges: readonly SampleRange[],
): EcgAnnotation[] {
  return annotations.filter(({ code, sample }) => isBeatCode(code) && !within(ranges, sample));
}

function within(ranges: readonly SampleRange[], sample: number): boolean {
  return ranges.some(({ first, last }) => sample >= first && sample <= last);
}

/** From a noise annotation that says nothing can be read to the next that says otherwise. */
export function shutdownRanges(annotations: readonly EcgAnnotation[]): SampleRange[] {
  const ranges: SampleRange[] = [];
  let first = -1;
  for (const { code, subtype, sample } of annotations) {
    if (code !== '~') continue;
    if (isShutdown(subtype)) {
      if (first < 0) first = sample;
    } else if (first >= 0) {
      ranges.push({ first, last: sample });
      first = -1;
    }
  }
  if (first >= 0) ranges.push({ first, last: Number.POSITIVE_INFINITY });
  return ranges;
}

function pairsOf(
  expected: readonly EcgAnnotation[],
  found: readonly EcgAnnotation[],
  pairs: readonly { reference: number; test: number }[],
): { reference: number; test: number }[] {
  return pairs.map((pair) => ({
    reference: expected[pair.reference]!.sample,
    test: found[pair.test]!.sample,
  }));
}

interface Waves {
  pOnset: number | null;
  qrsOnset: number | null;
  qrsEnd: number | null;
  tEnd: number | null;
}

/** Intervals of beats that both sides delineated: `(` and `)` about `p`, a beat and `t`, as PhysioBank marks waves. */
function intervalDifferences(
  reference: readonly EcgAnnotation[],
  test: readonly EcgAnnotation[],
  pairs: readonly { reference: number; test: number }[],
  samplingRateHz: number,
): IntervalDifferences {
  const expected = wavesOf(reference);
  const found = wavesOf(test);
  const differences: IntervalDifferences = { pr: [], qrs: [], qt: [] };
  const ms = (samples: number) => (samples * 1000) / samplingRateHz;
  for (const pair of pairs) {
    const a = expected.get(pair.reference);
    const b = found.get(pair.test);
    if (a === undefined || b === undefined) continue;
    for (const [name, from, to] of [
      ['pr', 'pOnset', 'qrsOnset'],
      ['qrs', 'qrsOnset', 'qrsEnd'],
      ['qt', 'qrsOnset', 'tEnd'],
    ] as const) {
      const [aFrom, aTo, bFrom, bTo] = [a[from], a[to], b[from], b[to]];
      if (aFrom === null || aTo === null || bFrom === null || bTo === null) continue;
      differences[name].push(ms(bTo - bFrom - (aTo - aFrom)));
    }
  }
  return differences;
}

/** Waves of each beat, by the sample of its beat annotation. */
function wavesOf(annotations: readonly EcgAnnotation[]): Map<number, Waves> {
  const waves = new Map<number, Waves>();
  let onset: number | null = null;
  let p: number | null = null;
  let beat: Waves | null = null;
  let last: 'p' | 'beat' | 't' | null = null;
  for (const { code, sample } of annotations) {
    if (code === '(') {
      onset = sample;
      last = null;
    } else if (code === 'p') {
      p = onset;
      last = 'p';
      onset = null;
    } else if (code === 't') {
      last = 't';
      onset = null;
    } else if (isBeatCode(code)) {
      beat = { pOnset: p, qrsOnset: onset, qrsEnd: null, tEnd: null };
      waves.set(sample, beat);
      p = null;
      onset = null;
      last = 'beat';
    } else if (code === ')' && beat !== null) {
      if (last === 'beat') beat.qrsEnd = sample;
      if (last === 't') beat.tEnd = sample;
      last = null;
    }
  }
  return waves;
}

/** Adds the cells of confusion matrices. */
export function sumOfBeats(matrices: readonly BeatConfusion[]): BeatConfusion {
  const labels = [...BEAT_CLASSES, 'none'] as const;
  return Object.fromEntries(
    labels.map((row) => [
      row,
      Object.fromEntries(
        labels.map((column) => [column, matrices.reduce((sum, matrix) => sum + matrix[row][column], 0)]),
      ),
    ]),
  ) as BeatConfusion;
}
