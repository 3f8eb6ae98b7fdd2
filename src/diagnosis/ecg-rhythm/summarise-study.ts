/** Summary and findings of a recording from its beats and its rhythm together. */
import { type EcgSummary, type Finding, SEVERITIES } from '../../contract/ecg.ts';
import type { RhythmSignal } from '../../contract/rhythm.ts';
import type { CorrectedBeats } from '../ecg-beats/corrections.ts';
import type { BeatEnsemble } from '../ecg-beats/ensemble.ts';
import { type RecordingFacts, summarise } from '../ecg-beats/summarise.ts';
import { summariseHolter } from '../ecg-holter/holter.ts';
import { stChangeFinding } from '../ecg-holter/st-change-finding.ts';
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
  const { summary, findings } = withRhythm(facts, corrected, ensemble, signal);
  const holter = summariseHolter({ facts, corrected, ensemble, summary });
  const change = stChangeFinding(facts);
  return {
    summary: { ...summary, holter },
    findings: change === null ? findings : inPlace(findings, change),
  };
}

/** After the other urgent findings. */
function inPlace(findings: readonly Finding[], urgent: Finding): Finding[] {
  const end = findings.findLastIndex(({ severity }) => severity === 'urgent') + 1;
  const after = Math.max(end, findings.findLastIndex(({ code }) => FIRST.includes(code)) + 1);
  return [...findings.slice(0, after), urgent, ...findings.slice(after)];
}

function withRhythm(
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
