/** Lengths, angles, ratios and region statistics on an image, in real units where the file gives them. Pure. */
import type { DecodedImage, PixelSpacing } from '../../../src/contract/imaging.ts';
import type { Annotation } from '../../../src/contract/imaging-study.ts';
import { modalityValue } from '../../../src/imaging/display.ts';

type ImagePoint = readonly [number, number];

/** Said beside every length: where it holds. */
export const LENGTH_BASIS: Record<PixelSpacing['at'], string> = {
  patient: 'in the patient',
  calibrated: 'corrected for magnification',
  detector: 'at the detector; in the patient shorter by the magnification',
  raster: 'by the resolution that the file names',
};

/** Millimetres of columns and rows; `null` where the file has no spacing, then pixels count. */
function scaleOf(image: DecodedImage): { x: number; y: number; unit: 'mm' | 'px' } {
  const { spacing, pixelAspectRatio } = image.geometry;
  return spacing === null
    ? { x: 1 / pixelAspectRatio, y: 1, unit: 'px' }
    : { x: spacing.betweenColumnsMm, y: spacing.betweenRowsMm, unit: 'mm' };
}

export function lengthOf(
  image: DecodedImage,
  from: ImagePoint,
  to: ImagePoint,
): { amount: number; unit: 'mm' | 'px' } {
  const { x, y, unit } = scaleOf(image);
  return { amount: Math.hypot((to[0] - from[0]) * x, (to[1] - from[1]) * y), unit };
}

/** Degrees from 0 to 180 at the middle point. */
export function angleOf(
  image: DecodedImage,
  [a, corner, b]: readonly [ImagePoint, ImagePoint, ImagePoint],
): number {
  const { x, y } = scaleOf(image);
  const u = [(a[0] - corner[0]) * x, (a[1] - corner[1]) * y] as const;
  const v = [(b[0] - corner[0]) * x, (b[1] - corner[1]) * y] as const;
  const across = u[0] * v[1] - u[1] * v[0];
  const along = u[0] * v[0] + u[1] * v[1];
  return (Math.abs(Math.atan2(across, along)) * 180) / Math.PI;
}

/** Heart over chest; both are measured across the image, so that slanted lines do not widen them. */
export function cardiothoracicRatio(
  image: DecodedImage,
  [heartFrom, heartTo, chestFrom, chestTo]: readonly [ImagePoint, ImagePoint, ImagePoint, ImagePoint],
): number | null {
  const { x } = scaleOf(image);
  const chest = Math.abs(chestTo[0] - chestFrom[0]) * x;
  return chest === 0 ? null : (Math.abs(heartTo[0] - heartFrom[0]) * x) / chest;
}

export interface RegionStatistics {
  pixels: number;
  area: { amount: number; unit: 'mm²' | 'px' };
  minimum: number;
  maximum: number;
  mean: number;
  standardDeviation: number;
  /** Unit of the values; empty where the file names none. */
  unit: string;
}

/** Of the pixels whose centres lie inside; null for colour images and where none does. */
export function regionStatistics(
  image: DecodedImage,
  shape: 'rectangle' | 'ellipse',
  [a, b]: readonly [ImagePoint, ImagePoint],
): RegionStatistics | null {
  if (image.samplesPerPixel !== 1) return null;
  const left = Math.min(a[0], b[0]);
  const right = Math.max(a[0], b[0]);
  const top = Math.min(a[1], b[1]);
  const bottom = Math.max(a[1], b[1]);
  const firstRow = Math.max(0, Math.ceil(top - 0.5));
  const lastRow = Math.min(image.height - 1, Math.floor(bottom - 0.5));
  const firstColumn = Math.max(0, Math.ceil(left - 0.5));
  const lastColumn = Math.min(image.width - 1, Math.floor(right - 0.5));
  let pixels = 0;
  let mean = 0;
  let squares = 0;
  let minimum = Number.POSITIVE_INFINITY;
  let maximum = Number.NEGATIVE_INFINITY;
  for (let row = firstRow; row <= lastRow; row++) {
    const dy = (row + 0.5 - (top + bottom) / 2) / ((bottom - top) / 2);
    for (let column = firstColumn; column <= lastColumn; column++) {
      const dx = (column + 0.5 - (left + right) / 2) / ((right - left) / 2);
      if (shape === 'ellipse' && dx * dx + dy * dy > 1) continue;
      const value = modalityValue(image.pixels[row * image.width + column] ?? 0, image.modality);
      pixels++;
      // Welford's update: sums of squares of 16-bit values would lose digits.
      const delta = value - mean;
      mean += delta / pixels;
      squares += delta * (value - mean);
      if (value < minimum) minimum = value;
      if (value > maximum) maximum = value;
    }
  }
  if (pixels === 0) return null;
  const { x, y, unit } = scaleOf(image);
  return {
    pixels,
    area: unit === 'mm' ? { amount: pixels * x * y, unit: 'mm²' } : { amount: pixels, unit: 'px' },
    minimum,
    maximum,
    mean,
    standardDeviation: Math.sqrt(squares / pixels),
    unit: image.modality.unit ?? '',
  };
}

/** The value under a point; null outside the image. Three values for colour. */
export function probeValues(image: DecodedImage, [x, y]: ImagePoint): number[] | null {
  const column = Math.floor(x);
  const row = Math.floor(y);
  if (column < 0 || row < 0 || column >= image.width || row >= image.height) return null;
  const at = (row * image.width + column) * image.samplesPerPixel;
  if (image.samplesPerPixel === 1) return [modalityValue(image.pixels[at] ?? 0, image.modality)];
  return [0, 1, 2].map((sample) => image.pixels[at + sample] ?? 0);
}

const amount = (value: number): string =>
  Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 1 ? value.toFixed(1) : value.toFixed(3);

/** What stands beside a drawing, one line each. */
export function annotationWords(image: DecodedImage, annotation: Annotation): string[] {
  switch (annotation.kind) {
    case 'length': {
      const { amount: length, unit } = lengthOf(image, ...annotation.points);
      return [`${length.toFixed(1)} ${unit}`];
    }
    case 'angle':
      return [`${angleOf(image, annotation.points).toFixed(1)}°`];
    case 'cardiothoracic-ratio': {
      const ratio = cardiothoracicRatio(image, annotation.points);
      return ratio === null ? [] : [`CTR ${ratio.toFixed(2)}`];
    }
    case 'rectangle':
    case 'ellipse': {
      const statistics = regionStatistics(image, annotation.kind, annotation.points);
      if (statistics === null) return [];
      const unit = statistics.unit === '' ? '' : ` ${statistics.unit}`;
      return [
        `${amount(statistics.mean)} ± ${amount(statistics.standardDeviation)}${unit}`,
        `${amount(statistics.minimum)} to ${amount(statistics.maximum)}${unit}`,
        `${amount(statistics.area.amount)} ${statistics.area.unit}`,
      ];
    }
    case 'probe': {
      const values = probeValues(image, annotation.points[0]);
      if (values === null) return [];
      const unit = image.modality.unit === null ? '' : ` ${image.modality.unit}`;
      return [`${values.map(amount).join(', ')}${unit}`];
    }
    case 'note':
      return [annotation.text];
  }
}

/** How many points each tool takes. */
export const POINTS_OF: Record<Annotation['kind'], number> = {
  length: 2,
  angle: 3,
  'cardiothoracic-ratio': 4,
  rectangle: 2,
  ellipse: 2,
  probe: 1,
  note: 1,
};
