/**
 * `npm run evaluate`: the shipped beat network on DS2, whole records, at the reference condition. Its answers become
 * annotation sets, which are scored as `kirchhoff evaluate` scores files (`annotation-scoring.ts`); those of the first
 * programmed array are kept beside the model, so that anybody can score them again. Every run is a look at the test
 * set: it appends to `evaluation-log.jsonl`, and the model card's tables are made from its entry. `--note` says in the
 * log why it was looked.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { conformalSet } from '../bayes/conformal.ts';
import { BEAT_CLASSES, type BeatClass, NETWORK_CLASS_COUNT, NETWORK_CLASSES } from '../contract/ecg.ts';
import { type BeatModel, parseBeatModel } from '../diagnosis/ecg-beats/beat-model.ts';
import { aamiClassOf, type EscapeBeatClass } from '../ecg/beat-mapping.ts';
import { type BeatInputs, beatInputSpecSchema, beatInputs } from '../ecg/beats.ts';
import { sumOfBeats } from '../ecg/compare-annotations.ts';
import type { EvaluatedRecord } from '../ecg/evaluation-figures.ts';
import { writeWfdbAnnotations } from '../ecg/formats/wfdb/annotations.ts';
import { detectQrs } from '../ecg/qrs.ts';
import { assessQuality } from '../ecg/quality.ts';
import type { EcgAnnotation } from '../ecg/recording.ts';
import {
  type BeatConfusion,
  type BeatMatch,
  EC57_MATCH_WINDOW_SECONDS,
  matchBeats,
  referenceBeats,
} from '../ecg/scoring.ts';
import type { DeviceProfile } from '../imc/profile.ts';
import { runIdealFp32 } from '../imc/run.ts';
import {
  beatAnnotations,
  compareBeats,
  ec57Figures,
  scoredByEc57,
  TEST_EXTENSION,
} from './annotation-scoring.ts';
import { cardSources } from './card-sources.ts';
import { readMitdb, requiredDataFolder } from './data-folder.ts';
import {
  accuracyOf,
  CONFUSION_LABELS,
  calibrationOf,
  type EvaluationEntry,
  evaluationEntrySchema,
  figuresOf,
  MACHINES,
  type Machine,
  SUBSETS,
  spreadOf,
  uncertaintyFiguresOf,
} from './evaluation.ts';
import { METHODS, type Method, withoutPosterior } from './leave-out.ts';
import { DS2_RECORDS } from './mitdb-split.ts';
import { cardWithFigures } from './model-card.ts';
import { arrayLogits, ensembleOutput, REFERENCE, readDeviceProfile } from './reference-condition.ts';
import { type Scaling, scaled, scalingSchema } from './vector-scaling.ts';

const OPTIONS = parseArgs({ options: { arrays: { type: 'string' }, note: { type: 'string' } } }).values;

/** Programmed arrays: all of the reference condition, or the first few of them (`--arrays 5`), which the entry says. */
const SEEDS = REFERENCE.programmingSeeds.slice(
  0,
  Number(OPTIONS.arrays ?? REFERENCE.programmingSeeds.length),
);

const MODEL_FOLDER = resolve(import.meta.dirname, '../../models/ecg-beats');

interface TestRecord {
  record: string;
  samplingRateHz: number;
  lengthSamples: number;
  /** All annotations of the reference, and its beats that count. */
  annotations: EcgAnnotation[];
  reference: EcgAnnotation[];
  /** Positions of the beats that the program finds. */
  found: Int32Array;
  /** Inputs at detected positions, and which reference beat each belongs to. */
  detected: BeatInputs;
  match: BeatMatch;
  /** Inputs at the reference's positions. */
  atReference: BeatInputs;
}

/** What one machine says of one record, at one kind of position. */
interface Answer {
  classes: BeatClass[];
  /** [n][4]; of no meaning where the class is Q. */
  probabilities: Float64Array;
}

