import { describe, expect, test } from 'vitest';
import {
  networkOf,
  randomConv1d,
  randomDense,
  shippedProfile,
  smallNetwork,
} from '../../test/random-network.ts';
import { errorBodyOf } from '../contract/errors.ts';
import type { Network } from './network.ts';
import { programNetwork } from './program.ts';
import { macsByLayer } from './shapes.ts';
import { macsInTiles, tilesOf } from './utilisation.ts';

const pcm = shippedProfile('pcm-nandakumar-2019');

function programmed(network: Network, rows: number, columns: number) {
  const ranges = network.layers.map(({ name }) => ({ layer: name, inputBound: 1, outputBound: 1 }));
  const profile = { ...pcm, tile: { rows, columns, source: 'test' } };
  return programNetwork(network, profile, { programmingSeed: 1, ranges });
}

const wide = networkOf(
  'wide',
  { kind: 'signal', channels: 2, length: 100, auxiliaryFeatures: 0 },
  [
    randomConv1d('conv', 2, 70, 9, { stride: 4, padding: 4, stream: 1 }),
    { kind: 'flatten', name: 'flatten' },
    randomDense('dense', 70 * 25, 5, { stream: 2 }),
  ],
  5,
);

describe('tiles', () => {
  test.each([
    [smallNetwork(), 256, 256],
    [smallNetwork(), 20, 6],
    [wide, 256, 64],
    [wide, 17, 33],
  ])('do all multiply-accumulates of the network, once: %#', (network, rows, columns) => {
    expect(macsInTiles(programmed(network, rows, columns))).toEqual(macsByLayer(network));
  });

  test('cover every cell of a layer once', () => {
    for (const layer of programmed(wide, 17, 33).layers) {
      const covered = new Uint8Array(layer.rows * layer.columns);
      for (const tile of layer.tiles) {
        for (let row = 0; row < tile.rows; row++) {
          for (let column = 0; column < tile.columns; column++) {
            covered[(tile.rowStart + row) * layer.columns + tile.columnStart + column]++;
          }
        }
      }
      expect(covered.every((count) => count === 1)).toBe(true);
      expect([...layer.rowOrder].sort((a, b) => a - b)).toEqual(
        Array.from({ length: layer.rows }, (_, i) => i),
      );
    }
  });

  test('report how full they are', () => {
    expect(tilesOf(programmed(wide, 256, 64)).slice(0, 2)).toEqual([
      {
        layer: 'conv',
        tile: 0,
        rows: 256,
        columns: 64,
        rowsUsed: 18,
        columnsUsed: 64,
        utilisation: 18 / 256,
      },
      {
        layer: 'conv',
        tile: 1,
        rows: 256,
        columns: 64,
        rowsUsed: 18,
        columnsUsed: 6,
        utilisation: 108 / 16384,
      },
    ]);
  });
});

describe('a network that does not fit together is refused with the layer', () => {
  const wrong = (layers: Network['layers'], ranges?: string[]): string => {
    const network = { ...wide, layers };
    try {
      programNetwork(network, pcm, {
        programmingSeed: 1,
        ranges: (ranges ?? layers.map(({ name }) => name)).map((layer) => ({
          layer,
          inputBound: 1,
          outputBound: 1,
        })),
      });
    } catch (error) {
      expect(errorBodyOf(error).code).toBe('model-invalid');
      return errorBodyOf(error).at ?? '';
    }
    return 'accepted';
  };
  const [conv, flatten, dense] = wide.layers;

  test('shapes, ranges and the last layer', () => {
    expect(wrong([conv, flatten, dense])).toBe('accepted');
    expect(wrong([conv, flatten, dense], ['conv'])).toBe('wide layer dense');
    expect(wrong([randomConv1d('narrow', 3, 70, 9, { stream: 1 }), flatten, dense])).toBe(
      'wide layer narrow inChannels',
    );
    expect(wrong([conv, flatten, randomDense('short', 12, 5, { stream: 2 })])).toBe(
      'wide layer short inFeatures',
    );
    expect(wrong([conv, dense])).toBe('wide layer dense kind');
    expect(wrong([conv, flatten, randomDense('four', 70 * 25, 4, { stream: 2 })])).toBe('wide');
    expect(wrong([randomConv1d('long', 2, 70, 101, { stream: 1 }), flatten, dense])).toBe(
      'wide layer long kernel',
    );
    const holed = randomConv1d('holed', 2, 70, 9, { stride: 4, padding: 4, stream: 1 });
    holed.weights[7] = Number.NaN;
    expect(wrong([holed, flatten, dense])).toBe('wide layer holed weights');
  });
});
