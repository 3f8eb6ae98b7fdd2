/**
 * `node src/training/experiment.ts settings.json`: tries settings by leaving patients out within DS1 and appends a
 * line for each to `models/ecg-beats/experiments.jsonl`. A setting is a name and what differs from `BEAT_FIT` and
 * `BEAT_ARCHITECTURE`, the auxiliary features that are left out and the kinds of copies that are trained on.
 * Besides the real beats, left-out records in a rhythm of mostly ectopic beats are scored: DS1 has no patient
 * with such a rhythm.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { NETWORK_CLASS_COUNT, NETWORK_CLASSES } from '../contract/ecg.ts';
import { AUXILIARY_FEATURES } from '../ecg/beats.ts';
import type { BeatArchitecture } from './beat-architecture.ts';
import { COPY_KINDS, type LabelledBeats } from './beat-dataset.ts';
import { BEAT_ARCHITECTURE, BEAT_FIT, trainingRecords } from './beat-training.ts';
import { requiredDataFolder } from './data-folder.ts';
import type { FitOptions } from './fit.ts';
import { classFigures, confusionOf, FOLDS, type LeftOut, leaveOut } from './leave-out.ts';
import { arrayLogits, ensembleOutput, REFERENCE, readDeviceProfile } from './reference-condition.ts';

const LOG = resolve(import.meta.dirname, '../../models/ecg-beats/experiments.jsonl');
/** Fewer samples than the reference condition has: settings differ by more than this costs. */
const SAMPLES = 4;

const settingSchema = z.strictObject({
  name: z.string(),
  options: z.record(z.string(), z.unknown()).default({}),
  architecture: z.record(z.string(), z.unknown()).default({}),
  /** Features whose names contain any of these are 0. */
  withoutFeatures: z.array(z.string()).default([]),
  withoutCopies: z.array(z.enum(COPY_KINDS)).default([]),
  seeds: z.array(z.int()).default([1]),
});

function withoutFeatures(data: readonly LabelledBeats[][], names: readonly string[]): LabelledBeats[][] {
  const dropped = AUXILIARY_FEATURES.flatMap((feature, i) =>
    names.some((name) => feature.includes(name)) ? [i] : [],
  );
  if (dropped.length === 0) return [...data];
  return data.map((copies) =>
    copies.map((beats) => {
      const auxiliary = beats.auxiliary.slice();
      for (let at = 0; at < auxiliary.length; at += AUXILIARY_FEATURES.length) {
        for (const i of dropped) auxiliary[at + i] = 0;
      }
      return { ...beats, auxiliary };
    }),
  );
}

function figuresOf(leftOut: readonly LeftOut[]) {
  const total = Array.from({ length: NETWORK_CLASS_COUNT }, () =>
    new Array<number>(NETWORK_CLASS_COUNT).fill(0),
  );
  const records = leftOut.map(({ record, labels, logits }) => {
    const { probabilities } = ensembleOutput(logits, SAMPLES, 1);
    const confusion = confusionOf(labels, probabilities);
    confusion.forEach((row, i) => {
      row.forEach((n, j) => {
        total[i]![j]! += n;
      });
    });
    return { record, confusion };
  });
  const all = total.flat().reduce((sum, n) => sum + n, 0);
  const s = NETWORK_CLASSES.indexOf('S');
  const rounded = (value: number) => Number(value.toFixed(4));
  const figures = (label: number) => {
    const { sensitivity, positivePredictivity, f1 } = classFigures(total, label);
    return [sensitivity, positivePredictivity, f1].map(rounded);
  };
  return {
    S: figures(s),
    V: figures(NETWORK_CLASSES.indexOf('V')),
    accuracy: rounded(total.reduce((sum, row, i) => sum + row[i]!, 0) / all),
    // Found, missed and falsely called supraventricular beats of each record.
    records: Object.fromEntries(
      records.map(({ record, confusion }) => [
        record,
        [
          confusion[s]![s]!,
          confusion[s]!.reduce((sum, n) => sum + n, 0) - confusion[s]![s]!,
          confusion.reduce((sum, row) => sum + row[s]!, 0) - confusion[s]![s]!,
        ],
      ]),
    ),
  };
}

const settings = z.array(settingSchema).parse(JSON.parse(readFileSync(process.argv[2]!, 'utf8')));
const profile = readDeviceProfile(REFERENCE.profile);
const data = trainingRecords(requiredDataFolder(), BEAT_FIT.seed);
for (const setting of settings) {
  const used = withoutFeatures(data, setting.withoutFeatures);
  for (const seed of setting.seeds) {
    const leftOut: LeftOut[] = [];
    leaveOut(
      used,
      profile,
      FOLDS,
      {
        options: { ...BEAT_FIT, ...(setting.options as Partial<FitOptions>), seed },
        architecture: { ...BEAT_ARCHITECTURE, ...(setting.architecture as Partial<BeatArchitecture>) },
        withoutCopies: setting.withoutCopies,
      },
      (copies, trained, fold) => {
        for (const kind of ['real', 'dominant'] as const) {
          const beats = copies.find((copy) => copy.kind === kind)!;
          const logits = arrayLogits(trained, profile, fold + 1, beats, SAMPLES);
          leftOut.push({ record: beats.record, kind, labels: beats.labels, logits });
        }
      },
    );
    const { seeds: _, ...what } = setting;
    const result = {
      ...what,
      seed,
      real: figuresOf(leftOut.filter(({ kind }) => kind === 'real')),
      dominant: figuresOf(leftOut.filter(({ kind }) => kind === 'dominant')),
    };
    appendFileSync(LOG, `${JSON.stringify(result)}\n`);
    console.log(
      setting.name,
      seed,
      JSON.stringify({ ...result.real, records: undefined }),
      JSON.stringify({ ...result.dominant, records: undefined }),
    );
  }
}
