/** Where in the recording the events of a finding are. */
import type { EcgSummary, Finding, Run } from '../../../src/contract/ecg.ts';
import { RHYTHM_KINDS, RHYTHM_WORDS, type RhythmKind, VT_BEATS } from '../../../src/contract/rhythm.ts';
import { duration } from '../../words/format.ts';

export interface PlaceSeen {
  text: string;
  /** Share of Monte-Carlo samples in which it is so; null for a measurement. */
  probability: number | null;
  startSample: number;
  endSample: number;
}

function runPlaces(runs: readonly Run[], kind: Run['kind']): PlaceSeen[] {
  return runs
    .filter((run) => run.kind === kind)
    .map((run) => ({
      text: `${run.beats} beats at ${Math.round(run.rateBpm)}/min`,
      probability: run.probability,
      startSample: run.startSample,
      endSample: run.endSample,
    }));
}

function rhythmPlaces(
  summary: EcgSummary,
  samplingRateHz: number,
  kinds: readonly RhythmKind[],
  fewestBeats = 0,
): PlaceSeen[] {
  return (summary.rhythm?.episodes ?? [])
    .filter(({ kind, beats }) => kinds.includes(kind) && beats >= fewestBeats)
    .map(({ kind, startSample, endSample, rateBpm, probability }) => ({
      text: `${RHYTHM_WORDS[kind]}, ${duration((endSample - startSample) / samplingRateHz)}${rateBpm === null ? '' : ` at ${Math.round(rateBpm)}/min`}`,
      probability,
      startSample,
      endSample,
    }));
}

/** Everywhere in the recording that a finding speaks of, the longest first; of the same length in order of time. */
export function placesOf(finding: Finding, summary: EcgSummary, samplingRateHz: number): PlaceSeen[] {
  const length = ({ startSample, endSample }: PlaceSeen) => endSample - startSample;
  return placesInTime(finding, summary, samplingRateHz).sort((a, b) => length(b) - length(a));
}

function placesInTime(finding: Finding, summary: EcgSummary, samplingRateHz: number): PlaceSeen[] {
  switch (finding.code) {
    case 'pause':
      return summary.pauses.map(({ startSample, seconds }) => ({
        text: `${seconds.toFixed(1)} s`,
        probability: null,
        startSample,
        endSample: startSample + Math.round(seconds * samplingRateHz),
      }));
    case 'ventricular-run':
      return runPlaces(summary.runs, 'ventricular');
    case 'supraventricular-run':
      return runPlaces(summary.runs, 'supraventricular');
    case 'ventricular-couplet':
      return runPlaces(summary.couplets, 'ventricular');
    case 'supraventricular-couplet':
      return runPlaces(summary.couplets, 'supraventricular');
    case 'atrial-fibrillation':
      return rhythmPlaces(summary, samplingRateHz, ['atrial-fibrillation']);
    case 'ventricular-fibrillation':
      return rhythmPlaces(summary, samplingRateHz, ['ventricular-fibrillation']);
    case 'ventricular-tachycardia':
      return rhythmPlaces(summary, samplingRateHz, ['ventricular-tachycardia'], VT_BEATS);
    case 'supraventricular-tachycardia':
      return rhythmPlaces(summary, samplingRateHz, ['supraventricular-tachycardia']);
    case 'bigeminy':
      return rhythmPlaces(summary, samplingRateHz, ['ventricular-bigeminy', 'supraventricular-bigeminy']);
    case 'trigeminy':
      return rhythmPlaces(summary, samplingRateHz, ['ventricular-trigeminy', 'supraventricular-trigeminy']);
    case 'av-block':
      // One finding a kind; its label begins with the kind's name.
      return rhythmPlaces(
        summary,
        samplingRateHz,
        RHYTHM_KINDS.filter(
          (kind) => kind.startsWith('av-block') && finding.label.startsWith(RHYTHM_WORDS[kind]),
        ),
      );
    case 'pre-excitation':
      return rhythmPlaces(summary, samplingRateHz, ['pre-excitation']);
    case 'sinus-rate':
      return rhythmPlaces(summary, samplingRateHz, ['sinus-bradycardia', 'sinus-tachycardia']);
    default:
      return finding.at === null
        ? []
        : [{ text: finding.label, probability: finding.probability, ...finding.at }];
  }
}
