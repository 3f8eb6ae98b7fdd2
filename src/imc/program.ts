/**
 * Mapping of a network onto crossbar tiles, and programming of their devices. What is drawn here (programmed
 * conductance, drift exponent) is a device's identity: it depends on the programming seed and the device's
 * place alone and never changes afterwards.
 */
import { KirchhoffError } from '../contract/errors.ts';
import { gaussians } from '../numeric/random.ts';
import { type ColumnConverters, drawColumnConverters } from './column-converters.ts';
import { driftExponentMoments, programmingDeviation, relativeTargets } from './device.ts';
import { drawFaults, faultyConductance, HEALTHY, type TileFaults } from './faults.ts';
import { checkNetworkMemory } from './memory-limit.ts';
import { type ArrayLayer, type ConvolutionLayer, isArrayLayer, type Network, windowOf } from './network.ts';
import { type DeviceProfile, type FaultModel, largestCode } from './profile.ts';
import type { LayerRange } from './ranges.ts';
import { type PlacedLayer, positionsOf, type Shape, shapesOf } from './shapes.ts';
import { deviceStream } from './streams.ts';
import { writeVerify } from './write-verify.ts';

/** Sums of a column stay within int32. */
const LARGEST_SUM = 2 ** 31 - 1;
/**
 * Rows that are summed in int32 at a time. Taller tiles add their sections in f32, so that steps stay finer than
 * any programming noise.
 */
export const LARGEST_SECTION_ROWS = 1024;
/** What the addresses of random streams reach. */
const LARGEST_LAYER_COUNT = 256;
const LARGEST_TILE_COUNT = 65_536;
/** Conductances are held in steps of a 16-bit register. */
const LARGEST_REGISTER = 2 ** 15 - 1;
/** Programming noise and read noise may carry a device this far beyond g_max before its register clips. */
const REGISTER_HEADROOM = 2;

/** One crossbar tile; arrays are [row][column] over the cells that the layer uses. */
export interface ProgrammedTile {
  /** Number of the tile within its layer. */
  index: number;
  /** Group of channels whose matrix the tile holds a part of. */
  group: number;
  /** First row of the group's matrix that the tile holds, and how many. */
  rowStart: number;
  rows: number;
  /** Among the outputs of all groups. */
  columnStart: number;
  columns: number;
  /**
   * Conductances right after programming, microsiemens, at least 0. Where a cell has one device, that is
   * "plus", and "minus" is the exact reference that is taken off its current.
   */
  plusMicroSiemens: Float32Array;
  minusMicroSiemens: Float32Array;
  /** Drift exponents, at least 0. */
  plusDriftExponent: Float32Array;
  minusDriftExponent: Float32Array;
  /** Null where the profile has no faults. */
  faults: TileFaults | null;
  /** Of each column's ADC; null where the profile has none. */
  converters: ColumnConverters | null;
  /** Pulses that all devices together took, and devices that never verified; null without write-verify. */
  writing: { pulses: number; rejected: number } | null;
}

/** One array layer as a matrix of rows (inputs) and columns (outputs) cut into tiles. */
export interface ProgrammedLayer {
  name: string;
  layer: ArrayLayer;
  /** Inputs of one vector-matrix product, of one group of channels. */
  rows: number;
  /** Outputs of all groups together. */
  columns: number;
  groups: number;
  input: Shape;
  output: Shape;
  /** Vector-matrix products an item needs: output positions of a convolution, 1 for a dense layer. */
  positions: number;
  /**
   * Row r of the matrix holds the weights at `rowOrder[r]` of each output's weight vector: rows follow
   * position and then channel, so that a window of a convolution is one run of converter codes.
   */
  rowOrder: Int32Array;
  /** Largest |weight| of each column, which g_max stands for. */
  columnScale: Float32Array;
  range: LayerRange;
  /** Microsiemens a register step; coarse enough that no column sum leaves int32. */
  conductanceStep: number;
  /** Largest register value of a conductance. */
  largestConductanceSteps: number;
  /** Largest register value of a read-noise variance whose column sum stays within int32. */
  largestVarianceSteps: number;
  tiles: ProgrammedTile[];
}

