/** One frame of a DICOM object, from the bytes of its file to samples. */
import { KirchhoffError } from '../../contract/errors.ts';
import type { PixelArray } from '../../contract/imaging.ts';
import { checkTime, type ShouldStop } from '../dicom/limits.ts';
import type { DicomFile } from '../dicom/parse.ts';
import { tagText } from '../dicom/tag.ts';
import { encapsulatedFrames } from './frames.ts';
import { readJpeg2000Size } from './jpeg-2000-stream.ts';
import { decodeJpegDct } from './jpeg-dct.ts';
import { decodeJpegLossless } from './jpeg-lossless.ts';
import { type JpegStream, readJpegStream } from './jpeg-stream.ts';
import type { PixelDescription } from './pixel-description.ts';
import { decodeRle } from './rle.ts';
import { cellsAt, floatsAt, interleaved, samplesFromCells } from './stored-samples.ts';
import { type CodedSamples, decodeWithCodec } from './wasm-codecs.ts';

/** Samples of a frame before colour conversion. */
export interface StoredFrame {
  /** Samples of a pixel together, sign extended; `samplesPerPixel` times rows times columns of them. */
  samples: PixelArray;
  /** Cells as allocated, with bits that are not pixels; null where a codec gives none. */
  cells: PixelArray | null;
  samplesPerPixel: number;
  bitsStored: number;
  /** The photometric interpretation of `samples`: RGB where the codec has already converted. */
  photometric: string;
}

/** Reads frames of one file; finds the fragments of each frame once. */
export class FrameReader {
  private readonly file: DicomFile;
  private readonly description: PixelDescription;
  private encapsulated: Uint8Array[] | null = null;

  constructor(file: DicomFile, description: PixelDescription) {
    this.file = file;
    this.description = description;
  }

  /**
   * @param index from 0
   * @throws KirchhoffError `not-found` beyond the last frame, `file-truncated` where the file lacks the frame,
   *   `format-unsupported` for codings that are not read, `value-out-of-range` for code that is broken
   */
  async read(index: number, shouldStop: ShouldStop): Promise<StoredFrame> {
    const { description, file } = this;
    if (!Number.isInteger(index) || index < 0 || index >= description.frames) {
      throw new KirchhoffError('not-found', `The file has no frame ${index + 1}.`, file.fileName);
    }
    checkTime(shouldStop, file.fileName);
    return description.element.fragments === null
      ? this.readNative(index)
      : await this.readEncapsulated(index, shouldStop);
  }

  private get at(): string {
    const { element } = this.description;
    return `${this.file.fileName} ${tagText(element.tag)} byte ${element.byte}`;
  }

  private readNative(index: number): StoredFrame {
    const { description, file } = this;
    const { rows, columns, samplesPerPixel, bitsAllocated, photometric, element } = description;
    const coding = file.transferSyntax.coding;
    const littleEndian = file.dataSet.littleEndian && file.transferSyntax.uid !== '1.2.840.113619.5.2';
    // Chroma of half the columns: 4 samples for 2 pixels.
    const halved = photometric.endsWith('_422') && coding === 'native';
    const count = rows * columns * (halved ? 2 : samplesPerPixel);
    const firstBit = index * count * bitsAllocated;
    const endByte = Math.ceil((firstBit + count * bitsAllocated) / 8);
    const bytes = this.withRest(index, Math.floor(firstBit / 8), endByte, count);
    if (description.number === 'float') {
      const bits = bitsAllocated === 64 ? 64 : 32;
      const samples = floatsAt(bytes, firstBit / 8, count, bits, littleEndian);
      return { samples, cells: null, samplesPerPixel, bitsStored: bits, photometric };
    }
    const cells = cellsAt(bytes, firstBit, count, {
      bitsAllocated,
      littleEndian,
      inWords: element.vr === 'OW',
    });
    let samples = samplesFromCells(cells, description);
    if (description.planar && !halved) samples = interleaved(samples, samplesPerPixel);
    return { samples, cells, samplesPerPixel, bitsStored: description.bitsStored, photometric };
  }

