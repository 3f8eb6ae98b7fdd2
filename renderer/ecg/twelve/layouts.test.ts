import { expect, it } from 'vitest';
import { leadPage, STANDARD_LEADS, usualRhythmLead } from './layouts.ts';

it('puts limb leads left of precordial leads and the rhythm strip below', () => {
  const { rows, cells } = leadPage('3x4+1', STANDARD_LEADS, 1);
  expect(rows).toBe(4);
  const seen = (row: number) => cells.filter((cell) => cell.row === row).map(({ name }) => name);
  expect([0, 1, 2, 3].map(seen)).toEqual([
    ['I', 'aVR', 'V1', 'V4'],
    ['II', 'aVL', 'V2', 'V5'],
    ['III', 'aVF', 'V3', 'V6'],
    ['II'],
  ]);
  expect(cells.find(({ name }) => name === 'V4')).toMatchObject({ fromSeconds: 7.5, toSeconds: 10 });
});

it('shows two columns of six, and twelve rows', () => {
  const two = leadPage('6x2', STANDARD_LEADS, 1);
  expect(two.rows).toBe(6);
  expect(two.cells.find(({ name }) => name === 'V2')).toMatchObject({
    row: 1,
    fromSeconds: 5,
    toSeconds: 10,
  });
  expect(leadPage('12x1', STANDARD_LEADS, 1).cells.map(({ row }) => row)).toEqual([...STANDARD_LEADS.keys()]);
});

it('leaves the place of a missing lead empty and finds leads in any order', () => {
  const leads = ['V6', 'II', 'I'];
  const { cells } = leadPage('12x1', leads, usualRhythmLead(leads));
  expect(cells.map(({ name, lead, row }) => [name, lead, row])).toEqual([
    ['I', 2, 0],
    ['II', 1, 1],
    ['V6', 0, 11],
  ]);
  expect(leadPage('rhythm', leads, 1).cells[0]).toMatchObject({ name: 'II', toSeconds: 10 });
});
