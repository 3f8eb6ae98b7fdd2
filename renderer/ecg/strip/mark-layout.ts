/** Which beats a strip shows, where, and how sure they look. */
import { BEAT_CLASSES, type BeatClass, type BeatTable, RECOMMENDATIONS } from '../../../src/contract/ecg.ts';
import { haloStrength, hatchStrength, markOpacity } from '../../words/uncertainty-words.ts';
import { firstBeatFrom, topProbability } from '../beat-rows.ts';
import { type PaperScale, xOfSeconds } from './geometry.ts';

export interface PlacedMark {
  index: number;
  label: BeatClass;
  /** CSS pixels from the strip's left edge to the R peak. */
  x: number;
  /** Half of the width that the shade may take without touching that of a neighbour, CSS pixels. */
  reach: number;
  opacity: number;
  halo: number;
  hatch: number;
  /** A clinician's label, drawn with a bar under the letter. */
  byHand: boolean;
  /** Recommended for acceptance: solid edge. */
  accepted: boolean;
  /** RR interval to the beat before, milliseconds; null for the first beat. */
  rrMilliseconds: number | null;
}

const ACCEPT = RECOMMENDATIONS.indexOf('accept');
/** Seconds on each side of the R peak that the shade of a beat covers at most. */
const REACH_SECONDS = 0.3;

export function layoutMarks(
  beats: BeatTable,
  scale: PaperScale,
  leftSeconds: number,
  visibleSeconds: number,
  samplingRateHz: number,
): PlacedMark[] {
  const edge = REACH_SECONDS * 2;
  const first = firstBeatFrom(beats, (leftSeconds - edge) * samplingRateHz);
  const end = firstBeatFrom(beats, (leftSeconds + visibleSeconds + edge) * samplingRateHz);
  const marks: PlacedMark[] = [];
  const widest = xOfSeconds(scale, 0, REACH_SECONDS);
  for (let index = first; index < end; index++) {
    const seconds = beats.sample[index]! / samplingRateHz;
    const x = xOfSeconds(scale, leftSeconds, seconds);
    const before = beats.sample[index - 1];
    const after = beats.sample[index + 1];
    const gapBefore =
      before === undefined ? widest : x - xOfSeconds(scale, leftSeconds, before / samplingRateHz);
    const gapAfter =
      after === undefined ? widest : xOfSeconds(scale, leftSeconds, after / samplingRateHz) - x;
    marks.push({
      index,
      label: BEAT_CLASSES[beats.label[index]!]!,
      x,
      reach: Math.min(widest, gapBefore / 2, gapAfter / 2),
      opacity: beats.origin[index] === 0 ? markOpacity(topProbability(beats, index)) : 1,
      halo: haloStrength(beats.aleatoric[index]!),
      hatch: hatchStrength(beats.epistemic[index]!),
      byHand: beats.origin[index] !== 0,
      accepted: beats.recommendation[index] === ACCEPT || beats.origin[index] !== 0,
      rrMilliseconds:
        before === undefined ? null : Math.round(((beats.sample[index]! - before) / samplingRateHz) * 1000),
    });
  }
  return marks;
}
