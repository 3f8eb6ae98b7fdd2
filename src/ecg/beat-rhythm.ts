/**
 * Where a beat stands in the rhythm around it: RR intervals against the local and the recording's usual interval.
 * Only + - * / are used: the same bits on every machine.
 */
import { selectInPlace } from '../numeric/order-statistic.ts';
import { contrast } from './beat-lead.ts';

/** Beats on each side that "local" and "wide" mean. */
const LOCAL_BEATS = 8;
const WIDE_BEATS = 30;
/** Beats on each side that show whether intervals repeat. */
const NEAR_BEATS = 15;
const FAR_BEATS = 50;
/** An interval repeats an earlier one if it differs by less than this share. */
const REPEATED = 0.04;
/** How far a run of short intervals is followed to its onset and its end, and how many intervals a pause is sought in. */
const RUN_BEATS = 30;
const LONG_SPAN = 20;
/** Quantile of intervals that is taken for those of the sinus node also where nine in ten beats are ectopic. */
const LONG = 0.9;
/** Share of intervals between beats of the usual shape below which all are taken. */
const FEWEST_PLAIN = 0.25;
/** An interval is stable where it differs from both its neighbours by less than this share. */
const STABLE_CHANGE = 0.06;
const STABLE_BEATS = 120;
/** Short against the interval before the run. */
const SHORT = 0.9;

/** No feature looks further than this many beats to either side. */
export const RHYTHM_REACH = STABLE_BEATS + 8;

/** Names of the rhythm features, in order; each lies in [-1, 1]. */
export const RHYTHM_FEATURES = [
  'preToLocal',
  'postToLocal',
  'preToUsual',
  'postToPre',
  'preToPrevious',
  'previousToLocal',
  'nextToLocal',
  'pairToLocal',
  'preToPast',
  'preToLocalLow',
  'preToLocalHigh',
  'preRankLocal',
  'preRankWide',
  'irregularityLocal',
  'irregularityWide',
  'preDuration',
  'localDuration',
  'preToLongWide',
  'preToLongUsual',
  'preToMean',
  'preToStable',
  'preToPastLong',
  'preToFutureLong',
  'onsetDrop',
  'sinceOnset',
  'offsetRise',
  'untilOffset',
  'usualShareWide',
  'alternationWide',
  'predictableLocal',
  'predictableWide',
  'irregularityFar',
] as const;
export const RHYTHM_FEATURE_COUNT = RHYTHM_FEATURES.length;

/**
 * Rhythm features of the beats `from <= i < to`.
 * @param times of R peaks, seconds, ascending: of the beats described and RHYTHM_REACH beats around them, or more
 * @param odd 1 for a beat whose QRS is unlike the usual one: the interval before it is short and the one after it
 *   a compensatory pause, so that neither says what the sinus rhythm is
 * @param into [to - from][RHYTHM_FEATURE_COUNT]
 */
