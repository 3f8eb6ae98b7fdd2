/** A study as the contract shows it, for a recording that no store holds (batch analysis). */
import type { StudyDetail } from '../contract/study.ts';
import type { RecordAnalysis } from './analysis.ts';
import type { ReadableRecord } from './read-record.ts';

const STUDY_ID_LENGTH = 32;

/** The id derives from the content, so that the same recording gives the same bytes wherever it is analysed. */
export function studyDetailOf(opened: ReadableRecord, analysis: RecordAnalysis): StudyDetail {
  const { recording } = opened;
  const refused = analysis.outcome.status === 'refused';
  return {
    id: opened.contentSha256.slice(0, STUDY_ID_LENGTH),
    recordName: recording.recordName,
    patient: recording.patient,
    recordedAt: recording.recordedAt,
    // A batch has no store: there is no import to date, and wall time must not enter the result.
    importedAt: '',
    durationSeconds: recording.lengthSamples / recording.samplingRateHz,
    leads: recording.leads.map((lead) => lead.name),
    status: refused ? 'refused' : 'preliminary',
    ...analysis.headline,
    samplingRateHz: recording.samplingRateHz,
    lengthSamples: recording.lengthSamples,
    warnings: recording.warnings,
    events: recording.events ?? [],
    summary: analysis.summary,
    findings: analysis.findings,
    provenance: analysis.provenance,
    error: null,
    corrections: { count: 0, canUndo: false, canRedo: false },
    confirmed: null,
  };
}
