/** The array at an instant after programming: drifted, with the wander of its devices up to then. */
import { gaussians } from '../numeric/random.ts';
import {
  checkDriftSeconds,
  driftFactor,
  fullScaleMicroSiemens,
  logarithmicAge,
  readNoiseDeviation,
  relativeTargets,
  relaxationMoments,
  slowReadNoiseSpread,
  wideningDeviation,
} from './device.ts';
import { HEALTHY } from './faults.ts';
import type { DeviceProfile } from './profile.ts';
import {
  commonModesOf,
  type ProgrammedLayer,
  type ProgrammedNetwork,
  type ProgrammedTile,
  targetsOf,
} from './program.ts';
import { slowNoiseDeviates } from './slow-noise.ts';
import { deviceStream } from './streams.ts';
import { seenThroughWires } from './wire-resistance.ts';

/** Compensation never divides by a mean conductance below this share of g_max. */
const SMALLEST_MEAN_CONDUCTANCE = 1e-4;

/** A tile as it is read; arrays are [row][column] like those of the programmed tile. */
export interface TileState {
  tile: ProgrammedTile;
  /** Conductances in register steps of the layer's `conductanceStep`, at least 0. */
  plusSteps: Int16Array;
  minusSteps: Int16Array;
  /**
   * Variance that fast read noise adds to a cell, in steps of `varianceStep`, for a spread of 1 (see
   * `readNoiseSpread`); all 0 without read noise.
   */
  varianceSteps: Int16Array;
  /** Microsiemens squared a step; 0 without read noise. */
  varianceStep: number;
  /** Digital factor on each column's output that undoes the mean drift; 1 without compensation. */
  compensation: Float64Array;
}

export interface LayerState {
  programmed: ProgrammedLayer;
  tiles: TileState[];
}

/** What `runSamples` reads; plain data, the same for all samples of an analysis. */
export interface ArrayState {
  programmed: ProgrammedNetwork;
  driftSeconds: number;
  layers: LayerState[];
}

/**
 * Conductances `driftSeconds` after programming: drifted, relaxed or widened as the profile's model says, then
 * the slow part of the read noise on each device's own path in time, clamped at 0, seen through the wires.
 *
 * @param options.driftSeconds at least 0
 * @param options.driftCompensation one factor a tile, or a column where the profile says so: mean |G+ - G-| as
 *   programmed over the same now, what a read-out with one input at a time would measure (aihwkit's
 *   GlobalDriftCompensation and PerColumnDriftCompensation), without converters
 * @param options.readNoise false leaves out both the slow and the fast part
 * @throws {KirchhoffError} `value-out-of-range` where the profile's model does not reach this time
 */
export function arrayAt(
  programmed: ProgrammedNetwork,
  options: { driftSeconds: number; driftCompensation: boolean; readNoise?: boolean },
): ArrayState {
  const { driftSeconds, driftCompensation, readNoise = true } = options;
  checkDriftSeconds(programmed.profile, driftSeconds);
  const layers = programmed.layers.map((layer, layerIndex) => ({
    programmed: layer,
    tiles: layer.tiles.map((tile) => {
      const conductances = conductancesAt(tile, layer, layerIndex, programmed, driftSeconds, readNoise);
      const seen = throughWires(tile, conductances, programmed.profile);
      return {
        tile,
        ...registersOf(tile, conductances, seen, layer, programmed.profile, readNoise),
        compensation: driftCompensation
          ? compensationOf(tile, seen, programmed.profile)
          : new Float64Array(tile.columns).fill(1),
      };
    }),
  }));
  return { programmed, driftSeconds, layers };
}

interface Conductances {
  plus: Float32Array;
  minus: Float32Array;
}

function conductancesAt(
  tile: ProgrammedTile,
  layer: ProgrammedLayer,
  layerIndex: number,
  { profile, programmingSeed }: ProgrammedNetwork,
  driftSeconds: number,
  readNoise: boolean,
): Conductances {
  const cells = tile.plusMicroSiemens.length;
  const spread = readNoise ? slowReadNoiseSpread(profile, driftSeconds) : 0;
  const deviates =
    spread > 0
      ? slowNoiseDeviates(
          { seed: programmingSeed, layer: layerIndex, tile: tile.index },
          spread * spread,
          2 * cells,
        )
      : null;
  const healthy = driftedConductance(tile, layer, layerIndex, profile, programmingSeed, driftSeconds);
  const faults = tile.faults === null ? null : ([tile.faults.plus, tile.faults.minus] as const);
  const at = (conductance: Float32Array, side: 0 | 1): Float32Array =>
    conductance.map((programmedConductance, cell) => {
      // A stuck device stays where it is; it is read with noise all the same.
      const stuck = faults !== null && faults[side][cell] !== HEALTHY;
      const present = stuck ? programmedConductance : healthy(cell, side);
      if (deviates === null) return present;
      const deviation = readNoiseDeviation(profile, present, programmedConductance);
      return Math.max(0, present + deviation * spread * deviates[2 * cell + side]);
    });
  return {
    plus: at(tile.plusMicroSiemens, 0),
    minus: profile.mapping.kind === 'single-device' ? tile.minusMicroSiemens : at(tile.minusMicroSiemens, 1),
  };
}

