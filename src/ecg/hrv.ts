/**
 * Heart-rate variability of normal-to-normal (NN) intervals: time domain and spectrum by the Task Force's definitions
 * (Circulation 93:1043-1065, 1996), Poincaré plot (Brennan, Palaniswami & Kamen, IEEE Trans Biomed Eng 48:1342-1347,
 * 2001), sample entropy (Richman & Moorman, Am J Physiol 278:H2039-H2049, 2000), detrended fluctuation analysis
 * (Peng et al., Chaos 5:82-87, 1995). Everything is linear in the number of intervals.
 */
import type { HeartRateVariability } from '../contract/hrv.ts';
import { cos, log, sin } from '../numeric/elementary.ts';

/** Intervals between consecutive normal beats, by column, in order of time. */
export interface NnIntervals {
  /** Time of the second beat from the start of the recording, seconds. */
  atSeconds: Float64Array;
  seconds: Float64Array;
  /** 1 where the interval before it is an NN interval too, so that their difference counts. */
  followsNn: Uint8Array;
}

const SEGMENT_SECONDS = 300;
/** The Task Force's length of a short-term recording. */
const SHORTEST_SECONDS = 300;
/** Share of a stretch of 5 min that NN intervals must fill, in the whole recording and in one stretch. */
const COVERAGE = 0.8;
const SHORTEST_GEOMETRIC_SECONDS = 1200;
const FEWEST_SEGMENTS = 12;
const BIN_SECONDS = 1 / 128;
const FEWEST_FOR_FLUCTUATION = 300;
const VLF_LIMIT_HZ = 0.04;
const LF_LIMIT_HZ = 0.15;
const HF_LIMIT_HZ = 0.4;
const ENTROPY_LENGTH = 2;
const ENTROPY_TOLERANCE = 0.2;
const SHORT_WINDOWS = { least: 4, most: 16 };
const LONG_WINDOWS = { least: 16, most: 64 };

const meanOf = (values: ArrayLike<number>) => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
};

/** With n - 1; NaN below two values. */
function deviationOf(values: ArrayLike<number>): number {
  if (values.length < 2) return Number.NaN;
  const mean = meanOf(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i]! - mean) * (values[i]! - mean);
  return Math.sqrt(sum / (values.length - 1));
}

/** Of a measure that the intervals at hand do not define: no successive ones, no variation at all. */
function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/**
 * @param rrIntervals number of all intervals between beats, to be told beside those counted
 */
export function heartRateVariability(intervals: NnIntervals, rrIntervals: number): HeartRateVariability {
  const ms = intervals.seconds.map((seconds) => seconds * 1000);
  const nnSeconds = intervals.seconds.reduce((sum, seconds) => sum + seconds, 0);
  const notes = [
    `${ms.length} of ${rrIntervals} intervals are between consecutive normal beats in analysable stretches; the rest was left out.`,
  ];
  const enough = nnSeconds >= SHORTEST_SECONDS * COVERAGE && spanOf(intervals) >= SHORTEST_SECONDS * 0.98;
  if (!enough) {
    notes.push('Less than 5 min of NN intervals: too short for heart-rate variability.');
    return {
      nnIntervals: ms.length,
      rrIntervals,
      nnSeconds,
      time: null,
      frequency: null,
      nonLinear: null,
      notes,
    };
  }
  if (rrIntervals > 0 && ms.length < COVERAGE * rrIntervals) {
    notes.push('More than a fifth of the intervals was left out: the figures are of limited value.');
  }
  const segments = segmentsOf(intervals);
  const differences = ofPairs(intervals, ms, (before, after) => after - before);
  const geometric = nnSeconds >= SHORTEST_GEOMETRIC_SECONDS ? geometricMeasures(intervals.seconds) : null;
  if (geometric === null) notes.push('Geometric measures need 20 min.');
  const long = segments.length >= FEWEST_SEGMENTS;
  if (!long) notes.push('SDANN and the SDNN index need at least 12 stretches of 5 min, properly 24 h.');
  return {
    nnIntervals: ms.length,
    rrIntervals,
    nnSeconds,
    time: {
      meanNnMs: meanOf(ms),
      sdnnMs: deviationOf(ms),
      rmssdMs: orNull(Math.sqrt(meanOf(differences.map((difference) => difference * difference)))),
      pnn50: orNull(
        differences.filter((difference) => Math.abs(difference) > 50).length / differences.length,
      ),
      sdannMs: long ? deviationOf(segments.map((segment) => 1000 * meanOf(segment.seconds))) : null,
      sdnnIndexMs: long ? meanOf(segments.map((segment) => 1000 * deviationOf(segment.seconds))) : null,
      triangularIndex: geometric?.triangularIndex ?? null,
      tinnMs: geometric?.tinnMs ?? null,
    },
    frequency: segments.length === 0 ? null : meanSpectrum(segments),
    nonLinear: nonLinearMeasures(intervals, ms, segments),
    notes,
  };
}

