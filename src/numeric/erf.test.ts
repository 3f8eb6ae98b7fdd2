import { expect, it } from 'vitest';
import { erf } from './erf.ts';

it('agrees with the tables (Abramowitz and Stegun, table 7.1)', () => {
  const table: [number, number][] = [
    [0, 0],
    [0.1, 0.112462916],
    [0.5, 0.5204998778],
    [1, 0.8427007929],
    [1.5, 0.9661051465],
    [2, 0.995322265],
  ];
  for (const [x, value] of table) {
    expect(Math.abs(erf(x) - value)).toBeLessThan(1.5e-7);
    expect(Math.abs(erf(-x) + value)).toBeLessThan(1.5e-7);
  }
  expect(erf(10)).toBe(1);
});
