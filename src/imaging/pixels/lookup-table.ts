/** Look-up tables: of palettes, plain and segmented (PS3.3 C.7.9), and of modality and VOI (C.11.1, C.11.2). */
import { KirchhoffError } from '../../contract/errors.ts';
import type { DataSet } from '../dicom/data-set.ts';
import { tagText } from '../dicom/tag.ts';
import { numbersOf } from '../dicom/values.ts';

export interface LookupTable {
  /** Stored value of the first entry. */
  first: number;
  bits: number;
  entries: Uint16Array;
}

/** A descriptor's three numbers; a count of 0 means 65,536 (PS3.3 C.11.1.1.1). */
function descriptor(
  dataSet: DataSet,
  tag: number,
  signed: boolean,
): { count: number; first: number; bits: number } | null {
  const [count, first, bits] = numbersOf(dataSet, tag).map((n) => n & 0xffff);
  if (count === undefined || first === undefined || bits === undefined) return null;
  return { count: count === 0 ? 65536 : count, first: signed ? (first << 16) >> 16 : first, bits };
}

function wordsOf(dataSet: DataSet, tag: number): Uint16Array {
  const value = dataSet.elements.get(tag)?.value ?? new Uint8Array(0);
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  return Uint16Array.from({ length: value.length >> 1 }, (_, i) =>
    view.getUint16(2 * i, dataSet.littleEndian),
  );
}

/**
 * Reads a table by the tags of its descriptor and data.
 * @param signed whether the first entry's value is a signed number
 * @returns null where the descriptor is absent
 * @throws KirchhoffError `value-out-of-range` where the data are shorter than the descriptor says
 */
export function readLookupTable(
  dataSet: DataSet,
  descriptorTag: number,
  dataTag: number,
  signed: boolean,
  fileName: string,
): LookupTable | null {
  const form = descriptor(dataSet, descriptorTag, signed);
  if (form === null) return null;
  const raw = dataSet.elements.get(dataTag)?.value ?? new Uint8Array(0);
  const words = wordsOf(dataSet, dataTag);
  if (words.length >= form.count) {
    return { first: form.first, bits: form.bits, entries: words.subarray(0, form.count) };
  }
  // Entries of 8 bits may be packed two to a word.
  if (raw.length >= form.count && form.bits <= 8) {
    const packed = Uint16Array.from({ length: form.count }, (_, i) =>
      dataSet.littleEndian ? (raw[i] ?? 0) : (raw[i ^ 1] ?? 0),
    );
    return { first: form.first, bits: form.bits, entries: packed };
  }
  throw new KirchhoffError(
    'value-out-of-range',
    `A look-up table should have ${form.count} entries, ${words.length} are there.`,
    `${fileName} ${tagText(dataTag)}`,
  );
}

/** Reads a segmented palette: discrete, linear and indirect segments (PS3.3 C.7.9.2). */
export function readSegmentedTable(
  dataSet: DataSet,
  descriptorTag: number,
  dataTag: number,
  signed: boolean,
  fileName: string,
): LookupTable | null {
  const form = descriptor(dataSet, descriptorTag, signed);
  if (form === null || !dataSet.elements.has(dataTag)) return null;
  const value = dataSet.elements.get(dataTag)?.value ?? new Uint8Array(0);
  const words =
    form.bits <= 8 && form.count === 256 ? bytesOrWords(dataSet, value) : wordsOf(dataSet, dataTag);
  const bad = (what: string): KirchhoffError =>
    new KirchhoffError('value-out-of-range', what, `${fileName} ${tagText(dataTag)}`);
  const entries = new Uint16Array(form.count);
  let filled = 0;
  const put = (entry: number): void => {
    if (filled >= form.count) throw bad('A segmented palette has more entries than it says.');
    entries[filled++] = entry;
  };
  const segment = (at: number, nested: boolean): number => {
    const kind = words[at];
    const length = words[at + 1] ?? 0;
    if (kind === 0) {
      if (at + 2 + length > words.length) throw bad('A segment of a palette is cut off.');
      for (let i = 0; i < length; i++) put(words[at + 2 + i] ?? 0);
      return at + 2 + length;
    }
    if (kind === 1) {
      const end = words[at + 2];
      if (end === undefined || filled === 0) throw bad('A linear segment of a palette lacks an end.');
      const from = entries[filled - 1] ?? 0;
      for (let i = 1; i <= length; i++) put(Math.round(from + ((end - from) * i) / length));
      return at + 3;
    }
    if (kind === 2 && !nested) {
      const [low, high] = [words[at + 2], words[at + 3]];
      if (low === undefined || high === undefined) throw bad('An indirect segment of a palette is cut off.');
      let target = low + high * 65536;
      for (let i = 0; i < length; i++) target = segment(target, true);
      return at + 4;
    }
    throw bad('A palette has a segment of unknown kind.');
  };
  for (let at = 0; at < words.length && filled < form.count; ) at = segment(at, false);
  if (filled < form.count) throw bad(`A segmented palette gives ${filled} of ${form.count} entries.`);
  return { first: form.first, bits: form.bits, entries };
}

/** Segments of 8-bit palettes come as bytes or, by most writers, as words; words have zero upper bytes. */
function bytesOrWords(dataSet: DataSet, value: Uint8Array): Uint16Array {
  const upper = dataSet.littleEndian ? 1 : 0;
  let asWords = value.length % 2 === 0;
  for (let i = upper; i < value.length && asWords; i += 2) asWords = value[i] === 0;
  if (!asWords) return Uint16Array.from(value);
  return Uint16Array.from({ length: value.length >> 1 }, (_, i) => value[2 * i + 1 - upper] ?? 0);
}

const RED = { descriptor: 0x00281101, data: 0x00281201, segmented: 0x00281221 };
const GREEN = { descriptor: 0x00281102, data: 0x00281202, segmented: 0x00281222 };
const BLUE = { descriptor: 0x00281103, data: 0x00281203, segmented: 0x00281223 };

/**
 * Colours of a PALETTE COLOR image.
 * @throws KirchhoffError `header-invalid` where a palette is missing
 */
export function applyPalette(
  dataSet: DataSet,
  indices: ArrayLike<number>,
  signed: boolean,
  fileName: string,
): { samples: Uint8Array | Uint16Array; bits: number } {
  const tables = [RED, GREEN, BLUE].map((tags) => {
    const table =
      readSegmentedTable(dataSet, tags.descriptor, tags.segmented, signed, fileName) ??
      readLookupTable(dataSet, tags.descriptor, tags.data, signed, fileName);
    if (table === null) {
      throw new KirchhoffError(
        'header-invalid',
        'The palette of the image is missing.',
        `${fileName} ${tagText(tags.descriptor)}`,
      );
    }
    return table;
  });
  // Tables that claim 16 bits and hold 8 are common.
  const wide = tables.some((table) => table.bits > 8 && table.entries.some((entry) => entry > 255));
  const out = wide ? new Uint16Array(3 * indices.length) : new Uint8Array(3 * indices.length);
  tables.forEach(({ first, entries }, c) => {
    const last = entries.length - 1;
    for (let i = 0; i < indices.length; i++) {
      const index = Math.min(last, Math.max(0, (indices[i] ?? 0) - first));
      out[3 * i + c] = entries[index] ?? 0;
    }
  });
  return { samples: out, bits: wide ? 16 : 8 };
}
