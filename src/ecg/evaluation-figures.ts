/** Figures of compared annotations: a record at a time, gross (counts added) and average (mean over records). */
import type { EscapeBeatClass } from './beat-mapping.ts';
import { type RecordComparison, sumOfBeats } from './compare-annotations.ts';
import { type BeatConfusion, type DetectionCounts, detectionFigures, ectopicFigures } from './scoring.ts';
import { type EpisodeCounts, episodeFigures, summariseEpisodes } from './scoring-episodes.ts';
import { emptyRuns, type RUN_LENGTHS, type RunComparison, runCounts } from './scoring-runs.ts';
import {
  type DifferenceFigures,
  differenceFigures,
  type WaveFigures,
  type WaveKind,
  waveFigures,
} from './scoring-waves.ts';

export interface EvaluatedRecord {
  record: string;
  /** The reference has paced beats: EC57 leaves the record out. */
  paced: boolean;
  comparison: RecordComparison;
}

/** Shares from 0 to 1; null where nothing was there to find, or nothing was called. */
interface Figures {
  sensitivity: number | null;
  positivePredictivity: number | null;
}
type RunLength = keyof typeof RUN_LENGTHS;
interface EpisodeShares {
  episodes: Figures;
  duration: Figures;
}

export interface RecordFigures {
  qrs: Figures;
  V: Figures;
  S: Figures;
  ventricularRuns: Record<RunLength, Figures>;
  supraventricularRuns: Record<RunLength, Figures>;
  atrialFibrillation: EpisodeShares;
  ventricularFibrillation: EpisodeShares;
}

type IntervalErrors = Record<'pr' | 'qrs' | 'qt', DifferenceFigures>;
type AllWaveFigures = Record<WaveKind, WaveFigures>;

interface Counts {
  detection: DetectionCounts;
  beats: BeatConfusion;
  missedInShutdown: number;
  extraInShutdown: number;
  ventricularRuns: RunComparison;
  supraventricularRuns: RunComparison;
  atrialFibrillation: EpisodeCounts | null;
  ventricularFibrillation: EpisodeCounts;
}

export interface Evaluation {
  format: 'kirchhoff-evaluation';
  version: 1;
  rules: {
    standard: string;
    reference: string;
    test: string;
    fromSeconds: number;
    windowSeconds: number;
    escapeBeats: EscapeBeatClass;
    includePaced: boolean;
    statements: string[];
  };
  records: ({
    record: string;
    paced: boolean;
    figures: RecordFigures;
    intervals: IntervalErrors;
    waves: AllWaveFigures;
  } & Counts)[];
  /** Of the records that count. */
  gross: RecordFigures;
  average: RecordFigures;
  beats: BeatConfusion;
  intervals: IntervalErrors;
  waves: AllWaveFigures;
  notCounted: string[];
  skipped: { record: string; why: string }[];
}

export function evaluationOf(
  records: readonly EvaluatedRecord[],
  skipped: { record: string; why: string }[],
  options: {
    reference: string;
    test: string;
    fromSeconds: number;
    windowSeconds: number;
    escapeBeats: EscapeBeatClass;
    includePaced: boolean;
  },
): Evaluation {
  const counted = records.filter(({ paced }) => options.includePaced || !paced);
  const comparisons = counted.map(({ comparison }) => comparison);
  const { reference, test, fromSeconds, windowSeconds, escapeBeats, includePaced } = options;
  const beats = sumOfBeats(comparisons.map((comparison) => comparison.beats));
  const intervals = (of: readonly RecordComparison[]): IntervalErrors => ({
    pr: differenceFigures(of.flatMap((comparison) => comparison.intervals.pr)),
    qrs: differenceFigures(of.flatMap((comparison) => comparison.intervals.qrs)),
    qt: differenceFigures(of.flatMap((comparison) => comparison.intervals.qt)),
  });
  const waves = (of: readonly RecordComparison[]): AllWaveFigures => {
    const compared = of.map((comparison) => comparison.waves);
    return {
      p: waveFigures(compared, 'p'),
      qrs: waveFigures(compared, 'qrs'),
      t: waveFigures(compared, 't'),
    };
  };
  return {
    format: 'kirchhoff-evaluation',
    version: 1,
    rules: {
      standard: 'ANSI/AAMI EC57 as the WFDB programs bxb, rxr and epicmp carry it out',
      reference,
      test,
      fromSeconds,
      windowSeconds,
      escapeBeats,
      includePaced,
      statements: statementsOf(options),
    },
    records: records.map(({ record, paced, comparison }) => {
      const { intervals: _, waves: __, ...counts } = comparison;
      return {
        record,
        paced,
        figures: figuresOf(counts),
        intervals: intervals([comparison]),
        waves: waves([comparison]),
        ...counts,
      };
    }),
    gross: figuresOf({
      detection: sumOf(comparisons.map(({ detection }) => detection)),
      beats,
      missedInShutdown: 0,
      extraInShutdown: 0,
      ventricularRuns: sumOfRuns(comparisons.map(({ ventricularRuns }) => ventricularRuns)),
      supraventricularRuns: sumOfRuns(comparisons.map(({ supraventricularRuns }) => supraventricularRuns)),
      atrialFibrillation: summariseEpisodes(
        comparisons.flatMap(({ atrialFibrillation }) => atrialFibrillation ?? []),
      ).counts,
      ventricularFibrillation: summariseEpisodes(
        comparisons.map(({ ventricularFibrillation }) => ventricularFibrillation),
      ).counts,
    }),
    average: averageOf(comparisons.map(figuresOf)),
    beats,
    intervals: intervals(comparisons),
    waves: waves(comparisons),
    notCounted: records.filter((record) => !counted.includes(record)).map(({ record }) => record),
    skipped,
  };
}