  /**
   * The pixel data; where a frame lacks less than half of its bytes, as files do that were cut while being copied,
   * with zeros in their place. The parser has warned of what is missing.
   */
  private withRest(index: number, firstByte: number, endByte: number, count: number): Uint8Array {
    const { description } = this;
    const { value } = description.element;
    if (endByte <= value.length) return value;
    const present = value.length - firstByte;
    if (present < (endByte - firstByte) / 2) {
      const needed = Math.ceil((description.frames * count * description.bitsAllocated) / 8);
      throw new KirchhoffError(
        'file-truncated',
        `Frame ${index + 1} is incomplete: the pixel data have ${value.length} of ${needed} bytes.`,
        this.at,
      );
    }
    const filled = new Uint8Array(endByte);
    filled.set(value);
    return filled;
  }

  private async readEncapsulated(index: number, shouldStop: ShouldStop): Promise<StoredFrame> {
    const { description, file } = this;
    this.encapsulated ??= encapsulatedFrames(file.dataSet, description.element, description.frames);
    const code = this.encapsulated[index];
    if (code === undefined || code.length === 0) {
      throw new KirchhoffError(
        'file-truncated',
        `Frame ${index + 1} of ${description.frames} is missing in the pixel data.`,
        this.at,
      );
    }
    const at = `${this.at}, frame ${index + 1}`;
    const coding = this.isUncoded(code) ? 'native' : codingOf(code, file.transferSyntax.coding);
    switch (coding) {
      case 'rle':
        return this.fromRle(code, at);
      case 'jpeg':
      case 'jpeg-lossless':
      case 'jpeg-ls':
        return await this.fromJpeg(code, shouldStop, at);
      case 'jpeg-2000':
      case 'htj2k':
        return await this.fromJpeg2000(code, coding, at);
      case 'native':
        return this.fromCells(code);
      default:
        throw new KirchhoffError(
          'format-unsupported',
          `Pixels in the transfer syntax ${file.transferSyntax.uid} are not read (${coding === 'video' ? 'video' : 'unknown'}).`,
          at,
        );
    }
  }

  private fromRle(code: Uint8Array, at: string): StoredFrame {
    const { description } = this;
    const { rows, columns, samplesPerPixel, bitsAllocated } = description;
    if (bitsAllocated % 8 !== 0) {
      throw new KirchhoffError('value-out-of-range', `RLE of ${bitsAllocated} bits is not defined.`, at);
    }
    const bytesPerSample = bitsAllocated / 8;
    const bytes = decodeRle(code, rows * columns, samplesPerPixel, bytesPerSample, at);
    return this.fromCells(bytes);
  }

  /** Some writers put pixels as they are into fragments. */
  private isUncoded(code: Uint8Array): boolean {
    const { rows, columns, samplesPerPixel, bitsAllocated } = this.description;
    const bytes = Math.ceil((rows * columns * samplesPerPixel * bitsAllocated) / 8);
    return (code.length === bytes || code.length === bytes + 1) && code[0] !== 0xff;
  }

  /** Little endian cells, samples of a pixel together. */
  private fromCells(bytes: Uint8Array): StoredFrame {
    const { rows, columns, samplesPerPixel, bitsAllocated, bitsStored, photometric } = this.description;
    const layout = { bitsAllocated, littleEndian: true, inWords: false };
    const cells = cellsAt(bytes, 0, rows * columns * samplesPerPixel, layout);
    const samples = samplesFromCells(cells, this.description);
    return { samples, cells, samplesPerPixel, bitsStored, photometric };
  }

  private async fromJpeg(code: Uint8Array, shouldStop: ShouldStop, at: string): Promise<StoredFrame> {
    const { description } = this;
    const stream = readJpegStream(code, at);
    this.checkSize(stream.width, stream.height, stream.components.length, at);
    if (stream.frame === 0xf7) {
      return this.fromCoded(await decodeWithCodec('jpeg-ls', closed(code), at), description.photometric);
    }
    if (stream.frame === 0xc3) {
      return this.fromCoded(decodeJpegLossless(code, stream, shouldStop, at), description.photometric);
    }
    if (stream.precision > 8) {
      const decoded = decodeJpegDct(code, stream, shouldStop, at);
      const ybr = decoded.components === 3 && isYbr(stream, description.photometric);
      return this.fromCoded(decoded, ybr ? 'YBR_FULL' : description.photometric);
    }
    const decoded = await decodeWithCodec('jpeg', asDeclared(code, stream, description.photometric), at);
    return this.fromCoded(decoded, decoded.components === 3 ? 'RGB' : description.photometric);
  }

