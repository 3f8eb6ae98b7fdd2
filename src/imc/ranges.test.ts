import { describe, expect, test } from 'vitest';
import { obviousForward } from '../../test/obvious-network.ts';
import {
  dilatedImages,
  networkOf,
  randomConv2d,
  randomDense,
  randomItems,
  residualNetwork,
  shippedProfile,
} from '../../test/random-network.ts';
import { inputSize, type Network } from './network.ts';
import { calibrateRanges } from './ranges.ts';

const profile = { ...shippedProfile('ideal'), tile: { rows: 16, columns: 8, source: 'test' } };

/** Magnitude that 99.99 % stay within. */
function bound(values: number[]): number {
  const sorted = values.map(Math.abs).sort((a, b) => a - b);
  return sorted[Math.ceil(0.9999 * sorted.length) - 1];
}

/** The definition, with loops over nested arrays; the order of rows in tiles is by tap and then channel. */
function obviousRanges(network: Network, items: number) {
  const { signals, auxiliary } = randomItems(network, items);
  const size = inputSize(network.input);
  const features = network.input.auxiliaryFeatures;
  const reads: { weights: number[][]; inputs: number[] }[][] = [];
  for (let item = 0; item < items; item++) {
    obviousForward(
      network,
      signals.subarray(item * size, (item + 1) * size),
      auxiliary.subarray(item * features, (item + 1) * features),
      {
        multiply: (layer, index, group, inputs) => {
          const groups = layer.kind === 'dense' ? 1 : layer.groups;
          const outputs = layer.bias.length / groups;
          const weights = Array.from({ length: outputs }, (_, o) => {
            const start = (group * outputs + o) * inputs.length;
            return Array.from(layer.weights.subarray(start, start + inputs.length));
          });
          reads[index] ??= [];
          reads[index].push({ weights, inputs: [...inputs] });
          return weights.map(
            (row, o) => row.reduce((sum, w, i) => sum + w * inputs[i], 0) + layer.bias[group * outputs + o],
          );
        },
        round: (value) => value,
        average: (sum, count) => sum / count,
      },
    );
  }
  return reads;
}

describe('ranges', () => {
  test.each([
    ['images', residualNetwork()],
    ['dilated convolutions', dilatedImages()],
  ])('of %s hold all but one in ten thousand column sums of tiles', (_, network) => {
    const items = 6;
    const { signals, auxiliary } = randomItems(network, items);
    const ranges = calibrateRanges(network, profile, signals, auxiliary);
    const reads = obviousRanges(network, items);
    const arrayLayers = network.layers.filter((layer) => 'weights' in layer);
    expect(ranges.map(({ layer }) => layer)).toEqual(arrayLayers.map(({ name }) => name));
    for (const [index, { inputBound, outputBound }] of ranges.entries()) {
      const layer = arrayLayers[index];
      // What a convolution's windows overlap on or leave out changes how often a value counts, not its size.
      const inputs = reads[index].flatMap((read) => read.inputs);
      if (layer.kind === 'dense') expect(inputBound).toBeCloseTo(bound(inputs), 5);
      expect(inputBound).toBeLessThanOrEqual(Math.max(...inputs.map(Math.abs)) + 1e-6);
      // One read at a time: the sum of a tile's sixteen rows.
      const sums = reads[index].flatMap(({ weights, inputs: read }) => {
        const taps = layer.kind === 'conv2d' ? layer.kernel[0] * layer.kernel[1] : 1;
        const channels = read.length / taps;
        // Behind the flatten layer there is one position, so that features lie as they come.
        const order = Array.from({ length: read.length }, (_, row) =>
          layer.kind === 'dense' ? row : (row % channels) * taps + Math.floor(row / channels),
        );
        return weights.flatMap((row) => {
          const scale = Math.max(...row.map(Math.abs));
          const tiles: number[] = [];
          for (let first = 0; first < order.length; first += 16) {
            const rows = order.slice(first, first + 16);
            tiles.push(
              rows.reduce((sum, at) => {
                const input = Math.min(1, Math.max(-1, read[at] / inputBound));
                return sum + (input * row[at]) / scale;
              }, 0),
            );
          }
          return tiles;
        });
      });
      expect(outputBound / bound(sums)).toBeCloseTo(1, 5);
    }
  });

  test('of large images are found from some of their positions', () => {
    const network = networkOf(
      'large',
      { kind: 'image', channels: 1, height: 120, width: 130, auxiliaryFeatures: 0 },
      [
        randomConv2d('conv', 1, 40, [3, 3], { padding: [1, 1], stream: 5 }),
        { kind: 'pool2d', name: 'all', operation: 'average', size: [120, 130], stride: [1, 1] },
        { kind: 'flatten', name: 'flatten' },
        randomDense('dense', 40, 2, { stream: 6 }),
      ],
      2,
    );
    // 15,600 positions x 40 columns x 8 items are more than four million sums.
    const { signals, auxiliary } = randomItems(network, 8);
    const [{ outputBound }] = calibrateRanges(network, profile, signals, auxiliary);
    const [few] = calibrateRanges(network, profile, signals.subarray(0, 6 * 15_600), auxiliary);
    expect(Math.abs(outputBound / few.outputBound - 1)).toBeLessThan(0.05);
  });
});
