/** What is said of the detector, of rhythm and of intervals against the last entries of their logs. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { docsWithIntervals, lastIntervalsEntry } from './intervals-card.ts';
import { rhythmCard, rhythmFiguresSchema } from './rhythm-card.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const text = (path: string): string => readFileSync(resolve(ROOT, path), 'utf8');
const json = (path: string) => JSON.parse(text(path));
const lastLine = (model: string) =>
  JSON.parse(text(`models/${model}/evaluation-log.jsonl`).trimEnd().split('\n').at(-1)!);

describe('rhythm', () => {
  const figures = rhythmFiguresSchema.parse(json('models/ecg-rhythm/figures.json'));

  it('has a card of the figures that were logged, of the weights that ship', () => {
    const card = text('models/ecg-rhythm/MODEL_CARD.md');
    expect(rhythmCard(card, figures)).toBe(card);
    const { mitBih, calibrationId, weightsSha256 } = lastLine('ecg-rhythm');
    expect(json('models/ecg-rhythm/figures.json').mitBih).toEqual(mitBih);
    expect([figures.calibrationId, figures.weightsSha256]).toEqual([calibrationId, weightsSha256]);
    const weights = readFileSync(resolve(ROOT, 'models/ecg-rhythm/weights.safetensors'));
    expect(createHash('sha256').update(weights).digest('hex')).toBe(weightsSha256);
  });

  it('has a card that changes with the figures', () => {
    const card = text('models/ecg-rhythm/MODEL_CARD.md');
    const flutter = { ...figures.mitBih.ventricularFlutter, hours: 99 };
    const other = { ...figures, mitBih: { ...figures.mitBih, ventricularFlutter: flutter } };
    expect(rhythmCard(card, other)).not.toBe(card);
  });
});

describe('QRS complexes', () => {
  it('have the figures that were logged last', () => {
    expect(json('models/ecg-qrs/figures.json')).toEqual(lastLine('ecg-qrs'));
  });
});

describe('intervals', () => {
  const page = text('docs/ecg-signal.md');

  it('have a page of the figures that were logged last', () => {
    const entry = lastIntervalsEntry();
    expect(docsWithIntervals(page, entry)).toBe(page);
    expect(json('models/ecg-intervals/figures.json')).toEqual(lastLine('ecg-intervals'));
  });

  it('have a page that changes with the figures', () => {
    const entry = lastIntervalsEntry();
    const test = { ...entry.figures.test, waves: { ...entry.figures.test.waves } };
    test.waves.p = { marked: 2, sensitivity: 0.5, positivePredictivity: 0.5 };
    expect(docsWithIntervals(page, { ...entry, figures: { ...entry.figures, test } })).not.toBe(page);
  });
});
