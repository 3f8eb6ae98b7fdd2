import { describe, expect, it } from 'vitest';
import type { RadiographSet } from './radiograph-dataset.ts';
import { numberBlocks, SPLITS, seriesOf, splitRows } from './radiograph-splits.ts';

/** Three films of every second patient, one of the others, of all series. */
function films(): RadiographSet {
  const names = Array.from({ length: 100 }, (_, k) => k + 1).flatMap((number) => {
    const four = String(number).padStart(4, '0');
    return [
      { patient: `i${number}`, subtype: 'normal', file: (n: number) => `IM-${four}-000${n}.jpeg` },
      { patient: `n${number}`, subtype: 'normal', file: (n: number) => `NORMAL2-IM-${four}-000${n}.jpeg` },
      {
        patient: `p${number}`,
        subtype: number % 3 === 0 ? 'virus' : 'bacteria',
        file: (n: number) => `person${number}_${number % 3 === 0 ? 'virus' : 'bacteria'}_${n}.jpeg`,
      },
    ].flatMap(({ file, ...rest }) =>
      Array.from({ length: number % 2 === 0 ? 3 : 1 }, (_, n) => ({ ...rest, file: file(n + 1) })),
    );
  });
  return {
    side: 1,
    pixels: new Uint8Array(names.length),
    labels: Uint8Array.from(names, ({ subtype }) => (subtype === 'normal' ? 0 : 1)),
    entries: names.map((name) => ({ ...name, split: 'train', ageYears: null, sex: null, view: null })),
  };
}

const set = films();
const numberOf = (file: string) => Number(/(?:IM-|person)(\d+)/.exec(file)![1]);

describe.each(SPLITS)('leaving out %s', (split) => {
  const { trained, left } = splitRows(set, split);

  it('parts films without parting a patient, with both classes on both sides', () => {
    expect(trained.length + left.length).toBe(set.labels.length);
    const patients = new Set(trained.map((row) => set.entries[row]!.patient));
    expect(left.some((row) => patients.has(set.entries[row]!.patient))).toBe(false);
    for (const rows of [trained, left]) {
      expect(new Set(rows.map((row) => set.labels[row])).size).toBe(2);
    }
  });
});

it('leaves out the ends of each series by number', () => {
  for (const [split, isEnd] of [
    ['lowest numbers', (left: number, trained: number) => left < trained],
    ['highest numbers', (left: number, trained: number) => left > trained],
  ] as const) {
    const { trained, left } = splitRows(set, split);
    for (const series of ['IM', 'NORMAL2', 'person'] as const) {
      const of = (rows: number[]) =>
        rows
          .map((row) => set.entries[row]!.file)
          .filter((file) => seriesOf(file) === series)
          .map(numberOf);
      for (const number of of(left)) expect(of(trained).every((other) => isEnd(number, other))).toBe(true);
      expect(of(left).length / (of(left).length + of(trained).length)).toBeCloseTo(0.2, 1);
    }
  }
});

it('shares films out evenly over blocks of neighbouring numbers', () => {
  const counts = [0, 0, 0, 0, 0];
  for (const block of numberBlocks(set, 5)) counts[block]!++;
  for (const count of counts) expect(count / set.labels.length).toBeCloseTo(0.2, 1);
});

it('leaves out no normal film of the other series', () => {
  const { left } = splitRows(set, 'series IM');
  const normals = left.filter((row) => set.labels[row] === 0).map((row) => set.entries[row]!.file);
  expect(normals.every((file) => file.startsWith('IM-'))).toBe(true);
  expect(normals.length).toBe(set.entries.filter(({ file }) => file.startsWith('IM-')).length);
});
