/**
 * Recordings with atrioventricular block, made of a record's own P waves and QRS-T complexes set at other times: no
 * database here has enough of it. Every wave is of a real beat with its own noise; what lies between is a line with
 * noise of the record's own height between T and P.
 */
import type { AvBlockKind } from '../contract/rhythm.ts';
import { medianOf } from '../ecg/filtering.ts';
import { gaussians, type RandomStream } from '../numeric/random.ts';
import { LUDB_LEAD_II, type LudbRecord } from './ludb.ts';

const MADE_SECONDS = 60;

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

/** Waves of a record's lead II where P, QRS and T are marked; null where they are not, or there is no sinus rhythm. */
export function sourceOf({ recording, marked, paced, rhythm }: LudbRecord): SourceBeats | null {
  const { p, qrs, t } = marked[LUDB_LEAD_II]!;
  if (paced || /fibrillation|flutter|wandering/i.test(rhythm)) return null;
  const rate = recording.samplingRateHz;
  const beats = qrs.flatMap(({ onset, peak }) => {
    const before = p.find((wave) => wave.end <= onset && wave.peak > peak - 0.45 * rate);
    const after = t.find((wave) => wave.onset > peak && wave.end < peak + 0.7 * rate);
    return before && after ? [{ peak, p: before, qrsFrom: onset - peak, tTo: after.end - peak }] : [];
  });
  if (beats.length < 4) return null;
  const of = (value: (beat: (typeof beats)[number]) => number) => Math.round(medianOf(beats.map(value)));
  const margin = Math.round(0.012 * rate);
  const qrsFrom = of((beat) => beat.qrsFrom) - margin;
  return {
    millivolts: recording.leads[LUDB_LEAD_II]!.millivolts,
    samplingRateHz: rate,
    rPeaks: beats.map(({ peak }) => peak),
    pFrom: of((beat) => beat.p.onset - beat.peak) - margin,
    pTo: Math.min(
      qrsFrom,
      of((beat) => beat.p.end - beat.peak),
    ),
    qrsFrom,
    tTo: of((beat) => beat.tTo),
  };
}

/** What is made of each source; null: no block. */
export const MADE = {
  'sinus rhythm': null,
  'sinus pauses': null,
  'mobitz-1': 'mobitz-1',
  'mobitz-2': 'mobitz-2',
  'two-to-one': 'two-to-one',
  'high-grade': 'high-grade',
  complete: 'complete',
} as const satisfies Record<string, AvBlockKind | null>;
export type Made = keyof typeof MADE;

/** Samples of P waves (as R would follow) and of R peaks. */
export function planOf(made: Made, rate: number, random: RandomStream): ConductionPlan {
  const length = MADE_SECONDS * rate;
  const times = (interval: number, jitter: number): number[] => {
    const at: number[] = [];
    for (let t = 0.7 * rate; t < length - rate; ) {
      at.push(t);
      t += interval * rate * (1 + jitter * (2 * random.uniform() - 1));
    }
    return at;
  };
  const pp = 0.75 + 0.3 * random.uniform();
  const atrial = times(pp, 0.03);
  const cycle = 4 + random.integer(3);
  const keep = (is: (i: number) => boolean) => atrial.filter((_, i) => is(i));
  switch (made) {
    case 'sinus rhythm':
      return { lengthSamples: length, atrial, ventricular: atrial };
    case 'sinus pauses': {
      const left = keep((i) => i % cycle !== cycle - 1);
      return { lengthSamples: length, atrial: left, ventricular: left };
    }
    case 'mobitz-1': {
      const longer = [0, 0.06, 0.1, 0.12, 0.13];
      const ventricular = atrial.flatMap((at, i) => {
        const place = i % cycle;
        return place === cycle - 1 ? [] : [at + longer[Math.min(place, longer.length - 1)]! * rate];
      });
      return { lengthSamples: length, atrial, ventricular };
    }
    case 'mobitz-2':
      return { lengthSamples: length, atrial, ventricular: keep((i) => i % cycle !== cycle - 1) };
    case 'two-to-one':
      return { lengthSamples: length, atrial, ventricular: keep((i) => i < 8 || i % 2 === 0) };
    case 'high-grade':
      return { lengthSamples: length, atrial, ventricular: keep((i) => i < 8 || i % 4 === 0) };
    case 'complete':
      return { lengthSamples: length, atrial, ventricular: times(1.25 + 0.5 * random.uniform(), 0.015) };
  }
}