export interface ProgrammedNetwork {
  network: Network;
  profile: DeviceProfile;
  programmingSeed: number;
  layers: ProgrammedLayer[];
}

/**
 * Maps and programs every convolution and dense layer, each weight in the devices that the profile's mapping
 * gives it, each column scaled by its largest |weight|; biases stay digital.
 *
 * @param options.faults in the place of those of the profile
 * @throws {KirchhoffError} `model-invalid` where shapes do not fit one another or a layer has no range,
 *   `value-out-of-range` where the network wants more than 1 GiB or more tiles than streams have addresses
 */
export function programNetwork(
  network: Network,
  profile: DeviceProfile,
  options: { programmingSeed: number; ranges: readonly LayerRange[]; faults?: FaultModel },
): ProgrammedNetwork {
  const { faults = profile.faults } = options;
  checkNetworkMemory(network, network.name);
  const layers = matricesOf(network).map((matrix, index) => {
    const range = options.ranges.find(({ layer }) => layer === matrix.layer.name);
    if (range === undefined || !(range.inputBound > 0) || !(range.outputBound > 0)) {
      throw new KirchhoffError(
        'model-invalid',
        'The model gives no positive converter range for this layer.',
        `${network.name} layer ${matrix.layer.name}`,
      );
    }
    return programLayer(matrix, index, range, { ...profile, faults }, options.programmingSeed);
  });
  return { network, profile, programmingSeed: options.programmingSeed, layers };
}

/** An array layer's weights as the matrix that the array multiplies with, one for each group of channels. */
export interface LayerMatrix {
  layer: ArrayLayer;
  /** Inputs of one vector-matrix product of one group. */
  rows: number;
  /** Outputs of all groups together, in order of the groups. */
  columns: number;
  groups: number;
  /** Of what the layer reads and gives. */
  input: Shape;
  output: Shape;
  positions: number;
  rowOrder: Int32Array;
}

/**
 * The matrices of all array layers, in order.
 *
 * @throws {KirchhoffError} `model-invalid` where shapes do not fit one another, a weight is not finite, or the
 * last layer does not give one logit a class
 */
export function matricesOf(network: Network): LayerMatrix[] {
  const placed = shapesOf(network);
  const last = network.layers.at(-1);
  if (last?.kind !== 'dense' || last.outFeatures !== network.classes.length) {
    throw new KirchhoffError(
      'model-invalid',
      `The last layer must be a dense one with ${network.classes.length} outputs, one a class.`,
      network.name,
    );
  }
  return placed.flatMap(({ layer, sources, input, output }): LayerMatrix[] => {
    if (!isArrayLayer(layer)) return [];
    for (const field of ['weights', 'bias'] as const) {
      if (!layer[field].every(Number.isFinite)) {
        throw new KirchhoffError(
          'model-invalid',
          'A value is not a finite number.',
          `${network.name} layer ${layer.name} ${field}`,
        );
      }
    }
    checkCommonMode(layer, network.name);
    const common = { layer, input, output, positions: positionsOf(output) };
    if (layer.kind === 'dense') {
      const source = placed[sources[0]]!;
      const rowOrder =
        source.layer.kind === 'flatten'
          ? flattenedOrder(source, layer.inFeatures)
          : Int32Array.from({ length: layer.inFeatures }, (_, row) => row);
      return [{ ...common, rows: layer.inFeatures, columns: layer.outFeatures, groups: 1, rowOrder }];
    }
    const rowOrder = windowOrder(layer);
    const { groups } = layer;
    return [{ ...common, rows: rowOrder.length, columns: layer.outChannels, groups, rowOrder }];
  });
}

function checkCommonMode({ name, weights, commonMode }: ArrayLayer, network: string): void {
  if (commonMode === undefined) return;
  const fits = commonMode.length === weights.length && commonMode.every((share) => share >= 0 && share <= 1);
  if (fits) return;
  throw new KirchhoffError(
    'model-invalid',
    'Common modes are not one for each weight, from 0 to 1.',
    `${network} layer ${name} commonMode`,
  );
}

