/**
 * A model as it is stored: `model.json` (topology, converter ranges, input description, how it was trained),
 * `weights.safetensors`, `calibration.json`. Parsing and writing, bytes and JSON values only.
 */
import { z } from 'zod';
import { KirchhoffError } from '../contract/errors.ts';
import { readSafetensors, SafetensorsError, type Tensor, writeSafetensors } from '../numeric/safetensors.ts';
import type { Network, NetworkLayer } from './network.ts';
import { matricesOf } from './program.ts';
import type { LayerRange } from './ranges.ts';

const size = z.int().min(1).max(65_536);
const activation = z.enum(['relu', 'none']);
const name = z.string().regex(/^[a-z][a-z0-9-]{0,40}$/);

const layerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('conv1d'),
    name,
    inChannels: size,
    outChannels: size,
    kernel: size,
    stride: size,
    padding: z.int().min(0).max(65_536),
    activation,
  }),
  z.strictObject({ kind: z.literal('dense'), name, inFeatures: size, outFeatures: size, activation }),
  z.strictObject({
    kind: z.literal('pool1d'),
    name,
    operation: z.enum(['max', 'average']),
    size,
    stride: size,
  }),
  z.strictObject({ kind: z.literal('flatten'), name }),
]);

const positive = z.number().positive();

const modelSchema = z.strictObject({
  format: z.literal('kirchhoff-model-1'),
  name,
  classes: z.array(z.string().min(1)).min(2).max(64),
  input: z.looseObject({
    channels: size,
    length: size,
    auxiliaryFeatures: z.array(z.string()),
  }),
  layers: z.array(layerSchema).min(1).max(64),
  ranges: z.array(z.strictObject({ layer: name, inputBound: positive, outputBound: positive })),
  training: z.strictObject({
    data: z.string(),
    licence: z.string(),
    patients: z.int().min(1),
    beats: z.record(z.string(), z.int().min(0)),
    seed: z.int().min(0),
    /** Commit of the code that trained it. */
    commit: z.string(),
    options: z.record(z.string(), z.unknown()),
  }),
});

const calibrationSchema = z.strictObject({
  id: z.string().min(1).max(80),
  /** Logits are divided by it before the softmax. */
  temperature: positive,
  review: z.strictObject({
    /** A beat is for review where its largest mean probability is below this ... */
    probabilityBelow: z.number().min(0).max(1),
    /** ... or its epistemic part, nats, is above this. */
    epistemicAbove: z.number().min(0),
  }),
  method: z.string(),
});
export type BeatCalibration = z.infer<typeof calibrationSchema>;
export type TrainingProvenance = z.infer<typeof modelSchema>['training'];

export interface BeatModel {
  network: Network;
  ranges: LayerRange[];
  /** What the inputs are; whoever makes them checks it. */
  input: unknown;
  training: TrainingProvenance;
  calibration: BeatCalibration;
}

/**
 * @param weights bytes of a safetensors file with `<layer>.weight` and `<layer>.bias` of every array layer
 * @param at the model's name, for messages
 * @throws KirchhoffError `model-invalid` naming file and field: unknown or missing fields, layers that do not
 * fit one another, tensors missing, left over, of another shape or not finite, a layer without range
 */
export function parseModel(
  modelJson: unknown,
  weights: Uint8Array,
  calibrationJson: unknown,
  at: string,
): BeatModel {
  const model = checked(modelSchema, modelJson, `${at}/model.json`);
  const calibration = checked(calibrationSchema, calibrationJson, `${at}/calibration.json`);
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
  const layers = model.layers.map((layer): NetworkLayer => {
    if (layer.kind === 'conv1d') {
      return {
        ...layer,
        weights: take(layer.name, 'weight', [layer.outChannels, layer.inChannels, layer.kernel]),
        bias: take(layer.name, 'bias', [layer.outChannels]),
      };
    }
    if (layer.kind === 'dense') {
      return {
        ...layer,
        weights: take(layer.name, 'weight', [layer.outFeatures, layer.inFeatures]),
        bias: take(layer.name, 'bias', [layer.outFeatures]),
      };
    }
    return layer;
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
    input: {
      channels: model.input.channels,
      length: model.input.length,
      auxiliaryFeatures: model.input.auxiliaryFeatures.length,
    },
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
    training: model.training,
    calibration,
  };
}

function checked<Schema extends z.ZodType>(schema: Schema, json: unknown, file: string): z.output<Schema> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new KirchhoffError('model-invalid', `${issue.message}.`, `${file} ${issue.path.join('.')}`.trim());
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

/** The three files of a model, the inverse of `parseModel`; JSON as values to be written with two spaces. */
export function modelFiles(model: BeatModel): {
  modelJson: unknown;
  weights: Uint8Array;
  calibrationJson: unknown;
} {
  const tensors = new Map<string, Tensor>();
  const layers = model.network.layers.map((layer) => {
    if (layer.kind !== 'conv1d' && layer.kind !== 'dense') return layer;
    const { weights, bias, ...topology } = layer;
    const shape =
      layer.kind === 'conv1d'
        ? [layer.outChannels, layer.inChannels, layer.kernel]
        : [layer.outFeatures, layer.inFeatures];
    tensors.set(`${layer.name}.weight`, { shape, values: weights });
    tensors.set(`${layer.name}.bias`, { shape: [bias.length], values: bias });
    return topology;
  });
  return {
    modelJson: {
      format: 'kirchhoff-model-1',
      name: model.network.name,
      classes: model.network.classes,
      input: model.input,
      layers,
      ranges: model.ranges,
      training: model.training,
    },
    weights: writeSafetensors(tensors),
    calibrationJson: model.calibration,
  };
}
