/**
 * Leaves patients out within DS1: trains on the other folds, reads the left-out records on a programmed array at
 * the reference condition, and from these answers derives the temperature and the thresholds for review. Run
 * with `node src/training/cross-validate.ts`; writes `models/ecg-beats/cross-validation.json`.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { NETWORK_CLASS_COUNT, NETWORK_CLASSES } from '../contract/ecg.ts';
import { BEAT_ARCHITECTURE, BEAT_FIT, trainBeatNetwork, trainingRecords } from './beat-training.ts';
import { requiredDataFolder } from './data-folder.ts';
import { DS1_RECORDS } from './mitdb-split.ts';
import { arrayLogits, ensembleOutput, REFERENCE, readDeviceProfile } from './reference-condition.ts';

/** Five groups of patients; atrial fibrillation, supraventricular and fusion beats are spread over them. */
const FOLDS: readonly (readonly (typeof DS1_RECORDS)[number][])[] = [
  ['209', '203', '112', '205'],
  ['207', '119', '109', '122', '101'],
  ['201', '114', '116', '106'],
  ['118', '208', '124', '215', '230'],
  ['220', '223', '108', '115'],
];

/** Beats that a reader is asked to look at: the least certain of all, and those the reads disagree on most. */
const REVIEWED_BY_PROBABILITY = 0.08;
const REVIEWED_BY_DISAGREEMENT = 0.02;

interface LeftOut {
  record: string;
  labels: Uint8Array;
  /** [n][samples][classes] */
  logits: Float32Array;
}

/** Sensitivity, positive predictivity and F1 of a class from a confusion [true][called]. */
export function classFigures(confusion: readonly number[][], label: number) {
  const fusion = NETWORK_CLASSES.indexOf('F');
  const ventricular = NETWORK_CLASSES.indexOf('V');
  const hit = confusion[label]![label]!;
  const all = confusion[label]!.reduce((sum, n) => sum + n, 0);
  // EC57: a fusion beat called ventricular is neither rewarded nor penalised.
  const called = confusion.reduce(
    (sum, row, truth) => sum + (label === ventricular && truth === fusion ? 0 : row[label]!),
    0,
  );
  return {
    sensitivity: all > 0 ? hit / all : 0,
    positivePredictivity: called > 0 ? hit / called : 0,
    f1: all + called > 0 ? (2 * hit) / (all + called) : 0,
  };
}

function confusionOf(labels: Uint8Array, probabilities: Float64Array): number[][] {
  const confusion = Array.from({ length: NETWORK_CLASS_COUNT }, () =>
    new Array<number>(NETWORK_CLASS_COUNT).fill(0),
  );
  labels.forEach((label, i) => {
    confusion[label]![largest(probabilities, i)]!++;
  });
  return confusion;
}

function largest(probabilities: Float64Array, item: number): number {
  let best = 0;
  for (let c = 1; c < NETWORK_CLASS_COUNT; c++) {
    const at = item * NETWORK_CLASS_COUNT;
    if (probabilities[at + c]! > probabilities[at + best]!) best = c;
  }
  return best;
}

/** Mean negative log-likelihood, every patient counting alike: beats of one patient are not independent. */
function patientNll(leftOut: readonly LeftOut[], temperature: number): number {
  let sum = 0;
  for (const { labels, logits } of leftOut) {
    const { probabilities } = ensembleOutput(logits, REFERENCE.samples, temperature);
    let nll = 0;
    labels.forEach((label, i) => {
      nll -= Math.log(Math.max(1e-12, probabilities[i * NETWORK_CLASS_COUNT + label]!));
    });
    sum += nll / labels.length;
  }
  return sum / leftOut.length;
}

