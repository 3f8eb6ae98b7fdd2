/**
 * NeuroBench's metrics of a network, by the definitions of its harness (Yik et al., Nature Communications 16:1545,
 * 2025; package neurobench, folder metrics), under its own names. They describe the fp32 network, not the array.
 */
import { type ArrayLayer, inputSize, isArrayLayer, type Network, slidingSize, windowOf } from './network.ts';
import { type Shape, shapesOf } from './shapes.ts';
import { forwardItem } from './software.ts';

/** Flat, with the harness's own names and in the order of its examples. */
export interface NeuroBenchMetrics {
  /** Bytes of all parameters in fp32; there are no buffers. */
  Footprint: number;
  ParameterCount: number;
  /** Share of weights that are exactly 0, biases apart, to four decimals. */
  ConnectionSparsity: number;
  ClassificationAccuracy: number;
  /** Share of zeros in what leaves the activations, over all layers and items; 0 without activations. */
  ActivationSparsity: number;
  SynapticOperations: SynapticOperations;
}

/** Operations an item, biases apart. */
export interface SynapticOperations {
  /** Both weight and input are other than 0. */
  Effective_MACs: number;
  /** The same for inputs that hold nothing but -1, 0 and 1: accumulations. */
  Effective_ACs: number;
  /** As if no weight and no input were 0; the zero padding of a convolution is no operation even here. */
  Dense: number;
}

/**
 * All metrics that apply. `MembraneUpdates` and `NeuronOperations` do not: the network does not spike.
 *
 * @param signals [n][channels][length] or [n][channels][height][width], n at least 1
 * @param auxiliary [n][auxiliary features]
 * @param labels class number of each item, [n]
 * @throws {RangeError} where the arrays do not hold the same number of items, at least one
 */
export function neuroBenchMetrics(
  network: Network,
  signals: Float32Array,
  auxiliary: Float32Array,
  labels: readonly number[],
): NeuroBenchMetrics {
  const { auxiliaryFeatures } = network.input;
  const items = labels.length;
  if (
    items === 0 ||
    signals.length !== items * inputSize(network.input) ||
    auxiliary.length !== items * auxiliaryFeatures
  ) {
    throw new RangeError(
      `${items} labels, ${signals.length} signal and ${auxiliary.length} auxiliary values are not the same whole items`,
    );
  }
  const placed = shapesOf(network).flatMap(({ layer, input }) =>
    isArrayLayer(layer) ? [{ layer, input, connections: connectionsByInput(layer) }] : [],
  );
  const layers = placed.map(({ layer }) => layer);
  const total: SynapticOperations = { Effective_MACs: 0, Effective_ACs: 0, Dense: 0 };
  let activations = 0;
  let zeros = 0;
  let right = 0;
  for (let item = 0; item < items; item++) {
    const logits = forwardItem(
      network,
      signals,
      auxiliary,
      item,
      (index, input) => {
        const { effective, dense } = operationsOf(placed[index], input);
        total[isBinary(input) ? 'Effective_ACs' : 'Effective_MACs'] += effective;
        total.Dense += dense;
      },
      (values) => {
        activations += values.length;
        for (const value of values) if (value === 0) zeros++;
      },
    );
    if (largestAt(logits) === labels[item]) right++;
  }
  const parameters = layers.reduce((sum, { weights, bias }) => sum + weights.length + bias.length, 0);
  return {
    Footprint: parameters * Float32Array.BYTES_PER_ELEMENT,
    ParameterCount: parameters,
    ConnectionSparsity: connectionSparsity(layers),
    ClassificationAccuracy: right / items,
    ActivationSparsity: activations === 0 ? 0 : zeros / activations,
    SynapticOperations: {
      Effective_MACs: total.Effective_MACs / items,
      Effective_ACs: total.Effective_ACs / items,
      Dense: total.Dense / items,
    },
  };
}

function connectionSparsity(layers: readonly ArrayLayer[]): number {
  let weights = 0;
  let zeros = 0;
  for (const layer of layers) {
    weights += layer.weights.length;
    for (const weight of layer.weights) if (weight === 0) zeros++;
  }
  return Math.round((zeros / weights) * 1e4) / 1e4;
}

/**
 * Weights other than 0 that each input of a window meets: [inChannels][kernel height][kernel width] or
 * [inFeatures].
 */
function connectionsByInput(layer: ArrayLayer): Int32Array {
  const groups = layer.kind === 'dense' ? 1 : layer.groups;
  const outputs = layer.bias.length;
  const inputs = layer.weights.length / outputs;
  const counts = new Int32Array(inputs * groups);
  for (let output = 0; output < outputs; output++) {
    const first = Math.floor((output * groups) / outputs) * inputs;
    for (let input = 0; input < inputs; input++) {
      if (layer.weights[output * inputs + input] !== 0) counts[first + input]++;
    }
  }
  return counts;
}

function operationsOf(
  { layer, input: shape, connections }: { layer: ArrayLayer; input: Shape; connections: Int32Array },
  input: Float32Array,
): { effective: number; dense: number } {
  let effective = 0;
  let dense = 0;
  if (layer.kind === 'dense') {
    for (let i = 0; i < input.length; i++) if (input[i] !== 0) effective += connections[i];
    return { effective, dense: input.length * layer.outFeatures };
  }
  const sliding = windowOf(layer);
  const { kernel, stride, padding, dilation } = sliding;
  const outputsAGroup = layer.outChannels / layer.groups;
  const { channels, height, width } = shape;
  const taps = kernel[0] * kernel[1];
  const [rows, columns] = slidingSize(sliding, height, width);
  for (let window = 0; window < rows * columns; window++) {
    const top = Math.floor(window / columns) * stride[0] - padding[0];
    const left = (window % columns) * stride[1] - padding[1];
    for (let tap = 0; tap < taps; tap++) {
      const y = top + Math.floor(tap / kernel[1]) * dilation[0];
      const x = left + (tap % kernel[1]) * dilation[1];
      if (y < 0 || y >= height || x < 0 || x >= width) continue;
      dense += channels * outputsAGroup;
      for (let channel = 0; channel < channels; channel++) {
        if (input[(channel * height + y) * width + x] !== 0) effective += connections[channel * taps + tap];
      }
    }
  }
  return { effective, dense };
}

function isBinary(values: Float32Array): boolean {
  return values.every((value) => value === 0 || value === 1 || value === -1);
}

function largestAt(values: Float32Array): number {
  let at = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[at]) at = i;
  return at;
}
