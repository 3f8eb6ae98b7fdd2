/** Who of the training split is trained on and who is left out when recipes are tried. */
import { patientFolds } from './patient-folds.ts';
import type { RadiographSet } from './radiograph-dataset.ts';

export const FOLDS = 5;
export const FOLD_SEED = 1;

/**
 * A fold of patients; one of the two series that normal films come in, with a fold of the ill; or the fifth of each
 * series with the lowest, or highest, numbers. The official split is by number: all its normal test films have lower
 * numbers than any that is trained on, so that a random fold of patients is more like its training than the test is.
 */
export const SPLITS = [
  'a fold of patients',
  'series IM',
  'series NORMAL2',
  'lowest numbers',
  'highest numbers',
] as const;
export type Split = (typeof SPLITS)[number];

/** Rows of the films that are trained on and of those that are left out; no patient has films in both. */
export function splitRows(set: RadiographSet, split: Split): { trained: number[]; left: number[] } {
  const rows = Array.from(set.labels.keys());
  const folds = patientFolds(set.entries, FOLDS, FOLD_SEED);
  const blocks = split.endsWith('numbers') ? numberBlocks(set, FOLDS) : folds;
  const block = split === 'highest numbers' ? FOLDS - 1 : 0;
  const isLeft = (row: number): boolean => {
    if (!split.startsWith('series')) return blocks[row] === block;
    if (set.labels[row] === 1) return folds[row] === 0;
    return seriesOf(set.entries[row]!.file) === split.slice('series '.length);
  };
  return { trained: rows.filter((row) => !isLeft(row)), left: rows.filter(isLeft) };
}

/** What a film is numbered within: a series of normal films, or the ill, whose kinds are numbered together. */
export function seriesOf(file: string): 'IM' | 'NORMAL2' | 'person' {
  return file.startsWith('NORMAL2-') ? 'NORMAL2' : file.startsWith('IM-') ? 'IM' : 'person';
}

/** Block of each film, 0 to `blocks` - 1: each series' patients in the order of their numbers, films shared out evenly. */
export function numberBlocks({ entries }: RadiographSet, blocks: number): Uint8Array {
  const block = new Uint8Array(entries.length);
  const numberOf = (row: number) => Number(/\d+/.exec(entries[row]!.file.replace('NORMAL2', ''))?.[0]);
  for (const series of ['IM', 'NORMAL2', 'person'] as const) {
    const rows = Array.from(entries.keys()).filter((row) => seriesOf(entries[row]!.file) === series);
    rows.sort((a, b) => numberOf(a) - numberOf(b));
    rows.forEach((row, i) => {
      const before = rows[i - 1];
      const samePatient = before !== undefined && numberOf(before) === numberOf(row);
      block[row] = samePatient ? block[before]! : Math.floor((i * blocks) / rows.length);
    });
  }
  return block;
}
