/** What the network is given of a radiograph: a square of modest size whose shades do not depend on exposure. */
import { areaResample } from '../../imaging/resample.ts';

/** Deviations from the image's mean that the converters' full scale stands for; what lies beyond is clipped. */
const CLIPPED_DEVIATIONS = 2.5;

/**
 * Shades as deviations from their mean, [-1, 1], in place: neither brightness nor contrast of the whole image
 * remains. An image of one shade becomes 0 everywhere.
 */
export function standardise(shades: Float32Array): Float32Array {
  let sum = 0;
  for (const shade of shades) sum += shade;
  const mean = sum / shades.length;
  let squares = 0;
  for (const shade of shades) squares += (shade - mean) * (shade - mean);
  const deviation = Math.sqrt(squares / shades.length);
  const scale = deviation > 1e-6 ? 1 / (CLIPPED_DEVIATIONS * deviation) : 0;
  for (let i = 0; i < shades.length; i++) {
    shades[i] = Math.min(1, Math.max(-1, (shades[i]! - mean) * scale));
  }
  return shades;
}

/**
 * The image squashed to a square, as the training images are, and standardised.
 * @param shades [height][width], bright is dense
 * @returns [side][side], -1 to 1
 */
export function networkInput(
  shades: ArrayLike<number>,
  width: number,
  height: number,
  side: number,
): Float32Array {
  return standardise(areaResample(shades, width, height, side, side));
}
