import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dataFolder } from './data-folder.ts';
import { rhythmCard, rhythmFiguresSchema } from './rhythm-card.ts';
import { CINC_CLASSES, cincLabels } from './rhythm-dataset.ts';
import { readFolds, stratifiedFolds } from './rhythm-folds.ts';

const folder = dataFolder();

describe('folds of the rhythm network', () => {
  it('hold every recording once', () => {
    const names = readFolds().flat();
    expect(new Set(names).size).toBe(names.length);
    expect(names).toHaveLength(5000);
  });

  it.skipIf(folder === null)('are those of the labels that are here, each class alike in all', () => {
    const labels = cincLabels(folder!);
    expect(readFolds()).toEqual(stratifiedFolds(labels));
    const labelOf = new Map(labels.map(({ record, label }) => [record, label]));
    CINC_CLASSES.forEach((_, c) => {
      const counts = readFolds().map((names) => names.filter((name) => labelOf.get(name) === c).length);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    });
  });
});

describe('figures of the rhythm network', () => {
  it('in the card are those of figures.json, of the shipped weights', () => {
    const at = (name: string) => new URL(`../../models/ecg-rhythm/${name}`, import.meta.url);
    const figures = rhythmFiguresSchema.parse(JSON.parse(readFileSync(at('figures.json'), 'utf8')));
    const card = readFileSync(at('MODEL_CARD.md'), 'utf8');
    expect(rhythmCard(card, figures)).toBe(card);
    const weights = readFileSync(at('weights.safetensors'));
    expect(createHash('sha256').update(weights).digest('hex')).toBe(figures.weightsSha256);
    const last = readFileSync(at('evaluation-log.jsonl'), 'utf8').trim().split('\n').at(-1)!;
    expect(JSON.parse(last).mitBih).toEqual(figures.mitBih);
  });
});