function statementsOf(options: {
  fromSeconds: number;
  windowSeconds: number;
  escapeBeats: EscapeBeatClass;
  includePaced: boolean;
}): string[] {
  const { fromSeconds, windowSeconds, escapeBeats, includePaced } = options;
  const standard = fromSeconds === 300 && windowSeconds === 0.15;
  return [
    `the first ${fromSeconds} s are not counted, beats match within ${windowSeconds * 1000} ms${standard ? '' : ' (not the standard’s 300 s and 150 ms)'}.`,
    `Escape beats e and j are ${escapeBeats}.`,
    'Test beats in the reference’s ventricular fibrillation are not counted; those in unreadable stretches are, and are told apart.',
    'F and Q called V, and Q called S, are not false positives.',
    includePaced ? 'Records with paced beats count.' : 'Records with paced beats do not count.',
  ];
}

function share(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}

function known(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function figuresOf(counts: Counts): RecordFigures {
  const plain = (figures: { sensitivity: number; positivePredictivity: number }): Figures => ({
    sensitivity: known(figures.sensitivity),
    positivePredictivity: known(figures.positivePredictivity),
  });
  const runs = (comparison: RunComparison): Record<RunLength, Figures> => {
    const of = (length: RunLength): Figures => {
      const { referenceFound, referenceMissed, testRight, testFalse } = runCounts(comparison, length);
      return {
        sensitivity: share(referenceFound, referenceFound + referenceMissed),
        positivePredictivity: share(testRight, testRight + testFalse),
      };
    };
    return { couplets: of('couplets'), shortRuns: of('shortRuns'), longRuns: of('longRuns') };
  };
  return {
    qrs: plain(detectionFigures(counts.detection)),
    V: plain(ectopicFigures(counts.beats, 'V')),
    S: plain(ectopicFigures(counts.beats, 'S')),
    ventricularRuns: runs(counts.ventricularRuns),
    supraventricularRuns: runs(counts.supraventricularRuns),
    atrialFibrillation: episodeShares(counts.atrialFibrillation),
    ventricularFibrillation: episodeShares(counts.ventricularFibrillation),
  };
}

function episodeShares(counts: EpisodeCounts | null): EpisodeShares {
  const none = { sensitivity: null, positivePredictivity: null };
  if (counts === null) return { episodes: none, duration: none };
  const figures = episodeFigures(counts);
  return {
    episodes: {
      sensitivity: known(figures.episodeSensitivity),
      positivePredictivity: known(figures.episodePositivePredictivity),
    },
    duration: {
      sensitivity: known(figures.durationSensitivity),
      positivePredictivity: known(figures.durationPositivePredictivity),
    },
  };
}

/** Mean of each figure over the records that have it. */
function averageOf(all: readonly RecordFigures[]): RecordFigures {
  const mean = (of: (figures: RecordFigures) => Figures): Figures => {
    const meanOf = (values: (number | null)[]): number | null => {
      const there = values.filter((value) => value !== null);
      return there.length === 0 ? null : there.reduce((sum, value) => sum + value, 0) / there.length;
    };
    return {
      sensitivity: meanOf(all.map((figures) => of(figures).sensitivity)),
      positivePredictivity: meanOf(all.map((figures) => of(figures).positivePredictivity)),
    };
  };
  const runs = (kind: 'ventricularRuns' | 'supraventricularRuns') => ({
    couplets: mean((figures) => figures[kind].couplets),
    shortRuns: mean((figures) => figures[kind].shortRuns),
    longRuns: mean((figures) => figures[kind].longRuns),
  });
  const episodes = (kind: 'atrialFibrillation' | 'ventricularFibrillation') => ({
    episodes: mean((figures) => figures[kind].episodes),
    duration: mean((figures) => figures[kind].duration),
  });
  return {
    qrs: mean(({ qrs }) => qrs),
    V: mean(({ V }) => V),
    S: mean(({ S }) => S),
    ventricularRuns: runs('ventricularRuns'),
    supraventricularRuns: runs('supraventricularRuns'),
    atrialFibrillation: episodes('atrialFibrillation'),
    ventricularFibrillation: episodes('ventricularFibrillation'),
  };
}

function sumOf(counts: readonly DetectionCounts[]): DetectionCounts {
  const total = { truePositives: 0, falseNegatives: 0, falsePositives: 0 };
  for (const one of counts) {
    total.truePositives += one.truePositives;
    total.falseNegatives += one.falseNegatives;
    total.falsePositives += one.falsePositives;
  }
  return total;
}

function sumOfRuns(comparisons: readonly RunComparison[]): RunComparison {
  const total = emptyRuns();
  for (const comparison of comparisons) {
    for (const side of ['sensitivity', 'predictivity'] as const) {
      comparison[side].forEach((row, length) => {
        row.forEach((count, other) => {
          total[side][length]![other]! += count;
        });
      });
    }
  }
  return total;
}
