/** DICOMDIR (PS3.3 F): the files of a medium and what its directory says of them. */

import type { PersonName } from '../../contract/imaging.ts';
import type { DataSet } from './data-set.ts';
import { itemsOf } from './data-set.ts';
import type { DicomFile } from './parse.ts';
import { numberOf, personNameOf, textOf, textsOf } from './values.ts';

export interface DirectoryFile {
  /** Path below the folder of the DICOMDIR, by components; never empty, never `..`. */
  path: string[];
  /** IMAGE, SR DOCUMENT, PRESENTATION, WAVEFORM, ENCAP DOC and others. */
  recordType: string;
  sopInstanceUid: string | null;
  transferSyntaxUid: string | null;
  patientName: PersonName | null;
  patientId: string | null;
  studyUid: string | null;
  seriesUid: string | null;
  modality: string | null;
  instanceNumber: number | null;
}

const DIRECTORY_RECORDS = 0x00041220;
const FIRST_RECORD = 0x00041200;
const NEXT_RECORD = 0x00041400;
const LOWER_RECORD = 0x00041420;
const RECORD_TYPE = 0x00041430;
const REFERENCED_FILE = 0x00041500;
const REFERENCED_SOP_INSTANCE = 0x00041511;
const REFERENCED_TRANSFER_SYNTAX = 0x00041512;

/**
 * The files that a directory lists. Its records are followed by the offsets between them, each once, so that no
 * directory can lead in a circle; records that no offset reaches follow in the order of the file, those below after
 * those above. Files whose path leads out of the medium are left out.
 */
export function directoryFiles({ dataSet }: DicomFile): DirectoryFile[] {
  const records = itemsOf(dataSet, DIRECTORY_RECORDS);
  const byOffset = new Map(records.map((record) => [record.byte, record]));
  const visited = new Set<DataSet>();
  const files: DirectoryFile[] = [];
  const waiting: { record: DataSet; above: Above }[] = [];
  const push = (offset: number | null, above: Above): void => {
    const record = byOffset.get(offset ?? -1);
    if (record !== undefined) waiting.push({ record, above });
  };
  push(numberOf(dataSet, FIRST_RECORD), NOTHING_ABOVE);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { record, above } = next;
    if (visited.has(record)) continue;
    visited.add(record);
    const within = belongingTo(record, above);
    addFile(record, within, files);
    push(numberOf(record, NEXT_RECORD), above);
    push(numberOf(record, LOWER_RECORD), within);
  }
  let above = NOTHING_ABOVE;
  for (const record of records) {
    above = belongingTo(record, above);
    if (!visited.has(record)) addFile(record, above, files);
  }
  return files;
}

interface Above {
  patient: DataSet | null;
  study: DataSet | null;
  series: DataSet | null;
}

const NOTHING_ABOVE: Above = { patient: null, study: null, series: null };

function belongingTo(record: DataSet, above: Above): Above {
  switch (textOf(record, RECORD_TYPE)) {
    case 'PATIENT':
      return { patient: record, study: null, series: null };
    case 'STUDY':
      return { ...above, study: record, series: null };
    case 'SERIES':
      return { ...above, series: record };
    default:
      return above;
  }
}

function addFile(record: DataSet, { patient, study, series }: Above, files: DirectoryFile[]): void {
  const path = textsOf(record, REFERENCED_FILE).filter((part) => part !== '');
  if (path.length === 0 || path.some((part) => part === '..' || /[/\\:]/.test(part))) return;
  files.push({
    path,
    recordType: textOf(record, RECORD_TYPE) ?? '',
    sopInstanceUid: textOf(record, REFERENCED_SOP_INSTANCE),
    transferSyntaxUid: textOf(record, REFERENCED_TRANSFER_SYNTAX),
    patientName: patient && personNameOf(patient, 0x00100010),
    patientId: patient && textOf(patient, 0x00100020),
    studyUid: study && textOf(study, 0x0020000d),
    seriesUid: series && textOf(series, 0x0020000e),
    modality: series && textOf(series, 0x00080060),
    instanceNumber: numberOf(record, 0x00200013),
  });
}