function readModel(): { model: BeatModel; weightsSha256: string } {
  const weights = readFileSync(resolve(MODEL_FOLDER, 'weights.safetensors'));
  const json = (name: string): unknown => JSON.parse(readFileSync(resolve(MODEL_FOLDER, name), 'utf8'));
  return {
    model: parseBeatModel(json('model.json'), weights, json('calibration.json'), 'ecg-beats'),
    weightsSha256: createHash('sha256').update(weights).digest('hex'),
  };
}

function prepare(folder: string, model: BeatModel): TestRecord[] {
  const spec = beatInputSpecSchema.parse(model.input);
  return DS2_RECORDS.map((record) => {
    const { recording, annotations } = readMitdb(folder, record);
    const quality = assessQuality(recording);
    const found = detectQrs(recording, quality);
    const reference = referenceBeats(annotations);
    const positions = Int32Array.from(reference, (annotation) => annotation.sample);
    return {
      record,
      samplingRateHz: recording.samplingRateHz,
      lengthSamples: recording.lengthSamples,
      annotations,
      reference,
      found,
      detected: beatInputs(recording, quality, found, spec),
      match: matchBeats(positions, found, EC57_MATCH_WINDOW_SECONDS, recording.samplingRateHz),
      atReference: beatInputs(recording, quality, positions, spec),
    };
  });
}

function answerOf(inputs: BeatInputs, probabilities: Float64Array): Answer {
  const classes = Array.from(inputs.classifiable, (classifiable, i): BeatClass => {
    if (classifiable === 0) return 'Q';
    let best = 0;
    for (let c = 1; c < NETWORK_CLASS_COUNT; c++) {
      if (probabilities[i * NETWORK_CLASS_COUNT + c]! > probabilities[i * NETWORK_CLASS_COUNT + best]!)
        best = c;
    }
    return NETWORK_CLASSES[best]!;
  });
  return { classes, probabilities };
}

/** Every programmed array (or the one machine without any) answers for the inputs of one record. */
function answersOf(
  machine: Machine,
  model: BeatModel,
  profiles: Profiles,
  inputs: BeatInputs,
  programmingSeeds: readonly number[],
): Answer[] {
  const temperature = model.calibration.temperature;
  if (machine === 'fp32') {
    const logits = runIdealFp32(model.network, inputs.signals, inputs.auxiliary);
    return [answerOf(inputs, ensembleOutput(logits, 1, temperature).probabilities)];
  }
  const seeds = machine === 'array' ? programmingSeeds : [1];
  const profile = machine === 'array' ? profiles.reference : profiles.ideal;
  return seeds.map((programmingSeed) => {
    const logits = arrayLogits(model, profile, programmingSeed, inputs);
    return answerOf(inputs, ensembleOutput(logits, REFERENCE.samples, temperature).probabilities);
  });
}

/** Arrays that the methods beside the shipped one, and beats at the reference's positions, are read on. */
const COMPARED_SEEDS = SEEDS.slice(0, 2);

/** Probabilities of the judged beats by a method with the scaling that left-out DS1 patients gave it. */
function methodProbabilities(
  method: Method,
  tests: readonly TestRecord[],
  model: BeatModel,
  profile: DeviceProfile,
): number[][] {
  const { scaling, comparison } = readCrossValidation();
  const own = comparison[method].scaling;
  // The offsets of the shipped scaling are in the biases already.
  const relative: Scaling = {
    temperature: own.temperature,
    offsets: own.offsets.map((b, c) => b - scaling.offsets[c]!),
  };
  const plain = withoutPosterior(model);
  const seeds = method === 'deterministic' ? [1] : COMPARED_SEEDS;
  return seeds.map((seed) =>
    tests.flatMap((test) => {
      const logits =
        method === 'deterministic'
          ? runIdealFp32(model.network, test.detected.signals, test.detected.auxiliary)
          : arrayLogits(plain, profile, seed, test.detected);
      const samples = method === 'deterministic' ? 1 : REFERENCE.samples;
      const { probabilities } = ensembleOutput(scaled(logits, relative), samples, 1);
      return judgedPairs(test).flatMap(({ test: found }) =>
        Array.from(probabilities.subarray(found * NETWORK_CLASS_COUNT, (found + 1) * NETWORK_CLASS_COUNT)),
      );
    }),
  );
}