  private async fromJpeg2000(
    code: Uint8Array,
    coding: 'jpeg-2000' | 'htj2k',
    at: string,
  ): Promise<StoredFrame> {
    const { rows, columns } = this.description;
    const size = readJpeg2000Size(code, { width: columns, height: rows }, at);
    this.checkSize(size.width, size.height, size.components, at);
    const decoded = await decodeWithCodec(coding, size.code, at);
    const { photometric } = this.description;
    // The codec has undone the code stream's own colour transform.
    return this.fromCoded(decoded, /^YBR_(RCT|ICT)$/.test(photometric) ? 'RGB' : photometric);
  }

  /** Before anything is decoded: a code stream of another size than the header is another image. */
  private checkSize(width: number, height: number, components: number, at: string): void {
    const { rows, columns, samplesPerPixel } = this.description;
    if (width !== columns || height !== rows || components !== samplesPerPixel) {
      throw new KirchhoffError(
        'value-out-of-range',
        `The coded image is ${width} by ${height} with ${components} samples a pixel, the header says ${columns} by ${rows} with ${samplesPerPixel}.`,
        at,
      );
    }
  }

  /** The codec's samples as the header says they are stored: its bits, its sign. */
  private fromCoded(coded: CodedSamples, photometric: string): StoredFrame {
    const { description } = this;
    const { samplesPerPixel } = description;
    // A code stream deeper than its header allows keeps its own depth.
    if (coded.bits > description.bitsAllocated) {
      return { samples: coded.samples, cells: null, samplesPerPixel, bitsStored: coded.bits, photometric };
    }
    const bitsStored = description.bitsStored;
    const form = {
      bitsAllocated: description.bitsAllocated,
      bitsStored,
      highBit: description.highBit < coded.bits ? description.highBit : bitsStored - 1,
      signed: description.signed,
    };
    return {
      samples: samplesFromCells(coded.samples, form),
      cells: coded.samples,
      samplesPerPixel,
      bitsStored,
      photometric,
    };
  }
}

/** What the code stream itself is, where its first bytes say so: transfer syntaxes lie. */
function codingOf(code: Uint8Array, declared: DicomFile['transferSyntax']['coding']) {
  if (declared === 'video') return declared;
  if (code[0] === 0xff && code[1] === 0xd8) return 'jpeg';
  if (code[0] === 0xff && code[1] === 0x4f) return declared === 'htj2k' ? 'htj2k' : 'jpeg-2000';
  return declared === 'native' ? 'unknown' : declared;
}

/** Whether three components are luminance and colour differences. The stream's own marks come before the header. */
function isYbr(stream: JpegStream, photometric: string): boolean {
  if (stream.adobeTransform !== null) return stream.adobeTransform !== 0;
  if (stream.jfif) return true;
  const ids = stream.components.map((component) => component.id);
  if (ids[0] === 0x52 && ids[1] === 0x47 && ids[2] === 0x42) return false;
  return photometric !== 'RGB';
}

/** EOI, ITU-T T.81 B.1.1.3. */
const END_OF_IMAGE = [0xff, 0xd9];

/** With an end marker, without which CharLS looks for one through all its memory when a stream is cut off. */
function closed(code: Uint8Array): Uint8Array {
  const out = new Uint8Array(code.length + END_OF_IMAGE.length);
  out.set(code);
  out.set(END_OF_IMAGE, code.length);
  return out;
}

/** Adobe's APP14 marker with colour transform 0. */
const ADOBE_NO_TRANSFORM = new Uint8Array([
  0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, 0,
]);

/**
 * libjpeg takes three components without a mark for YCbCr. Where the header says RGB and the stream says nothing,
 * the mark is put in.
 */
function asDeclared(code: Uint8Array, stream: JpegStream, photometric: string): Uint8Array {
  const unmarked = stream.adobeTransform === null && !stream.jfif;
  if (stream.components.length !== 3 || !unmarked || isYbr(stream, photometric)) return code;
  const marked = new Uint8Array(code.length + ADOBE_NO_TRANSFORM.length);
  marked.set(code.subarray(0, 2));
  marked.set(ADOBE_NO_TRANSFORM, 2);
  marked.set(code.subarray(2), 2 + ADOBE_NO_TRANSFORM.length);
  return marked;
}