/** What `of` makes of each interval and the one before it, where they follow one another. */
function ofPairs(
  { followsNn }: NnIntervals,
  ms: Float64Array,
  of: (before: number, after: number) => number,
): Float64Array {
  const values = new Float64Array(ms.length);
  let count = 0;
  for (let i = 1; i < ms.length; i++) if (followsNn[i] === 1) values[count++] = of(ms[i - 1]!, ms[i]!);
  return values.subarray(0, count);
}

function spanOf({ atSeconds, seconds }: NnIntervals): number {
  const count = atSeconds.length;
  return count === 0 ? 0 : atSeconds[count - 1]! - atSeconds[0]! + seconds[0]!;
}

interface Segment {
  at: Float64Array;
  seconds: Float64Array;
}

/** Consecutive stretches of 5 min from the first interval on, those that NN intervals fill well enough. */
function segmentsOf({ atSeconds, seconds }: NnIntervals): Segment[] {
  const count = atSeconds.length;
  if (count === 0) return [];
  const start = atSeconds[0]! - seconds[0]!;
  // The last stretch may be short of its end by part of an interval.
  const segmentAt = (i: number) => Math.floor((atSeconds[i]! - start - 1e-9) / SEGMENT_SECONDS);
  const segments: Segment[] = [];
  for (let from = 0, to = 0; from < count; from = to) {
    while (to < count && segmentAt(to) === segmentAt(from)) to++;
    const segment = { at: atSeconds.subarray(from, to), seconds: seconds.subarray(from, to) };
    const filled = segment.seconds.reduce((sum, interval) => sum + interval, 0);
    if (filled >= COVERAGE * SEGMENT_SECONDS) segments.push(segment);
  }
  return segments;
}

function geometricMeasures(intervals: Float64Array): { triangularIndex: number; tinnMs: number } {
  const bins = new Map<number, number>();
  for (const seconds of intervals) {
    const bin = Math.floor(seconds / BIN_SECONDS);
    bins.set(bin, (bins.get(bin) ?? 0) + 1);
  }
  const indices = [...bins.keys()];
  const lowest = Math.min(...indices) - 1;
  const highest = Math.max(...indices) + 1;
  const counts = Array.from({ length: highest - lowest + 1 }, (_, i) => bins.get(lowest + i) ?? 0);
  const peak = counts.indexOf(Math.max(...counts));
  const height = counts[peak]!;
  // Least squares of each side on its own: their errors do not depend on each other.
  const side = (from: number, to: number, step: 1 | -1) => {
    let best = { base: from, error: Number.POSITIVE_INFINITY };
    for (let base = from; base !== peak; base += step) {
      let error = 0;
      for (let i = to; i !== peak; i += step) {
        const share = (i - base) / (peak - base);
        const line = share > 0 ? height * share : 0;
        error += (counts[i]! - line) * (counts[i]! - line);
      }
      if (error < best.error) best = { base, error };
    }
    return best.base;
  };
  const left = side(0, 0, 1);
  const right = side(counts.length - 1, counts.length - 1, -1);
  return { triangularIndex: intervals.length / height, tinnMs: (right - left) * BIN_SECONDS * 1000 };
}

function meanSpectrum(segments: readonly Segment[]): NonNullable<HeartRateVariability['frequency']> {
  const bands = segments.map(bandPowers);
  const [vlfMs2, lfMs2, hfMs2] = [0, 1, 2].map((band) => meanOf(bands.map((powers) => powers[band]!))) as [
    number,
    number,
    number,
  ];
  return {
    segments: segments.length,
    totalMs2: vlfMs2 + lfMs2 + hfMs2,
    vlfMs2,
    lfMs2,
    hfMs2,
    lfNormalised: orNull(lfMs2 / (lfMs2 + hfMs2)),
    hfNormalised: orNull(hfMs2 / (lfMs2 + hfMs2)),
    lfToHf: orNull(lfMs2 / hfMs2),
  };
}

/**
 * Power in the three bands, ms^2, by the Lomb-Scargle periodogram (Scargle, Astrophys J 263:835-853, 1982) on the
 * multiples of one over the stretch's length, where its terms are nearly orthogonal, so that they add up to the
 * variance. Intervals need no resampling, which would damp the upper band.
 */
