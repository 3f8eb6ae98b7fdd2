import { expect, it } from 'vitest';
import { traceColumns } from './trace-columns.ts';

it('keeps a spike of one sample however many samples a column holds', () => {
  const samples = new Float32Array(10_000);
  samples[7777] = 3;
  const { values, columns } = traceColumns(samples, 0, 0, 100, 100);
  const peaks = Array.from({ length: columns }, (_, column) => values[column * 4 + 2]);
  expect(peaks.indexOf(3)).toBe(77);
  expect(peaks.filter((value) => value === 3)).toHaveLength(1);
});

it('gives first, lowest, highest and last value of each column', () => {
  const { values } = traceColumns(Float32Array.of(5, 1, 9, 4, 2, 2), 0, 0, 3, 2);
  expect([...values]).toEqual([5, 1, 9, 9, 4, 2, 4, 2]);
});

it('puts every sample into exactly one column when a column is no whole number of samples', () => {
  const samples = Float32Array.from({ length: 1000 }, (_, i) => i);
  const { values } = traceColumns(samples, 0, 0, 3.6, 278);
  for (let column = 1; column < 277; column++) {
    expect(values[column * 4]).toBe(values[(column - 1) * 4 + 3]! + 1);
  }
});

it('shows the same column for the same stretch wherever the window begins', () => {
  const samples = Float32Array.from({ length: 4000 }, (_, i) => Math.sin(i * 1.7));
  const whole = traceColumns(samples, 0, 0, 3.6, 1000);
  const part = traceColumns(samples.subarray(1000), 1000, 360 * 3.6, 3.6, 100);
  expect([...part.values]).toEqual([...whole.values.subarray(360 * 4, 460 * 4)]);
});

it('leaves missing samples and what is outside of the recording empty', () => {
  const { values } = traceColumns(Float32Array.of(Number.NaN, Number.NaN, 1, Number.NaN), 0, -2, 2, 4);
  expect(Number.isNaN(values[0]!)).toBe(true);
  expect(Number.isNaN(values[4]!)).toBe(true);
  expect([...values.subarray(8, 12)]).toEqual([1, 1, 1, 1]);
  expect(Number.isNaN(values[12]!)).toBe(true);
});
