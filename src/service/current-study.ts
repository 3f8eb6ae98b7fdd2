/** A stored study with the clinician's corrections laid over the machine's answer. */
import type { BeatTable, EcgSummary } from '../contract/ecg.ts';
import { KirchhoffError } from '../contract/errors.ts';
import type { Correction } from '../contract/study.ts';
import { applyCorrections, type CorrectedBeats } from '../diagnosis/ecg-beats/corrections.ts';
import {
  type BeatEnsemble,
  type EnsembleRows,
  EnsembleTally,
  ensembleRowBytes,
  withoutRows,
} from '../diagnosis/ecg-beats/ensemble.ts';
import { headlineOf } from '../diagnosis/ecg-beats/findings.ts';
import { withReaderMeasurements } from '../diagnosis/ecg-beats/reader-intervals.ts';
import type { RecordingFacts } from '../diagnosis/ecg-beats/summarise.ts';
import { summariseStudy } from '../diagnosis/ecg-rhythm/summarise-study.ts';
import type { DerivedResult, KeptEnsemble, ReadableRecords, StoredAnalysis } from '../records/interfaces.ts';

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

/** The machine's answer as corrections are laid over it. */
export interface MachineAnswer {
  beats: BeatTable;
  summary: EcgSummary;
  /** What the samples said of all of the machine's beats, and rows of it. */
  ensemble: BeatEnsemble;
  kept: KeptEnsemble;
}

/** Summary, findings and headline as they are once `corrections` count. */
export function derive(
  recording: RecordingLength,
  machine: MachineAnswer,
  corrections: readonly Correction[],
): DerivedResult {
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
  const ensemble = withoutRows(machine.ensemble, replacedRows(machine, corrected));
  const { summary, findings } = summariseStudy(facts, corrected, ensemble, signal);
  return { summary, findings, headline: headlineOf(findings, corrected.beats.recommendation) };
}

/** Rows of a piece of the ensemble that is read at once. */
const ROWS_AT_ONCE = 4096;

/** Rows of the machine's beats that do not count as it labelled them, a few thousand at a time. */
function* replacedRows(
  { beats, kept }: Pick<MachineAnswer, 'beats' | 'kept'>,
  corrected: CorrectedBeats,
): Generator<EnsembleRows> {
  const counts = new Uint8Array(beats.sample.length);
  for (const [i, row] of corrected.machineRow.entries()) {
    if (row >= 0 && corrected.beats.origin[i] === 0) counts[row] = 1;
  }
  const bytes = ensembleRowBytes(kept.samples);
  for (let from = 0; from < counts.length; from += ROWS_AT_ONCE) {
    const to = Math.min(counts.length, from + ROWS_AT_ONCE);
    const [first, last] = [counts.indexOf(0, from), counts.lastIndexOf(0, to - 1)];
    if (first < 0 || first >= to) continue;
    const rows = kept.rows(first, last + 1);
    for (let beat = first; beat <= last; beat++) {
      if (counts[beat] === 0) yield rows.subarray((beat - first) * bytes, (beat - first + 1) * bytes);
    }
  }
}

/** What the samples of a kept ensemble said, in the form that summaries are made from. */
export function tallied(kept: KeptEnsemble): BeatEnsemble {
  const tally = new EnsembleTally(kept.beats, kept.samples);
  for (let from = 0; from < kept.beats; from += ROWS_AT_ONCE) {
    tally.add(kept.rows(from, Math.min(kept.beats, from + ROWS_AT_ONCE)), from);
  }
  return tally.ensemble();
}

/** `derive` of a stored study. */
export function deriveStored(records: ReadableRecords, studyId: string, corrections: readonly Correction[]) {
  const { beats, summary, ensemble: kept } = machineAnalysis(records, studyId);
  return derive(records.study(studyId), { beats, summary, ensemble: tallied(kept), kept }, corrections);
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
