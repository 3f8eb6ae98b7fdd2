import { describe, expect, test } from 'vitest';
import { obviousForward } from '../../test/obvious-network.ts';
import {
  dilatedImages,
  dilatedSignals,
  networkOf,
  randomConv1d,
  randomDense,
  randomItems,
  residualNetwork,
  smallNetwork,
} from '../../test/random-network.ts';
import { type Conv1dLayer, type DenseLayer, inputSize, type Network, type NetworkLayer } from './network.ts';
import { neuroBenchMetrics } from './neurobench.ts';
import { macsByLayer } from './shapes.ts';

function dense(name: string, weights: number[][], activation: 'relu' | 'none', bias?: number[]): DenseLayer {
  return {
    kind: 'dense',
    name,
    inFeatures: weights[0].length,
    outFeatures: weights.length,
    activation,
    weights: Float32Array.from(weights.flat()),
    bias: Float32Array.from(bias ?? weights.map(() => 0)),
  };
}

const flatten: NetworkLayer = { kind: 'flatten', name: 'flatten' };

/** Four inputs, three hidden, two classes. */
const perceptron = networkOf(
  'perceptron',
  { kind: 'signal', channels: 1, length: 4, auxiliaryFeatures: 0 },
  [
    flatten,
    dense(
      'hidden',
      [
        [1, 0, 0, 2],
        [0, 0, 0, -1],
        [0, 3, 0, 0],
      ],
      'relu',
      [0, 0, -1],
    ),
    dense(
      'classes',
      [
        [1, 1, 0],
        [0, 0, 1],
      ],
      'none',
    ),
  ],
  2,
);

function metrics(network: Network, items: number[][], labels: number[]) {
  return neuroBenchMetrics(network, Float32Array.from(items.flat()), new Float32Array(0), labels);
}

