/**
 * What the rhythm network is given of a stretch of ECG: its beats one after the other, and features of
 * rhythm and shape. Unsupervised: no label is used. Pure and bit-identical everywhere.
 */
import { z } from 'zod';
import { type ConditionedLead, RHYTHM_RATE_HZ } from './conditioned.ts';
import { rrFeatures } from './rr-features.ts';
import {
  type BeatTraits,
  beatShapes,
  beatTraits,
  shapeFeatures,
  withoutUsualBeat,
} from './shape-features.ts';
import { companded, median } from './statistics.ts';

/** A window is at most this long; a shorter recording is one window. */
export const WINDOW_SECONDS = 30;
/** What is told of each beat, in order; see `beatSequence`. */
export const BEAT_TRACKS = [
  'present',
  'interval',
  'change',
  'next',
  'early',
  'qrsAlike',
  'waveAlike',
  'pAlike',
  'pHeight',
  'height',
  'width',
  'rest',
] as const;
export const TRACKS = BEAT_TRACKS.length;
/** Beats of a window; of more (beyond 192 a minute) the first ones. */
export const TRACK_LENGTH = 96;
/** Longer than this, an interval crosses a gap and says nothing of rhythm. */
const LONGEST_INTERVAL_SECONDS = 4;

/** A stretch of one lead, at RHYTHM_RATE_HZ. */
export interface RhythmWindow {
  lead: ConditionedLead;
  /** R peaks within the stretch, sample indices of it at RHYTHM_RATE_HZ (fractions allowed), ascending. */
  peaks: Float64Array;
}

export interface RhythmInput {
  /** [TRACKS][TRACK_LENGTH], each value in (-1, 1). */
  signals: Float32Array;
  /** [RHYTHM_FEATURES.length], each in [-1, 1]. */
  auxiliary: Float32Array;
}

function featuresOf(window: RhythmWindow) {
  const { signal, baseline } = window.lead;
  const peaks = Int32Array.from(window.peaks, (peak) => Math.round(peak));
  const intervals = Float64Array.from(
    { length: Math.max(0, peaks.length - 1) },
    (_, i) => (window.peaks[i + 1]! - window.peaks[i]!) / RHYTHM_RATE_HZ,
  );
  const rr = intervals.filter((seconds) => seconds < LONGEST_INTERVAL_SECONDS);
  const shapes = beatShapes(signal, peaks);
  const rest = withoutUsualBeat(signal, peaks, shapes.template);
  return {
    peaks,
    rr,
    shapes,
    rest,
    named: [...rrFeatures(rr), ...shapeFeatures(signal, baseline, peaks, shapes, rest)],
  };
}

const NO_SIGNAL: RhythmWindow = {
  lead: { signal: new Float32Array(0), baseline: new Float32Array(0) },
  peaks: new Float64Array(0),
};

/** Names of the auxiliary features, in order. */
export const RHYTHM_FEATURES: readonly string[] = featuresOf(NO_SIGNAL).named.map(([name]) => name);

export const rhythmInputSpecSchema = z.strictObject({
  kind: z.literal('rhythm-windows-1'),
  samplingRateHz: z.literal(RHYTHM_RATE_HZ),
  windowSeconds: z.literal(WINDOW_SECONDS),
  channels: z.literal(TRACKS),
  length: z.literal(TRACK_LENGTH),
  auxiliaryFeatures: z.array(z.string()).refine((names) => names.join() === RHYTHM_FEATURES.join(), {
    message: 'not the features that this version computes',
  }),
});
export type RhythmInputSpec = z.infer<typeof rhythmInputSpecSchema>;

export const RHYTHM_INPUT_SPEC: RhythmInputSpec = {
  kind: 'rhythm-windows-1',
  samplingRateHz: RHYTHM_RATE_HZ,
  windowSeconds: WINDOW_SECONDS,
  channels: TRACKS,
  length: TRACK_LENGTH,
  auxiliaryFeatures: [...RHYTHM_FEATURES],
};

/** The network's input of a stretch of at most WINDOW_SECONDS. */
export function rhythmInput(window: RhythmWindow): RhythmInput {
  const { peaks, rr, shapes, rest, named } = featuresOf(window);
  return {
    signals: beatSequence(peaks, median(rr), beatTraits(shapes, peaks, rest)),
    auxiliary: Float32Array.from(named, ([, value]) =>
      Number.isFinite(value) ? Math.max(-1, Math.min(1, value)) : 0,
    ),
  };
}

/** Beat by beat: whether there is one, its intervals against the usual one, its waves against the usual beat. */
function beatSequence(peaks: Int32Array, usual: number, traits: readonly BeatTraits[]): Float32Array {
  const tracks = new Float32Array(TRACKS * TRACK_LENGTH);
  const beats = Math.min(TRACK_LENGTH, peaks.length);
  const ratio = (k: number): number => {
    if (k < 0 || k + 1 >= peaks.length || !(usual > 0)) return 0;
    const seconds = (peaks[k + 1]! - peaks[k]!) / RHYTHM_RATE_HZ;
    return seconds < LONGEST_INTERVAL_SECONDS ? seconds / usual - 1 : 0;
  };
  for (let k = 0; k < beats; k++) {
    const { qrsAlike, waveAlike, pAlike, pHeight, height, width, rest } = traits[k]!;
    const [before, here, next] = [ratio(k - 2), ratio(k - 1), ratio(k)];
    [
      1,
      companded(here, 0.15),
      companded(here - before, 0.1),
      companded(next, 0.15),
      here < -0.13 && next > here ? 1 : 0,
      qrsAlike,
      waveAlike,
      pAlike,
      companded(pHeight, 0.2),
      companded(height - 1, 0.3),
      companded(width - 1, 0.5),
      companded(rest, 0.1),
    ].forEach((value, track) => {
      tracks[track * TRACK_LENGTH + k] = value;
    });
  }
  return tracks;
}

/** Starts of the windows over a stretch of `length` samples at RHYTHM_RATE_HZ, `hop` apart; the last ends with it. */
export function windowStarts(length: number, hop: number): number[] {
  const size = WINDOW_SECONDS * RHYTHM_RATE_HZ;
  if (length <= size) return [0];
  const count = Math.ceil((length - size) / hop) + 1;
  return Array.from({ length: count }, (_, i) => Math.min(i * hop, length - size));
}

/** The stretch from `start`, WINDOW_SECONDS long or to the end of the lead. */
export function windowAt(lead: ConditionedLead, peaks: Float64Array, start: number): RhythmWindow {
  const end = Math.min(lead.signal.length, start + WINDOW_SECONDS * RHYTHM_RATE_HZ);
  let first = 0;
  let last = peaks.length;
  // Bisection: a day has 100,000 beats and thousands of windows.
  for (let high = peaks.length; first < high; ) {
    const middle = (first + high) >> 1;
    if (peaks[middle]! < start) first = middle + 1;
    else high = middle;
  }
  last = first;
  while (last < peaks.length && peaks[last]! < end) last++;
  return {
    lead: { signal: lead.signal.subarray(start, end), baseline: lead.baseline.subarray(start, end) },
    peaks: peaks.slice(first, last).map((peak) => peak - start),
  };
}
