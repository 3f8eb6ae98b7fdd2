import { describe, expect, it } from 'vitest';
import type { LeftOut } from './leave-out.ts';
import { figuresOnArrays, READ_KINDS } from './several-arrays.ts';

const N = 0;
const S = 1;
const V = 2;

/** 40 beats N, 10 S, 10 V, of which the first `missed` S are called N, with logits of one sample. */
function answers(missed: number): LeftOut[] {
  const labels = Uint8Array.from({ length: 60 }, (_, i) => (i < 40 ? N : i < 50 ? S : V));
  const logits = new Float32Array(60 * 4);
  labels.forEach((label, i) => {
    const called = label === S && i - 40 < missed ? N : label;
    // Too far apart for any offset that the scaling tries to change what a beat is called.
    logits[i * 4 + called] = 60;
  });
  return READ_KINDS.map((kind) => ({ record: 'made', kind, labels, logits }));
}

describe('figures on several arrays', () => {
  it('have mean and spread of the arrays but the first, and what the ideal array has beyond', () => {
    const found = figuresOnArrays({ arrays: [answers(9), answers(2), answers(4)], ideal: answers(0) });
    // F1 of S with 10 beats: 8 of them found, 16 / 18; 6 found, 12 / 16; none called S wrongly.
    const f1 = [16 / 18, 12 / 16];
    expect(found.real.S.array[0]).toBeCloseTo((f1[0]! + f1[1]!) / 2, 4);
    expect(found.real.S.array[1]).toBeCloseTo((f1[0]! - f1[1]!) / Math.SQRT2, 4);
    expect(found.real.S.ideal).toBe(1);
    expect(found.real.V.array).toEqual([1, 0]);
    expect(found.scores).toEqual([1.8889, 1.75]);
    expect(found.idealScore).toBe(2);
    expect(found.real.accuracy.array[0]).toBeCloseTo((58 / 60 + 56 / 60) / 2, 4);
  });

  it('count the made rhythm for half of the supraventricular part of the score', () => {
    const [real] = answers(0);
    const mixed = [real!, { ...answers(10)[1]! }];
    const found = figuresOnArrays({ arrays: [answers(0), mixed, mixed], ideal: mixed });
    expect(found.dominant.S.ideal).toBe(0);
    expect(found.score).toEqual([1.5, 0]);
  });
});
