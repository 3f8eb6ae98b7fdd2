import { describe, expect, it } from 'vitest';
import type { StudyRow } from '../../src/contract/study.ts';
import { rowsOf, type WorklistQuery, worklistRows } from './worklist-rows.ts';

function study(id: string, part: Partial<StudyRow> = {}): StudyRow {
  return {
    id,
    recordName: id,
    patient: { name: '', id: '', birthDate: null, ageYears: null, sex: 'unknown' },
    recordedAt: null,
    importedAt: '2026-01-01',
    durationSeconds: 60,
    leads: ['MLII'],
    status: 'preliminary',
    severity: 'information',
    headline: null,
    recommendation: 'accept',
    reviewFraction: 0,
    ...part,
  };
}

const all: WorklistQuery = { search: '', status: 'all', severity: 'all', sort: 'urgency', descending: true };
const studies = [
  study('r10', { severity: 'attention', headline: 'Couplet' }),
  study('r9', { severity: 'urgent', headline: 'Pause of 3.4 s', reviewFraction: 0.1 }),
  study('r11', { severity: 'urgent', headline: 'Run', reviewFraction: 0.3 }),
  study('r2', {
    severity: null,
    status: 'failed',
    patient: { name: 'Almeida, Rosa', id: '77', birthDate: null, ageYears: 74, sex: 'female' },
  }),
];
const ids = (query: Partial<WorklistQuery>) =>
  worklistRows(rowsOf(studies, []), { ...all, ...query }).map((row) => row.id);

describe('worklist', () => {
  it('has the most urgent first, and of those the one with more to review', () => {
    expect(ids({})).toEqual(['r11', 'r9', 'r10', 'r2']);
  });

  it('has what could not be judged before what is routine', () => {
    const rows = [
      study('routine', {}),
      study('waiting', { severity: null, status: 'queued' }),
      study('refused', { severity: null, status: 'refused' }),
      study('attention', { severity: 'attention' }),
    ];
    expect(worklistRows(rowsOf(rows, []), all).map(({ id }) => id)).toEqual([
      'attention',
      'refused',
      'routine',
      'waiting',
    ]);
  });

  it('finds a name in whatever order and with or without its comma', () => {
    for (const search of ['Almeida, Rosa', 'rosa almeida', 'almeida,rosa']) {
      expect(ids({ search })).toEqual(['r2']);
    }
  });

  it('finds every word anywhere', () => {
    expect(ids({ search: 'ROSA 77' })).toEqual(['r2']);
    expect(ids({ search: 'pause 3.4' })).toEqual(['r9']);
    expect(ids({ search: 'rosa pause' })).toEqual([]);
  });

  it('filters by status and urgency', () => {
    expect(ids({ status: 'failed' })).toEqual(['r2']);
    expect(ids({ severity: 'urgent', status: 'failed' })).toEqual([]);
  });

  it('sorts names with numbers as people do', () => {
    expect(ids({ sort: 'patient', descending: false })).toEqual(['r2', 'r9', 'r10', 'r11']);
  });

  it('leaves the given list as it was', () => {
    worklistRows(rowsOf(studies, []), all);
    expect(studies[0]!.id).toBe('r10');
  });
});
