/**
 * QRS detector over all leads of a recording at once. It looks at the whole recording (it may look ahead), in time
 * linear in its length:
 *
 * 1. each lead's envelope in the band of QRS complexes, scaled by what is locally usual for that lead, and one trace
 *    of QRS evidence out of all, the leads weighted by how far complexes stand out (`qrs-evidence.ts`);
 * 2. its peaks, of which some are beats by height, neighbours and rhythm;
 * 3. what else is known of each peak: shape, slope, width, timing (`qrs-candidates.ts`), judged by a small network
 *    (`qrs-judge.ts`), which drops noise and T waves and adds what was missed;
 * 4. the R peak: the largest deflection in one lead, of the polarity that this lead shows over the recording.
 *
 * Constants and weights were chosen on MIT-BIH DS1 alone (models/ecg-qrs has the figures).
 */
import { butterworth, filterZeroPhaseInPlace, medianOf } from './filtering.ts';
import {
  BEATS_AROUND,
  candidateFeatures,
  RIVALS_AROUND,
  shapeFactorOf,
  TraceView,
} from './qrs-candidates.ts';
import {
  beatsByHeight,
  bridged,
  EVIDENCE_CONTEXT_SECONDS,
  evidenceOf,
  maximaOf,
  type Peaks,
  peaksOf,
  type SecondStates,
  traceScale,
} from './qrs-evidence.ts';
import { judgedBeats } from './qrs-judge.ts';
import { type QualityAssessment, SECOND_STATES } from './quality.ts';
import type { EcgRecording } from './recording.ts';
import {
  MARGIN_SECONDS,
  type Piece,
  round,
  runStages,
  type SignalSource,
  type Stage,
  type Staged,
  type Stretch,
  StretchGrid,
  secondsOfPiece,
  WHOLE_SAMPLES,
} from './stretches.ts';

/** R peaks are looked for this far from the peak of evidence. */
const R_PEAK_REACH_SECONDS = 0.08;
const R_PEAK_BAND_LOW_HZ = 2;
const R_PEAK_BAND_HIGH_HZ = 35;
/** The other polarity is taken for a beat where it is this much larger. */
const OTHER_POLARITY_FACTOR = 2;

/** Seconds around the wanted part of a piece in which evidence and shapes are as those of the whole recording. */
const SEEN_BEYOND_SECONDS = MARGIN_SECONDS - EVIDENCE_CONTEXT_SECONDS - 10;

interface EvidenceInput {
  states: SecondStates;
  /** The wanted part of the piece's trace, and where the piece begins in that of the recording. */
  from: number;
  to: number;
  start: number;
}

/** Maxima of a stretch of evidence, samples of the whole trace, and the weights of its leads summed over its blocks. */
export const evidenceStage: Stage<EvidenceInput, { maxima: Peaks; blockWeights: Float32Array[] }> = {
  name: 'qrs-evidence',
  run: ({ states, from, to, start }, [signal]) => {
    const { trace, blockWeights, blockLength } = evidenceOf(signal!, states);
    const { at, height } = maximaOf(trace, from, to);
    const [first, last] = [Math.floor(from / blockLength), Math.ceil(to / blockLength)];
    return {
      maxima: { at: at.map((own) => own + start), height },
      blockWeights: blockWeights.map((weights) => weights.slice(first, last)),
    };
  },
};

interface CandidatesInput {
  /** Of the pieces: the stretch and, where beats to be compared with lie far away, one for each of these. */
  views: { states: SecondStates; start: number }[];
  /** View of each peak. */
  viewOf: Uint8Array;
  peaks: Peaks;
  /** Indices of those that are beats by height. */
  byHeight: Int32Array;
  /** The peaks to be judged. */
  from: number;
  to: number;
}

/** 1 for each of the peaks that is a beat. */
export const candidatesStage: Stage<CandidatesInput, Uint8Array> = {
  name: 'qrs-candidates',
  run: ({ views, viewOf, peaks, byHeight, from, to }, signals) => {
    const seen = views.map(({ states, start }, i) => new TraceView(signals[i]!, states, start));
    const features = candidateFeatures(
      (peak) => seen[viewOf[peak]!]!,
      traceScale(signals[0]!.samplingRateHz),
      peaks,
      byHeight,
      from,
      to,
    );
    const known = new Set(byHeight);
    return judgedBeats(features, (row) => known.has(row + from));
  },
};

/** The lowest and the highest sample near each of some places, samples of the piece, and what is there. */
interface Deflections {
  lowest: Int32Array;
  highest: Int32Array;
  low: Float32Array;
  high: Float32Array;
}

