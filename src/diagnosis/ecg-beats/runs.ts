/** Couplets and runs of ectopic beats. */
import type { z } from 'zod';
import { BEAT_CLASSES, type runSchema } from '../../contract/ecg.ts';
import { VT_BEATS } from '../../contract/rhythm.ts';
import type { CorrectedBeats } from './corrections.ts';
import { type BeatEnsemble, isLikeliest } from './ensemble.ts';
import type { RrIntervals } from './intervals.ts';

export type EctopicRun = z.infer<typeof runSchema>;

/** A run is three or more beats (EC57: short runs 3-5, long runs 6 or more); a couplet is two. */
const RUN_BEATS = 3;

/** Runs of VT_BEATS that are faster are on the urgent list. */
export const VT_BPM = 100;

export function isUrgentTachycardia({ kind, beats, rateBpm }: EctopicRun): boolean {
  return kind === 'ventricular' && beats >= VT_BEATS && rateBpm > VT_BPM;
}

const KINDS = [
  { kind: 'ventricular', label: BEAT_CLASSES.indexOf('V') },
  { kind: 'supraventricular', label: BEAT_CLASSES.indexOf('S') },
] as const;

/** Beats of one class that follow one another without a gap in the analysable signal. */
export interface RunOfBeats extends EctopicRun {
  firstBeat: number;
}

/** All couplets and runs, in order of time. */
export function findRuns(
  corrected: CorrectedBeats,
  ensemble: BeatEnsemble,
  rr: RrIntervals,
  samplingRateHz: number,
): { runs: RunOfBeats[]; couplets: RunOfBeats[] } {
  const { beats } = corrected;
  const found: RunOfBeats[] = [];
  for (const { kind, label } of KINDS) {
    let first = -1;
    for (let i = 0; i <= beats.label.length; i++) {
      const inside = i < beats.label.length && beats.label[i] === label;
      const joined = inside && first >= 0 && !Number.isNaN(rr.seconds[i - 1]);
      if (first >= 0 && !joined) {
        if (i - first >= 2) {
          const startSample = beats.sample[first];
          const endSample = beats.sample[i - 1];
          found.push({
            kind,
            startSample,
            endSample,
            beats: i - first,
            rateBpm: (60 * (i - first - 1) * samplingRateHz) / (endSample - startSample),
            probability: runProbability(corrected, ensemble, first, i, label),
            firstBeat: first,
          });
        }
        first = -1;
      }
      if (inside && first < 0) first = i;
    }
  }
  found.sort((a, b) => a.startSample - b.startSample);
  return {
    runs: found.filter((run) => run.beats >= RUN_BEATS),
    couplets: found.filter((run) => run.beats < RUN_BEATS),
  };
}

/** Share of Monte-Carlo samples in which every machine-labelled beat of the run has the class; labels given by hand are certain. */
function runProbability(
  { beats, machineRow }: CorrectedBeats,
  ensemble: BeatEnsemble,
  from: number,
  to: number,
  label: number,
): number {
  let agreeing = 0;
  for (let s = 0; s < ensemble.samples; s++) {
    let all = true;
    for (let i = from; i < to && all; i++) {
      all = beats.origin[i] !== 0 || isLikeliest(ensemble, machineRow[i], s, label);
    }
    if (all) agreeing++;
  }
  return agreeing / ensemble.samples;
}
