/** RLE Lossless (PS3.5 annex G): byte planes packed as in TIFF's PackBits. */
import { KirchhoffError } from '../../contract/errors.ts';

const HEADER_BYTES = 64;
const MOST_SEGMENTS = 15;
/** Two bytes of code give 128 bytes at most. */
const MOST_EXPANSION = 64;

/**
 * Unpacks one frame.
 * @param pixels rows × columns
 * @param bytesPerSample 1 to 4
 * @returns samples of a pixel together, each little endian
 * @throws KirchhoffError `value-out-of-range` for a header that does not fit, `file-truncated` for a short segment
 */
export function decodeRle(
  frame: Uint8Array,
  pixels: number,
  samplesPerPixel: number,
  bytesPerSample: number,
  at: string,
): Uint8Array {
  const planes = samplesPerPixel * bytesPerSample;
  if (frame.length < HEADER_BYTES) {
    throw new KirchhoffError('file-truncated', 'The RLE header of 64 bytes is cut off.', at);
  }
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const segments = view.getUint32(0, true);
  if (segments !== planes || segments > MOST_SEGMENTS) {
    throw new KirchhoffError(
      'value-out-of-range',
      `The RLE data have ${segments} segments; pixels of ${planes} bytes need ${planes}.`,
      at,
    );
  }
  if (pixels * planes > MOST_EXPANSION * frame.length) {
    throw new KirchhoffError('file-truncated', 'The RLE data are too short for the size of the image.', at);
  }
  const out = new Uint8Array(pixels * planes);
  for (let segment = 0; segment < segments; segment++) {
    const start = view.getUint32(4 + 4 * segment, true);
    const next = segment + 1 < segments ? view.getUint32(8 + 4 * segment, true) : frame.length;
    if (start < HEADER_BYTES || start > frame.length || next < start) {
      throw new KirchhoffError(
        'value-out-of-range',
        `RLE segment ${segment + 1} lies outside the frame.`,
        at,
      );
    }
    // Segments hold the most significant byte of a sample first.
    const sample = Math.floor(segment / bytesPerSample);
    const byte = bytesPerSample - 1 - (segment % bytesPerSample);
    const filled = unpack(
      frame.subarray(start, Math.min(next, frame.length)),
      out,
      sample * bytesPerSample + byte,
      planes,
      pixels,
    );
    if (filled < pixels) {
      throw new KirchhoffError(
        'file-truncated',
        `RLE segment ${segment + 1} gives ${filled} of ${pixels} bytes.`,
        at,
      );
    }
  }
  return out;
}

function unpack(code: Uint8Array, out: Uint8Array, first: number, step: number, count: number): number {
  let done = 0;
  let to = first;
  for (let at = 0; at < code.length && done < count; ) {
    const control = code[at++] ?? 0;
    if (control === 128) continue;
    const repeated = control > 128;
    const wanted = repeated ? 257 - control : control + 1;
    const available = repeated ? (at < code.length ? wanted : 0) : Math.min(wanted, code.length - at);
    const length = Math.min(available, count - done);
    for (let i = 0; i < length; i++, to += step) out[to] = code[repeated ? at : at + i] ?? 0;
    done += length;
    at += repeated ? 1 : wanted;
  }
  return done;
}
