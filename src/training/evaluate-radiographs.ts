/**
 * `npm run evaluate:cxr`: the shipped paediatric network on the official test of 624 films at the reference condition.
 * Every run is a look at the test: it appends to `evaluation-log.jsonl`, and the model card's tables are made from it.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { conformalSet } from '../bayes/conformal.ts';
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
import { spreadOf } from './evaluation.ts';
import { inputsOf } from './image-fit.ts';
import { arrayAnswers, type Probabilities, probabilitiesOf, softwareAnswers } from './radiograph-answers.ts';
import { radiographCardWithFigures } from './radiograph-card.ts';
import { kermany, type RadiographSet } from './radiograph-dataset.ts';
import {
  type MachineFigures,
  type RadiographEntry,
  radiographEntrySchema,
  radiographValidationSchema,
} from './radiograph-evaluation.ts';
import { RADIOGRAPH_MODEL_FOLDER, readRadiographModel } from './radiograph-model-folder.ts';
import { REFERENCE, readDeviceProfile } from './reference-condition.ts';

const model = readRadiographModel();
const { network, calibration, input } = model;
const side = input.height;

function figuresOf(runs: readonly Probabilities[], labels: Uint8Array): MachineFigures {
  const spread = (figure: (probabilities: Float64Array) => number, worstIsHighest = false) =>
    spreadOf(
      runs.map(({ mean }) => figure(mean)),
      worstIsHighest,
    );
  const at = (threshold: number) => (p: Float64Array) => twoByTwo(p, labels, threshold);
  const chosen = at(calibration.operatingPoint);
  const half = at(0.5);
  return {
    auroc: spread((p) => auroc(p, labels)),
    balancedAccuracy: spread((p) => balancedAccuracyOf(chosen(p))),
    accuracy: spread((p) => (chosen(p).truePositive + chosen(p).trueNegative) / labels.length),
    sensitivity: spread((p) => sensitivityOf(chosen(p))),
    specificity: spread((p) => specificityOf(chosen(p))),
    sensitivityAtHalf: spread((p) => sensitivityOf(half(p))),
    specificityAtHalf: spread((p) => specificityOf(half(p))),
    nll: spread((p) => binaryCalibration(p, labels).nll, true),
    brier: spread((p) => binaryCalibration(p, labels).brier, true),
    ece: spread((p) => binaryCalibration(p, labels).ece, true),
  };
}

function firstSeedFigures(
  { mean, epistemic }: Probabilities,
  set: RadiographSet,
): RadiographEntry['firstSeed'] {
  const { labels, entries } = set;
  const { operatingPoint, review, conformal } = calibration;
  const table = twoByTwo(mean, labels, operatingPoint);
  const wrong = Array.from(labels, (label, i) => mean[i]! >= operatingPoint !== (label === 1));
  const oddsOf = (p: number) => Math.log(p / (1 - p));
  const certainty = mean.map((p) => Math.abs(oddsOf(p) - oddsOf(operatingPoint)));
  const thresholds = conformal.thresholds.map((threshold) => threshold ?? Number.POSITIVE_INFINITY);
  const sets = Array.from(mean, (p) => conformalSet([1 - p, p], thresholds));
  const reviewed = Array.from(
    mean,
    (p, i) =>
      (p > review.probabilityAbove && p < review.probabilityBelow) ||
      epistemic[i]! > review.epistemicAbove ||
      sets[i] === 0 ||
      sets[i] === 3,
  );
  const rows = Array.from(labels.keys());
  const share = (among: number[], is: (i: number) => boolean) =>
    among.filter(is).length / Math.max(1, among.length);
  const covered = (i: number) => (sets[i]! & (1 << labels[i]!)) !== 0;
  const ofClass = (c: number) => rows.filter((i) => labels[i] === c);
  const accepted = rows.filter((i) => !reviewed[i]);
  const errors = rows.filter((i) => wrong[i]);
  const groups: [string, (i: number) => boolean][] = [
    ['normal, file series IM', (i) => labels[i] === 0 && entries[i]!.file.startsWith('IM-')],
    ['normal, file series NORMAL2', (i) => labels[i] === 0 && entries[i]!.file.startsWith('NORMAL2-')],
    ['bacterial pneumonia', (i) => /bacteria/.test(entries[i]!.subtype)],
    ['viral pneumonia', (i) => /virus|viral/.test(entries[i]!.subtype)],
  ];
  return {
    auroc: auroc(mean, labels),
    aurocInterval95: aurocInterval95(mean, labels),
    table,
    sensitivityInterval95: shareInterval95(table.truePositive, table.truePositive + table.falseNegative),
    specificityInterval95: shareInterval95(table.trueNegative, table.trueNegative + table.falsePositive),
    reliability: binaryCalibration(mean, labels).reliability,
    risk: riskCoverage(certainty, wrong),
    accepted: {
      share: accepted.length / rows.length,
      risk: share(accepted, (i) => wrong[i]!),
      errorsReviewed: share(errors, (i) => reviewed[i]!),
    },
    conformal: {
      alpha: conformal.alpha,
      coverage: {
        all: share(rows, covered),
        normal: share(ofClass(0), covered),
        pneumonia: share(ofClass(1), covered),
      },
      meanSize: rows.reduce((sum, i) => sum + (sets[i]! & 1) + (sets[i]! >> 1), 0) / rows.length,
    },
    subgroups: groups.map(([group, is]) => {
      const of = rows.filter(is);
      const right = of.filter((i) => !wrong[i]).length;
      return {
        group,
        images: of.length,
        right: right / Math.max(1, of.length),
        interval95: shareInterval95(right, of.length),
      };
    }),
  };
}

async function evaluate(): Promise<RadiographEntry> {
  const folder = requiredDataFolder();
  const test = await kermany(folder, 'test');
  const { labels } = test;
  const inputs = inputsOf(test, side);
  const { temperature } = calibration;
  const onArray = REFERENCE.programmingSeeds.map((seed) => {
    console.error(`array ${seed} of ${REFERENCE.programmingSeeds.length}`);
    const answers = arrayAnswers(model, readDeviceProfile(REFERENCE.profile), seed, inputs);
    return probabilitiesOf(answers, temperature);
  });
  const ideal = probabilitiesOf(arrayAnswers(model, readDeviceProfile('ideal'), 1, inputs, 1), temperature);
  const software = probabilitiesOf(softwareAnswers(network, inputs), temperature);
  const machines = {
    array: figuresOf(onArray, labels),
    'ideal array': figuresOf([ideal], labels),
    fp32: figuresOf([software], labels),
  };
  const training = radiographValidationSchema.parse(
    JSON.parse(readFileSync(resolve(RADIOGRAPH_MODEL_FOLDER, 'validation.json'), 'utf8')),
  );
  const positives = labels.reduce((sum, label) => sum + label, 0);
  return {
    commit: execFileSync('git', ['rev-parse', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8' }).trim(),
    calibrationId: calibration.id,
    weightsSha256: createHash('sha256')
      .update(readFileSync(resolve(RADIOGRAPH_MODEL_FOLDER, 'weights.safetensors')))
      .digest('hex'),
    condition: { ...REFERENCE, programmingSeeds: [...REFERENCE.programmingSeeds] },
    images: { normal: labels.length - positives, pneumonia: positives },
    machines,
    firstSeed: firstSeedFigures(onArray[0]!, test),
    shift: {
      prevalence: { training: training.prevalence, test: positives / labels.length },
      specificityAtHalf: {
        training: training.specificityAtHalf,
        test: machines.array.specificityAtHalf.mean,
      },
      sensitivityAtHalf: {
        training: training.sensitivityAtHalf,
        test: machines.array.sensitivityAtHalf.mean,
      },
      auroc: { training: training.arrayAuroc, test: machines.array.auroc.mean },
    },
  };
}

const entry = radiographEntrySchema.parse(await evaluate());
appendFileSync(resolve(RADIOGRAPH_MODEL_FOLDER, 'evaluation-log.jsonl'), `${JSON.stringify(entry)}\n`);
writeFileSync(resolve(RADIOGRAPH_MODEL_FOLDER, 'figures.json'), `${JSON.stringify(entry, null, 2)}\n`);
const cardPath = resolve(RADIOGRAPH_MODEL_FOLDER, 'MODEL_CARD.md');
writeFileSync(cardPath, radiographCardWithFigures(readFileSync(cardPath, 'utf8'), entry));
for (const [machine, { auroc: area, balancedAccuracy }] of Object.entries(entry.machines)) {
  console.log(
    `${machine}: AUROC ${area.mean.toFixed(4)}, balanced accuracy ${balancedAccuracy.mean.toFixed(4)}`,
  );
}