/** Rows follow position and then channel; auxiliary features come last as they do in the weights. */
function flattenedOrder({ input }: PlacedLayer, features: number): Int32Array {
  const order = Int32Array.from({ length: features }, (_, row) => row);
  const positions = positionsOf(input);
  for (let position = 0; position < positions; position++) {
    for (let channel = 0; channel < input.channels; channel++) {
      order[position * input.channels + channel] = channel * positions + position;
    }
  }
  return order;
}

function windowOrder(layer: ConvolutionLayer): Int32Array {
  const [height, width] = windowOf(layer).kernel;
  const taps = height * width;
  const channels = layer.inChannels / layer.groups;
  const order = new Int32Array(taps * channels);
  for (let tap = 0; tap < taps; tap++) {
    for (let channel = 0; channel < channels; channel++) {
      order[tap * channels + channel] = channel * taps + tap;
    }
  }
  return order;
}

/** Largest |weight| of each output. */
export function columnScales(weights: Float32Array, columns: number): Float32Array {
  const rows = weights.length / columns;
  const scales = new Float32Array(columns);
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < rows; row++) {
      scales[column] = Math.max(scales[column], Math.abs(weights[column * rows + row]));
    }
  }
  return scales;
}

function programLayer(
  matrix: LayerMatrix,
  layerIndex: number,
  range: LayerRange,
  profile: DeviceProfile,
  seed: number,
): ProgrammedLayer {
  const { rows, columns, groups } = matrix;
  const columnScale = columnScales(matrix.layer.weights, columns);
  const rowsSummed = Math.min(rows, profile.tile.rows, LARGEST_SECTION_ROWS);
  const largestInput = largestCode(profile.converters.dacBits);
  const largestConductanceSteps = Math.min(
    LARGEST_REGISTER,
    Math.floor(LARGEST_SUM / (rowsSummed * largestInput)),
  );
  const places = tilePlaces(rows, columns, groups, profile);
  if (layerIndex >= LARGEST_LAYER_COUNT || places.length > LARGEST_TILE_COUNT) {
    throw new KirchhoffError(
      'value-out-of-range',
      `A network may have ${LARGEST_LAYER_COUNT} array layers of ${LARGEST_TILE_COUNT} tiles each.`,
      `layer ${matrix.layer.name}`,
    );
  }
  const tiles = places.map((place) => ({
    ...place,
    ...programTile(
      place,
      { weights: targetsOf(matrix, columnScale, place), commonModes: commonModesOf(matrix, place) },
      layerIndex,
      profile,
      seed,
    ),
  }));
  return {
    name: matrix.layer.name,
    ...matrix,
    columnScale,
    range,
    conductanceStep: (REGISTER_HEADROOM * profile.gMaxMicroSiemens) / largestConductanceSteps,
    largestConductanceSteps,
    largestVarianceSteps: Math.min(
      LARGEST_REGISTER,
      Math.floor(LARGEST_SUM / (rowsSummed * largestInput * largestInput)),
    ),
    tiles,
  };
}

type TilePlace = Pick<ProgrammedTile, 'index' | 'group' | 'rowStart' | 'rows' | 'columnStart' | 'columns'>;

/**
 * Row by row of tiles, within it group by group. Each group has tiles of its own: groups side by side on the
 * diagonal of one tile would leave devices of weight 0 between the inputs of one and the outputs of another.
 */
function tilePlaces(rows: number, columns: number, groups: number, { tile }: DeviceProfile): TilePlace[] {
  const places: TilePlace[] = [];
  const width = columns / groups;
  for (let rowStart = 0; rowStart < rows; rowStart += tile.rows) {
    for (let group = 0; group < groups; group++) {
      for (let first = 0; first < width; first += tile.columns) {
        places.push({
          index: places.length,
          group,
          rowStart,
          rows: Math.min(tile.rows, rows - rowStart),
          columnStart: group * width + first,
          columns: Math.min(tile.columns, width - first),
        });
      }
    }
  }
  return places;
}

