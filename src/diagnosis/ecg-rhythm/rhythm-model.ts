/** The rhythm network as it is stored: bytes and JSON values in, network out, and back. */
import { z } from 'zod';
import { RHYTHM_CLASSES } from '../../contract/rhythm.ts';
import { type RhythmInputSpec, rhythmInputSpecSchema } from '../../ecg/rhythm/rhythm-inputs.ts';
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
  classes: z.array(z.string()).refine((names) => names.join() === RHYTHM_CLASSES.join(), {
    message: 'not the classes that this version knows',
  }),
  training: z.strictObject({
    ...trainingFields,
    /** Recordings by class; how many patients they are of is not published. */
    recordings: z.record(z.string(), z.int().min(0)),
  }),
});

const calibrationSchema = z.strictObject({
  ...calibrationFields,
  review: z.strictObject({
    /** A window is for review where its largest mean probability is below this ... */
    probabilityBelow: z.number().min(0).max(1),
    /** ... or its epistemic part, nats, is above this. */
    epistemicAbove: z.number().min(0),
  }),
});
export type RhythmCalibration = z.infer<typeof calibrationSchema>;

export interface RhythmModel extends StoredNetwork {
  input: RhythmInputSpec;
  training: z.infer<typeof modelSchema>['training'];
  calibration: RhythmCalibration;
}

/**
 * @param weights bytes of a safetensors file, as `networkFrom` takes
 * @param at the model's name, for messages
 * @throws KirchhoffError `model-invalid` naming file and field
 */
export function parseRhythmModel(
  modelJson: unknown,
  weights: Uint8Array,
  calibrationJson: unknown,
  at: string,
): RhythmModel {
  const model = checkedDescription(modelSchema, modelJson, `${at}/model.json`);
  const input = checkedDescription(rhythmInputSpecSchema, model.input, `${at}/model.json input`);
  const calibration = checkedDescription(calibrationSchema, calibrationJson, `${at}/calibration.json`);
  return { ...networkFrom(model, weights, at), input, training: model.training, calibration };
}

/** The three files of a model, the inverse of `parseRhythmModel`; JSON as values to be written with two spaces. */
export function rhythmModelFiles(model: RhythmModel): {
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
