/** Documents wrapped as DICOM objects (PS3.3 C.24): PDF, CDA and others. */
import { KirchhoffError } from '../../contract/errors.ts';
import type { DicomFile } from './parse.ts';
import { tagText } from './tag.ts';
import { numberOf, textOf } from './values.ts';

export interface EncapsulatedDocument {
  title: string;
  /** For instance application/pdf. */
  mediaType: string;
  bytes: Uint8Array;
}

const DOCUMENT = 0x00420011;
const DOCUMENT_LENGTH = 0x00420015;
const MEDIA_TYPE = 0x00420012;
const TITLE = 0x00420010;

/**
 * The document of an object, or null where it holds none.
 * @throws KirchhoffError `file-truncated` where the file ends within it; `header-invalid` where it is no PDF but says so
 */
export function encapsulatedDocumentOf({ dataSet, fileName }: DicomFile): EncapsulatedDocument | null {
  const element = dataSet.elements.get(DOCUMENT);
  if (element === undefined) return null;
  const at = `${fileName} ${tagText(DOCUMENT)} byte ${element.byte}`;
  const stated = numberOf(dataSet, DOCUMENT_LENGTH);
  const { value } = element;
  if (stated !== null && stated > value.length) {
    throw new KirchhoffError(
      'file-truncated',
      `The document should have ${stated} bytes, ${value.length} are there.`,
      at,
    );
  }
  // Without its length only the byte that makes the value even can be told from the document.
  const end = stated ?? (value.at(-1) === 0 ? value.length - 1 : value.length);
  const bytes = value.subarray(0, end);
  const mediaType = textOf(dataSet, MEDIA_TYPE)?.toLowerCase() ?? 'application/octet-stream';
  if (mediaType === 'application/pdf' && String.fromCharCode(...bytes.subarray(0, 5)) !== '%PDF-') {
    throw new KirchhoffError('header-invalid', 'The object says that it holds a PDF and does not.', at);
  }
  return { title: textOf(dataSet, TITLE) ?? '', mediaType, bytes };
}
