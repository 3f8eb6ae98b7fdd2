/**
 * Reads DICOM files (PS3.10) and bare data sets into elements. Tolerant of what is met in practice: no preamble,
 * no meta header, a transfer syntax that is missing or not the one in use, sequences and values that are cut off.
 * Bounded for any input: depth, number of elements, inflated size.
 */
import { Inflate } from 'fflate';
import { KirchhoffError } from '../../contract/errors.ts';
import { characterSetsOf } from './character-sets.ts';
import type { DataSet, DicomElement, Fragment } from './data-set.ts';
import {
  checkTime,
  DEEPEST_SEQUENCE,
  LARGEST_FILE_BYTES,
  MOST_ELEMENTS,
  neverStop,
  type ShouldStop,
} from './limits.ts';
import { elementOf, groupOf, isPrivate, tagText } from './tag.ts';
import {
  EXPLICIT_BIG_ENDIAN,
  EXPLICIT_LITTLE_ENDIAN,
  IMPLICIT_LITTLE_ENDIAN,
  type TransferSyntax,
  transferSyntaxOf,
} from './transfer-syntax.ts';
import { hasLongForm, isVr, type Vr, vrOf } from './value-representation.ts';

/** What stopped the reader before the end of the file. */
export interface Incomplete {
  tag: number;
  byte: number;
  code: 'file-truncated' | 'header-invalid';
  message: string;
}

export interface DicomFile {
  fileName: string;
  meta: DataSet;
  dataSet: DataSet;
  transferSyntax: TransferSyntax;
  /** Null where the file was read to its end. Elements before this place are in `dataSet`. */
  incomplete: Incomplete | null;
  /** What was wrong and read over, in sentences. */
  warnings: string[];
}

const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;
const UNDEFINED_LENGTH = 0xffffffff;
const TRANSFER_SYNTAX = 0x00020010;
const SPECIFIC_CHARACTER_SET = 0x00080005;
const PREAMBLE_BYTES = 128;
/** Patient (0010) comes next to identification (0008) and directory (0004). */
const HIGHEST_FIRST_GROUP = 0x10;
const INFLATE_STEP_BYTES = 1 << 16;

/** Whether bytes look like a DICOM file, with or without preamble. Looks at the first 140 bytes only. */
export function looksLikeDicom(bytes: Uint8Array): boolean {
  return hasMagic(bytes, PREAMBLE_BYTES) || hasMagic(bytes, 0) || guessSyntax(bytes, 0) !== null;
}

/**
 * Reads all elements of a file.
 * @throws KirchhoffError `format-unknown` where it is no DICOM, `file-too-large` beyond the product's limits,
 *   `header-invalid` for a deflated data set that does not inflate. A file that is cut off or breaks later does not
 *   throw: it says so in `incomplete`.
 */
export function parseDicom(
  bytes: Uint8Array,
  fileName: string,
  shouldStop: ShouldStop = neverStop,
): DicomFile {
  if (bytes.length > LARGEST_FILE_BYTES) {
    throw new KirchhoffError('file-too-large', 'The file is larger than 1 GiB; it is refused.', fileName);
  }
  const warnings: string[] = [];
  const start = startOf(bytes, warnings);
  const state = { fileName, shouldStop, warnings, elements: 0 };
  const meta = readMeta(bytes, start, state);
  let data = bytes;
  let from = meta.end;
  let syntax = chooseSyntax(bytes, from, meta, warnings, fileName);
  if (syntax.deflated) {
    data = inflate(bytes.subarray(from), fileName, shouldStop);
    from = 0;
    if (guessSyntax(data, 0)?.explicitVr === false) syntax = { ...syntax, explicitVr: false };
  }
  const reader = new DataSetReader(data, syntax, state);
  const dataSet = reader.read(from);
  return {
    fileName,
    meta: meta.dataSet,
    dataSet,
    transferSyntax: syntax,
    incomplete: meta.incomplete ?? reader.incomplete,
    warnings,
  };
}

