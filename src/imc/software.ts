/** The network in software, in fp32 and without any array: what the array is compared with. */
import {
  type Activation,
  type AddLayer,
  type ConvolutionLayer,
  type DenseLayer,
  inputSize,
  isArrayLayer,
  type Network,
  type PoolLayer,
  windowOf,
} from './network.ts';
import { type PlacedLayer, type Shape, shapesOf, valuesOf } from './shapes.ts';

/**
 * Logits of the fp32 forward pass, [n][classes].
 *
 * @param signals [n][channels][length], or [n][channels][height][width]
 * @param auxiliary [n][auxiliary features]
 */
export function runIdealFp32(network: Network, signals: Float32Array, auxiliary: Float32Array): Float32Array {
  const items = signals.length / inputSize(network.input);
  const logits = new Float32Array(items * network.classes.length);
  for (let item = 0; item < items; item++) {
    logits.set(
      forwardItem(network, signals, auxiliary, item, () => {}),
      item * network.classes.length,
    );
  }
  return logits;
}

const placedOf = new WeakMap<Network, PlacedLayer[]>();

/**
 * One item's logits; `onInput` sees what enters each array layer, in order: [channels][height][width] before a
 * convolution (height 1 along time), [features] before a dense layer. `onActivation` sees what leaves each ReLU,
 * before any pooling. What they are given is theirs to read only, and to keep.
 */
export function forwardItem(
  network: Network,
  signals: Float32Array,
  auxiliary: Float32Array,
  item: number,
  onInput: (arrayLayer: number, values: Float32Array) => void,
  onActivation: (values: Float32Array) => void = () => {},
): Float32Array {
  let placed = placedOf.get(network);
  if (placed === undefined) {
    placed = shapesOf(network);
    placedOf.set(network, placed);
  }
  const { auxiliaryFeatures } = network.input;
  const size = inputSize(network.input);
  const given = signals.subarray(item * size, (item + 1) * size);
  const outputs: Float32Array[] = [];
  let arrayLayer = 0;
  for (const { layer, sources, input, output } of placed) {
    const [values, other] = sources.map((source) => (source === -1 ? given : outputs[source]));
    if (isArrayLayer(layer)) onInput(arrayLayer++, values);
    if (layer.kind === 'flatten') {
      const flat = new Float32Array(values.length + auxiliaryFeatures);
      flat.set(values);
      flat.set(auxiliary.subarray(item * auxiliaryFeatures, (item + 1) * auxiliaryFeatures), values.length);
      outputs.push(flat);
    } else if (layer.kind === 'dense') {
      outputs.push(multiply(layer, values));
    } else if (layer.kind === 'add') {
      outputs.push(add(layer, values, other));
    } else if (layer.kind === 'pool1d' || layer.kind === 'pool2d') {
      outputs.push(pool(layer, values, input, output));
    } else {
      outputs.push(convolve(layer, values, input, output));
    }
    if ('activation' in layer && layer.activation === 'relu') onActivation(outputs[outputs.length - 1]);
  }
  return outputs[outputs.length - 1];
}

function activate(value: number, activation: Activation): number {
  return activation === 'relu' ? Math.max(0, value) : value;
}

function convolve(layer: ConvolutionLayer, input: Float32Array, from: Shape, to: Shape): Float32Array {
  const { weights } = layer;
  const { kernel, stride, padding, dilation } = windowOf(layer);
  const [kernelHeight, kernelWidth] = kernel;
  const channels = layer.inChannels / layer.groups;
  const outputsAGroup = layer.outChannels / layer.groups;
  const output = new Float32Array(valuesOf(to));
  let at = 0;
  for (let out = 0; out < to.channels; out++) {
    const firstChannel = Math.floor(out / outputsAGroup) * channels;
    for (let y = 0; y < to.height; y++) {
      const top = y * stride[0] - padding[0];
      const firstRow = Math.max(0, Math.ceil(-top / dilation[0]));
      const endRow = Math.min(kernelHeight, Math.ceil((from.height - top) / dilation[0]));
      for (let x = 0; x < to.width; x++) {
        const left = x * stride[1] - padding[1];
        const firstTap = Math.max(0, Math.ceil(-left / dilation[1]));
        const endTap = Math.min(kernelWidth, Math.ceil((from.width - left) / dilation[1]));
        let sum = layer.bias[out];
        for (let channel = 0; channel < channels; channel++) {
          for (let row = firstRow; row < endRow; row++) {
            const weightAt = ((out * channels + channel) * kernelHeight + row) * kernelWidth;
            const line = top + row * dilation[0];
            const inputAt = ((firstChannel + channel) * from.height + line) * from.width + left;
            for (let tap = firstTap; tap < endTap; tap++)
              sum += weights[weightAt + tap] * input[inputAt + tap * dilation[1]];
          }
        }
        output[at++] = activate(sum, layer.activation);
      }
    }
  }
  return output;
}

function multiply(layer: DenseLayer, input: Float32Array): Float32Array {
  const output = new Float32Array(layer.outFeatures);
  for (let out = 0; out < layer.outFeatures; out++) {
    let sum = layer.bias[out];
    const weightAt = out * layer.inFeatures;
    for (let i = 0; i < layer.inFeatures; i++) sum += layer.weights[weightAt + i] * input[i];
    output[out] = activate(sum, layer.activation);
  }
  return output;
}

function add({ activation }: AddLayer, one: Float32Array, two: Float32Array): Float32Array {
  return one.map((value, i) => activate(value + two[i], activation));
}

function pool(layer: PoolLayer, input: Float32Array, from: Shape, to: Shape): Float32Array {
  const { kernel, stride } = windowOf(layer);
  const largest = layer.operation === 'max';
  const output = new Float32Array(valuesOf(to));
  let end = 0;
  for (let channel = 0; channel < to.channels; channel++) {
    for (let y = 0; y < to.height; y++) {
      for (let x = 0; x < to.width; x++) {
        const corner = (channel * from.height + y * stride[0]) * from.width + x * stride[1];
        let value = largest ? Number.NEGATIVE_INFINITY : 0;
        for (let row = 0; row < kernel[0]; row++) {
          const at = corner + row * from.width;
          for (let i = 0; i < kernel[1]; i++) {
            value = largest ? Math.max(value, input[at + i]) : value + input[at + i];
          }
        }
        output[end++] = largest ? value : value / (kernel[0] * kernel[1]);
      }
    }
  }
  return output;
}