/** Weights of a tile's cells over the largest |weight| of their column, -1 to 1, [row][column]. */
export function targetsOf(
  matrix: Pick<LayerMatrix, 'layer' | 'rows' | 'rowOrder'>,
  columnScale: Float32Array,
  tile: TilePlace,
): Float64Array {
  const targets = new Float64Array(tile.rows * tile.columns);
  for (let row = 0; row < tile.rows; row++) {
    const input = matrix.rowOrder[tile.rowStart + row];
    for (let column = 0; column < tile.columns; column++) {
      const output = tile.columnStart + column;
      const scale = columnScale[output];
      const weight = matrix.layer.weights[output * matrix.rows + input];
      targets[row * tile.columns + column] = scale === 0 ? 0 : weight / scale;
    }
  }
  return targets;
}

/** Common modes of a tile's cells as the model has them, [row][column]; null for a layer without. */
export function commonModesOf(
  matrix: Pick<LayerMatrix, 'layer' | 'rows' | 'rowOrder'>,
  tile: TilePlace,
): Float64Array | null {
  const { commonMode } = matrix.layer;
  if (commonMode === undefined) return null;
  return Float64Array.from({ length: tile.rows * tile.columns }, (_, cell) => {
    const input = matrix.rowOrder[tile.rowStart + Math.floor(cell / tile.columns)];
    return commonMode[(tile.columnStart + (cell % tile.columns)) * matrix.rows + input];
  });
}

/** What the cells of a tile are to hold, [row][column]. */
export interface CellTargets {
  /** Over the largest |weight| of their column, -1 to 1. */
  weights: Float64Array;
  commonModes: Float64Array | null;
}

function programTile(
  place: TilePlace,
  targets: CellTargets,
  layerIndex: number,
  profile: DeviceProfile,
  seed: number,
): Omit<ProgrammedTile, keyof TilePlace> {
  const cells = targets.weights.length;
  // Devices are numbered cell by cell, the one for G+ first.
  const programming = gaussians(deviceStream(seed, 'programming', layerIndex, place.index), 2 * cells);
  const exponents = gaussians(deviceStream(seed, 'driftExponent', layerIndex, place.index), 2 * cells);
  const faults =
    profile.faults === undefined
      ? null
      : drawFaults(place, targets, layerIndex, profile, profile.faults, seed);
  const tile = {
    plusMicroSiemens: new Float32Array(cells),
    minusMicroSiemens: new Float32Array(cells),
    plusDriftExponent: new Float32Array(cells),
    minusDriftExponent: new Float32Array(cells),
    faults,
    converters: drawColumnConverters(profile, seed, layerIndex, place),
  };
  const writeTargets: (number | null)[] = [];
  for (let cell = 0; cell < cells; cell++) {
    const { plus, minus, reference } = relativeTargets(
      profile,
      targets.weights[cell],
      targets.commonModes?.[cell],
    );
    for (const [side, g, conductance, exponent, fault] of [
      [0, plus, tile.plusMicroSiemens, tile.plusDriftExponent, faults?.plus[cell] ?? HEALTHY],
      [1, minus, tile.minusMicroSiemens, tile.minusDriftExponent, faults?.minus[cell] ?? HEALTHY],
    ] as const) {
      const device = 2 * cell + side;
      if (g === null || fault !== HEALTHY) {
        conductance[cell] =
          g === null ? reference * profile.gMaxMicroSiemens : faultyConductance(profile, fault);
        writeTargets[device] = null;
        continue;
      }
      const target = g * profile.gMaxMicroSiemens;
      conductance[cell] = Math.max(0, target + programmingDeviation(profile, g) * programming[device]);
      writeTargets[device] = target;
      const { mean, deviation } = driftExponentMoments(profile, g);
      exponent[cell] = Math.abs(mean + deviation * exponents[device]);
    }
  }
  if (profile.programming.kind !== 'write-verify') return { ...tile, writing: null };
  const at = { layer: layerIndex, tile: place.index };
  const { conductances, pulses, rejected } = writeVerify(writeTargets, profile.programming, seed, at);
  for (const [device, target] of writeTargets.entries()) {
    if (target === null) continue;
    const side = device % 2 === 0 ? tile.plusMicroSiemens : tile.minusMicroSiemens;
    side[device >> 1] = conductances[device];
  }
  return { ...tile, writing: { pulses: pulses.reduce((sum, count) => sum + count, 0), rejected } };
}
