/**
 * What the Monte-Carlo samples said of every beat, kept so that counts, burdens and runs can be computed
 * again after a clinician's correction without running the array again.
 */
import { NETWORK_CLASS_COUNT } from '../../contract/ecg.ts';

export interface BeatEnsemble {
  /** Monte-Carlo samples S a beat. */
  samples: number;
  /** [beats][samples][4] in steps of 1/255; all zero for a beat that the network did not judge. */
  probabilities: Uint8Array;
}

/** Probability of `networkClass` for a beat in one sample, 0 to 1. */
export function ensembleProbability(
  ensemble: BeatEnsemble,
  beat: number,
  sample: number,
  networkClass: number,
): number {
  return (
    ensemble.probabilities[(beat * ensemble.samples + sample) * NETWORK_CLASS_COUNT + networkClass] / 255
  );
}

/** Whether `networkClass` is the likeliest one for a beat in one sample (the first of equals counts). */
export function isLikeliest(
  ensemble: BeatEnsemble,
  beat: number,
  sample: number,
  networkClass: number,
): boolean {
  const start = (beat * ensemble.samples + sample) * NETWORK_CLASS_COUNT;
  const row = ensemble.probabilities.subarray(start, start + NETWORK_CLASS_COUNT);
  for (let c = 0; c < NETWORK_CLASS_COUNT; c++) {
    if (row[c] > row[networkClass] || (row[c] === row[networkClass] && c < networkClass)) return false;
  }
  return true;
}
