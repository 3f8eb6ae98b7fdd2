/**
 * P waves that stand where no QRS complex follows: the usual P wave of a stretch of one lead, and how like it the
 * signal is elsewhere, once the usual QRS complex and T wave are taken off. Pure, at RHYTHM_RATE_HZ.
 */
import { RHYTHM_RATE_HZ } from './conditioned.ts';
import { correlationOf, median, sortedCopy } from './statistics.ts';

/** Samples on each side of the peak of a P wave that are compared: 56 ms. */
export const P_REACH = 7;
const P_LENGTH = 2 * P_REACH + 1;
/** Sum of the squares of -P_REACH to P_REACH. */
const SLOPE_SQUARES = (P_REACH * (P_REACH + 1) * P_LENGTH) / 3;

/** Window around an R peak: 0.44 s before, 0.52 s after. */
const BEFORE = 55;
const AFTER = 65;
const LENGTH = BEFORE + AFTER;
const QRS = { from: BEFORE - 8, to: BEFORE + 10 };
/** The usual QRS complex and T wave begin so many samples before R. */
const QRS_BEGINS = 7;
const USUAL_SHAPE = 0.9;
/** Peaks of P waves lie this long before R, samples. */
const LATEST_P = 12;
const EARLIEST_P = 46;
/** The T wave of the beat before is over so long after its R peak, seconds. */
const T_OVER_SECONDS = 0.4;
const SMALLEST_P_MILLIVOLTS = 0.03;
/** Share of the height of the QRS complex that a P wave has at least. */
const SMALLEST_P_SHARE = 0.03;
/** Median over beats of the likeness to the usual P wave, from which P waves are seen. */
const P_SEEN = 0.6;
const FEWEST_BEATS = 4;
/** Of the intervals before beats, the longest are those beyond this quantile. */
const LONG_INTERVALS = 0.7;

export interface UsualWaves {
  /** Per beat: whether its QRS complex is the usual one. */
  usual: boolean[];
  /** Of the usual beat, millivolts, [LENGTH]; R at BEFORE. */
  beat: Float32Array;
  /** Usual P wave, detrended, [P_LENGTH]; null where beats do not agree on one. */
  p: Float32Array | null;
  /** Samples from the peak of the usual P wave to R. */
  pToR: number;
  /** The signal less the usual QRS complex and T wave of each usual beat. */
  rest: Float32Array;
  /** 1 where the signal cannot be read for P waves: the QRS complexes, and all of beats of another shape. */
  hidden: Uint8Array;
  /** Sample after R at which the usual T wave is over. */
  tEnd: number;
}

function cut(signal: Float32Array, from: number, length: number): Float32Array {
  const last = signal.length - 1;
  return Float32Array.from({ length }, (_, j) => {
    const i = from + j;
    return last < 0 ? 0 : signal[i < 0 ? 0 : i > last ? last : i]!;
  });
}

function medianOver(windows: readonly Float32Array[], length: number): Float32Array {
  const column = new Float64Array(windows.length);
  return Float32Array.from({ length }, (_, j) => {
    for (let k = 0; k < windows.length; k++) column[k] = windows[k]![j]!;
    return median(column);
  });
}

/** Takes mean and slope off, in place. */
export function detrended(values: Float32Array): Float32Array {
  const n = values.length;
  const middle = (n - 1) / 2;
  let [sum, slope, squares] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    sum += values[i]!;
    slope += (i - middle) * values[i]!;
    squares += (i - middle) * (i - middle);
  }
  for (let i = 0; i < n; i++) values[i] = values[i]! - sum / n - (slope / squares) * (i - middle);
  return values;
}

/** Likeness to a P wave at a place: correlation, -1 to 1, and height over that of the wave. */
export interface PLikeness {
  at: number;
  correlation: number;
  gain: number;
}

/** @param p detrended, [P_LENGTH] */
export function pLikenessAt(signal: Float32Array, p: Float32Array, at: number): PLikeness {
  const last = signal.length - 1;
  let [pp, po, sum, slope, squares] = [0, 0, 0, 0, 0];
  for (let j = -P_REACH; j <= P_REACH; j++) {
    const i = at + j;
    const own = last < 0 ? 0 : signal[i < 0 ? 0 : i > last ? last : i]!;
    const wave = p[j + P_REACH]!;
    pp += wave * wave;
    po += wave * own;
    sum += own;
    slope += j * own;
    squares += own * own;
  }
  // Of the signal less its mean and slope; the wave has neither.
  const oo = squares - (sum * sum) / P_LENGTH - (slope * slope) / SLOPE_SQUARES;
  return { at, correlation: pp * oo > 0 ? po / Math.sqrt(pp * oo) : 0, gain: pp > 0 ? po / pp : 0 };
}

/** The place in `from` to `to` that is most like the P wave, of those that can be read; null where none can. */
export function bestP(
  signal: Float32Array,
  hidden: Uint8Array,
  p: Float32Array,
  from: number,
  to: number,
): PLikeness | null {
  let best: PLikeness | null = null;
  for (let at = Math.max(P_REACH, from); at <= Math.min(signal.length - 1 - P_REACH, to); at++) {
    if (hidden[at] === 1) continue;
    const here = pLikenessAt(signal, p, at);
    // Of two that are alike the higher one: noise can have the shape, hardly the height.
    const score = here.correlation * Math.min(1, here.gain);
    if (here.gain > 0 && (best === null || score > best.correlation * Math.min(1, best.gain))) best = here;
  }
  return best;
}

