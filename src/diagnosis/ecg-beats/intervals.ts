/** RR intervals of a recording, with those left out that cross a stretch nobody could analyse. */
import { BEAT_CLASSES, type BeatTable } from '../../contract/ecg.ts';
import type { NnIntervals } from '../../ecg/hrv.ts';

export interface RrIntervals {
  /** Seconds from beat i to beat i + 1; NaN where the stretch between them is not analysable. */
  seconds: Float64Array;
}

/**
 * @param rPeaks sample indices, ascending
 * @param analysable per whole second of the recording, 1 where any lead can be analysed
 */
export function rrIntervals(rPeaks: Int32Array, samplingRateHz: number, analysable: Uint8Array): RrIntervals {
  const seconds = new Float64Array(Math.max(0, rPeaks.length - 1)).fill(Number.NaN);
  const lastSecond = analysable.length - 1;
  for (let i = 0; i < seconds.length; i++) {
    const from = Math.min(lastSecond, Math.floor(rPeaks[i] / samplingRateHz));
    const to = Math.min(lastSecond, Math.floor(rPeaks[i + 1] / samplingRateHz));
    let whole = true;
    for (let second = from; second <= to && whole; second++) whole = analysable[second] === 1;
    if (whole) seconds[i] = (rPeaks[i + 1] - rPeaks[i]) / samplingRateHz;
  }
  return { seconds };
}

/** Beats whose RR intervals are averaged for a momentary heart rate. */
export const HEART_RATE_BEATS = 8;

/**
 * Minimum, mean and maximum heart rate in beats a minute. Minimum and maximum are of rates over 8 successive
 * valid intervals, the mean is over all valid intervals; null where there are fewer than 8 in a row.
 */
export function heartRate(rr: RrIntervals): { minimum: number; mean: number; maximum: number } | null {
  let minimum = Number.POSITIVE_INFINITY;
  let maximum = 0;
  let total = 0;
  let valid = 0;
  let windowSum = 0;
  let inWindow = 0;
  for (let i = 0; i < rr.seconds.length; i++) {
    const interval = rr.seconds[i];
    if (Number.isNaN(interval)) {
      windowSum = 0;
      inWindow = 0;
      continue;
    }
    total += interval;
    valid++;
    windowSum += interval;
    if (inWindow === HEART_RATE_BEATS) windowSum -= rr.seconds[i - HEART_RATE_BEATS];
    else inWindow++;
    if (inWindow < HEART_RATE_BEATS) continue;
    const rate = (60 * HEART_RATE_BEATS) / windowSum;
    minimum = Math.min(minimum, rate);
    maximum = Math.max(maximum, rate);
  }
  if (maximum === 0) return null;
  const mean = (60 * valid) / total;
  // Stretches of fewer than 8 intervals count for the mean alone, which must not leave the range for that.
  return { minimum: Math.min(minimum, mean), mean, maximum: Math.max(maximum, mean) };
}

/** A pause of 3 s or more, or two beats within the refractory period, is no interval of a sinus rhythm. */
const NN_SECONDS = { shortest: 0.2, longest: 3 };

/** Intervals between two consecutive beats that both count as normal, in analysable stretches. */
export function normalIntervals(
  beats: Pick<BeatTable, 'sample' | 'label'>,
  rr: RrIntervals,
  samplingRateHz: number,
): NnIntervals {
  const normal = BEAT_CLASSES.indexOf('N');
  const counts = (i: number): boolean =>
    beats.label[i] === normal &&
    beats.label[i + 1] === normal &&
    rr.seconds[i] >= NN_SECONDS.shortest &&
    rr.seconds[i] < NN_SECONDS.longest;
  let count = 0;
  for (let i = 0; i < rr.seconds.length; i++) count += Number(counts(i));
  const intervals: NnIntervals = {
    atSeconds: new Float64Array(count),
    seconds: new Float64Array(count),
    followsNn: new Uint8Array(count),
  };
  let previous = -1;
  let at = 0;
  for (let i = 0; i < rr.seconds.length; i++) {
    if (!counts(i)) continue;
    intervals.atSeconds[at] = beats.sample[i + 1] / samplingRateHz;
    intervals.seconds[at] = rr.seconds[i];
    intervals.followsNn[at] = Number(at > 0 && previous === i - 1);
    previous = i;
    at++;
  }
  return intervals;
}
