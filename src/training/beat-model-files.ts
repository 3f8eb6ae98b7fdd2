/** The files of the shipped beat model: the trained network with the calibration of `cross-validation.json`. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { CONFORMAL_ALPHA, NETWORK_CLASSES } from '../contract/ecg.ts';
import { beatModelFiles } from '../diagnosis/ecg-beats/beat-model.ts';
import { BEAT_INPUT_SPEC } from '../ecg/beats.ts';
import { BEAT_FIT, type TrainedBeatNetwork } from './beat-training.ts';
import { scalingSchema } from './vector-scaling.ts';

const MODEL_FOLDER = resolve(import.meta.dirname, '../../models/ecg-beats');

const crossValidationSchema = z.looseObject({
  scaling: scalingSchema,
  review: z.object({ probabilityBelow: z.number(), epistemicAbove: z.number() }),
  conformal: z.looseObject({
    alpha: z.literal(CONFORMAL_ALPHA),
    thresholds: z.array(z.number().nullable()),
  }),
});

function currentCommit(): string {
  return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8' }).trim();
}

const CALIBRATION_METHOD =
  'Every patient of DS1 left out once, in five groups, on the array at the reference condition. Offsets of the ' +
  'classes, in the last biases: largest sum of S F1, V F1 and accuracy of left-out beats. Temperature: least ' +
  'negative log-likelihood, every patient counting alike. Review: the 9 % least certain left-out beats, and the ' +
  '1 % on which the reads disagree most. Conformal thresholds: of each class over its beats, every patient of DS1 ' +
  'left out alone and read by the network trained on the other 21.';

function readCrossValidation() {
  return crossValidationSchema.parse(
    JSON.parse(readFileSync(resolve(MODEL_FOLDER, 'cross-validation.json'), 'utf8')),
  );
}

/** Names weights, temperature and conformal thresholds, so that no two calibrations have one name. */
function calibrationId(weights: Uint8Array, temperature: number, conformal: unknown): string {
  const hash = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  return `ecg-beats-${hash(weights).slice(0, 12)}-t${temperature}-c${hash(JSON.stringify(conformal)).slice(0, 6)}`;
}

/** Writes `calibration.json` of the shipped weights again, from `cross-validation.json`. */
export function storeBeatCalibration(): void {
  const fields = calibrationFields();
  const weights = readFileSync(resolve(MODEL_FOLDER, 'weights.safetensors'));
  const id = calibrationId(weights, fields.temperature, fields.conformal);
  writeFileSync(resolve(MODEL_FOLDER, 'calibration.json'), `${JSON.stringify({ id, ...fields }, null, 2)}\n`);
}

function calibrationFields() {
  const { scaling, review, conformal } = readCrossValidation();
  return {
    temperature: scaling.temperature,
    review,
    conformal: { alpha: conformal.alpha, thresholds: conformal.thresholds },
    method: CALIBRATION_METHOD,
  };
}

/**
 * Writes `model.json`, `weights.safetensors` and `calibration.json`.
 * @param trained changed: the offsets of the scaling go into the last biases
 * @param labels of the beats of each patient as recorded
 */
export function storeBeatModel(trained: TrainedBeatNetwork, labels: readonly ArrayLike<number>[]): void {
  const { offsets } = readCrossValidation().scaling;
  const last = trained.network.layers.at(-1);
  if (last?.kind !== 'dense') throw new Error('The last layer gives the logits.');
  offsets.forEach((offset, c) => {
    last.bias[c]! += offset;
  });
  const files = beatModelFiles({
    ...trained,
    input: BEAT_INPUT_SPEC,
    training: {
      data: "MIT-BIH Arrhythmia Database 1.0.0, records DS1 of de Chazal, O'Dwyer and Reilly 2004",
      licence: 'ODC-By 1.0',
      patients: labels.length,
      beats: Object.fromEntries(
        NETWORK_CLASSES.map((name, label) => [
          name,
          labels.reduce((sum, ofPatient) => sum + Array.from(ofPatient).filter((l) => l === label).length, 0),
        ]),
      ),
      seed: BEAT_FIT.seed,
      commit: currentCommit(),
      options: { ...BEAT_FIT },
    },
    calibration: { id: '', ...calibrationFields() },
  });
  mkdirSync(MODEL_FOLDER, { recursive: true });
  writeFileSync(resolve(MODEL_FOLDER, 'model.json'), `${JSON.stringify(files.modelJson, null, 2)}\n`);
  writeFileSync(resolve(MODEL_FOLDER, 'weights.safetensors'), files.weights);
  storeBeatCalibration();
}
