/** What an array holds, in microsiemens: targets, programmed and present conductances, and their statistics. */
import { erf } from '../numeric/erf.ts';
import { programmingDeviation, relativeTargets } from './device.ts';
import type { ArrayState } from './drift.ts';
import { HEALTHY } from './faults.ts';
import type { DeviceProfile } from './profile.ts';
import {
  commonModesOf,
  type ProgrammedLayer,
  type ProgrammedNetwork,
  type ProgrammedTile,
  targetsOf,
} from './program.ts';

/** [row][column], microsiemens. */
export interface SideConductances {
  target: Float32Array;
  programmed: Float32Array;
  now: Float32Array;
}

/** Copies of what one tile holds; where a cell has one device, "minus" is the exact reference. */
export function tileConductances(
  state: ArrayState,
  layerIndex: number,
  tileIndex: number,
): { plus: SideConductances; minus: SideConductances; compensation: Float32Array } {
  const layer = state.layers[layerIndex]!;
  const { tile, plusSteps, minusSteps, compensation } = layer.tiles[tileIndex]!;
  const { conductanceStep } = layer.programmed;
  const targets = targetSides(layer.programmed, tile, state.programmed.profile);
  const now = (steps: Int16Array) => Float32Array.from(steps, (step) => step * conductanceStep);
  return {
    plus: { target: targets.plus, programmed: tile.plusMicroSiemens.slice(), now: now(plusSteps) },
    minus: { target: targets.minus, programmed: tile.minusMicroSiemens.slice(), now: now(minusSteps) },
    compensation: Float32Array.from(compensation),
  };
}

function targetSides(
  layer: ProgrammedLayer,
  tile: ProgrammedTile,
  profile: DeviceProfile,
): { plus: Float32Array; minus: Float32Array } {
  const weights = targetsOf(layer, layer.columnScale, tile);
  const commonModes = commonModesOf(layer, tile);
  const plus = new Float32Array(weights.length);
  const minus = new Float32Array(weights.length);
  for (let cell = 0; cell < weights.length; cell++) {
    const targets = relativeTargets(profile, weights[cell]!, commonModes?.[cell]);
    plus[cell] = targets.plus * profile.gMaxMicroSiemens;
    minus[cell] = (targets.minus ?? targets.reference) * profile.gMaxMicroSiemens;
  }
  return { plus, minus };
}

/** Below this share of g_max the clamp at 0 bends the distribution of programming errors. */
const LEAST_TARGET = 0.1;
const BINS = 41;
const WIDEST = 4.1;

export interface ErrorHistogram {
  low: number;
  high: number;
  counts: Float32Array;
  expected: Float32Array;
  devices: number;
  mean: number;
  standardDeviation: number;
}

/**
 * Programmed less target over the published deviation of the target, of all healthy devices whose target is at
 * least a tenth of g_max; beside it a standard normal distribution, which it should be.
 */
export function programmingErrors({ layers, profile }: ProgrammedNetwork): ErrorHistogram {
  const counts = new Float32Array(BINS);
  const binWidth = (2 * WIDEST) / BINS;
  let devices = 0;
  let sum = 0;
  let squares = 0;
  for (const layer of layers) {
    for (const tile of layer.tiles) {
      const { plus, minus } = targetSides(layer, tile, profile);
      const sides = [
        [plus, tile.plusMicroSiemens, tile.faults?.plus],
        [minus, tile.minusMicroSiemens, tile.faults?.minus],
      ] as const;
      for (const [targets, programmed, faults] of profile.mapping.kind === 'single-device'
        ? sides.slice(0, 1)
        : sides) {
        for (let cell = 0; cell < targets.length; cell++) {
          const g = targets[cell]! / profile.gMaxMicroSiemens;
          if (g < LEAST_TARGET || (faults !== undefined && faults[cell] !== HEALTHY)) continue;
          const deviation = programmingDeviation(profile, g);
          const z = deviation === 0 ? 0 : (programmed[cell]! - targets[cell]!) / deviation;
          const bin = Math.min(BINS - 1, Math.max(0, Math.floor((z + WIDEST) / binWidth)));
          counts[bin]!++;
          devices++;
          sum += z;
          squares += z * z;
        }
      }
    }
  }
  const mean = devices === 0 ? 0 : sum / devices;
  const expected = Float32Array.from({ length: BINS }, (_, bin) => {
    const from = bin === 0 ? -1 : erf((bin * binWidth - WIDEST) / Math.SQRT2);
    const to = bin === BINS - 1 ? 1 : erf(((bin + 1) * binWidth - WIDEST) / Math.SQRT2);
    return (devices * (to - from)) / 2;
  });
  return {
    low: -WIDEST,
    high: WIDEST,
    counts,
    expected,
    devices,
    mean,
    standardDeviation: devices === 0 ? 0 : Math.sqrt(Math.max(0, squares / devices - mean * mean)),
  };
}

/** Mean of present over programmed conductance, of devices programmed to at least a tenth of g_max; 1 where none is. */
export function meanConductanceLeft({ layers, programmed }: ArrayState): number {
  const least = LEAST_TARGET * programmed.profile.gMaxMicroSiemens;
  let devices = 0;
  let sum = 0;
  for (const { programmed: layer, tiles } of layers) {
    for (const { tile, plusSteps, minusSteps } of tiles) {
      const sides = [
        [tile.plusMicroSiemens, plusSteps],
        [tile.minusMicroSiemens, minusSteps],
      ] as const;
      for (const [before, steps] of programmed.profile.mapping.kind === 'single-device'
        ? sides.slice(0, 1)
        : sides) {
        for (let cell = 0; cell < before.length; cell++) {
          if (before[cell]! < least) continue;
          devices++;
          sum += (steps[cell]! * layer.conductanceStep) / before[cell]!;
        }
      }
    }
  }
  return devices === 0 ? 1 : sum / devices;
}
