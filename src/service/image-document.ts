/** What an object of a study holds that is no image: a structured report, a PDF, a waveform. */
import { KirchhoffError } from '../contract/errors.ts';
import type { ImagingDocument } from '../contract/imaging-requests.ts';

/** A waveform is known by its content's hash, under which it was imported as a recording. */
export type DocumentInFile =
  | Exclude<ImagingDocument, { kind: 'waveform' }>
  | { kind: 'waveform'; title: string; contentSha256: string | null };

/** @throws KirchhoffError `format-unsupported` for objects that have no view */
export function documentInFile(_bytes: Uint8Array, fileName: string): DocumentInFile {
  throw new KirchhoffError('format-unsupported', 'Objects of this kind have no view of their own.', fileName);
}
