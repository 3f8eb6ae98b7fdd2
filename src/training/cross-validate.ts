/**
 * `npm run cross-validate`: leaves every patient of DS1 out once, in five groups, trains on the others and reads the
 * left-out records on a programmed array at the reference condition. From these answers come the scaling, the thresholds
 * for review and a comparison of three sources of uncertainty. The conformal thresholds come from leaving each patient
 * out alone (`leave-one-out.ts`). Writes `models/ecg-beats/cross-validation.json`.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { classThresholds, conformalSet } from '../bayes/conformal.ts';
import { selectiveFigures } from '../bayes/selective.ts';
import { CONFORMAL_ALPHA, NETWORK_CLASS_COUNT, NETWORK_CLASSES } from '../contract/ecg.ts';
import type { LabelledBeats } from './beat-dataset.ts';
import { BEAT_ARCHITECTURE, BEAT_FIT, trainingRecords } from './beat-training.ts';
import { requiredDataFolder } from './data-folder.ts';
import { calibrationOf } from './evaluation.ts';
import { keepOption, leaveOneOut } from './leave-one-out.ts';
import {
  classFigures,
  confusionOf,
  FOLDS,
  type LeftOut,
  largest,
  leaveOut,
  METHODS,
  type Method,
  readings,
} from './leave-out.ts';
import { ensembleOutput, REFERENCE, readDeviceProfile } from './reference-condition.ts';
import {
  bestTemperature,
  decisionScaling,
  patientNll,
  type Scaling,
  scaled,
  UNSCALED,
} from './vector-scaling.ts';

export const CROSS_VALIDATION = resolve(import.meta.dirname, '../../models/ecg-beats/cross-validation.json');

/** Beats that a reader is asked to look at: the least certain of all, and those the reads disagree on most. */
const REVIEWED_BY_PROBABILITY = 0.09;
const REVIEWED_BY_DISAGREEMENT = 0.01;

/** The value that a share of the sorted values lies below. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

interface Answers {
  labels: number[];
  /** [n][classes] */
  probabilities: number[];
  epistemic: number[];
}

/** Scaled mean probabilities of all left-out records, one after the other. */
function answersOf(leftOut: readonly LeftOut[], scaling: Scaling): Answers {
  const answers: Answers = { labels: [], probabilities: [], epistemic: [] };
  for (const { labels, logits } of leftOut) {
    const samples = logits.length / (labels.length * NETWORK_CLASS_COUNT);
    const { probabilities, epistemic } = ensembleOutput(scaled(logits, scaling), samples, 1);
    answers.labels.push(...labels);
    for (const p of probabilities) answers.probabilities.push(p);
    for (const e of epistemic) answers.epistemic.push(e);
  }
  return answers;
}

function confidencesOf({ labels, probabilities }: Answers) {
  const values = Float64Array.from(probabilities);
  const called = labels.map((_, i) => largest(values, i));
  return {
    certainty: called.map((c, i) => values[i * NETWORK_CLASS_COUNT + c]!),
    isError: called.map((c, i) => c !== labels[i]),
  };
}

function comparisonOf(leftOut: readonly LeftOut[], scaling: Scaling) {
  const answers = answersOf(leftOut, scaling);
  const { certainty, isError } = confidencesOf(answers);
  const { nll, brier, ece } = calibrationOf(answers.probabilities, answers.labels);
  const errors = isError.filter(Boolean).length;
  return {
    accuracy: 1 - errors / isError.length,
    nll,
    brier,
    ece,
    ...selectiveFigures(certainty, isError),
    meanEpistemic: answers.epistemic.reduce((sum, e) => sum + e, 0) / answers.epistemic.length,
  };
}

function reviewOf(answers: Answers) {
  const { certainty, isError } = confidencesOf(answers);
  const probabilityBelow = Number(quantile(certainty, REVIEWED_BY_PROBABILITY).toFixed(4));
  const epistemicAbove = Number(quantile(answers.epistemic, 1 - REVIEWED_BY_DISAGREEMENT).toFixed(4));
  const reviewed = certainty.map((p, i) => p < probabilityBelow || answers.epistemic[i]! > epistemicAbove);
  const errors = isError.filter(Boolean).length;
  const errorsReviewed = isError.filter((wrong, i) => wrong && reviewed[i]).length;
  const count = reviewed.filter(Boolean).length;
  return {
    review: { probabilityBelow, epistemicAbove },
    reviewed: {
      share: count / reviewed.length,
      errorAmongAccepted: (errors - errorsReviewed) / (reviewed.length - count),
      shareOfErrorsReviewed: errorsReviewed / errors,
    },
  };
}

