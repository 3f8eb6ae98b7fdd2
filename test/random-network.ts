/** Small networks with random weights, and the shipped device profiles, for tests of the array. */
import { readFileSync } from 'node:fs';
import type { Conv1dLayer, DenseLayer, Network, NetworkLayer } from '../src/imc/network.ts';
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
  options: { stride?: number; padding?: number; stream: number },
): Conv1dLayer {
  const fanIn = inChannels * kernel;
  return {
    kind: 'conv1d',
    name,
    inChannels,
    outChannels,
    kernel,
    stride: options.stride ?? 1,
    padding: options.padding ?? 0,
    activation: 'relu',
    weights: scaled(outChannels * fanIn, options.stream, Math.sqrt(2 / fanIn)),
    bias: scaled(outChannels, options.stream + 1000, 0.1),
  };
}

export function randomDense(
  name: string,
  inFeatures: number,
  outFeatures: number,
  options: { activation?: 'relu' | 'none'; stream: number },
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
    { channels: 2, length: 60, auxiliaryFeatures: 3 },
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

export function randomItems(
  network: Network,
  items: number,
): { signals: Float32Array; auxiliary: Float32Array } {
  const { channels, length, auxiliaryFeatures } = network.input;
  return {
    signals: randomValues(items * channels * length, 500),
    auxiliary: randomValues(items * auxiliaryFeatures, 501),
  };
}
