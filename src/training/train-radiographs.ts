/**
 * `npm run train:cxr`: trains the paediatric radiograph network on all training images and writes its files. The
 * calibration is that of `cross-validation.json`.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { radiographCalibrationSchema, radiographModelFiles } from '../diagnosis/cxr-paediatric/model.ts';
import { calibrateRanges } from '../imc/ranges.ts';
import { fitAppearance } from './appearance-fit.ts';
import { FOLD_SEED, FOLDS, rangeInputs } from './cross-validate-radiographs.ts';
import { requiredDataFolder } from './data-folder.ts';
import { inputsOf } from './image-fit.ts';
import { ImageTrainer } from './image-trainer.ts';
import { patientFolds } from './patient-folds.ts';
import { kermany } from './radiograph-dataset.ts';
import { trainedOnce } from './radiograph-networks.ts';
import { PAEDIATRIC_ARCHITECTURE, PAEDIATRIC_FIT } from './radiograph-training.ts';
import { REFERENCE, readDeviceProfile } from './reference-condition.ts';

const MODEL_FOLDER = resolve(import.meta.dirname, '../../models/cxr-paediatric');
/** Share of left-out training images within each limit of appearance. */
const WITHIN_LIMIT = 0.995;

const { temperature, operatingPoint, review, conformal } = radiographCalibrationSchema
  .pick({ temperature: true, operatingPoint: true, review: true, conformal: true })
  .loose()
  .parse(JSON.parse(readFileSync(resolve(MODEL_FOLDER, 'cross-validation.json'), 'utf8')));

const { side, classes } = PAEDIATRIC_ARCHITECTURE;
const profile = readDeviceProfile(REFERENCE.profile);
const set = await kermany(requiredDataFolder(), 'train');
const network = trainedOnce(PAEDIATRIC_ARCHITECTURE, set, profile, PAEDIATRIC_FIT, (step, loss) => {
  if (step % 100 === 0) console.error(`step ${step}, loss ${loss.toFixed(3)}`);
});
const none = new Float32Array(0);
const inputs = inputsOf(set, side);
const ranges = calibrateRanges(network, profile, rangeInputs(inputs, side), none);
const embeddings = new ImageTrainer(network, 32).outputs(inputs, none, 'embedding');
const folds = patientFolds(set.entries, FOLDS, FOLD_SEED);
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
    patients: new Set(set.entries.map(({ patient }) => patient)).size,
    images: Object.fromEntries(
      classes.map((name, c) => [name, set.labels.reduce((sum, label) => sum + (label === c ? 1 : 0), 0)]),
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
      'All from images of left-out training patients on the array at the reference condition, five folds. Temperature: least negative log-likelihood. Operating point: 95 % sensitivity. Review: the 8 % nearest the operating point and the 2 % on which the reads disagree most. Conformal thresholds: by class, 90 % coverage. Appearance: 99.5 % of left-out training images lie within each limit.',
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
