/** All that is found in a recording's signal before a network is asked, for recordings of any length. */
import type { LeadQuality } from '../contract/ecg.ts';
import type { WaveTrend } from '../contract/holter.ts';
import type { EcgIntervals } from '../contract/intervals.ts';
import { intervalsStages } from './intervals.ts';
import { pacingStages } from './pacing.ts';
import { qrsStages } from './qrs.ts';
import { qualityStages } from './quality.ts';
import type { EcgRecording } from './recording.ts';
import type { SignalSource, Staged } from './stretches.ts';
import { waveTrendStages } from './wave-trend.ts';

export interface PreparedRecording {
  leads: LeadQuality[];
  analysable: Uint8Array;
  pacing: { paced: boolean; why: string };
  /** Null where pacing forbids it. */
  intervals: EcgIntervals | null;
  waveTrend: WaveTrend | null;
  /** None of a paced recording. */
  rPeaks: Int32Array;
}

/** Rounds of work that a preparation takes at most, each over the whole recording or less. */
export const PREPARATION_ROUNDS = 8;

export function* preparationStages(
  recording: Omit<SignalSource, 'readWindow'> & Pick<EcgRecording, 'comments'>,
): Staged<PreparedRecording> {
  const quality = yield* qualityStages(recording);
  const detected = yield* qrsStages(recording, quality);
  const pacing = yield* pacingStages(recording, detected);
  // Of a paced recording no beat is judged: what is not known is not guessed.
  const rPeaks = pacing.paced ? new Int32Array(0) : detected;
  return {
    leads: quality.leads,
    analysable: quality.analysable,
    pacing,
    intervals: pacing.paced ? null : yield* intervalsStages(recording, quality, rPeaks),
    waveTrend: pacing.paced ? null : yield* waveTrendStages(recording, quality, rPeaks),
    rPeaks,
  };
}
