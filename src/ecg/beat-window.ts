/** The window of a beat, its regions, and measures over them. Only + - * / and square roots are used. */

/** Sampling rate of the windows, Hz. */
export const BEAT_RATE_HZ = 125;
/** Window around the fiducial: 0.4 s before (holds the P wave), 0.496 s after. */
export const BEAT_SAMPLES_BEFORE = 50;
export const BEAT_LENGTH = 112;

export interface Region {
  from: number;
  to: number;
}
// Positions inside the window, end exclusive.
export const QRS: Region = { from: BEAT_SAMPLES_BEFORE - 13, to: BEAT_SAMPLES_BEFORE + 16 };
export const P_WAVE: Region = { from: BEAT_SAMPLES_BEFORE - 31, to: BEAT_SAMPLES_BEFORE - 8 };

/** Pearson correlation over a region; 0 where one side is constant. */
export function correlation(
  a: Float32Array,
  atA: number,
  b: Float32Array,
  atB: number,
  region: Region,
): number {
  const n = region.to - region.from;
  let sumA = 0;
  let sumB = 0;
  for (let j = region.from; j < region.to; j++) {
    sumA += a[atA + j]!;
    sumB += b[atB + j]!;
  }
  const meanA = sumA / n;
  const meanB = sumB / n;
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let j = region.from; j < region.to; j++) {
    const da = a[atA + j]! - meanA;
    const db = b[atB + j]! - meanB;
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}

/** Mean squared deviation from the region's mean. */
export function energy(signal: Float32Array, at: number, region: Region): number {
  const n = region.to - region.from;
  let sum = 0;
  for (let j = region.from; j < region.to; j++) sum += signal[at + j]!;
  const mean = sum / n;
  let squares = 0;
  for (let j = region.from; j < region.to; j++) {
    const d = signal[at + j]! - mean;
    squares += d * d;
  }
  return squares / n;
}
