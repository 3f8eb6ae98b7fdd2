/**
 * `npm run cross-validate:rhythm`: trains the rhythm network on four of five folds, reads the fifth in fp32, on the
 * ideal array and on ten programmed arrays at the reference condition, five times. Every recording is scored once, by
 * a network that never saw it, with the temperature of the other folds. Writes `models/ecg-rhythm/cross-validation.json`.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { RHYTHM_CLASSES } from '../contract/rhythm.ts';
import { runIdealFp32 } from '../imc/run.ts';
import { requiredDataFolder } from './data-folder.ts';
import { calibrationOf, MACHINES, type Machine, spreadOf } from './evaluation.ts';
import { arrayLogits, type NetworkInputs, REFERENCE, readDeviceProfile } from './reference-condition.ts';
import { cincLabels, type RhythmRecord, rhythmRecords } from './rhythm-dataset.ts';
import { FOLDS_PATH, readFolds, stratifiedFolds } from './rhythm-folds.ts';
import {
  answerOf,
  confusionOf,
  f1Of,
  fitTemperature,
  likeliest,
  type ReadRecording,
  type RecordingAnswer,
} from './rhythm-scoring.ts';
import { RHYTHM_ARCHITECTURE, RHYTHM_FIT, trainRhythmNetwork } from './rhythm-training.ts';

const FOLDER = resolve(import.meta.dirname, '../../models/ecg-rhythm');
/** Windows that a reader is asked to look at: the least certain, and those the reads disagree on most. */
const REVIEWED_BY_PROBABILITY = 0.15;
const REVIEWED_BY_DISAGREEMENT = 0.02;

interface LeftOut extends ReadRecording {
  fold: number;
}

function inputsOf(records: readonly RhythmRecord[]): NetworkInputs {
  const joined = (parts: Float32Array[]): Float32Array => {
    const values = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
    let at = 0;
    for (const part of parts) {
      values.set(part, at);
      at += part.length;
    }
    return values;
  };
  return {
    signals: joined(records.map(({ signals }) => signals)),
    auxiliary: joined(records.map(({ auxiliary }) => auxiliary)),
  };
}

function byRecording(
  records: readonly RhythmRecord[],
  logits: Float32Array,
  samples: number,
  fold: number,
): LeftOut[] {
  const rowLength = samples * RHYTHM_CLASSES.length;
  let window = 0;
  return records.map(({ label, windows }) => {
    const part = logits.slice(window * rowLength, (window + windows) * rowLength);
    window += windows;
    return { label, windows, logits: part, fold };
  });
}

const samplesOf = (machine: Machine): number => (machine === 'fp32' ? 1 : REFERENCE.samples);

/** Answers of one machine, each recording with the temperature that the other folds' answers on it call for. */
function calibrated(
  read: readonly LeftOut[],
  temperatures: readonly number[],
  samples: number,
): RecordingAnswer[] {
  return read.map((one) => answerOf(one, samples, temperatures[one.fold]!));
}

function figuresOf(runs: readonly RecordingAnswer[][]) {
  const scored = runs.map((answers) => ({
    f1: f1Of(confusionOf(answers)),
    accuracy:
      answers.filter(({ label, probabilities }) => likeliest(probabilities) === label).length /
      answers.length,
    ...calibrationOf(
      answers.flatMap(({ probabilities }) => [...probabilities]),
      answers.map(({ label }) => label),
    ),
  }));
  const spread = (of: (one: (typeof scored)[number]) => number, high = false) =>
    spreadOf(scored.map(of), high);
  return {
    meanF1: spread(({ f1 }) => f1.mean),
    f1: Object.fromEntries(RHYTHM_CLASSES.map((name, c) => [name, spread(({ f1 }) => f1.byClass[c]!)])),
    accuracy: spread(({ accuracy }) => accuracy),
    nll: spread(({ nll }) => nll, true),
    brier: spread(({ brier }) => brier, true),
    ece: spread(({ ece }) => ece, true),
  };
}

/** Both parts of the doubt for right and wrong answers, and what refusing the least certain tenth removes. */
function doubtOf(answers: readonly RecordingAnswer[]) {
  const isRight = ({ label, probabilities }: RecordingAnswer) => likeliest(probabilities) === label;
  const mean = (values: number[]) =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const certain = [...answers].sort((a, b) => Math.max(...a.probabilities) - Math.max(...b.probabilities));
  const tenth = certain.slice(0, Math.round(answers.length / 10));
  const wrong = answers.filter((answer) => !isRight(answer));
  const parts = (of: readonly RecordingAnswer[]) => ({
    aleatoric: mean(of.map(({ aleatoric }) => aleatoric)),
    epistemic: mean(of.map(({ epistemic }) => epistemic)),
  });
  return {
    right: parts(answers.filter(isRight)),
    wrong: parts(wrong),
    errorsInLeastCertainTenth: tenth.filter((answer) => !isRight(answer)).length / Math.max(1, wrong.length),
  };
}

