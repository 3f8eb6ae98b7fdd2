/**
 * A trained network as the engine and the trainer both know it: layers in order, weights in fp32.
 * Signals are channel-major: value (channel c, position t) of one item is at `c * length + t`.
 */

export type Activation = 'relu' | 'none';

/** Convolution along time, zero padding on both sides. */
export interface Conv1dLayer {
  kind: 'conv1d';
  name: string;
  inChannels: number;
  outChannels: number;
  kernel: number;
  stride: number;
  padding: number;
  activation: Activation;
  /** [outChannels][inChannels][kernel], row-major. */
  weights: Float32Array;
  /** [outChannels]; added digitally after the ADC. */
  bias: Float32Array;
}

export interface DenseLayer {
  kind: 'dense';
  name: string;
  inFeatures: number;
  outFeatures: number;
  activation: Activation;
  /** [outFeatures][inFeatures], row-major. */
  weights: Float32Array;
  bias: Float32Array;
}

/** Digital; no padding, a rest at the end that does not fill a window is dropped. */
export interface Pool1dLayer {
  kind: 'pool1d';
  name: string;
  operation: 'max' | 'average';
  size: number;
  stride: number;
}

/** Digital; channels x length become one vector (channel-major), the item's auxiliary features follow it. */
export interface FlattenLayer {
  kind: 'flatten';
  name: string;
}

export type NetworkLayer = Conv1dLayer | DenseLayer | Pool1dLayer | FlattenLayer;

export interface Network {
  name: string;
  input: { channels: number; length: number; auxiliaryFeatures: number };
  /** conv1d and pool1d layers, then one flatten, then dense layers; the last dense layer gives logits. */
  layers: NetworkLayer[];
  classes: string[];
}

/** Layers whose multiply-accumulates happen in crossbar tiles. */
export type ArrayLayer = Conv1dLayer | DenseLayer;

export function isArrayLayer(layer: NetworkLayer): layer is ArrayLayer {
  return layer.kind === 'conv1d' || layer.kind === 'dense';
}

/** Output length of a convolution or pooling window that slides over `length` positions. */
export function slidingLength(length: number, size: number, stride: number, padding = 0): number {
  return Math.floor((length + 2 * padding - size) / stride) + 1;
}

/** Multiply-accumulates of one item, by array layer, in order. */
export function macsByLayer(network: Network): { layer: string; macs: number }[] {
  let length = network.input.length;
  const macs: { layer: string; macs: number }[] = [];
  for (const layer of network.layers) {
    if (layer.kind === 'conv1d') {
      length = slidingLength(length, layer.kernel, layer.stride, layer.padding);
      macs.push({ layer: layer.name, macs: length * layer.outChannels * layer.inChannels * layer.kernel });
    } else if (layer.kind === 'pool1d') {
      length = slidingLength(length, layer.size, layer.stride);
    } else if (layer.kind === 'dense') {
      macs.push({ layer: layer.name, macs: layer.inFeatures * layer.outFeatures });
    }
  }
  return macs;
}