interface ReadingState {
  fileName: string;
  shouldStop: ShouldStop;
  warnings: string[];
  elements: number;
}

function hasMagic(bytes: Uint8Array, at: number): boolean {
  return (
    bytes.length >= at + 4 &&
    bytes[at] === 0x44 &&
    bytes[at + 1] === 0x49 &&
    bytes[at + 2] === 0x43 &&
    bytes[at + 3] === 0x4d
  );
}

/** Where the meta header or, without one, the data set begins. */
function startOf(bytes: Uint8Array, warnings: string[]): number {
  if (hasMagic(bytes, PREAMBLE_BYTES)) return PREAMBLE_BYTES + 4;
  if (hasMagic(bytes, 0)) {
    warnings.push('The preamble of 128 bytes is missing.');
    return 4;
  }
  warnings.push('The file has no DICOM preamble.');
  return 0;
}

interface Meta {
  dataSet: DataSet;
  end: number;
  transferSyntaxUid: string | null;
  /** Whether the file has the mark `DICM`. */
  marked: boolean;
  incomplete: Incomplete | null;
}

/** Group 0002, explicit little endian by the standard (PS3.10 7.1), implicit where a file has it so. */
function readMeta(bytes: Uint8Array, start: number, state: ReadingState): Meta {
  const guess = bytes.length >= start + 2 && bytes[start] === 2 && bytes[start + 1] === 0;
  if (!guess) {
    return {
      dataSet: emptyDataSet(),
      end: start,
      transferSyntaxUid: null,
      marked: start > 0,
      incomplete: null,
    };
  }
  const explicitVr = guessSyntax(bytes, start)?.explicitVr ?? true;
  const syntax = { ...transferSyntaxOf(EXPLICIT_LITTLE_ENDIAN), explicitVr };
  const reader = new DataSetReader(bytes, syntax, state);
  const dataSet = reader.read(start, (tag) => groupOf(tag) !== 2);
  const uid = dataSet.elements.get(TRANSFER_SYNTAX)?.value;
  return {
    dataSet,
    end: reader.position,
    transferSyntaxUid: uid === undefined ? null : asciiText(uid),
    marked: start > 0,
    incomplete: reader.incomplete,
  };
}

/**
 * The transfer syntax that the file names, corrected by what its first element shows: a declared syntax that the
 * bytes contradict would give nothing but noise.
 */
function chooseSyntax(
  bytes: Uint8Array,
  from: number,
  meta: Meta,
  warnings: string[],
  fileName: string,
): TransferSyntax {
  const uid = meta.transferSyntaxUid;
  const declared = uid === null || uid === '' ? null : transferSyntaxOf(uid);
  if (declared?.deflated) return declared;
  const seen = guessSyntax(bytes, from);
  if (declared === null) {
    if (seen === null) {
      // With its mark it is DICOM, cut off or broken: the reader tells where.
      if (meta.marked) return transferSyntaxOf(EXPLICIT_LITTLE_ENDIAN);
      throw new KirchhoffError(
        'format-unknown',
        'This is not a DICOM file: it has neither the DICOM mark nor a readable first element.',
        `${fileName} byte ${from}`,
      );
    }
    warnings.push('The transfer syntax is missing; it was taken from the first element.');
    return transferSyntaxOf(
      seen.explicitVr
        ? seen.littleEndian
          ? EXPLICIT_LITTLE_ENDIAN
          : EXPLICIT_BIG_ENDIAN
        : IMPLICIT_LITTLE_ENDIAN,
    );
  }
  // Data sets begin with a low group; only such a one is proof of the other byte order.
  const proven = Math.max(bytes[from] ?? 0, bytes[from + 1] ?? 0) <= HIGHEST_FIRST_GROUP;
  if (
    seen !== null &&
    (proven || seen.littleEndian === declared.littleEndian) &&
    (seen.explicitVr !== declared.explicitVr || seen.littleEndian !== declared.littleEndian)
  ) {
    warnings.push(
      `The data set is not written in the transfer syntax that the file names (${declared.uid}).`,
    );
    return { ...declared, ...seen };
  }
  return declared;
}

