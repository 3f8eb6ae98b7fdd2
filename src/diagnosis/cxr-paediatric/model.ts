/** The paediatric radiograph model as it is stored: network, calibration, and what it may be asked about. */
import { z } from 'zod';
import { KirchhoffError } from '../../contract/errors.ts';
import {
  calibrationFields,
  checkedDescription,
  networkFields,
  networkFiles,
  networkFrom,
  type StoredNetwork,
  trainingFields,
} from '../../imc/model-file.ts';
import {
  readSafetensors,
  SafetensorsError,
  type Tensor,
  writeSafetensors,
} from '../../numeric/safetensors.ts';
import { type AppearanceFit, LOOK_SIDE } from './appearance.ts';
import { IMAGE_STATISTICS } from './image-statistics.ts';

const share = z.number().min(0).max(1);

/** What the network reads; checked here, so that another preparation cannot be taken for it. */
const inputSchema = z.looseObject({
  channels: z.literal(1),
  height: z.int().min(LOOK_SIDE).max(1024),
  width: z.int(),
  auxiliaryFeatures: z.array(z.string()).length(0),
  preparation: z.literal('squashed-standardised-1'),
});

const modelSchema = z.strictObject({
  ...networkFields,
  training: z.strictObject({
    ...trainingFields,
    patients: z.int().min(1),
    images: z.record(z.string(), z.int().min(0)),
  }),
});

export const radiographCalibrationSchema = z.strictObject({
  ...calibrationFields,
  /** The condition is called present at this mean probability and above. */
  operatingPoint: share,
  review: z.strictObject({
    /** An answer is for review where its mean probability lies strictly between these ... */
    probabilityAbove: share,
    probabilityBelow: share,
    /** ... or its epistemic part, nats, is above this. */
    epistemicAbove: z.number().min(0),
  }),
  conformal: z.strictObject({
    /** Share of new images of a class whose set may miss it. */
    alpha: z.number().gt(0).lt(1),
    /** Of each class, in the order of the model's classes; null: too few images, the class is always in the set. */
    thresholds: z.array(z.number().nullable()).length(2),
  }),
  /** Limits of the distances of `appearance.ts`. */
  appearance: z.strictObject({
    look: z.number().positive(),
    shades: z.number().positive(),
    embedding: z.number().positive(),
  }),
});
export type RadiographCalibration = z.infer<typeof radiographCalibrationSchema>;

export interface RadiographModel extends StoredNetwork {
  input: z.infer<typeof inputSchema>;
  training: z.infer<typeof modelSchema>['training'];
  calibration: RadiographCalibration;
  appearance: AppearanceFit;
}

/** Files of the model's folder, in the order in which its hash covers them. */
export const RADIOGRAPH_MODEL_FILES = [
  'model.json',
  'weights.safetensors',
  'calibration.json',
  'appearance.safetensors',
] as const;

/**
 * @param at the model's name, for messages
 * @throws KirchhoffError `model-invalid` naming file and field
 */
export function parseRadiographModel(
  files: {
    modelJson: unknown;
    weights: Uint8Array;
    calibrationJson: unknown;
    appearance: Uint8Array;
  },
  at: string,
): RadiographModel {
  const model = checkedDescription(modelSchema, files.modelJson, `${at}/model.json`);
  const calibration = checkedDescription(
    radiographCalibrationSchema,
    files.calibrationJson,
    `${at}/calibration.json`,
  );
  const { network, ranges, input } = networkFrom(model, files.weights, at);
  const description = checkedDescription(inputSchema, input, `${at}/model.json input`);
  if (network.classes.length !== 2 || description.height !== description.width) {
    throw new KirchhoffError('model-invalid', 'It needs two classes and a square input.', `${at}/model.json`);
  }
  const last = network.layers[network.layers.length - 1];
  const width = last?.kind === 'dense' ? last.inFeatures : 0;
  return {
    network,
    ranges,
    input: description,
    training: model.training,
    calibration,
    appearance: appearanceFrom(files.appearance, width, calibration, `${at}/appearance.safetensors`),
  };
}

function appearanceFrom(
  bytes: Uint8Array,
  embeddingWidth: number,
  { appearance: limits }: RadiographCalibration,
  file: string,
): AppearanceFit {
  let tensors: Map<string, Tensor>;
  try {
    tensors = readSafetensors(bytes);
  } catch (thrown) {
    if (!(thrown instanceof SafetensorsError)) throw thrown;
    throw new KirchhoffError('model-invalid', thrown.message, file);
  }
  const pixels = LOOK_SIDE * LOOK_SIDE;
  const components = tensors.get('look.variances')?.values.length ?? 0;
  const statistics = IMAGE_STATISTICS.length;
  const take = (name: string, ...shape: number[]): Float32Array => {
    const tensor = tensors.get(name);
    if (tensor === undefined || tensor.shape.join() !== shape.join()) {
      throw new KirchhoffError(
        'model-invalid',
        `It is not there with shape [${shape.join(', ')}].`,
        `${file} ${name}`,
      );
    }
    return tensor.values;
  };
  const gaussian = (name: string, width: number) => ({
    mean: take(`${name}.mean`, width),
    precision: take(`${name}.precision`, width, width),
  });
  return {
    look: {
      mean: take('look.mean', pixels),
      components: take('look.components', components, pixels),
      variances: take('look.variances', components),
      rest: take('look.rest', 1),
    },
    shades: gaussian('shades', statistics),
    embedding: gaussian('embedding', embeddingWidth),
    limits,
  };
}

/** The inverse of `parseRadiographModel`; JSON as values to be written with two spaces. */
export function radiographModelFiles(model: RadiographModel): {
  modelJson: unknown;
  weights: Uint8Array;
  calibrationJson: unknown;
  appearance: Uint8Array;
} {
  const { networkJson, weights } = networkFiles(model);
  const { look, shades, embedding } = model.appearance;
  const tensor = (values: Float32Array, ...shape: number[]): Tensor => ({ shape, values });
  const side = (values: Float32Array) => Math.round(Math.sqrt(values.length));
  const tensors = new Map([
    ['look.mean', tensor(look.mean, look.mean.length)],
    ['look.components', tensor(look.components, look.variances.length, look.mean.length)],
    ['look.variances', tensor(look.variances, look.variances.length)],
    ['look.rest', tensor(look.rest, 1)],
    ...(['shades', 'embedding'] as const).flatMap((name): [string, Tensor][] => {
      const { mean, precision } = name === 'shades' ? shades : embedding;
      return [
        [`${name}.mean`, tensor(mean, mean.length)],
        [`${name}.precision`, tensor(precision, side(precision), side(precision))],
      ];
    }),
  ]);
  return {
    modelJson: { ...networkJson, training: model.training },
    weights,
    calibrationJson: model.calibration,
    appearance: writeSafetensors(tensors),
  };
}
