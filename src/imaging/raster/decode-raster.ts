/** PNG and JPEG pictures as images of the same kind as DICOM's, with what such files cannot know left unknown. */
import { decode as decodePng } from 'fast-png';
import { Unzlib } from 'fflate';
import { KirchhoffError } from '../../contract/errors.ts';
import type {
  DecodedImage,
  FrameGeometry,
  ImageInstance,
  PixelArray,
  PixelSpacing,
} from '../../contract/imaging.ts';
import { LARGEST_FILE_BYTES } from '../dicom/limits.ts';
import { readJpegStream } from '../pixels/jpeg-stream.ts';
import { decodeWithCodec } from '../pixels/wasm-codecs.ts';

export type RasterKind = 'png' | 'jpeg';

export interface DecodedRaster {
  instance: ImageInstance;
  image: DecodedImage;
}

/** Samples of one picture; what a header says beyond it is refused before anything is allocated. */
const MOST_SAMPLES = LARGEST_FILE_BYTES / 8;

/** What a file is by its first bytes; null where it is neither. */
export function rasterKindOf(bytes: Uint8Array): RasterKind | null {
  if (bytes[0] === 0x89 && bytes[1] === 0x50 && bytes[2] === 0x4e && bytes[3] === 0x47) return 'png';
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return 'jpeg';
  return null;
}

/** Rows and columns of a picture, from its header; null where it holds none that can be understood. */
export function rasterSizeOf(bytes: Uint8Array): { width: number; height: number } | null {
  if (rasterKindOf(bytes) === 'png') {
    if (bytes.length < 24) return null;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return { width: view.getUint32(16), height: view.getUint32(20) };
  }
  try {
    return readJpegStream(bytes, '');
  } catch (thrown) {
    if (thrown instanceof KirchhoffError) return null;
    throw thrown;
  }
}

/**
 * Reads a PNG or JPEG file. Colours that are all grey become one sample a pixel; an alpha channel is laid over
 * black; the turn that Exif asks for is made.
 * @throws KirchhoffError `format-unknown` for another kind of file, `file-too-large` for absurd dimensions,
 *   `value-out-of-range` or `file-truncated` where the file is broken
 */
export async function decodeRaster(bytes: Uint8Array, fileName: string): Promise<DecodedRaster> {
  const kind = rasterKindOf(bytes);
  if (kind === null) {
    throw new KirchhoffError('format-unknown', 'This is neither a PNG nor a JPEG file.', fileName);
  }
  const image = kind === 'png' ? readPng(bytes, fileName) : await readJpeg(bytes, fileName);
  return { instance: instanceOf(kind), image };
}

function readPng(bytes: Uint8Array, fileName: string): DecodedImage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 33) throw new KirchhoffError('file-truncated', 'The PNG header is cut off.', fileName);
  checkSize(view.getUint32(16), view.getUint32(20), 4, fileName);
  let png: ReturnType<typeof decodePng>;
  const needed = essentialChunks(bytes, fileName);
  try {
    png = decodePng(needed, { checkCrc: true });
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new KirchhoffError('value-out-of-range', `The PNG cannot be read (${why}).`, fileName);
  }
  const { width, height } = png;
  const data: PixelArray = png.data instanceof Uint16Array ? png.data : Uint8Array.from(png.data);
  const { samples, bits, channels } = png.palette
    ? fromPalette(unpacked(data, png.depth, width * height, width), png.palette)
    : {
        samples: unpacked(data, png.depth, width * height * png.channels, width * png.channels),
        bits: png.depth,
        channels: png.channels,
      };
  const { resolution } = png;
  const spacing: PixelSpacing | null =
    resolution !== undefined && resolution.unit === 1 && resolution.x > 0 && resolution.y > 0
      ? { betweenRowsMm: 1000 / resolution.y, betweenColumnsMm: 1000 / resolution.x, at: 'raster' }
      : null;
  return toImage(samples, channels, { width, height, bits }, spacing, fileName);
}

/** What the picture itself needs; texts and profiles may be packed to burst. */
const ESSENTIAL = new Set(['IHDR', 'PLTE', 'IDAT', 'IEND', 'pHYs']);
const INFLATE_STEP_BYTES = 1 << 14;

