/**
 * XLI, the compression of Philips XML: for each lead a chunk of LZW with 10-bit codes, which unfolds to the high
 * and then the low bytes of second differences.
 */
import { KirchhoffError } from '../../../contract/errors.ts';

const CODE_BITS = 10;
/** 1023 ends a chunk. */
const LAST_CODE = 2 ** CODE_BITS - 2;
const CHUNK_HEADER_BYTES = 8;

/** LZW without a code that clears the table; bits most significant first. */
function unfolded(chunk: Uint8Array, mostBytes: number): Uint8Array {
  const strings: Uint8Array[] = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
  const out: number[] = [];
  let previous: Uint8Array | null = null;
  let bits = 0;
  let held = 0;
  for (const byte of chunk) {
    held = (held << 8) | byte;
    bits += 8;
    if (bits < CODE_BITS) continue;
    bits -= CODE_BITS;
    const code = held >> bits;
    held &= (1 << bits) - 1;
    if (code > LAST_CODE) break;
    let string = strings[code];
    if (string === undefined) {
      // The one code that is not there yet is the string that is about to be added.
      if (previous === null || code !== strings.length) return Uint8Array.from(out);
      string = Uint8Array.of(...previous, previous[0]!);
    }
    if (previous !== null && strings.length <= LAST_CODE) {
      strings.push(Uint8Array.of(...previous, string[0]!));
    }
    for (const each of string) out.push(each);
    previous = string;
    if (out.length >= mostBytes) break;
  }
  return Uint8Array.from(out);
}

function integrated(bytes: Uint8Array, first: number): Int16Array {
  const count = Math.ceil(bytes.length / 2);
  const samples = new Int16Array(count);
  for (let i = 0; i < count; i++) samples[i] = (bytes[i]! << 8) | (bytes[count + i] ?? 0);
  let last = first;
  for (let i = 2; i < count; i++) {
    const value = 2 * samples[i - 1]! - samples[i - 2]! - last;
    last = samples[i]! - 64;
    samples[i] = value;
  }
  return samples;
}

/**
 * @param leads chunks that must be there
 * @param samplesALead no more than these are kept
 * @param at where the data stand, for messages
 * @throws KirchhoffError `file-truncated`
 */
export function decodeXli(data: Uint8Array, leads: number, samplesALead: number, at: string): Int16Array[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let offset = 0;
  return Array.from({ length: leads }, (_, lead) => {
    const size = offset + CHUNK_HEADER_BYTES <= data.length ? view.getUint32(offset, true) : Number.NaN;
    const start = offset + CHUNK_HEADER_BYTES;
    if (!(start + size <= data.length)) {
      throw new KirchhoffError('file-truncated', `The compressed samples end in lead ${lead + 1}.`, at);
    }
    const first = view.getInt16(offset + 6, true);
    offset = start + size;
    const samples = integrated(unfolded(data.subarray(start, start + size), samplesALead * 2), first);
    if (samples.length < samplesALead) {
      throw new KirchhoffError(
        'file-truncated',
        `Lead ${lead + 1} has ${samples.length} samples, not ${samplesALead}.`,
        at,
      );
    }
    return samples.subarray(0, samplesALead);
  });
}
