import { expect, test } from 'vitest';
import { leastSquares } from './least-squares.ts';

test('as many equations as unknowns are solved exactly', () => {
  const solution = leastSquares(
    [
      [0, 2, 1],
      [1, 1, 0],
      [3, 0, -1],
    ],
    [7, 3, 0],
  );
  for (const [i, value] of [1, 2, 3].entries()) expect(solution[i]).toBeCloseTo(value, 9);
});

test('more equations give the line nearest to all points', () => {
  // (0, 0), (1, 2), (2, 1): y = 1/2 + 1/2 x.
  const [intercept, slope] = leastSquares(
    [
      [1, 0],
      [1, 1],
      [1, 2],
    ],
    [0, 2, 1],
  );
  expect(intercept).toBeCloseTo(0.5, 12);
  expect(slope).toBeCloseTo(0.5, 12);
});

test('equations that say the same are refused', () => {
  expect(() =>
    leastSquares(
      [
        [1, 2],
        [2, 4],
      ],
      [1, 2],
    ),
  ).toThrow(RangeError);
});