function bestTemperature(leftOut: readonly LeftOut[]): number {
  // A tenth of the beats says the same and saves minutes.
  const thinned = leftOut.map(({ record, labels, logits }) => {
    const rowLength = REFERENCE.samples * NETWORK_CLASS_COUNT;
    const rows = Array.from(labels.keys()).filter((i) => i % 10 === 0);
    const kept = new Float32Array(rows.length * rowLength);
    rows.forEach((row, k) => {
      kept.set(logits.subarray(row * rowLength, (row + 1) * rowLength), k * rowLength);
    });
    return { record, labels: Uint8Array.from(rows, (row) => labels[row]!), logits: kept };
  });
  let best = { temperature: 1, nll: Number.POSITIVE_INFINITY };
  for (let temperature = 0.5; temperature < 3.001; temperature += 0.05) {
    const nll = patientNll(thinned, temperature);
    if (nll < best.nll) best = { temperature, nll };
  }
  return Number(best.temperature.toFixed(2));
}

/** The value that a share of the sorted values lies below. */
function quantile(values: number[], share: number): number {
  const sorted = values.sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

function main(): void {
  const profile = readDeviceProfile(REFERENCE.profile);
  const data = trainingRecords(requiredDataFolder(), BEAT_FIT.seed);
  const leftOut: LeftOut[] = [];
  FOLDS.forEach((fold, index) => {
    const isLeftOut = (i: number) => fold.includes(DS1_RECORDS[i]!);
    const trained = trainBeatNetwork(
      data.filter((_, i) => !isLeftOut(i)),
      profile,
      BEAT_FIT,
      BEAT_ARCHITECTURE,
    );
    for (const [beats] of data.filter((_, i) => isLeftOut(i))) {
      const logits = arrayLogits(trained, profile, index + 1, beats!);
      leftOut.push({ record: beats!.record, labels: beats!.labels, logits });
    }
    console.error(`fold ${index + 1} of ${FOLDS.length}`);
  });

  const temperature = bestTemperature(leftOut);
  const total = confusionOf(new Uint8Array(0), new Float64Array(0));
  const certain: number[] = [];
  const disagreement: number[] = [];
  const right: boolean[] = [];
  const records = leftOut.map(({ record, labels, logits }) => {
    const { probabilities, epistemic } = ensembleOutput(logits, REFERENCE.samples, temperature);
    const confusion = confusionOf(labels, probabilities);
    confusion.forEach((row, i) => {
      row.forEach((n, j) => {
        total[i]![j]! += n;
      });
    });
    labels.forEach((label, i) => {
      const called = largest(probabilities, i);
      certain.push(probabilities[i * NETWORK_CLASS_COUNT + called]!);
      disagreement.push(epistemic[i]!);
      right.push(called === label);
    });
    return { record, confusion };
  });
  const probabilityBelow = Number(quantile([...certain], REVIEWED_BY_PROBABILITY).toFixed(3));
  const epistemicAbove = Number(quantile([...disagreement], 1 - REVIEWED_BY_DISAGREEMENT).toFixed(4));
  const reviewed = certain.map((p, i) => p < probabilityBelow || disagreement[i]! > epistemicAbove);
  const errors = right.filter((isRight) => !isRight).length;
  const errorsReviewed = right.filter((isRight, i) => !isRight && reviewed[i]).length;
  const reviewedCount = reviewed.filter((isReviewed) => isReviewed).length;

  const result = {
    condition: REFERENCE,
    folds: FOLDS,
    architecture: BEAT_ARCHITECTURE,
    options: BEAT_FIT,
    classes: NETWORK_CLASSES,
    confusion: total,
    S: classFigures(total, NETWORK_CLASSES.indexOf('S')),
    V: classFigures(total, NETWORK_CLASSES.indexOf('V')),
    patientNll: { uncalibrated: patientNll(leftOut, 1), calibrated: patientNll(leftOut, temperature) },
    temperature,
    review: { probabilityBelow, epistemicAbove },
    reviewed: {
      share: reviewedCount / reviewed.length,
      errorAmongAccepted: (errors - errorsReviewed) / (reviewed.length - reviewedCount),
      shareOfErrorsReviewed: errorsReviewed / errors,
    },
    records,
  };
  const path = resolve(import.meta.dirname, '../../models/ecg-beats/cross-validation.json');
  writeFileSync(path, `${JSON.stringify(result, null, 1)}\n`);
  console.log(`S ${JSON.stringify(result.S)}\nV ${JSON.stringify(result.V)}\ntemperature ${temperature}`);
}

if (import.meta.main) main();
