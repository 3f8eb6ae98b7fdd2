/** Tells the format of an ECG file by its content; names and extensions are not looked at. */
import { isEdf } from './edf/header.ts';
import { looksLikeWfdbHeader } from './wfdb/header.ts';

export const ECG_FORMATS = ['wfdb', 'edf'] as const;
export type EcgFormat = (typeof ECG_FORMATS)[number];

/** As much of the start of a file as is enough to tell. */
export const RECOGNISED_BY_BYTES = 1 << 16;

/**
 * @param head the first `RECOGNISED_BY_BYTES` bytes, or all of a shorter file
 * @param _length bytes of the whole file
 * @returns null where it is no ECG that can be read
 */
export function recogniseEcgFormat(head: Uint8Array, _length: number): EcgFormat | null {
  if (isEdf(head)) return 'edf';
  if (looksLikeWfdbHeader(head)) return 'wfdb';
  return null;
}
