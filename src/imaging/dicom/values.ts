/** Values of elements: texts, numbers, dates, names. What cannot be read is null, never guessed. */
import type { PersonName } from '../../contract/imaging.ts';
import { decodeText, type TextKind } from './character-sets.ts';
import type { DataSet, DicomElement } from './data-set.ts';

/** One value however many backslashes it holds (PS3.5 6.2). */
const SINGLE_TEXT = new Set(['LT', 'ST', 'UT', 'UR']);

function kindOf(element: DicomElement): TextKind {
  if (element.vr === 'PN') return 'person-names';
  return SINGLE_TEXT.has(element.vr) ? 'text' : 'values';
}

/** All values of a text element, padding taken off; empty where absent. */
export function textsOf(dataSet: DataSet, tag: number): string[] {
  const element = dataSet.elements.get(tag);
  if (element === undefined || element.value.length === 0) return [];
  const kind = kindOf(element);
  const text = decodeText(element.value, dataSet.characterSets, kind);
  const parts = kind === 'text' ? [text] : text.split('\\');
  return parts.map((part) => part.replace(/[\0\s]+$/, '').replace(/^ +/, ''));
}

/** The first value; null where absent or empty. */
export function textOf(dataSet: DataSet, tag: number): string | null {
  const text = textsOf(dataSet, tag)[0];
  return text === undefined || text === '' ? null : text;
}

/** The numbers of an element, binary (US, FD, …) or in decimal text (DS, IS); those that are none are NaN. */
export function numbersOf(dataSet: DataSet, tag: number): number[] {
  const element = dataSet.elements.get(tag);
  if (element === undefined) return [];
  return numbersIn(element, dataSet.littleEndian) ?? textsOf(dataSet, tag).map(decimal);
}

/** The first number; null where absent or none. */
export function numberOf(dataSet: DataSet, tag: number): number | null {
  const number = numbersOf(dataSet, tag)[0];
  return number === undefined || !Number.isFinite(number) ? null : number;
}

function decimal(text: string): number {
  const trimmed = text.trim();
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(trimmed) ? Number(trimmed) : Number.NaN;
}

const WIDTHS: Record<string, number> = { US: 2, SS: 2, UL: 4, SL: 4, FL: 4, FD: 8, OW: 2, SV: 8, UV: 8 };
const MOST_NUMBERS = 1 << 20;

/** Binary numbers of an element by its representation; null for representations of text. */
function numbersIn(element: DicomElement, littleEndian: boolean): number[] | null {
  const { vr, value } = element;
  const width = WIDTHS[vr];
  if (width === undefined) return null;
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const count = Math.min(MOST_NUMBERS, Math.floor(value.length / width));
  return Array.from({ length: count }, (_, index) => {
    const at = index * width;
    switch (vr) {
      case 'SS':
        return view.getInt16(at, littleEndian);
      case 'UL':
        return view.getUint32(at, littleEndian);
      case 'SL':
        return view.getInt32(at, littleEndian);
      case 'FL':
        return view.getFloat32(at, littleEndian);
      case 'FD':
        return view.getFloat64(at, littleEndian);
      case 'SV':
        return Number(view.getBigInt64(at, littleEndian));
      case 'UV':
        return Number(view.getBigUint64(at, littleEndian));
      default:
        return view.getUint16(at, littleEndian);
    }
  });
}

/** A DA value, or the date of a DT, as `2001-12-31`; old files part it by dots. */
export function dateOf(dataSet: DataSet, tag: number): string | null {
  const match = /^(\d{4})[.-]?(\d{2})?[.-]?(\d{2})?/.exec(textOf(dataSet, tag) ?? '');
  if (match === null) return null;
  const [, year, month, day] = match;
  if (month === undefined) return year ?? null;
  if (Number(month) < 1 || Number(month) > 12) return null;
  if (day === undefined) return `${year}-${month}`;
  return Number(day) < 1 || Number(day) > 31 ? null : `${year}-${month}-${day}`;
}

/** A TM value as `13:05:59`, as far as it goes; old files part it by colons. */
export function timeOf(dataSet: DataSet, tag: number): string | null {
  const match = /^(\d{2}):?(\d{2})?:?(\d{2})?/.exec(textOf(dataSet, tag) ?? '');
  if (match === null || Number(match[1]) > 23) return null;
  return match
    .slice(1)
    .filter((part) => part !== undefined)
    .join(':');
}

/** An AS value (`018M`, `45Y`) in years. */
export function ageYearsOf(dataSet: DataSet, tag: number): number | null {
  const match = /^(\d{1,3})([DWMY])?$/.exec(textOf(dataSet, tag) ?? '');
  if (match === null) return null;
  const count = Number(match[1]);
  switch (match[2]) {
    case 'D':
      return count / 365.25;
    case 'W':
      return (count * 7) / 365.25;
    case 'M':
      return count / 12;
    case 'Y':
      return count;
    default:
      // Without its unit a number cannot be told from days.
      return null;
  }
}

/** A PN value (PS3.5 6.2.1). */
export function personNameOf(dataSet: DataSet, tag: number): PersonName | null {
  const text = textOf(dataSet, tag);
  if (text === null) return null;
  const [alphabetic = '', ideographic = '', phonetic = ''] = text.split('=');
  const [family = '', given = '', middle = '', prefix = '', suffix = ''] = alphabetic
    .split('^')
    .map((part) => part.trim());
  const joined = (group: string): string =>
    group
      .split('^')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .join(' ');
  return {
    family,
    given,
    middle,
    prefix,
    suffix,
    ideographic: joined(ideographic),
    phonetic: joined(phonetic),
  };
}
