/** Overlay planes (PS3.3 C.9.2), in data of their own or in spare bits of the pixels (retired, still met). */
import type { Overlay, PixelArray } from '../../contract/imaging.ts';
import type { DataSet } from '../dicom/data-set.ts';
import { numberOf, numbersOf, textOf } from '../dicom/values.ts';

/** Overlays larger than this many pixels are passed over. */
const MOST_PIXELS = 2 ** 27;
const DRAWN = {
  rows: 0x10,
  columns: 0x11,
  frames: 0x15,
  description: 0x22,
  kind: 0x40,
  origin: 0x50,
} as const;
const FRAME_ORIGIN = 0x51;
const BITS_ALLOCATED = 0x100;
const BIT_POSITION = 0x102;
const LABEL = 0x1500;
const DATA = 0x3000;

/**
 * The overlays of one frame.
 * @param cells the frame's pixels as allocated, unused bits included; null where they are not at hand
 */
export function overlaysOf(
  dataSet: DataSet,
  frame: number,
  image: { rows: number; columns: number },
  cells: PixelArray | null,
): Overlay[] {
  const overlays: Overlay[] = [];
  for (let group = 0x6000; group <= 0x601e; group += 2) {
    const tag = (element: number): number => group * 65536 + element;
    const height = numberOf(dataSet, tag(DRAWN.rows));
    const width = numberOf(dataSet, tag(DRAWN.columns));
    if (height === null || width === null || height < 1 || width < 1 || height * width > MOST_PIXELS)
      continue;
    const [row = 1, column = 1] = numbersOf(dataSet, tag(DRAWN.origin));
    const first = numberOf(dataSet, tag(FRAME_ORIGIN)) ?? 1;
    const frames = numberOf(dataSet, tag(DRAWN.frames)) ?? 1;
    // One plane without frames of its own lies over every frame.
    const plane = frames > 1 ? frame - (first - 1) : 0;
    if (plane < 0 || plane >= Math.max(1, frames)) continue;
    const data = dataSet.elements.get(tag(DATA));
    let drawn: Uint8Array | null = null;
    if (data !== undefined) {
      const turned = !dataSet.littleEndian && data.vr === 'OW';
      drawn = bitsOf(data.value, plane * height * width, height * width, turned);
    } else {
      const bit = numberOf(dataSet, tag(BIT_POSITION)) ?? 0;
      const allocated = numberOf(dataSet, tag(BITS_ALLOCATED)) ?? 1;
      const embedded = allocated > 1 && bit > 0 && bit < 32 && cells !== null;
      if (embedded && height === image.rows && width === image.columns && cells.length >= height * width) {
        drawn = Uint8Array.from({ length: height * width }, (_, i) => ((cells[i] ?? 0) >>> bit) & 1);
      }
    }
    if (drawn === null) continue;
    overlays.push({
      label: textOf(dataSet, tag(LABEL)) ?? textOf(dataSet, tag(DRAWN.description)) ?? '',
      kind: textOf(dataSet, tag(DRAWN.kind)) === 'R' ? 'roi' : 'graphics',
      width,
      height,
      originRow: row - 1,
      originColumn: column - 1,
      drawn,
    });
  }
  return overlays;
}

/** Null where fewer bits are there than the plane needs. */
function bitsOf(bytes: Uint8Array, first: number, count: number, turned: boolean): Uint8Array | null {
  if (first + count > 8 * bytes.length) return null;
  return Uint8Array.from({ length: count }, (_, i) => {
    const bit = first + i;
    const byte = Math.floor(bit / 8);
    return ((bytes[turned ? byte ^ 1 : byte] ?? 0) >>> (bit - 8 * byte)) & 1;
  });
}
