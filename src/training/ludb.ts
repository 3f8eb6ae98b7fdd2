/** Lobachevsky University Database: twelve-lead records of 10 s whose waves were marked by cardiologists lead by lead. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readWfdbAnnotations } from '../ecg/formats/wfdb/annotations.ts';
import { readWfdb } from '../ecg/formats/wfdb/record.ts';
import type { EcgAnnotation, EcgRecording } from '../ecg/recording.ts';
import { type MarkedWave, markedWaves, WAVE_KINDS, type WaveKind } from '../ecg/scoring-waves.ts';

const LUDB_LEADS = ['i', 'ii', 'iii', 'avr', 'avl', 'avf', 'v1', 'v2', 'v3', 'v4', 'v5', 'v6'] as const;
/** Index of lead II in its recordings. */
export const LUDB_LEAD_II = LUDB_LEADS.indexOf('ii');
export const LUDB_RECORDS = Array.from({ length: 200 }, (_, index) => index + 1);
/** Constants were chosen on odd records; figures come from even ones. */
export const LUDB_TUNING_RECORDS = LUDB_RECORDS.filter((record) => record % 2 === 1);
export const LUDB_TEST_RECORDS = LUDB_RECORDS.filter((record) => record % 2 === 0);

export type MarkedWaves = Record<WaveKind, MarkedWave[]>;

export interface LudbRecord {
  recording: EcgRecording;
  /** What the header says of the rhythm and of pacing. */
  rhythm: string;
  paced: boolean;
  /** The cardiologists' marks as they stand in the files, one entry a lead. */
  annotations: EcgAnnotation[][];
  /** Marked waves, one entry a lead, in order of time. */
  marked: MarkedWaves[];
  /** From the first to the last mark of any lead; beats outside were not marked. */
  span: { from: number; to: number };
}

export function readLudb(folder: string, record: number): LudbRecord {
  const bytes = (name: string): Uint8Array | null => {
    const path = join(folder, 'ludb', 'data', name);
    return existsSync(path) ? new Uint8Array(readFileSync(path)) : null;
  };
  const recording = readWfdb(`${record}.hea`, bytes);
  const annotations = LUDB_LEADS.map((lead) => {
    const file = bytes(`${record}.${lead}`);
    if (file === null) throw new Error(`LUDB ${record}.${lead} is missing.`);
    return readWfdbAnnotations(file, `${record}.${lead}`);
  });
  const marked = annotations.map(markedWaves);
  const marks = marked.flatMap((waves) =>
    WAVE_KINDS.flatMap((kind) => waves[kind].flatMap(({ onset, end }) => [onset, end])),
  );
  const comments = recording.comments.join('\n');
  return {
    recording,
    rhythm: /Rhythm: (.*)/.exec(comments)?.[1]?.replace(/\.$/, '') ?? '',
    paced: /pac(?:ing|emaker)/i.test(comments),
    annotations,
    marked,
    span: { from: Math.min(...marks), to: Math.max(...marks) },
  };
}
