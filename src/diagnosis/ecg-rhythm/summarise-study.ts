/** Summary and findings of a recording from its beats and its rhythm together. */
import { type EcgSummary, type Finding, SEVERITIES } from '../../contract/ecg.ts';
import type { RhythmSignal } from '../../contract/rhythm.ts';
import type { CorrectedBeats } from '../ecg-beats/corrections.ts';
import type { BeatEnsemble } from '../ecg-beats/ensemble.ts';
import { type RecordingFacts, summarise } from '../ecg-beats/summarise.ts';
import { describeRhythm } from './rhythm-findings.ts';
import { summariseRhythm } from './summarise-rhythm.ts';

/** Said before everything else, whatever its severity: how far the rest can be trusted. */
const FIRST: readonly Finding['code'][] = ['quality', 'lead-off', 'paced'];

/** @param signal null for a study that was analysed before rhythm was judged */
export function summariseStudy(
  facts: RecordingFacts,
  corrected: CorrectedBeats,
  ensemble: BeatEnsemble,
  signal: RhythmSignal | null,
): { summary: EcgSummary; findings: Finding[] } {
  const beats = summarise(facts, corrected, ensemble);
  if (signal === null) return beats;
  const rhythm = summariseRhythm(signal, facts, corrected, ensemble);
  const first = beats.findings.filter(({ code }) => FIRST.includes(code));
  const rest = [
    ...describeRhythm(rhythm, facts.samplingRateHz),
    ...beats.findings.filter(({ code }) => !FIRST.includes(code)),
  ].sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
  return { summary: { ...beats.summary, rhythm }, findings: [...first, ...rest] };
}
