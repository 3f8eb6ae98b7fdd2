/**
 * `npm run benchmark:medmnist`: PneumoniaMNIST and BreastMNIST with their official splits, trained as the paediatric
 * network was at the second look at its test, on 28 x 28 pixels. Writes `models/benchmarks/medmnist.json`..
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { macsByLayer } from '../imc/shapes.ts';
import { auroc } from './binary-figures.ts';
import { requiredDataFolder } from './data-folder.ts';
import { spreadOf } from './evaluation.ts';
import type { ImageArchitecture } from './image-architecture.ts';
import { inputsOf } from './image-fit.ts';
import { type MedMnistName, medMnist } from './medmnist-dataset.ts';
import { arrayAnswers, probabilitiesOf, softwareAnswers } from './radiograph-answers.ts';
import { rangesOn } from './radiograph-left-out.ts';
import { trainedOnce } from './radiograph-networks.ts';
import { type RadiographFit, SECOND_RECIPE_FIT } from './radiograph-training.ts';
import { REFERENCE, readDeviceProfile } from './reference-condition.ts';

const SAMPLES = 8;
const SEEDS = [1, 2, 3];

const RECIPES: Record<MedMnistName, { epochs: number; stages: number[]; classes: [string, string] }> = {
  pneumoniamnist: { epochs: 10, stages: [24, 48, 96], classes: ['normal', 'pneumonia'] },
  breastmnist: { epochs: 40, stages: [24, 48, 96], classes: ['benign', 'malignant'] },
};

const results: Record<string, unknown> = {};
for (const name of Object.keys(RECIPES) as MedMnistName[]) {
  const { epochs, stages, classes } = RECIPES[name];
  const { train, val, test } = medMnist(requiredDataFolder(), name);
  const architecture: ImageArchitecture = {
    name,
    classes,
    side: 28,
    stemChannels: 12,
    stemStride: 1,
    stages,
  };
  const fit: RadiographFit = { ...SECOND_RECIPE_FIT, epochs };
  const profile = readDeviceProfile(REFERENCE.profile);
  const network = trainedOnce(architecture, train, profile, fit, (step, loss) => {
    if (step % 200 === 0) console.error(`${name} step ${step}, loss ${loss.toFixed(3)}`);
  });
  const ranges = rangesOn(network, train, 28, profile);
  const figures = (part: typeof test) => {
    const inputs = inputsOf(part, 28);
    const accuracy = (mean: Float64Array) =>
      part.labels.reduce((sum, label, i) => sum + (mean[i]! >= 0.5 === (label === 1) ? 1 : 0), 0) /
      part.labels.length;
    const exact = probabilitiesOf(softwareAnswers(network, inputs), 1).mean;
    const onArray = SEEDS.map(
      (seed) => probabilitiesOf(arrayAnswers({ network, ranges }, profile, seed, inputs, SAMPLES), 1).mean,
    );
    return {
      images: part.labels.length,
      fp32: { auroc: auroc(exact, part.labels), accuracy: accuracy(exact) },
      array: {
        auroc: spreadOf(onArray.map((mean) => auroc(mean, part.labels))),
        accuracy: spreadOf(onArray.map(accuracy)),
      },
    };
  };
  results[name] = {
    macs: macsByLayer(network).reduce((sum, { macs }) => sum + macs, 0),
    epochs,
    validation: figures(val),
    test: figures(test),
  };
  console.log(name, JSON.stringify(results[name]));
}
const folder = resolve(import.meta.dirname, '../../models/benchmarks');
mkdirSync(folder, { recursive: true });
const condition = {
  profile: REFERENCE.profile,
  driftSeconds: REFERENCE.driftSeconds,
  samples: SAMPLES,
  programmingSeeds: SEEDS,
};
writeFileSync(resolve(folder, 'medmnist.json'), `${JSON.stringify({ condition, ...results }, null, 1)}\n`);
