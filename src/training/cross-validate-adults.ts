/**
 * `npm run cross-validate:adults`: pneumonia on the radiographs of NIH ChestX-ray14, five folds of patients of 18 years
 * and older, to see whether a model for adults could be shipped. Writes `models/benchmarks/cxr-adults.json`.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { auroc, aurocInterval95 } from './binary-figures.ts';
import { requiredDataFolder } from './data-folder.ts';
import { inputsOf } from './image-fit.ts';
import { patientFolds } from './patient-folds.ts';
import { probabilitiesOf, softwareAnswers } from './radiograph-answers.ts';
import { nih } from './radiograph-dataset.ts';
import { trainedOnce } from './radiograph-networks.ts';
import { imagesAt, SECOND_RECIPE_ARCHITECTURE, SECOND_RECIPE_FIT } from './radiograph-training.ts';
import { REFERENCE, readDeviceProfile } from './reference-condition.ts';

const FOLDS = 5;
/** So few images need many passes; not tuned. */
const EPOCHS = 30;

const all = await nih(requiredDataFolder());
const rows = Array.from(all.labels.keys()).filter((i) => (all.entries[i]!.ageYears ?? 0) >= 18);
const adults = { ...imagesAt(all, rows), entries: rows.map((row) => all.entries[row]!) };
const { labels, entries } = adults;
const architecture = { ...SECOND_RECIPE_ARCHITECTURE, name: 'cxr-adult' };
const profile = readDeviceProfile(REFERENCE.profile);
const folds = patientFolds(
  // Dealt out by class and view alike.
  entries.map((entry, i) => ({ ...entry, subtype: `${labels[i]} ${entry.view}` })),
  FOLDS,
  1,
);
const scores = new Float64Array(labels.length);
for (let fold = 0; fold < FOLDS; fold++) {
  const of = (left: boolean) => Array.from(labels.keys()).filter((i) => (folds[i] === fold) === left);
  const network = trainedOnce(
    architecture,
    imagesAt(adults, of(false)),
    profile,
    { ...SECOND_RECIPE_FIT, epochs: EPOCHS },
    (step, loss) => {
      if (step % 100 === 0)
        console.error(`fold ${fold + 1} of ${FOLDS}, step ${step}, loss ${loss.toFixed(3)}`);
    },
  );
  const left = of(true);
  const { mean } = probabilitiesOf(
    softwareAnswers(network, inputsOf(imagesAt(adults, left), architecture.side)),
    1,
  );
  left.forEach((row, i) => {
    scores[row] = mean[i]!;
  });
}
const figures = (name: string, is: (i: number) => boolean) => {
  const chosen = Array.from(labels.keys()).filter(is);
  const of = chosen.map((i) => labels[i]!);
  const score = chosen.map((i) => scores[i]!);
  return {
    name,
    images: chosen.length,
    pneumonia: of.filter((label) => label === 1).length,
    auroc: auroc(score, of),
    interval95: aurocInterval95(score, of),
  };
};
/** What a reader of nothing but the view would score: label and view are confounded in these images. */
const viewAlone = auroc(
  entries.map(({ view }) => (view === 'PA' ? 1 : 0)),
  labels,
);
const result = {
  images: labels.length,
  patients: new Set(entries.map(({ patient }) => patient)).size,
  machine: 'fp32',
  options: { ...SECOND_RECIPE_FIT, epochs: EPOCHS },
  groups: [
    figures('all', () => true),
    ...(['PA', 'AP'] as const).map((view) => figures(`view ${view}`, (i) => entries[i]!.view === view)),
    ...(['F', 'M'] as const).map((sex) => figures(`sex ${sex}`, (i) => entries[i]!.sex === sex)),
    figures('18 to 49 years', (i) => entries[i]!.ageYears! < 50),
    figures('50 years and older', (i) => entries[i]!.ageYears! >= 50),
  ],
  viewAlone: Math.max(viewAlone, 1 - viewAlone),
};
writeFileSync(
  resolve(import.meta.dirname, '../../models/benchmarks/cxr-adults.json'),
  `${JSON.stringify(result, null, 1)}\n`,
);
console.log(JSON.stringify(result, null, 1));
