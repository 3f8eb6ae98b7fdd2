/**
 * Ventricular pre-excitation in one beat, one lead or many: a QRS complex that begins slowly (delta wave), soon after
 * the P wave, and is wide. An accessory pathway excites a part of the ventricles early, from where excitation creeps
 * through muscle; the rest comes fast and on time, so that the way from P to the end of the complex stays what it was.
 * Bundle branch block begins fast and is slow at its end. Pure; limits were set on LUDB's odd records, on beats made
 * from them and on the first half of record 230 of MIT-BIH.
 */
import { correlationOf } from './statistics.ts';

/** A QRS complex and how slowly it begins; positions are samples of the leads, over all leads. */
export interface QrsBeginning {
  onset: number;
  /** Where the slow beginning gives way to the fast part. */
  fast: number;
  end: number;
  slowMs: number;
  /** How far the slow part goes, share of the largest deflection from the onset on. */
  slowShare: number;
  durationMs: number;
}

/** Slope is taken over twice this. */
const HALF_SLOPE_SECONDS = 0.008;
const PEAK_REACH_SECONDS = 0.06;
/** Shares of the largest slope: where the fast part begins, and where the complex begins and ends. */
const FAST_SHARE = 0.4;
const ONSET_SHARE = 0.04;
const END_SHARE = 0.1;
const LONGEST_SLOW_SECONDS = 0.1;
const LONGEST_AFTER_SECONDS = 0.16;
const END_LULL_SECONDS = 0.016;
/** Cosine between the slow part and the largest deflection, over leads. */
const SAME_DIRECTION = 0.5;

/** Least of each that a pre-excited complex has. */
const SLOW_MS = 30;
const SLOW_SHARE = 0.1;
const DURATION_MS = 90;
/** From the peak of the P wave to the onset of the complex: half a P wave less than a PR of some 155 ms, since the slow
 * part may begin late after a long PR, as in record 230. */
const LONGEST_P_PEAK_MS = 105;
const SHORTEST_P_PEAK_MS = 20;
const P_REACH_SECONDS = 0.16;
/** The P wave stands out from the level so far on either side of its peak. */
const P_SIDE_SECONDS = 0.036;
const SMALLEST_P_MILLIVOLTS = 0.025;
const SMALLEST_P_SHARE = 0.02;

/**
 * @param leads one beat, millivolts, all of one length
 * @param rPeak sample of the R peak in it; 0.21 s before and 0.17 s after are needed, else null
 */
export function qrsBeginning(
  leads: readonly Float32Array[],
  samplingRateHz: number,
  rPeak: number,
): QrsBeginning | null {
  const samples = (seconds: number) => Math.max(1, Math.round(seconds * samplingRateHz));
  const half = samples(HALF_SLOPE_SECONDS);
  const length = leads[0]?.length ?? 0;
  const [from, to] = [rPeak - samples(0.2), rPeak + samples(LONGEST_AFTER_SECONDS)];
  if (from < half || to + half >= length) return null;
  const slope = (i: number): number => {
    let squares = 0;
    for (const lead of leads) squares += (lead[i + half]! - lead[i - half]!) ** 2;
    return Math.sqrt(squares);
  };
  const slopes = Float64Array.from({ length: to - from + 1 }, (_, j) => slope(from + j));
  const at = (i: number) => slopes[i - from]!;
  const reach = samples(PEAK_REACH_SECONDS);
  let fastest = rPeak - reach;
  for (let i = rPeak - reach; i <= rPeak + reach; i++) if (at(i) > at(fastest)) fastest = i;
  const most = at(fastest);
  if (!(most > 0)) return null;
  let first = rPeak - reach;
  while (at(first) < FAST_SHARE * most) first++;
  while (first > from && at(first - 1) >= FAST_SHARE * most) first--;
  // Between samples, since a sample is an eighth of what is measured.
  const fast = first - (first > from ? crossing(at(first - 1), at(first), FAST_SHARE * most) : 0);
  let before = first;
  const earliest = Math.max(from + 1, first - samples(LONGEST_SLOW_SECONDS));
  while (before > earliest && at(before - 1) >= ONSET_SHARE * most) before--;
  const onset = before - crossing(at(before - 1), at(before), ONSET_SHARE * most);
  let end = fastest;
  const lull = samples(END_LULL_SECONDS);
  for (let i = fastest; i <= to && i - end <= lull; i++) if (at(i) >= END_SHARE * most) end = i;

  const base = Math.floor(onset);
  const level = (i: number) => leads.map((lead) => lead[i]! - lead[base]!);
  const size = (vector: readonly number[]) => Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
  let largest: number[] = [];
  for (let i = base; i <= end; i++) {
    const here = level(i);
    if (size(here) > size(largest)) largest = here;
  }
  const slow = level(Math.floor(fast));
  const product = slow.reduce((sum, x, lead) => sum + x * (largest[lead] ?? 0), 0);
  const same = product > SAME_DIRECTION * size(slow) * size(largest);
  return {
    onset,
    fast,
    end,
    slowMs: ((fast - onset) * 1000) / samplingRateHz,
    slowShare: same ? size(slow) / size(largest) : 0,
    durationMs: ((end - onset) * 1000) / samplingRateHz,
  };
}

