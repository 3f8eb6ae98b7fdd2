/** The sections of an SCP-ECG file (EN 1064:2005, clause 5.2 and 5.3): where they are, and reading within one. */
import { KirchhoffError } from '../../../contract/errors.ts';

const RECORD_HEADER_BYTES = 6;
const SECTION_HEADER_BYTES = 16;
const POINTER_BYTES = 10;

/** Fields of a section, read in order; what lies beyond its end is a typed error. */
export class SectionReader {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly fileName: string;
  /** Of the section in the file. */
  readonly start: number;
  at: number;

  constructor(bytes: Uint8Array, id: number, start: number, end: number, fileName: string) {
    this.bytes = bytes.subarray(start, end);
    this.id = id;
    this.fileName = fileName;
    this.start = start;
    this.at = SECTION_HEADER_BYTES;
  }

  place(): string {
    return `${this.fileName} byte ${this.start + this.at}`;
  }

  left(): number {
    return this.bytes.length - this.at;
  }

  take(length: number): Uint8Array {
    if (length > this.left()) {
      throw new KirchhoffError('file-truncated', `Section ${this.id} is cut off.`, this.place());
    }
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  u8(): number {
    return this.take(1)[0]!;
  }

  u16(): number {
    const [low, high] = this.take(2);
    return low! | (high! << 8);
  }

  i16(): number {
    return (this.u16() << 16) >> 16;
  }

  u32(): number {
    return this.u16() + this.u16() * 2 ** 16;
  }
}

/** CRC-CCITT, begun with 0xFFFF (EN 1064, annex C.7). */
function crcCcitt(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = ((crc & 0x8000) !== 0 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  return crc;
}

/** Whether a file begins like SCP-ECG: its size, then section 0. */
export function isScp(head: Uint8Array, length: number): boolean {
  if (head.length < RECORD_HEADER_BYTES + SECTION_HEADER_BYTES) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (new TextDecoder('latin1').decode(head.subarray(16, 22)) === 'SCPECG') return true;
  const pointers = view.getUint32(10, true) - SECTION_HEADER_BYTES;
  return (
    view.getUint32(2, true) === length &&
    view.getUint16(8, true) === 0 &&
    pointers >= POINTER_BYTES &&
    pointers % POINTER_BYTES === 0 &&
    pointers < length
  );
}

/** @returns sections that hold something, by their number, and a warning for each checksum that differs */
export function scpSections(
  bytes: Uint8Array,
  fileName: string,
): { sections: Map<number, SectionReader>; warnings: string[] } {
  if (bytes.length < RECORD_HEADER_BYTES + SECTION_HEADER_BYTES) {
    throw new KirchhoffError('file-truncated', 'The file is cut off.', `${fileName} byte ${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pointersEnd = RECORD_HEADER_BYTES + view.getUint32(10, true);
  if (pointersEnd > bytes.length) {
    throw new KirchhoffError(
      'file-truncated',
      'The list of sections is cut off.',
      `${fileName} byte ${bytes.length}`,
    );
  }
  const warnings: string[] = [];
  if (view.getUint16(0, true) !== crcCcitt(bytes.subarray(2))) {
    warnings.push('The checksum of the file differs from the one that it holds.');
  }
  const sections = new Map<number, SectionReader>();
  for (
    let at = RECORD_HEADER_BYTES + SECTION_HEADER_BYTES;
    at + POINTER_BYTES <= pointersEnd;
    at += POINTER_BYTES
  ) {
    const id = view.getUint16(at, true);
    const length = view.getUint32(at + 2, true);
    const start = view.getUint32(at + 6, true) - 1;
    if (length <= SECTION_HEADER_BYTES || id === 0) continue;
    if (start < 0 || start + length > bytes.length) {
      throw new KirchhoffError(
        'file-truncated',
        `Section ${id} is said to lie at bytes ${start} to ${start + length}, beyond the end of the file.`,
        `${fileName} byte ${at}`,
      );
    }
    if (view.getUint16(start + 2, true) !== id) {
      throw new KirchhoffError(
        'header-invalid',
        `Section ${id} is not where it is said to be.`,
        `${fileName} byte ${start}`,
      );
    }
    const crc = view.getUint16(start, true);
    if (crc !== 0 && crc !== crcCcitt(bytes.subarray(start + 2, start + length))) {
      warnings.push(`The checksum of section ${id} differs from the one that it holds.`);
    }
    sections.set(id, new SectionReader(bytes, id, start, start + length, fileName));
  }
  return { sections, warnings };
}
