/** Small networks with random weights, and the shipped device profiles, for tests of the array. */
import { readFileSync } from 'node:fs';
import {
  type Activation,
  type Conv1dLayer,
  type Conv2dLayer,
  type DenseLayer,
  inputSize,
  type Network,
  type NetworkLayer,
  type Size2d,
} from '../src/imc/network.ts';
import { type DeviceProfile, parseDeviceProfile } from '../src/imc/profile.ts';
import { gaussians } from '../src/numeric/random.ts';

export function shippedProfile(name: string): DeviceProfile {
  const file = new URL(`../models/devices/${name}.json`, import.meta.url);
  return parseDeviceProfile(JSON.parse(readFileSync(file, 'utf8')), `${name}.json`);
}

/** Standard Gaussian values that differ with `stream`. */
export function randomValues(count: number, stream: number): Float32Array {
  return gaussians({ seed: 987, words: [stream, 0, 0] }, count);
}

function scaled(count: number, stream: number, deviation: number): Float32Array {
  return randomValues(count, stream).map((value) => value * deviation);
}

export function randomConv1d(
  name: string,
  inChannels: number,
  outChannels: number,
  kernel: number,
  options: { stride?: number; padding?: number; dilation?: number; groups?: number; stream: number },
): Conv1dLayer {
  const { groups = 1 } = options;
  const fanIn = (inChannels / groups) * kernel;
  return {
    kind: 'conv1d',
    name,
    inChannels,
    outChannels,
    kernel,
    stride: options.stride ?? 1,
    padding: options.padding ?? 0,
    ...(options.dilation === undefined ? {} : { dilation: options.dilation }),
    groups,
    activation: 'relu',
    weights: scaled(outChannels * fanIn, options.stream, Math.sqrt(2 / fanIn)),
    bias: scaled(outChannels, options.stream + 1000, 0.1),
  };
}

export function randomConv2d(
  name: string,
  inChannels: number,
  outChannels: number,
  kernel: Size2d,
  options: {
    stride?: Size2d;
    padding?: Size2d;
    dilation?: Size2d;
    groups?: number;
    activation?: Activation;
    input?: string;
    stream: number;
  },
): Conv2dLayer {
  const { groups = 1, input } = options;
  const fanIn = (inChannels / groups) * kernel[0] * kernel[1];
  return {
    kind: 'conv2d',
    name,
    ...(input === undefined ? {} : { input }),
    inChannels,
    outChannels,
    kernel,
    stride: options.stride ?? [1, 1],
    padding: options.padding ?? [0, 0],
    ...(options.dilation === undefined ? {} : { dilation: options.dilation }),
    groups,
    activation: options.activation ?? 'relu',
    weights: scaled(outChannels * fanIn, options.stream, Math.sqrt(2 / fanIn)),
    bias: scaled(outChannels, options.stream + 1000, 0.1),
  };
}

export function randomDense(
  name: string,
  inFeatures: number,
  outFeatures: number,
  options: { activation?: Activation; stream: number },
): DenseLayer {
  return {
    kind: 'dense',
    name,
    inFeatures,
    outFeatures,
    activation: options.activation ?? 'none',
    weights: scaled(outFeatures * inFeatures, options.stream, Math.sqrt(2 / inFeatures)),
    bias: scaled(outFeatures, options.stream + 1000, 0.1),
  };
}

export function networkOf(
  name: string,
  input: Network['input'],
  layers: NetworkLayer[],
  classes: number,
): Network {
  return { name, input, layers, classes: Array.from({ length: classes }, (_, c) => `class ${c}`) };
}

/** Two leads of 60 samples and 3 features: odd channel counts, strides, padding and both poolings. */
export function smallNetwork(): Network {
  return networkOf(
    'small',
    { kind: 'signal', channels: 2, length: 60, auxiliaryFeatures: 3 },
    [
      randomConv1d('conv1', 2, 11, 7, { padding: 3, stream: 1 }),
      { kind: 'pool1d', name: 'pool1', operation: 'max', size: 2, stride: 2 },
      randomConv1d('conv2', 11, 16, 5, { stride: 2, padding: 1, stream: 2 }),
      { kind: 'pool1d', name: 'pool2', operation: 'average', size: 3, stride: 2 },
      { kind: 'flatten', name: 'flatten' },
      randomDense('dense1', 16 * 6 + 3, 21, { activation: 'relu', stream: 3 }),
      randomDense('dense2', 21, 4, { stream: 4 }),
    ],
    4,
  );
}

