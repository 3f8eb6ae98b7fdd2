/** Samples as they lie in the bits of a file, before any meaning is given to them. */
import type { PixelArray } from '../../contract/imaging.ts';

export interface SampleForm {
  bitsAllocated: number;
  bitsStored: number;
  highBit: number;
  signed: boolean;
}

/** An array that holds `count` samples of `bits` bits. */
export function sampleArray(count: number, bits: number, signed: boolean): PixelArray {
  if (bits <= 8) return signed ? new Int8Array(count) : new Uint8Array(count);
  if (bits <= 16) return signed ? new Int16Array(count) : new Uint16Array(count);
  return signed ? new Int32Array(count) : new Uint32Array(count);
}

/** Takes the stored bits out of an allocated cell: shift down to bit 0, mask, extend the sign. */
function extractor(form: SampleForm): (cell: number) => number {
  const shift = form.highBit + 1 - form.bitsStored;
  const spare = 32 - form.bitsStored;
  return form.signed
    ? (cell) => ((cell >>> shift) << spare) >> spare
    : (cell) => ((cell >>> shift) << spare) >>> spare;
}

/** Cells of `bitsAllocated` bits each into samples; `cells` is turned over in place of meaning only where needed. */
export function samplesFromCells(cells: PixelArray, form: SampleForm): PixelArray {
  const samples = sampleArray(cells.length, form.bitsStored, form.signed);
  const extract = extractor(form);
  for (let i = 0; i < cells.length; i++) samples[i] = extract(cells[i] ?? 0);
  return samples;
}

export interface CellLayout {
  bitsAllocated: number;
  littleEndian: boolean;
  /** In big endian files, whether cells below 16 bits lie in words whose bytes are turned (OW, PS3.5 annex D). */
  inWords: boolean;
}

/**
 * `count` unsigned cells from the bit `firstBit` on. Cells of 8, 16 and 32 bits are bytes in file order; others are
 * packed without gaps, first cell in the lowest bits (PS3.5 8.1.1).
 */
export function cellsAt(bytes: Uint8Array, firstBit: number, count: number, layout: CellLayout): PixelArray {
  const { bitsAllocated, littleEndian } = layout;
  const turned = !littleEndian && layout.inWords && bitsAllocated < 16;
  const first = firstBit >>> 0 === firstBit ? firstBit >>> 3 : Math.floor(firstBit / 8);
  if (bitsAllocated === 8) {
    if (!turned) return bytes.slice(first, first + count);
    const cells = new Uint8Array(count);
    for (let i = 0; i < count; i++) cells[i] = bytes[(first + i) ^ 1] ?? 0;
    return cells;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bitsAllocated === 16) {
    const cells = new Uint16Array(count);
    for (let i = 0; i < count; i++) cells[i] = view.getUint16(first + 2 * i, littleEndian);
    return cells;
  }
  if (bitsAllocated === 32) {
    const cells = new Uint32Array(count);
    for (let i = 0; i < count; i++) cells[i] = view.getUint32(first + 4 * i, littleEndian);
    return cells;
  }
  const cells = sampleArray(count, bitsAllocated, false);
  const byteAt = (index: number): number => bytes[turned ? index ^ 1 : index] ?? 0;
  let byte = first;
  let bit = firstBit - 8 * first;
  for (let i = 0; i < count; i++) {
    let value = 0;
    for (let got = 0; got < bitsAllocated; ) {
      const take = Math.min(bitsAllocated - got, 8 - bit);
      const part = (byteAt(byte) >>> bit) & ((1 << take) - 1);
      value += part * 2 ** got;
      got += take;
      bit += take;
      if (bit === 8) {
        bit = 0;
        byte++;
      }
    }
    cells[i] = value;
  }
  return cells;
}

/** Float (32) or Double Float (64) Pixel Data. */
export function floatsAt(
  bytes: Uint8Array,
  firstByte: number,
  count: number,
  bits: 32 | 64,
  littleEndian: boolean,
): Float32Array | Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bits === 32) {
    return Float32Array.from({ length: count }, (_, i) => view.getFloat32(firstByte + 4 * i, littleEndian));
  }
  return Float64Array.from({ length: count }, (_, i) => view.getFloat64(firstByte + 8 * i, littleEndian));
}

/** Planes one after the other into samples of a pixel together. */
export function interleaved(planes: PixelArray, samplesPerPixel: number): PixelArray {
  const count = planes.length / samplesPerPixel;
  const out = planes.slice();
  for (let s = 0; s < samplesPerPixel; s++) {
    for (let i = 0; i < count; i++) out[i * samplesPerPixel + s] = planes[s * count + i] ?? 0;
  }
  return out;
}
