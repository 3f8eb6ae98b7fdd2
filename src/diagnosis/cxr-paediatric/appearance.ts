/**
 * How far an image's look is from that of the training images: three distances, each over its own limit.
 *
 * - look: the image at 32 x 32 under probabilistic principal component analysis (Tipping and Bishop, J R Stat Soc
 *   B 61, 1999): squared distance within the components' span plus the rest over its mean variance;
 * - shades: squared Mahalanobis distance of `imageStatistics`;
 * - embedding: squared Mahalanobis distance of what the network makes of it (Lee et al., NeurIPS 2018).
 */
import { areaResample } from '../../imaging/resample.ts';
import { imageStatistics } from './image-statistics.ts';

export const LOOK_SIDE = 32;

/** A Gaussian by its mean [n] and the inverse of its covariance [n][n]. */
export interface GaussianFit {
  mean: Float32Array;
  precision: Float32Array;
}

export interface LookFit {
  /** [32 x 32] */
  mean: Float32Array;
  /** [components][32 x 32], orthonormal. */
  components: Float32Array;
  /** Variances along the components. */
  variances: Float32Array;
  /** Mean variance along every other direction, one number. */
  rest: Float32Array;
}

export interface AppearanceFit {
  look: LookFit;
  shades: GaussianFit;
  embedding: GaussianFit;
  /** Beyond any of them an image is out of distribution. */
  limits: { look: number; shades: number; embedding: number };
}

export interface Appearance {
  look: number;
  shades: number;
  embedding: number;
  /** The largest distance over its limit: beyond 1 the image is out of distribution. */
  score: number;
}

/** (x - mean)^T precision (x - mean) */
export function mahalanobisSquared(values: ArrayLike<number>, { mean, precision }: GaussianFit): number {
  const n = mean.length;
  let distance = 0;
  for (let i = 0; i < n; i++) {
    const away = values[i]! - mean[i]!;
    let row = 0;
    for (let j = 0; j < n; j++) row += precision[i * n + j]! * (values[j]! - mean[j]!);
    distance += away * row;
  }
  return distance;
}

/** The image as `look` measures it, turned clockwise by quarter turns. */
export function lookOf(input: Float32Array, side: number, quarterTurns: 0 | 1 | 2 | 3 = 0): Float32Array {
  const small = areaResample(input, side, side, LOOK_SIDE, LOOK_SIDE);
  if (quarterTurns === 0) return small;
  const last = LOOK_SIDE - 1;
  const turned = new Float32Array(small.length);
  for (let y = 0; y < LOOK_SIDE; y++) {
    for (let x = 0; x < LOOK_SIDE; x++) {
      const [fromY, fromX] =
        quarterTurns === 1 ? [last - x, y] : quarterTurns === 2 ? [last - y, last - x] : [x, last - y];
      turned[y * LOOK_SIDE + x] = small[fromY * LOOK_SIDE + fromX]!;
    }
  }
  return turned;
}

/** Squared distance of a look from those of the fit. */
export function lookDistance(look: Float32Array, { mean, components, variances, rest }: LookFit): number {
  const size = mean.length;
  let squares = 0;
  for (let i = 0; i < size; i++) squares += (look[i]! - mean[i]!) ** 2;
  let within = 0;
  for (let c = 0; c < variances.length; c++) {
    let along = 0;
    for (let i = 0; i < size; i++) along += (look[i]! - mean[i]!) * components[c * size + i]!;
    within += (along * along) / variances[c]!;
    squares -= along * along;
  }
  return within + Math.max(0, squares) / rest[0]!;
}

/**
 * @param input [side][side] of `networkInput`
 * @param embedding what the network makes of it before its last layer
 */
export function appearanceOf(
  input: Float32Array,
  side: number,
  embedding: Float32Array,
  fit: AppearanceFit,
): Appearance {
  const look = lookDistance(lookOf(input, side), fit.look);
  const shades = mahalanobisSquared(imageStatistics(input, side), fit.shades);
  const embedded = mahalanobisSquared(embedding, fit.embedding);
  const { limits } = fit;
  return {
    look,
    shades,
    embedding: embedded,
    score: Math.max(look / limits.look, shades / limits.shades, embedded / limits.embedding),
  };
}

/**
 * Quarter turns clockwise that would make the image look most like an upright chest; 0 where it stands upright or
 * no turn makes it clearly likelier.
 */
export function quarterTurnsToUpright(input: Float32Array, side: number, fit: LookFit): 0 | 1 | 2 | 3 {
  const upright = lookDistance(lookOf(input, side), fit);
  let best: 0 | 1 | 2 | 3 = 0;
  let least = CLEARLY_LESS * upright;
  for (const turns of [1, 2, 3] as const) {
    const distance = lookDistance(lookOf(input, side, turns), fit);
    if (distance < least) {
      least = distance;
      best = turns;
    }
  }
  return best;
}

/** A turned image counts as likelier where its distance is below this share of the upright one's. */
const CLEARLY_LESS = 0.8;
