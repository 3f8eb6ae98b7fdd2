/**
 * `npm run learning-curve:cxr`: the recipe of the paediatric network on an eighth, a quarter, a half and all of the
 * patients of four folds, each read on the fifth. Writes `models/cxr-paediatric/learning-curve.json` and the card's
 * table. The test is not read.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { auroc, aurocInterval95, balancedAccuracyOf, twoByTwo } from './binary-figures.ts';
import { requiredDataFolder } from './data-folder.ts';
import { patientFolds } from './patient-folds.ts';
import { probabilitiesOf } from './radiograph-answers.ts';
import { radiographCardWithCurve } from './radiograph-card.ts';
import { kermany } from './radiograph-dataset.ts';
import { type LearningCurve, learningCurveSchema } from './radiograph-evaluation.ts';
import { trainAndRead, VALIDATION_CHIP } from './radiograph-left-out.ts';
import { RADIOGRAPH_MODEL_FOLDER } from './radiograph-model-folder.ts';
import { FOLD_SEED, splitRows } from './radiograph-splits.ts';
import { PAEDIATRIC_ARCHITECTURE, PAEDIATRIC_FIT } from './radiograph-training.ts';
import { REFERENCE, readDeviceProfile } from './reference-condition.ts';

/** Of eight equal parts of the training patients, kinds spread evenly, this many are trained on. */
const EIGHTHS = [1, 2, 4, 8];

const set = await kermany(requiredDataFolder(), 'train');
const { trained, left } = splitRows(set, 'a fold of patients');
const eighths = patientFolds(
  trained.map((row) => set.entries[row]!),
  8,
  FOLD_SEED,
);
const patientsOf = (rows: readonly number[]) => new Set(rows.map((row) => set.entries[row]!.patient)).size;
const points = EIGHTHS.map((count): LearningCurve['points'][number] => {
  const rows = trained.filter((_, i) => eighths[i]! < count);
  const share = rows.length / trained.length;
  // As many steps whatever the number of films.
  const fit = count === 8 ? PAEDIATRIC_FIT : { ...PAEDIATRIC_FIT, epochs: PAEDIATRIC_FIT.epochs / share };
  const { answers, labels } = trainAndRead(
    set,
    { trained: rows, left },
    { architecture: PAEDIATRIC_ARCHITECTURE, fit, profile: readDeviceProfile(REFERENCE.profile) },
    { chip: VALIDATION_CHIP, samples: REFERENCE.samples },
    `${count} of 8 parts`,
  );
  const { mean } = probabilitiesOf(answers, 1);
  return {
    share: count / 8,
    patients: patientsOf(rows),
    images: rows.length,
    auroc: auroc(mean, labels),
    aurocInterval95: aurocInterval95(mean, labels),
    bestBalancedAccuracy: Math.max(...mean.map((p) => balancedAccuracyOf(twoByTwo(mean, labels, p)))),
  };
});
const curve = learningCurveSchema.parse({
  points,
  leftOut: { patients: patientsOf(left), images: left.length },
});
writeFileSync(resolve(RADIOGRAPH_MODEL_FOLDER, 'learning-curve.json'), `${JSON.stringify(curve, null, 1)}\n`);
const cardPath = resolve(RADIOGRAPH_MODEL_FOLDER, 'MODEL_CARD.md');
writeFileSync(cardPath, radiographCardWithCurve(readFileSync(cardPath, 'utf8'), curve));
for (const { patients, auroc: area } of points) console.log(`${patients} patients: AUROC ${area.toFixed(4)}`);
