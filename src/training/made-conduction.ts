/**
 * Recordings with atrioventricular block, made of a record's own P waves and QRS-T complexes set at other times: no
 * database here has enough of it. Every wave is of a real beat with its own noise; what lies between is a line with
 * noise of the record's own height between T and P.
 */
import { gaussians, type RandomStream } from '../numeric/random.ts';

/** One lead, its R peaks, and where in each beat the P wave and the complex lie, samples relative to R. */
export interface SourceBeats {
  millivolts: Float32Array;
  samplingRateHz: number;
  /** Beats of the usual shape that the waves are taken from, in order. */
  rPeaks: readonly number[];
  pFrom: number;
  pTo: number;
  qrsFrom: number;
  tTo: number;
}

export interface ConductionPlan {
  lengthSamples: number;
  /** Where the R peak would be if each P wave were conducted as in the source, samples. */
  atrial: readonly number[];
  /** R peaks. */
  ventricular: readonly number[];
}

export function madeRecording(source: SourceBeats, plan: ConductionPlan, random: RandomStream): Float32Array {
  const { millivolts, rPeaks, pFrom, pTo, qrsFrom, tTo } = source;
  const noise = restingNoise(source);
  const white = gaussians({ seed: random.integer(1 << 30), words: [0, 0, 0] }, plan.lengthSamples);
  const out = Float32Array.from({ length: plan.lengthSamples }, (_, i) => {
    // Two neighbours together: as smooth as what a recorder lets through.
    return (noise * (white[i]! + white[Math.max(0, i - 1)]!)) / Math.SQRT2;
  });
  const add = (beat: number, from: number, to: number, at: number): void => {
    const start = rPeaks[beat % rPeaks.length]! + from;
    const length = to - from;
    const level = (end: number) => {
      let sum = 0;
      for (let i = -2; i <= 2; i++) sum += millivolts[start + end + i] ?? 0;
      return sum / 5;
    };
    const [first, last] = [level(0), level(length)];
    for (let i = 0; i <= length; i++) {
      const place = Math.round(at) + from + i;
      if (place < 0 || place >= out.length) continue;
      const line = first + ((last - first) * i) / length;
      out[place] = out[place]! + (millivolts[start + i] ?? 0) - line;
    }
  };
  plan.atrial.forEach((at, i) => {
    add(i, pFrom, pTo, at);
  });
  plan.ventricular.forEach((at, i) => {
    add(i, qrsFrom, tTo, at);
  });
  return out;
}

/** Median deviation between neighbours after T and before the next P wave, as a standard deviation. */
function restingNoise({ millivolts, rPeaks, pFrom, tTo }: SourceBeats): number {
  const changes: number[] = [];
  for (let k = 0; k + 1 < rPeaks.length; k++) {
    for (let i = rPeaks[k]! + tTo; i + 1 < rPeaks[k + 1]! + pFrom; i++) {
      if (i - rPeaks[k]! > 2 * tTo) break;
      changes.push(Math.abs(millivolts[i + 1]! - millivolts[i]!));
    }
  }
  changes.sort((a, b) => a - b);
  return changes.length === 0 ? 0.005 : 1.05 * changes[changes.length >> 1]!;
}
