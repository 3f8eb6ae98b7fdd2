/** Five groups of the challenge's recordings, each with its share of every class; `models/ecg-rhythm/folds.json`. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { RandomStream } from '../numeric/random.ts';
import { CINC_CLASSES } from './rhythm-dataset.ts';

export const FOLD_COUNT = 5;
const FOLD_SEED = 2017;
export const FOLDS_PATH = resolve(import.meta.dirname, '../../models/ecg-rhythm/folds.json');

/** Names of the recordings by fold; how many patients they are of is not published, so folds are of recordings. */
export const foldsSchema = z.array(z.array(z.string())).length(FOLD_COUNT);

/** Shuffled within each class and dealt out in turn: the file is this function's answer. */
export function stratifiedFolds(labels: readonly { record: string; label: number }[]): string[][] {
  const folds: string[][] = Array.from({ length: FOLD_COUNT }, () => []);
  CINC_CLASSES.forEach((_, label) => {
    const names = labels.filter((entry) => entry.label === label).map(({ record }) => record);
    const random = new RandomStream({ seed: FOLD_SEED, words: [label, 0, 0] });
    for (let i = names.length - 1; i > 0; i--) {
      const j = Math.floor(random.uniform() * (i + 1));
      [names[i], names[j]] = [names[j]!, names[i]!];
    }
    names.forEach((record, i) => {
      folds[i % FOLD_COUNT]!.push(record);
    });
  });
  return folds.map((names) => names.sort());
}

export function readFolds(): string[][] {
  return foldsSchema.parse(JSON.parse(readFileSync(FOLDS_PATH, 'utf8')));
}
