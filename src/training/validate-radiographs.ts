/**
 * `npm run validate:cxr`: leaves each fifth of the training patients out in turn and reads it on a programmed array at
 * the reference condition; from these answers come temperature, thresholds for review, conformal sets and the limit of
 * the embedding's distance. The operating point is chosen on them and on the two fifths of lowest and highest numbers,
 * left out in turn as well, see `radiograph-splits.ts`. Writes `models/cxr-paediatric/validation.json` and the card's
 * table. The test is not read.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { conformalSet } from '../bayes/conformal.ts';
import { mahalanobisSquared } from '../diagnosis/cxr-paediatric/appearance.ts';
import { fitGaussian } from './appearance-fit.ts';
import {
  auroc,
  aurocInterval95,
  balancedAccuracyOf,
  binaryCalibration,
  riskCoverage,
  sensitivityOf,
  shareInterval95,
  specificityOf,
  twoByTwo,
} from './binary-figures.ts';
import { requiredDataFolder } from './data-folder.ts';
import { inputsOf } from './image-fit.ts';
import { ImageTrainer } from './image-trainer.ts';
import { withoutPosterior } from './leave-out.ts';
import { patientFolds } from './patient-folds.ts';
import {
  type Answers,
  arrayAnswers,
  bestTemperature,
  type Probabilities,
  probabilitiesOf,
  quantileOf,
  softwareAnswers,
} from './radiograph-answers.ts';
import {
  CONFORMAL_ALPHA,
  conformalLimits,
  reviewLimits,
  rounded,
  worstGroupThreshold,
} from './radiograph-calibration.ts';
import { radiographCardWithValidation } from './radiograph-card.ts';
import { kermany } from './radiograph-dataset.ts';
import { type RadiographValidation, radiographValidationSchema } from './radiograph-evaluation.ts';
import { type LeftOutReading, trainAndRead, VALIDATION_CHIP } from './radiograph-left-out.ts';
import { RADIOGRAPH_MODEL_FOLDER } from './radiograph-model-folder.ts';
import { FOLD_SEED, FOLDS, splitRows } from './radiograph-splits.ts';
import { imagesAt, PAEDIATRIC_ARCHITECTURE, PAEDIATRIC_FIT } from './radiograph-training.ts';
import { REFERENCE, readDeviceProfile } from './reference-condition.ts';

/** Share of left-out films within the limit of the embedding's distance. */
const WITHIN_LIMIT = 0.995;

const set = await kermany(requiredDataFolder(), 'train');
const recipe = {
  architecture: PAEDIATRIC_ARCHITECTURE,
  fit: PAEDIATRIC_FIT,
  profile: readDeviceProfile(REFERENCE.profile),
};
const n = set.labels.length;
const folds = patientFolds(set.entries, FOLDS, FOLD_SEED);

/** Answers of five networks, each film read by the one that has not seen its patient. */
const perSample = 2 * REFERENCE.samples;
const outOfFold: Answers = { samples: REFERENCE.samples, logits: new Float32Array(n * perSample) };
const software = new Float32Array(n * 2);
const distances = new Float64Array(n);
/** Of the first fold: samples of the posterior, and those of the same means with no more read noise than they must have. */
let spreads: { labels: Uint8Array; posterior: Answers; ensemble: Answers } | null = null;
for (let fold = 0; fold < FOLDS; fold++) {
  const rowsOf = (left: boolean) => Array.from(folds.keys()).filter((i) => (folds[i] === fold) === left);
  const rows = { trained: rowsOf(false), left: rowsOf(true) };
  const reading = trainAndRead(
    set,
    rows,
    recipe,
    { chip: VALIDATION_CHIP + fold, samples: REFERENCE.samples },
    `fold ${fold + 1} of ${FOLDS}`,
  );
  spreads ??= {
    labels: reading.labels,
    posterior: reading.answers,
    ensemble: arrayAnswers(withoutPosterior(reading), recipe.profile, VALIDATION_CHIP, reading.inputs),
  };
  const exact = softwareAnswers(reading.network, reading.inputs).logits;
  const away = embeddingDistances(reading, rows.trained);
  rows.left.forEach((row, i) => {
    outOfFold.logits.set(
      reading.answers.logits.subarray(i * perSample, (i + 1) * perSample),
      row * perSample,
    );
    software.set(exact.subarray(2 * i, 2 * i + 2), 2 * row);
    distances[row] = away[i]!;
  });
}

