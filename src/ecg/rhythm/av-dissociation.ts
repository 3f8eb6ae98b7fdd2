/**
 * Complete atrioventricular block in a stretch of one lead: P waves at a rate of their own, faster than a slow and
 * regular row of QRS complexes, to which they have no fixed relation. Only P waves that stand out from everything else
 * between the complexes are told: in fibrillation, flutter or noise there are others beside them. Pure;
 * RHYTHM_RATE_HZ.
 */
import { detrended, P_REACH, pLikenessAt, type UsualWaves } from './atrial-waves.ts';
import { RHYTHM_RATE_HZ } from './conditioned.ts';
import { deviationOf, meanOf, median } from './statistics.ts';

const seconds = (value: number): number => Math.round(value * RHYTHM_RATE_HZ);

const SHORTEST_PP = seconds(0.42);
const LONGEST_PP = seconds(1.2);
/** P waves are faster than the complexes by this share of the interval at least. */
const FASTER = 0.9;
/** Escape rhythms are slow and regular. */
const SHORTEST_RR = seconds(0.9);
const STEADY_RR = 0.07;
const FEWEST_BEATS = 4;
/** Atrial intervals differ from their mean by so much at most. */
const STEADY_PP = 0.07;
const SMALLEST_MILLIVOLTS = 0.04;
const P_LIKENESS = 0.75;
/** Of the P waves that can be seen. */
const FOUND_SHARE = 0.8;
/** Other waves of three fifths of the height, by P wave. */
const OTHER_SHARE = 0.25;
const OTHER_HEIGHT = 0.6;
/** Spread of the time from P to R, share of the interval of P waves; equally spread over it: 0.29. */
const FREE = 0.18;

export interface Dissociation {
  pWaves: number;
  likeness: number;
  atrialBpm: number;
}

/** How far each sample stands out from the line between the samples a P wave before and after, millivolts. */
function standout(rest: Float32Array, hidden: Uint8Array, sign: number): Float32Array {
  const out = new Float32Array(rest.length);
  const reach = P_REACH + 1;
  for (let i = reach + 1; i + reach + 1 < rest.length; i++) {
    if (hidden[i] === 1) continue;
    const at = (j: number) => (rest[j - 1]! + rest[j]! + rest[j + 1]!) / 3;
    out[i] = sign * (at(i) - (at(i - reach) + at(i + reach)) / 2);
  }
  return out;
}

/** Local maxima of `heights` between `from` and `to`. */
function maxima(heights: Float32Array, from: number, to: number): number[] {
  const places: number[] = [];
  for (let i = from + 1; i + 1 < to; i++) {
    if (heights[i]! > 0 && heights[i]! >= heights[i - 1]! && heights[i]! > heights[i + 1]!) places.push(i);
  }
  return places;
}

/**
 * The row of places about `pp` apart with the largest sum of heights. One in a QRS complex cannot be seen: a step of
 * twice the length over a hidden middle stands for two, and the middle is in the row.
 */
function bestRow(places: readonly number[], heights: Float32Array, hidden: Uint8Array, pp: number): number[] {
  const slack = Math.max(1, Math.round(STEADY_PP * pp));
  const best = new Float64Array(places.length);
  const before = new Int32Array(places.length).fill(-1);
  let first = 0;
  for (let i = 0; i < places.length; i++) {
    const at = places[i]!;
    while (at - places[first]! > 2 * (pp + slack)) first++;
    let [most, last] = [0, -1];
    for (let k = first; k < i; k++) {
      const step = at - places[k]!;
      const one = Math.abs(step - pp) <= slack;
      const two = Math.abs(step - 2 * pp) <= 2 * slack && hidden[(at + places[k]!) >> 1] === 1;
      if ((one || two) && best[k]! > most) [most, last] = [best[k]!, k];
    }
    best[i] = most + heights[at]!;
    before[i] = last;
  }
  let end = 0;
  for (let i = 1; i < best.length; i++) if (best[i]! > best[end]!) end = i;
  const row: number[] = [];
  for (let i = end; i >= 0 && i < places.length; i = before[i]!) {
    const after = row[row.length - 1];
    if (after !== undefined && after - places[i]! > 1.5 * pp) row.push((after + places[i]!) >> 1);
    row.push(places[i]!);
  }
  return row.reverse();
}