/** How an element at a place is written, from its group number and letters; null where it cannot be one. */
function guessSyntax(
  bytes: Uint8Array,
  at: number,
): Pick<TransferSyntax, 'explicitVr' | 'littleEndian'> | null {
  if (bytes.length < at + 8) return null;
  const [b0 = 0, b1 = 0] = [bytes[at], bytes[at + 1]];
  // Data sets begin with a low group: 0002, 0004 or 0008; exceptionally another one below 0100.
  const littleEndian = b1 === 0;
  if (!littleEndian && b0 !== 0) return null;
  if (b0 === 0 && b1 === 0) return null;
  const letters = String.fromCharCode(bytes[at + 4] ?? 0, bytes[at + 5] ?? 0);
  if (isVr(letters)) return { explicitVr: true, littleEndian };
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 8);
  const tag = ((view.getUint16(0, littleEndian) << 16) | view.getUint16(2, littleEndian)) >>> 0;
  const length = view.getUint32(4, littleEndian);
  const known = vrOf(tag) !== 'UN' || isPrivate(tag);
  const fits = length === UNDEFINED_LENGTH || length <= bytes.length - at - 8;
  return known && fits && groupOf(tag) <= 0x0100 ? { explicitVr: false, littleEndian } : null;
}

function emptyDataSet(): DataSet {
  return { byte: 0, elements: new Map(), littleEndian: true, characterSets: [] };
}

function asciiText(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 64))
    .replace(/\0[\s\S]*$/, '')
    .trim();
}

/** Raw deflate (PS3.5 A.5) in steps, refused once it grows beyond the limit. */
function inflate(packed: Uint8Array, fileName: string, shouldStop: ShouldStop): Uint8Array {
  const chunks: Uint8Array[] = [];
  let total = 0;
  const inflater = new Inflate((chunk) => {
    chunks.push(chunk);
    total += chunk.length;
    if (total > LARGEST_FILE_BYTES) {
      throw new KirchhoffError(
        'file-too-large',
        'The deflated data set grows beyond 1 GiB; it is refused.',
        fileName,
      );
    }
  });
  let at = 0;
  try {
    for (; at < packed.length; at += INFLATE_STEP_BYTES) {
      checkTime(shouldStop, fileName);
      inflater.push(packed.subarray(at, at + INFLATE_STEP_BYTES), at + INFLATE_STEP_BYTES >= packed.length);
    }
  } catch (thrown) {
    if (thrown instanceof KirchhoffError) throw thrown;
    // What was inflated until then is read; the cut shows where it ends.
    if (total === 0 && packed.length >= 8) {
      throw new KirchhoffError(
        'header-invalid',
        'The deflated data set cannot be inflated.',
        `${fileName} byte ${at}`,
      );
    }
  }
  const data = new Uint8Array(total);
  let end = 0;
  for (const chunk of chunks) {
    data.set(chunk, end);
    end += chunk.length;
  }
  return data;
}

/** Walks the elements of one data set. */
class DataSetReader {
  /** The byte after what was read. */
  position = 0;
  incomplete: Incomplete | null = null;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly syntax: TransferSyntax;
  private readonly state: ReadingState;

