/** The array at an instant after programming: drifted, with the wander of its devices up to then. */
import { gaussians } from '../numeric/random.ts';
import { driftFactor, logarithmicAge, readNoiseScale, slowReadNoiseSpread } from './device.ts';
import type { DeviceProfile } from './profile.ts';
import type { ProgrammedLayer, ProgrammedNetwork, ProgrammedTile } from './program.ts';
import { deviceStreamAt } from './streams.ts';

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
  /** Digital factor on the tile's output that undoes the mean drift; 1 without compensation. */
  compensation: number;
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
 * Conductances `driftSeconds` after programming: G_programmed (t / t_0)^-nu, then the slow part of the read
 * noise, one deviate a device and instant, clamped at 0.
 *
 * @param options.driftSeconds at least 0
 * @param options.driftCompensation one factor a tile: mean |G+ - G-| as programmed over the same now, what a
 *   read-out with one input at a time would measure (aihwkit's GlobalDriftCompensation), without converters
 * @param options.readNoise false leaves out both the slow and the fast part
 */
export function arrayAt(
  programmed: ProgrammedNetwork,
  options: { driftSeconds: number; driftCompensation: boolean; readNoise?: boolean },
): ArrayState {
  const { driftSeconds, driftCompensation, readNoise = true } = options;
  const layers = programmed.layers.map((layer, layerIndex) => ({
    programmed: layer,
    tiles: layer.tiles.map((tile) => {
      const conductances = conductancesAt(tile, layerIndex, programmed, driftSeconds, readNoise);
      return {
        tile,
        ...registersOf(tile, conductances, layer, programmed.profile, readNoise),
        compensation: driftCompensation ? compensationOf(tile, conductances, programmed.profile) : 1,
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
  layerIndex: number,
  { profile, programmingSeed }: ProgrammedNetwork,
  driftSeconds: number,
  readNoise: boolean,
): Conductances {
  const cells = tile.plusMicroSiemens.length;
  const age = logarithmicAge(profile, driftSeconds);
  const spread = readNoise ? slowReadNoiseSpread(profile, driftSeconds) : 0;
  const deviates =
    spread > 0
      ? gaussians(
          deviceStreamAt(programmingSeed, 'slowReadNoise', layerIndex, tile.index, driftSeconds),
          2 * cells,
        )
      : null;
  const at = (conductance: Float32Array, exponent: Float32Array, side: number): Float32Array =>
    conductance.map((programmedConductance, cell) => {
      const drifted = programmedConductance * driftFactor(exponent[cell], age);
      if (deviates === null) return drifted;
      const scale = readNoiseScale(profile, programmedConductance / profile.gMaxMicroSiemens);
      return Math.max(0, drifted + drifted * scale * spread * deviates[2 * cell + side]);
    });
  return {
    plus: at(tile.plusMicroSiemens, tile.plusDriftExponent, 0),
    minus: at(tile.minusMicroSiemens, tile.minusDriftExponent, 1),
  };
}

function registersOf(
  tile: ProgrammedTile,
  now: Conductances,
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
    for (let cell = 0; cell < cells; cell++) {
      const gMax = profile.gMaxMicroSiemens;
      const plus = now.plus[cell] * readNoiseScale(profile, tile.plusMicroSiemens[cell] / gMax);
      const minus = now.minus[cell] * readNoiseScale(profile, tile.minusMicroSiemens[cell] / gMax);
      variances[cell] = plus * plus + minus * minus;
      largest = Math.max(largest, variances[cell]);
    }
  }
  const varianceStep = largest / layer.largestVarianceSteps;
  return {
    plusSteps: steps(now.plus),
    minusSteps: steps(now.minus),
    varianceSteps: Int16Array.from(variances, (variance) =>
      varianceStep === 0 ? 0 : Math.round(variance / varianceStep),
    ),
    varianceStep,
  };
}

function compensationOf(tile: ProgrammedTile, now: Conductances, profile: DeviceProfile): number {
  let programmed = 0;
  let present = 0;
  const cells = now.plus.length;
  for (let cell = 0; cell < cells; cell++) {
    programmed += Math.abs(tile.plusMicroSiemens[cell] - tile.minusMicroSiemens[cell]);
    present += Math.abs(now.plus[cell] - now.minus[cell]);
  }
  return programmed / Math.max(present, SMALLEST_MEAN_CONDUCTANCE * profile.gMaxMicroSiemens * cells);
}
