/**
 * Sequential DCT JPEG of 8 and 12 bits, Huffman coded (ITU-T T.81 annexes A and F: baseline and extended). The
 * product uses it for 12 bits, which libjpeg-turbo's 8-bit build does not read.
 */
import { KirchhoffError } from '../../contract/errors.ts';
import { checkTime, type ShouldStop } from '../dicom/limits.ts';
import {
  BitReader,
  brokenCode,
  type HuffmanCode,
  huffmanCode,
  scanTruncated,
  TOLERATED_MISSING_BITS,
} from './jpeg-entropy.ts';
import type { JpegScan, JpegStream } from './jpeg-stream.ts';
import type { CodedSamples } from './wasm-codecs.ts';

/** Place in the 8 by 8 block of the k-th coefficient (T.81 figure A.6). */
const ZIGZAG = new Uint8Array([
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46,
  53, 60, 61, 54, 47, 55, 62, 63,
]);

/** cos(k π / 16) / 2, k from 0 to 8; the first divided by √2 as well. */
const HALF_COSINES = [
  0.35355339059327373, 0.4903926402016152, 0.46193976625564337, 0.4157348061512726, 0.35355339059327373,
  0.2777851165098011, 0.19134171618254492, 0.09754516100806417, 0,
];

/** Basis of the inverse transform (T.81 A.3.3): `BASIS[8 x + u]` weighs coefficient u in sample x. */
const BASIS = Float64Array.from({ length: 64 }, (_, index) => {
  const u = index & 7;
  if (u === 0) return HALF_COSINES[0] ?? 0;
  // cos((2 x + 1) u π / 16), brought to the first quadrant.
  const turn = ((2 * (index >> 3) + 1) * u) % 32;
  const half = turn > 16 ? 32 - turn : turn;
  return half <= 8 ? (HALF_COSINES[half] ?? 0) : -(HALF_COSINES[16 - half] ?? 0);
});

interface Plane {
  /** Samples a row, a multiple of 8 that covers whole units. */
  stride: number;
  samples: Uint16Array;
  horizontal: number;
  vertical: number;
  quantisation: Uint16Array;
}

/** @throws KirchhoffError naming the frame; `format-unsupported` for progressive or arithmetic coding */
export function decodeJpegDct(
  code: Uint8Array,
  stream: JpegStream,
  shouldStop: ShouldStop,
  at: string,
): CodedSamples {
  if (stream.frame !== 0xc0 && stream.frame !== 0xc1) {
    throw new KirchhoffError(
      'format-unsupported',
      `JPEG of ${stream.precision} bits coded by process SOF${stream.frame & 15} is not read.`,
      at,
    );
  }
  if (stream.precision !== 8 && stream.precision !== 12) {
    throw new KirchhoffError('value-out-of-range', `JPEG of ${stream.precision} bits is not defined.`, at);
  }
  const { width, height, components } = stream;
  if (components.some((c) => c.horizontal < 1 || c.horizontal > 4 || c.vertical < 1 || c.vertical > 4)) {
    throw new KirchhoffError('value-out-of-range', 'A JPEG sampling factor is not 1 to 4.', at);
  }
  const most = {
    horizontal: Math.max(...components.map((c) => c.horizontal)),
    vertical: Math.max(...components.map((c) => c.vertical)),
  };
  const unitsX = Math.ceil(width / (8 * most.horizontal));
  const unitsY = Math.ceil(height / (8 * most.vertical));
  const planes: Plane[] = components.map((component) => {
    const quantisation = stream.quantisation[component.quantisation];
    if (quantisation === null || quantisation === undefined) {
      throw new KirchhoffError('value-out-of-range', 'A JPEG quantisation table is missing.', at);
    }
    const stride = unitsX * component.horizontal * 8;
    return {
      stride,
      samples: new Uint16Array(stride * unitsY * component.vertical * 8),
      horizontal: component.horizontal,
      vertical: component.vertical,
      quantisation,
    };
  });
  for (const scan of stream.scans)
    decodeScan(code, stream, scan, planes, { unitsX, unitsY, most }, shouldStop, at);
  const count = components.length;
  const samples =
    stream.precision === 8 ? new Uint8Array(width * height * count) : new Uint16Array(width * height * count);
  planes.forEach((plane, c) => {
    const [stepX, stepY] = [plane.horizontal / most.horizontal, plane.vertical / most.vertical];
    for (let y = 0; y < height; y++) {
      const row = Math.floor(y * stepY) * plane.stride;
      for (let x = 0; x < width; x++) {
        samples[(y * width + x) * count + c] = plane.samples[row + Math.floor(x * stepX)] ?? 0;
      }
    }
  });
  return { width, height, components: count, bits: stream.precision, signed: false, samples };
}

