/** Reads a recording of any format. */

import type { DelimitedTextMapping } from '../../contract/delimited-text.ts';
import { KirchhoffError } from '../../contract/errors.ts';
import { withDerivedLeads, withDerivedWindows } from '../derived-leads.ts';
import type { EcgRecording } from '../recording.ts';
import { readAecg } from './aecg/aecg.ts';
import type { ByteSource, ReadFile } from './byte-source.ts';
import { readDelimited } from './delimited/delimited.ts';
import { readDicomEcg } from './dicom/dicom.ts';
import { openEdf, readEdf } from './edf/edf.ts';
import { openIshne, readIshne } from './ishne/ishne.ts';
import { readMuse } from './muse/muse.ts';
import type { OpenedRecording } from './opened-recording.ts';
import { readPhilips } from './philips/philips.ts';
import type { EcgFormat } from './recognise.ts';
import { readScp } from './scp/scp.ts';
import { openLongWfdb, readWfdb } from './wfdb/record.ts';

/** Readers of formats that keep a recording in one file. */
const READERS: Record<
  Exclude<EcgFormat, 'wfdb' | 'delimited'>,
  (fileName: string, bytes: Uint8Array) => EcgRecording
> = {
  edf: readEdf,
  dicom: readDicomEcg,
  scp: readScp,
  aecg: readAecg,
  ishne: readIshne,
  muse: readMuse,
  philips: readPhilips,
};

/**
 * Reads a recording as the file holds it.
 * @param fileName of the file that was recognised; a WFDB record's other files are asked for by their names
 * @param delimited what the columns of delimited text are; other formats do without
 * @throws KirchhoffError naming the file and the place in it
 */
export function readEcgAsRecorded(
  format: EcgFormat,
  fileName: string,
  readFile: ReadFile,
  delimited?: DelimitedTextMapping,
): EcgRecording {
  if (format === 'wfdb') return readWfdb(fileName, readFile);
  const bytes = readFile(fileName);
  if (bytes === null) throw new KirchhoffError('file-missing', 'The file is missing.', fileName);
  if (format === 'delimited') {
    if (delimited === undefined) {
      throw new KirchhoffError(
        'invalid-request',
        'It is not known what the columns of this file are.',
        fileName,
      );
    }
    return readDelimited(fileName, bytes, delimited);
  }
  return READERS[format](fileName, bytes);
}

/**
 * Opens a recording of more than `moreThan` values for reading windows of it, with the limb leads that `readEcg` adds.
 * @param checksums compare those that the format has; a difference is a warning
 * @returns null where the recording is no longer than that, or its format is read as a whole only
 * @throws KirchhoffError naming the file and the place in it
 */
export function openEcg(
  format: EcgFormat,
  fileName: string,
  openFile: (name: string) => ByteSource | null,
  { moreThan, checksums }: { moreThan: number; checksums: boolean },
): OpenedRecording | null {
  if (format === 'wfdb') {
    const opened = openLongWfdb(fileName, openFile, moreThan, checksums);
    return opened === null ? null : withDerivedWindows(opened);
  }
  if (format !== 'edf' && format !== 'ishne') return null;
  const source = openFile(fileName);
  if (source === null) throw new KirchhoffError('file-missing', 'The file is missing.', fileName);
  const opened = format === 'edf' ? openEdf(source) : openIshne(source);
  return opened.lengthSamples * opened.leads.length <= moreThan ? null : withDerivedWindows(opened);
}

/** As `readEcgAsRecorded`, with the limb leads that follow from I and II where a 12-lead recording lacks them. */
export function readEcg(
  format: EcgFormat,
  fileName: string,
  readFile: ReadFile,
  delimited?: DelimitedTextMapping,
): EcgRecording {
  return withDerivedLeads(readEcgAsRecorded(format, fileName, readFile, delimited));
}
