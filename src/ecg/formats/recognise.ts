/** Tells the format of an ECG file by its content; names and extensions are not looked at. */
import { isDelimitedText } from './delimited/propose.ts';
import { isDicomEcg } from './dicom/dicom.ts';
import { isEdf } from './edf/header.ts';
import { isIshne } from './ishne/ishne.ts';
import { isScp } from './scp/sections.ts';
import { looksLikeWfdbHeader } from './wfdb/header.ts';
import { decodedXml, rootElementName } from './xml/xml-tree.ts';

export const ECG_FORMATS = [
  'wfdb',
  'edf',
  'dicom',
  'scp',
  'aecg',
  'ishne',
  'muse',
  'philips',
  'delimited',
] as const;
export type EcgFormat = (typeof ECG_FORMATS)[number];

const FORMAT_OF_ROOT: Readonly<Record<string, EcgFormat>> = {
  AnnotatedECG: 'aecg',
  RestingECG: 'muse',
  restingecgdata: 'philips',
};

/** As much of the start of a file as is enough to tell. */
export const RECOGNISED_BY_BYTES = 1 << 16;

/**
 * @param head the first `RECOGNISED_BY_BYTES` bytes, or all of a shorter file
 * @param length bytes of the whole file
 * @returns null where it is no ECG that can be read
 */
export function recogniseEcgFormat(head: Uint8Array, length: number): EcgFormat | null {
  if (isEdf(head)) return 'edf';
  if (isDicomEcg(head)) return 'dicom';
  if (isIshne(head)) return 'ishne';
  if (isScp(head, length)) return 'scp';
  const root = rootElementName(decodedXml(head));
  if (root !== null) return Object.hasOwn(FORMAT_OF_ROOT, root) ? FORMAT_OF_ROOT[root]! : null;
  if (looksLikeWfdbHeader(head)) return 'wfdb';
  if (isDelimitedText(head)) return 'delimited';
  return null;
}