/** Distance of each left-out film's embedding from those of the films that the network was trained on. */
function embeddingDistances({ network, inputs }: LeftOutReading, trained: readonly number[]): number[] {
  const rowsOf = (of: Float32Array): Float32Array[] => {
    const values = new ImageTrainer(network, 32).outputs(of, new Float32Array(0), 'embedding');
    const count = of.length / PAEDIATRIC_ARCHITECTURE.side ** 2;
    const width = values.length / count;
    return Array.from({ length: count }, (_, i) => values.subarray(i * width, (i + 1) * width));
  };
  const { side } = PAEDIATRIC_ARCHITECTURE;
  const known = fitGaussian(rowsOf(inputsOf(imagesAt(set, trained), side)));
  return rowsOf(inputs).map((row) => mahalanobisSquared(row, known));
}

const temperature = bestTemperature(outOfFold, set.labels);
const read = probabilitiesOf(outOfFold, temperature);
const blocks = (['lowest numbers', 'highest numbers'] as const).map((split) => {
  const rows = splitRows(set, split);
  const { labels, answers } = trainAndRead(
    set,
    rows,
    recipe,
    { chip: VALIDATION_CHIP, samples: REFERENCE.samples },
    split,
  );
  return { split, labels, ...probabilitiesOf(answers, temperature) };
});
const groups = [{ split: 'five folds of patients', labels: set.labels, ...read }, ...blocks];
const operatingPoint = rounded(worstGroupThreshold(groups), 4);
const review = reviewLimits(read, operatingPoint);
const thresholds = conformalLimits({ mean: read.mean, labels: set.labels });

function figuresOf({
  mean,
  labels,
}: Pick<Probabilities, 'mean'> & { labels: Uint8Array }): RadiographValidation['groups'][number]['figures'] {
  const table = twoByTwo(mean, labels, operatingPoint);
  const atHalf = twoByTwo(mean, labels, 0.5);
  const { truePositive, falseNegative, trueNegative, falsePositive } = table;
  return {
    auroc: auroc(mean, labels),
    aurocInterval95: aurocInterval95(mean, labels),
    sensitivity: sensitivityOf(table),
    sensitivityInterval95: shareInterval95(truePositive, truePositive + falseNegative),
    specificity: specificityOf(table),
    specificityInterval95: shareInterval95(trueNegative, trueNegative + falsePositive),
    balancedAccuracy: balancedAccuracyOf(table),
    sensitivityAtHalf: sensitivityOf(atHalf),
    specificityAtHalf: specificityOf(atHalf),
    ece: binaryCalibration(mean, labels).ece,
  };
}

/** Share of the films of each class in a fold whose set, with limits from the other folds, holds the truth. */
function crossCoverage(): number[] {
  const covered = [0, 0];
  const of = [0, 0];
  for (let fold = 0; fold < FOLDS; fold++) {
    const others = Array.from(folds.keys()).filter((i) => folds[i] !== fold);
    const limits = conformalLimits({
      mean: others.map((i) => read.mean[i]!),
      labels: Uint8Array.from(others, (i) => set.labels[i]!),
    }).map((limit) => limit ?? Number.POSITIVE_INFINITY);
    for (let i = 0; i < n; i++) {
      if (folds[i] !== fold) continue;
      const label = set.labels[i]!;
      of[label]!++;
      if (conformalSet([1 - read.mean[i]!, read.mean[i]!], limits) & (1 << label)) covered[label]!++;
    }
  }
  return covered.map((count, c) => count / of[c]!);
}

