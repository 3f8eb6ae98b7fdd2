/**
 * `npm run train:cxr`: writes the files of the paediatric radiograph network, trained on four fifths of the training
 * patients. The calibration is that of `validation.json`, from the other fifth.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { radiographCalibrationSchema, radiographModelFiles } from '../diagnosis/cxr-paediatric/model.ts';
import { calibrateRanges } from '../imc/ranges.ts';
import { fitAppearance } from './appearance-fit.ts';
import { requiredDataFolder } from './data-folder.ts';
import { inputsOf } from './image-fit.ts';
import { ImageTrainer } from './image-trainer.ts';
import { patientFolds } from './patient-folds.ts';
import { kermany } from './radiograph-dataset.ts';
import { trainedOnce } from './radiograph-networks.ts';
import { imagesAt, PAEDIATRIC_ARCHITECTURE, PAEDIATRIC_FIT } from './radiograph-training.ts';
import { REFERENCE, readDeviceProfile } from './reference-condition.ts';
import { FOLD_SEED, FOLDS, LEFT_OUT_FOLD, rangeInputs } from './validate-radiographs.ts';

const MODEL_FOLDER = resolve(import.meta.dirname, '../../models/cxr-paediatric');
/** Share of left-out training images within each limit of appearance. */
const WITHIN_LIMIT = 0.995;

const { temperature, operatingPoint, review, conformal } = radiographCalibrationSchema
  .pick({ temperature: true, operatingPoint: true, review: true, conformal: true })
  .loose()
  .parse(JSON.parse(readFileSync(resolve(MODEL_FOLDER, 'validation.json'), 'utf8')));

const { side, classes } = PAEDIATRIC_ARCHITECTURE;
const profile = readDeviceProfile(REFERENCE.profile);
const set = await kermany(requiredDataFolder(), 'train');
const folds = patientFolds(set.entries, FOLDS, FOLD_SEED);
const trainedOn = Array.from(set.labels.keys()).filter((i) => folds[i] !== LEFT_OUT_FOLD);
const training = imagesAt(set, trainedOn);
const network = trainedOnce(PAEDIATRIC_ARCHITECTURE, training, profile, PAEDIATRIC_FIT, (step, loss) => {
  if (step % 100 === 0) console.error(`step ${step}, loss ${loss.toFixed(3)}`);
});
const none = new Float32Array(0);
const inputs = inputsOf(set, side);
const ranges = calibrateRanges(network, profile, rangeInputs(inputsOf(training, side), side), none);
const embeddings = new ImageTrainer(network, 32).outputs(inputs, none, 'embedding');
const appearance = fitAppearance(inputs, side, embeddings, folds, WITHIN_LIMIT);
const files = radiographModelFiles({
  network,
  ranges,
  input: {
    channels: 1,
    height: side,
    width: side,
    auxiliaryFeatures: [],
    preparation: 'squashed-standardised-1',
  },
  training: {
    data: 'Chest X-ray images of Kermany, Zhang and Goldbaum 2018 (doi 10.17632/rscbjbr9sj), official training split at 224 x 224',
    licence: 'CC BY 4.0',
    patients: new Set(trainedOn.map((row) => set.entries[row]!.patient)).size,
    images: Object.fromEntries(
      classes.map((name, c) => [
        name,
        training.labels.reduce((sum, label) => sum + (label === c ? 1 : 0), 0),
      ]),
    ),
    seed: PAEDIATRIC_FIT.seed,
    commit: execFileSync('git', ['rev-parse', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8' }).trim(),
    options: z.record(z.string(), z.unknown()).parse(PAEDIATRIC_FIT),
  },
  calibration: {
    id: '',
    temperature,
    operatingPoint,
    review,
    conformal,
    appearance: appearance.limits,
    method:
      'All from images of the left-out fifth of training patients on the array at the reference condition. Temperature: least negative log-likelihood. Operating point: 95 % sensitivity. Review: the 8 % nearest the operating point and the 2 % on which the reads disagree most. Conformal thresholds: by class, 90 % coverage. Appearance: 99.5 % of left-out training images lie within each limit.',
  },
  appearance,
});
const hash = createHash('sha256').update(files.weights).digest('hex').slice(0, 12);
const calibration = { ...(files.calibrationJson as object), id: `cxr-paediatric-${hash}-t${temperature}` };
const write = (name: string, content: string | Uint8Array) =>
  writeFileSync(resolve(MODEL_FOLDER, name), content);
write('model.json', `${JSON.stringify(files.modelJson, null, 2)}\n`);
write('weights.safetensors', files.weights);
write('calibration.json', `${JSON.stringify(calibration, null, 2)}\n`);
write('appearance.safetensors', files.appearance);
console.log(`Limits of appearance ${JSON.stringify(appearance.limits)}`);
