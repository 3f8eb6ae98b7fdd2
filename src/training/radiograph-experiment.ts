/**
 * `npm run experiment:cxr settings.json`: tries settings of the paediatric network within the official training split
 * and appends a line for each to `models/cxr-paediatric/experiments.jsonl`, of which the
 * card's table is made. A setting is a name and what differs from
 * `BASE` and `SECOND_RECIPE_ARCHITECTURE`. By default the fifths of lowest and of highest numbers are left out
 * (`radiograph-splits.ts`), which is further from training than a random fold of patients. The test is not read.
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { macsByLayer } from '../imc/shapes.ts';
import { auroc, balancedAccuracyOf, sensitivityOf, specificityOf, twoByTwo } from './binary-figures.ts';
import { requiredDataFolder } from './data-folder.ts';
import type { ImageArchitecture } from './image-architecture.ts';
import { probabilitiesOf } from './radiograph-answers.ts';
import { radiographCardWithAttempts } from './radiograph-card.ts';
import { kermany } from './radiograph-dataset.ts';
import { attemptSchema } from './radiograph-evaluation.ts';
import { trainAndRead, VALIDATION_CHIP } from './radiograph-left-out.ts';
import { RADIOGRAPH_MODEL_FOLDER } from './radiograph-model-folder.ts';
import { SPLITS, splitRows } from './radiograph-splits.ts';
import { type RadiographFit, SECOND_RECIPE_ARCHITECTURE, SECOND_RECIPE_FIT } from './radiograph-training.ts';
import { REFERENCE, readDeviceProfile } from './reference-condition.ts';

const LOG = resolve(RADIOGRAPH_MODEL_FOLDER, 'experiments.jsonl');
const CARD = resolve(RADIOGRAPH_MODEL_FOLDER, 'MODEL_CARD.md');
/** Fewer samples than the reference condition has: settings differ by more than this costs. */
const SAMPLES = 4;

/** The second recipe, its films made wider or narrower by an aspect that keeps their area. */
const BASE: RadiographFit = {
  ...SECOND_RECIPE_FIT,
  disturbance: { ...SECOND_RECIPE_FIT.disturbance, stretch: 0, aspect: 0.25 },
};

const settingSchema = z.strictObject({
  name: z.string(),
  options: z.record(z.string(), z.unknown()).default({}),
  /** What differs from the disturbances of `BASE`. */
  disturbance: z.record(z.string(), z.number()).default({}),
  architecture: z.record(z.string(), z.unknown()).default({}),
  splits: z.array(z.enum(SPLITS)).default(['lowest numbers', 'highest numbers']),
  seeds: z.array(z.int()).default([1]),
});

const rounded = (value: number) => Number(value.toFixed(4));
const settings = z.array(settingSchema).parse(JSON.parse(readFileSync(process.argv[2]!, 'utf8')));
const profile = readDeviceProfile(REFERENCE.profile);
const set = await kermany(requiredDataFolder(), 'train');
for (const { seeds, splits, ...what } of settings) {
  const architecture: ImageArchitecture = {
    ...SECOND_RECIPE_ARCHITECTURE,
    name: 'cxr-paediatric',
    ...(what.architecture as Partial<ImageArchitecture>),
  };
  for (const seed of seeds) {
    const fit: RadiographFit = {
      ...BASE,
      ...(what.options as Partial<RadiographFit>),
      disturbance: { ...BASE.disturbance, ...what.disturbance },
      seed,
    };
    const started = performance.now();
    let macs = 0;
    const figures = splits.map((split) => {
      const rows = splitRows(set, split);
      const { network, labels, answers } = trainAndRead(
        set,
        rows,
        { architecture, fit, profile },
        { chip: VALIDATION_CHIP, samples: SAMPLES },
        split,
      );
      macs = macsByLayer(network).reduce((sum, layer) => sum + layer.macs, 0);
      const { mean, epistemic } = probabilitiesOf(answers, 1);
      // The threshold at which both classes would be as frequent: series differ in their number of films.
      const share = rows.trained.reduce((sum, row) => sum + set.labels[row]!, 0) / rows.trained.length;
      const even = twoByTwo(mean, labels, share);
      const best = Math.max(...mean.map((p) => balancedAccuracyOf(twoByTwo(mean, labels, p))));
      return [
        split,
        {
          auroc: rounded(auroc(mean, labels)),
          sensitivity: rounded(sensitivityOf(even)),
          specificity: rounded(specificityOf(even)),
          balancedAccuracy: rounded(balancedAccuracyOf(even)),
          bestBalancedAccuracy: rounded(best),
          epistemic: rounded(epistemic.reduce((sum, value) => sum + value, 0) / labels.length),
        },
      ] as const;
    });
    const meanOf = (of: 'auroc' | 'balancedAccuracy') =>
      rounded(figures.reduce((sum, [, figure]) => sum + figure[of], 0) / figures.length);
    const result = {
      ...what,
      seed,
      macs,
      seconds: Math.round((performance.now() - started) / 1000),
      auroc: meanOf('auroc'),
      balancedAccuracy: meanOf('balancedAccuracy'),
      splits: Object.fromEntries(figures),
    };
    appendFileSync(LOG, `${JSON.stringify(result)}\n`);
    console.log(JSON.stringify(result));
  }
}
const attempts = readFileSync(LOG, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => attemptSchema.parse(JSON.parse(line)));
writeFileSync(CARD, radiographCardWithAttempts(readFileSync(CARD, 'utf8'), attempts));