function main(): void {
  const folder = requiredDataFolder();
  if (!existsSync(FOLDS_PATH)) {
    mkdirSync(dirname(FOLDS_PATH), { recursive: true });
    writeFileSync(FOLDS_PATH, `${JSON.stringify(stratifiedFolds(cincLabels(folder)))}\n`);
  }
  const folds = readFolds();
  const records = rhythmRecords(folder);
  console.error(`${records.length} recordings`);
  const profile = readDeviceProfile(REFERENCE.profile);
  const ideal = readDeviceProfile('ideal');
  const read: Record<Machine, LeftOut[][]> = {
    fp32: [[]],
    'ideal array': [[]],
    array: REFERENCE.programmingSeeds.map(() => []),
  };
  folds.forEach((names, fold) => {
    const leftOut = records.filter(({ record }) => names.includes(record));
    const others = records.filter(({ record }) => !names.includes(record));
    const model = trainRhythmNetwork(others, profile, RHYTHM_ARCHITECTURE, RHYTHM_FIT);
    const inputs = inputsOf(leftOut);
    const keep = (machine: Machine, run: number, logits: Float32Array): void => {
      read[machine][run]!.push(...byRecording(leftOut, logits, samplesOf(machine), fold));
    };
    keep('fp32', 0, runIdealFp32(model.network, inputs.signals, inputs.auxiliary));
    keep('ideal array', 0, arrayLogits(model, ideal, 1, inputs));
    REFERENCE.programmingSeeds.forEach((seed, run) => {
      keep('array', run, arrayLogits(model, profile, seed, inputs));
    });
    const soFar = read.array[0]!.map((one) => answerOf(one, REFERENCE.samples, 1));
    console.error(`fold ${fold}: mean F1 so far ${f1Of(confusionOf(soFar)).mean.toFixed(4)}`);
  });
  const first = read.array[0]!;
  const temperature = fitTemperature(first, REFERENCE.samples);
  const temperatures = folds.map((_, fold) =>
    fitTemperature(
      first.filter((one) => one.fold !== fold),
      REFERENCE.samples,
    ),
  );
  const answers = Object.fromEntries(
    MACHINES.map((machine) => [
      machine,
      read[machine].map((run) => calibrated(run, temperatures, samplesOf(machine))),
    ]),
  ) as Record<Machine, RecordingAnswer[][]>;
  // Thresholds are of windows, as the product asks about them.
  const windows = first.flatMap((one) =>
    Array.from({ length: one.windows }, (_, w) => {
      const rowLength = REFERENCE.samples * RHYTHM_CLASSES.length;
      const part = { ...one, windows: 1, logits: one.logits.subarray(w * rowLength, (w + 1) * rowLength) };
      return answerOf(part, REFERENCE.samples, temperature);
    }),
  );
  const largest = windows.map(({ probabilities }) => Math.max(...probabilities)).sort((a, b) => a - b);
  const disagreement = windows.map(({ epistemic }) => epistemic).sort((a, b) => b - a);
  const rounded = (value: number) => Math.round(value * 1e4) / 1e4;
  const result = {
    recordings: Object.fromEntries(
      RHYTHM_CLASSES.map((name, c) => [name, records.filter(({ label }) => label === c).length]),
    ),
    windows: windows.length,
    condition: { ...REFERENCE, programmingSeeds: [...REFERENCE.programmingSeeds] },
    architecture: RHYTHM_ARCHITECTURE,
    options: RHYTHM_FIT,
    temperature,
    temperaturesByFold: temperatures,
    review: {
      probabilityBelow: rounded(largest[Math.floor(REVIEWED_BY_PROBABILITY * largest.length)]!),
      epistemicAbove: rounded(disagreement[Math.floor(REVIEWED_BY_DISAGREEMENT * disagreement.length)]!),
    },
    figures: Object.fromEntries(MACHINES.map((machine) => [machine, figuresOf(answers[machine])])),
    doubt: doubtOf(answers.array[0]!),
    confusion: { labels: [...RHYTHM_CLASSES], rows: confusionOf(answers.array[0]!) },
  };
  writeFileSync(resolve(FOLDER, 'cross-validation.json'), `${JSON.stringify(result, null, 2)}\n`);
  for (const machine of MACHINES) {
    console.log(`${machine}: mean F1 ${figuresOf(answers[machine]).meanF1.mean.toFixed(4)}`);
  }
}

main();
