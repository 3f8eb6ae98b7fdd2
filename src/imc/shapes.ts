/** Shapes of all values that flow through a network, and what follows from them. */
import { KirchhoffError } from '../contract/errors.ts';
import {
  type ArrayLayer,
  type ConvolutionLayer,
  INPUT_NAME,
  isArrayLayer,
  type Network,
  type NetworkLayer,
  type PoolLayer,
  slidingSize,
  windowOf,
} from './network.ts';

/** A signal is a map of height 1, a vector a map of one position whose channels are its features. */
export interface Shape {
  kind: 'signal' | 'image' | 'vector';
  channels: number;
  height: number;
  width: number;
}

export interface PlacedLayer {
  layer: NetworkLayer;
  /** Places of what it reads in the network's layers; -1 is the network's input. Two for a sum, else one. */
  sources: number[];
  /** Shape of what it reads. */
  input: Shape;
  output: Shape;
}

export function positionsOf({ height, width }: Shape): number {
  return height * width;
}

export function valuesOf(shape: Shape): number {
  return shape.channels * positionsOf(shape);
}

function words(shape: Shape): string {
  if (shape.kind === 'vector') return `${shape.channels} features`;
  const size = shape.kind === 'signal' ? `${shape.width}` : `${shape.height} x ${shape.width}`;
  return `${shape.channels} channels of ${size} values`;
}

export function inputShape({ input }: Pick<Network, 'input'>): Shape {
  const { kind, channels } = input;
  return kind === 'signal'
    ? { kind, channels, height: 1, width: input.length }
    : { kind, channels, height: input.height, width: input.width };
}

/**
 * Every layer with its sources and shapes, in order. Values are not looked at, only how many there are.
 *
 * @throws {KirchhoffError} `model-invalid` naming layer and field: a size that is no whole number in range, a
 * source that is unknown or does not stand before its reader (so that there are no cycles), a name given
 * twice, an output that nothing reads, shapes that do not fit one another, weights or biases of the wrong
 * length
 */
export function shapesOf(network: Network): PlacedLayer[] {
  const { layers } = network;
  const input = inputShape(network);
  for (const [field, size] of Object.entries({ ...input, kind: 1 })) {
    if (!isSize(size)) throw invalid(network, 'input', `${field} is ${size}.`);
  }
  const { auxiliaryFeatures } = network.input;
  if (!Number.isInteger(auxiliaryFeatures) || auxiliaryFeatures < 0) {
    throw invalid(network, 'input', `auxiliaryFeatures is ${auxiliaryFeatures}.`);
  }
  const numbers = new Map([[INPUT_NAME, -1]]);
  const placed: PlacedLayer[] = [];
  const read = new Set<number>();
  layers.forEach((layer, index) => {
    const need = (fits: boolean, field: string, what: string): void => {
      if (!fits) throw invalid(network, `layer ${layer.name} ${field}`, what);
    };
    need(!numbers.has(layer.name), 'name', 'Another layer, or the input, has this name.');
    const sourceOf = (name: string, field: string): number => {
      const source = numbers.get(name);
      if (source === undefined) {
        const later = layers.some((other) => other.name === name);
        const what = later ? 'does not stand before this layer' : 'does not exist';
        throw invalid(network, `layer ${layer.name} ${field}`, `Layer ${name} ${what}.`);
      }
      read.add(source);
      return source;
    };
    const shapeAt = (source: number): Shape => (source === -1 ? input : placed[source].output);
    if (layer.kind === 'add') {
      const sources = layer.inputs.map((name, i) => sourceOf(name, `inputs.${i}`));
      const [one, two] = sources.map(shapeAt);
      for (const [i, source] of sources.entries()) {
        need(layers[source]?.kind !== 'flatten', `inputs.${i}`, 'Sums stand before flattening.');
      }
      need(
        one.kind === two.kind && words(one) === words(two),
        'inputs',
        `${words(one)} and ${words(two)} have no sum.`,
      );
      placed.push({ layer, sources, input: one, output: one });
    } else {
      let source = index - 1;
      if (layer.input !== undefined) source = sourceOf(layer.input, 'input');
      read.add(source);
      const before = shapeAt(source);
      const flattened = placed.some((other) => other.layer.kind === 'flatten');
      if (layer.kind === 'flatten') {
        need(before.kind !== 'vector' && !flattened, 'kind', 'There is more than one flatten layer.');
      }
      const output = outputShape(layer, before, auxiliaryFeatures, need);
      placed.push({ layer, sources: [source], input: before, output });
    }
    numbers.set(layer.name, index);
  });
  layers.slice(0, -1).forEach(({ name }, index) => {
    if (!read.has(index)) throw invalid(network, `layer ${name}`, 'Nothing reads what the layer gives.');
  });
  return placed;
}