/** The file without other chunks. Refuses pixel data that inflate to more than the header's size can need. */
function essentialChunks(bytes: Uint8Array, fileName: string): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept = [bytes.subarray(0, 8)];
  // 4 samples of 2 bytes, a filter byte a row, seven passes of interlacing.
  const most = view.getUint32(20) * (8 * view.getUint32(16) + 1) + 8 * view.getUint32(20) + 1024;
  let inflated = 0;
  const inflater = new Unzlib((chunk) => {
    inflated += chunk.length;
  });
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const end = at + 12 + length;
    if (end > bytes.length) {
      throw new KirchhoffError(
        'file-truncated',
        `The PNG ends within its ${name} data.`,
        `${fileName} byte ${at}`,
      );
    }
    if (ESSENTIAL.has(name)) kept.push(bytes.subarray(at, end));
    for (let from = at + 8; name === 'IDAT' && from < end - 4; from += INFLATE_STEP_BYTES) {
      try {
        inflater.push(bytes.subarray(from, Math.min(from + INFLATE_STEP_BYTES, end - 4)));
      } catch {
        throw new KirchhoffError(
          'value-out-of-range',
          'The PNG data are broken.',
          `${fileName} byte ${from}`,
        );
      }
      if (inflated > most) {
        throw new KirchhoffError(
          'file-too-large',
          'The PNG data grow beyond the size of the picture; it is refused.',
          `${fileName} byte ${from}`,
        );
      }
    }
    at = end;
    if (name === 'IEND') break;
  }
  const out = new Uint8Array(kept.reduce((sum, part) => sum + part.length, 0));
  let to = 0;
  for (const part of kept) {
    out.set(part, to);
    to += part.length;
  }
  return out;
}

/** Samples of 1, 2 and 4 bits lie several to a byte, rows begin with a byte. */
function unpacked(data: PixelArray, depth: number, count: number, perRow: number): PixelArray {
  if (depth >= 8 || data.length >= count) return data;
  const perByte = 8 / depth;
  const rowBytes = Math.ceil(perRow / perByte);
  return Uint8Array.from({ length: count }, (_, i) => {
    const row = Math.floor(i / perRow);
    const column = i - row * perRow;
    const byte = data[row * rowBytes + Math.floor(column / perByte)] ?? 0;
    return (byte >> (8 - depth * ((column % perByte) + 1))) & (2 ** depth - 1);
  });
}

function fromPalette(
  indices: PixelArray,
  palette: readonly (readonly number[])[],
): { samples: PixelArray; bits: number; channels: number } {
  const samples = new Uint8Array(3 * indices.length);
  for (let i = 0; i < indices.length; i++) {
    const colour = palette[indices[i] ?? 0];
    for (let c = 0; c < 3; c++) samples[3 * i + c] = colour?.[c] ?? 0;
  }
  return { samples, bits: 8, channels: 3 };
}

async function readJpeg(bytes: Uint8Array, fileName: string): Promise<DecodedImage> {
  const stream = readJpegStream(bytes, fileName);
  checkSize(stream.width, stream.height, stream.components.length, fileName);
  if (stream.precision !== 8 || stream.components.length === 2 || stream.components.length === 4) {
    throw new KirchhoffError(
      'format-unsupported',
      `A JPEG of ${stream.components.length} components of ${stream.precision} bits is not read.`,
      fileName,
    );
  }
  const { width, height, components, samples } = await decodeWithCodec('jpeg', bytes, fileName);
  const dots = stream.density;
  const inchMm = dots?.unit === 'inch' ? 25.4 : 10;
  const spacing: PixelSpacing | null =
    dots === null
      ? null
      : { betweenRowsMm: inchMm / dots.y, betweenColumnsMm: inchMm / dots.x, at: 'raster' };
  const image = toImage(samples, components, { width, height, bits: 8 }, spacing, fileName);
  return turned(image, stream.orientation);
}

function checkSize(width: number, height: number, samples: number, fileName: string): void {
  if (width < 1 || height < 1) {
    throw new KirchhoffError('value-out-of-range', `The picture is ${width} by ${height} pixels.`, fileName);
  }
  if (width * height * samples > MOST_SAMPLES) {
    throw new KirchhoffError(
      'file-too-large',
      `A picture of ${width} by ${height} pixels is beyond what is read; it is refused.`,
      fileName,
    );
  }
}