const crossValidationSchema = z.looseObject({
  scaling: scalingSchema,
  comparison: z.record(z.enum(METHODS), z.looseObject({ scaling: scalingSchema })),
});

function readCrossValidation() {
  return crossValidationSchema.parse(
    JSON.parse(readFileSync(resolve(MODEL_FOLDER, 'cross-validation.json'), 'utf8')),
  );
}

function conformalFigures(scored: readonly Scored[], model: BeatModel): EvaluationEntry['conformal'] {
  const { conformal } = model.calibration;
  if (conformal === null) return undefined;
  const thresholds = conformal.thresholds.map((at) => at ?? Number.POSITIVE_INFINITY);
  const arrays = scored[0]!.judged.probabilities.map((_, array) => array);
  const sizes: number[] = [];
  // [record][array][class]: beats and those covered.
  const counted = scored.map(({ judged }) =>
    arrays.map((array) =>
      NETWORK_CLASSES.map((_, c) => {
        let beats = 0;
        let covered = 0;
        judged.labels.forEach((label, i) => {
          if (label !== c) return;
          const at = i * NETWORK_CLASS_COUNT;
          const set = conformalSet(
            judged.probabilities[array]!.slice(at, at + NETWORK_CLASS_COUNT),
            thresholds,
          );
          sizes.push(NETWORK_CLASSES.filter((__, k) => (set & (1 << k)) !== 0).length);
          beats++;
          if ((set & (1 << c)) !== 0) covered++;
        });
        return { beats, covered };
      }),
    ),
  );
  const share = (counts: readonly { beats: number; covered: number }[]): number =>
    counts.reduce((sum, { covered }) => sum + covered, 0) / counts.reduce((sum, { beats }) => sum + beats, 0);
  return {
    alpha: conformal.alpha,
    coverage: NETWORK_CLASSES.map((_, c) =>
      spreadOf(arrays.map((array) => share(counted.map((record) => record[array]![c]!)))),
    ),
    meanSize: sizes.reduce((sum, size) => sum + size, 0) / sizes.length,
    empty: sizes.filter((size) => size === 0).length / sizes.length,
    single: sizes.filter((size) => size === 1).length / sizes.length,
    records: scored.map(({ record }, r) => ({
      record,
      coverage: NETWORK_CLASSES.map((_, c) =>
        counted[r]![0]![c]!.beats === 0 ? null : share(arrays.map((array) => counted[r]![array]![c]!)),
      ),
    })),
  };
}

/** Beats that were found and judged and have a class that the network knows. */
function judgedPairs(test: TestRecord): BeatMatch['pairs'] {
  const truth = referenceClasses(test, 'N');
  return test.match.pairs.filter(
    ({ reference, test: found }) => truth[reference] !== 'Q' && test.detected.classifiable[found] === 1,
  );
}

interface Profiles {
  reference: DeviceProfile;
  ideal: DeviceProfile;
}

function referenceClasses(test: TestRecord, escapeBeats: EscapeBeatClass): BeatClass[] {
  return test.reference.map(({ code }) => aamiClassOf(code, escapeBeats)!);
}

interface Scored {
  record: string;
  machine: Machine;
  /** By EC57 to the letter, first programmed array: after the learning period, escape beats as S. */
  ec57: EvaluatedRecord;
  /** Whole record, one a programmed array. */
  detected: BeatConfusion[];
  detectedEscapeAsS: BeatConfusion[];
  atReference: BeatConfusion[];
  /** Of beats found and judged: probabilities one list an array, labels. */
  judged: { probabilities: number[][]; labels: number[] };
}

