/**
 * What the files of every model have in common: `model.json` (topology, converter ranges, input description, how it
 * was trained), `weights.safetensors`, `calibration.json`. A task adds its own fields in its folder of
 * `src/diagnosis`. Parsing and writing, bytes and JSON values only.
 */
import { z } from 'zod';
import { KirchhoffError } from '../contract/errors.ts';
import { readSafetensors, SafetensorsError, type Tensor, writeSafetensors } from '../numeric/safetensors.ts';
import {
  type ArrayLayer,
  INPUT_NAME,
  isArrayLayer,
  type Network,
  type NetworkInput,
  type NetworkLayer,
} from './network.ts';
import { matricesOf } from './program.ts';
import type { LayerRange } from './ranges.ts';

const size = z.int().min(1).max(65_536);
const activation = z.enum(['relu', 'none']);
const name = z.string().regex(/^[a-z][a-z0-9-]{0,40}$/);

const size2d = z.tuple([size, size]).readonly();
const padding = z.int().min(0).max(65_536);
const source = z.union([name, z.literal(INPUT_NAME)]);
const input = source.optional();

const layerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('conv1d'),
    name,
    input,
    inChannels: size,
    outChannels: size,
    kernel: size,
    stride: size,
    padding,
    dilation: size.optional(),
    groups: size.default(1),
    activation,
  }),
  z.strictObject({
    kind: z.literal('conv2d'),
    name,
    input,
    inChannels: size,
    outChannels: size,
    kernel: size2d,
    stride: size2d,
    padding: z.tuple([padding, padding]).readonly(),
    dilation: size2d.optional(),
    groups: size.default(1),
    activation,
  }),
  z.strictObject({ kind: z.literal('dense'), name, input, inFeatures: size, outFeatures: size, activation }),
  z.strictObject({
    kind: z.literal('pool1d'),
    name,
    input,
    operation: z.enum(['max', 'average']),
    size,
    stride: size,
  }),
  z.strictObject({
    kind: z.literal('pool2d'),
    name,
    input,
    operation: z.enum(['max', 'average']),
    size: size2d,
    stride: size2d,
  }),
  z.strictObject({ kind: z.literal('add'), name, inputs: z.tuple([source, source]), activation }),
  z.strictObject({ kind: z.literal('flatten'), name, input }),
]);

const positive = z.number().positive();

/** Fields of the description of any network; what a task adds to them is its own. */
export const networkFields = {
  format: z.literal('kirchhoff-model-1'),
  name,
  classes: z.array(z.string().min(1)).min(1).max(64),
  /** A signal has a length, an image height and width; whoever makes the inputs describes them further. */
  input: z
    .looseObject({
      channels: size,
      length: size.optional(),
      height: size.optional(),
      width: size.optional(),
      auxiliaryFeatures: z.array(z.string()),
    })
    .refine(
      ({ length, height, width }) =>
        length === undefined
          ? height !== undefined && width !== undefined
          : height === undefined && width === undefined,
      'There is neither a length nor a height and a width alone',
    ),
  layers: z.array(layerSchema).min(1).max(256),
  ranges: z.array(z.strictObject({ layer: name, inputBound: positive, outputBound: positive })),
};
const networkSchema = z.object(networkFields);

/** Fields of `training` of any model; each task adds what it counts its training data in. */
export const trainingFields = {
  data: z.string(),
  licence: z.string(),
  seed: z.int().min(0),
  /** Commit of the code that trained it. */
  commit: z.string(),
  options: z.record(z.string(), z.unknown()),
};

/** Fields of any `calibration.json`. */
export const calibrationFields = {
  id: z.string().min(1).max(80),
  /** Logits are divided by it before the softmax. */
  temperature: positive,
  method: z.string(),
};

/** A network with the ranges of its converters, as it is stored. */
export interface StoredNetwork {
  network: Network;
  ranges: LayerRange[];
  /** What the inputs are; the task checks it. */
  input: unknown;
}

/**
 * The network of a checked description, with its weights.
 *
 * @param weights bytes of a safetensors file with `<layer>.weight` and `<layer>.bias` of every array layer, and
 *   `<layer>.common_mode` (see `CommonMode`) of those with a trained posterior
 * @param at the model's name, for messages
 * @throws KirchhoffError `model-invalid` naming file and field: layers that do not fit one another, tensors
 * missing, left over, of another shape or not finite, a layer without range
 */