function toImage(
  samples: PixelArray,
  channels: number,
  { width, height, bits }: { width: number; height: number; bits: number },
  spacing: PixelSpacing | null,
  fileName: string,
): DecodedImage {
  const pixels = width * height;
  if (samples.length < pixels * channels) {
    throw new KirchhoffError('file-truncated', 'The picture has fewer pixels than it says.', fileName);
  }
  const opaque = channels === 2 || channels === 4 ? overBlack(samples, channels, bits) : samples;
  const colours = channels >= 3 ? 3 : 1;
  const grey = colours === 3 ? greyOf(opaque) : opaque;
  const geometry: FrameGeometry = {
    spacing,
    pixelAspectRatio: spacing === null ? 1 : spacing.betweenRowsMm / spacing.betweenColumnsMm,
    patientOrientation: null,
    rowDirection: null,
    columnDirection: null,
    positionMm: null,
    frameOfReferenceUid: null,
  };
  return {
    width,
    height,
    samplesPerPixel: grey === null ? 3 : 1,
    pixels: grey ?? opaque,
    bitsStored: bits,
    photometric: grey === null ? 'RGB' : 'MONOCHROME2',
    modality: { kind: 'linear', slope: 1, intercept: 0, unit: null },
    padding: null,
    presets:
      grey === null
        ? []
        : [
            {
              kind: 'window',
              name: '',
              window: { centre: (2 ** bits - 1) / 2, width: 2 ** bits - 1, function: 'linear-exact' },
            },
          ],
    inverted: false,
    overlays: [],
    geometry,
  };
}

/** Takes the transparency off the end of each pixel. */
function overBlack(samples: PixelArray, channels: number, bits: number): PixelArray {
  const colours = channels - 1;
  const largest = 2 ** bits - 1;
  const pixels = samples.length / channels;
  const out = bits > 8 ? new Uint16Array(pixels * colours) : new Uint8Array(pixels * colours);
  for (let i = 0; i < pixels; i++) {
    const opacity = samples[i * channels + colours] ?? 0;
    for (let c = 0; c < colours; c++) {
      out[i * colours + c] = Math.round(((samples[i * channels + c] ?? 0) * opacity) / largest);
    }
  }
  return out;
}

/** One sample a pixel where all three are the same everywhere; null where not. */
function greyOf(samples: PixelArray): PixelArray | null {
  for (let i = 0; i + 2 < samples.length; i += 3) {
    if (samples[i] !== samples[i + 1] || samples[i] !== samples[i + 2]) return null;
  }
  const grey = samples.slice(0, samples.length / 3);
  for (let i = 0; i < grey.length; i++) grey[i] = samples[3 * i] ?? 0;
  return grey;
}

/** Exif orientations 2 to 8: mirrored, turned, or both (Exif 2.3, tag 274). */
function turned(image: DecodedImage, orientation: number): DecodedImage {
  if (orientation < 2) return image;
  const { width, height, samplesPerPixel, pixels } = image;
  const swaps = orientation >= 5;
  const [outWidth, outHeight] = swaps ? [height, width] : [width, height];
  const out = pixels.slice();
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      const [u, v] = swaps ? [y, x] : [x, y];
      const mirrorX = orientation === 2 || orientation === 3 || orientation === 7 || orientation === 8;
      const mirrorY = orientation === 3 || orientation === 4 || orientation === 6 || orientation === 7;
      const from = ((mirrorY ? height - 1 - v : v) * width + (mirrorX ? width - 1 - u : u)) * samplesPerPixel;
      for (let c = 0; c < samplesPerPixel; c++) {
        out[(y * outWidth + x) * samplesPerPixel + c] = pixels[from + c] ?? 0;
      }
    }
  }
  const { spacing } = image.geometry;
  const geometry: FrameGeometry = !swaps
    ? image.geometry
    : {
        ...image.geometry,
        spacing: spacing && {
          ...spacing,
          betweenRowsMm: spacing.betweenColumnsMm,
          betweenColumnsMm: spacing.betweenRowsMm,
        },
        pixelAspectRatio: 1 / image.geometry.pixelAspectRatio,
      };
  return { ...image, width: outWidth, height: outHeight, pixels: out, geometry };
}

function instanceOf(kind: RasterKind): ImageInstance {
  return {
    content: 'image',
    sopClassUid: null,
    sopInstanceUid: null,
    transferSyntaxUid: null,
    number: null,
    frameCount: 1,
    frameTimeMs: null,
    patient: { name: null, id: null, birthDate: null, sex: null },
    study: {
      uid: null,
      id: null,
      accessionNumber: null,
      date: null,
      time: null,
      description: null,
      institution: null,
    },
    series: { uid: null, number: null, modality: null, description: null, date: null, time: null },
    technique: {
      modality: null,
      bodyPart: null,
      view: null,
      laterality: null,
      patientAgeYears: null,
      patientSex: null,
      photometric: null,
      burnedInAnnotation: null,
      presentationIntent: null,
      imageType: [],
      manufacturer: null,
      manufacturerModel: null,
      tubeVoltageKv: null,
      exposureMas: null,
      exposureIndex: null,
      targetExposureIndex: null,
      deviationIndex: null,
      lossyCompression: kind === 'jpeg' ? ['ISO_10918_1'] : [],
    },
    warnings: [],
  };
}