/** Multiplications of values other than 0, item by item and window by window. */
function obviousEffective(network: Network, items: number): number {
  const { signals, auxiliary } = randomItems(network, items);
  const size = inputSize(network.input);
  const features = network.input.auxiliaryFeatures;
  let effective = 0;
  for (let item = 0; item < items; item++) {
    obviousForward(
      network,
      signals.subarray(item * size, (item + 1) * size),
      auxiliary.subarray(item * features, (item + 1) * features),
      {
        // No value inside is exactly 0 but behind a ReLU, where padding of 0 changes nothing.
        multiply: (layer, _, group, inputs) => {
          const outputs = layer.bias.length / (layer.kind === 'dense' ? 1 : layer.groups);
          for (const value of inputs) if (value !== 0) effective += outputs;
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
  }
  return effective;
}

describe('a perceptron by hand', () => {
  // Hidden 0.5 + 4, -2 -> 0, 0 - 1 -> 0: one of three is active.
  const one = metrics(perceptron, [[0.5, 0, 7, 2]], [0]);

  test('static metrics', () => {
    // 18 weights, 11 of them 0; 5 biases, one of them not 0 and none of them a connection.
    expect(one.ParameterCount).toBe(12 + 6 + 5);
    expect(one.Footprint).toBe(23 * 4);
    expect(one.ConnectionSparsity).toBe(0.6111);
  });

  test('operations are those where weight and input are other than 0', () => {
    // Input 0 meets one weight, input 2 none, input 3 two; the active hidden unit meets one.
    expect(one.SynapticOperations).toEqual({ Effective_MACs: 3 + 1, Effective_ACs: 0, Dense: 12 + 6 });
  });

  test('the bias is no operation, but what it changes is', () => {
    const biased = structuredClone(perceptron);
    (biased.layers[1] as DenseLayer).bias.set([0, 3, 1]);
    // All three hidden units are active: 4.5, 1 and 1.
    expect(metrics(biased, [[0.5, 0, 7, 2]], [0]).SynapticOperations.Effective_MACs).toBe(3 + 3);
  });

  test('activation sparsity counts zeros of activations alone, not of logits', () => {
    expect(one.ActivationSparsity).toBe(2 / 3);
  });

  test('averages over items; accuracy is the share that is right', () => {
    // Second item: hidden 0, 0, 5; logits 0 and 5. It enters as MACs: 2 is no -1, 0 or 1.
    const two = metrics(
      perceptron,
      [
        [0.5, 0, 7, 2],
        [0, 2, 0, 0],
      ],
      [0, 0],
    );
    expect(two.ClassificationAccuracy).toBe(0.5);
    expect(two.ActivationSparsity).toBe(4 / 6);
    expect(two.SynapticOperations).toEqual({ Effective_MACs: (4 + 2) / 2, Effective_ACs: 0, Dense: 18 });
  });
});

describe('accumulations', () => {
  test('are operations on inputs of nothing but -1, 0 and 1, layer by layer', () => {
    // Hidden: -1 + 2 = 1, -1 -> 0, 0: a binary vector as well.
    expect(metrics(perceptron, [[-1, 0, 1, 1]], [0]).SynapticOperations).toEqual({
      Effective_MACs: 0,
      Effective_ACs: 3 + 1,
      Dense: 18,
    });
    // Hidden: 1 + 2 = 3: the second layer multiplies.
    expect(metrics(perceptron, [[1, 0, 1, 1]], [0]).SynapticOperations).toEqual({
      Effective_MACs: 1,
      Effective_ACs: 3,
      Dense: 18,
    });
  });

  test('need every value of the input: one other makes all of it MACs', () => {
    expect(metrics(perceptron, [[-1, 0, 0.5, 1]], [0]).SynapticOperations.Effective_MACs).toBe(3);
  });

  test('of an input of zeros are none', () => {
    expect(metrics(perceptron, [[0, 0, 0, 0]], [0]).SynapticOperations).toEqual({
      Effective_MACs: 0,
      Effective_ACs: 0,
      Dense: 18,
    });
  });
});

describe('a convolution by hand', () => {
  const conv: Conv1dLayer = {
    kind: 'conv1d',
    name: 'conv',
    inChannels: 1,
    outChannels: 2,
    kernel: 3,
    stride: 2,
    padding: 1,
    groups: 1,
    activation: 'none',
    // The second output leaves out its middle tap.
    weights: Float32Array.from([1, 1, 1, 1, 0, 1]),
    bias: new Float32Array(2),
  };
  const network = networkOf(
    'convolution',
    { kind: 'signal', channels: 1, length: 5, auxiliaryFeatures: 1 },
    [conv, flatten, dense('classes', [[0, 0, 0, 0, 0, 0, 0]], 'none')],
    1,
  );
  const { SynapticOperations, ActivationSparsity } = neuroBenchMetrics(
    network,
    Float32Array.from([2, 0, 3, 0, 0]),
    Float32Array.from([1]),
    [0],
  );

  test('reads neither padding nor zeros, nor through weights of 0', () => {
    // Windows (pad, 2, 0), (0, 3, 0), (0, 0, pad): 2 and 3 stand before the middle tap, which one output has.
    expect(SynapticOperations.Effective_MACs).toBe(1 + 1);
  });

  test('is dense without its padding: 2 + 3 + 2 taps of two outputs', () => {
    expect(SynapticOperations.Dense).toBe(14 + 7);
    expect(macsByLayer(network)[0].macs).toBe(18);
  });

  test('without any activation has no activation sparsity', () => {
    expect(ActivationSparsity).toBe(0);
  });
});

describe('random networks', () => {
  const unpadded = networkOf(
    'unpadded',
    { kind: 'signal', channels: 3, length: 40, auxiliaryFeatures: 2 },
    [
      randomConv1d('conv', 3, 5, 7, { stride: 3, stream: 1 }),
      { kind: 'pool1d', name: 'pool', operation: 'max', size: 2, stride: 2 },
      flatten,
      randomDense('classes', 5 * 6 + 2, 4, { stream: 2 }),
    ],
    4,
  );

  test('of images counts windows that lie half outside, strides and groups: as loops over all of them', () => {
    const network = residualNetwork();
    const { signals, auxiliary } = randomItems(network, 2);
    // Taps inside the image, by hand: 5 x 3 windows at rows -1, 1, .., 11 and columns -1 .. 10 of 15 x 12.
    const stem = (4 + 5 * 5 + 4) * (2 + 3 * 10 + 2) * 2 * 8;
    const small = (2 + 3 + 2) * (2 + 3 * 4 + 2);
    const dense = stem + small * 2 * 12 + small * 12 * 12 + 18 * 8 * 12 + 14 * 9 + 9 * 9 + 9 * 3;
    const { SynapticOperations } = neuroBenchMetrics(network, signals, auxiliary, [0, 1]);
    expect(SynapticOperations.Dense).toBe(dense);
    expect(SynapticOperations.Effective_MACs).toBe(obviousEffective(network, 2) / 2);
    expect(SynapticOperations.Effective_ACs).toBe(0);
  });

  test.each([dilatedSignals(), dilatedImages()])('counts taps that lie apart: $name', (network) => {
    const { signals, auxiliary } = randomItems(network, 2);
    const { SynapticOperations } = neuroBenchMetrics(network, signals, auxiliary, [0, 1]);
    expect(SynapticOperations.Effective_MACs).toBe(obviousEffective(network, 2) / 2);
    expect(SynapticOperations.Effective_MACs).toBeLessThan(SynapticOperations.Dense);
  });

  test('without padding, dense operations are all multiply-accumulates', () => {
    const { signals, auxiliary } = randomItems(unpadded, 3);
    const macs = macsByLayer(unpadded).reduce((sum, layer) => sum + layer.macs, 0);
    const { SynapticOperations } = neuroBenchMetrics(unpadded, signals, auxiliary, [0, 1, 2]);
    expect(SynapticOperations.Dense).toBe(macs);
    expect(SynapticOperations.Effective_MACs).toBeLessThanOrEqual(macs);
  });

  test('operations are what a binary copy of the network’s first layer sums to', () => {
    const network = smallNetwork();
    const conv = network.layers[0] as Conv1dLayer;
    for (let i = 0; i < conv.weights.length; i += 3) conv.weights[i] = 0;
    const { signals } = randomItems(network, 1);
    for (let i = 0; i < signals.length; i += 4) signals[i] = 0;
    const only: Network = { ...network, input: { ...network.input, auxiliaryFeatures: 0 }, layers: [conv] };
    let sum = 0;
    for (let out = 0; out < conv.outChannels; out++) {
      for (let position = 0; position < 60; position++) {
        for (let channel = 0; channel < 2; channel++) {
          for (let tap = 0; tap < 7; tap++) {
            const at = position - 3 + tap;
            if (at < 0 || at >= 60) continue;
            const weight = conv.weights[(out * 2 + channel) * 7 + tap];
            if (weight !== 0 && signals[channel * 60 + at] !== 0) sum++;
          }
        }
      }
    }
    const { SynapticOperations } = neuroBenchMetrics(only, signals, new Float32Array(0), [0]);
    expect(SynapticOperations.Effective_MACs).toBe(sum);
  });
});

test('items that do not fit one another are refused', () => {
  expect(() => metrics(perceptron, [[1, 2, 3]], [0])).toThrow(RangeError);
  expect(() => metrics(perceptron, [], [])).toThrow(RangeError);
});