/**
 * @param signal one lead at RHYTHM_RATE_HZ
 * @param peaks R peaks, samples, ascending
 */
export function usualWaves(signal: Float32Array, peaks: Int32Array): UsualWaves | null {
  if (peaks.length < FEWEST_BEATS) return null;
  const windows = Array.from(peaks, (peak) => cut(signal, peak - BEFORE, LENGTH));
  const first = medianOver(windows, LENGTH);
  const part = (beat: Float32Array) => beat.subarray(QRS.from, QRS.to);
  const usual = windows.map((window) => correlationOf(part(window), part(first)) >= USUAL_SHAPE);
  const chosen = windows.filter((_, k) => usual[k]);
  if (chosen.length < FEWEST_BEATS) return null;
  const intervals = Array.from(peaks.subarray(1), (peak, k) => peak - peaks[k]!);
  const beat = medianOver(chosen, LENGTH);
  const sorted = sortedCopy(intervals);
  const rr = sorted[sorted.length >> 1]!;
  const height = Math.max(...part(beat)) - Math.min(...part(beat));
  // Where PR changes from beat to beat, as before a dropped one, beats after the longest intervals have it alike.
  const before = (k: number): number => (k > 0 ? intervals[k - 1]! : 0);
  const longest = sorted[Math.floor(sorted.length * LONG_INTERVALS)] ?? 0;
  const groups = [(k: number) => usual[k]!, (k: number) => usual[k]! && before(k) >= longest];
  const found = groups.reduce<ReturnType<typeof usualP>>((told, belongs) => {
    if (told !== null) return told;
    const members = [...peaks.keys()].filter(belongs);
    if (members.length < FEWEST_BEATS) return null;
    const candidate = usualP(
      medianOver(
        members.map((k) => windows[k]!),
        LENGTH,
      ),
      height,
      rr,
    );
    if (candidate === null) return null;
    const likeness = members.map(
      (k) => pLikenessAt(signal, candidate.p, peaks[k]! - candidate.pToR).correlation,
    );
    return median(likeness) >= P_SEEN ? candidate : null;
  }, null);

  // What follows R is the usual beat's own only where the next P wave is far: others are left out of its median.
  const reach = AFTER + EARLIEST_P;
  const slow = windows.filter((_, k) => usual[k] && (intervals[k] ?? 0) >= reach);
  const after = slow.length >= FEWEST_BEATS ? medianOver(slow, LENGTH) : beat;
  const shortest = sorted[Math.floor(sorted.length * 0.05)] ?? AFTER;
  const until =
    slow.length >= FEWEST_BEATS ? AFTER : Math.min(AFTER, shortest - (found?.pToR ?? 20) - P_REACH);
  const level = median(after);
  const rest = signal.slice();
  const hidden = new Uint8Array(signal.length);
  peaks.forEach((peak, k) => {
    const to = Math.min(until, k + 1 < peaks.length ? peaks[k + 1]! - peak - QRS_BEGINS : until);
    for (let j = -QRS_BEGINS; j < to; j++) {
      const i = peak + j;
      if (i < 0 || i >= signal.length) continue;
      if (usual[k]) rest[i] = rest[i]! - (after[BEFORE + j]! - level);
      else hidden[i] = 1;
    }
    for (let i = Math.max(0, peak - QRS_BEGINS - 2); i <= Math.min(signal.length - 1, peak + 12); i++)
      hidden[i] = 1;
  });
  return {
    usual,
    beat: after,
    p: found?.p ?? null,
    pToR: found?.pToR ?? 0,
    rest,
    hidden,
    tEnd: tEndOf(after, level),
  };
}

function usualP(beat: Float32Array, height: number, rr: number) {
  const earliest = Math.min(EARLIEST_P, rr - Math.round(T_OVER_SECONDS * RHYTHM_RATE_HZ));
  let best: { height: number; at: number } | null = null;
  for (let before = LATEST_P; before <= earliest; before++) {
    const at = BEFORE - before;
    const stands = Math.abs(beat[at]! - (beat[at - P_REACH]! + beat[at + P_REACH]!) / 2);
    if (best === null || stands > best.height) best = { height: stands, at };
  }
  // At the latest place it is the beginning of the QRS complex, not a wave of its own.
  if (best === null || best.at === BEFORE - LATEST_P) return null;
  if (best.height < Math.max(SMALLEST_P_MILLIVOLTS, SMALLEST_P_SHARE * height)) return null;
  return { p: detrended(beat.slice(best.at - P_REACH, best.at + P_REACH + 1)), pToR: BEFORE - best.at };
}

/** Where the usual T wave has fallen to a fifth of its height, samples after R. */
function tEndOf(beat: Float32Array, level: number): number {
  let peak = BEFORE + 18;
  for (let j = peak; j < BEFORE + 50; j++) {
    if (Math.abs(beat[j]! - level) > Math.abs(beat[peak]! - level)) peak = j;
  }
  const height = Math.abs(beat[peak]! - level);
  let end = peak;
  while (end < LENGTH - 1 && Math.abs(beat[end]! - level) > 0.2 * height) end++;
  return end - BEFORE;
}
