/**
 * `npm run validate:cxr`: trains on four fifths of the training patients and reads the last fifth on a programmed array
 * at the reference condition; from these answers come temperature, operating point, thresholds for review and
 * conformal sets. Writes `models/cxr-paediatric/validation.json`. The test is not read.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { classThresholds } from '../bayes/conformal.ts';
import { calibrateRanges } from '../imc/ranges.ts';
import {
  auroc,
  balancedAccuracyOf,
  binaryCalibration,
  sensitivityOf,
  specificityOf,
  twoByTwo,
} from './binary-figures.ts';
import { requiredDataFolder } from './data-folder.ts';
import { inputsOf } from './image-fit.ts';
import { patientFolds } from './patient-folds.ts';
import {
  arrayAnswers,
  bestTemperature,
  probabilitiesOf,
  quantileOf,
  softwareAnswers,
  thresholdAtSensitivity,
} from './radiograph-answers.ts';
import { kermany } from './radiograph-dataset.ts';
import { trainedOnce } from './radiograph-networks.ts';
import { imagesAt, PAEDIATRIC_ARCHITECTURE, PAEDIATRIC_FIT } from './radiograph-training.ts';
import { REFERENCE, readDeviceProfile } from './reference-condition.ts';

export const FOLDS = 5;
export const FOLD_SEED = 1;
/** Of the patient folds, the one that is not trained on. */
export const LEFT_OUT_FOLD = 0;
/** Programming seed of the array that left-out patients are read on; none of those that the test is read on. */
const VALIDATION_CHIP = 100;
/** Images that the converters' ranges are set on. */
export const RANGE_IMAGES = 48;

/**
 * Of left-out patients at the operating point. Networks that are published on these films call too many normal test
 * films ill at thresholds that balance both errors among training patients; this one asks no more than is needed.
 */
const SENSITIVITY = 0.95;
const ALPHA = 0.1;
/** Films that a reader is asked to look at: those nearest the operating point, and those the reads disagree on most. */
const REVIEWED_BY_PROBABILITY = 0.08;
const REVIEWED_BY_DISAGREEMENT = 0.02;

/** Evenly spaced images of a set, as the network sees them. */
export function rangeInputs(inputs: Float32Array, side: number): Float32Array {
  const size = side * side;
  const n = inputs.length / size;
  const count = Math.min(n, RANGE_IMAGES);
  const chosen = new Float32Array(count * size);
  for (let i = 0; i < count; i++) {
    const from = Math.floor((i * n) / count);
    chosen.set(inputs.subarray(from * size, (from + 1) * size), i * size);
  }
  return chosen;
}

const logOdds = (p: number) => Math.log(Math.max(1e-12, p) / Math.max(1e-12, 1 - p));
const rounded = (value: number, digits: number) => Number(value.toFixed(digits));

async function main(): Promise<void> {
  const { side } = PAEDIATRIC_ARCHITECTURE;
  const profile = readDeviceProfile(REFERENCE.profile);
  const set = await kermany(requiredDataFolder(), 'train');
  const folds = patientFolds(set.entries, FOLDS, FOLD_SEED);
  const rows = (left: boolean) =>
    Array.from(set.labels.keys()).filter((i) => (folds[i] === LEFT_OUT_FOLD) === left);
  const training = imagesAt(set, rows(false));
  const network = trainedOnce(PAEDIATRIC_ARCHITECTURE, training, profile, PAEDIATRIC_FIT, (step, loss) => {
    if (step % 100 === 0) console.error(`step ${step}, loss ${loss.toFixed(3)}`);
  });
  const none = new Float32Array(0);
  const ranges = calibrateRanges(network, profile, rangeInputs(inputsOf(training, side), side), none);
  const images = imagesAt(set, rows(true));
  const inputs = inputsOf(images, side);
  const array = arrayAnswers({ network, ranges }, profile, VALIDATION_CHIP, inputs);
  const software = softwareAnswers(network, inputs);
  const { labels } = images;
  const n = labels.length;
  const temperature = bestTemperature(array, labels);
  const { mean, epistemic } = probabilitiesOf(array, temperature);
  const operatingPoint = rounded(thresholdAtSensitivity(mean, labels, SENSITIVITY) - 5e-5, 4);
  const distances = mean.map((p) => Math.abs(logOdds(p) - logOdds(operatingPoint)));
  const margin = quantileOf(distances, REVIEWED_BY_PROBABILITY);
  const share = (odds: number) => rounded(1 / (1 + Math.exp(-odds)), 4);
  const review = {
    probabilityAbove: share(logOdds(operatingPoint) - margin),
    probabilityBelow: share(logOdds(operatingPoint) + margin),
    epistemicAbove: rounded(quantileOf(epistemic, 1 - REVIEWED_BY_DISAGREEMENT), 5),
  };
  const pairs = Float64Array.from({ length: 2 * n }, (_, k) =>
    k % 2 === 1 ? mean[k >> 1]! : 1 - mean[k >> 1]!,
  );
  const thresholds = classThresholds(pairs, labels, 2, ALPHA).map((threshold) =>
    Number.isFinite(threshold) ? threshold : null,
  );
  const wrong = Array.from(labels, (label, i) => mean[i]! >= operatingPoint !== (label === 1));
  const reviewed = Array.from(
    mean,
    (p, i) =>
      (p > review.probabilityAbove && p < review.probabilityBelow) || epistemic[i]! > review.epistemicAbove,
  );
  const table = twoByTwo(mean, labels, operatingPoint);
  const atHalf = twoByTwo(mean, labels, 0.5);
  const count = (flags: boolean[]) => flags.filter(Boolean).length;
  const result = {
    condition: { ...REFERENCE, programmingSeeds: [VALIDATION_CHIP] },
    architecture: PAEDIATRIC_ARCHITECTURE,
    options: PAEDIATRIC_FIT,
    images: n,
    patients: new Set(rows(true).map((row) => set.entries[row]!.patient)).size,
    prevalence: labels.reduce((sum, label) => sum + label, 0) / n,
    fp32Auroc: auroc(probabilitiesOf(software, 1).mean, labels),
    arrayAuroc: auroc(mean, labels),
    temperature,
    operatingPoint,
    sensitivity: sensitivityOf(table),
    specificity: specificityOf(table),
    balancedAccuracy: balancedAccuracyOf(table),
    specificityAtHalf: specificityOf(atHalf),
    sensitivityAtHalf: sensitivityOf(atHalf),
    calibration: {
      before: binaryCalibration(probabilitiesOf(array, 1).mean, labels).ece,
      after: binaryCalibration(mean, labels).ece,
    },
    review,
    reviewed: {
      share: count(reviewed) / n,
      shareOfErrorsReviewed: count(wrong.map((is, i) => is && reviewed[i]!)) / Math.max(1, count(wrong)),
    },
    conformal: { alpha: ALPHA, thresholds },
  };
  const folder = resolve(import.meta.dirname, '../../models/cxr-paediatric');
  mkdirSync(folder, { recursive: true });
  writeFileSync(resolve(folder, 'validation.json'), `${JSON.stringify(result, null, 1)}\n`);
  console.log(JSON.stringify(result, null, 1));
}

if (import.meta.main) await main();
