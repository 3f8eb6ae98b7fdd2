/**
 * Batch normalisation with fixed statistics is one factor and one shift a channel: it costs nothing where it is
 * folded into the weights of the layer before or behind it (Jacob et al., CVPR 2018, section 3.2).
 */
import { KirchhoffError } from '../contract/errors.ts';
import { type ArrayLayer, windowOf } from './network.ts';

/** y = scale (x - mean) / sqrt(variance + epsilon) + shift; arrays are [channels]. */
export interface BatchNorm {
  scale: Float32Array;
  shift: Float32Array;
  mean: Float32Array;
  /** At least 0. */
  variance: Float32Array;
  /** Above 0. */
  epsilon: number;
}

/**
 * The layer whose output is the normalised output of `layer`, which must have no activation.
 *
 * @throws {KirchhoffError} `model-invalid` naming the layer: an activation, another number of channels, a
 * variance or epsilon out of range
 */
export function foldBehind<Layer extends ArrayLayer>(layer: Layer, norm: BatchNorm): Layer {
  const outputs = layer.bias.length;
  const { factor, shift } = affineOf(norm, outputs, layer.name);
  if (layer.activation !== 'none')
    throw invalid(layer.name, 'An activation stands before the normalisation.');
  const inputs = layer.weights.length / outputs;
  return {
    ...layer,
    weights: layer.weights.map((weight, i) => weight * factor[Math.floor(i / inputs)]),
    bias: layer.bias.map((value, output) => value * factor[output] + shift[output]),
  };
}

/**
 * The layer that gives for x what `layer` gives for the normalised x.
 *
 * @throws {KirchhoffError} `model-invalid` naming the layer: zero padding, which is normalised in neither case,
 * where the shift is not 0; another number of channels, a variance or epsilon out of range
 */
export function foldBefore<Layer extends ArrayLayer>(norm: BatchNorm, layer: Layer): Layer {
  const dense = layer.kind === 'dense';
  const channels = dense ? layer.inFeatures : layer.inChannels;
  const { factor, shift } = affineOf(norm, channels, layer.name);
  const padded = !dense && windowOf(layer).padding.some((size) => size > 0);
  if (padded && shift.some((value) => value !== 0)) {
    throw invalid(layer.name, 'Zero padding stands between the normalisation and the layer.');
  }
  const outputs = layer.bias.length;
  const inputs = layer.weights.length / outputs;
  const groups = dense ? 1 : layer.groups;
  const taps = inputs / (channels / groups);
  const channelOf = (at: number): number => {
    const group = Math.floor((Math.floor(at / inputs) * groups) / outputs);
    return (group * channels) / groups + Math.floor((at % inputs) / taps);
  };
  const bias = Float64Array.from(layer.bias);
  layer.weights.forEach((weight, at) => {
    bias[Math.floor(at / inputs)] += weight * shift[channelOf(at)];
  });
  return {
    ...layer,
    weights: layer.weights.map((weight, at) => weight * factor[channelOf(at)]),
    bias: Float32Array.from(bias),
  };
}

function affineOf(
  { scale, shift, mean, variance, epsilon }: BatchNorm,
  channels: number,
  at: string,
): { factor: Float64Array; shift: Float64Array } {
  for (const values of [scale, shift, mean, variance]) {
    if (values.length === channels && values.every(Number.isFinite)) continue;
    throw invalid(at, `The normalisation does not have ${channels} finite values of each kind.`);
  }
  if (!(epsilon > 0) || variance.some((value) => value < 0)) {
    throw invalid(at, 'The variance of the normalisation is not positive.');
  }
  const factor = Float64Array.from(scale, (value, i) => value / Math.sqrt(variance[i] + epsilon));
  return { factor, shift: Float64Array.from(shift, (value, i) => value - mean[i] * factor[i]) };
}

function invalid(layer: string, what: string): KirchhoffError {
  return new KirchhoffError('model-invalid', what, `layer ${layer}`);
}
