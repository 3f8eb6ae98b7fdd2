/**
 * `npm run train:cxr`: writes the files of the paediatric radiograph network, trained on all training patients. The
 * calibration is that of `validation.json`, from networks that each left a fifth of them out.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { radiographModelFiles } from '../diagnosis/cxr-paediatric/model.ts';
import { fitAppearance } from './appearance-fit.ts';
import { requiredDataFolder } from './data-folder.ts';
import { inputsOf } from './image-fit.ts';
import { ImageTrainer } from './image-trainer.ts';
import { patientFolds } from './patient-folds.ts';
import { kermany } from './radiograph-dataset.ts';
import { radiographValidationSchema } from './radiograph-evaluation.ts';
import { rangesOn } from './radiograph-left-out.ts';
import { RADIOGRAPH_MODEL_FOLDER } from './radiograph-model-folder.ts';
import { trainedOnce } from './radiograph-networks.ts';
import { FOLD_SEED, FOLDS } from './radiograph-splits.ts';
import { PAEDIATRIC_ARCHITECTURE, PAEDIATRIC_FIT } from './radiograph-training.ts';
import { REFERENCE, readDeviceProfile } from './reference-condition.ts';

/** Share of left-out training images within each limit of appearance. */
const WITHIN_LIMIT = 0.995;

const validation = radiographValidationSchema.parse(
  JSON.parse(readFileSync(resolve(RADIOGRAPH_MODEL_FOLDER, 'validation.json'), 'utf8')),
);
const { temperature, operatingPoint, review } = validation;
const { alpha, thresholds } = validation.conformal;

const { side, classes } = PAEDIATRIC_ARCHITECTURE;
const profile = readDeviceProfile(REFERENCE.profile);
const set = await kermany(requiredDataFolder(), 'train');
const network = trainedOnce(PAEDIATRIC_ARCHITECTURE, set, profile, PAEDIATRIC_FIT, (step, loss) => {
  if (step % 100 === 0) console.error(`step ${step}, loss ${loss.toFixed(3)}`);
});
const ranges = rangesOn(network, set, side, profile);
const embeddings = new ImageTrainer(network, 32).outputs(
  inputsOf(set, side),
  new Float32Array(0),
  'embedding',
);
const fitted = fitAppearance(
  inputsOf(set, side),
  side,
  embeddings,
  patientFolds(set.entries, FOLDS, FOLD_SEED),
  WITHIN_LIMIT,
);
// The network has seen every film here: how far a new film's embedding may lie is known from the five that had not.
const appearance = { ...fitted, limits: { ...fitted.limits, embedding: validation.embeddingLimit } };
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
    conformal: { alpha, thresholds },
    appearance: appearance.limits,
    method:
      'From training patients, each read on the array at the reference condition by a network that had not seen them (five folds). Temperature: least negative log-likelihood. Operating point: the highest threshold within one standard error of the best balanced accuracy in the worst of three groups, the five folds together and the fifths of lowest and of highest film numbers. Review: the 8 % nearest the operating point and the 2 % on which the samples disagree most. Conformal thresholds: by class, 90 % coverage. Appearance: 99.5 % of left-out training images lie within each limit.',
  },
  appearance,
});
const hash = createHash('sha256').update(files.weights).digest('hex').slice(0, 12);
const calibration = { ...(files.calibrationJson as object), id: `cxr-paediatric-${hash}-t${temperature}` };
const write = (name: string, content: string | Uint8Array) =>
  writeFileSync(resolve(RADIOGRAPH_MODEL_FOLDER, name), content);
write('model.json', `${JSON.stringify(files.modelJson, null, 2)}\n`);
write('weights.safetensors', files.weights);
write('calibration.json', `${JSON.stringify(calibration, null, 2)}\n`);
write('appearance.safetensors', files.appearance);
console.log(`Limits of appearance ${JSON.stringify(appearance.limits)}`);
