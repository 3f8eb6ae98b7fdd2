/** The way back from a place of the Poincaré plot to a beat of the recording. */
import type { BeatTable } from '../../../src/contract/ecg.ts';

/**
 * Index of the beat whose RR interval and the one after it are nearest to a place, milliseconds; -1 where none is
 * within `withinMs` of it.
 */
export function beatOfPair(
  { sample }: BeatTable,
  samplingRateHz: number,
  firstMs: number,
  secondMs: number,
  withinMs: number,
): number {
  const ms = 1000 / samplingRateHz;
  let best = -1;
  let distance = withinMs * withinMs;
  for (let i = 1; i + 1 < sample.length; i++) {
    const first = (sample[i]! - sample[i - 1]!) * ms - firstMs;
    const second = (sample[i + 1]! - sample[i]!) * ms - secondMs;
    const d = first * first + second * second;
    if (d > distance) continue;
    distance = d;
    best = i;
  }
  return best;
}
