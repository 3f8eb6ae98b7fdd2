/** From beats and signal quality to the summary, the findings and the worklist's headline. */
import type { EcgSummary, Finding, LeadQuality } from '../../contract/ecg.ts';
import type { WaveTrend } from '../../contract/holter.ts';
import type { EcgIntervals } from '../../contract/intervals.ts';
import { heartRateVariability } from '../../ecg/hrv.ts';
import type { CorrectedBeats } from './corrections.ts';
import { burdenOf, countBeats } from './counts.ts';
import type { BeatEnsemble } from './ensemble.ts';
import { describeFindings } from './findings.ts';
import { heartRate, normalIntervals, rrIntervals } from './intervals.ts';
import { findRuns } from './runs.ts';

/** RR from which an interval is a pause, seconds (usual Holter alarm limit). */
export const PAUSE_SECONDS = 3.0;

export interface RecordingFacts {
  samplingRateHz: number;
  lengthSamples: number;
  leads: LeadQuality[];
  /** Per whole second, 1 where any lead can be analysed. */
  analysable: Uint8Array;
  /** Of the recording's usual beat, which no correction changes; null or absent where none was measured. */
  intervals?: EcgIntervals | null;
  /** Of ST and QT, measured on the signal. */
  waveTrend?: WaveTrend | null;
  /** ISO 8601 local time; null or absent where it is not known. */
  recordedAt?: string | null;
}

/** Pure: the same beats give the same summary, so it is simply computed again after each correction. */
export function summarise(
  recording: RecordingFacts,
  corrected: CorrectedBeats,
  ensemble: BeatEnsemble,
): { summary: EcgSummary; findings: Finding[] } {
  const { samplingRateHz } = recording;
  const { beats } = corrected;
  const rr = rrIntervals(beats.sample, samplingRateHz, recording.analysable);
  const pauses: EcgSummary['pauses'] = [];
  let longestRr: EcgSummary['longestRr'] = null;
  for (const [i, seconds] of rr.seconds.entries()) {
    if (Number.isNaN(seconds)) continue;
    const event = { startSample: beats.sample[i], seconds };
    if (longestRr === null || seconds > longestRr.seconds) longestRr = event;
    if (seconds >= PAUSE_SECONDS) pauses.push(event);
  }
  const { runs, couplets } = findRuns(corrected, ensemble, rr, samplingRateHz);
  const counts = countBeats(corrected, ensemble);
  const analysableSeconds = recording.analysable.reduce((sum, flag) => sum + flag, 0);
  const withoutIndex = ({ firstBeat: _, ...run }: (typeof runs)[number]) => run;
  const summary: EcgSummary = {
    durationSeconds: recording.lengthSamples / samplingRateHz,
    analysableFraction:
      recording.analysable.length === 0 ? 0 : analysableSeconds / recording.analysable.length,
    leads: recording.leads,
    heartRateBpm: heartRate(rr),
    longestRr,
    pauses,
    runs: runs.map(withoutIndex),
    couplets: couplets.map(withoutIndex),
    beats: { total: counts.total, ...counts.byClass },
    veBurden: burdenOf(counts, 'V'),
    sveBurden: burdenOf(counts, 'S'),
    intervals: recording.intervals ?? null,
    hrv: heartRateVariability(normalIntervals(beats, rr, samplingRateHz), rr.seconds.length),
    rhythm: null,
  };
  return { summary, findings: describeFindings(summary, corrected, { runs, couplets }, samplingRateHz) };
}