  constructor(bytes: Uint8Array, syntax: TransferSyntax, state: ReadingState) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.syntax = syntax;
    this.state = state;
  }

  /** Reads from a byte to the end, or until `until` holds for a tag, which is not read. */
  read(from: number, until?: (tag: number) => boolean): DataSet {
    this.position = from;
    const { explicitVr, littleEndian } = this.syntax;
    return this.readDataSet(this.bytes.length, 0, { explicitVr, littleEndian }, [], until);
  }

  private readDataSet(
    end: number,
    depth: number,
    form: Form,
    inherited: readonly string[],
    until?: (tag: number) => boolean,
  ): DataSet {
    const dataSet: DataSet = {
      byte: depth === 0 ? this.position : this.position - 8,
      elements: new Map(),
      littleEndian: form.littleEndian,
      characterSets: inherited,
    };
    while (this.position < end && this.incomplete === null) {
      const byte = this.position;
      if (end - byte < 8) {
        if (this.bytes.subarray(byte, end).some((b) => b !== 0)) {
          this.stop(0, byte, 'file-truncated', 'The file ends within the head of an element.');
        }
        this.position = end;
        break;
      }
      const tag = this.tagAt(byte, form);
      if (tag === ITEM_END) {
        this.position = byte + 8;
        // Within an item of undefined length it closes the item; elsewhere it means nothing.
        if (depth > 0) break;
        continue;
      }
      if (tag === SEQUENCE_END) {
        // The sequence closes while its item is open: the sequence's own reader takes it.
        if (depth > 0) break;
        this.position = byte + 8;
        continue;
      }
      if (until?.(tag)) break;
      if (tag === 0 && this.onlyZerosFrom(byte, end)) {
        this.position = end;
        break;
      }
      const element = this.readElement(tag, end, depth, form, dataSet);
      if (element === null) break;
      if (dataSet.elements.has(tag)) {
        this.warnOnce(`An attribute occurs twice in a data set; the first holds: ${tagText(tag)}.`);
      } else {
        dataSet.elements.set(tag, element);
      }
      if (tag === SPECIFIC_CHARACTER_SET) dataSet.characterSets = characterSetsOf(element.value);
    }
    return dataSet;
  }

  private readElement(
    tag: number,
    end: number,
    depth: number,
    form: Form,
    within: DataSet,
  ): DicomElement | null {
    const byte = this.position;
    this.count(tag, byte);
    const head = this.headAt(byte, tag, form, end);
    if (head === null) {
      this.stop(tag, byte, 'file-truncated', 'The file ends within the head of an element.');
      return null;
    }
    const { vr, length, valueAt } = head;
    const element: DicomElement = {
      tag,
      vr,
      byte: valueAt,
      value: this.bytes.subarray(valueAt, valueAt),
      items: null,
      fragments: null,
    };
    this.position = valueAt;
    const undefinedLength = length === UNDEFINED_LENGTH;
    if (undefinedLength && isFragmented(vr, head.explicit, tag)) {
      this.readFragments(element, end, form);
      return element;
    }
    if (vr === 'SQ' || undefinedLength) {
      // An unknown sequence of undefined length is written implicitly, whatever is around it (PS3.5 6.2.2).
      const inner = vr === 'UN' && head.explicit ? this.formOfUnknown(valueAt, form) : form;
      element.vr = 'SQ';
      const stop = undefinedLength ? end : Math.min(end, valueAt + length);
      if (!undefinedLength && valueAt + length > end) {
        this.warnOnce(`A sequence says that it is longer than what holds it: ${tagText(tag)}.`);
      }
      element.items = this.readItems(tag, stop, undefinedLength, depth + 1, inner, within.characterSets);
      if (!undefinedLength && this.incomplete === null) this.position = stop;
      return element;
    }
    const available = Math.min(length, end - valueAt);
    element.value = this.bytes.subarray(valueAt, valueAt + available);
    this.position = valueAt + available;
    if (available < length) {
      this.stop(
        tag,
        valueAt,
        'file-truncated',
        `The value should have ${length} bytes, ${available} are there.`,
      );
    }
    return element;
  }

  private readItems(
    sequence: number,
    end: number,
    undefinedLength: boolean,
    depth: number,
    form: Form,
    inherited: readonly string[],
  ): DataSet[] {
    const items: DataSet[] = [];
    if (depth > DEEPEST_SEQUENCE) {
      throw new KirchhoffError(
        'header-invalid',
        `Sequences lie within each other more than ${DEEPEST_SEQUENCE} deep; the file is refused.`,
        `${this.state.fileName} ${tagText(sequence)} byte ${this.position}`,
      );
    }
    while (this.position < end && this.incomplete === null) {
      const byte = this.position;
      if (end - byte < 8) {
        this.stop(sequence, byte, 'file-truncated', 'The file ends within a sequence.');
        break;
      }
      let inner = form;
      let tag = this.tagAt(byte, form);
      if (tag !== ITEM && tag !== SEQUENCE_END) {
        // Some writers turn the bytes of a nested private sequence but not of what is around it.
        const turned = { ...form, littleEndian: !form.littleEndian };
        const other = this.tagAt(byte, turned);
        if (other === ITEM || other === SEQUENCE_END) {
          inner = turned;
          tag = other;
        }
      }
      if (tag === SEQUENCE_END) {
        this.position = byte + 8;
        return items;
      }
      if (tag === ITEM_END) {
        this.position = byte + 8;
        continue;
      }
      if (tag !== ITEM) {
        if (undefinedLength) {
          this.stop(
            sequence,
            byte,
            'header-invalid',
            `A sequence has ${tagText(tag)} where an item must begin.`,
          );
        } else {
          this.warnOnce(`A sequence holds no items: ${tagText(sequence)}.`);
          this.position = end;
        }
        break;
      }
      this.count(tag, byte);
      const length = this.view.getUint32(byte + 4, inner.littleEndian);
      this.position = byte + 8;
      const stop = length === UNDEFINED_LENGTH ? end : Math.min(end, this.position + length);
      if (length !== UNDEFINED_LENGTH && this.position + length > end) {
        this.warnOnce(`An item says that it is longer than its sequence: ${tagText(sequence)}.`);
      }
      items.push(this.readDataSet(stop, depth, inner, inherited));
      if (length !== UNDEFINED_LENGTH && this.incomplete === null) this.position = stop;
    }
    if (undefinedLength && this.incomplete === null) {
      this.warnOnce(`A sequence is not closed: ${tagText(sequence)}.`);
    }
    return items;
  }

  private readFragments(element: DicomElement, end: number, form: Form): void {
    const fragments: Fragment[] = [];
    element.fragments = fragments;
    let first = -1;
    let hasTable = false;
    while (this.position < end) {
      const byte = this.position;
      if (end - byte < 8) {
        this.stop(element.tag, byte, 'file-truncated', 'The file ends between fragments of the pixel data.');
        return;
      }
      const tag = this.tagAt(byte, form);
      const length = this.view.getUint32(byte + 4, form.littleEndian);
      this.position = byte + 8;
      if (tag === SEQUENCE_END) return;
      if (tag !== ITEM) {
        this.position = byte;
        this.stop(
          element.tag,
          byte,
          'header-invalid',
          `The pixel data have ${tagText(tag)} where a fragment must begin.`,
        );
        return;
      }
      this.count(tag, byte);
      const available = Math.min(length, end - this.position);
      const bytes = this.bytes.subarray(this.position, this.position + available);
      this.position += available;
      if (!hasTable) {
        hasTable = true;
        element.value = bytes;
      } else {
        if (first < 0) first = byte;
        fragments.push({ offset: byte - first, bytes });
      }
      if (available < length) {
        this.stop(
          element.tag,
          byte,
          'file-truncated',
          `A fragment should have ${length} bytes, ${available} are there.`,
        );
        return;
      }
    }
    this.warnOnce('The pixel data are not closed.');
  }

  private tagAt(byte: number, form: Form): number {
    const group = this.view.getUint16(byte, form.littleEndian);
    return ((group << 16) | this.view.getUint16(byte + 2, form.littleEndian)) >>> 0;
  }

  /** Representation and length of an element whose tag is at `byte`; null where the data end within it. */
  private headAt(byte: number, tag: number, form: Form, end: number): Head | null {
    const { littleEndian } = form;
    if (form.explicitVr) {
      const letters = String.fromCharCode(this.bytes[byte + 4] ?? 0, this.bytes[byte + 5] ?? 0);
      if (isVr(letters)) {
        if (!hasLongForm(letters)) {
          const length = this.view.getUint16(byte + 6, littleEndian);
          return { vr: letters, length, valueAt: byte + 8, explicit: true };
        }
        if (end - byte < 12) return null;
        const length = this.view.getUint32(byte + 8, littleEndian);
        return { vr: letters, length, valueAt: byte + 12, explicit: true };
      }
      if (/^[A-Z]{2}$/.test(letters)) {
        // A representation newer than this reader has the long form (PS3.5 7.1.2, note).
        this.warnOnce(`An attribute has the unknown value representation ${letters}: ${tagText(tag)}.`);
        if (end - byte < 12) return null;
        const length = this.view.getUint32(byte + 8, littleEndian);
        if (length <= end - byte - 12) return { vr: 'UN', length, valueAt: byte + 12, explicit: true };
        const short = this.view.getUint16(byte + 6, littleEndian);
        return { vr: vrOf(tag), length: short, valueAt: byte + 8, explicit: true };
      }
      if (letters === '  ' || letters === '\0\0' || letters === '??' || letters === '--') {
        const short = this.view.getUint16(byte + 6, littleEndian);
        const implicit = this.view.getUint32(byte + 4, littleEndian);
        if (letters !== '\0\0' && short <= end - byte - 8 && implicit > end - byte - 8) {
          this.warnOnce(`An attribute has no value representation: ${tagText(tag)}.`);
          return { vr: vrOf(tag), length: short, valueAt: byte + 8, explicit: true };
        }
      }
      this.warnOnce(`An attribute lacks its value representation and is read without: ${tagText(tag)}.`);
    }
    const length = this.view.getUint32(byte + 4, littleEndian);
    return { vr: vrOf(tag), length, valueAt: byte + 8, explicit: false };
  }

  /** Items of an unknown sequence are implicit by the standard; some writers leave them as all around. */
  private formOfUnknown(valueAt: number, form: Form): Form {
    const implicit = { explicitVr: false, littleEndian: true };
    if (valueAt + 16 > this.bytes.length) return implicit;
    const letters = String.fromCharCode(this.bytes[valueAt + 12] ?? 0, this.bytes[valueAt + 13] ?? 0);
    return isVr(letters) ? form : implicit;
  }

  private onlyZerosFrom(byte: number, end: number): boolean {
    for (let at = byte; at < end; at++) if (this.bytes[at] !== 0) return false;
    return true;
  }

  private count(tag: number, byte: number): void {
    this.state.elements++;
    if (this.state.elements > MOST_ELEMENTS) {
      throw new KirchhoffError(
        'file-too-large',
        `The file holds more than ${MOST_ELEMENTS} elements; it is refused.`,
        `${this.state.fileName} ${tagText(tag)} byte ${byte}`,
      );
    }
    if ((this.state.elements & 1023) === 0) checkTime(this.state.shouldStop, this.state.fileName);
  }

  private stop(tag: number, byte: number, code: Incomplete['code'], message: string): void {
    this.incomplete ??= { tag, byte, code, message };
  }

  private warnOnce(text: string): void {
    const { warnings } = this.state;
    if (warnings.length < 50 && !warnings.includes(text)) warnings.push(text);
  }
}

interface Form {
  explicitVr: boolean;
  littleEndian: boolean;
}

interface Head {
  vr: Vr;
  length: number;
  valueAt: number;
  explicit: boolean;
}

/** Whether undefined length means fragments rather than items. */
function isFragmented(vr: Vr, explicit: boolean, tag: number): boolean {
  if (tag === 0x7fe00010) return true;
  return explicit && (vr === 'OB' || vr === 'OW') && elementOf(tag) !== 0;
}
