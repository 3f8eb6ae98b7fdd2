/** Which bytes of encapsulated pixel data belong to which frame (PS3.5 A.4): offset tables, fragments, guesses. */
import type { DataSet, DicomElement, Fragment } from '../dicom/data-set.ts';

const EXTENDED_OFFSET_TABLE = 0x7fe00001;
const EXTENDED_OFFSET_TABLE_LENGTHS = 0x7fe00002;

/**
 * The coded bytes of each frame, at most `frames` of them; fewer where the file holds fewer. Fragments of a frame
 * are joined; a frame of one fragment is a view.
 */
export function encapsulatedFrames(dataSet: DataSet, element: DicomElement, frames: number): Uint8Array[] {
  const fragments = element.fragments ?? [];
  if (fragments.length === 0) return [];
  if (frames === 1) return [join(fragments)];
  const starts = offsetsOf(dataSet, element, fragments);
  if (starts !== null && starts.length >= 2) {
    const groups = groupByOffsets(fragments, starts);
    if (groups !== null) return withLengths(dataSet, groups).slice(0, frames);
  }
  if (fragments.length === frames) return fragments.map((fragment) => fragment.bytes);
  // More fragments than frames and no table: a frame begins where a code stream does.
  const groups: Fragment[][] = [];
  for (const fragment of fragments) {
    const last = groups.at(-1);
    if (last === undefined || beginsCodeStream(fragment.bytes)) groups.push([fragment]);
    else last.push(fragment);
  }
  return groups.slice(0, frames).map(join);
}

/** Byte of each frame's first fragment header, from that of the first fragment; null without a table. */
function offsetsOf(dataSet: DataSet, element: DicomElement, fragments: readonly Fragment[]): number[] | null {
  const extended = dataSet.elements.get(EXTENDED_OFFSET_TABLE)?.value;
  if (extended !== undefined && extended.length >= 8) {
    const view = new DataView(extended.buffer, extended.byteOffset, extended.byteLength);
    const count = Math.min(fragments.length, Math.floor(extended.length / 8));
    return Array.from({ length: count }, (_, i) => Number(view.getBigUint64(8 * i, dataSet.littleEndian)));
  }
  const basic = element.value;
  if (basic.length < 4) return null;
  const view = new DataView(basic.buffer, basic.byteOffset, basic.byteLength);
  const count = Math.min(fragments.length, Math.floor(basic.length / 4));
  return Array.from({ length: count }, (_, i) => view.getUint32(4 * i, dataSet.littleEndian));
}

/** Null where an offset points at no fragment: the table then lies and is passed over. */
function groupByOffsets(fragments: readonly Fragment[], starts: readonly number[]): Fragment[][] | null {
  const indexOf = new Map(fragments.map((fragment, index) => [fragment.offset, index]));
  const firsts: number[] = [];
  for (const start of starts) {
    const index = indexOf.get(start);
    const last = firsts.at(-1);
    if (index === undefined || (last !== undefined && index <= last)) return null;
    firsts.push(index);
  }
  if (firsts[0] !== 0) return null;
  return firsts.map((first, i) => fragments.slice(first, firsts[i + 1] ?? fragments.length));
}

function withLengths(dataSet: DataSet, groups: readonly Fragment[][]): Uint8Array[] {
  const lengths = dataSet.elements.get(EXTENDED_OFFSET_TABLE_LENGTHS)?.value;
  const view = lengths && new DataView(lengths.buffer, lengths.byteOffset, lengths.byteLength);
  return groups.map((group, index) => {
    const bytes = join(group);
    if (view === undefined || view.byteLength < 8 * (index + 1)) return bytes;
    const length = Number(view.getBigUint64(8 * index, dataSet.littleEndian));
    return length > 0 && length < bytes.length ? bytes.subarray(0, length) : bytes;
  });
}

/** SOI of JPEG and JPEG-LS, SOC of JPEG 2000; RLE streams never come in several fragments (PS3.5 A.4.2). */
function beginsCodeStream(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && (bytes[1] === 0xd8 || bytes[1] === 0x4f);
}

function join(fragments: readonly Fragment[]): Uint8Array {
  const [first] = fragments;
  if (fragments.length === 1 && first !== undefined) return first.bytes;
  const bytes = new Uint8Array(fragments.reduce((sum, fragment) => sum + fragment.bytes.length, 0));
  let at = 0;
  for (const fragment of fragments) {
    bytes.set(fragment.bytes, at);
    at += fragment.bytes.length;
  }
  return bytes;
}
