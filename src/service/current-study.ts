/** A stored study with the clinician's corrections laid over the machine's answer. */
import type { BeatTable } from '../contract/ecg.ts';
import { KirchhoffError } from '../contract/errors.ts';
import type { Correction } from '../contract/study.ts';
import { applyCorrections } from '../diagnosis/ecg-beats/corrections.ts';
import { headlineOf } from '../diagnosis/ecg-beats/findings.ts';
import { withReaderMeasurements } from '../diagnosis/ecg-beats/reader-intervals.ts';
import type { RecordingFacts } from '../diagnosis/ecg-beats/summarise.ts';
import { summariseStudy } from '../diagnosis/ecg-rhythm/summarise-study.ts';
import type { ReadableRecords, StoredAnalysis } from '../records/interfaces.ts';

/** @throws `not-found` before the study has been analysed */
export function machineAnalysis(records: ReadableRecords, studyId: string): StoredAnalysis {
  const analysis = records.analysis(studyId);
  if (analysis === null) throw new KirchhoffError('not-found', 'This study has not been analysed yet.');
  return analysis;
}

/** The beats that count now. */
export function currentBeats(records: ReadableRecords, studyId: string): BeatTable {
  return applyCorrections(machineAnalysis(records, studyId).beats, records.corrections(studyId)).beats;
}

/** What a recording's own length and rate give; the signal itself is not needed. */
type RecordingLength = Pick<RecordingFacts, 'samplingRateHz' | 'lengthSamples' | 'recordedAt'>;

/** Summary, findings and headline as they are once `corrections` count. */
export function derive(
  recording: RecordingLength,
  machine: Pick<StoredAnalysis, 'beats' | 'ensemble' | 'summary'>,
  corrections: readonly Correction[],
) {
  const { leads, intervals, holter } = machine.summary;
  const facts: RecordingFacts = {
    samplingRateHz: recording.samplingRateHz,
    lengthSamples: recording.lengthSamples,
    leads,
    analysable: analysableSeconds(leads.map((lead) => lead.secondState)),
    intervals: intervals ? withReaderMeasurements(intervals, corrections) : null,
    waveTrend: holter?.waveTrend ?? null,
    recordedAt: recording.recordedAt ?? null,
  };
  const corrected = applyCorrections(machine.beats, corrections);
  const signal = machine.summary.rhythm?.signal ?? null;
  const { summary, findings } = summariseStudy(facts, corrected, machine.ensemble, signal);
  return { summary, findings, headline: headlineOf(findings, corrected.beats.recommendation) };
}

/** `derive` of a stored study. */
export function deriveStored(records: ReadableRecords, studyId: string, corrections: readonly Correction[]) {
  return derive(records.study(studyId), machineAnalysis(records, studyId), corrections);
}

/** Seconds in which any lead can be analysed, from the state of each lead (0 is analysable). */
function analysableSeconds(states: readonly Uint8Array[]): Uint8Array {
  const analysable = new Uint8Array(states[0]?.length ?? 0);
  for (const state of states) {
    for (let second = 0; second < analysable.length; second++) {
      if (state[second] === 0) analysable[second] = 1;
    }
  }
  return analysable;
}