interface Units {
  unitsX: number;
  unitsY: number;
  most: { horizontal: number; vertical: number };
}

function decodeScan(
  code: Uint8Array,
  stream: JpegStream,
  scan: JpegScan,
  planes: readonly Plane[],
  { unitsX, unitsY, most }: Units,
  shouldStop: ShouldStop,
  at: string,
): void {
  const reader = new BitReader(code, scan.data);
  const parts = scan.components.map(({ index, dc, ac }) => {
    const [tableDc, tableAc] = [scan.huffmanDc[dc], scan.huffmanAc[ac]];
    const plane = planes[index];
    if (!tableDc || !tableAc || plane === undefined) throw brokenCode(at);
    return { plane, dc: huffmanCode(tableDc), ac: huffmanCode(tableAc), last: 0 };
  });
  const block = new BlockDecoder(stream.precision);
  const single = parts.length === 1 ? parts[0] : undefined;
  // A scan of one component goes by its own blocks, without those that only fill up units (T.81 A.2.2).
  const across =
    single === undefined
      ? unitsX
      : Math.ceil(Math.ceil((stream.width * single.plane.horizontal) / most.horizontal) / 8);
  const down =
    single === undefined
      ? unitsY
      : Math.ceil(Math.ceil((stream.height * single.plane.vertical) / most.vertical) / 8);
  let untilRestart = scan.restartInterval;
  for (let y = 0; y < down; y++) {
    checkTime(shouldStop, at);
    for (let x = 0; x < across; x++) {
      if (scan.restartInterval > 0 && untilRestart === 0) {
        if (!reader.restart()) throw scanTruncated(at);
        untilRestart = scan.restartInterval;
        for (const part of parts) part.last = 0;
      }
      untilRestart--;
      for (const part of parts) {
        const { plane } = part;
        const [h, v] = single === undefined ? [plane.horizontal, plane.vertical] : [1, 1];
        for (let by = 0; by < v; by++) {
          for (let bx = 0; bx < h; bx++) {
            part.last = block.read(reader, part.dc, part.ac, plane.quantisation, part.last, at);
            block.write(plane.samples, (y * v + by) * 8 * plane.stride + (x * h + bx) * 8, plane.stride);
          }
        }
      }
    }
    if (reader.exhausted > TOLERATED_MISSING_BITS) throw scanTruncated(at);
  }
}

/** One 8 by 8 block: coefficients in, samples out. */
class BlockDecoder {
  private readonly coefficients = new Float64Array(64);
  private readonly rows = new Float64Array(64);
  private readonly centre: number;
  private readonly largest: number;

  constructor(precision: number) {
    this.centre = 2 ** (precision - 1);
    this.largest = 2 ** precision - 1;
  }

  /** Reads and dequantises a block (T.81 F.2.2); gives its DC value. */
  read(
    reader: BitReader,
    dc: HuffmanCode,
    ac: HuffmanCode,
    quantisation: Uint16Array,
    last: number,
    at: string,
  ): number {
    const { coefficients } = this;
    coefficients.fill(0);
    const size = reader.symbol(dc);
    if (size < 0 || size > 15) throw brokenCode(at);
    const value = last + reader.difference(size);
    coefficients[0] = value * (quantisation[0] ?? 0);
    for (let k = 1; k < 64; k++) {
      const symbol = reader.symbol(ac);
      if (symbol < 0) throw brokenCode(at);
      const bits = symbol & 15;
      const run = symbol >> 4;
      if (bits === 0) {
        if (run < 15) break;
        k += 15;
        continue;
      }
      k += run;
      if (k > 63) throw brokenCode(at);
      coefficients[ZIGZAG[k] ?? 0] = reader.difference(bits) * (quantisation[k] ?? 0);
    }
    return value;
  }

  /** Inverse transform, level shift and rounding into a plane. */
  write(samples: Uint16Array, first: number, stride: number): void {
    const { coefficients, rows } = this;
    for (let v = 0; v < 8; v++) {
      for (let x = 0; x < 8; x++) {
        let sum = 0;
        for (let u = 0; u < 8; u++) sum += (BASIS[8 * x + u] ?? 0) * (coefficients[8 * v + u] ?? 0);
        rows[8 * v + x] = sum;
      }
    }
    for (let y = 0; y < 8; y++) {
      for (let x = 0; x < 8; x++) {
        let sum = this.centre;
        for (let v = 0; v < 8; v++) sum += (BASIS[8 * y + v] ?? 0) * (rows[8 * v + x] ?? 0);
        samples[first + y * stride + x] = Math.min(this.largest, Math.max(0, Math.round(sum)));
      }
    }
  }
}
