/** The rhythm network as it is stored: bytes and JSON values in, network out. */
import { z } from 'zod';
import { KirchhoffError } from '../../contract/errors.ts';
import { RHYTHM_CLASSES } from '../../contract/rhythm.ts';
import { rhythmInputSpecSchema } from '../../ecg/rhythm/rhythm-inputs.ts';
import { networkFields, networkFrom } from '../../imc/model-file.ts';
import type { Network } from '../../imc/network.ts';
import type { LayerRange } from '../../imc/ranges.ts';

const positive = z.number().positive();

const modelSchema = z.strictObject({
  ...networkFields,
  classes: z.array(z.string()).refine((names) => names.join() === RHYTHM_CLASSES.join(), {
    message: 'not the classes that this version knows',
  }),
  training: z.strictObject({
    data: z.string(),
    licence: z.string(),
    /** Recordings by class; how many patients they are of is not published. */
    recordings: z.record(z.string(), z.int().min(0)),
    seed: z.int().min(0),
    /** Commit of the code that trained it. */
    commit: z.string(),
    options: z.record(z.string(), z.unknown()),
  }),
});
export type RhythmTraining = z.infer<typeof modelSchema>['training'];

const calibrationSchema = z.strictObject({
  id: z.string().min(1).max(80),
  /** Logits are divided by it before the softmax. */
  temperature: positive,
  review: z.strictObject({
    /** A window is for review where its largest mean probability is below this ... */
    probabilityBelow: z.number().min(0).max(1),
    /** ... or its epistemic part, nats, is above this. */
    epistemicAbove: z.number().min(0),
  }),
  method: z.string(),
});
export type RhythmCalibration = z.infer<typeof calibrationSchema>;

export interface RhythmModel {
  network: Network;
  ranges: LayerRange[];
  training: RhythmTraining;
  calibration: RhythmCalibration;
}

/**
 * @param weights bytes of a safetensors file
 * @param at the model's name, for messages
 * @throws KirchhoffError `model-invalid` naming file and field
 */
export function parseRhythmModel(
  modelJson: unknown,
  weights: Uint8Array,
  calibrationJson: unknown,
  at: string,
): RhythmModel {
  const model = checked(modelSchema, modelJson, `${at}/model.json`);
  checked(rhythmInputSpecSchema, model.input, `${at}/model.json input`);
  const calibration = checked(calibrationSchema, calibrationJson, `${at}/calibration.json`);
  const { network, ranges } = networkFrom(model, weights, at);
  return { network, ranges, training: model.training, calibration };
}

function checked<Schema extends z.ZodType>(schema: Schema, json: unknown, file: string): z.output<Schema> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new KirchhoffError('model-invalid', `${issue.message}.`, `${file} ${issue.path.join('.')}`.trim());
}
