import { describe, expect, test } from 'vitest';
import { obviousForward } from '../../test/obvious-network.ts';
import {
  networkOf,
  randomConv1d,
  randomConv2d,
  randomDense,
  randomItems,
  randomValues,
} from '../../test/random-network.ts';
import { KirchhoffError } from '../contract/errors.ts';
import { type BatchNorm, foldBefore, foldBehind } from './batch-norm.ts';
import type { ArrayLayer, Network } from './network.ts';

function randomNorm(channels: number, stream: number): BatchNorm {
  return {
    scale: randomValues(channels, stream),
    shift: randomValues(channels, stream + 1),
    mean: randomValues(channels, stream + 2),
    variance: randomValues(channels, stream + 3).map((value) => value * value),
    epsilon: 1e-3,
  };
}

/** The definition, on one value. */
function normalised(
  { scale, shift, mean, variance, epsilon }: BatchNorm,
  channel: number,
  x: number,
): number {
  return (scale[channel] * (x - mean[channel])) / Math.sqrt(variance[channel] + epsilon) + shift[channel];
}

/** Logits of a network in double precision; norms go over what a layer reads or gives, by its name. */
function logitsOf(network: Network, norms: { before?: BatchNorm; behind?: BatchNorm; at: string }): number[] {
  const { signals } = randomItems(network, 1);
  return obviousForward(network, signals, [], {
    multiply: (layer, _, group, given) => {
      const here = layer.name === norms.at;
      const groups = layer.kind === 'dense' ? 1 : layer.groups;
      const outputs = layer.bias.length / groups;
      const channels = layer.kind === 'dense' ? layer.inFeatures : layer.inChannels / groups;
      const { before, behind } = norms;
      const taps = given.length / channels;
      const inputs = given.map((value, i) =>
        here && before ? normalised(before, group * channels + Math.floor(i / taps), value) : value,
      );
      return Array.from({ length: outputs }, (_, o) => {
        const output = group * outputs + o;
        const sum = inputs.reduce(
          (total, value, i) => total + value * layer.weights[output * inputs.length + i],
          layer.bias[output],
        );
        return here && behind ? normalised(behind, output, sum) : sum;
      });
    },
    round: (value) => value,
    average: (sum, count) => sum / count,
  });
}

function withLayer(network: Network, layer: ArrayLayer): Network {
  return { ...network, layers: network.layers.map((old) => (old.name === layer.name ? layer : old)) };
}

const images = networkOf(
  'images',
  { kind: 'image', channels: 4, height: 5, width: 6, auxiliaryFeatures: 0 },
  [
    randomConv2d('conv', 4, 6, [3, 2], { groups: 2, activation: 'none', stream: 70 }),
    { kind: 'flatten', name: 'flatten' },
    randomDense('dense', 6 * 3 * 5, 3, { stream: 71 }),
  ],
  3,
);
const signals = networkOf(
  'signals',
  { kind: 'signal', channels: 3, length: 9, auxiliaryFeatures: 0 },
  [
    { ...randomConv1d('conv', 3, 5, 4, { stream: 72 }), activation: 'none' },
    { kind: 'flatten', name: 'flatten' },
    randomDense('dense', 30, 2, { stream: 73 }),
  ],
  2,
);

function expectClose(one: number[], two: number[]): void {
  expect(one.length).toBe(two.length);
  const scale = Math.max(1, ...two.map(Math.abs));
  one.forEach((value, i) => {
    expect(Math.abs(value - two[i]) / scale).toBeLessThan(1e-5);
  });
}

describe('batch normalisation', () => {
  test.each([
    ['a grouped 2-D convolution', images, 'conv'],
    ['a convolution along time', signals, 'conv'],
    ['a dense layer', images, 'dense'],
  ])('folds into %s before and behind it', (_, network, at) => {
    const layer = network.layers.find(({ name }) => name === at) as ArrayLayer;
    const behind = randomNorm(layer.bias.length, 80);
    expectClose(
      logitsOf(withLayer(network, foldBehind(layer, behind)), { at: '' }),
      logitsOf(network, { behind, at }),
    );
    const before = randomNorm(layer.kind === 'dense' ? layer.inFeatures : layer.inChannels, 90);
    expectClose(
      logitsOf(withLayer(network, foldBefore(before, layer)), { at: '' }),
      logitsOf(network, { before, at }),
    );
  });

  test('folds over zero padding only where it shifts nothing', () => {
    const conv = randomConv2d('conv', 2, 2, [3, 3], { padding: [0, 1], stream: 74 });
    const norm = randomNorm(2, 100);
    expect(() => foldBefore(norm, conv)).toThrow(/layer conv: Zero padding/);
    const still = { ...norm, shift: new Float32Array(2), mean: new Float32Array(2) };
    expect(foldBefore(still, conv).bias).toEqual(conv.bias);
  });

  test('is refused where it does not fit', () => {
    const conv = randomConv2d('conv', 2, 3, [1, 1], { activation: 'none', stream: 75 });
    const norm = randomNorm(3, 110);
    expect(() => foldBehind({ ...conv, activation: 'relu' }, norm)).toThrow(KirchhoffError);
    expect(() => foldBehind(conv, randomNorm(2, 110))).toThrow(/does not have 3 finite/);
    expect(() => foldBehind(conv, { ...norm, epsilon: 0 })).toThrow(/not positive/);
    expect(() => foldBehind(conv, { ...norm, variance: Float32Array.of(1, -1, 1) })).toThrow(/not positive/);
    expect(() => foldBefore(norm, conv)).toThrow(/does not have 2 finite/);
  });
});