/**
 * Two channels of 15 x 12 and 2 features: unequal kernels, strides and paddings, groups, both poolings, a
 * shortcut around two convolutions and one around a dense layer.
 */
export function residualNetwork(): Network {
  return networkOf(
    'residual',
    { kind: 'image', channels: 2, height: 15, width: 12, auxiliaryFeatures: 2 },
    [
      randomConv2d('stem', 2, 8, [5, 3], { stride: [2, 1], padding: [1, 1], stream: 20 }),
      { kind: 'pool2d', name: 'halve', operation: 'max', size: [3, 2], stride: [2, 2] },
      randomConv2d('one', 8, 12, [3, 3], { padding: [1, 1], groups: 4, stream: 21 }),
      randomConv2d('two', 12, 12, [3, 3], { padding: [1, 1], activation: 'none', stream: 22 }),
      randomConv2d('shortcut', 8, 12, [1, 1], { activation: 'none', input: 'halve', stream: 23 }),
      { kind: 'add', name: 'sum', inputs: ['two', 'shortcut'], activation: 'relu' },
      { kind: 'pool2d', name: 'global', operation: 'average', size: [3, 6], stride: [1, 1] },
      { kind: 'flatten', name: 'flatten' },
      randomDense('hidden', 14, 9, { activation: 'relu', stream: 24 }),
      randomDense('again', 9, 9, { activation: 'none', stream: 25 }),
      { kind: 'add', name: 'both', inputs: ['again', 'hidden'], activation: 'none' },
      randomDense('logits', 9, 3, { stream: 26 }),
    ],
    3,
  );
}

/** Taps that lie apart along time, before and behind padding and strides, in groups too. */
export function dilatedSignals(): Network {
  return networkOf(
    'dilated-signals',
    { kind: 'signal', channels: 3, length: 31, auxiliaryFeatures: 1 },
    [
      randomConv1d('far', 3, 5, 3, { padding: 4, dilation: 4, stream: 70 }),
      randomConv1d('strided', 5, 4, 4, { stride: 2, padding: 1, dilation: 3, stream: 71 }),
      randomConv1d('grouped', 4, 6, 3, { dilation: 2, groups: 2, stream: 72 }),
      { kind: 'flatten', name: 'flatten' },
      randomDense('dense', 6 * 8 + 1, 3, { stream: 73 }),
    ],
    3,
  );
}

/** Taps of images that lie apart along one side and along both. */
export function dilatedImages(): Network {
  return networkOf(
    'dilated-images',
    { kind: 'image', channels: 2, height: 13, width: 11, auxiliaryFeatures: 0 },
    [
      randomConv2d('down', 2, 4, [3, 3], { padding: [2, 1], dilation: [2, 1], stream: 74 }),
      randomConv2d('along', 4, 6, [2, 3], { stride: [2, 1], padding: [0, 3], dilation: [1, 3], stream: 75 }),
      randomConv2d('both', 6, 3, [3, 2], { padding: [1, 0], dilation: [2, 4], stream: 76 }),
      { kind: 'pool2d', name: 'global', operation: 'average', size: [4, 7], stride: [1, 1] },
      { kind: 'flatten', name: 'flatten' },
      randomDense('dense', 3, 2, { stream: 77 }),
    ],
    2,
  );
}

export function randomItems(
  network: Network,
  items: number,
): { signals: Float32Array; auxiliary: Float32Array } {
  const { auxiliaryFeatures } = network.input;
  return {
    signals: randomValues(items * inputSize(network.input), 500),
    auxiliary: randomValues(items * auxiliaryFeatures, 501),
  };
}
