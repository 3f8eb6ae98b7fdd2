/** Finds the public recordings that models are trained and tested on. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { annotationsWithinRecord, readWfdbAnnotations } from '../ecg/formats/wfdb/annotations.ts';
import { readWfdb } from '../ecg/formats/wfdb/record.ts';
import type { EcgAnnotation, EcgRecording } from '../ecg/recording.ts';

const UNPACK = resolve(import.meta.dirname, '../../../shared/data/unpack');

/** Folder that holds `mitdb/` and the others, or null where the archives are absent. */
export function dataFolder(): string | null {
  return existsSync(UNPACK) ? execFileSync(UNPACK, { encoding: 'utf8' }).trim() : null;
}

/** As `dataFolder`, for programs that cannot do without. */
export function requiredDataFolder(): string {
  const folder = dataFolder();
  if (folder === null) throw new Error('The MIT-BIH recordings are not here; see README.md, "Data".');
  return folder;
}

export interface AnnotatedRecording {
  recording: EcgRecording;
  annotations: EcgAnnotation[];
}

/** A record of the MIT-BIH Arrhythmia Database with its reference annotations. */
export function readMitdb(folder: string, record: string): AnnotatedRecording {
  return readAnnotated(folder, 'mitdb', record);
}

/** A WFDB record with its reference annotations (.atr), from a database's folder. */
export function readAnnotated(folder: string, database: string, record: string): AnnotatedRecording {
  const read = (name: string): Uint8Array | null => {
    const path = join(folder, database, name);
    return existsSync(path) ? new Uint8Array(readFileSync(path)) : null;
  };
  const recording = readWfdb(`${record}.hea`, read);
  const bytes = read(`${record}.atr`);
  if (bytes === null) throw new Error(`${record}.atr is missing.`);
  const annotations = annotationsWithinRecord(
    readWfdbAnnotations(bytes, `${record}.atr`),
    recording.lengthSamples,
  );
  return { recording, annotations: annotations.kept };
}
