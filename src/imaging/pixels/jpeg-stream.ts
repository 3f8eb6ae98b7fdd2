/** The marker segments of a JPEG code stream (ITU-T T.81 annex B), JPEG-LS (T.87) included. */
import { KirchhoffError } from '../../contract/errors.ts';

export interface JpegComponent {
  id: number;
  horizontal: number;
  vertical: number;
  quantisation: number;
}

export interface HuffmanTable {
  /** Codes of each length 1 to 16. */
  counts: Uint8Array;
  /** Symbols in order of code. */
  symbols: Uint8Array;
}

export interface JpegScan {
  components: { index: number; dc: number; ac: number }[];
  /** Ss: first coefficient, or the predictor of a lossless scan. */
  start: number;
  /** Se. */
  end: number;
  /** Ah: successive approximation, high. */
  high: number;
  /** Al: successive approximation, low, or the point transform of a lossless scan. */
  low: number;
  /** Byte of the first entropy-coded byte. */
  data: number;
  restartInterval: number;
  huffmanDc: readonly (HuffmanTable | null)[];
  huffmanAc: readonly (HuffmanTable | null)[];
}

export interface JpegStream {
  /** The SOF marker's low byte: 0xc0 baseline, 0xc1 extended, 0xc2 progressive, 0xc3 lossless, 0xf7 JPEG-LS. */
  frame: number;
  precision: number;
  width: number;
  height: number;
  components: JpegComponent[];
  quantisation: readonly (Uint16Array | null)[];
  scans: JpegScan[];
  /** Colour transform of Adobe's APP14: 0 none, 1 YCbCr, 2 YCCK; null without the marker. */
  adobeTransform: number | null;
  jfif: boolean;
  /** Dots a centimetre or inch as JFIF says; null where it gives a ratio only. */
  density: { x: number; y: number; unit: 'inch' | 'centimetre' } | null;
  /** Orientation of Exif (1 to 8); 1 where absent. */
  orientation: number;
}

const isFrame = (marker: number): boolean =>
  (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) ||
  marker === 0xf7;

/**
 * Reads all segments up to EOI or the end.
 * @throws KirchhoffError `format-unknown` where it does not begin as JPEG, `value-out-of-range` for segments that
 *   do not hold together, `file-truncated` where no frame or scan begins
 */
