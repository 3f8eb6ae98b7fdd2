/** Rows and numbers of delimited text. */
import type { DelimitedTextMapping } from '../../../contract/delimited-text.ts';

export type Delimiter = DelimitedTextMapping['delimiter'];
export type DecimalMark = DelimitedTextMapping['decimalMark'];

/** The fields of a line, without quotes and blanks around them; several blanks are one delimiter. */
export function fieldsOf(line: string, delimiter: Delimiter): string[] {
  const fields = delimiter === ' ' ? line.trim().split(/ +/) : line.split(delimiter);
  return fields.map((field) => {
    const bare = field.trim();
    return /^(["']).*\1$/.test(bare) ? bare.slice(1, -1).trim() : bare;
  });
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/;
const NO_VALUE = /^(nan|na|n\/a|-|)$/i;

/** NaN where the field says that there is no value, null where it is no number. */
export function numberOf(field: string, decimalMark: DecimalMark): number | null {
  const text = decimalMark === ',' ? field.replace(',', '.') : field;
  if (NUMBER.test(text)) return Number(text);
  return NO_VALUE.test(field) ? Number.NaN : null;
}

/** Digits behind the decimal mark, at most 12; an exponent moves it. */
export function decimalsOf(field: string, decimalMark: DecimalMark): number {
  const [mantissa, exponent] = field.toLowerCase().split('e');
  const mark = mantissa!.indexOf(decimalMark);
  const digits = mark === -1 ? 0 : mantissa!.length - mark - 1;
  return Math.max(0, Math.min(12, digits - Number(exponent ?? 0)));
}

export function linesOf(text: string): string[] {
  return text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
}