/** Deflections of the piece's one lead. */
export const deflectionsStage: Stage<{ state: Uint8Array; samples: Int32Array }, Deflections> = {
  name: 'qrs-deflections',
  run: ({ state, samples }, [piece]) => {
    const { samplingRateHz, lengthSamples } = piece!;
    const reach = Math.round(R_PEAK_REACH_SECONDS * samplingRateHz);
    const signal = filterZeroPhaseInPlace(bridged(piece!.leads[0]!.millivolts, state, samplingRateHz), [
      butterworth('high-pass', R_PEAK_BAND_LOW_HZ, samplingRateHz),
      butterworth('low-pass', Math.min(R_PEAK_BAND_HIGH_HZ, samplingRateHz * 0.4), samplingRateHz),
    ]);
    const found = noDeflections(samples.length);
    for (const [beat, sample] of samples.entries()) {
      let [lowest, highest] = [sample, sample];
      const end = Math.min(lengthSamples - 1, sample + reach);
      for (let i = Math.max(0, sample - reach); i <= end; i++) {
        if (signal[i]! < signal[lowest]!) lowest = i;
        if (signal[i]! > signal[highest]!) highest = i;
      }
      found.lowest[beat] = lowest;
      found.highest[beat] = highest;
      found.low[beat] = signal[lowest]!;
      found.high[beat] = signal[highest]!;
    }
    return found;
  },
};

function noDeflections(count: number): Deflections {
  return {
    lowest: new Int32Array(count),
    highest: new Int32Array(count),
    low: new Float32Array(count),
    high: new Float32Array(count),
  };
}

