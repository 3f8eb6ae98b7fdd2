import { expect, it } from 'vitest';
import { writtenName } from './patient-name.ts';

it('writes a name in one form, only as far as it is known', () => {
  expect(writtenName({ family: 'Zyxgrove', given: 'Wilmo', middle: 'A.' })).toBe('Zyxgrove, Wilmo A.');
  expect(writtenName({ family: ' Zyxgrove ', given: '' })).toBe('Zyxgrove');
  expect(writtenName({ given: 'Wilmo' })).toBe('Wilmo');
  expect(writtenName({})).toBe('');
});
