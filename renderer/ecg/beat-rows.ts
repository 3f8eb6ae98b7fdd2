/** Reading a beat table by row, and finding beats in it by time. */
import {
  BEAT_CLASSES,
  BEAT_ORIGINS,
  type BeatClass,
  type BeatOrigin,
  type BeatTable,
  conformalClasses,
  NETWORK_CLASS_COUNT,
  NETWORK_CLASSES,
  RECOMMENDATIONS,
  type Recommendation,
} from '../../src/contract/ecg.ts';

export interface ClassProbability {
  label: BeatClass;
  mean: number;
  low: number;
  high: number;
}

export interface Beat {
  index: number;
  sample: number;
  label: BeatClass;
  /** Null for a beat added by hand. */
  machineLabel: BeatClass | null;
  origin: BeatOrigin;
  /** Empty where no network spoke: a beat added by hand, or Q by rule. */
  probabilities: ClassProbability[];
  /** Highest mean probability; NaN where no network spoke. */
  topProbability: number;
  aleatoric: number;
  epistemic: number;
  recommendation: Recommendation;
  /** Classes of the conformal set; null where there is none. */
  conformalSet: BeatClass[] | null;
}

/** Index of the first beat at or after a sample; the number of beats where there is none. */
export function firstBeatFrom(beats: BeatTable, sample: number): number {
  let low = 0;
  let high = beats.sample.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (beats.sample[middle]! < sample) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the beat nearest to a sample within a distance; -1 where there is none. */
export function nearestBeat(beats: BeatTable, sample: number, withinSamples: number): number {
  const after = firstBeatFrom(beats, sample);
  let best = -1;
  let distance = withinSamples;
  for (const index of [after - 1, after]) {
    const at = beats.sample[index];
    if (at === undefined || Math.abs(at - sample) > distance) continue;
    best = index;
    distance = Math.abs(at - sample);
  }
  return best;
}

/** Index of the beat exactly at a sample; -1 where there is none. */
export function beatAt(beats: BeatTable, sample: number | null): number {
  if (sample === null) return -1;
  const index = firstBeatFrom(beats, sample);
  return beats.sample[index] === sample ? index : -1;
}

/** The sample of the beat that a table has and the one before had not; null where there is none. */
export function addedSample(before: BeatTable | null, after: BeatTable): number | null {
  if (before === null) return null;
  return after.sample.find((sample) => beatAt(before, sample) < 0) ?? null;
}

export function topProbability(beats: BeatTable, index: number): number {
  let top = Number.NaN;
  for (let c = 0; c < NETWORK_CLASS_COUNT; c++) {
    const p = beats.probabilities[index * NETWORK_CLASS_COUNT + c]!;
    if (!(p <= top)) top = p;
  }
  return top;
}

export function beatRow(beats: BeatTable, index: number): Beat {
  const top = topProbability(beats, index);
  const base = index * NETWORK_CLASS_COUNT;
  return {
    index,
    sample: beats.sample[index]!,
    label: BEAT_CLASSES[beats.label[index]!]!,
    machineLabel: BEAT_CLASSES[beats.machineLabel[index]!] ?? null,
    origin: BEAT_ORIGINS[beats.origin[index]!]!,
    probabilities: Number.isNaN(top)
      ? []
      : NETWORK_CLASSES.map((label, c) => ({
          label,
          mean: beats.probabilities[base + c]!,
          low: beats.probabilityLow[base + c]!,
          high: beats.probabilityHigh[base + c]!,
        })),
    topProbability: top,
    aleatoric: beats.aleatoric[index]!,
    epistemic: beats.epistemic[index]!,
    recommendation: RECOMMENDATIONS[beats.recommendation[index]!]!,
    conformalSet: conformalClasses(beats.conformalSet[index]!),
  };
}
