/** Ranges of the converters of each array layer, from what flows through the network on training data. */
import { inputSize, type Network, windowOf } from './network.ts';
import type { DeviceProfile } from './profile.ts';
import { columnScales, type LayerMatrix, matricesOf } from './program.ts';
import { forwardItem } from './software.ts';

export interface LayerRange {
  layer: string;
  /** Magnitude of an input that the DAC's largest code stands for; larger inputs clip. */
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
const SMALLEST_BOUND = 1e-6;

/**
 * Bounds that hold 99.99 % of inputs and of column sums in the fp32 network, over at most 512 evenly spaced
 * items.
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
  const used = Math.min(items, LARGEST_ITEM_COUNT);
  const inputs: Float32Array[][] = matrices.map(() => []);
  for (let i = 0; i < used; i++) {
    const item = Math.floor((i * items) / used);
    forwardItem(network, signals, auxiliary, item, (layer, values) => inputs[layer].push(values));
  }
  return matrices.map((matrix, index) => {
    const inputBound = boundOf(inputs[index]);
    const sums = inputs[index].map((values) => columnSums(matrix, profile, values, inputBound));
    return { layer: matrix.layer.name, inputBound, outputBound: boundOf(sums) };
  });
}

function boundOf(parts: readonly Float32Array[]): number {
  const magnitudes = new Float32Array(parts.reduce((count, part) => count + part.length, 0));
  let end = 0;
  for (const part of parts) for (const value of part) magnitudes[end++] = Math.abs(value);
  magnitudes.sort();
  const within = Math.min(end - 1, Math.ceil(SHARE_WITHIN_BOUND * end) - 1);
  return Math.max(SMALLEST_BOUND, end === 0 ? 0 : magnitudes[within]);
}

/** All column sums of one item, tile by tile, in the units of `outputBound`. */
function columnSums(
  matrix: LayerMatrix,
  profile: DeviceProfile,
  values: Float32Array,
  inputBound: number,
): Float32Array {
  const { layer, rows, columns, groups, positions, rowOrder } = matrix;
  const scales = columnScales(layer.weights, columns);
  const rowTiles = Math.ceil(rows / profile.tile.rows);
  const sums = new Float32Array(rowTiles * columns * positions);
  const vectors = Array.from({ length: groups }, () => new Float32Array(rows));
  for (let position = 0; position < positions; position++) {
    for (const [group, vector] of vectors.entries()) {
      for (let row = 0; row < rows; row++) {
        const value = inputAt(matrix, values, group, row, position) / inputBound;
        vector[row] = Math.min(1, Math.max(-1, value));
      }
    }
    for (let column = 0; column < columns; column++) {
      if (scales[column] === 0) continue;
      const vector = vectors[Math.floor((column * groups) / columns)];
      for (let row = 0; row < rows; row++) {
        const tile = Math.floor(row / profile.tile.rows);
        sums[(tile * positions + position) * columns + column] +=
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
  const { kernel, stride, padding } = windowOf(layer);
  const taps = kernel[0] * kernel[1];
  const tap = rowOrder[row] % taps;
  const channel = (group * layer.inChannels) / layer.groups + Math.floor(rowOrder[row] / taps);
  const y = Math.floor(position / output.width) * stride[0] - padding[0] + Math.floor(tap / kernel[1]);
  const x = (position % output.width) * stride[1] - padding[1] + (tap % kernel[1]);
  const inside = y >= 0 && y < input.height && x >= 0 && x < input.width;
  return inside ? values[(channel * input.height + y) * input.width + x] : 0;
}
