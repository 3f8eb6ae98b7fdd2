/**
 * Fit of the corrections of wave limits (src/ecg/limit-corrections.ts): what is seen around each limit of the median beat,
 * in all leads and in some alone, against the cardiologists' marks carried onto it; ridge regression, robust.
 */
import { delineate } from '../ecg/delineation.ts';
import { medianOf } from '../ecg/filtering.ts';
import { LIMITS, type Limit, type LimitWeights, type UncorrectedLimit } from '../ecg/limit-corrections.ts';
import type { EcgRecording } from '../ecg/recording.ts';
import type { WaveKind } from '../ecg/scoring-waves.ts';
import { leastSquares } from '../numeric/least-squares.ts';
import type { LudbRecord } from './ludb.ts';

/** A marked wave is the delineated one if their peaks are no further apart. */
const MATCH_SECONDS = 0.15;
/** Pulls all weights of standardised features to 0, in limits' worth of evidence. */
const RIDGE = 200;
/** Beats of a record and lead beyond which more say nothing more. */
const MOST_BEATS = 8;
/** Errors beyond count as if they grew linearly only (Huber). */
const OUTLYING_MS = 16;
const ROUNDS = 6;

/** Leads that stand for a recording of many, all or those that are measured; and of few: one alone, three, the limbs. */
export const LEAD_SETS = {
  many: [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    [0, 1, 6, 7, 8, 9, 10, 11],
  ],
  few: [...Array.from({ length: 12 }, (_, lead) => [lead]), [0, 1, 2], [1, 6, 10], [0, 1, 2, 3, 4, 5]],
} as const;
export type LeadSetName = keyof typeof LEAD_SETS;

export interface LimitExample {
  record: number;
  limit: Limit;
  features: readonly number[];
  /** Median over beats of the mark less the median limit over leads, ms. */
  targetMs: number;
  beats: number;
}

export function withLeads(recording: EcgRecording, leads: readonly number[]): EcgRecording {
  return { ...recording, leads: leads.map((lead) => recording.leads[lead]!) };
}

/** @param leads indices; those of the examples' recording */
export function limitExamples(
  number: number,
  record: LudbRecord,
  rPeaks: Int32Array,
  leads: readonly number[],
): LimitExample[] {
  const { samplingRateHz } = record.recording;
  const seen = new Map<string, UncorrectedLimit>();
  const { beats, median } = delineate(withLeads(record.recording, leads), rPeaks, (limit) => {
    // The median beat is the first that is delineated.
    const key = `${limit.limit} ${limit.lead}`;
    if (!seen.has(key)) seen.set(key, limit);
    return 0;
  });
  if (median === null) return [];
  const examples: LimitExample[] = [];
  for (const { limit, lead, from, features } of seen.values()) {
    const [kind, side] = limit.split(' ') as [WaveKind, 'onset' | 'end'];
    const onMedian = median.waves[lead]![kind];
    if (onMedian === null) continue;
    const differences = beats.flatMap((beat) => {
      const own = beat.leads[lead]![kind];
      if (!beat.dominant || own === null) return [];
      const marks = record.marked[leads[lead]!]![kind].filter(
        (mark) => Math.abs(mark.peak - own.peak) <= MATCH_SECONDS * samplingRateHz,
      );
      const nearest = marks.sort((a, b) => Math.abs(a.peak - own.peak) - Math.abs(b.peak - own.peak))[0];
      if (nearest === undefined) return [];
      const limitInBeat = from + own.peak - onMedian.peak;
      return [((nearest[side] - limitInBeat) * 1000) / samplingRateHz];
    });
    if (differences.length === 0) continue;
    examples.push({
      record: number,
      limit,
      features,
      targetMs: medianOf(differences),
      beats: differences.length,
    });
  }
  return examples;
}

export function fitLimits(examples: readonly LimitExample[]): LimitWeights {
  return Object.fromEntries(
    LIMITS.map((limit) => [limit, fitLimit(examples.filter((example) => example.limit === limit))]),
  ) as LimitWeights;
}

function fitLimit(examples: readonly LimitExample[]): LimitWeights[Limit] {
  const count = examples[0]!.features.length;
  const columns = [...Array(count).keys()];
  const mean = columns.map((i) => average(examples.map(({ features }) => features[i]!)));
  const deviation = columns.map(
    (i) => Math.sqrt(average(examples.map(({ features }) => (features[i]! - mean[i]!) ** 2))) + 1e-6,
  );
  const inputs = examples.map(({ features }) =>
    columns.map((i) => (features[i]! - mean[i]!) / deviation[i]!),
  );
  const evidence = examples.map(({ beats }) => Math.min(MOST_BEATS, beats));
  const ridge = columns.map((i) => columns.map((j) => (i === j ? Math.sqrt(RIDGE * average(evidence)) : 0)));
  let weight = evidence;
  let [bias, coefficients] = [0, columns.map(() => 0)];
  for (let round = 0; round < ROUNDS; round++) {
    bias =
      examples.reduce((sum, { targetMs }, row) => sum + weight[row]! * targetMs, 0) /
      weight.reduce((sum, value) => sum + value, 0);
    const root = weight.map(Math.sqrt);
    coefficients = leastSquares(
      [...inputs.map((input, row) => input.map((value) => value * root[row]!)), ...ridge],
      [...examples.map(({ targetMs }, row) => (targetMs - bias) * root[row]!), ...columns.map(() => 0)],
    );
    weight = examples.map(({ targetMs }, row) => {
      const error = Math.abs(
        targetMs - bias - inputs[row]!.reduce((sum, value, i) => sum + value * coefficients[i]!, 0),
      );
      return evidence[row]! * Math.min(1, OUTLYING_MS / Math.max(1e-9, error));
    });
  }
  const rounded = (value: number) => Number(value.toPrecision(6));
  return {
    bias: rounded(coefficients.reduce((sum, w, i) => sum - (w * mean[i]!) / deviation[i]!, bias)),
    weights: coefficients.map((w, i) => rounded(w / deviation[i]!)),
  };
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
