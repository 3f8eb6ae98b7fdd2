/** Ranges of the converters of each array layer, from what flows through the network on training data. */
import { inputSize, type Network, windowOf } from './network.ts';
import type { DeviceProfile } from './profile.ts';
import { columnScales, type LayerMatrix, matricesOf } from './program.ts';
import { valuesOf } from './shapes.ts';
import { forwardItem } from './software.ts';

export interface LayerRange {
  layer: string;
  /**
   * Magnitude of an input that the DAC's largest code stands for; larger inputs clip. Unused where inputs are scaled
   * by their own largest.
   */
  inputBound: number;
  /**
   * Magnitude of a tile's column sum that the ADC's largest code stands for, in units of one full-scale input
   * on the largest weight of a column; larger sums clip.
   */
  outputBound: number;
}

/** Share of values within a bound; the few beyond it clip and leave finer steps to all others. */
const SHARE_WITHIN_BOUND = 0.9999;
const LARGEST_ITEM_COUNT = 512;
/** Values that are kept of all items, 256 MiB; large images take fewer items. */
const LARGEST_KEPT_COUNT = 2 ** 26;
/** Values that a bound is found from; beyond it, evenly spaced ones do. */
const LARGEST_VALUE_COUNT = 2 ** 22;
const SMALLEST_BOUND = 1e-6;

/**
 * Bounds that hold 99.99 % of inputs and of column sums in the fp32 network, over at most 512 evenly spaced
 * items, fewer where they are large, and of large maps over evenly spaced positions. Column sums are those of the
 * profile's input scaling; offsets, gains and S-shapes of columns differ from chip to chip and are not in them.
 *
 * @param signals [n][channels][length] or [n][channels][height][width], training data
 * @param auxiliary [n][auxiliary features]
 */
export function calibrateRanges(
  network: Network,
  profile: DeviceProfile,
  signals: Float32Array,
  auxiliary: Float32Array,
): LayerRange[] {
  const matrices = matricesOf(network);
  const items = signals.length / inputSize(network.input);
  const kept = matrices.reduce((sum, { input }) => sum + valuesOf(input), network.input.auxiliaryFeatures);
  const used = Math.min(items, LARGEST_ITEM_COUNT, Math.max(1, Math.floor(LARGEST_KEPT_COUNT / kept)));
  const inputs: Float32Array[][] = matrices.map(() => []);
  for (let i = 0; i < used; i++) {
    const item = Math.floor((i * items) / used);
    forwardItem(network, signals, auxiliary, item, (layer, values) => inputs[layer].push(values));
  }
  const ownScale = profile.converters.inputScaling === 'absolute-maximum';
  return matrices.map((matrix, index) => {
    const inputBound = boundOf(inputs[index].map((values, item) => thinned(values, used, item)));
    const sums = inputs[index].map((values, item) => {
      const fullScale = ownScale ? Math.max(SMALLEST_BOUND, largestOf(values)) : inputBound;
      return columnSums(matrix, profile, values, fullScale, used, item);
    });
    return { layer: matrix.layer.name, inputBound, outputBound: boundOf(sums) };
  });
}

/** Evenly spaced places among `count`, so many that `items` of them stay within the limit; they differ by item. */
function placesOf(count: number, valuesEach: number, items: number, item: number): number[] {
  const most = Math.max(1, Math.floor(LARGEST_VALUE_COUNT / (valuesEach * items)));
  const step = Math.ceil(count / most);
  const places: number[] = [];
  for (let place = item % step; place < count; place += step) places.push(place);
  return places;
}

function thinned(values: Float32Array, items: number, item: number): Float32Array {
  const places = placesOf(values.length, 1, items, item);
  return places.length === values.length ? values : Float32Array.from(places, (place) => values[place]);
}

function largestOf(values: Float32Array): number {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}

function boundOf(parts: readonly Float32Array[]): number {
  const magnitudes = new Float32Array(parts.reduce((count, part) => count + part.length, 0));
  let end = 0;
  for (const part of parts) for (const value of part) magnitudes[end++] = Math.abs(value);
  magnitudes.sort();
  const within = Math.min(end - 1, Math.ceil(SHARE_WITHIN_BOUND * end) - 1);
  return Math.max(SMALLEST_BOUND, end === 0 ? 0 : magnitudes[within]);
}

/**
 * Column sums of one item, tile by tile, in the units of `outputBound`.
 *
 * @param fullScale input that the DAC's largest code stands for
 */
function columnSums(
  matrix: LayerMatrix,
  profile: DeviceProfile,
  values: Float32Array,
  fullScale: number,
  items: number,
  item: number,
): Float32Array {
  const { layer, rows, columns, groups, positions, rowOrder } = matrix;
  const scales = columnScales(layer.weights, columns);
  const rowTiles = Math.ceil(rows / profile.tile.rows);
  const places = placesOf(positions, rowTiles * columns, items, item);
  const sums = new Float32Array(rowTiles * columns * places.length);
  const vectors = Array.from({ length: groups }, () => new Float32Array(rows));
  for (const [i, position] of places.entries()) {
    for (const [group, vector] of vectors.entries()) {
      for (let row = 0; row < rows; row++) {
        const value = inputAt(matrix, values, group, row, position) / fullScale;
        vector[row] = Math.min(1, Math.max(-1, value));
      }
    }
    for (let column = 0; column < columns; column++) {
      if (scales[column] === 0) continue;
      const vector = vectors[Math.floor((column * groups) / columns)];
      for (let row = 0; row < rows; row++) {
        const tile = Math.floor(row / profile.tile.rows);
        sums[(tile * places.length + i) * columns + column] +=
          (vector[row] * layer.weights[column * rows + rowOrder[row]]) / scales[column];
      }
    }
  }
  return sums;
}

/** What row `row` of a group's matrix is driven with at `position`; 0 in the padding of a convolution. */
function inputAt(
  { layer, rowOrder, input, output }: LayerMatrix,
  values: Float32Array,
  group: number,
  row: number,
  position: number,
): number {
  if (layer.kind === 'dense') return values[rowOrder[row]];
  const { kernel, stride, padding, dilation } = windowOf(layer);
  const taps = kernel[0] * kernel[1];
  const tap = rowOrder[row] % taps;
  const channel = (group * layer.inChannels) / layer.groups + Math.floor(rowOrder[row] / taps);
  const top = Math.floor(position / output.width) * stride[0] - padding[0];
  const left = (position % output.width) * stride[1] - padding[1];
  const y = top + Math.floor(tap / kernel[1]) * dilation[0];
  const x = left + (tap % kernel[1]) * dilation[1];
  const inside = y >= 0 && y < input.height && x >= 0 && x < input.width;
  return inside ? values[(channel * input.height + y) * input.width + x] : 0;
}
