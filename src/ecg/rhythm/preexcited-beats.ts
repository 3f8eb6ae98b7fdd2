/**
 * Pre-excited beats in a stretch of one lead: beats that begin slowly are put together, and their median beat must
 * have what pre-excitation asks for. Where other beats are there, the way from the P wave to the end of the complex is
 * the same in both. Pure; RHYTHM_RATE_HZ.
 */
import { RHYTHM_RATE_HZ } from './conditioned.ts';
import { isPreExcited, isSlurred, pLikeness, pPeakBefore, qrsBeginning } from './preexcitation.ts';
import { median } from './statistics.ts';

const BEFORE = Math.round(0.4 * RHYTHM_RATE_HZ);
const LENGTH = BEFORE + Math.round(0.24 * RHYTHM_RATE_HZ);
const FEWEST_BEATS = 4;
/** A beat that comes this early, share of the median interval, is an extrasystole whatever its shape. */
const PREMATURE = 0.75;
/** Each beat's P wave against that of the median beat; the median over beats against it. */
const P_BEAT = 0.4;
const P_USUAL = 0.7;
/** Between the P waves of slow and of other beats, and how far the ways from P to the end of QRS may differ. */
const P_BETWEEN = 0.7;
const P_TO_END_MS = 40;
/** The slow beats begin this much earlier against their fast part than the others. */
const EARLIER_MS = 20;

/**
 * @param signal conditioned lead
 * @param peaks R peaks, samples, ascending
 * @returns places in `peaks` of the beats that are pre-excited, two or more in a row
 */
export function preExcitedBeats(signal: Float32Array, peaks: Int32Array): number[] {
  const rr = median(peaks.subarray(1).map((peak, k) => peak - peaks[k]!));
  const beats = new Map<number, Float32Array>();
  const slow: number[] = [];
  const others: number[] = [];
  peaks.forEach((peak, k) => {
    if (peak < BEFORE || peak - BEFORE + LENGTH > signal.length) return;
    if (k > 0 && peak - peaks[k - 1]! < PREMATURE * rr) return;
    const beat = signal.subarray(peak - BEFORE, peak - BEFORE + LENGTH);
    const qrs = qrsBeginning([beat], RHYTHM_RATE_HZ, BEFORE);
    if (qrs === null) return;
    beats.set(k, beat);
    (isSlurred(qrs) ? slow : others).push(k);
  });
  if (slow.length < FEWEST_BEATS) return [];
  const usual = medianBeat(slow.map((k) => beats.get(k)!));
  if (!isPreExcited([usual], RHYTHM_RATE_HZ, BEFORE)) return [];
  const qrs = qrsBeginning([usual], RHYTHM_RATE_HZ, BEFORE)!;
  const p = pPeakBefore([usual], RHYTHM_RATE_HZ, qrs)!;
  const likeness = slow.map((k) => pLikeness(beats.get(k)!, usual, p, RHYTHM_RATE_HZ));
  if (median(likeness) < P_USUAL) return [];
  // Where slow beats are the rule, the others are of every kind: their median says nothing.
  if (others.length >= FEWEST_BEATS && slow.length < others.length) {
    if (!sameWayToEnd(usual, medianBeat(others.map((k) => beats.get(k)!)))) return [];
  }
  const chosen = new Set(slow.filter((_, i) => likeness[i]! >= P_BEAT));
  return [...chosen].filter((k) => chosen.has(k - 1) || chosen.has(k + 1));
}

function medianBeat(beats: readonly Float32Array[]): Float32Array {
  const column = new Float64Array(beats.length);
  return Float32Array.from({ length: LENGTH }, (_, i) => {
    for (let k = 0; k < beats.length; k++) column[k] = beats[k]![i]!;
    return median(column);
  });
}

/** Whether two usual beats have the same P wave, as far from the end of the complex, and one begins it earlier. */
function sameWayToEnd(early: Float32Array, late: Float32Array): boolean {
  const [a, b] = [early, late].map((beat) => qrsBeginning([beat], RHYTHM_RATE_HZ, BEFORE));
  if (a == null || b == null) return false;
  const [p, q] = [
    pPeakBefore([early], RHYTHM_RATE_HZ, a),
    pPeakBefore([late], RHYTHM_RATE_HZ, { ...b, onset: a.onset }),
  ];
  if (p === null || q === null) return false;
  const ms = (samples: number) => (samples * 1000) / RHYTHM_RATE_HZ;
  return (
    Math.abs(ms(a.end - p - (b.end - q))) <= P_TO_END_MS &&
    ms(b.onset - a.onset) >= EARLIER_MS &&
    pLikeness(early, late, p, RHYTHM_RATE_HZ) >= P_BETWEEN
  );
}
