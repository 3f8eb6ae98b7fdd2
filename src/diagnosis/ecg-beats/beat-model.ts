/** The beat network as it is stored: bytes and JSON values in, network out, and back. */
import { z } from 'zod';
import { CONFORMAL_ALPHA } from '../../contract/ecg.ts';
import { type BeatInputSpec, beatInputSpecSchema } from '../../ecg/beats.ts';
import {
  calibrationFields,
  checkedDescription,
  networkFields,
  networkFiles,
  networkFrom,
  type StoredNetwork,
  trainingFields,
} from '../../imc/model-file.ts';

const modelSchema = z.strictObject({
  ...networkFields,
  training: z.strictObject({
    ...trainingFields,
    patients: z.int().min(1),
    beats: z.record(z.string(), z.int().min(0)),
  }),
});

const calibrationSchema = z.strictObject({
  ...calibrationFields,
  review: z.strictObject({
    /** A beat is for review where its largest mean probability is below this ... */
    probabilityBelow: z.number().min(0).max(1),
    /** ... or its epistemic part, nats, is above this. */
    epistemicAbove: z.number().min(0),
  }),
  /** Null for a calibration without conformal sets. */
  conformal: z
    .strictObject({
      /** Largest score, 1 - probability, with which a class is in the set; null: always (too few to say). */
      alpha: z.literal(CONFORMAL_ALPHA),
      thresholds: z.array(z.number().min(0).max(1).nullable()).min(2),
    })
    .nullable()
    .default(null),
});
export type BeatCalibration = z.infer<typeof calibrationSchema>;

export interface BeatModel extends StoredNetwork {
  input: BeatInputSpec;
  training: z.infer<typeof modelSchema>['training'];
  calibration: BeatCalibration;
}

/**
 * @param weights bytes of a safetensors file, as `networkFrom` takes
 * @param at the model's name, for messages
 * @throws KirchhoffError `model-invalid` naming file and field: unknown or missing fields, inputs that this
 * version does not make, and as `networkFrom`
 */
export function parseBeatModel(
  modelJson: unknown,
  weights: Uint8Array,
  calibrationJson: unknown,
  at: string,
): BeatModel {
  const model = checkedDescription(modelSchema, modelJson, `${at}/model.json`);
  const input = checkedDescription(beatInputSpecSchema, model.input, `${at}/model.json input`);
  const calibration = checkedDescription(calibrationSchema, calibrationJson, `${at}/calibration.json`);
  return { ...networkFrom(model, weights, at), input, training: model.training, calibration };
}

/** The three files of a model, the inverse of `parseBeatModel`; JSON as values to be written with two spaces. */
export function beatModelFiles(model: BeatModel): {
  modelJson: unknown;
  weights: Uint8Array;
  calibrationJson: unknown;
} {
  const { networkJson, weights } = networkFiles(model);
  return {
    modelJson: { ...networkJson, training: model.training },
    weights,
    calibrationJson: model.calibration,
  };
}
