/**
 * FLAC (RFC 9639) as exact integers. Audio decoders hand out floating point scaled to full scale, which at 24 bits
 * no longer tells every converter value; signals need the integers.
 */
import { KirchhoffError } from '../../../contract/errors.ts';

export interface FlacSamples {
  bitsPerSample: number;
  /** One array a channel, all of the same length. */
  channels: Int32Array[];
}

function crcTable(bits: 8 | 16, polynomial: number): Uint16Array {
  const top = 1 << (bits - 1);
  const mask = bits === 8 ? 0xff : 0xffff;
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let crc = byte << (bits - 8);
    for (let i = 0; i < 8; i++) crc = ((crc & top) !== 0 ? (crc << 1) ^ polynomial : crc << 1) & mask;
    return crc;
  });
}
// RFC 9639, sections 9.1.8 and 9.3
const CRC8 = crcTable(8, 0x07);
const CRC16 = crcTable(16, 0x8005);

/** Predictors of fixed order 0 to 4 (RFC 9639, section 9.2.5), nearest sample first. */
const FIXED_COEFFICIENTS = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]] as const;

class BitReader {
  readonly bytes: Uint8Array;
  readonly fileName: string;
  at: number;
  #bit = 0;

  constructor(bytes: Uint8Array, at: number, fileName: string) {
    this.bytes = bytes;
    this.at = at;
    this.fileName = fileName;
  }

  truncated(): KirchhoffError {
    return new KirchhoffError(
      'file-truncated',
      'The compressed samples end here.',
      `${this.fileName} byte ${Math.min(this.at, this.bytes.length)}`,
    );
  }

  invalid(what: string): KirchhoffError {
    return new KirchhoffError('header-invalid', what, `${this.fileName} byte ${this.at}`);
  }

