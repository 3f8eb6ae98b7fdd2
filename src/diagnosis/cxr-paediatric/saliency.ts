/**
 * Where in the image the answer comes from, by occlusion on the array (Zeiler and Fergus, ECCV 2014): squares of the
 * input are blanked to the image's mean shade, one after another, and the change of the log odds is read with every
 * Monte-Carlo sample, so that the map has a deviation as the answer has.
 */
import type { Saliency } from '../../contract/imaging-findings.ts';
import type { ArrayState } from '../../imc/drift.ts';
import { runSamples } from '../../imc/run.ts';

/** Squares of this share of the side, moved by half of it. */
const SQUARES_ALONG_SIDE = 8;
const NO_FEATURES = new Float32Array(0);

export interface OcclusionMap {
  /** Rows, and columns. */
  side: number;
  /** Mean over samples of the fall of the log odds where a square around the place is blanked. */
  mean: Float32Array;
  /** Standard deviation over samples. */
  deviation: Float32Array;
}

/**
 * A map of [side][side] at twice as many places along a side as squares fit; positive speaks for the second class.
 * @param input one image of `networkInput`, [inputSide][inputSide]
 * @param options.samples Monte-Carlo samples of each blanked image
 */
export function occlusionMap(
  array: ArrayState,
  input: Float32Array,
  inputSide: number,
  options: { samples: number; seed: number; temperature: number },
): OcclusionMap {
  const { samples, seed, temperature } = options;
  const square = Math.max(2, Math.round(inputSide / SQUARES_ALONG_SIDE));
  const step = square / 2;
  const side = 2 * SQUARES_ALONG_SIDE;
  const pixels = inputSide * inputSide;
  const images = new Float32Array((side * side + 1) * pixels);
  for (let image = 0; image <= side * side; image++) images.set(input, image * pixels);
  // The last image is whole. Squares are centred on the places of the map and cut off at the edges.
  for (let place = 0; place < side * side; place++) {
    const top = Math.round((Math.floor(place / side) + 0.5) * step - square / 2);
    const left = Math.round(((place % side) + 0.5) * step - square / 2);
    for (let y = Math.max(0, top); y < Math.min(inputSide, top + square); y++) {
      const row = place * pixels + y * inputSide;
      images.fill(0, row + Math.max(0, left), row + Math.min(inputSide, left + square));
    }
  }
  const logits = runSamples(array, { signals: images, auxiliary: NO_FEATURES, firstItem: 0, samples, seed });
  const odds = (image: number, sample: number): number => {
    const at = (image * samples + sample) * 2;
    return (logits[at + 1]! - logits[at]!) / temperature;
  };
  const mean = new Float32Array(side * side);
  const deviation = new Float32Array(side * side);
  for (let place = 0; place < side * side; place++) {
    let sum = 0;
    let squares = 0;
    for (let sample = 0; sample < samples; sample++) {
      const fall = odds(side * side, sample) - odds(place, sample);
      sum += fall;
      squares += fall * fall;
    }
    mean[place] = sum / samples;
    deviation[place] =
      samples > 1 ? Math.sqrt(Math.max(0, (squares - (sum * sum) / samples) / (samples - 1))) : 0;
  }
  return { side, mean, deviation };
}

/** The map over the whole image, places joined by straight lines, at a modest number of pixels. */
export function saliencyOver(
  { side, mean, deviation }: OcclusionMap,
  width: number,
  height: number,
): Saliency {
  const scale = Math.min(1, LARGEST_SALIENCY_SIDE / Math.max(width, height));
  const toWidth = Math.max(1, Math.round(width * scale));
  const toHeight = Math.max(1, Math.round(height * scale));
  const enlarged = (values: Float32Array): Float32Array => {
    const result = new Float32Array(toWidth * toHeight);
    for (let y = 0; y < toHeight; y++) {
      const v = Math.min(side - 1, Math.max(0, ((y + 0.5) * side) / toHeight - 0.5));
      const y0 = Math.floor(v);
      const y1 = Math.min(side - 1, y0 + 1);
      for (let x = 0; x < toWidth; x++) {
        const u = Math.min(side - 1, Math.max(0, ((x + 0.5) * side) / toWidth - 0.5));
        const x0 = Math.floor(u);
        const x1 = Math.min(side - 1, x0 + 1);
        const above = values[y0 * side + x0]! * (1 - (u - x0)) + values[y0 * side + x1]! * (u - x0);
        const below = values[y1 * side + x0]! * (1 - (u - x0)) + values[y1 * side + x1]! * (u - x0);
        result[y * toWidth + x] = above * (1 - (v - y0)) + below * (v - y0);
      }
    }
    return result;
  };
  return { width: toWidth, height: toHeight, mean: enlarged(mean), deviation: enlarged(deviation) };
}

/** Pixels along the longer side of a map: more would show nothing more. */
const LARGEST_SALIENCY_SIDE = 256;