const wrong = Array.from(set.labels, (label, i) => read.mean[i]! >= operatingPoint !== (label === 1));
const reviewed = Array.from(
  read.mean,
  (p, i) =>
    (p > review.probabilityAbove && p < review.probabilityBelow) ||
    read.epistemic[i]! > review.epistemicAbove,
);
/** Mean epistemic part, nats, and the AUROC with which it tells wrong answers from right ones. */
function epistemicFigures({ mean, epistemic }: Probabilities, labels: Uint8Array) {
  return {
    mean: epistemic.reduce((sum, value) => sum + value, 0) / labels.length,
    tellsErrors: auroc(
      epistemic,
      Array.from(labels, (label, i) => (mean[i]! >= operatingPoint !== (label === 1) ? 1 : 0)),
    ),
  };
}
const ofFirstFold = (answers: Answers) =>
  epistemicFigures(probabilitiesOf(answers, temperature), spreads!.labels);
const count = (flags: boolean[]) => flags.filter(Boolean).length;
const pooled = figuresOf({ mean: read.mean, labels: set.labels });
const certainty = read.mean.map((p) =>
  Math.abs(Math.log(p / (1 - p)) - Math.log(operatingPoint / (1 - operatingPoint))),
);
const result: RadiographValidation = {
  condition: { ...REFERENCE, programmingSeeds: Array.from({ length: FOLDS }, (_, k) => VALIDATION_CHIP + k) },
  architecture: { ...PAEDIATRIC_ARCHITECTURE },
  options: { ...PAEDIATRIC_FIT },
  images: n,
  patients: new Set(set.entries.map(({ patient }) => patient)).size,
  prevalence: set.labels.reduce((sum, label) => sum + label, 0) / n,
  fp32Auroc: auroc(probabilitiesOf({ samples: 1, logits: software }, 1).mean, set.labels),
  arrayAuroc: pooled.auroc,
  folds: Array.from({ length: FOLDS }, (_, fold) => {
    const rows = Array.from(folds.keys()).filter((i) => folds[i] === fold);
    const labels = Uint8Array.from(rows, (i) => set.labels[i]!);
    return auroc(
      rows.map((i) => read.mean[i]!),
      labels,
    );
  }),
  temperature,
  operatingPoint,
  sensitivityAtHalf: pooled.sensitivityAtHalf,
  specificityAtHalf: pooled.specificityAtHalf,
  groups: groups.map((group) => ({
    group: group.split,
    images: group.labels.length,
    figures: figuresOf(group),
  })),
  eceBeforeTemperature: binaryCalibration(probabilitiesOf(outOfFold, 1).mean, set.labels).ece,
  epistemic: {
    all: epistemicFigures(read, set.labels),
    firstFold: ofFirstFold(spreads!.posterior),
    firstFoldWithoutPosterior: ofFirstFold(spreads!.ensemble),
  },
  review,
  reviewed: {
    share: count(reviewed) / n,
    shareOfErrorsReviewed: count(wrong.map((is, i) => is && reviewed[i]!)) / Math.max(1, count(wrong)),
  },
  risk: riskCoverage(certainty, wrong),
  conformal: { alpha: CONFORMAL_ALPHA, thresholds, crossCoverage: crossCoverage() },
  embeddingLimit: quantileOf(distances, WITHIN_LIMIT),
};
const parsed = radiographValidationSchema.parse(result);
writeFileSync(resolve(RADIOGRAPH_MODEL_FOLDER, 'validation.json'), `${JSON.stringify(parsed, null, 1)}\n`);
const cardPath = resolve(RADIOGRAPH_MODEL_FOLDER, 'MODEL_CARD.md');
writeFileSync(cardPath, radiographCardWithValidation(readFileSync(cardPath, 'utf8'), parsed));
console.log(JSON.stringify(parsed, null, 1));
