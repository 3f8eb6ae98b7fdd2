/**
 * `npm run train:rhythm`: trains the shipped rhythm network on all recordings that are here and writes its files. The
 * calibration is that of `cross-validation.json`.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { RHYTHM_CLASSES } from '../contract/rhythm.ts';
import { rhythmModelFiles } from '../diagnosis/ecg-rhythm/rhythm-model.ts';
import { RHYTHM_INPUT_SPEC } from '../ecg/rhythm/rhythm-inputs.ts';
import { requiredDataFolder } from './data-folder.ts';
import { REFERENCE, readDeviceProfile } from './reference-condition.ts';
import { rhythmRecords } from './rhythm-dataset.ts';
import { RHYTHM_ARCHITECTURE, RHYTHM_FIT, trainRhythmNetwork } from './rhythm-training.ts';

const FOLDER = resolve(import.meta.dirname, '../../models/ecg-rhythm');

const crossValidationSchema = z.looseObject({
  temperature: z.number(),
  review: z.object({ probabilityBelow: z.number(), epistemicAbove: z.number() }),
});

const METHOD =
  'Temperature: least negative log-likelihood of recordings left out in five-fold cross-validation, on the array at ' +
  'the reference condition. Review: the 15 % least certain windows of left-out recordings, and the 2 % on which the ' +
  'reads disagree most.';

function main(): void {
  const { temperature, review } = crossValidationSchema.parse(
    JSON.parse(readFileSync(resolve(FOLDER, 'cross-validation.json'), 'utf8')),
  );
  const records = rhythmRecords(requiredDataFolder());
  const trained = trainRhythmNetwork(
    records,
    readDeviceProfile(REFERENCE.profile),
    RHYTHM_ARCHITECTURE,
    RHYTHM_FIT,
    (step, loss) => {
      if (step % 500 === 0) console.error(`step ${step} of ${RHYTHM_FIT.steps}, loss ${loss.toFixed(3)}`);
    },
  );
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8' });
  const { modelJson, weights, calibrationJson } = rhythmModelFiles({
    ...trained,
    input: RHYTHM_INPUT_SPEC,
    training: {
      data: 'PhysioNet/CinC Challenge 2017, training set, 5,000 of its 8,528 recordings, labels version 3',
      licence: 'ODC-By 1.0',
      recordings: Object.fromEntries(
        RHYTHM_CLASSES.map((name, c) => [name, records.filter(({ label }) => label === c).length]),
      ),
      seed: RHYTHM_FIT.seed,
      commit: commit.trim(),
      options: { ...RHYTHM_FIT },
    },
    calibration: { id: '', temperature, review, method: METHOD },
  });
  const hash = createHash('sha256').update(weights).digest('hex');
  const write = (name: string, value: unknown): void =>
    writeFileSync(resolve(FOLDER, name), `${JSON.stringify(value, null, 2)}\n`);
  write('model.json', modelJson);
  write('calibration.json', {
    ...(calibrationJson as object),
    id: `ecg-rhythm-${hash.slice(0, 12)}-t${temperature}`,
  });
  writeFileSync(resolve(FOLDER, 'weights.safetensors'), weights);
}

main();
