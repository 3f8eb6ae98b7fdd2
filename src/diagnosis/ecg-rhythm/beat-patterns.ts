/**
 * Rhythms that are patterns of beats: runs, bigeminy, trigeminy, sudden fast regular rhythm. Pure rules over the beats
 * that count now, so that they follow a clinician's corrections.
 */
import { BEAT_CLASSES } from '../../contract/ecg.ts';
import type { RhythmKind } from '../../contract/rhythm.ts';
import type { CorrectedBeats } from '../ecg-beats/corrections.ts';
import { type BeatEnsemble, isLikeliest } from '../ecg-beats/ensemble.ts';
import type { RrIntervals } from '../ecg-beats/intervals.ts';

/** A stretch of beats, the last one included. */
export interface BeatPattern {
  kind: RhythmKind;
  firstBeat: number;
  lastBeat: number;
  probability: number | null;
}

const N = BEAT_CLASSES.indexOf('N');
const S = BEAT_CLASSES.indexOf('S');
const V = BEAT_CLASSES.indexOf('V');
/** Ectopic beats in a row of couples or triples from which it is bigeminy or trigeminy. */
const PATTERN_ECTOPICS = 3;
/** A run of at least three ventricular beats is tachycardia above this rate, else idioventricular rhythm. */
const TACHYCARDIA_BPM = 100;
const RUN_BEATS = 3;
/** Sudden onset: an interval this much shorter than the median of those before ... */
const ONSET_SHARE = 0.7;
const ONSET_INTERVALS = 6;
/** ... then at least so many at this rate or more, each within this share of their median. */
const SUDDEN_BEATS = 6;
const SUDDEN_BPM = 130;
const STEADY_SHARE = 0.12;

/** Share of Monte-Carlo samples in which all these beats have the label; labels given by hand are certain. */
function agreement(
  { beats, machineRow }: CorrectedBeats,
  ensemble: BeatEnsemble,
  rows: readonly number[],
  label: number,
): number {
  let agreeing = 0;
  for (let s = 0; s < ensemble.samples; s++) {
    if (rows.every((i) => beats.origin[i] !== 0 || isLikeliest(ensemble, machineRow[i]!, s, label)))
      agreeing++;
  }
  return ensemble.samples === 0 ? 1 : agreeing / ensemble.samples;
}

function rateOf(rr: RrIntervals, first: number, last: number): number {
  let [sum, count] = [0, 0];
  for (let i = first; i < last; i++) {
    if (Number.isNaN(rr.seconds[i]!)) continue;
    sum += rr.seconds[i]!;
    count++;
  }
  return count === 0 ? 0 : (60 * count) / sum;
}

function joined(rr: RrIntervals, beat: number): boolean {
  return beat > 0 && !Number.isNaN(rr.seconds[beat - 1]!);
}

function runs(corrected: CorrectedBeats, ensemble: BeatEnsemble, rr: RrIntervals): BeatPattern[] {
  const { label } = corrected.beats;
  const found: BeatPattern[] = [];
  for (const ectopic of [V, S]) {
    for (let i = 0; i < label.length; i++) {
      if (label[i] !== ectopic) continue;
      let last = i;
      while (last + 1 < label.length && label[last + 1] === ectopic && joined(rr, last + 1)) last++;
      if (last - i + 1 >= RUN_BEATS) {
        const fast = rateOf(rr, i, last) > TACHYCARDIA_BPM;
        const kind =
          ectopic === V
            ? fast
              ? 'ventricular-tachycardia'
              : 'idioventricular'
            : fast
              ? 'supraventricular-tachycardia'
              : null;
        const rows = Array.from({ length: last - i + 1 }, (_, k) => i + k);
        if (kind !== null) {
          found.push({
            kind,
            firstBeat: i,
            lastBeat: last,
            probability: agreement(corrected, ensemble, rows, ectopic),
          });
        }
      }
      i = last;
    }
  }
  return found;
}