/** Part of a sample before the upper of two neighbours at which a level is crossed. */
function crossing(lower: number, upper: number, level: number): number {
  return upper > lower ? Math.min(1, Math.max(0, (upper - level) / (upper - lower))) : 0;
}

export function isSlurred({ slowMs, slowShare, durationMs }: QrsBeginning): boolean {
  return slowMs >= SLOW_MS && slowShare >= SLOW_SHARE && durationMs >= DURATION_MS;
}

/** Sample of the peak of the wave before the complex, over all leads; null without one. */
export function pPeakBefore(
  leads: readonly Float32Array[],
  samplingRateHz: number,
  { onset, end }: QrsBeginning,
): number | null {
  const reach = Math.round(P_SIDE_SECONDS * samplingRateHz);
  const last = Math.floor(onset);
  const from = Math.max(reach, last - Math.round(P_REACH_SECONDS * samplingRateHz));
  let [best, height, complex] = [from, 0, 0];
  for (let i = from; i + reach <= last; i++) {
    let squares = 0;
    for (const lead of leads) squares += (lead[i]! - (lead[i - reach]! + lead[i + reach]!) / 2) ** 2;
    if (squares > height) [best, height] = [i, squares];
  }
  for (let i = last; i <= end; i++) {
    complex = Math.max(
      complex,
      leads.reduce((sum, lead) => sum + (lead[i]! - lead[last]!) ** 2, 0),
    );
  }
  const least = Math.max(
    SMALLEST_P_MILLIVOLTS * Math.sqrt(Math.ceil(leads.length / 3)),
    SMALLEST_P_SHARE * Math.sqrt(complex),
  );
  return Math.sqrt(height) >= least ? best : null;
}

/** Whether a beat has what pre-excitation asks for: P wave, short way to the complex, slow beginning, width. */
export function isPreExcited(leads: readonly Float32Array[], samplingRateHz: number, rPeak: number): boolean {
  const qrs = qrsBeginning(leads, samplingRateHz, rPeak);
  if (qrs === null || !isSlurred(qrs)) return false;
  const p = pPeakBefore(leads, samplingRateHz, qrs);
  if (p === null) return false;
  const ms = ((qrs.onset - p) * 1000) / samplingRateHz;
  return ms >= SHORTEST_P_PEAK_MS && ms <= LONGEST_P_PEAK_MS;
}

/** Correlation of the P waves of two beats of one lead, each less its mean, at the same place before R. */
export function pLikeness(a: Float32Array, b: Float32Array, pPeak: number, samplingRateHz: number): number {
  const reach = Math.round(0.05 * samplingRateHz);
  const part = (beat: Float32Array) => beat.subarray(Math.max(0, pPeak - reach), pPeak + reach + 1);
  return correlationOf(part(a), part(b));
}
