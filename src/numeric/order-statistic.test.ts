import { expect, it } from 'vitest';
import { selectInPlace } from './order-statistic.ts';
import { RandomStream } from './random.ts';

it('finds what sorting finds, with ties, values that are no numbers, and sorted both ways', () => {
  const random = new RandomStream({ seed: 5, words: [0, 0, 0] });
  for (let round = 0; round < 300; round++) {
    const length = 1 + Math.floor(random.uniform() * 60);
    const values = Float64Array.from({ length }, () => Math.round(random.uniform() * 20));
    if (round % 3 === 0) values[length >> 1] = Number.NaN;
    if (round % 5 === 0) values.sort();
    if (round % 7 === 0) values.reverse();
    const sorted = values.slice().sort();
    for (let k = 0; k < length; k++) expect(selectInPlace(values.slice(), k)).toBe(sorted[k]);
  }
});

it('leaves nothing larger below the place asked for', () => {
  const values = Float32Array.from([5, 1, 4, 1, 3, 9, 2, 6]);
  const value = selectInPlace(values, 4);
  expect(Math.max(...values.subarray(0, 4))).toBeLessThanOrEqual(value);
});