export function readJpegStream(code: Uint8Array, at: string): JpegStream {
  if (code[0] !== 0xff || code[1] !== 0xd8) {
    throw new KirchhoffError('format-unknown', 'The data are not JPEG: the start marker is missing.', at);
  }
  const bad = (byte: number, what: string): KirchhoffError =>
    new KirchhoffError('value-out-of-range', what, `${at} byte ${byte} of the JPEG data`);
  const quantisation: (Uint16Array | null)[] = [null, null, null, null];
  const huffmanDc: (HuffmanTable | null)[] = [null, null, null, null];
  const huffmanAc: (HuffmanTable | null)[] = [null, null, null, null];
  const scans: JpegScan[] = [];
  let head: Pick<JpegStream, 'frame' | 'precision' | 'width' | 'height' | 'components'> | null = null;
  let adobeTransform: number | null = null;
  let jfif = false;
  let density: JpegStream['density'] = null;
  let orientation = 1;
  let restartInterval = 0;
  const u16 = (byte: number): number => ((code[byte] ?? 0) << 8) | (code[byte + 1] ?? 0);
  let position = 2;
  while (position + 4 <= code.length) {
    if (code[position] !== 0xff) {
      position++;
      continue;
    }
    const marker = code[position + 1] ?? 0;
    if (marker === 0xff || marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd8)) {
      position += marker === 0xff ? 1 : 2;
      continue;
    }
    if (marker === 0xd9) break;
    const length = u16(position + 2);
    const from = position + 4;
    const to = position + 2 + length;
    if (length < 2 || to > code.length) {
      if (head !== null && scans.length > 0) break;
      throw bad(position, 'A JPEG segment is longer than the data.');
    }
    if (isFrame(marker)) {
      const count = code[from + 5] ?? 0;
      if (to - from < 6 + 3 * count || count < 1 || count > 4)
        throw bad(position, 'The JPEG frame header is broken.');
      if (head === null) {
        head = {
          frame: marker,
          precision: code[from] ?? 0,
          height: u16(from + 1),
          width: u16(from + 3),
          components: Array.from({ length: count }, (_, i) => {
            const c = from + 6 + 3 * i;
            const sampling = code[c + 1] ?? 0;
            return {
              id: code[c] ?? 0,
              horizontal: sampling >> 4,
              vertical: sampling & 15,
              quantisation: code[c + 2] ?? 0,
            };
          }),
        };
      }
    } else if (marker === 0xdb) {
      for (let byte = from; byte < to; ) {
        const wide = (code[byte] ?? 0) >> 4 !== 0;
        const id = (code[byte] ?? 0) & 15;
        byte++;
        if (id > 3 || byte + (wide ? 128 : 64) > to)
          throw bad(position, 'A JPEG quantisation table is broken.');
        quantisation[id] = Uint16Array.from({ length: 64 }, (_, i) =>
          wide ? u16(byte + 2 * i) : (code[byte + i] ?? 0),
        );
        byte += wide ? 128 : 64;
      }
    } else if (marker === 0xc4) {
      for (let byte = from; byte < to; ) {
        const kind = code[byte] ?? 0;
        const counts = code.slice(byte + 1, byte + 17);
        const total = counts.reduce((sum, n) => sum + n, 0);
        if ((kind & 15) > 3 || kind >> 4 > 1 || total > 256 || byte + 17 + total > to) {
          throw bad(position, 'A JPEG Huffman table is broken.');
        }
        const table = { counts, symbols: code.slice(byte + 17, byte + 17 + total) };
        (kind >> 4 === 0 ? huffmanDc : huffmanAc)[kind & 15] = table;
        byte += 17 + total;
      }
    } else if (marker === 0xdd) {
      restartInterval = u16(from);
    } else if (marker === 0xe0 && text(code, from, 4) === 'JFIF') {
      jfif = true;
      const unit = code[from + 7];
      const [x, y] = [u16(from + 8), u16(from + 10)];
      if ((unit === 1 || unit === 2) && x > 0 && y > 0) {
        density = { x, y, unit: unit === 1 ? 'inch' : 'centimetre' };
      }
    } else if (marker === 0xe1 && text(code, from, 4) === 'Exif') {
      orientation = exifOrientation(code.subarray(from + 6, to));
    } else if (marker === 0xee && text(code, from, 5) === 'Adobe' && to - from >= 12) {
      adobeTransform = code[from + 11] ?? 0;
    } else if (marker === 0xda) {
      if (head === null) throw bad(position, 'The JPEG data have a scan before their frame header.');
      const count = code[from] ?? 0;
      if (count < 1 || count > 4 || to - from < 4 + 2 * count)
        throw bad(position, 'A JPEG scan header is broken.');
      const { components } = head;
      const tail = from + 1 + 2 * count;
      scans.push({
        components: Array.from({ length: count }, (_, i) => {
          const id = code[from + 1 + 2 * i];
          const tables = code[from + 2 + 2 * i] ?? 0;
          const index = components.findIndex((component) => component.id === id);
          if (index < 0) throw bad(position, 'A JPEG scan names a component that the frame lacks.');
          return { index, dc: (tables >> 4) & 3, ac: tables & 3 };
        }),
        start: code[tail] ?? 0,
        end: code[tail + 1] ?? 0,
        high: (code[tail + 2] ?? 0) >> 4,
        low: (code[tail + 2] ?? 0) & 15,
        data: to,
        restartInterval,
        huffmanDc: [...huffmanDc],
        huffmanAc: [...huffmanAc],
      });
    }
    position = to;
    if (marker === 0xda) {
      // Past the entropy-coded bytes: to the next marker that is neither stuffing nor restart.
      while (position + 1 < code.length) {
        const next = code[position + 1] ?? 0;
        if (code[position] === 0xff && next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) break;
        position++;
      }
    }
  }
  if (head === null) {
    throw new KirchhoffError('file-truncated', 'The JPEG data end before their frame header.', at);
  }
  if (scans.length === 0) throw new KirchhoffError('file-truncated', 'The JPEG data hold no scan.', at);
  return { ...head, quantisation, scans, adobeTransform, jfif, density, orientation };
}

function text(code: Uint8Array, from: number, length: number): string {
  return String.fromCharCode(...code.subarray(from, from + length));
}

/** Tag 0x0112 of the first directory of the TIFF header within Exif. */
function exifOrientation(tiff: Uint8Array): number {
  if (tiff.length < 14) return 1;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const littleEndian = tiff[0] === 0x49;
  const directory = view.getUint32(4, littleEndian);
  if (directory + 2 > tiff.length) return 1;
  const count = view.getUint16(directory, littleEndian);
  for (let i = 0; i < count; i++) {
    const entry = directory + 2 + 12 * i;
    if (entry + 12 > tiff.length) break;
    if (view.getUint16(entry, littleEndian) !== 0x0112) continue;
    const value = view.getUint16(entry + 8, littleEndian);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}
