import { describe, expect, test } from 'vitest';
import { obviousForward } from '../../test/obvious-network.ts';
import {
  dilatedImages,
  dilatedSignals,
  networkOf,
  randomConv1d,
  randomConv2d,
  randomDense,
  randomItems,
  residualNetwork,
  smallNetwork,
} from '../../test/random-network.ts';
import { inputSize, type Network } from './network.ts';
import { runIdealFp32 } from './software.ts';

const depthwise = networkOf(
  'depthwise',
  { kind: 'signal', channels: 6, length: 23, auxiliaryFeatures: 1 },
  [
    randomConv1d('each', 6, 12, 5, { stride: 2, padding: 2, groups: 6, stream: 60 }),
    randomConv1d('pairs', 12, 4, 3, { groups: 2, stream: 61 }),
    { kind: 'flatten', name: 'flatten' },
    randomDense('dense', 41, 3, { stream: 62 }),
  ],
  3,
);

const wide = networkOf(
  'wide',
  { kind: 'image', channels: 1, height: 9, width: 31, auxiliaryFeatures: 0 },
  [
    { kind: 'pool2d', name: 'pool0', operation: 'average', size: [2, 3], stride: [1, 3] },
    randomConv2d('conv', 1, 5, [2, 4], { stride: [3, 2], padding: [0, 3], activation: 'none', stream: 63 }),
    { kind: 'add', name: 'twice', inputs: ['conv', 'conv'], activation: 'relu' },
    { kind: 'flatten', name: 'flatten' },
    randomDense('dense', 5 * 3 * 7, 2, { stream: 64 }),
  ],
  2,
);

describe('the fp32 network in software', () => {
  test.each<[string, Network]>([
    ['signals, both poolings, auxiliary features', smallNetwork()],
    ['groups along time', depthwise],
    ['a residual network of images', residualNetwork()],
    ['dilation along time', dilatedSignals()],
    ['dilation of images', dilatedImages()],
    ['unequal heights and widths, a sum of one output with itself', wide],
  ])('agrees with loops over nested arrays: %s', (_, network) => {
    const items = 5;
    const { signals, auxiliary } = randomItems(network, items);
    const logits = runIdealFp32(network, signals, auxiliary);
    const classes = network.classes.length;
    const size = inputSize(network.input);
    const features = network.input.auxiliaryFeatures;
    let largest = 0;
    for (let item = 0; item < items; item++) {
      const expected = obviousForward(
        network,
        signals.subarray(item * size, (item + 1) * size),
        auxiliary.subarray(item * features, (item + 1) * features),
        {
          multiply: (layer, _, group, inputs) => {
            const outputs = layer.kind === 'dense' ? layer.outFeatures : layer.outChannels / layer.groups;
            return Array.from({ length: outputs }, (_, o) => {
              const output = group * outputs + o;
              return inputs.reduce(
                (sum, value, i) => sum + value * layer.weights[output * inputs.length + i],
                layer.bias[output],
              );
            });
          },
          round: (value) => value,
          average: (sum, count) => sum / count,
        },
      );
      for (let c = 0; c < classes; c++) {
        largest = Math.max(largest, Math.abs(logits[item * classes + c] - expected[c]));
      }
    }
    expect(largest).toBeLessThan(1e-5);
    expect(Math.max(...logits.map(Math.abs))).toBeGreaterThan(0.1);
  });
});
