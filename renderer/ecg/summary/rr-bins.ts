/** RR intervals of the beats that count now, in the bins of a histogram and of a Poincaré plot. */
import { BEAT_CLASSES, type BeatTable } from '../../../src/contract/ecg.ts';

/** Longer gaps are lost signal, not intervals; as in the trend of heart rate. */
const LONGEST_MS = 3000;
const SHORTEST_MS = 200;
export const RR_BIN_MS = 20;

const NORMAL = BEAT_CLASSES.indexOf('N');

export interface RrHistogram {
  /** Beginning of the first bin, milliseconds. */
  firstMs: number;
  /** Intervals a bin of RR_BIN_MS: between normal beats, and others. */
  normal: number[];
  other: number[];
  intervals: number;
}

/** An interval is normal where both its beats are. */
export function rrHistogram(beats: BeatTable, samplingRateHz: number): RrHistogram {
  const bins = (LONGEST_MS - SHORTEST_MS) / RR_BIN_MS;
  const normal = new Array<number>(bins).fill(0);
  const other = new Array<number>(bins).fill(0);
  let intervals = 0;
  for (let i = 1; i < beats.sample.length; i++) {
    const ms = (1000 * (beats.sample[i]! - beats.sample[i - 1]!)) / samplingRateHz;
    if (ms < SHORTEST_MS || ms >= LONGEST_MS) continue;
    const both = beats.label[i] === NORMAL && beats.label[i - 1] === NORMAL;
    (both ? normal : other)[Math.floor((ms - SHORTEST_MS) / RR_BIN_MS)]!++;
    intervals++;
  }
  let first = normal.findIndex((count, bin) => count + other[bin]! > 0);
  if (first < 0) first = 0;
  const last = normal.findLastIndex((count, bin) => count + other[bin]! > 0);
  return {
    firstMs: SHORTEST_MS + first * RR_BIN_MS,
    normal: normal.slice(first, last + 1),
    other: other.slice(first, last + 1),
    intervals,
  };
}

export interface PoincarePairs {
  /** Interval and the one after it, milliseconds; in order of time. */
  first: Float32Array;
  second: Float32Array;
  /** Index of the beat between the two. */
  beat: Int32Array;
  /** 1: one of the three beats is not normal. */
  ectopic: Uint8Array;
}

export function poincarePairs(beats: BeatTable, samplingRateHz: number): PoincarePairs {
  const most = Math.max(0, beats.sample.length - 2);
  const pairs: PoincarePairs = {
    first: new Float32Array(most),
    second: new Float32Array(most),
    beat: new Int32Array(most),
    ectopic: new Uint8Array(most),
  };
  let n = 0;
  const valid = (ms: number) => ms >= SHORTEST_MS && ms < LONGEST_MS;
  for (let i = 1; i + 1 < beats.sample.length; i++) {
    const first = (1000 * (beats.sample[i]! - beats.sample[i - 1]!)) / samplingRateHz;
    const second = (1000 * (beats.sample[i + 1]! - beats.sample[i]!)) / samplingRateHz;
    if (!valid(first) || !valid(second)) continue;
    pairs.first[n] = first;
    pairs.second[n] = second;
    pairs.beat[n] = i;
    pairs.ectopic[n] = [i - 1, i, i + 1].every((each) => beats.label[each] === NORMAL) ? 0 : 1;
    n++;
  }
  return {
    first: pairs.first.subarray(0, n),
    second: pairs.second.subarray(0, n),
    beat: pairs.beat.subarray(0, n),
    ectopic: pairs.ectopic.subarray(0, n),
  };
}

/** Index of the pair nearest to a place within a distance; -1 where there is none. Milliseconds. */
export function nearestPair(
  pairs: PoincarePairs,
  firstMs: number,
  secondMs: number,
  withinMs: number,
): number {
  let best = -1;
  let distance = withinMs * withinMs;
  for (let i = 0; i < pairs.first.length; i++) {
    const d = (pairs.first[i]! - firstMs) ** 2 + (pairs.second[i]! - secondMs) ** 2;
    if (d > distance) continue;
    distance = d;
    best = i;
  }
  return best;
}
