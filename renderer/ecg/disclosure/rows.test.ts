import { expect, it } from 'vitest';
import { rowGeometry, rowsInView, scrollToShow } from './rows.ts';

it('cuts a day into rows of a minute and the last one short', () => {
  expect(rowGeometry(86_400, 60, 5).rows).toBe(1440);
  expect(rowGeometry(86_401, 60, 5).rows).toBe(1441);
  expect(rowGeometry(5, 60, 5).rows).toBe(1);
});

it('knows which rows are in view, also beyond the ends', () => {
  const geometry = { ...rowGeometry(6000, 60, 5), rowPx: 50 };
  expect(rowsInView(geometry, 0, 200)).toEqual([0, 3]);
  expect(rowsInView(geometry, 10, 200)).toEqual([0, 4]);
  expect(rowsInView(geometry, 4990, 200)).toEqual([99, 99]);
  expect(rowsInView(geometry, 0, 99_999)).toEqual([0, 99]);
});

it('scrolls no further than a row needs to be seen whole', () => {
  const geometry = { ...rowGeometry(6000, 60, 5), rowPx: 50 };
  expect(scrollToShow(geometry, 5, 0, 400)).toBe(0);
  expect(scrollToShow(geometry, 9, 0, 400)).toBe(100);
  expect(scrollToShow(geometry, 2, 300, 400)).toBe(100);
});
