/** Huffman tables of SCP-ECG (EN 1064:2005, clause 5.5 and annex C.3). */
import { KirchhoffError } from '../../../contract/errors.ts';
import type { SectionReader } from './sections.ts';

interface Code {
  /** A value, or 1 + the number of the table to go on with. */
  kind: 'value' | 'literal' | 'table';
  value: number;
  /** Bits of the signed number that follows a `literal`. */
  literalBits: number;
}

/** Codes by length and bits; the first bit of a code is the lowest of its number. */
type Table = ReadonlyMap<number, Code>[];

/** The section names this number instead of tables. */
const DEFAULT_TABLE = 19_999;
const MAXIMUM_TABLES = 64;
const MAXIMUM_CODES = 1024;

function tableOf(
  codes: readonly { prefixBits: number; totalBits: number; switches: boolean; value: number; code: number }[],
): Table {
  const table: Map<number, Code>[] = [];
  for (const { prefixBits, totalBits, switches, value, code } of codes) {
    const literalBits = totalBits - prefixBits;
    table[prefixBits] ??= new Map();
    table[prefixBits].set(code, {
      kind: switches ? 'table' : literalBits > 0 ? 'literal' : 'value',
      value,
      literalBits,
    });
  }
  return table;
}

/** Annex C.3.7: 0 is `0`, +n and -n are n + 1 ones, a zero and the sign, ten ones and a bit announce 8 or 16 bits. */
function defaultTable(): Table {
  const codes = [{ prefixBits: 1, totalBits: 1, switches: false, value: 0, code: 0 }];
  for (let n = 1; n <= 8; n++) {
    const bits = n + 2;
    const ones = 2 ** n - 1;
    codes.push({ prefixBits: bits, totalBits: bits, switches: false, value: n, code: ones });
    codes.push({
      prefixBits: bits,
      totalBits: bits,
      switches: false,
      value: -n,
      code: ones + 2 ** (bits - 1),
    });
  }
  codes.push({ prefixBits: 10, totalBits: 18, switches: false, value: 0, code: 2 ** 9 - 1 });
  codes.push({ prefixBits: 10, totalBits: 26, switches: false, value: 0, code: 2 ** 10 - 1 });
  return tableOf(codes);
}

/** @param section 2; where there is none, samples are not compressed and this is null */
export function huffmanTables(section: SectionReader | undefined): Table[] | null {
  if (section === undefined) return null;
  const count = section.u16();
  if (count === DEFAULT_TABLE) return [defaultTable()];
  if (count === 0 || count > MAXIMUM_TABLES) {
    throw new KirchhoffError('value-out-of-range', `There are ${count} Huffman tables.`, section.place());
  }
  return Array.from({ length: count }, () => {
    const codeCount = section.u16();
    if (codeCount > MAXIMUM_CODES) {
      throw new KirchhoffError(
        'value-out-of-range',
        `A Huffman table has ${codeCount} codes.`,
        section.place(),
      );
    }
    const codes = Array.from({ length: codeCount }, () => {
      const at = section.place();
      const prefixBits = section.u8();
      const totalBits = section.u8();
      const mode = section.u8();
      const value = section.i16();
      const code = section.u32();
      const switches = mode === 0;
      const outside = switches && !(value >= 1 && value <= count);
      if (
        prefixBits < 1 ||
        prefixBits > 32 ||
        totalBits < prefixBits ||
        totalBits - prefixBits > 32 ||
        outside
      ) {
        throw new KirchhoffError('value-out-of-range', 'A Huffman code has no valid length or table.', at);
      }
      return { prefixBits, totalBits, switches, value, code };
    });
    return tableOf(codes);
  });
}

/**
 * Up to `most` values of a lead, fewer where the data end.
 * @param at of the data in the file, for messages
 * @throws KirchhoffError `header-invalid` where bits are no code of the table
 */
export function huffmanValues(
  data: Uint8Array,
  tables: readonly Table[],
  most: number,
  at: string,
): Int32Array {
  const values = new Int32Array(Math.min(most, data.length * 8));
  const bitCount = data.length * 8;
  const bit = (i: number) => (data[i >> 3]! >> (7 - (i & 7))) & 1;
  let position = 0;
  let count = 0;
  let table = tables[0]!;
  while (count < values.length && position < bitCount) {
    let number = 0;
    let length = 0;
    let code: Code | undefined;
    while (code === undefined && position < bitCount && length < 32) {
      number += bit(position++) * 2 ** length;
      length++;
      code = table[length]?.get(number);
    }
    if (code === undefined) {
      // The rest of the last byte is filled up with bits that are no code.
      if (position >= bitCount) break;
      throw new KirchhoffError(
        'header-invalid',
        'The samples hold a code that the Huffman table does not have.',
        at,
      );
    }
    if (code.kind === 'table') {
      table = tables[code.value - 1]!;
    } else if (code.kind === 'value') {
      values[count++] = code.value;
    } else {
      if (position + code.literalBits > bitCount) break;
      let literal = bit(position) === 1 ? -1 : 0;
      for (let i = 0; i < code.literalBits; i++) literal = (literal << 1) | bit(position++);
      values[count++] = literal;
    }
  }
  return values.subarray(0, count);
}