type Need = (fits: boolean, field: string, what: string) => void;

function outputShape(
  layer: Exclude<NetworkLayer, { kind: 'add' }>,
  before: Shape,
  auxiliaryFeatures: number,
  need: Need,
): Shape {
  if (layer.kind === 'flatten') {
    return vector(valuesOf(before) + auxiliaryFeatures);
  }
  if (layer.kind === 'dense') {
    need(before.kind === 'vector', 'kind', 'A dense layer reads what was flattened.');
    need(
      layer.inFeatures === before.channels,
      'inFeatures',
      `It is ${layer.inFeatures}; the layer's input has ${words(before)}.`,
    );
    need(isSize(layer.outFeatures), 'outFeatures', `It is ${layer.outFeatures}.`);
    needParameters(layer, layer.inFeatures, layer.outFeatures, need);
    return vector(layer.outFeatures);
  }
  const [height, width] = slide(layer, before, need);
  if (layer.kind === 'pool1d' || layer.kind === 'pool2d') return { ...before, height, width };
  need(
    layer.inChannels === before.channels,
    'inChannels',
    `It is ${layer.inChannels}; the layer's input has ${words(before)}.`,
  );
  need(isSize(layer.outChannels), 'outChannels', `It is ${layer.outChannels}.`);
  const { groups } = layer;
  need(
    isSize(groups) && layer.inChannels % groups === 0 && layer.outChannels % groups === 0,
    'groups',
    `${groups} groups do not divide ${layer.inChannels} and ${layer.outChannels} channels.`,
  );
  const [kernelHeight, kernelWidth] = windowOf(layer).kernel;
  const inputs = (layer.inChannels / groups) * kernelHeight * kernelWidth;
  needParameters(layer, inputs, layer.outChannels, need);
  return { ...before, channels: layer.outChannels, height, width };
}

function slide(layer: ConvolutionLayer | PoolLayer, before: Shape, need: Need): [number, number] {
  const kind = layer.kind === 'conv1d' || layer.kind === 'pool1d' ? 'signal' : 'image';
  need(before.kind === kind, 'kind', `It reads ${words(before)}, which are no ${kind}.`);
  const sizeField = layer.kind === 'conv1d' || layer.kind === 'conv2d' ? 'kernel' : 'size';
  const sliding = windowOf(layer);
  const { kernel, stride, padding, dilation } = sliding;
  need(kernel.every(isSize), sizeField, `It is ${kernel.join(' x ')}.`);
  need(stride.every(isSize), 'stride', `It is ${stride.join(' x ')}.`);
  need(
    padding.every((size) => size === 0 || isSize(size)),
    'padding',
    `It is ${padding.join(' x ')}.`,
  );
  need(dilation.every(isSize), 'dilation', `It is ${dilation.join(' x ')}.`);
  const [height, width] = slidingSize(sliding, before.height, before.width);
  need(
    height >= 1 && width >= 1,
    sizeField,
    `The window of ${kernel.map((size, i) => (size - 1) * dilation[i] + 1).join(' x ')} is larger than its input of ${words(before)}.`,
  );
  return [height, width];
}

function needParameters(layer: ArrayLayer, inputs: number, outputs: number, need: Need): void {
  const { weights, bias } = layer;
  need(
    weights.length === inputs * outputs,
    'weights',
    `There are ${weights.length}, not ${inputs * outputs}.`,
  );
  need(bias.length === outputs, 'bias', `There are ${bias.length}, not ${outputs}.`);
}

function vector(channels: number): Shape {
  return { kind: 'vector', channels, height: 1, width: 1 };
}

function isSize(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= 2 ** 31 - 1;
}

function invalid(network: Network, place: string, what: string): KirchhoffError {
  return new KirchhoffError('model-invalid', what, `${network.name} ${place}`);
}

/** Multiply-accumulates of one item, by array layer, in order; zero padding counts. */
export function macsByLayer(network: Network): { layer: string; macs: number }[] {
  return shapesOf(network).flatMap(({ layer, output }) =>
    isArrayLayer(layer) ? [{ layer: layer.name, macs: positionsOf(output) * layer.weights.length }] : [],
  );
}