export function describeRhythm(
  times: Float64Array,
  odd: Uint8Array,
  from: number,
  to: number,
  into: Float32Array,
): void {
  // Interval k lies between beats k and k + 1.
  const intervals = new Float64Array(Math.max(0, times.length - 1));
  for (let k = 0; k < intervals.length; k++) intervals[k] = times[k + 1]! - times[k]!;
  const isPlain = Uint8Array.from(intervals, (_, k) => (odd[k] === 1 || odd[k + 1] === 1 ? 0 : 1));
  /** Intervals between beats of the usual shape; all where these are few. */
  const plain = (start: number, end: number): Float64Array => {
    const span = intervals.slice(Math.max(0, start), Math.max(0, end));
    const kept = span.filter((_, k) => isPlain[Math.max(0, start) + k] === 1);
    return kept.length >= FEWEST_PLAIN * span.length ? kept : span;
  };
  const all = plain(from - 1, to);
  const usual = quantile(intervals.slice(Math.max(0, from - 1), to), 0.5);
  const long = quantile(all, LONG);
  const mean = all.length > 0 ? all.reduce((sum, value) => sum + value, 0) / all.length : usual;
  const stable = stableIntervals(intervals, isPlain);
  for (let i = from; i < to; i++) {
    const localSpan = intervals.slice(Math.max(0, i - LOCAL_BEATS), i + LOCAL_BEATS);
    const wideSpan = intervals.slice(Math.max(0, i - WIDE_BEATS), i + WIDE_BEATS);
    const farSpan = intervals.slice(Math.max(0, i - FAR_BEATS), i + FAR_BEATS);
    const local = quantile(localSpan, 0.5);
    const interval = (k: number): number => (k >= 0 && k < intervals.length ? intervals[k]! : local);
    const pre = interval(i - 1);
    const post = interval(i);
    const past = intervals.slice(Math.max(0, i - 1 - LOCAL_BEATS), Math.max(0, i - 1));
    into.set(
      [
        contrast(pre, local),
        contrast(post, local),
        contrast(pre, usual),
        contrast(post, pre),
        contrast(pre, interval(i - 2)),
        contrast(interval(i - 2), local),
        contrast(interval(i + 1), local),
        contrast(pre + post, 2 * local),
        past.length > 0 ? contrast(pre, quantile(past, 0.5)) : 0,
        contrast(pre, quantile(localSpan, 0.25)),
        contrast(pre, quantile(localSpan, 0.75)),
        rank(localSpan, pre),
        rank(wideSpan, pre),
        irregularity(localSpan, local),
        irregularity(wideSpan, quantile(wideSpan, 0.5)),
        pre / (pre + 0.8),
        local / (local + 0.8),
        contrast(pre, quantile(plain(i - WIDE_BEATS, i + WIDE_BEATS), LONG)),
        contrast(pre, long),
        contrast(pre, mean),
        contrast(pre, slowestStable(intervals, stable, i, local)),
        contrast(pre, longOf(plain(i - 1 - LONG_SPAN, i - 1), local)),
        contrast(pre, longOf(plain(i, i + LONG_SPAN), local)),
        ...runOfShortIntervals(intervals, isPlain, i - 1, -1),
        ...runOfShortIntervals(intervals, isPlain, i - 1, 1),
        shareNear(wideSpan, quantile(wideSpan, 0.5)),
        alternation(wideSpan),
        predictable(intervals, i - NEAR_BEATS, i + NEAR_BEATS),
        predictable(intervals, i - FAR_BEATS, i + FAR_BEATS),
        irregularity(farSpan, quantile(farSpan, 0.5)),
      ],
      (i - from) * RHYTHM_FEATURE_COUNT,
    );
  }
}

/** Value at a fraction of the sorted order; 0.8 s where there is no interval at all. */
function quantile(values: Float64Array, fraction: number): number {
  if (values.length === 0) return 0.8;
  return selectInPlace(values.slice(), Math.min(values.length - 1, Math.floor(fraction * values.length)));
}

/** Share of values below, ties halved, scaled to [-1, 1]. */
function rank(values: Float64Array, value: number): number {
  if (values.length === 0) return 0;
  let below = 0;
  for (const other of values) below += other < value ? 1 : other === value ? 0.5 : 0;
  return (2 * below) / values.length - 1;
}

/** Median change from one interval to the next, against the usual interval; x / (x + 0.1). */
function irregularity(values: Float64Array, usual: number): number {
  if (values.length < 3 || !(usual > 0)) return 0;
  const changes = new Float64Array(values.length - 1);
  for (let k = 0; k < changes.length; k++) changes[k] = Math.abs(values[k + 1]! - values[k]!);
  const relative = quantile(changes, 0.5) / usual;
  return relative / (relative + 0.1);
}

function longOf(values: Float64Array, otherwise: number): number {
  return values.length > 0 ? quantile(values, LONG) : otherwise;
}

