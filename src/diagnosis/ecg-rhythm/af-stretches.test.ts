import { describe, expect, it } from 'vitest';
import { findAtrialFibrillation, type WindowAnswers } from './af-stretches.ts';

const RATE_HZ = 100;
const SAMPLES = 4;

/** Windows of 30 s, 10 s apart, each with its probability of A in every sample; null: not judged. */
function windowsOf(af: readonly (number | number[] | null)[]): WindowAnswers {
  const ensemble = new Float32Array(af.length * SAMPLES * 4);
  const probabilities = new Float32Array(af.length * 4);
  af.forEach((value, w) => {
    for (let s = 0; s < SAMPLES; s++) {
      const p = value === null ? 0 : typeof value === 'number' ? value : value[s]!;
      ensemble.set([1 - p, p, 0, 0], (w * SAMPLES + s) * 4);
      probabilities[w * 4] += (1 - p) / SAMPLES;
      probabilities[w * 4 + 1] += p / SAMPLES;
    }
  });
  return {
    startSample: Int32Array.from(af, (_, w) => w * 10 * RATE_HZ),
    endSample: Int32Array.from(af, (_, w) => (w * 10 + 30) * RATE_HZ),
    judged: Uint8Array.from(af, (value) => Number(value !== null)),
    probabilities,
    ensemble,
  };
}

describe('atrial fibrillation over a recording', () => {
  it('is where the mean of the windows that hold a moment is at least a half', () => {
    const { stretches, burden } = findAtrialFibrillation(
      windowsOf([0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0]),
      SAMPLES,
      new Int32Array(0),
      RATE_HZ,
    );
    expect(stretches).toHaveLength(1);
    // Cells 40 s to 50 s (windows 2, 3, 4: 0, 1, 1) to 80 s to 90 s (windows 6, 7, 8: 1, 1, 0).
    expect([stretches[0]!.startSample, stretches[0]!.endSample]).toEqual([40 * RATE_HZ, 90 * RATE_HZ]);
    expect(burden!.fraction).toBeCloseTo(50 / 130, 6);
    expect(burden!.interval90).toEqual({ low: burden!.fraction, high: burden!.fraction });
  });

  it('shorter than 30 s is no episode', () => {
    const { stretches } = findAtrialFibrillation(
      windowsOf([0, 0, 0, 0, 1, 1, 0, 0, 0, 0]),
      SAMPLES,
      new Int32Array(0),
      RATE_HZ,
    );
    expect(stretches).toHaveLength(0);
  });

  it('is not judged from windows that nobody can read', () => {
    const answer = findAtrialFibrillation(windowsOf([null, null]), SAMPLES, new Int32Array(0), RATE_HZ);
    expect(answer).toEqual({ stretches: [], burden: null });
  });

  it('has an interval where the samples disagree', () => {
    const doubtful = [0.9, 0.8, 0.4, 0.7];
    const { stretches, burden } = findAtrialFibrillation(
      windowsOf([doubtful, doubtful, doubtful, doubtful]),
      SAMPLES,
      new Int32Array(0),
      RATE_HZ,
    );
    expect(stretches[0]!.probability).toBeCloseTo(0.7, 6);
    expect(stretches[0]!.interval90.low).toBeLessThan(0.5);
    expect(burden!.fraction).toBe(1);
    expect(burden!.interval90!.low).toBeLessThan(0.5);
  });

  it('begins at the beat where intervals become irregular', () => {
    const beats: number[] = [];
    let at = 0;
    for (let i = 0; at < 130 * RATE_HZ; i++) {
      beats.push(at);
      const inAf = at > 46 * RATE_HZ && at < 95 * RATE_HZ;
      at += inAf ? [55, 90, 70, 110, 60, 95, 80][i % 7]! : 80;
    }
    const { stretches } = findAtrialFibrillation(
      windowsOf([0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0]),
      SAMPLES,
      Int32Array.from(beats),
      RATE_HZ,
    );
    expect(Math.abs(stretches[0]!.startSample - 46 * RATE_HZ)).toBeLessThan(2 * RATE_HZ);
    expect(Math.abs(stretches[0]!.endSample - 95 * RATE_HZ)).toBeLessThan(2 * RATE_HZ);
  });
});