  /** Up to 32 bits, most significant first. */
  unsigned(count: number): number {
    let value = 0;
    let left = count;
    while (left > 0) {
      const byte = this.bytes[this.at];
      if (byte === undefined) throw this.truncated();
      const take = Math.min(left, 8 - this.#bit);
      const part = (byte >> (8 - this.#bit - take)) & ((1 << take) - 1);
      value = value * 2 ** take + part;
      this.#bit += take;
      left -= take;
      if (this.#bit === 8) {
        this.#bit = 0;
        this.at++;
      }
    }
    return value;
  }

  signed(count: number): number {
    if (count === 0) return 0;
    const value = this.unsigned(count);
    return value >= 2 ** (count - 1) ? value - 2 ** count : value;
  }

  /** Zero bits before the next one. */
  unary(): number {
    let zeros = 0;
    for (;;) {
      const byte = this.bytes[this.at];
      if (byte === undefined) throw this.truncated();
      const rest = (byte << this.#bit) & 0xff;
      if (rest === 0) {
        zeros += 8 - this.#bit;
        this.#bit = 0;
        this.at++;
        continue;
      }
      const here = Math.clz32(rest) - 24;
      zeros += here;
      this.#bit += here + 1;
      if (this.#bit === 8) {
        this.#bit = 0;
        this.at++;
      }
      return zeros;
    }
  }

  align(): void {
    if (this.#bit > 0) {
      this.#bit = 0;
      this.at++;
    }
  }
}

/** Section 9.2.7: residual coded by Rice's method, written behind the warm-up samples. */
function readResidual(bits: BitReader, into: Float64Array, blockSize: number, order: number): void {
  const method = bits.unsigned(2);
  if (method > 1) throw bits.invalid('The residual is coded in a way that FLAC does not have.');
  const parameterBits = method === 0 ? 4 : 5;
  const unfolded = 2 ** parameterBits - 1;
  const partitionOrder = bits.unsigned(4);
  const partitions = 2 ** partitionOrder;
  const perPartition = blockSize / partitions;
  if (!Number.isInteger(perPartition) || perPartition < order) {
    throw bits.invalid('The residual is cut into parts that do not fit the block.');
  }
  let at = order;
  for (let partition = 0; partition < partitions; partition++) {
    const end = (partition + 1) * perPartition;
    const parameter = bits.unsigned(parameterBits);
    if (parameter === unfolded) {
      const width = bits.unsigned(5);
      for (; at < end; at++) into[at] = bits.signed(width);
    } else {
      for (; at < end; at++) {
        const folded = bits.unary() * 2 ** parameter + bits.unsigned(parameter);
        into[at] = folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
      }
    }
  }
}

function predict(
  samples: Float64Array,
  blockSize: number,
  coefficients: readonly number[],
  shift: number,
): void {
  const order = coefficients.length;
  const scale = 2 ** shift;
  for (let i = order; i < blockSize; i++) {
    let sum = 0;
    // Below 2^53: at most 32 products of 33-bit samples and 15-bit coefficients.
    for (let j = 0; j < order; j++) sum += coefficients[j]! * samples[i - 1 - j]!;
    samples[i] = samples[i]! + Math.floor(sum / scale);
  }
}

/** Section 9.2. */
function readSubframe(bits: BitReader, blockSize: number, bitsPerSample: number): Float64Array {
  if (bits.unsigned(1) !== 0) throw bits.invalid('A subframe does not begin with a zero bit.');
  const type = bits.unsigned(6);
  const wasted = bits.unsigned(1) === 1 ? bits.unary() + 1 : 0;
  const width = bitsPerSample - wasted;
  if (width < 1) throw bits.invalid('A subframe has no bits left for its samples.');
  const samples = new Float64Array(blockSize);
  if (type === 0) {
    samples.fill(bits.signed(width));
  } else if (type === 1) {
    for (let i = 0; i < blockSize; i++) samples[i] = bits.signed(width);
  } else if (type >= 8 && type <= 12) {
    const coefficients = FIXED_COEFFICIENTS[type - 8]!;
    if (coefficients.length > blockSize) throw bits.invalid('A predictor is longer than its block.');
    for (let i = 0; i < coefficients.length; i++) samples[i] = bits.signed(width);
    readResidual(bits, samples, blockSize, coefficients.length);
    predict(samples, blockSize, coefficients, 0);
  } else if (type >= 32) {
    const order = type - 31;
    if (order > blockSize) throw bits.invalid('A predictor is longer than its block.');
    for (let i = 0; i < order; i++) samples[i] = bits.signed(width);
    const precision = bits.unsigned(4) + 1;
    const shift = bits.signed(5);
    if (precision === 16 || shift < 0) throw bits.invalid('A predictor has no valid precision.');
    const coefficients = Array.from({ length: order }, () => bits.signed(precision));
    readResidual(bits, samples, blockSize, order);
    predict(samples, blockSize, coefficients, shift);
  } else {
    throw bits.invalid('A subframe is of a type that FLAC does not have.');
  }
  if (wasted > 0) {
    const scale = 2 ** wasted;
    for (let i = 0; i < blockSize; i++) samples[i]! *= scale;
  }
  return samples;
}

const BITS_OF_CODE: Readonly<Record<number, number>> = { 1: 8, 2: 12, 4: 16, 5: 20, 6: 24, 7: 32 };

function blockSizeOf(code: number, bits: BitReader): number {
  if (code === 0) throw bits.invalid('A frame has no block size.');
  if (code === 1) return 192;
  if (code <= 5) return 144 * 2 ** code;
  if (code === 6) return bits.unsigned(8) + 1;
  if (code === 7) return bits.unsigned(16) + 1;
  return 2 ** code;
}

/** One frame (section 9): its samples by channel, left and right where they were coded as sums and differences. */
function readFrame(bits: BitReader, channels: number, streamBits: number): Float64Array[] {
  const start = bits.at;
  if (bits.unsigned(15) !== 0x7ffc) throw bits.invalid('No frame of FLAC begins here.');
  bits.unsigned(1);
  const blockCode = bits.unsigned(4);
  const rateCode = bits.unsigned(4);
  const channelCode = bits.unsigned(4);
  const sizeCode = bits.unsigned(3);
  bits.unsigned(1);
  // The frame or sample number, coded like UTF-8.
  const lead = bits.unsigned(8);
  if (lead >= 0x80) {
    const following = Math.clz32((~lead & 0xff) << 24) - 1;
    if (following < 1 || following > 6) throw bits.invalid('A frame has no valid number.');
    for (let i = 0; i < following; i++) bits.unsigned(8);
  }
  const blockSize = blockSizeOf(blockCode, bits);
  if (rateCode === 12) bits.unsigned(8);
  else if (rateCode === 13 || rateCode === 14) bits.unsigned(16);
  else if (rateCode === 15) throw bits.invalid('A frame has no valid sampling rate.');
  let crc = 0;
  for (let i = start; i < bits.at; i++) crc = CRC8[crc ^ bits.bytes[i]!]!;
  if (bits.unsigned(8) !== crc) throw bits.invalid('The checksum of a frame header differs.');

  const bitsPerSample = sizeCode === 0 ? streamBits : BITS_OF_CODE[sizeCode];
  const stereo = channelCode >= 8;
  if (
    bitsPerSample !== streamBits ||
    channelCode > 10 ||
    (stereo ? channels !== 2 : channels !== channelCode + 1)
  ) {
    throw bits.invalid('A frame differs from the stream in channels or bits.');
  }
  const side = channelCode === 8 || channelCode === 10 ? 1 : channelCode === 9 ? 0 : -1;
  const samples = Array.from({ length: channels }, (_, channel) =>
    readSubframe(bits, blockSize, streamBits + (channel === side ? 1 : 0)),
  );
  bits.align();
  crc = 0;
  for (let i = start; i < bits.at; i++) crc = CRC16[(crc >> 8) ^ bits.bytes[i]!]! ^ ((crc << 8) & 0xffff);
  if (bits.unsigned(16) !== crc) throw bits.invalid('The checksum of a frame differs.');

  if (stereo) {
    const [first, second] = [samples[0]!, samples[1]!];
    for (let i = 0; i < blockSize; i++) {
      const [a, b] = [first[i]!, second[i]!];
      if (channelCode === 8) second[i] = a - b;
      else if (channelCode === 9) first[i] = a + b;
      else {
        const sum = 2 * a + (b & 1);
        first[i] = (sum + b) / 2;
        second[i] = (sum - b) / 2;
      }
    }
  }
  return samples;
}

/**
 * @param start first byte of the stream
 * @param mostSamples of a channel; what lies behind is not decoded
 * @throws KirchhoffError naming the byte: `header-invalid`, `file-truncated`, `format-unsupported`
 */
export function decodeFlac(
  bytes: Uint8Array,
  start: number,
  mostSamples: number,
  fileName: string,
): FlacSamples {
  const bits = new BitReader(bytes, start, fileName);
  if (bits.unsigned(32) !== 0x664c6143) throw bits.invalid('The signal file is no FLAC stream.');
  let stream: { channels: number; bitsPerSample: number; samples: number } | null = null;
  for (let last = false; !last; ) {
    last = bits.unsigned(1) === 1;
    const type = bits.unsigned(7);
    const length = bits.unsigned(24);
    const next = bits.at + length;
    if (next > bytes.length) throw bits.truncated();
    if (type === 0 && length >= 34) {
      bits.at += 10;
      bits.unsigned(20);
      const channels = bits.unsigned(3) + 1;
      const bitsPerSample = bits.unsigned(5) + 1;
      stream = { channels, bitsPerSample, samples: bits.unsigned(4) * 2 ** 32 + bits.unsigned(32) };
    }
    bits.at = next;
  }
  if (stream === null) throw bits.invalid('The stream does not say what it holds.');
  const { channels, bitsPerSample } = stream;
  if (bitsPerSample < 4) throw bits.invalid('The stream has fewer than 4 bits a sample.');

  const wanted = stream.samples === 0 ? mostSamples : Math.min(mostSamples, stream.samples);
  let decoded = 0;
  // Blocks are gathered as 32-bit integers, so that a lying length costs nothing before the samples are there.
  const parts: Int32Array[][] = Array.from({ length: channels }, () => []);
  while (decoded < wanted && bits.at < bytes.length) {
    const frame = readFrame(bits, channels, bitsPerSample);
    for (const [channel, samples] of frame.entries()) parts[channel]!.push(Int32Array.from(samples));
    decoded += frame[0]!.length;
  }
  const length = Math.min(decoded, wanted);
  return {
    bitsPerSample,
    channels: parts.map((pieces) => {
      const whole = new Int32Array(length);
      let at = 0;
      for (const piece of pieces) {
        whole.set(piece.subarray(0, length - at), at);
        at = Math.min(length, at + piece.length);
      }
      return whole;
    }),
  };
}