/** Ectopic beats with `between` other beats between each, at least three of them. */
function patterns(
  corrected: CorrectedBeats,
  ensemble: BeatEnsemble,
  rr: RrIntervals,
  ectopic: number,
  between: 1 | 2,
): BeatPattern[] {
  const { label } = corrected.beats;
  const found: BeatPattern[] = [];
  const step = between + 1;
  const continues = (at: number): boolean => {
    if (at + step >= label.length || label[at + step] !== ectopic || !joined(rr, at + step)) return false;
    for (let k = 1; k <= between; k++) if (label[at + k] !== N || !joined(rr, at + k)) return false;
    return true;
  };
  for (let i = 0; i < label.length; i++) {
    if (label[i] !== ectopic) continue;
    const rows = [i];
    while (continues(rows[rows.length - 1]!)) rows.push(rows[rows.length - 1]! + step);
    if (rows.length >= PATTERN_ECTOPICS) {
      const origin = ectopic === V ? 'ventricular' : 'supraventricular';
      const last = rows[rows.length - 1]!;
      const lead = Math.max(0, i - between);
      found.push({
        kind: `${origin}-${between === 1 ? 'bigeminy' : 'trigeminy'}`,
        firstBeat: label[lead] === N && joined(rr, i) ? lead : i,
        lastBeat: last,
        probability: agreement(corrected, ensemble, rows, ectopic),
      });
    }
    i = rows[rows.length - 1]!;
  }
  return found;
}

/** A fast, regular rhythm that begins within one interval: sinus tachycardia comes gradually. */
function suddenTachycardia(corrected: CorrectedBeats, rr: RrIntervals): BeatPattern[] {
  const { label } = corrected.beats;
  const { seconds } = rr;
  const found: BeatPattern[] = [];
  const recent: number[] = [];
  for (let i = 0; i < seconds.length; i++) {
    const interval = seconds[i]!;
    if (Number.isNaN(interval)) {
      recent.length = 0;
      continue;
    }
    const sorted = recent.slice().sort((a, b) => a - b);
    const usual = sorted[sorted.length >> 1];
    if (recent.length === ONSET_INTERVALS && usual !== undefined && interval < ONSET_SHARE * usual) {
      let end = i;
      while (
        end + 1 < seconds.length &&
        Math.abs(seconds[end + 1]! - interval) < STEADY_SHARE * interval &&
        label[end + 1] !== V
      ) {
        end++;
      }
      const beats = end - i + 1;
      if (beats >= SUDDEN_BEATS && rateOf(rr, i, end + 1) >= SUDDEN_BPM && label[i + 1] !== V) {
        found.push({
          kind: 'supraventricular-tachycardia',
          firstBeat: i + 1,
          lastBeat: end + 1,
          probability: null,
        });
        recent.length = 0;
        i = end;
        continue;
      }
    }
    recent.push(interval);
    if (recent.length > ONSET_INTERVALS) recent.shift();
  }
  return found;
}

/** All patterns in order of their first beat; a sudden tachycardia that a run of S beats already tells is left out. */
export function findBeatPatterns(
  corrected: CorrectedBeats,
  ensemble: BeatEnsemble,
  rr: RrIntervals,
): BeatPattern[] {
  const told = runs(corrected, ensemble, rr);
  const overlapsTold = (pattern: BeatPattern): boolean =>
    told.some((run) => run.firstBeat <= pattern.lastBeat && pattern.firstBeat <= run.lastBeat);
  const sudden = suddenTachycardia(corrected, rr).filter((pattern) => !overlapsTold(pattern));
  const pairs = [V, S].flatMap((ectopic) =>
    ([1, 2] as const).flatMap((between) => patterns(corrected, ensemble, rr, ectopic, between)),
  );
  return [...told, ...sudden, ...pairs].sort((a, b) => a.firstBeat - b.firstBeat || a.lastBeat - b.lastBeat);
}
