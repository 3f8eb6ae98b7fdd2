/**
 * `npm run train`: trains the shipped beat network on all of DS1 and writes its files. The calibration is that
 * of `cross-validation.json`.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { NETWORK_CLASSES } from '../contract/ecg.ts';
import { BEAT_INPUT_SPEC } from '../ecg/beats.ts';
import { modelFiles } from '../imc/model-file.ts';
import { BEAT_ARCHITECTURE, BEAT_FIT, trainBeatNetwork, trainingRecords } from './beat-training.ts';
import { requiredDataFolder } from './data-folder.ts';
import { REFERENCE, readDeviceProfile } from './reference-condition.ts';

const MODEL_FOLDER = resolve(import.meta.dirname, '../../models/ecg-beats');

const crossValidationSchema = z.looseObject({
  temperature: z.number(),
  review: z.object({ probabilityBelow: z.number(), epistemicAbove: z.number() }),
});

function currentCommit(): string {
  return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8' }).trim();
}

function main(): void {
  const { temperature, review } = crossValidationSchema.parse(
    JSON.parse(readFileSync(resolve(MODEL_FOLDER, 'cross-validation.json'), 'utf8')),
  );
  const started = performance.now();
  const records = trainingRecords(requiredDataFolder(), BEAT_FIT.seed);
  const trained = trainBeatNetwork(
    records,
    readDeviceProfile(REFERENCE.profile),
    BEAT_FIT,
    BEAT_ARCHITECTURE,
    (step, loss) => {
      if (step % 250 === 0) console.error(`step ${step} of ${BEAT_FIT.steps}, loss ${loss.toFixed(3)}`);
    },
  );
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
    calibration: { id: '', temperature, review, conformal: null, method: CALIBRATION_METHOD },
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
  console.log(`Trained in ${Math.round((performance.now() - started) / 1000)} s.`);
}

const CALIBRATION_METHOD =
  'Temperature: least negative log-likelihood, every patient counting alike, of left-out DS1 patients on the ' +
  'array at the reference condition. Review: the 8 % least certain beats of left-out patients, and the 2 % on ' +
  'which the reads disagree most.';

main();
