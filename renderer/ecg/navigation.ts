/** Going from beat to beat: the next one, the next uncertain one, the next ectopic one. */
import { BEAT_CLASSES, BEAT_ORIGINS, type BeatTable, RECOMMENDATIONS } from '../../src/contract/ecg.ts';
import { beatAt, firstBeatFrom } from './beat-rows.ts';

export type BeatTest = (beats: BeatTable, index: number) => boolean;

const ACCEPT = RECOMMENDATIONS.indexOf('accept');
const MACHINE = BEAT_ORIGINS.indexOf('machine');
const ECTOPIC = new Set([BEAT_CLASSES.indexOf('S'), BEAT_CLASSES.indexOf('V'), BEAT_CLASSES.indexOf('F')]);

export const anyBeat: BeatTest = () => true;

/** Not for acceptance as it is, and not yet looked at by a clinician. */
export const isUncertain: BeatTest = (beats, index) =>
  beats.recommendation[index] !== ACCEPT && beats.origin[index] === MACHINE;

/** Supraventricular, ventricular or fusion. */
export const isEctopic: BeatTest = (beats, index) => ECTOPIC.has(beats.label[index]!);

/**
 * Index of the next beat in a direction that passes; -1 where there is none.
 *
 * @param selectedSample where a beat is selected, else null
 * @param fromSample where to begin while none is selected, for instance the middle of the strip
 */
export function nextBeat(
  beats: BeatTable,
  selectedSample: number | null,
  fromSample: number,
  direction: 1 | -1,
  passes: BeatTest,
): number {
  const origin = selectedSample ?? fromSample;
  let index = firstBeatFrom(beats, origin);
  const onSelected = beatAt(beats, selectedSample) >= 0;
  if (direction === -1) index -= 1;
  else if (onSelected) index += 1;
  for (; index >= 0 && index < beats.sample.length; index += direction) {
    if (passes(beats, index)) return index;
  }
  return -1;
}

export function countOf(beats: BeatTable, passes: BeatTest): number {
  let total = 0;
  for (let i = 0; i < beats.sample.length; i++) if (passes(beats, i)) total++;
  return total;
}
