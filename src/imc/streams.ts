/** Addresses of the random streams of the array: what is drawn from which, so that no two share numbers. */
import type { StreamAddress } from '../numeric/random.ts';

const PURPOSES = {
  programming: 1,
  driftExponent: 2,
  slowReadNoise: 3,
  fastReadNoise: 4,
  trainingProgramming: 5,
  trainingDrift: 6,
  trainingReadNoise: 7,
  relaxation: 8,
  faults: 9,
  writePulse: 10,
  verifyRead: 11,
  converterOffset: 12,
  converterGain: 13,
  converterCurvature: 14,
} as const;
export type StreamPurpose = keyof typeof PURPOSES;

/** The word that says purpose, array layer (0 to 255) and tile of the layer (0 to 65,535). */
export function placeWord(purpose: StreamPurpose, layer: number, tile: number): number {
  return ((PURPOSES[purpose] << 24) | (layer << 16) | tile) >>> 0;
}

/** One deviate a device, drawn once and for all. */
export function deviceStream(
  seed: number,
  purpose: StreamPurpose,
  layer: number,
  tile: number,
): StreamAddress {
  return { seed, words: [0, 0, placeWord(purpose, layer, tile)] };
}
