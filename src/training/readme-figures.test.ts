import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { readmeWithFigures } from './readme-figures.ts';

it('the README’s figures are those of the last evaluations', () => {
  const readme = readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8');
  expect(readmeWithFigures(readme)).toBe(readme);
});
