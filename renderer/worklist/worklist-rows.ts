/** Search, filter and order of the worklist, in which recordings and images stand together. */
import type { Severity } from '../../src/contract/ecg.ts';
import type { ImagingStudyRow } from '../../src/contract/imaging-study.ts';
import type { Patient, StudyRow, StudyStatus } from '../../src/contract/study.ts';

export type SortKey = 'urgency' | 'patient' | 'recorded' | 'imported' | 'duration' | 'status' | 'review';

export interface WorklistQuery {
  search: string;
  status: StudyStatus | 'all';
  severity: Severity | 'all';
  sort: SortKey;
  descending: boolean;
}

/** A study of either kind, as the worklist shows it. */
export interface WorklistRow {
  kind: 'ecg' | 'image';
  id: string;
  /** Record name, or what the study of images is called. */
  recordName: string;
  patient: Patient;
  recordedAt: string | null;
  importedAt: string;
  /** Null for images. */
  durationSeconds: number | null;
  /** Leads, or modalities. */
  leads: readonly string[];
  status: StudyStatus;
  severity: Severity | null;
  headline: string | null;
  /** Share of beats for review; null for images. */
  reviewFraction: number | null;
  recommendation: StudyRow['recommendation'];
}

export function rowsOf(
  studies: readonly StudyRow[],
  imagingStudies: readonly ImagingStudyRow[],
): WorklistRow[] {
  return [
    ...studies.map((study): WorklistRow => ({ ...study, kind: 'ecg' })),
    ...imagingStudies.map(
      (study): WorklistRow => ({
        ...study,
        kind: 'image',
        recordName: study.description,
        recordedAt: study.studiedAt,
        durationSeconds: null,
        leads: study.modalities,
        reviewFraction: null,
      }),
    ),
  ];
}

const URGENCY: Record<Severity, number> = { urgent: 3, attention: 2, information: 1 };
const STATUS_ORDER: Record<StudyStatus, number> = {
  failed: 0,
  refused: 1,
  queued: 2,
  analysing: 3,
  preliminary: 4,
  confirmed: 5,
};

/** A study that could not be judged may hold anything: before what is known to be routine. */
function urgencyOf({ severity, status }: WorklistRow): number {
  if (severity !== null) return URGENCY[severity];
  return status === 'refused' || status === 'failed' ? 1.5 : 0;
}

function text(study: WorklistRow): string {
  const { patient, recordName, headline, leads } = study;
  return `${patient.name} ${patient.id} ${recordName} ${headline ?? ''} ${leads.join(' ')}`.toLowerCase();
}

/** Numbers compare as numbers, text by locale with numbers inside in order. */
function compare(a: WorklistRow, b: WorklistRow, sort: SortKey): number {
  const byText = (x: string, y: string) => x.localeCompare(y, undefined, { numeric: true });
  switch (sort) {
    case 'urgency':
      return urgencyOf(a) - urgencyOf(b) || (a.reviewFraction ?? 0) - (b.reviewFraction ?? 0);
    case 'patient':
      return byText(a.patient.name || a.recordName, b.patient.name || b.recordName);
    case 'recorded':
      return byText(a.recordedAt ?? '', b.recordedAt ?? '');
    case 'imported':
      return byText(a.importedAt, b.importedAt);
    case 'duration':
      return (a.durationSeconds ?? -1) - (b.durationSeconds ?? -1);
    case 'status':
      return STATUS_ORDER[a.status] - STATUS_ORDER[b.status];
    case 'review':
      return (a.reviewFraction ?? -1) - (b.reviewFraction ?? -1);
  }
}

export function worklistRows(studies: readonly WorklistRow[], query: WorklistQuery): WorklistRow[] {
  const words = query.search
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  const rows = studies.filter((study) => {
    if (query.status !== 'all' && study.status !== query.status) return false;
    if (query.severity !== 'all' && study.severity !== query.severity) return false;
    const haystack = text(study);
    return words.every((word) => haystack.includes(word));
  });
  const sign = query.descending ? -1 : 1;
  return rows.sort((a, b) => sign * compare(a, b, query.sort) || a.id.localeCompare(b.id));
}
