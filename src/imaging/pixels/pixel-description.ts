/** What the Image Pixel module (PS3.3 C.7.6.3) says of the pixels, checked before anything is allocated. */
import { KirchhoffError } from '../../contract/errors.ts';
import type { DataSet, DicomElement } from '../dicom/data-set.ts';
import { LARGEST_FILE_BYTES, MOST_FRAMES } from '../dicom/limits.ts';
import { tagText } from '../dicom/tag.ts';
import { numberOf, textOf } from '../dicom/values.ts';

export interface PixelDescription {
  rows: number;
  columns: number;
  samplesPerPixel: 1 | 3 | 4;
  bitsAllocated: number;
  bitsStored: number;
  highBit: number;
  signed: boolean;
  photometric: string;
  /** Whether each sample has a plane of its own (Planar Configuration 1). */
  planar: boolean;
  frames: number;
  number: 'integer' | 'float';
  element: DicomElement;
}

export const PIXEL_DATA = 0x7fe00010;
const FLOAT_PIXEL_DATA = 0x7fe00008;
const DOUBLE_FLOAT_PIXEL_DATA = 0x7fe00009;
const SAMPLES_PER_PIXEL = 0x00280002;
const PHOTOMETRIC_INTERPRETATION = 0x00280004;
const PLANAR_CONFIGURATION = 0x00280006;
const NUMBER_OF_FRAMES = 0x00280008;
const ROWS = 0x00280010;
const COLUMNS = 0x00280011;
const BITS_ALLOCATED = 0x00280100;
const BITS_STORED = 0x00280101;
const HIGH_BIT = 0x00280102;
const PIXEL_REPRESENTATION = 0x00280103;

/** A frame of 65,535 by 65,535 pixels is what a header can say; what is made of X-rays stays below 2^27 samples. */
const MOST_SAMPLES_A_FRAME = LARGEST_FILE_BYTES / 8;

/** The element that holds pixels; null where there is none. */
export function pixelElementOf(dataSet: DataSet): DicomElement | null {
  for (const tag of [PIXEL_DATA, FLOAT_PIXEL_DATA, DOUBLE_FLOAT_PIXEL_DATA]) {
    const element = dataSet.elements.get(tag);
    if (element !== undefined) return element;
  }
  return null;
}

/** How many frames the header says; 1 where it says nothing. */
export function frameCountOf(dataSet: DataSet): number {
  const count = numberOf(dataSet, NUMBER_OF_FRAMES);
  return count === null || count < 1 ? 1 : Math.floor(count);
}

/**
 * The description of a data set's pixels, or null where it holds none.
 * @throws KirchhoffError `header-invalid` where a needed attribute is missing, `value-out-of-range` where the
 *   attributes cannot hold together, `file-too-large` for absurd dimensions.
 */
export function describePixels(dataSet: DataSet, fileName: string): PixelDescription | null {
  const element = pixelElementOf(dataSet);
  if (element === null) return null;
  const needed = (tag: number, name: string): number => {
    const value = numberOf(dataSet, tag);
    if (value === null) {
      throw new KirchhoffError(
        'header-invalid',
        `${name} is missing, so that the pixels cannot be understood.`,
        `${fileName} ${tagText(tag)}`,
      );
    }
    return value;
  };
  const refuse = (tag: number, message: string): never => {
    throw new KirchhoffError('value-out-of-range', message, `${fileName} ${tagText(tag)}`);
  };
  const rows = needed(ROWS, 'Rows');
  const columns = needed(COLUMNS, 'Columns');
  if (rows < 1 || columns < 1) refuse(ROWS, `The image has ${rows} rows and ${columns} columns.`);
  const isFloat = element.tag !== PIXEL_DATA;
  const samples = numberOf(dataSet, SAMPLES_PER_PIXEL) ?? 1;
  if (samples !== 1 && samples !== 3 && samples !== 4) {
    refuse(SAMPLES_PER_PIXEL, `An image of ${samples} samples a pixel cannot be shown.`);
  }
  const floatBits = element.tag === DOUBLE_FLOAT_PIXEL_DATA ? 64 : 32;
  const bitsAllocated = isFloat ? floatBits : needed(BITS_ALLOCATED, 'Bits Allocated');
  if (!isFloat && (bitsAllocated < 1 || bitsAllocated > 32)) {
    refuse(BITS_ALLOCATED, `Pixels of ${bitsAllocated} bits cannot be read.`);
  }
  const bitsStored = isFloat ? floatBits : (numberOf(dataSet, BITS_STORED) ?? bitsAllocated);
  if (bitsStored < 1 || bitsStored > bitsAllocated) {
    refuse(BITS_STORED, `${bitsStored} bits cannot be stored in ${bitsAllocated}.`);
  }
  let highBit = isFloat ? floatBits - 1 : (numberOf(dataSet, HIGH_BIT) ?? bitsStored - 1);
  // A high bit that cannot hold the stored bits is a slip of the writer; the bits then lie at the lower end.
  if (highBit < bitsStored - 1 || highBit > bitsAllocated - 1) highBit = bitsStored - 1;
  const frames = frameCountOf(dataSet);
  if (frames > MOST_FRAMES) {
    throw new KirchhoffError(
      'file-too-large',
      `The file says that it holds ${frames} frames; it is refused.`,
      `${fileName} ${tagText(NUMBER_OF_FRAMES)}`,
    );
  }
  if (rows * columns * samples > MOST_SAMPLES_A_FRAME) {
    throw new KirchhoffError(
      'file-too-large',
      `A frame of ${columns} by ${rows} pixels is beyond what is read; it is refused.`,
      `${fileName} ${tagText(ROWS)}`,
    );
  }
  return {
    rows,
    columns,
    samplesPerPixel: samples as 1 | 3 | 4,
    bitsAllocated,
    bitsStored,
    highBit,
    signed: numberOf(dataSet, PIXEL_REPRESENTATION) === 1,
    photometric: photometricOf(dataSet, samples),
    planar: samples > 1 && numberOf(dataSet, PLANAR_CONFIGURATION) === 1,
    frames,
    number: isFloat ? 'float' : 'integer',
    element,
  };
}

function photometricOf(dataSet: DataSet, samples: number): string {
  const text = textOf(dataSet, PHOTOMETRIC_INTERPRETATION)?.toUpperCase().replace(/\s+/g, ' ') ?? '';
  if (text !== '') return text;
  return samples === 1 ? 'MONOCHROME2' : 'RGB';
}
