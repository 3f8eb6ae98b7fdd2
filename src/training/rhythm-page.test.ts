import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { docsWithConduction, lastConductionFigures } from './conduction-card.ts';
import { docsWithTachycardia, TACHYCARDIA, tachycardiaFiguresSchema } from './tachycardia-card.ts';

const text = (path: string) => readFileSync(resolve(import.meta.dirname, '../..', path), 'utf8');
const page = text('docs/rhythm.md');

it('the page on rhythm says of AV block and pre-excitation what the last entry of the log says', () => {
  const figures = lastConductionFigures();
  expect(docsWithConduction(page, figures)).toBe(page);
  const other = {
    ...figures,
    test: { ...figures.test, mitBih: { ...figures.test.mitBih, falseEpisodes: 99 } },
  };
  expect(docsWithConduction(page, other)).not.toBe(page);
  const real = { ...figures.test.preExcitation.real, allLeads: 99 };
  const alarmed = { ...figures.test, preExcitation: { ...figures.test.preExcitation, real } };
  expect(docsWithConduction(page, { ...figures, test: alarmed })).not.toBe(page);
});

it('the page on rhythm says of tachycardias what was measured last', () => {
  const figures = tachycardiaFiguresSchema.parse(JSON.parse(readFileSync(TACHYCARDIA, 'utf8')));
  expect(docsWithTachycardia(page, figures)).toBe(page);
  expect(docsWithTachycardia(page, { ...figures, hours: 1 })).not.toBe(page);
});