function score(test: TestRecord, machine: Machine, model: BeatModel, profiles: Profiles): Scored {
  const answers = answersOf(machine, model, profiles, test.detected, SEEDS);
  const atReference = answersOf(machine, model, profiles, test.atReference, COMPARED_SEEDS);
  const truth = referenceClasses(test, 'N');
  const judged = judgedPairs(test);
  const positions = Int32Array.from(test.reference, ({ sample }) => sample);
  const confusion = (at: Int32Array, { classes }: Answer, escapeBeats: EscapeBeatClass) =>
    compareBeats(test, beatAnnotations(at, classes), escapeBeats).beats;
  return {
    record: test.record,
    machine,
    ec57: scoredByEc57(test, beatAnnotations(test.found, answers[0]!.classes)),
    detected: answers.map((answer) => confusion(test.found, answer, 'N')),
    detectedEscapeAsS: answers.map((answer) => confusion(test.found, answer, 'S')),
    atReference: atReference.map((answer) => confusion(positions, answer, 'N')),
    judged: {
      labels: judged.map(({ reference }) => NETWORK_CLASSES.indexOf(truth[reference] as 'N')),
      probabilities: answers.map(({ probabilities }) =>
        judged.flatMap(({ test: found }) =>
          Array.from(probabilities.subarray(found * NETWORK_CLASS_COUNT, (found + 1) * NETWORK_CLASS_COUNT)),
        ),
      ),
    },
  };
}

/** The answers of the first programmed array as WFDB annotation files, one a record. */
function storeAnnotations(tests: readonly TestRecord[], model: BeatModel, profiles: Profiles): void {
  mkdirSync(resolve(MODEL_FOLDER, 'ds2'), { recursive: true });
  for (const test of tests) {
    const [answer] = answersOf('array', model, profiles, test.detected, SEEDS.slice(0, 1));
    const bytes = writeWfdbAnnotations(beatAnnotations(test.found, answer!.classes));
    writeFileSync(resolve(MODEL_FOLDER, 'ds2', `${test.record}.${TEST_EXTENSION}`), bytes);
  }
}

/** Adds the confusions of records array by array. */
function summed(scored: readonly Scored[], of: (one: Scored) => BeatConfusion[]): BeatConfusion[] {
  return of(scored[0]!).map((_, array) => sumOfBeats(scored.map((one) => of(one)[array]!)));
}

function byMachine<Value>(value: (machine: Machine) => Value): Record<Machine, Value> {
  return Object.fromEntries(MACHINES.map((machine) => [machine, value(machine)])) as Record<Machine, Value>;
}

