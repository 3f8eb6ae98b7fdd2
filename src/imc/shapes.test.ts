import { describe, expect, test } from 'vitest';
import { residualNetwork, smallNetwork } from '../../test/random-network.ts';
import { KirchhoffError } from '../contract/errors.ts';
import type { Network, NetworkLayer } from './network.ts';
import { macsByLayer, shapesOf } from './shapes.ts';

type Mutable = Record<string, unknown>;

function changed(change: (layers: (NetworkLayer & Mutable)[], network: Network) => void): Network {
  const network = structuredClone(residualNetwork());
  change(network.layers as (NetworkLayer & Mutable)[], network);
  return network;
}

function layer(layers: (NetworkLayer & Mutable)[], name: string): Mutable {
  return layers.find((one) => one.name === name)!;
}

describe('shapes', () => {
  test('of a network of signals are those of a hand calculation', () => {
    const shapes = shapesOf(smallNetwork()).map(({ output }) => [
      output.channels,
      output.height,
      output.width,
    ]);
    expect(shapes).toEqual([
      [11, 1, 60],
      [11, 1, 30],
      [16, 1, 14],
      [16, 1, 6],
      [99, 1, 1],
      [21, 1, 1],
      [4, 1, 1],
    ]);
  });

  test('of a residual network of images are those of a hand calculation', () => {
    const placed = shapesOf(residualNetwork());
    expect(
      placed.map(({ layer: { name }, output: { channels, height, width } }) => [
        name,
        channels,
        height,
        width,
      ]),
    ).toEqual([
      ['stem', 8, 7, 12],
      ['halve', 8, 3, 6],
      ['one', 12, 3, 6],
      ['two', 12, 3, 6],
      ['shortcut', 12, 3, 6],
      ['sum', 12, 3, 6],
      ['global', 12, 1, 1],
      ['flatten', 14, 1, 1],
      ['hidden', 9, 1, 1],
      ['again', 9, 1, 1],
      ['both', 9, 1, 1],
      ['logits', 3, 1, 1],
    ]);
    expect(placed.map(({ sources }) => sources)).toEqual([
      [-1],
      [0],
      [1],
      [2],
      [1],
      [3, 4],
      [5],
      [6],
      [7],
      [8],
      [9, 8],
      [10],
    ]);
    // Positions x weights: 84 x 8 (2 x 15), 18 x 12 (8 / 4 x 9), 18 x 12 x 12 x 9, 18 x 12 x 8, then dense ones.
    expect(macsByLayer(residualNetwork())).toEqual([
      { layer: 'stem', macs: 20_160 },
      { layer: 'one', macs: 3888 },
      { layer: 'two', macs: 23_328 },
      { layer: 'shortcut', macs: 1728 },
      { layer: 'hidden', macs: 126 },
      { layer: 'again', macs: 81 },
      { layer: 'logits', macs: 27 },
    ]);
  });

  const wrong: [string, RegExp, (layers: (NetworkLayer & Mutable)[], network: Network) => void][] = [
    [
      'an unknown source',
      /layer shortcut input: Layer nowhere does not exist/,
      (l) => Object.assign(layer(l, 'shortcut'), { input: 'nowhere' }),
    ],
    [
      'a cycle',
      /layer one input: Layer sum does not stand before/,
      (l) => Object.assign(layer(l, 'one'), { input: 'sum' }),
    ],
    [
      'a layer that reads itself',
      /layer one input: Layer one does not stand before/,
      (l) => Object.assign(layer(l, 'one'), { input: 'one' }),
    ],
    [
      'a sum of what comes later',
      /layer sum inputs\.1: Layer logits does not stand/,
      (l) => Object.assign(layer(l, 'sum'), { inputs: ['two', 'logits'] }),
    ],
    [
      'unequal shapes in a sum',
      /layer sum inputs: 12 channels of 3 x 6 values and 8 channels of 3 x 6 values/,
      (l) => Object.assign(layer(l, 'sum'), { inputs: ['two', 'halve'] }),
    ],
    [
      'a sum of what was flattened',
      /layer both inputs\.0/,
      (l) => Object.assign(layer(l, 'both'), { inputs: ['flatten', 'hidden'] }),
    ],
    ['a name given twice', /layer stem name/, (l) => Object.assign(layer(l, 'one'), { name: 'stem' })],
    [
      'the name of the input',
      /layer input name/,
      (l) => Object.assign(layer(l, 'logits'), { name: 'input' }),
    ],
    [
      'an output that nothing reads',
      /layer shortcut: Nothing reads/,
      (l) => Object.assign(layer(l, 'sum'), { inputs: ['two', 'two'] }),
    ],
    [
      'another number of channels',
      /layer two inChannels: It is 11/,
      (l) => Object.assign(layer(l, 'two'), { inChannels: 11 }),
    ],
    [
      'groups that do not divide',
      /layer one groups: 3 groups/,
      (l) => Object.assign(layer(l, 'one'), { groups: 3 }),
    ],
    [
      'a kernel beyond its input',
      /layer two kernel: The window of 6 x 3 is larger/,
      (l) => Object.assign(layer(l, 'two'), { kernel: [6, 3] }),
    ],
    [
      'a pool beyond its input',
      /layer global size: The window of 4 x 6/,
      (l) => Object.assign(layer(l, 'global'), { size: [4, 6] }),
    ],
    [
      'a stride of nothing',
      /layer stem stride: It is 0 x 1/,
      (l) => Object.assign(layer(l, 'stem'), { stride: [0, 1] }),
    ],
    [
      'a padding below nothing',
      /layer stem padding: It is -1 x 1/,
      (l) => Object.assign(layer(l, 'stem'), { padding: [-1, 1] }),
    ],
    [
      'a dilation of nothing',
      /layer stem dilation: It is 0 x 1/,
      (l) => Object.assign(layer(l, 'stem'), { dilation: [0, 1] }),
    ],
    [
      'a window that dilation makes larger than its input',
      /layer stem kernel: The window of 33 x 3 is larger/,
      (l) => Object.assign(layer(l, 'stem'), { dilation: [8, 1] }),
    ],
    [
      'too few weights',
      /layer stem weights: There are 239, not 240/,
      (l) => Object.assign(layer(l, 'stem'), { weights: new Float32Array(239) }),
    ],
    [
      'too many biases',
      /layer logits bias: There are 4, not 3/,
      (l) => Object.assign(layer(l, 'logits'), { bias: new Float32Array(4) }),
    ],
    [
      'a convolution of signals',
      /layer stem kind: It reads 2 channels of 15 x 12 values, which are no signal/,
      (l) => Object.assign(layer(l, 'stem'), { kind: 'conv1d', kernel: 3, stride: 1, padding: 1 }),
    ],
    ['a dense layer before flattening', /layer hidden kind/, (l) => l.splice(7, 1)],
    [
      'a second flatten layer',
      /layer more kind: There is more than one/,
      (l) => l.splice(8, 0, { kind: 'flatten', name: 'more' } as never),
    ],
    [
      'features that are not there',
      /layer hidden inFeatures: It is 13/,
      (l) => Object.assign(layer(l, 'hidden'), { inFeatures: 13 }),
    ],
    [
      'an image of no height',
      /^residual input: height is 0/,
      (_, n) => Object.assign(n.input, { height: 0 }),
    ],
    [
      'half an auxiliary feature',
      /^residual input: auxiliaryFeatures is 0\.5/,
      (_, n) => Object.assign(n.input, { auxiliaryFeatures: 0.5 }),
    ],
  ];
  test.each(wrong)('%s is told with layer and field', (_, message, change) => {
    const network = changed(change);
    expect(() => shapesOf(network)).toThrow(KirchhoffError);
    expect(() => shapesOf(network)).toThrow(expect.objectContaining({ code: 'model-invalid' }));
    expect(() => shapesOf(network)).toThrow(message);
  });
});
