/** The network in software, in fp32 and without any array: what the array is compared with. */
import {
  type Activation,
  type Conv1dLayer,
  type DenseLayer,
  isArrayLayer,
  type Network,
  type Pool1dLayer,
  slidingLength,
} from './network.ts';

/**
 * Logits of the fp32 forward pass, [n][classes].
 *
 * @param signals [n][channels][length]
 * @param auxiliary [n][auxiliary features]
 */
export function runIdealFp32(network: Network, signals: Float32Array, auxiliary: Float32Array): Float32Array {
  const { channels, length } = network.input;
  const items = signals.length / (channels * length);
  const logits = new Float32Array(items * network.classes.length);
  for (let item = 0; item < items; item++) {
    logits.set(
      forwardItem(network, signals, auxiliary, item, () => {}),
      item * network.classes.length,
    );
  }
  return logits;
}

/**
 * One item's logits; `onInput` sees what enters each array layer, in order: [channels][length] before a
 * convolution, [features] before a dense layer. `onActivation` sees what leaves each ReLU, before any pooling.
 */
export function forwardItem(
  network: Network,
  signals: Float32Array,
  auxiliary: Float32Array,
  item: number,
  onInput: (arrayLayer: number, values: Float32Array) => void,
  onActivation: (values: Float32Array) => void = () => {},
): Float32Array {
  const { input } = network;
  const size = input.channels * input.length;
  let values: Float32Array = signals.subarray(item * size, (item + 1) * size);
  let { channels, length } = input;
  let arrayLayer = 0;
  for (const layer of network.layers) {
    if (isArrayLayer(layer)) onInput(arrayLayer++, values);
    if (layer.kind === 'conv1d') {
      values = convolve(layer, values, length);
      channels = layer.outChannels;
      length = values.length / channels;
    } else if (layer.kind === 'pool1d') {
      values = pool(layer, values, channels, length);
      length = values.length / channels;
    } else if (layer.kind === 'flatten') {
      const flat = new Float32Array(values.length + input.auxiliaryFeatures);
      flat.set(values);
      flat.set(
        auxiliary.subarray(item * input.auxiliaryFeatures, (item + 1) * input.auxiliaryFeatures),
        values.length,
      );
      values = flat;
    } else {
      values = multiply(layer, values);
    }
    if (isArrayLayer(layer) && layer.activation === 'relu') onActivation(values);
  }
  return values;
}

function activate(value: number, activation: Activation): number {
  return activation === 'relu' ? Math.max(0, value) : value;
}

function convolve(layer: Conv1dLayer, input: Float32Array, length: number): Float32Array {
  const { inChannels, outChannels, kernel, stride, padding, weights } = layer;
  const outLength = slidingLength(length, kernel, stride, padding);
  const output = new Float32Array(outChannels * outLength);
  for (let out = 0; out < outChannels; out++) {
    for (let position = 0; position < outLength; position++) {
      const start = position * stride - padding;
      const firstTap = Math.max(0, -start);
      const endTap = Math.min(kernel, length - start);
      let sum = layer.bias[out];
      for (let channel = 0; channel < inChannels; channel++) {
        const weightAt = (out * inChannels + channel) * kernel;
        const inputAt = channel * length + start;
        for (let tap = firstTap; tap < endTap; tap++) sum += weights[weightAt + tap] * input[inputAt + tap];
      }
      output[out * outLength + position] = activate(sum, layer.activation);
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

function pool(layer: Pool1dLayer, input: Float32Array, channels: number, length: number): Float32Array {
  const outLength = slidingLength(length, layer.size, layer.stride);
  const output = new Float32Array(channels * outLength);
  for (let channel = 0; channel < channels; channel++) {
    for (let position = 0; position < outLength; position++) {
      const at = channel * length + position * layer.stride;
      let value = input[at];
      for (let i = 1; i < layer.size; i++) {
        value = layer.operation === 'max' ? Math.max(value, input[at + i]) : value + input[at + i];
      }
      output[channel * outLength + position] = layer.operation === 'max' ? value : value / layer.size;
    }
  }
  return output;
}
