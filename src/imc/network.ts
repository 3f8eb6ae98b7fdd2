/**
 * A trained network as the engine and the trainer both know it: a graph of layers in topological order, weights
 * in fp32. Values are channel-major: of a signal, value (channel c, position t) of one item is at
 * `c * length + t`; of an image, (c, y, x) is at `(c * height + y) * width + x`.
 */

export type Activation = 'relu' | 'none';

/**
 * Share of the range of its devices, 0 to 1 - |weight| / largest |weight| of its output, that both devices of a
 * weight's pair hold beyond the weight; as many as weights, in their order. It sets how far read noise spreads the
 * weight: what training made of the posterior's standard deviation. Absent: 0 everywhere.
 */
export type CommonMode = Float32Array;

export type Size2d = readonly [height: number, width: number];

/** What one item is. Auxiliary features follow the values of the flatten layer. */
export type NetworkInput =
  | { kind: 'signal'; channels: number; length: number; auxiliaryFeatures: number }
  | { kind: 'image'; channels: number; height: number; width: number; auxiliaryFeatures: number };

/** Name under which layers read the network's input; no layer may have it. */
export const INPUT_NAME = 'input';

interface ChainedLayer {
  name: string;
  /** The earlier layer whose output it reads, or `input`; without one, the layer before it. */
  input?: string;
}

/** Convolution along time, zero padding on both sides. */
export interface Conv1dLayer extends ChainedLayer {
  kind: 'conv1d';
  inChannels: number;
  outChannels: number;
  kernel: number;
  stride: number;
  padding: number;
  /** Positions from one tap to the next; 1 unless given. */
  dilation?: number | undefined;
  /** Output channel o reads the inChannels / groups channels of group floor(o groups / outChannels). */
  groups: number;
  activation: Activation;
  /** [outChannels][inChannels / groups][kernel], row-major. */
  weights: Float32Array;
  /** [outChannels]; added digitally after the ADC. */
  bias: Float32Array;
  commonMode?: CommonMode;
}

/** Convolution over an image, zero padding on all sides. */
export interface Conv2dLayer extends ChainedLayer {
  kind: 'conv2d';
  inChannels: number;
  outChannels: number;
  kernel: Size2d;
  stride: Size2d;
  padding: Size2d;
  dilation?: Size2d | undefined;
  /** As of `Conv1dLayer`. */
  groups: number;
  activation: Activation;
  /** [outChannels][inChannels / groups][kernel height][kernel width], row-major. */
  weights: Float32Array;
  /** [outChannels]; added digitally after the ADC. */
  bias: Float32Array;
  commonMode?: CommonMode;
}

export interface DenseLayer extends ChainedLayer {
  kind: 'dense';
  inFeatures: number;
  outFeatures: number;
  activation: Activation;
  /** [outFeatures][inFeatures], row-major. */
  weights: Float32Array;
  bias: Float32Array;
  commonMode?: CommonMode;
}

/** Digital; no padding, a rest at the end that does not fill a window is dropped. */
export interface Pool1dLayer extends ChainedLayer {
  kind: 'pool1d';
  operation: 'max' | 'average';
  size: number;
  stride: number;
}

/** As `Pool1dLayer`; an average over the whole map is a global average. */
export interface Pool2dLayer extends ChainedLayer {
  kind: 'pool2d';
  operation: 'max' | 'average';
  size: Size2d;
  stride: Size2d;
}

/** Digital sum of two values of one shape, as at the end of a residual block. */
export interface AddLayer {
  kind: 'add';
  name: string;
  inputs: [string, string];
  activation: Activation;
}

/** Digital; all values become one vector (channel-major), the item's auxiliary features follow it. */
export interface FlattenLayer extends ChainedLayer {
  kind: 'flatten';
}

export type NetworkLayer =
  | Conv1dLayer
  | Conv2dLayer
  | DenseLayer
  | Pool1dLayer
  | Pool2dLayer
  | AddLayer
  | FlattenLayer;

export interface Network {
  name: string;
  input: NetworkInput;
  /**
   * Every layer stands behind those that it reads, and every output but the last is read. At most one flatten
   * layer, dense layers behind it; the last layer is dense and gives logits.
   */
  layers: NetworkLayer[];
  classes: string[];
}

export type ConvolutionLayer = Conv1dLayer | Conv2dLayer;
export type PoolLayer = Pool1dLayer | Pool2dLayer;

/** Layers whose multiply-accumulates happen in crossbar tiles. */
export type ArrayLayer = ConvolutionLayer | DenseLayer;

export function isArrayLayer(layer: NetworkLayer): layer is ArrayLayer {
  return layer.kind === 'conv1d' || layer.kind === 'conv2d' || layer.kind === 'dense';
}

/** Values of one item, auxiliary features apart. */
export function inputSize(input: NetworkInput): number {
  return input.kind === 'signal'
    ? input.channels * input.length
    : input.channels * input.height * input.width;
}

/** Sizes of one item, auxiliary features apart: [channels, length] or [channels, height, width]. */
export function inputSizes(input: NetworkInput): number[] {
  return input.kind === 'signal'
    ? [input.channels, input.length]
    : [input.channels, input.height, input.width];
}

/** Output length of a convolution or pooling window that slides over `length` positions. */
export function slidingLength(
  length: number,
  size: number,
  stride: number,
  padding = 0,
  dilation = 1,
): number {
  return Math.floor((length + 2 * padding - (size - 1) * dilation - 1) / stride) + 1;
}

/** How a convolution or pooling slides, in two dimensions: along time the height is 1. */
export interface Window {
  kernel: Size2d;
  stride: Size2d;
  padding: Size2d;
  /** Of pooling 1. */
  dilation: Size2d;
}

export function windowOf(layer: ConvolutionLayer | PoolLayer): Window {
  switch (layer.kind) {
    case 'conv1d': {
      const { kernel, stride, padding, dilation = 1 } = layer;
      return {
        kernel: [1, kernel],
        stride: [1, stride],
        padding: [0, padding],
        dilation: [1, dilation],
      };
    }
    case 'pool1d':
      return { kernel: [1, layer.size], stride: [1, layer.stride], padding: [0, 0], dilation: [1, 1] };
    case 'conv2d': {
      const { kernel, stride, padding, dilation = [1, 1] } = layer;
      return { kernel, stride, padding, dilation };
    }
    case 'pool2d':
      return { kernel: layer.size, stride: layer.stride, padding: [0, 0], dilation: [1, 1] };
  }
}

/** Height and width of the map that a window gives as it slides over `height` x `width`. */
export function slidingSize(
  { kernel, stride, padding, dilation }: Window,
  height: number,
  width: number,
): Size2d {
  return [
    slidingLength(height, kernel[0], stride[0], padding[0], dilation[0]),
    slidingLength(width, kernel[1], stride[1], padding[1], dilation[1]),
  ];
}
