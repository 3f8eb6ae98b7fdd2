import { expect, it } from 'vitest';
import { traceColumns } from '../strip/trace-columns.ts';
import { colourWord, paintTrace } from './row-pictures.ts';

function painted(samples: Float32Array, width: number, height: number, baseline: number): string[] {
  const image = { width, height, data: new Uint8ClampedArray(4 * width * height) };
  const { values } = traceColumns(samples, 0, 0, samples.length / width, width);
  paintTrace(image, values, baseline, 1, colourWord('#ffffff'));
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => (image.data[4 * (y * width + x) + 3] === 255 ? '#' : '.')).join(
      '',
    ),
  );
}

it('shows a spike of one sample in its column, and flanks without gaps', () => {
  const samples = new Float32Array(600);
  samples[250] = 3;
  // Column 2 of 6 rises to 3 and falls back.
  expect(painted(samples, 6, 5, 3)).toEqual(['..#...', '..#...', '..#...', '######', '......']);
});

it('puts the median of the row on its baseline and leaves lost signal empty', () => {
  const samples = new Float32Array(600).fill(7);
  samples.fill(Number.NaN, 100, 300);
  expect(painted(samples, 6, 3, 1)).toEqual(['......', '#..###', '......']);
});

it('joins a step of the level between two columns', () => {
  const samples = new Float32Array(600).fill(0);
  samples.fill(2, 400);
  expect(painted(samples, 6, 4, 2)).toEqual(['....##', '....#.', '#####.', '......'].map((line) => line));
});

it('writes colours as pixels lie in memory', () => {
  const bytes = new Uint8Array(new Uint32Array([colourWord('#10a51a')]).buffer);
  expect([...bytes]).toEqual([0x10, 0xa5, 0x1a, 0xff]);
});
