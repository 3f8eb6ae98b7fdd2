/**
 * Ventricular flutter and fibrillation, from the signal itself: QRS detection has no meaning there. Windows of 4 s
 * of one lead are judged by three measures that need no beats:
 * - leakage: what is left of the signal once a sine of its mean period is cancelled by adding the signal half a
 *   period before (Kuo and Dillman, Computers in Cardiology 1978): low in a sine-like wave;
 * - crowding: share of samples beyond a fifth of the largest deflection (as in the threshold crossing sample count
 *   of Arafat, Chowdhury and Hasan, SIViP 5, 2011): high without an isoelectric line;
 * - the mean frequency, 2 to 9 Hz.
 */
import { RHYTHM_RATE_HZ } from './conditioned.ts';

export const FIBRILLATION_WINDOW_SECONDS = 4;

export interface FibrillationMeasures {
  leakage: number;
  crowding: number;
  frequencyHz: number;
  /** Largest deflection, millivolts. */
  heightMillivolts: number;
}

/** @param signal at RHYTHM_RATE_HZ, from 0.5 to 40 Hz */
export function fibrillationMeasures(signal: Float32Array): FibrillationMeasures {
  let [size, slope, height] = [0, 0, 0];
  for (let i = 0; i < signal.length; i++) {
    const value = Math.abs(signal[i]!);
    size += value;
    height = Math.max(height, value);
    if (i > 0) slope += Math.abs(signal[i]! - signal[i - 1]!);
  }
  // For a sine of period T samples the sum of sizes over that of slopes is T / (2 pi).
  const halfPeriod = slope > 0 ? Math.round((Math.PI * size) / slope) : signal.length;
  let [left, whole, beyond] = [0, 0, 0];
  for (let i = 0; i < signal.length; i++) {
    if (Math.abs(signal[i]!) > 0.2 * height) beyond++;
    if (i < halfPeriod) continue;
    left += Math.abs(signal[i]! + signal[i - halfPeriod]!);
    whole += Math.abs(signal[i]!) + Math.abs(signal[i - halfPeriod]!);
  }
  return {
    leakage: whole > 0 ? left / whole : 1,
    crowding: signal.length > 0 ? beyond / signal.length : 0,
    frequencyHz: halfPeriod > 0 ? RHYTHM_RATE_HZ / (2 * halfPeriod) : 0,
    heightMillivolts: height,
  };
}

/**
 * Limits set on MIT-BIH DS1, where the only ventricular flutter of the database is (record 207): nothing of the other
 * 21 records lies within them. Coarse fibrillation is wider than flutter in leakage, for which there is room.
 */
const MOST_LEAKAGE = 0.6;
const LEAST_CROWDING = 0.5;
const LEAST_HEIGHT_MILLIVOLTS = 0.1;

export function isFibrillation(measures: FibrillationMeasures): boolean {
  const { leakage, crowding, frequencyHz, heightMillivolts } = measures;
  return (
    leakage < MOST_LEAKAGE &&
    crowding > LEAST_CROWDING &&
    frequencyHz >= 2 &&
    frequencyHz <= 9 &&
    heightMillivolts >= LEAST_HEIGHT_MILLIVOLTS
  );
}

/** Windows that make an episode: this many seconds of starts in a row, one alone may be chance. */
const FEWEST_WINDOWS = 2;

/** Windows that follow one another within a window's length as episodes, without the outermost second of each side. */
export function mergeSpans(
  windows: readonly { startSample: number; endSample: number }[],
  samplingRateHz: number,
): { startSample: number; endSample: number }[] {
  const ordered = [...windows].sort((a, b) => a.startSample - b.startSample);
  const merged: { startSample: number; endSample: number; starts: Set<number> }[] = [];
  for (const { startSample, endSample } of ordered) {
    const last = merged[merged.length - 1];
    if (last !== undefined && startSample <= last.endSample) {
      last.endSample = Math.max(last.endSample, endSample);
      last.starts.add(startSample);
    } else merged.push({ startSample, endSample, starts: new Set([startSample]) });
  }
  const margin = Math.round(samplingRateHz);
  return merged
    .filter(({ starts }) => starts.size >= FEWEST_WINDOWS)
    .map(({ startSample, endSample }) => ({
      startSample: startSample + margin,
      endSample: endSample - margin,
    }));
}
