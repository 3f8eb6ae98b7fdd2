/** Huffman decoding of JPEG's entropy-coded segments (ITU-T T.81 annexes C and F.2.2). */
import { KirchhoffError } from '../../contract/errors.ts';
import type { HuffmanTable } from './jpeg-stream.ts';

const LOOK_BITS = 9;

/** A table made ready: short codes by look-up, longer ones by the bounds of their length. */
export interface HuffmanCode {
  /** By the next 9 bits: length << 8 | symbol; 0 where the code is longer. */
  look: Uint16Array;
  /** Largest code of each length, -1 where there is none; and what to add for the index of its symbol. */
  maxCode: Int32Array;
  offset: Int32Array;
  symbols: Uint8Array;
}

export function huffmanCode(table: HuffmanTable): HuffmanCode {
  const look = new Uint16Array(1 << LOOK_BITS);
  const maxCode = new Int32Array(18).fill(-1);
  const offset = new Int32Array(18);
  let code = 0;
  let index = 0;
  for (let length = 1; length <= 16; length++) {
    const count = table.counts[length - 1] ?? 0;
    offset[length] = index - code;
    for (let i = 0; i < count; i++, code++, index++) {
      if (length > LOOK_BITS) continue;
      const first = code << (LOOK_BITS - length);
      const entry = (length << 8) | (table.symbols[index] ?? 0);
      for (let k = 0; k < 1 << (LOOK_BITS - length); k++) look[first + k] = entry;
    }
    maxCode[length] = count > 0 ? code - 1 : -1;
    code <<= 1;
  }
  return { look, maxCode, offset, symbols: table.symbols };
}

/** Bits of one scan. Beyond its end, at a marker, they are zeros, and `exhausted` tells how many were made up. */
export class BitReader {
  /** Zero bits handed out that the data do not hold. */
  exhausted = 0;
  private readonly code: Uint8Array;
  private position: number;
  private bits = 0;
  private held = 0;

  constructor(code: Uint8Array, position: number) {
    this.code = code;
    this.position = position;
  }

  private fill(): void {
    while (this.held <= 24) {
      let byte = this.code[this.position];
      if (byte === undefined) {
        byte = 0;
        this.exhausted += 8;
      } else if (byte === 0xff) {
        const next = this.code[this.position + 1];
        if (next === 0) this.position += 2;
        else {
          byte = 0;
          this.exhausted += 8;
        }
      } else this.position++;
      this.bits |= byte << (24 - this.held);
      this.held += 8;
    }
  }

  /** `count` bits, 0 to 16, as an unsigned number. */
  take(count: number): number {
    if (count === 0) return 0;
    if (this.held < count) this.fill();
    const value = this.bits >>> (32 - count);
    this.bits <<= count;
    this.held -= count;
    return value;
  }

  /** The next symbol of a code; -1 where the bits are no code. */
  symbol(code: HuffmanCode): number {
    if (this.held < 16) this.fill();
    const entry = code.look[this.bits >>> (32 - LOOK_BITS)] ?? 0;
    if (entry !== 0) {
      const length = entry >> 8;
      this.bits <<= length;
      this.held -= length;
      return entry & 255;
    }
    for (let length = LOOK_BITS + 1; length <= 16; length++) {
      const value = this.bits >>> (32 - length);
      if (value <= (code.maxCode[length] ?? -1)) {
        this.bits <<= length;
        this.held -= length;
        return code.symbols[value + (code.offset[length] ?? 0)] ?? -1;
      }
    }
    return -1;
  }

  /** A difference of `size` bits, sign extended (T.81 F.2.2.1). */
  difference(size: number): number {
    if (size === 0) return 0;
    const value = this.take(size);
    return value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
  }

  /** Drops the rest of a byte and steps over the restart marker that must follow; false where none does. */
  restart(): boolean {
    this.bits = 0;
    this.held = 0;
    this.exhausted = 0;
    // Whole bytes that were read ahead were never past a marker, so the marker is still ahead.
    while (this.position + 1 < this.code.length) {
      const next = this.code[this.position + 1] ?? 0;
      if (this.code[this.position] === 0xff && next !== 0 && next !== 0xff) {
        if (next < 0xd0 || next > 0xd7) return false;
        this.position += 2;
        return true;
      }
      this.position++;
    }
    return false;
  }
}

/** How much may be made up at the end of a scan: what the reader looks ahead, and a little that old writers drop. */
export const TOLERATED_MISSING_BITS = 4096;

export function scanTruncated(at: string): KirchhoffError {
  return new KirchhoffError('file-truncated', 'The JPEG data end before the image does.', at);
}

export function brokenCode(at: string): KirchhoffError {
  return new KirchhoffError('value-out-of-range', 'The JPEG data hold a code that their tables lack.', at);
}
