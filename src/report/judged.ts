/** What a report may say of a study: nothing of what the machine was not fit to judge. */
import type { BeatTable, Finding } from '../contract/ecg.ts';
import type { ReportInput } from './report-input.ts';

/** Findings that rest on the signal alone, not on beats. */
const OF_THE_SIGNAL: readonly Finding['code'][] = ['quality', 'lead-off', 'paced'];

/** Whether the machine's answer counts: it was given and the recording was not refused. */
export function isJudged({ study }: Pick<ReportInput, 'study'>): boolean {
  return study.summary !== null && study.status !== 'refused' && study.status !== 'failed';
}

/**
 * The same input for a study that was judged. One that was refused keeps its signal quality and the reasons of
 * the refusal; beats, counts, rates and events that were computed all the same are left out.
 */
export function judgedPart(input: ReportInput): ReportInput {
  if (isJudged(input)) return input;
  const findings = input.study.findings.filter((finding) => OF_THE_SIGNAL.includes(finding.code));
  return { ...input, study: { ...input.study, findings, summary: null }, beats: NO_BEATS, corrections: [] };
}

const NO_BEATS: BeatTable = {
  sample: new Int32Array(0),
  label: new Uint8Array(0),
  machineLabel: new Uint8Array(0),
  origin: new Uint8Array(0),
  probabilities: new Float32Array(0),
  probabilityLow: new Float32Array(0),
  probabilityHigh: new Float32Array(0),
  aleatoric: new Float32Array(0),
  epistemic: new Float32Array(0),
  recommendation: new Uint8Array(0),
  conformalSet: new Uint8Array(0),
};
