/** What an object of a study holds that is no image: a structured report, a PDF, a waveform. */
import { KirchhoffError } from '../contract/errors.ts';
import type { ImagingDocument, ReportNode } from '../contract/imaging-requests.ts';
import { readEcg } from '../ecg/formats/read-ecg.ts';
import { encapsulatedDocumentOf } from '../imaging/dicom/encapsulated-document.ts';
import { parseDicom } from '../imaging/dicom/parse.ts';
import { type ContentItem, structuredReportOf } from '../imaging/dicom/structured-report.ts';
import { waveformsOf } from '../imaging/dicom/waveform.ts';
import { untilReadTimeIsOver } from './image-reading.ts';
import { contentHash } from './read-record.ts';

/** A waveform is known by its content's hash, under which it was imported as a recording. */
export type DocumentInFile =
  | Exclude<ImagingDocument, { kind: 'waveform' }>
  | { kind: 'waveform'; title: string; contentSha256: string | null };

/**
 * @throws KirchhoffError `format-unsupported` for objects that have no view; as the readers of reports, documents and
 *   waveforms where the object is broken
 */
export function documentInFile(bytes: Uint8Array, fileName: string): DocumentInFile {
  const file = parseDicom(bytes, fileName, untilReadTimeIsOver());
  const report = structuredReportOf(file);
  if (report !== null) {
    return { kind: 'report', title: report.root.concept?.meaning ?? '', root: nodeOf(report.root) };
  }
  const document = encapsulatedDocumentOf(file);
  if (document?.mediaType === 'application/pdf') {
    // A copy: what crosses to the window must not carry the whole file with it.
    return { kind: 'pdf', title: document.title, bytes: document.bytes.slice() };
  }
  const [first] = waveformsOf(file);
  if (first !== undefined) {
    return { kind: 'waveform', title: first.label, contentSha256: recordingHash(bytes, fileName) };
  }
  throw new KirchhoffError('format-unsupported', 'Objects of this kind have no view of their own.', fileName);
}

function nodeOf({ concept, text, children }: ContentItem): ReportNode {
  return { concept: concept?.meaning ?? '', value: text, children: children.map(nodeOf) };
}

/** Null for waveforms that are no ECG, such as pressures, which are not imported. */
function recordingHash(bytes: Uint8Array, fileName: string): string | null {
  try {
    return contentHash(readEcg('dicom', fileName, () => bytes));
  } catch (thrown) {
    if (thrown instanceof KirchhoffError) return null;
    throw thrown;
  }
}
