import { expect, it } from 'vitest';
import type { BeatTable } from '../../../src/contract/ecg.ts';
import { beatOfPair } from './beat-of-pair.ts';

it('leads from a pair of intervals to the beat between them', () => {
  // 250 Hz: RR 800, 480, 1120, 800, 6000, 800 ms.
  const beats = { sample: Int32Array.of(0, 200, 320, 600, 800, 2300, 2500) } as BeatTable;
  expect(beatOfPair(beats, 250, 490, 1100, 50)).toBe(2);
  expect(beatOfPair(beats, 250, 1120, 800, 1)).toBe(3);
  expect(beatOfPair(beats, 250, 2000, 2000, 50)).toBe(-1);
  expect(beatOfPair({ sample: new Int32Array(0) } as BeatTable, 250, 800, 800, 500)).toBe(-1);
});
