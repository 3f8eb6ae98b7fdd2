/**
 * Reads what the model card's figures are made from. `node src/training/card-sources.ts` writes them into the card
 * again without another look at the test set.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { evaluationEntrySchema } from './evaluation.ts';
import {
  type CardSources,
  cardWithFigures,
  crossValidationFiguresSchema,
  outOfKnowledgeSchema,
} from './model-card.ts';

/** @param folder of the model; the last entry of its log counts */
export function cardSources(folder: string): CardSources {
  const text = (name: string): string => readFileSync(resolve(folder, name), 'utf8');
  const lines = text('evaluation-log.jsonl').trimEnd().split('\n');
  return {
    entry: evaluationEntrySchema.parse(JSON.parse(lines[lines.length - 1]!)),
    crossValidation: crossValidationFiguresSchema.parse(JSON.parse(text('cross-validation.json'))),
    outOfKnowledge: outOfKnowledgeSchema.parse(JSON.parse(text('out-of-knowledge.json'))),
  };
}

if (import.meta.main) {
  const folder = resolve(import.meta.dirname, '../../models/ecg-beats');
  const path = resolve(folder, 'MODEL_CARD.md');
  writeFileSync(path, cardWithFigures(readFileSync(path, 'utf8'), cardSources(folder)));
}
