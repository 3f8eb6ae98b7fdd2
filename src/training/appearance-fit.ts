/** Fits what `appearance.ts` measures to training images. */
import {
  type AppearanceFit,
  type GaussianFit,
  LOOK_SIDE,
  type LookFit,
  lookDistance,
  lookOf,
  mahalanobisSquared,
} from '../diagnosis/cxr-paediatric/appearance.ts';
import { imageStatistics } from '../diagnosis/cxr-paediatric/image-statistics.ts';
import { gaussians } from '../numeric/random.ts';

/** Principal components that are kept of the 32 x 32 pixels. */
const COMPONENTS = 48;
const POWER_ITERATIONS = 12;
/** Share of a variance added to every diagonal, so that directions that hardly vary do not decide. */
const SHRINKAGE = 0.02;

/** Mean and inverse covariance of rows [n][width]. */
export function fitGaussian(rows: readonly ArrayLike<number>[]): GaussianFit {
  const width = rows[0]!.length;
  const mean = new Float64Array(width);
  for (const row of rows) for (let i = 0; i < width; i++) mean[i]! += row[i]! / rows.length;
  const covariance = new Float64Array(width * width);
  for (const row of rows) {
    for (let i = 0; i < width; i++) {
      const away = row[i]! - mean[i]!;
      for (let j = 0; j <= i; j++) covariance[i * width + j]! += (away * (row[j]! - mean[j]!)) / rows.length;
    }
  }
  let trace = 0;
  for (let i = 0; i < width; i++) {
    trace += covariance[i * width + i]!;
    for (let j = 0; j < i; j++) covariance[j * width + i] = covariance[i * width + j]!;
  }
  for (let i = 0; i < width; i++) {
    const own = covariance[i * width + i]!;
    covariance[i * width + i] = own * (1 + SHRINKAGE) + (1e-4 * trace) / width + 1e-12;
  }
  return { mean: Float32Array.from(mean), precision: Float32Array.from(inverse(covariance, width)) };
}

/** Inverse of a symmetric positive definite matrix by Gauss and Jordan with pivots on the diagonal. */
function inverse(matrix: Float64Array, n: number): Float64Array {
  const a = matrix.slice();
  const b = new Float64Array(n * n);
  for (let i = 0; i < n; i++) b[i * n + i] = 1;
  for (let p = 0; p < n; p++) {
    const pivot = a[p * n + p]!;
    for (let j = 0; j < n; j++) {
      a[p * n + j]! /= pivot;
      b[p * n + j]! /= pivot;
    }
    for (let i = 0; i < n; i++) {
      const factor = a[i * n + p]!;
      if (i === p || factor === 0) continue;
      for (let j = 0; j < n; j++) {
        a[i * n + j]! -= factor * a[p * n + j]!;
        b[i * n + j]! -= factor * b[p * n + j]!;
      }
    }
  }
  return b;
}

/** Principal components by orthogonal iteration on the covariance. */
export function fitLook(looks: readonly Float32Array[]): LookFit {
  const size = LOOK_SIDE * LOOK_SIDE;
  const mean = new Float64Array(size);
  for (const look of looks) for (let i = 0; i < size; i++) mean[i]! += look[i]! / looks.length;
  const centred = looks.map((look) => look.map((value, i) => value - mean[i]!));
  let total = 0;
  for (const row of centred) for (const value of row) total += value * value;
  let basis = Array.from({ length: COMPONENTS }, (_, c) =>
    Float64Array.from(gaussians({ seed: 1, words: [7, c, 0] }, size)),
  );
  orthonormalise(basis);
  let variances = new Float64Array(COMPONENTS);
  for (let iteration = 0; iteration < POWER_ITERATIONS; iteration++) {
    const next = basis.map(() => new Float64Array(size));
    variances = new Float64Array(COMPONENTS);
    for (const row of centred) {
      for (let c = 0; c < COMPONENTS; c++) {
        const direction = basis[c]!;
        let along = 0;
        for (let i = 0; i < size; i++) along += row[i]! * direction[i]!;
        variances[c]! += (along * along) / looks.length;
        const sum = next[c]!;
        for (let i = 0; i < size; i++) sum[i]! += along * row[i]!;
      }
    }
    if (iteration === POWER_ITERATIONS - 1) break;
    orthonormalise(next);
    basis = next;
  }
  const kept = variances.reduce((sum, variance) => sum + variance, 0);
  const components = new Float32Array(COMPONENTS * size);
  basis.forEach((direction, c) => {
    components.set(direction, c * size);
  });
  return {
    mean: Float32Array.from(mean),
    components,
    variances: Float32Array.from(variances),
    rest: Float32Array.of((total / looks.length - kept) / (size - COMPONENTS)),
  };
}

/** Gram and Schmidt, in place. */
function orthonormalise(rows: readonly Float64Array[]): void {
  rows.forEach((row, r) => {
    for (const other of rows.slice(0, r)) {
      let along = 0;
      for (let i = 0; i < row.length; i++) along += row[i]! * other[i]!;
      for (let i = 0; i < row.length; i++) row[i]! -= along * other[i]!;
    }
    let squares = 0;
    for (const value of row) squares += value * value;
    const length = Math.sqrt(squares);
    for (let i = 0; i < row.length; i++) row[i]! /= length;
  });
}

/** The value that a share `q` of all values does not exceed. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)]!;
}

/**
 * Fits to all folds but the first, whose images set the limits: a share `within` of them lies within each.
 * @param inputs [n][side][side] of `networkInput`
 * @param embeddings [n][width]
 */
export function fitAppearance(
  inputs: Float32Array,
  side: number,
  embeddings: Float32Array,
  folds: Uint8Array,
  within: number,
): AppearanceFit {
  const n = folds.length;
  const width = embeddings.length / n;
  const looks = Array.from({ length: n }, (_, i) =>
    lookOf(inputs.subarray(i * side * side, (i + 1) * side * side), side),
  );
  const statistics = Array.from({ length: n }, (_, i) =>
    imageStatistics(inputs.subarray(i * side * side, (i + 1) * side * side), side),
  );
  const embedded = Array.from({ length: n }, (_, i) => embeddings.subarray(i * width, (i + 1) * width));
  const distances: Record<keyof AppearanceFit['limits'], number[]> = {
    look: [],
    shades: [],
    embedding: [],
  };
  const [left, others] = [0, 1].map((kind) =>
    Array.from(folds.keys()).filter((i) => (folds[i] === 0) === (kind === 0)),
  );
  const look = fitLook(others!.map((i) => looks[i]!));
  const shades = fitGaussian(others!.map((i) => statistics[i]!));
  const embedding = fitGaussian(others!.map((i) => embedded[i]!));
  for (const i of left!) {
    distances.look.push(lookDistance(looks[i]!, look));
    distances.shades.push(mahalanobisSquared(statistics[i]!, shades));
    distances.embedding.push(mahalanobisSquared(embedded[i]!, embedding));
  }
  return {
    look,
    shades,
    embedding,
    limits: {
      look: quantile(distances.look, within),
      shades: quantile(distances.shades, within),
      embedding: quantile(distances.embedding, within),
    },
  };
}