/** 1 for each interval that differs little from both its neighbours. */
function stableIntervals(intervals: Float64Array, isPlain: Uint8Array): Uint8Array {
  const near = (a: number, b: number): boolean => Math.abs(a - b) < STABLE_CHANGE * a;
  return Uint8Array.from(intervals, (value, k) =>
    isPlain[k] === 1 &&
    k > 0 &&
    k + 1 < intervals.length &&
    near(value, intervals[k - 1]!) &&
    near(value, intervals[k + 1]!)
      ? 1
      : 0,
  );
}

/** Upper quartile of the stable intervals around beat i: the sinus rhythm also where ectopic beats are the most. */
function slowestStable(intervals: Float64Array, stable: Uint8Array, i: number, otherwise: number): number {
  const around: number[] = [];
  const end = Math.min(intervals.length, i + STABLE_BEATS);
  for (let k = Math.max(0, i - STABLE_BEATS); k < end; k++) if (stable[k] === 1) around.push(intervals[k]!);
  return around.length >= 3 ? quantile(Float64Array.from(around), 0.75) : otherwise;
}

/**
 * Follows intervals from `start` backwards (`step` -1) or forwards (1) for as long as they stay short against the
 * next one outside: how abruptly the run of short intervals begins or ends, and how far away that is.
 * @returns the largest jump as a contrast, at most 0 seen from inside, and the distance as n / (n + 3)
 */
function runOfShortIntervals(
  intervals: Float64Array,
  isPlain: Uint8Array,
  start: number,
  step: 1 | -1,
): [number, number] {
  let longest = 0;
  let jump = 0;
  let distance = 0;
  for (let k = 0; k < RUN_BEATS; k++) {
    const inside = start + step * k;
    const outside = inside + step;
    if (inside < 0 || outside < 0 || inside >= intervals.length || outside >= intervals.length) break;
    longest = Math.max(longest, intervals[inside]!);
    // A pause after a beat of another shape is no sinus interval.
    if (isPlain[outside] === 0 || longest >= SHORT * intervals[outside]!) continue;
    const drop = contrast(intervals[inside]!, intervals[outside]!);
    if (drop < jump) {
      jump = drop;
      distance = (k + 1) / (k + 4);
    }
  }
  return [jump, distance];
}

/** Share of values within a tenth of the usual one. */
function shareNear(values: Float64Array, usual: number): number {
  let near = 0;
  for (const value of values) if (Math.abs(value - usual) < 0.1 * usual) near++;
  return values.length > 0 ? near / values.length : 0;
}

/** Share of successive changes of more than a twentieth that turn: high in fibrillation, low in sinus arrhythmia. */
function alternation(values: Float64Array): number {
  let turns = 0;
  let pairs = 0;
  for (let k = 2; k < values.length; k++) {
    const before = values[k - 1]! - values[k - 2]!;
    const after = values[k]! - values[k - 1]!;
    const floor = 0.05 * values[k - 1]!;
    if (Math.abs(before) > floor && Math.abs(after) > floor && before * after < 0) turns++;
    pairs++;
  }
  return pairs > 0 ? turns / pairs : 0;
}

/**
 * Share of the intervals that repeat one of the three before them: high in any rhythm with a pattern (sinus,
 * bigeminy, runs at a steady rate), low in fibrillation.
 */
function predictable(intervals: Float64Array, from: number, to: number): number {
  let repeated = 0;
  let count = 0;
  for (let k = Math.max(3, from); k < Math.min(to, intervals.length); k++) {
    const value = intervals[k]!;
    let best = Number.POSITIVE_INFINITY;
    for (let lag = 1; lag <= 3; lag++) best = Math.min(best, Math.abs(value - intervals[k - lag]!));
    if (best < REPEATED * value) repeated++;
    count++;
  }
  return count > 0 ? repeated / count : 1;
}