/** First index of an ascending list that is not below `value`. */
function firstFrom(ascending: ArrayLike<number>, value: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Moves each beat to the largest deflection near it, in the lead that shows complexes best and works there. */
function* rPeaks(
  { samplingRateHz }: Omit<SignalSource, 'readWindow'>,
  stretches: readonly Stretch[],
  quality: QualityAssessment,
  approximate: Int32Array,
  leadWeights: readonly number[],
): Staged<Int32Array> {
  const bestFirst = leadWeights
    .map((_, index) => index)
    .sort((a, b) => leadWeights[b]! - leadWeights[a]! || a - b);
  const placed = approximate.slice();
  const leadOfBeat = Int8Array.from(approximate, (sample) => {
    const second = Math.floor(sample / samplingRateHz);
    return bestFirst.find((lead) => quality.leads[lead]!.secondState[second]! < SECOND_STATES.leadOff) ?? -1;
  });
  for (const lead of new Set(leadOfBeat)) {
    if (lead < 0) continue;
    const parts = yield* round(
      deflectionsStage,
      stretches.map((stretch) => {
        const { startSample } = stretch.piece;
        const inside = approximate.subarray(
          firstFrom(approximate, stretch.from),
          firstFrom(approximate, stretch.to),
        );
        return {
          input: {
            state: quality.leads[lead]!.secondState.slice(...secondsOfPiece(stretch, samplingRateHz)),
            samples: inside.map((sample) => sample - startSample),
          },
          pieces: [{ ...stretch.piece, leads: [lead] }],
        };
      }),
    );
    const found = noDeflections(approximate.length);
    let beat = 0;
    for (const [i, part] of parts.entries()) {
      const { startSample } = stretches[i]!.piece;
      found.lowest.set(
        part.lowest.map((at) => at + startSample),
        beat,
      );
      found.highest.set(
        part.highest.map((at) => at + startSample),
        beat,
      );
      found.low.set(part.low, beat);
      found.high.set(part.high, beat);
      beat += part.low.length;
    }
    const upward = medianOf(found.high);
    const downward = medianOf(found.low.map((value) => -value));
    const factor = upward >= downward ? OTHER_POLARITY_FACTOR : 1 / OTHER_POLARITY_FACTOR;
    for (const [index, own] of leadOfBeat.entries()) {
      if (own !== lead) continue;
      const highest = found.high[index]! * factor >= -found.low[index]!;
      placed[index] = highest ? found.highest[index]! : found.lowest[index]!;
    }
  }
  return placed;
}

/** What the beats of a stretch are judged by: its peaks, the beats around them, and pieces that show both. */
function candidatesOf(
  { samplingRateHz, lengthSamples }: Omit<SignalSource, 'readWindow'>,
  grid: StretchGrid,
  stretch: Stretch,
  quality: QualityAssessment,
  peaks: Peaks,
  byHeight: ArrayLike<number>,
): { input: CandidatesInput; pieces: Piece[] } {
  const { factor } = traceScale(samplingRateHz);
  const from = firstFrom(peaks.at, stretch.from / factor);
  const to = stretch.to === lengthSamples ? peaks.at.length : firstFrom(peaks.at, stretch.to / factor);
  const firstBeat = Math.max(0, firstFrom(byHeight, from) - BEATS_AROUND);
  const endBeat = Math.min(byHeight.length, firstFrom(byHeight, to) + BEATS_AROUND);
  const near = [Math.max(0, from - RIVALS_AROUND), Math.min(peaks.at.length, to + RIVALS_AROUND)] as const;
  const beats = Array.from({ length: endBeat - firstBeat }, (_, k) => byHeight[firstBeat + k]!);
  const chosen = [
    ...beats.filter((peak) => peak < near[0]),
    ...Array.from({ length: near[1] - near[0] }, (_, k) => near[0] + k),
    ...beats.filter((peak) => peak >= near[1]),
  ];
  const placeOf = new Map(chosen.map((peak, place) => [peak, place]));

  const seen = [stretch];
  const beyond = SEEN_BEYOND_SECONDS * samplingRateHz;
  const viewOf = new Uint8Array(chosen.length);
  for (const peak of beats) {
    const sample = peaks.at[peak]! * factor;
    if (sample >= stretch.from - beyond && sample < stretch.to + beyond) continue;
    // Too far away to be seen in the stretch's own piece.
    const around = grid.around(sample);
    let view = seen.findIndex(({ from: start }, i) => i > 0 && start === around.from);
    if (view < 0) view = seen.push(around) - 1;
    viewOf[placeOf.get(peak)!] = view;
  }
  const first = from - near[0] + beats.filter((peak) => peak < near[0]).length;
  return {
    input: {
      views: seen.map((part) => ({
        states: quality.leads.map(({ secondState }) =>
          secondState.slice(...secondsOfPiece(part, samplingRateHz)),
        ),
        start: part.piece.startSample / factor,
      })),
      viewOf,
      peaks: {
        at: Int32Array.from(chosen, (peak) => peaks.at[peak]!),
        height: Float32Array.from(chosen, (peak) => peaks.height[peak]!),
      },
      byHeight: Int32Array.from(beats, (peak) => placeOf.get(peak)!),
      from: first,
      to: first + to - from,
    },
    pieces: seen.map(({ piece }) => piece),
  };
}

/**
 * Positions of the R peaks, sample indices, ascending; empty where no lead shows QRS complexes or none can be analysed. Any sampling rate
 * from 50 Hz on; NaN samples, inverted leads and leads that fail for a time are taken as they come.
 * @param quality of the same recording, from `assessQuality`
 */
export function detectQrs(recording: EcgRecording, quality: QualityAssessment): Int32Array {
  return runStages(recording, qrsStages(recording, quality));
}

/**
 * `detectQrs` of a recording of any length.
 * @param largestStretch samples of a lead that are judged at once
 */
export function* qrsStages(
  recording: Omit<SignalSource, 'readWindow'>,
  quality: QualityAssessment,
  largestStretch = WHOLE_SAMPLES,
): Staged<Int32Array> {
  if (!quality.analysable.includes(1)) return new Int32Array(0);
  const { samplingRateHz, lengthSamples } = recording;
  const { factor, rateHz, blockLength } = traceScale(samplingRateHz);
  const grid = new StretchGrid(
    recording,
    [factor * blockLength, factor * shapeFactorOf(rateHz)],
    factor,
    largestStretch,
  );
  const stretches = grid.stretches();
  const evidence = yield* round(
    evidenceStage,
    stretches.map((stretch) => {
      const start = stretch.piece.startSample / factor;
      return {
        input: {
          states: quality.leads.map(({ secondState }) =>
            secondState.slice(...secondsOfPiece(stretch, samplingRateHz)),
          ),
          from: Math.ceil(stretch.from / factor) - start,
          to: Math.ceil(stretch.to / factor) - start,
          start,
        },
        pieces: [stretch.piece],
      };
    }),
  );
  const peaks = peaksOf(
    evidence.map(({ maxima }) => maxima),
    rateHz,
  );
  const byHeight = beatsByHeight(peaks, rateHz);
  if (byHeight.length === 0) return new Int32Array(0);
  const judged = yield* round(
    candidatesStage,
    stretches.map((stretch) => candidatesOf(recording, grid, stretch, quality, peaks, byHeight)),
  );
  const beats: number[] = [];
  let peak = 0;
  for (const part of judged)
    for (const isBeat of part)
      if (isBeat === 1) beats.push(peak++);
      else peak++;
  const approximate = Int32Array.from(beats, (index) =>
    Math.min(lengthSamples - 1, Math.round((peaks.at[index]! + 0.5) * factor - 0.5)),
  );
  const leadWeights = recording.leads.map((_, lead) =>
    evidence.reduce(
      (sum, { blockWeights }) => blockWeights[lead]!.reduce((total, value) => total + value, sum),
      0,
    ),
  );
  return yield* rPeaks(recording, stretches, quality, approximate, leadWeights);
}
