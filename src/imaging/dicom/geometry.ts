/** Where a frame lies and how far apart its pixels are. */
import type { FrameGeometry, PixelSpacing } from '../../contract/imaging.ts';
import { type DataSet, itemsOf } from './data-set.ts';
import { functionalGroup } from './functional-groups.ts';
import { numberOf, numbersOf, textOf, textsOf } from './values.ts';

const PIXEL_MEASURES = 0x00289110;
const PLANE_ORIENTATION = 0x00209116;
const PLANE_POSITION = 0x00209113;
const PIXEL_SPACING = 0x00280030;
const IMAGER_PIXEL_SPACING = 0x00181164;
const NOMINAL_SCANNED_PIXEL_SPACING = 0x00182010;
const CALIBRATION_TYPE = 0x00280a02;
const PIXEL_ASPECT_RATIO = 0x00280034;
const PATIENT_ORIENTATION = 0x00200020;
const IMAGE_ORIENTATION = 0x00200037;
const IMAGE_POSITION = 0x00200032;
const FRAME_OF_REFERENCE = 0x00200052;
const MODALITY = 0x00080060;
const ULTRASOUND_REGIONS = 0x00186011;
const PHYSICAL_UNITS_X = 0x00186024;
const PHYSICAL_UNITS_Y = 0x00186026;
const PHYSICAL_DELTA_X = 0x0018602c;
const PHYSICAL_DELTA_Y = 0x0018602e;
const UNITS_CENTIMETRE = 3;

/** Modalities whose pixels lie on a detector in front of which the patient stands. */
const PROJECTION = new Set(['CR', 'DX', 'DR', 'RG', 'RF', 'XA', 'MG', 'PX', 'IO', 'RTIMAGE']);

export function geometryOf(dataSet: DataSet, frame: number): FrameGeometry {
  const orientation = numbersOf(functionalGroup(dataSet, frame, PLANE_ORIENTATION), IMAGE_ORIENTATION);
  const position = numbersOf(functionalGroup(dataSet, frame, PLANE_POSITION), IMAGE_POSITION);
  const [row, column] = textsOf(dataSet, PATIENT_ORIENTATION);
  return {
    spacing: spacingOf(dataSet, frame),
    pixelAspectRatio: aspectRatioOf(dataSet, frame),
    patientOrientation: row && column ? [row, column] : null,
    rowDirection: vector(orientation, 0),
    columnDirection: vector(orientation, 3),
    positionMm: vector(position, 0),
    frameOfReferenceUid: textOf(dataSet, FRAME_OF_REFERENCE),
  };
}

/** PS3.3 10.7.1: in projections Pixel Spacing alone is the detector's, together with another one it is calibrated. */
function spacingOf(dataSet: DataSet, frame: number): PixelSpacing | null {
  const spacing = pair(functionalGroup(dataSet, frame, PIXEL_MEASURES), PIXEL_SPACING);
  const imager = pair(dataSet, IMAGER_PIXEL_SPACING);
  const projection = PROJECTION.has(textOf(dataSet, MODALITY) ?? '') || imager !== null;
  if (spacing !== null) {
    if (!projection) return { ...spacing, at: 'patient' };
    const differs =
      imager !== null &&
      (imager.betweenRowsMm !== spacing.betweenRowsMm ||
        imager.betweenColumnsMm !== spacing.betweenColumnsMm);
    const calibrated = differs || dataSet.elements.has(CALIBRATION_TYPE);
    return { ...spacing, at: calibrated ? 'calibrated' : 'detector' };
  }
  const detector = imager ?? pair(dataSet, NOMINAL_SCANNED_PIXEL_SPACING);
  if (detector !== null) return { ...detector, at: 'detector' };
  return ultrasoundSpacing(dataSet);
}

/** Ultrasound gives its scale by regions; only where there is one of them it holds for the image. */
function ultrasoundSpacing(dataSet: DataSet): PixelSpacing | null {
  const regions = itemsOf(dataSet, ULTRASOUND_REGIONS);
  const [region] = regions;
  if (region === undefined || regions.length !== 1) return null;
  const centimetres =
    numberOf(region, PHYSICAL_UNITS_X) === UNITS_CENTIMETRE &&
    numberOf(region, PHYSICAL_UNITS_Y) === UNITS_CENTIMETRE;
  const [x, y] = [numberOf(region, PHYSICAL_DELTA_X), numberOf(region, PHYSICAL_DELTA_Y)];
  if (!centimetres || x === null || y === null || x === 0 || y === 0) return null;
  return { betweenRowsMm: Math.abs(10 * y), betweenColumnsMm: Math.abs(10 * x), at: 'patient' };
}

function pair(dataSet: DataSet, tag: number): Omit<PixelSpacing, 'at'> | null {
  const [rows, columns = rows] = numbersOf(dataSet, tag);
  if (rows === undefined || columns === undefined || !(rows > 0) || !(columns > 0)) return null;
  if (!Number.isFinite(rows) || !Number.isFinite(columns)) return null;
  return { betweenRowsMm: rows, betweenColumnsMm: columns };
}

function aspectRatioOf(dataSet: DataSet, frame: number): number {
  const [vertical = 0, horizontal = 0] = numbersOf(dataSet, PIXEL_ASPECT_RATIO);
  if (vertical > 0 && horizontal > 0) return vertical / horizontal;
  const spacing = spacingOf(dataSet, frame);
  return spacing === null ? 1 : spacing.betweenRowsMm / spacing.betweenColumnsMm;
}

function vector(numbers: readonly number[], from: number): [number, number, number] | null {
  const [x, y, z] = numbers.slice(from, from + 3);
  if (x === undefined || y === undefined || z === undefined) return null;
  return [x, y, z].every(Number.isFinite) ? [x, y, z] : null;
}
