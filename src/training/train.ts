/**
 * `npm run train`: leaves the patients of DS1 out in turn for the calibration, then trains the shipped beat network
 * on all of DS1 and writes its files, then asks how beats of kinds left out of training are told.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { CONFORMAL_ALPHA, NETWORK_CLASSES } from '../contract/ecg.ts';
import { BEAT_INPUT_SPEC } from '../ecg/beats.ts';
import { modelFiles } from '../imc/model-file.ts';
import { BEAT_ARCHITECTURE, BEAT_FIT, trainBeatNetwork, trainingRecords } from './beat-training.ts';
import { crossValidate } from './cross-validate.ts';
import { requiredDataFolder } from './data-folder.ts';
import { outOfKnowledge } from './out-of-knowledge.ts';
import { REFERENCE, readDeviceProfile } from './reference-condition.ts';
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

function main(): void {
  const started = performance.now();
  const folder = requiredDataFolder();
  const records = trainingRecords(folder, BEAT_FIT.seed);
  crossValidate(records);
  const { scaling, review, conformal } = crossValidationSchema.parse(
    JSON.parse(readFileSync(resolve(MODEL_FOLDER, 'cross-validation.json'), 'utf8')),
  );
  const trained = trainBeatNetwork(
    records,
    readDeviceProfile(REFERENCE.profile),
    BEAT_FIT,
    BEAT_ARCHITECTURE,
    (step, loss) => {
      if (step % 250 === 0) console.error(`step ${step} of ${BEAT_FIT.steps}, loss ${loss.toFixed(3)}`);
    },
  );
  const { temperature, offsets } = scaling;
  const last = trained.network.layers.at(-1);
  if (last?.kind !== 'dense') throw new Error('The last layer gives the logits.');
  offsets.forEach((offset, c) => {
    last.bias[c]! += temperature * offset;
  });
  const files = modelFiles({
    ...trained,
    input: BEAT_INPUT_SPEC,
    training: {
      data: "MIT-BIH Arrhythmia Database 1.0.0, records DS1 of de Chazal, O'Dwyer and Reilly 2004",
      licence: 'ODC-By 1.0',
      patients: records.length,
      beats: Object.fromEntries(
        NETWORK_CLASSES.map((name, label) => [
          name,
          records.reduce((sum, [beats]) => sum + beats!.labels.filter((l) => l === label).length, 0),
        ]),
      ),
      seed: BEAT_FIT.seed,
      commit: currentCommit(),
      options: { ...BEAT_FIT },
    },
    calibration: {
      id: '',
      temperature,
      review,
      conformal: { alpha: conformal.alpha, thresholds: conformal.thresholds },
      method: CALIBRATION_METHOD,
    },
  });
  const weightsHash = createHash('sha256').update(files.weights).digest('hex');
  const calibration = {
    ...(files.calibrationJson as object),
    id: `ecg-beats-${weightsHash.slice(0, 12)}-t${temperature}`,
  };
  mkdirSync(MODEL_FOLDER, { recursive: true });
  writeFileSync(resolve(MODEL_FOLDER, 'model.json'), `${JSON.stringify(files.modelJson, null, 2)}\n`);
  writeFileSync(resolve(MODEL_FOLDER, 'weights.safetensors'), files.weights);
  writeFileSync(resolve(MODEL_FOLDER, 'calibration.json'), `${JSON.stringify(calibration, null, 2)}\n`);
  outOfKnowledge(folder, records);
  console.log(`Trained in ${Math.round((performance.now() - started) / 1000)} s.`);
}

const CALIBRATION_METHOD =
  'Every patient of DS1 left out once, in five groups, on the array at the reference condition. Temperature, and offsets of the classes ' +
  'that are in the last biases: least negative log-likelihood, every patient counting alike. Review: the 9 % least ' +
  'certain beats of left-out patients, and the 1 % on which the reads disagree most. Conformal thresholds: of each ' +
  'class over its beats of all left-out patients.';

main();
