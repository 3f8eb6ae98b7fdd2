/** Writes small DICOM files for tests: explicit VR, sequences, fragments, whatever lengths a test asks for. */
import type { Vr } from '../src/imaging/dicom/value-representation.ts';
import { hasLongForm } from '../src/imaging/dicom/value-representation.ts';

export interface WrittenElement {
  tag: number;
  vr: Vr;
  value:
    | string
    | Uint8Array
    | readonly number[]
    | { items: WrittenElement[][] }
    | { fragments: Uint8Array[] };
}

const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function word(value: number, bytes: 2 | 4, littleEndian: boolean): Uint8Array {
  const out = new Uint8Array(bytes);
  const view = new DataView(out.buffer);
  if (bytes === 2) view.setUint16(0, value, littleEndian);
  else view.setUint32(0, value, littleEndian);
  return out;
}

function numbers(vr: Vr, values: readonly number[], littleEndian: boolean): Uint8Array {
  const width = { US: 2, SS: 2, OW: 2, UL: 4, SL: 4, FL: 4, OF: 4, FD: 8, OD: 8, OB: 1 }[vr as string] ?? 2;
  const out = new Uint8Array(values.length * width);
  const view = new DataView(out.buffer);
  values.forEach((value, i) => {
    const at = i * width;
    if (width === 1) view.setUint8(at, value);
    else if (vr === 'FL' || vr === 'OF') view.setFloat32(at, value, littleEndian);
    else if (vr === 'FD' || vr === 'OD') view.setFloat64(at, value, littleEndian);
    else if (width === 2) view.setUint16(at, value & 0xffff, littleEndian);
    else view.setUint32(at, value >>> 0, littleEndian);
  });
  return out;
}

function tagBytes(tag: number, littleEndian: boolean): Uint8Array {
  return joined([word(tag >>> 16, 2, littleEndian), word(tag & 0xffff, 2, littleEndian)]);
}

function element({ tag, vr, value }: WrittenElement, littleEndian: boolean): Uint8Array {
  const letters = bytesOf(vr);
  const head = (length: number): Uint8Array =>
    hasLongForm(vr)
      ? joined([tagBytes(tag, littleEndian), letters, new Uint8Array(2), word(length, 4, littleEndian)])
      : joined([tagBytes(tag, littleEndian), letters, word(length, 2, littleEndian)]);
  const item = (length: number): Uint8Array =>
    joined([tagBytes(0xfffee000, littleEndian), word(length, 4, littleEndian)]);
  if (typeof value === 'object' && 'items' in value) {
    const items = value.items.map((elements) => {
      const content = joined(elements.map((inner) => element(inner, littleEndian)));
      return joined([item(content.length), content]);
    });
    const content = joined(items);
    return joined([head(content.length), content]);
  }
  if (typeof value === 'object' && 'fragments' in value) {
    const parts = value.fragments.map((fragment) => {
      const even = joined([fragment, new Uint8Array(fragment.length % 2)]);
      return joined([item(even.length), even]);
    });
    const end = joined([tagBytes(0xfffee0dd, littleEndian), new Uint8Array(4)]);
    return joined([head(0xffffffff), item(0), ...parts, end]);
  }
  let content: Uint8Array;
  if (typeof value === 'string') content = bytesOf(value.length % 2 === 0 ? value : `${value} `);
  else if (value instanceof Uint8Array) content = joined([value, new Uint8Array(value.length % 2)]);
  else {
    const plain = numbers(vr, value, littleEndian);
    content = joined([plain, new Uint8Array(plain.length % 2)]);
  }
  return joined([head(content.length), content]);
}

/** Elements, sorted by tag, without preamble and meta header. */
export function writeDataSet(elements: readonly WrittenElement[], littleEndian = true): Uint8Array {
  const sorted = [...elements].sort((a, b) => a.tag - b.tag);
  return joined(sorted.map((each) => element(each, littleEndian)));
}

/** A file with preamble, meta header and data set. */
export function writeDicom(
  elements: readonly WrittenElement[],
  transferSyntaxUid = EXPLICIT_LITTLE_ENDIAN,
): Uint8Array {
  const meta = element({ tag: 0x00020010, vr: 'UI', value: uid(transferSyntaxUid) }, true);
  const littleEndian = transferSyntaxUid !== '1.2.840.10008.1.2.2';
  return joined([new Uint8Array(128), bytesOf('DICM'), meta, writeDataSet(elements, littleEndian)]);
}

const uid = (text: string): string => (text.length % 2 === 0 ? text : `${text}\0`);

/** The attributes of an image; those given last hold. */
export function imageElements(
  image: {
    rows: number;
    columns: number;
    bitsAllocated: number;
    bitsStored?: number;
    highBit?: number;
    signed?: boolean;
    photometric?: string;
    samples?: number;
    planar?: boolean;
    frames?: number;
  },
  pixels: WrittenElement,
  ...more: WrittenElement[]
): WrittenElement[] {
  const stored = image.bitsStored ?? image.bitsAllocated;
  const us = (tag: number, value: number): WrittenElement => ({ tag, vr: 'US', value: [value] });
  const own = new Set(more.map(({ tag }) => tag));
  const plain: WrittenElement[] = [
    { tag: 0x00080016, vr: 'UI', value: uid('1.2.840.10008.5.1.4.1.1.7') },
    us(0x00280002, image.samples ?? 1),
    { tag: 0x00280004, vr: 'CS', value: image.photometric ?? 'MONOCHROME2' },
    us(0x00280006, image.planar ? 1 : 0),
    { tag: 0x00280008, vr: 'IS', value: String(image.frames ?? 1) },
    us(0x00280010, image.rows),
    us(0x00280011, image.columns),
    us(0x00280100, image.bitsAllocated),
    us(0x00280101, stored),
    us(0x00280102, image.highBit ?? stored - 1),
    us(0x00280103, image.signed ? 1 : 0),
  ];
  return [...plain.filter(({ tag }) => !own.has(tag)), ...more, pixels];
}
