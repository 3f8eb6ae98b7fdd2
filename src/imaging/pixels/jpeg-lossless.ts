/** Lossless JPEG, process 14, all predictors (ITU-T T.81 annex H): 2 to 16 bits, restarts, point transform. */
import { KirchhoffError } from '../../contract/errors.ts';
import { checkTime, type ShouldStop } from '../dicom/limits.ts';
import { BitReader, brokenCode, huffmanCode, scanTruncated, TOLERATED_MISSING_BITS } from './jpeg-entropy.ts';
import type { JpegScan, JpegStream } from './jpeg-stream.ts';
import type { CodedSamples } from './wasm-codecs.ts';

/** @throws KirchhoffError naming the frame where tables are missing, codes are broken or data end too early */
export function decodeJpegLossless(
  code: Uint8Array,
  stream: JpegStream,
  shouldStop: ShouldStop,
  at: string,
): CodedSamples {
  const { width, height, precision, components } = stream;
  if (precision < 2 || precision > 16) {
    throw new KirchhoffError('format-unsupported', `Lossless JPEG of ${precision} bits is not defined.`, at);
  }
  if (components.some((c) => c.horizontal !== 1 || c.vertical !== 1) && components.length > 1) {
    throw new KirchhoffError('format-unsupported', 'Subsampled lossless JPEG is not read.', at);
  }
  const count = components.length;
  const samples =
    precision <= 8 ? new Uint8Array(width * height * count) : new Uint16Array(width * height * count);
  for (const scan of stream.scans) decodeScan(code, stream, scan, samples, shouldStop, at);
  return { width, height, components: count, bits: precision, signed: false, samples };
}

function decodeScan(
  code: Uint8Array,
  stream: JpegStream,
  scan: JpegScan,
  samples: Uint8Array | Uint16Array,
  shouldStop: ShouldStop,
  at: string,
): void {
  const { width, height, precision } = stream;
  const total = stream.components.length;
  const { start: predictor, low: pointTransform, restartInterval } = scan;
  const codes = scan.components.map(({ dc }) => {
    const table = scan.huffmanDc[dc];
    if (table === null || table === undefined) throw brokenCode(at);
    return huffmanCode(table);
  });
  const offsets = scan.components.map(({ index }) => index);
  const reader = new BitReader(code, scan.data);
  const initial = 1 << (precision - pointTransform - 1);
  const stride = width * total;
  // Row from which on prediction begins anew, after the start and after each restart.
  let firstRow = 0;
  let firstColumn = 0;
  let untilRestart = restartInterval;
  for (let y = 0; y < height; y++) {
    checkTime(shouldStop, at);
    if (reader.exhausted > TOLERATED_MISSING_BITS) throw scanTruncated(at);
    const row = y * stride;
    for (let x = 0; x < width; x++) {
      if (restartInterval > 0 && untilRestart === 0) {
        if (!reader.restart()) throw scanTruncated(at);
        untilRestart = restartInterval;
        firstRow = y;
        firstColumn = x;
      }
      untilRestart--;
      for (let c = 0; c < codes.length; c++) {
        const to = row + x * total + (offsets[c] ?? 0);
        const size = reader.symbol(codes[c] as (typeof codes)[number]);
        if (size < 0 || size > 16) throw brokenCode(at);
        const difference = size === 16 ? 32768 : reader.difference(size);
        let predicted: number;
        if (y === firstRow) {
          predicted = x === firstColumn ? initial : (samples[to - total] ?? 0) >> pointTransform;
        } else if (x === 0) {
          predicted = (samples[to - stride] ?? 0) >> pointTransform;
        } else {
          predicted = predict(
            predictor,
            (samples[to - total] ?? 0) >> pointTransform,
            (samples[to - stride] ?? 0) >> pointTransform,
            (samples[to - stride - total] ?? 0) >> pointTransform,
          );
        }
        samples[to] = ((predicted + difference) & 0xffff) << pointTransform;
      }
    }
  }
  if (reader.exhausted > TOLERATED_MISSING_BITS) throw scanTruncated(at);
}

/** T.81 table H.1; a left, b above, c left above. */
function predict(predictor: number, a: number, b: number, c: number): number {
  switch (predictor) {
    case 1:
      return a;
    case 2:
      return b;
    case 3:
      return c;
    case 4:
      return a + b - c;
    case 5:
      return a + ((b - c) >> 1);
    case 6:
      return b + ((a - c) >> 1);
    case 7:
      return (a + b) >> 1;
    default:
      return 0;
  }
}
