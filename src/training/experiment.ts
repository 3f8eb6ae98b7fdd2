/**
 * `node src/training/experiment.ts settings.json`: tries settings by leaving patients out within DS1 and appends a
 * line for each to `models/ecg-beats/experiments.jsonl`. A setting is a name and what differs from `BEAT_FIT` and
 * `BEAT_ARCHITECTURE`, the auxiliary features that are left out and the kinds of copies that are trained on.
 * Besides the real beats, left-out records in a rhythm of mostly ectopic beats are scored: DS1 has no patient
 * with such a rhythm. Each network is read on several programmed arrays and on the ideal one (`several-arrays.ts`);
 * lines of before that have a confusion of a single array.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { AUXILIARY_FEATURES } from '../ecg/beats.ts';
import type { DeviceProfile } from '../imc/profile.ts';
import type { BeatArchitecture } from './beat-architecture.ts';
import { COPY_KINDS, type LabelledBeats } from './beat-dataset.ts';
import { BEAT_ARCHITECTURE, BEAT_FIT, trainingRecords } from './beat-training.ts';
import { requiredDataFolder } from './data-folder.ts';
import type { FitOptions } from './fit.ts';
import { FOLDS, type LeftOut, leaveOut } from './leave-out.ts';
import { arrayLogits, REFERENCE, readDeviceProfile } from './reference-condition.ts';
import { type ArrayAnswers, figuresOnArrays, READ_KINDS } from './several-arrays.ts';

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
  /** Factor on the programming noise that is trained with; arrays that are read have that of the profile. */
  programmingNoise: z.number().nonnegative().default(1),
  /** Of training. */
  seeds: z.array(z.int()).default([1]),
  /** Arrays that are read; the first gives the scaling, the others are scored. */
  programmingSeeds: z.array(z.int()).min(3).default([1, 2, 3, 4, 5, 6, 7]),
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

function withProgrammingNoise(device: DeviceProfile, factor: number): DeviceProfile {
  const { programming } = device;
  if (factor === 1) return device;
  if (programming.kind !== 'gaussian-polynomial') throw new RangeError(`No factor on ${programming.kind}.`);
  const deviationMicroSiemens = programming.deviationMicroSiemens.map((term) => factor * term);
  return { ...device, programming: { ...programming, deviationMicroSiemens } };
}

const settings = z.array(settingSchema).parse(JSON.parse(readFileSync(process.argv[2]!, 'utf8')));
const profile = readDeviceProfile(REFERENCE.profile);
const ideal = readDeviceProfile('ideal');
const data = trainingRecords(requiredDataFolder(), BEAT_FIT.seed);
for (const setting of settings) {
  const used = withoutFeatures(data, setting.withoutFeatures);
  for (const seed of setting.seeds) {
    const answers: ArrayAnswers = { arrays: setting.programmingSeeds.map(() => []), ideal: [] };
    leaveOut(
      used,
      withProgrammingNoise(profile, setting.programmingNoise),
      FOLDS,
      {
        options: { ...BEAT_FIT, ...(setting.options as Partial<FitOptions>), seed },
        architecture: { ...BEAT_ARCHITECTURE, ...(setting.architecture as Partial<BeatArchitecture>) },
        withoutCopies: setting.withoutCopies,
      },
      (copies, trained) => {
        for (const kind of READ_KINDS) {
          const beats = copies.find((copy) => copy.kind === kind)!;
          const { record, labels } = beats;
          const read = (on: DeviceProfile, programmingSeed: number, samples: number): LeftOut => {
            const logits = arrayLogits(trained, on, programmingSeed, beats, samples);
            return { record, kind, labels, logits };
          };
          setting.programmingSeeds.forEach((programmingSeed, i) => {
            answers.arrays[i]!.push(read(profile, programmingSeed, SAMPLES));
          });
          answers.ideal.push(read(ideal, 1, 1));
        }
      },
    );
    const { seeds: _, ...what } = setting;
    const result = { ...what, seed, ...figuresOnArrays(answers) };
    appendFileSync(LOG, `${JSON.stringify(result)}\n`);
    console.log(JSON.stringify(result));
  }
}