export function networkFrom(
  model: z.output<typeof networkSchema>,
  weights: Uint8Array,
  at: string,
): StoredNetwork {
  const tensors = tensorsOf(weights, `${at}/weights.safetensors`);
  const take = (layer: string, part: string, shape: number[]): Float32Array => {
    const key = `${layer}.${part}`;
    const tensor = tensors.get(key);
    const where = `${at}/weights.safetensors ${key}`;
    if (tensor === undefined) throw new KirchhoffError('model-invalid', 'The tensor is missing.', where);
    if (tensor.shape.length !== shape.length || tensor.shape.some((n, i) => n !== shape[i])) {
      throw new KirchhoffError(
        'model-invalid',
        `The shape is [${tensor.shape.join(', ')}], not [${shape.join(', ')}].`,
        where,
      );
    }
    tensors.delete(key);
    return tensor.values;
  };
  /** Optional: only a model with a trained posterior has it. */
  const commonModeOf = (layer: string, shape: number[]) =>
    tensors.has(`${layer}.common_mode`) ? { commonMode: take(layer, 'common_mode', shape) } : {};
  const layers = model.layers.map((layer): NetworkLayer => {
    if (layer.kind !== 'conv1d' && layer.kind !== 'conv2d' && layer.kind !== 'dense') return layer;
    const shape = weightShape(layer);
    return {
      ...layer,
      weights: take(layer.name, 'weight', shape),
      bias: take(layer.name, 'bias', [shape[0]]),
      ...commonModeOf(layer.name, shape),
    };
  });
  const [leftOver] = tensors.keys();
  if (leftOver !== undefined) {
    throw new KirchhoffError(
      'model-invalid',
      'No layer has this tensor.',
      `${at}/weights.safetensors ${leftOver}`,
    );
  }
  const network: Network = {
    name: model.name,
    input: inputOf(model.input),
    layers,
    classes: model.classes,
  };
  for (const { layer } of matricesOf(network)) {
    if (!model.ranges.some((range) => range.layer === layer.name)) {
      throw new KirchhoffError(
        'model-invalid',
        `Layer ${layer.name} has no range.`,
        `${at}/model.json ranges`,
      );
    }
  }
  return {
    network,
    ranges: model.ranges,
    input: model.input,
  };
}

function inputOf({
  channels,
  length,
  height = 1,
  width = 1,
  auxiliaryFeatures: names,
}: z.output<typeof networkFields.input>): NetworkInput {
  const auxiliaryFeatures = names.length;
  return length === undefined
    ? { kind: 'image', channels, height, width, auxiliaryFeatures }
    : { kind: 'signal', channels, length, auxiliaryFeatures };
}

type Topology<Layer> = Layer extends ArrayLayer ? Omit<Layer, 'weights' | 'bias' | 'commonMode'> : never;

/** Of a layer's weights, outputs first. */
function weightShape(layer: Topology<ArrayLayer>): number[] {
  if (layer.kind === 'dense') return [layer.outFeatures, layer.inFeatures];
  const inputs = layer.inChannels / layer.groups;
  return layer.kind === 'conv1d'
    ? [layer.outChannels, inputs, layer.kernel]
    : [layer.outChannels, inputs, ...layer.kernel];
}

/**
 * A part of a model's description by its schema.
 * @throws KirchhoffError `model-invalid` naming file and field
 */
export function checkedDescription<Schema extends z.ZodType>(
  schema: Schema,
  json: unknown,
  file: string,
): z.output<Schema> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const field = [...issue.path, ...unknown].join('.');
  throw new KirchhoffError('model-invalid', `${issue.message}.`, `${file} ${field}`.trim());
}

function tensorsOf(bytes: Uint8Array, file: string): Map<string, Tensor> {
  try {
    return readSafetensors(bytes);
  } catch (thrown) {
    if (!(thrown instanceof SafetensorsError)) throw thrown;
    throw new KirchhoffError(
      'model-invalid',
      thrown.message,
      thrown.tensor === null ? file : `${file} ${thrown.tensor}`,
    );
  }
}

/** What `networkFields` describe, and the bytes of the weights: the inverse of `networkFrom`. */
export function networkFiles({ network, ranges, input }: StoredNetwork): {
  networkJson: object;
  weights: Uint8Array;
} {
  const tensors = new Map<string, Tensor>();
  const layers = network.layers.map((layer) => {
    if (!isArrayLayer(layer)) return layer;
    const { weights, bias, commonMode, ...topology } = layer;
    const shape = weightShape(layer);
    tensors.set(`${layer.name}.weight`, { shape, values: weights });
    if (commonMode !== undefined) tensors.set(`${layer.name}.common_mode`, { shape, values: commonMode });
    tensors.set(`${layer.name}.bias`, { shape: [bias.length], values: bias });
    if (topology.kind === 'dense' || topology.groups > 1) return topology;
    // One group goes without saying, so that the files of older models come out as they were.
    const { groups: _, ...ungrouped } = topology;
    return ungrouped;
  });
  return {
    networkJson: {
      format: 'kirchhoff-model-1',
      name: network.name,
      classes: network.classes,
      input,
      layers,
      ranges,
    },
    weights: writeSafetensors(tensors),
  };
}