function bandPowers({ at, seconds }: Segment): [number, number, number] {
  const n = at.length;
  const length = at[n - 1]! - at[0]! + seconds[0]!;
  const mean = meanOf(seconds);
  const powers: [number, number, number] = [0, 0, 0];
  for (let k = 1; k / length <= HF_LIMIT_HZ; k++) {
    const hz = k / length;
    const angular = 2 * Math.PI * hz;
    let [sin2, cos2] = [0, 0];
    let [xs, xc, ss, cc, sc] = [0, 0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      const phase = angular * (at[i]! - at[0]!);
      const [s, c] = [sin(phase), cos(phase)];
      const x = (seconds[i]! - mean) * 1000;
      sin2 += 2 * s * c;
      cos2 += c * c - s * s;
      xs += x * s;
      xc += x * c;
      ss += s * s;
      cc += c * c;
      sc += s * c;
    }
    // Scargle's time offset turns the axes until sine and cosine are orthogonal over the samples.
    const size = Math.sqrt(sin2 * sin2 + cos2 * cos2);
    const cosTurn = size === 0 ? 1 : Math.sqrt((1 + cos2 / size) / 2);
    const sinTurn = size === 0 ? 0 : Math.sqrt(Math.max(0, (1 - cos2 / size) / 2)) * (sin2 < 0 ? -1 : 1);
    const turnedC = xc * cosTurn + xs * sinTurn;
    const turnedS = xs * cosTurn - xc * sinTurn;
    const normC = cc * cosTurn * cosTurn + 2 * sc * cosTurn * sinTurn + ss * sinTurn * sinTurn;
    const normS = ss * cosTurn * cosTurn - 2 * sc * cosTurn * sinTurn + cc * sinTurn * sinTurn;
    const power =
      ((normC > 0 ? (turnedC * turnedC) / normC : 0) + (normS > 0 ? (turnedS * turnedS) / normS : 0)) / n;
    powers[hz <= VLF_LIMIT_HZ ? 0 : hz <= LF_LIMIT_HZ ? 1 : 2] += power;
  }
  return powers;
}

function nonLinearMeasures(
  intervals: NnIntervals,
  ms: Float64Array,
  segments: readonly Segment[],
): HeartRateVariability['nonLinear'] {
  const entropies = segments
    .map((segment) => sampleEntropy(segment.seconds))
    .filter((entropy) => Number.isFinite(entropy));
  const enough = ms.length >= FEWEST_FOR_FLUCTUATION;
  return {
    sd1Ms: orNull(deviationOf(ofPairs(intervals, ms, (before, after) => (after - before) / Math.SQRT2))),
    sd2Ms: orNull(deviationOf(ofPairs(intervals, ms, (before, after) => (after + before) / Math.SQRT2))),
    sampleEntropy: entropies.length === 0 ? null : meanOf(entropies),
    dfaAlpha1: enough ? fluctuationExponent(ms, SHORT_WINDOWS) : null,
    dfaAlpha2: enough ? fluctuationExponent(ms, LONG_WINDOWS) : null,
  };
}

/** -ln(A/B): matches of 3 among those of 2 values, itself left out; NaN or infinite where there are none. */
export function sampleEntropy(values: ArrayLike<number>): number {
  const tolerance = ENTROPY_TOLERANCE * deviationOf(values);
  const templates = values.length - ENTROPY_LENGTH;
  let [shorter, longer] = [0, 0];
  for (let i = 0; i < templates; i++) {
    for (let j = i + 1; j < templates; j++) {
      let alike = true;
      for (let k = 0; k < ENTROPY_LENGTH && alike; k++)
        alike = Math.abs(values[i + k]! - values[j + k]!) <= tolerance;
      if (!alike) continue;
      shorter++;
      if (Math.abs(values[i + ENTROPY_LENGTH]! - values[j + ENTROPY_LENGTH]!) <= tolerance) longer++;
    }
  }
  return longer === 0 || shorter === 0 ? Number.NaN : -log(longer / shorter);
}

/** Slope of log fluctuation against log window length; NaN for a constant series becomes null. */
export function fluctuationExponent(
  values: ArrayLike<number>,
  windows: { least: number; most: number },
): number | null {
  const mean = meanOf(values);
  const profile = new Float64Array(values.length);
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i]! - mean;
    profile[i] = sum;
  }
  const points: { x: number; y: number }[] = [];
  for (let window = windows.least; window <= windows.most; window++) {
    const count = Math.floor(profile.length / window);
    let squares = 0;
    for (let w = 0; w < count; w++) {
      const start = w * window;
      const middle = (window - 1) / 2;
      let [sy, sxy, sxx] = [0, 0, 0];
      for (let i = 0; i < window; i++) {
        const x = i - middle;
        sy += profile[start + i]!;
        sxy += x * profile[start + i]!;
        sxx += x * x;
      }
      const [level, slope] = [sy / window, sxy / sxx];
      for (let i = 0; i < window; i++) {
        const rest = profile[start + i]! - level - slope * (i - middle);
        squares += rest * rest;
      }
    }
    if (squares > 0) points.push({ x: log(window), y: log(squares / (count * window)) / 2 });
  }
  if (points.length < 2) return null;
  const mx = meanOf(points.map(({ x }) => x));
  const my = meanOf(points.map(({ y }) => y));
  const sxx = points.reduce((s, { x }) => s + (x - mx) * (x - mx), 0);
  return points.reduce((s, { x, y }) => s + (x - mx) * (y - my), 0) / sxx;
}