/** Whether the usual P wave stands before three quarters of the beats, each time as far from R. */
function hasFixedP({ p, pToR, rest }: UsualWaves, beats: readonly number[]): boolean {
  if (p === null) return false;
  const there = beats.filter((beat) => pLikenessAt(rest, p, beat - pToR).correlation >= P_LIKENESS).length;
  return there >= 0.75 * beats.length;
}

/**
 * @param peaks R peaks, samples, ascending
 * @param from of the stretch that is judged, `to` exclusive
 */
export function dissociation(
  waves: UsualWaves,
  peaks: Int32Array,
  from: number,
  to: number,
): Dissociation | null {
  const rows = [...peaks.keys()].filter((k) => peaks[k]! >= from && peaks[k]! < to);
  if (rows.length < FEWEST_BEATS || rows.filter((k) => waves.usual[k]).length < 0.8 * rows.length)
    return null;
  const beats = rows.map((k) => peaks[k]!);
  const rr = beats.slice(1).map((at, i) => at - beats[i]!);
  const usualRr = median(rr);
  if (usualRr < SHORTEST_RR || deviationOf(rr) > STEADY_RR * usualRr) return null;
  if (hasFixedP(waves, beats)) return null;
  const { rest, hidden } = waves;
  const longest = Math.min(LONGEST_PP, Math.floor(FASTER * usualRr));
  let told: Dissociation | null = null;
  for (const sign of [1, -1]) {
    const heights = standout(rest, hidden, sign);
    const places = maxima(heights, from, to);
    let best: { row: number[]; sum: number } = { row: [], sum: 0 };
    for (let pp = SHORTEST_PP; pp <= longest; pp += 2) {
      const row = bestRow(places, heights, hidden, pp);
      // Many low waves are not better than few high ones.
      const seen = row.filter((at) => hidden[at] === 0);
      const mean = seen.reduce((sum, at) => sum + heights[at]!, 0) / Math.max(1, seen.length);
      const span = row.length < 2 ? 0 : (row[row.length - 1]! - row[0]!) / (to - from);
      if (mean * span > best.sum) best = { row, sum: mean * span };
    }
    const found = judged(best.row, heights, waves, beats, from, to);
    if (found !== null && (told === null || found.likeness > told.likeness)) told = found;
  }
  return told;
}

function judged(
  chain: readonly number[],
  heights: Float32Array,
  { rest, hidden }: UsualWaves,
  beats: readonly number[],
  from: number,
  to: number,
): Dissociation | null {
  const seen = chain.filter((at) => hidden[at] === 0);
  if (seen.length < 2 * FEWEST_BEATS - 2) return null;
  const height = median(seen.map((at) => heights[at]!));
  if (height < SMALLEST_MILLIVOLTS) return null;
  const steps = chain.slice(1).map((at, i) => at - chain[i]!);
  const pp = meanOf(steps);
  if (deviationOf(steps) > STEADY_PP * pp) return null;
  const own = detrended(
    Float32Array.from({ length: 2 * P_REACH + 1 }, (_, j) =>
      median(seen.map((at) => rest[at - P_REACH + j] ?? 0)),
    ),
  );
  const likeness = seen.map((at) => pLikenessAt(rest, own, at).correlation);
  if (likeness.filter((one) => one >= P_LIKENESS).length < FOUND_SHARE * seen.length) return null;

  let others = 0;
  for (let i = from + 1; i + 1 < to; i++) {
    const here = Math.abs(heights[i]!);
    if (here < OTHER_HEIGHT * height || here < Math.abs(heights[i - 1]!) || here < Math.abs(heights[i + 1]!))
      continue;
    // The sides of a wave stand out the other way.
    if (chain.every((at) => Math.abs(at - i) > 2 * P_REACH + 2)) others++;
  }
  if (others > OTHER_SHARE * seen.length) return null;

  const delays = beats.flatMap((beat) => {
    const last = chain.findLast((at) => at <= beat);
    return last === undefined ? [] : [beat - last];
  });
  if (deviationOf(delays) < FREE * pp) return null;
  return { pWaves: chain.length, likeness: median(likeness), atrialBpm: (60 * RHYTHM_RATE_HZ) / pp };
}
