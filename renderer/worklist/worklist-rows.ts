/** Search, filter and order of the worklist. */
import type { Severity } from '../../src/contract/ecg.ts';
import type { StudyRow, StudyStatus } from '../../src/contract/study.ts';

export type SortKey = 'urgency' | 'patient' | 'recorded' | 'imported' | 'duration' | 'status' | 'review';

export interface WorklistQuery {
  search: string;
  status: StudyStatus | 'all';
  severity: Severity | 'all';
  sort: SortKey;
  descending: boolean;
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

function text(study: StudyRow): string {
  const { patient, recordName, headline, leads } = study;
  return `${patient.name} ${patient.id} ${recordName} ${headline ?? ''} ${leads.join(' ')}`.toLowerCase();
}

/** Numbers compare as numbers, text by locale with numbers inside in order. */
function compare(a: StudyRow, b: StudyRow, sort: SortKey): number {
  const byText = (x: string, y: string) => x.localeCompare(y, undefined, { numeric: true });
  switch (sort) {
    case 'urgency':
      return (
        (a.severity ? URGENCY[a.severity] : 0) - (b.severity ? URGENCY[b.severity] : 0) ||
        (a.reviewFraction ?? 0) - (b.reviewFraction ?? 0)
      );
    case 'patient':
      return byText(a.patient.name || a.recordName, b.patient.name || b.recordName);
    case 'recorded':
      return byText(a.recordedAt ?? '', b.recordedAt ?? '');
    case 'imported':
      return byText(a.importedAt, b.importedAt);
    case 'duration':
      return a.durationSeconds - b.durationSeconds;
    case 'status':
      return STATUS_ORDER[a.status] - STATUS_ORDER[b.status];
    case 'review':
      return (a.reviewFraction ?? -1) - (b.reviewFraction ?? -1);
  }
}

export function worklistRows(studies: readonly StudyRow[], query: WorklistQuery): StudyRow[] {
  const words = query.search.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = studies.filter((study) => {
    if (query.status !== 'all' && study.status !== query.status) return false;
    if (query.severity !== 'all' && study.severity !== query.severity) return false;
    const haystack = text(study);
    return words.every((word) => haystack.includes(word));
  });
  const sign = query.descending ? -1 : 1;
  return rows.sort((a, b) => sign * compare(a, b, query.sort) || a.id.localeCompare(b.id));
}
