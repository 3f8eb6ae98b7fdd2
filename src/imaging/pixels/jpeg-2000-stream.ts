/** The size marker of a JPEG 2000 code stream (ITU-T T.800 A.5.1), HTJ2K (T.814) included. */
import { KirchhoffError } from '../../contract/errors.ts';

export interface Jpeg2000Size {
  width: number;
  height: number;
  components: number;
  bits: number;
  signed: boolean;
  /** Code stream without the boxes of a JP2 file around it. */
  code: Uint8Array;
}

/**
 * @param expected the size that the header of the file gives. A stream whose only tile has that size but whose own
 *   size is another one has a damaged size, which is mended from the tile's.
 * @throws KirchhoffError `format-unknown` where no code stream begins, `file-truncated` within its size marker
 */
export function readJpeg2000Size(
  data: Uint8Array,
  expected: { width: number; height: number },
  at: string,
): Jpeg2000Size {
  const start = codeStreamStart(data);
  if (start < 0) throw new KirchhoffError('format-unknown', 'The data are not JPEG 2000.', at);
  let code = data.subarray(start);
  if (code.length < 45) {
    throw new KirchhoffError('file-truncated', 'The JPEG 2000 data end within their size.', at);
  }
  let view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  const tile = { width: view.getUint32(24), height: view.getUint32(28) };
  const oneTile = tile.width === expected.width && tile.height === expected.height;
  const differs = view.getUint32(8) !== expected.width || view.getUint32(12) !== expected.height;
  if (oneTile && differs && view.getUint32(16) === 0 && view.getUint32(20) === 0) {
    code = code.slice();
    view = new DataView(code.buffer);
    view.setUint16(6, 0);
    view.setUint32(8, expected.width);
    view.setUint32(12, expected.height);
  }
  const components = view.getUint16(40);
  for (let c = 0; c < components && 44 + 3 * c < code.length; c++) {
    if (code[43 + 3 * c] === 0 || code[44 + 3 * c] === 0) {
      throw new KirchhoffError('value-out-of-range', 'A JPEG 2000 component has no sampling distance.', at);
    }
  }
  const depth = code[42] ?? 0;
  return {
    width: view.getUint32(8) - view.getUint32(16),
    height: view.getUint32(12) - view.getUint32(20),
    components,
    bits: (depth & 0x7f) + 1,
    signed: depth >> 7 === 1,
    code,
  };
}

/** SOC followed by SIZ, at the start or within the boxes of a JP2 file. */
function codeStreamStart(data: Uint8Array): number {
  const last = Math.min(data.length - 4, 65536);
  for (let i = 0; i <= last; i++) {
    if (data[i] === 0xff && data[i + 1] === 0x4f && data[i + 2] === 0xff && data[i + 3] === 0x51) return i;
    // Anything but a box header at the start is no JP2 file.
    if (i === 0 && !(data[4] === 0x6a && data[5] === 0x50)) return -1;
  }
  return -1;
}
