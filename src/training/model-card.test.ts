import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseBeatModel } from '../diagnosis/ecg-beats/beat-model.ts';
import { BEAT_INPUT_SPEC } from '../ecg/beats.ts';
import { macsByLayer } from '../imc/shapes.ts';
import { cardSources } from './card-sources.ts';
import { evaluationEntrySchema } from './evaluation.ts';
import { cardWithFigures } from './model-card.ts';

const FOLDER = resolve(import.meta.dirname, '../../models/ecg-beats');
const text = (name: string): string => readFileSync(resolve(FOLDER, name), 'utf8');
const lastEntry = () => {
  const lines = text('evaluation-log.jsonl').trimEnd().split('\n');
  return evaluationEntrySchema.parse(JSON.parse(lines[lines.length - 1]!));
};

describe('the shipped beat model', () => {
  const weights = readFileSync(resolve(FOLDER, 'weights.safetensors'));
  const model = parseBeatModel(
    JSON.parse(text('model.json')),
    weights,
    JSON.parse(text('calibration.json')),
    'ecg-beats',
  );

  it('takes the inputs that this version computes, within 0.3 million multiplications a beat', () => {
    expect(model.input).toEqual(BEAT_INPUT_SPEC);
    const macs = macsByLayer(model.network).reduce((sum, layer) => sum + layer.macs, 0);
    expect(macs).toBeLessThanOrEqual(300_000);
  });

  it('has figures of its own: the last look at DS2 was at these weights', () => {
    const entry = lastEntry();
    expect(entry.weightsSha256).toBe(createHash('sha256').update(weights).digest('hex'));
    expect(entry.calibrationId).toBe(model.calibration.id);
  });

  it('has a card that says what the last entry of the log says', () => {
    const card = text('MODEL_CARD.md');
    expect(cardWithFigures(card, cardSources(FOLDER))).toBe(card);
    expect(JSON.parse(text('figures.json'))).toEqual(lastEntry());
  });
});

describe('card', () => {
  it('changes with the figures and refuses to guess where they belong', () => {
    const sources = cardSources(FOLDER);
    const { entry } = sources;
    const card = text('MODEL_CARD.md');
    const other = { ...entry, counts: { ...entry.counts, detected: entry.counts.detected + 1 } };
    expect(cardWithFigures(card, { ...sources, entry: other })).not.toBe(card);
    expect(() => cardWithFigures('# no place', sources)).toThrow(/no place/);
  });
});
