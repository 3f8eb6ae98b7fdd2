/** A DICOM file as an image with facts: parsed at once, frames decoded when asked for. */
import { KirchhoffError } from '../contract/errors.ts';
import type { DecodedImage, ImageInstance } from '../contract/imaging.ts';
import { geometryOf } from './dicom/geometry.ts';
import { instanceOf } from './dicom/instance.ts';
import { neverStop, type ShouldStop } from './dicom/limits.ts';
import { type DicomFile, parseDicom } from './dicom/parse.ts';
import { isInverted, modalityTransformOf, paddingOf, presetsOf } from './dicom/presentation.ts';
import { tagText } from './dicom/tag.ts';
import { from422, ybrToRgb } from './pixels/colour.ts';
import { FrameReader, type StoredFrame } from './pixels/decode-frame.ts';
import { applyPalette } from './pixels/lookup-table.ts';
import { overlaysOf } from './pixels/overlays.ts';
import { describePixels, type PixelDescription } from './pixels/pixel-description.ts';

export interface DecodedDicom {
  file: DicomFile;
  instance: ImageInstance;
  /** 0 where the object holds no image. */
  frameCount: number;
  /** One frame, from 0. Throws KirchhoffError as `FrameReader.read`, and where palette or tables are broken. */
  frame(index: number): Promise<DecodedImage>;
  /** The same before palette and colour conversion. */
  storedFrame(index: number): Promise<StoredFrame>;
}

/**
 * Reads a DICOM file.
 * @param shouldStop asked while reading, here and in `frame`; true once the file's time is over
 * @throws KirchhoffError as `parseDicom` and `describePixels`; `file-truncated` or `header-invalid`, with tag and
 *   byte, for a file that breaks before anything of an object was read
 */
export function decodeDicom(
  bytes: Uint8Array,
  fileName: string,
  shouldStop: ShouldStop = neverStop,
): DecodedDicom {
  const file = parseDicom(bytes, fileName, shouldStop);
  const { dataSet, incomplete } = file;
  if (incomplete !== null && dataSet.elements.size === 0) throw brokenAt(file);
  const description = describe(file);
  const instance = instanceOf(file);
  if (description === null) {
    const none = async (): Promise<never> => {
      throw incomplete === null
        ? new KirchhoffError('no-signal', 'The object holds no image.', fileName)
        : brokenAt(file);
    };
    return { file, instance, frameCount: 0, frame: none, storedFrame: none };
  }
  const reader = new FrameReader(file, description);
  const storedFrame = (index: number): Promise<StoredFrame> => reader.read(index, shouldStop);
  return {
    file,
    instance,
    frameCount: description.frames,
    storedFrame,
    frame: async (index) => toImage(file, description, await storedFrame(index), index),
  };
}

/** Where the file broke before its pixels were described, that is the error. */
function describe(file: DicomFile): PixelDescription | null {
  try {
    return describePixels(file.dataSet, file.fileName);
  } catch (thrown) {
    if (file.incomplete !== null) throw brokenAt(file);
    throw thrown;
  }
}

function brokenAt({ fileName, incomplete }: DicomFile): KirchhoffError {
  if (incomplete === null) return new KirchhoffError('header-invalid', 'The file is broken.', fileName);
  const place = `${fileName} ${tagText(incomplete.tag)} byte ${incomplete.byte}`;
  return new KirchhoffError(incomplete.code, incomplete.message, place);
}

function toImage(
  file: DicomFile,
  description: PixelDescription,
  stored: StoredFrame,
  index: number,
): DecodedImage {
  const { dataSet, fileName } = file;
  const { rows, columns, signed } = description;
  const common = {
    width: columns,
    height: rows,
    overlays: overlaysOf(dataSet, index, { rows, columns }, stored.cells),
    geometry: geometryOf(dataSet, index),
  };
  const colour = colourOf(file, description, stored);
  if (colour !== null) {
    return {
      ...common,
      samplesPerPixel: 3,
      pixels: colour.samples,
      bitsStored: colour.bits,
      photometric: 'RGB',
      modality: { kind: 'linear', slope: 1, intercept: 0, unit: null },
      padding: null,
      presets: [],
      inverted: false,
    };
  }
  const modality = modalityTransformOf(dataSet, index, signed, fileName);
  const negative = modality.kind === 'linear' && (signed || modality.intercept < 0);
  return {
    ...common,
    samplesPerPixel: 1,
    pixels: stored.samples,
    bitsStored: stored.bitsStored,
    photometric: stored.photometric === 'MONOCHROME1' ? 'MONOCHROME1' : 'MONOCHROME2',
    modality,
    padding: description.number === 'float' ? null : paddingOf(dataSet, signed),
    presets: presetsOf(dataSet, index, negative, fileName),
    inverted: isInverted(dataSet),
  };
}

/** Red, green, blue of a colour frame; null for a grey one. */
function colourOf(
  { dataSet, fileName }: DicomFile,
  { rows, columns, signed }: PixelDescription,
  { samples, samplesPerPixel, photometric, bitsStored }: StoredFrame,
): { samples: DecodedImage['pixels']; bits: number } | null {
  if (photometric === 'PALETTE COLOR' && samplesPerPixel === 1) {
    return applyPalette(dataSet, samples, signed, fileName);
  }
  if (samplesPerPixel === 1) return null;
  const pixels = rows * columns;
  const whole =
    samplesPerPixel === 3 && photometric.endsWith('_422') && samples.length === 2 * pixels
      ? from422(samples, pixels)
      : samples;
  switch (photometric) {
    case 'YBR_FULL':
    case 'YBR_FULL_422':
      return { samples: ybrToRgb(whole, bitsStored, 'full'), bits: bitsStored };
    case 'YBR_PARTIAL_422':
    case 'YBR_PARTIAL_420':
      return { samples: ybrToRgb(whole, bitsStored, 'partial'), bits: bitsStored };
    case 'ARGB':
    case 'CMYK':
    case 'HSV':
      throw new KirchhoffError(
        'format-unsupported',
        `The retired photometric interpretation ${photometric} is not shown.`,
        `${fileName} ${tagText(0x00280004)}`,
      );
    default:
      if (samplesPerPixel === 4) {
        throw new KirchhoffError(
          'format-unsupported',
          'Four samples a pixel are not shown.',
          `${fileName} ${tagText(0x00280002)}`,
        );
      }
      return { samples: whole, bits: bitsStored };
  }
}