/**
 * Thresholds, and how they cover each record when they come from all the other records.
 * @param leftOut every patient by the network that was trained on all others
 */
export function conformalOf(leftOut: readonly LeftOut[], scaling: Scaling) {
  const byRecord = leftOut.map((one) => ({ record: one.record, answers: answersOf([one], scaling) }));
  const thresholdsOf = (parts: readonly Answers[]) =>
    classThresholds(
      parts.flatMap(({ probabilities }) => probabilities),
      parts.flatMap(({ labels }) => labels),
      NETWORK_CLASS_COUNT,
      CONFORMAL_ALPHA,
    );
  const records = byRecord.map(({ record, answers }) => {
    const thresholds = thresholdsOf(
      byRecord.filter((other) => other.record !== record).map((other) => other.answers),
    );
    const covered = NETWORK_CLASSES.map(() => 0);
    const beats = NETWORK_CLASSES.map(() => 0);
    answers.labels.forEach((label, i) => {
      const at = i * NETWORK_CLASS_COUNT;
      beats[label]!++;
      const set = conformalSet(answers.probabilities.slice(at, at + NETWORK_CLASS_COUNT), thresholds);
      if ((set & (1 << label)) !== 0) covered[label]!++;
    });
    return { record, beats, covered };
  });
  const thresholds = thresholdsOf(byRecord.map(({ answers }) => answers));
  return {
    leftOut: 'each patient alone',
    alpha: CONFORMAL_ALPHA,
    // JSON has no infinity; null says that the class is always in the set.
    thresholds: thresholds.map((at) => (Number.isFinite(at) ? Number(at.toFixed(6)) : null)),
    records,
  };
}

/**
 * Writes `cross-validation.json` from all copies of the training records.
 * @param keep of `leaveOneOut`
 */
export function crossValidate(data: readonly LabelledBeats[][], keep: string | null): void {
  const profile = readDeviceProfile(REFERENCE.profile);
  const byMethod = Object.fromEntries(METHODS.map((method) => [method, [] as LeftOut[]])) as Record<
    Method,
    LeftOut[]
  >;
  const setting = { options: BEAT_FIT, architecture: BEAT_ARCHITECTURE };
  leaveOut(data, profile, FOLDS, setting, ([beats], trained, fold) => {
    const read = readings(trained, profile, fold + 1, beats!);
    for (const method of METHODS) {
      byMethod[method].push({
        record: beats!.record,
        kind: 'real',
        labels: beats!.labels,
        logits: read[method],
      });
    }
  });

  const result = crossValidationOf(byMethod, leaveOneOut(data, keep));
  writeFileSync(CROSS_VALIDATION, `${JSON.stringify(result, null, 1)}\n`);
}

/**
 * What left-out patients say: scaling, thresholds, coverage, comparison.
 * @param byMethod left out in groups
 * @param alone left out one by one, for the conformal thresholds
 */
function crossValidationOf(byMethod: Record<Method, LeftOut[]>, alone: readonly LeftOut[]) {
  const leftOut = byMethod['trained posterior'];
  const scaling = decisionScaling(leftOut);
  const answers = answersOf(leftOut, scaling);
  const total = confusionOf(Uint8Array.from(answers.labels), Float64Array.from(answers.probabilities));
  return {
    condition: REFERENCE,
    folds: FOLDS,
    architecture: BEAT_ARCHITECTURE,
    options: BEAT_FIT,
    classes: NETWORK_CLASSES,
    confusion: total,
    S: classFigures(total, NETWORK_CLASSES.indexOf('S')),
    V: classFigures(total, NETWORK_CLASSES.indexOf('V')),
    patientNll: { uncalibrated: patientNll(leftOut, UNSCALED), calibrated: patientNll(leftOut, scaling) },
    scaling,
    ...reviewOf(answers),
    conformal: conformalOf(alone, scaling),
    // Each with the temperature that is best for it.
    comparison: Object.fromEntries(
      METHODS.map((method) => {
        const own = bestTemperature(byMethod[method], scaling.offsets);
        return [method, { scaling: own, ...comparisonOf(byMethod[method], own) }];
      }),
    ),
    records: leftOut.map((one) => ({
      record: one.record,
      confusion: confusionOf(one.labels, Float64Array.from(answersOf([one], scaling).probabilities)),
    })),
  };
}

if (import.meta.main) {
  crossValidate(trainingRecords(requiredDataFolder(), BEAT_FIT.seed), keepOption());
}
