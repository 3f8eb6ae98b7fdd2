import { expect, it } from 'vitest';
import { selectiveFigures } from './selective.ts';

it('areas of a short list are those counted by hand', () => {
  // Sorted: right, wrong, right, wrong. Risks 0, 1/2, 1/3, 2/4.
  const figures = selectiveFigures([0.7, 0.9, 0.6, 0.8], [false, false, true, true]);
  expect(figures.aurc).toBeCloseTo((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4);
  expect(figures.augrc).toBeCloseTo((0 + 1 / 4 + 1 / 4 + 2 / 4) / 4);
});

it('the least certain tenth holds the errors that are there, and ties are shared out', () => {
  const certainty = Array.from({ length: 20 }, (_, i) => i);
  const wrong = certainty.map((i) => i < 1 || i === 10);
  expect(selectiveFigures(certainty, wrong).errorsInLeastCertainTenth).toBeCloseTo(0.5);
  const equal = new Array<number>(20).fill(0.5);
  expect(selectiveFigures(equal, wrong).errorsInLeastCertainTenth).toBeCloseTo(0.1);
  expect(selectiveFigures(equal, wrong).aurc).toBeCloseTo(0.1);
});

it('has no share of errors where there are none', () => {
  expect(selectiveFigures([1, 0], [false, false])).toEqual({
    aurc: 0,
    augrc: 0,
    errorsInLeastCertainTenth: Number.NaN,
  });
});
