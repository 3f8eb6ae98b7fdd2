/**
 * Where a beat stands in the rhythm around it: RR intervals against the local and the recording's usual interval.
 * Only + - * / are used: the same bits on every machine.
 */
import { contrast } from './beat-lead.ts';

/** Beats on each side that "local" and "wide" mean. */
const LOCAL_BEATS = 8;
const WIDE_BEATS = 30;

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
] as const;
export const RHYTHM_FEATURE_COUNT = RHYTHM_FEATURES.length;

/**
 * Rhythm features of the beats `from <= i < to`.
 * @param times of all R peaks of the recording, seconds, ascending
 * @param into [n][RHYTHM_FEATURE_COUNT] over all beats of the recording
 */
export function describeRhythm(times: Float64Array, from: number, to: number, into: Float32Array): void {
  // Interval k lies between beats k and k + 1.
  const intervals = new Float64Array(Math.max(0, times.length - 1));
  for (let k = 0; k < intervals.length; k++) intervals[k] = times[k + 1]! - times[k]!;
  const usual = quantile(intervals.slice(Math.max(0, from - 1), to), 0.5);
  for (let i = from; i < to; i++) {
    const localSpan = intervals.slice(Math.max(0, i - LOCAL_BEATS), i + LOCAL_BEATS);
    const wideSpan = intervals.slice(Math.max(0, i - WIDE_BEATS), i + WIDE_BEATS);
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
      ],
      i * RHYTHM_FEATURE_COUNT,
    );
  }
}

/** Value at a fraction of the sorted order; 0.8 s where there is no interval at all. */
function quantile(values: Float64Array, fraction: number): number {
  if (values.length === 0) return 0.8;
  const sorted = values.slice().sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(fraction * sorted.length))]!;
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
