/** Reads a recording of any format. */

import { KirchhoffError } from '../../contract/errors.ts';
import { withDerivedLeads } from '../derived-leads.ts';
import type { EcgRecording } from '../recording.ts';
import type { ReadFile } from './byte-source.ts';
import { readEdf } from './edf/edf.ts';
import type { EcgFormat } from './recognise.ts';
import { readWfdb } from './wfdb/record.ts';

/**
 * Reads a recording as the file holds it.
 * @param fileName of the file that was recognised; a WFDB record's other files are asked for by their names
 * @throws KirchhoffError naming the file and the place in it
 */
export function readEcgAsRecorded(format: EcgFormat, fileName: string, readFile: ReadFile): EcgRecording {
  if (format === 'wfdb') return readWfdb(fileName, readFile);
  const bytes = readFile(fileName);
  if (bytes === null) throw new KirchhoffError('file-missing', 'The file is missing.', fileName);
  switch (format) {
    case 'edf':
      return readEdf(fileName, bytes);
  }
}

/** As `readEcgAsRecorded`, with the limb leads that follow from I and II where a 12-lead recording lacks them. */
export function readEcg(format: EcgFormat, fileName: string, readFile: ReadFile): EcgRecording {
  return withDerivedLeads(readEcgAsRecorded(format, fileName, readFile));
}