function meanOrNull(values: readonly number[]): number | null {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

function recordRow(one: Scored): EvaluationEntry['records'][number] {
  const share = (beatClass: 'S' | 'V', of: 'sensitivity' | 'positivePredictivity') =>
    meanOrNull(one.detected.map((confusion) => figuresOf([confusion])[beatClass][of].mean));
  const first = one.detected[0]!;
  return {
    record: one.record,
    beats: BEAT_CLASSES.reduce(
      (sum, row) => sum + CONFUSION_LABELS.reduce((inRow, column) => inRow + first[row][column], 0),
      0,
    ),
    accuracy: spreadOf(one.detected.map(accuracyOf)).mean,
    sSensitivity: share('S', 'sensitivity'),
    sPositivePredictivity: share('S', 'positivePredictivity'),
    vSensitivity: share('V', 'sensitivity'),
    vPositivePredictivity: share('V', 'positivePredictivity'),
  };
}

function evaluate(): EvaluationEntry {
  const { model, weightsSha256 } = readModel();
  const profiles = { reference: readDeviceProfile(REFERENCE.profile), ideal: readDeviceProfile('ideal') };
  const tests = prepare(requiredDataFolder(), model);
  const scored = byMachine((machine) => {
    console.error(machine);
    return tests.map((test) => score(test, machine, model, profiles));
  });
  storeAnnotations(tests, model, profiles);
  const onArray = scored.array;
  const withoutRecords: Record<(typeof SUBSETS)[number], string[]> = {
    all: [],
    'without 202': ['202'],
    'without 232': ['232'],
    'without 202 and 232': ['202', '232'],
  };
  const labels = onArray.flatMap(({ judged }) => judged.labels);
  const ofMethod = (method: Method): number[][] =>
    method === 'trained posterior'
      ? SEEDS.map((_, array) => onArray.flatMap(({ judged }) => judged.probabilities[array]!))
      : methodProbabilities(method, tests, model, profiles.reference);
  const firstConfusion = summed(onArray, (one) => one.detected)[0]!;
  return {
    commit: execFileSync('git', ['rev-parse', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8' }).trim(),
    ...(OPTIONS.note === undefined ? {} : { note: OPTIONS.note }),
    calibrationId: model.calibration.id,
    weightsSha256,
    condition: { ...REFERENCE, programmingSeeds: [...SEEDS] },
    comparedSeeds: [...COMPARED_SEEDS],
    counts: {
      records: tests.length,
      reference: tests.reduce((sum, test) => sum + test.reference.length, 0),
      detected: tests.reduce((sum, test) => sum + test.detected.classifiable.length, 0),
      refused: tests.reduce(
        (sum, test) => sum + test.detected.classifiable.filter((classifiable) => classifiable === 0).length,
        0,
      ),
    },
    detected: byMachine((machine) => figuresOf(summed(scored[machine], (one) => one.detected))),
    reference: byMachine((machine) => figuresOf(summed(scored[machine], (one) => one.atReference))),
    escapeAsS: figuresOf(summed(onArray, (one) => one.detectedEscapeAsS)),
    subsets: Object.fromEntries(
      SUBSETS.map((subset) => [
        subset,
        figuresOf(
          summed(
            onArray.filter(({ record }) => !withoutRecords[subset].includes(record)),
            (one) => one.detected,
          ),
        ),
      ]),
    ) as EvaluationEntry['subsets'],
    calibration: byMachine((machine) => {
      const labels = scored[machine].flatMap((one) => one.judged.labels);
      const figures = scored[machine][0]!.judged.probabilities.map((_, array) =>
        calibrationOf(
          scored[machine].flatMap((one) => one.judged.probabilities[array]!),
          labels,
        ),
      );
      return {
        nll: spreadOf(
          figures.map(({ nll }) => nll),
          true,
        ),
        brier: spreadOf(
          figures.map(({ brier }) => brier),
          true,
        ),
        ece: spreadOf(
          figures.map(({ ece }) => ece),
          true,
        ),
      };
    }),
    methods: Object.fromEntries(
      METHODS.map((method) => {
        console.error(method);
        return [method, uncertaintyFiguresOf(ofMethod(method), labels)];
      }),
    ),
    conformal: conformalFigures(onArray, model),
    ec57: ec57Figures(onArray.map((one) => one.ec57)),
    confusion: {
      labels: [...CONFUSION_LABELS],
      rows: CONFUSION_LABELS.map((row) => CONFUSION_LABELS.map((column) => firstConfusion[row][column])),
    },
    records: onArray.map(recordRow),
  };
}

const entry = evaluationEntrySchema.parse(evaluate());
appendFileSync(resolve(MODEL_FOLDER, 'evaluation-log.jsonl'), `${JSON.stringify(entry)}\n`);
writeFileSync(resolve(MODEL_FOLDER, 'figures.json'), `${JSON.stringify(entry, null, 2)}\n`);
const cardPath = resolve(MODEL_FOLDER, 'MODEL_CARD.md');
writeFileSync(
  cardPath,
  cardWithFigures(readFileSync(cardPath, 'utf8'), { ...cardSources(MODEL_FOLDER), entry }),
);
for (const machine of MACHINES) {
  const { S, V, accuracy } = entry.detected[machine];
  console.log(
    `${machine}: S F1 ${S.f1.mean.toFixed(3)}, V F1 ${V.f1.mean.toFixed(3)}, accuracy ${accuracy.mean.toFixed(4)}`,
  );
}