/** Conductance of a device without read noise, microsiemens; side 0 is plus, 1 minus. */
function driftedConductance(
  tile: ProgrammedTile,
  layer: ProgrammedLayer,
  layerIndex: number,
  profile: DeviceProfile,
  seed: number,
  driftSeconds: number,
): (cell: number, side: 0 | 1) => number {
  const devices = 2 * tile.plusMicroSiemens.length;
  const sides = [
    [tile.plusMicroSiemens, tile.plusDriftExponent],
    [tile.minusMicroSiemens, tile.minusDriftExponent],
  ] as const;
  const widened = wideningDeviation(profile, driftSeconds);
  if (widened !== null) {
    // The deviate of programming, drawn again from its address: programmed conductances are clamped at 0.
    const deviates = gaussians(deviceStream(seed, 'programming', layerIndex, tile.index), devices);
    const targets = targetsOf(layer, layer.columnScale, tile);
    const commonModes = commonModesOf(layer, tile);
    return (cell, side) => {
      const { plus, minus, reference } = relativeTargets(profile, targets[cell], commonModes?.[cell]);
      const g = side === 0 ? plus : (minus ?? reference);
      return Math.max(0, g * profile.gMaxMicroSiemens + widened(g) * deviates[2 * cell + side]);
    };
  }
  const relaxation = relaxationMoments(profile, driftSeconds);
  if (relaxation !== null) {
    const deviates = gaussians(deviceStream(seed, 'relaxation', layerIndex, tile.index), devices);
    const { mean, deviation } = relaxation;
    return (cell, side) => Math.max(0, sides[side][0][cell] + mean + deviation * deviates[2 * cell + side]);
  }
  const age = logarithmicAge(profile, driftSeconds);
  return (cell, side) => {
    const [conductance, exponent] = sides[side];
    return conductance[cell] * driftFactor(exponent[cell], age);
  };
}

/**
 * What the devices of a tile contribute to column currents. The devices of a pair stand side by side on their
 * row, in a column each; the cells in use are those next to drivers and converters.
 */
function throughWires(tile: ProgrammedTile, now: Conductances, profile: DeviceProfile): Conductances {
  if (profile.wires === undefined) return now;
  const { segmentOhms } = profile.wires;
  const { rows, columns } = tile;
  if (profile.mapping.kind === 'single-device') {
    return { plus: seenThroughWires(now.plus, rows, columns, segmentOhms), minus: now.minus };
  }
  const both = new Float32Array(2 * rows * columns);
  for (let cell = 0; cell < rows * columns; cell++) {
    both[2 * cell] = now.plus[cell];
    both[2 * cell + 1] = now.minus[cell];
  }
  const seen = seenThroughWires(both, rows, 2 * columns, segmentOhms);
  return {
    plus: now.plus.map((_, cell) => seen[2 * cell]),
    minus: now.minus.map((_, cell) => seen[2 * cell + 1]),
  };
}

/** @param seen `now` as the wires let it through, which scales a device's noise alike */
function registersOf(
  tile: ProgrammedTile,
  now: Conductances,
  seen: Conductances,
  layer: ProgrammedLayer,
  profile: DeviceProfile,
  readNoise: boolean,
): Pick<TileState, 'plusSteps' | 'minusSteps' | 'varianceSteps' | 'varianceStep'> {
  const cells = now.plus.length;
  const steps = (conductances: Float32Array): Int16Array =>
    Int16Array.from(conductances, (conductance) =>
      Math.min(layer.largestConductanceSteps, Math.round(conductance / layer.conductanceStep)),
    );
  const variances = new Float64Array(cells);
  let largest = 0;
  if (readNoise && profile.readNoise.kind !== 'none') {
    const white =
      profile.readNoise.kind === 'white'
        ? profile.readNoise.cellDeviation * fullScaleMicroSiemens(profile)
        : null;
    const single = profile.mapping.kind === 'single-device';
    for (let cell = 0; cell < cells; cell++) {
      if (white !== null) {
        variances[cell] = white * white;
      } else {
        const noiseOf = (present: number, through: number, programmed: number): number =>
          present === 0 ? 0 : (readNoiseDeviation(profile, present, programmed) * through) / present;
        const plus = noiseOf(now.plus[cell], seen.plus[cell], tile.plusMicroSiemens[cell]);
        const minus = single ? 0 : noiseOf(now.minus[cell], seen.minus[cell], tile.minusMicroSiemens[cell]);
        variances[cell] = plus * plus + minus * minus;
      }
      largest = Math.max(largest, variances[cell]);
    }
  }
  const varianceStep = largest / layer.largestVarianceSteps;
  return {
    plusSteps: steps(seen.plus),
    minusSteps: steps(seen.minus),
    varianceSteps: Int16Array.from(variances, (variance) =>
      varianceStep === 0 ? 0 : Math.round(variance / varianceStep),
    ),
    varianceStep,
  };
}

function compensationOf(tile: ProgrammedTile, now: Conductances, profile: DeviceProfile): Float64Array {
  const { columns } = tile;
  const before = throughWires(tile, { plus: tile.plusMicroSiemens, minus: tile.minusMicroSiemens }, profile);
  const share = profile.compensation === 'column' ? 1 : columns;
  const programmed = new Float64Array(columns / share);
  const present = new Float64Array(columns / share);
  const cells = now.plus.length;
  for (let cell = 0; cell < cells; cell++) {
    const at = share === 1 ? cell % columns : 0;
    programmed[at] += Math.abs(before.plus[cell] - before.minus[cell]);
    present[at] += Math.abs(now.plus[cell] - now.minus[cell]);
  }
  const least = SMALLEST_MEAN_CONDUCTANCE * profile.gMaxMicroSiemens * tile.rows * share;
  return Float64Array.from({ length: columns }, (_, column) => {
    const at = share === 1 ? column : 0;
    return programmed[at] / Math.max(present[at], least);
  });
}
