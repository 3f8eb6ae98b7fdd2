import { describe, expect, it } from 'vitest';
import { isPreExcited, qrsBeginning } from './preexcitation.ts';
import { preExcitedBeats } from './preexcited-beats.ts';

const RATE_HZ = 125;
const wave = (t: number, at: number, width: number) => Math.exp(-(((t - at) / width) ** 2) / 2);

interface Shape {
  /** Seconds before the steep part at which a slow one begins, and its height, mV. */
  delta?: { seconds: number; height: number };
  p?: boolean;
  /** P before R, seconds. */
  pToR?: number;
  /** A second slow half of the complex, as in bundle branch block. */
  slowEnd?: boolean;
}

/** Millivolts `t` seconds after R. */
function beatAt(t: number, { delta, p = true, pToR = 0.16, slowEnd = false }: Shape): number {
  let value = wave(t, 0, 0.012) * 1.4 + (p ? 0.12 * wave(t, -pToR, 0.02) : 0) + 0.3 * wave(t, 0.28, 0.05);
  if (slowEnd) value += 0.7 * wave(t, 0.05, 0.025);
  if (delta !== undefined) {
    const start = -0.03 - delta.seconds;
    const rising = (t - start) / delta.seconds;
    if (rising > 0 && t < 0) value += delta.height * Math.min(1.2, rising ** 1.5);
    else if (t >= 0 && t < 0.03) value += 1.2 * delta.height * (1 - t / 0.03);
  }
  return value;
}

const beat = (shape: Shape) =>
  Float32Array.from({ length: 100 }, (_, i) => beatAt((i - 50) / RATE_HZ, shape));
const DELTA = { seconds: 0.06, height: 0.4 };

function row(shapes: readonly Shape[], seconds = 0.8) {
  const peaks = Int32Array.from(shapes, (_, k) => Math.round((0.8 + k * seconds) * RATE_HZ));
  const signal = new Float32Array(Math.round((shapes.length + 1) * seconds * RATE_HZ));
  shapes.forEach((shape, k) => {
    for (let i = -50; i < 50; i++) {
      const at = peaks[k]! + i;
      if (at >= 0 && at < signal.length) signal[at] = signal[at]! + beatAt(i / RATE_HZ, shape);
    }
  });
  return { signal, peaks };
}
const told = (shapes: readonly Shape[]) => {
  const { signal, peaks } = row(shapes);
  return preExcitedBeats(signal, peaks);
};

describe('a beat', () => {
  it('is pre-excited with a P wave, a slow beginning and a wide complex', () => {
    expect(isPreExcited([beat({ delta: DELTA })], RATE_HZ, 50)).toBe(true);
    const begun = qrsBeginning([beat({ delta: DELTA })], RATE_HZ, 50)!;
    expect(begun.slowMs).toBeGreaterThan(40);
    expect(begun.slowMs).toBeLessThan(75);
  });

  it('is not without the slow beginning, however short PR or wide the complex', () => {
    expect(isPreExcited([beat({})], RATE_HZ, 50)).toBe(false);
    expect(isPreExcited([beat({ pToR: 0.11 })], RATE_HZ, 50)).toBe(false);
    expect(isPreExcited([beat({ slowEnd: true })], RATE_HZ, 50)).toBe(false);
  });

  it('is not without a P wave, or with one far before it', () => {
    expect(isPreExcited([beat({ delta: DELTA, p: false })], RATE_HZ, 50)).toBe(false);
    expect(isPreExcited([beat({ delta: DELTA, pToR: 0.23 })], RATE_HZ, 50)).toBe(false);
  });

  it('is the same turned over and in many leads', () => {
    const one = beat({ delta: DELTA });
    expect(isPreExcited([one.map((value) => -value)], RATE_HZ, 50)).toBe(true);
    expect(isPreExcited([one, one.map((value) => -0.5 * value), beat({})], RATE_HZ, 50)).toBe(true);
  });
});

describe('beats of a stretch', () => {
  const sinus = (count: number): Shape[] => Array.from({ length: count }, () => ({}));
  const early = (count: number): Shape[] => Array.from({ length: count }, () => ({ delta: DELTA }));

  it('are told where pre-excitation comes and goes, and none of the others', () => {
    expect(told([...sinus(8), ...early(5), ...sinus(8)])).toEqual([8, 9, 10, 11, 12]);
  });

  it('are told where all are pre-excited', () => {
    expect(told(early(10)).length).toBeGreaterThanOrEqual(9);
  });

  it('are not told without it, or one at a time', () => {
    expect(told(sinus(20))).toEqual([]);
    const alone = Array.from({ length: 20 }, (_, k): Shape => (k % 4 === 2 ? { delta: DELTA } : {}));
    expect(told(alone)).toEqual([]);
  });

  it('are not told where the P wave has no fixed place before them', () => {
    const wandering = [0.12, 0.3, 0.2, 0.36, 0.26, 0.4].map((pToR): Shape => ({ delta: DELTA, pToR }));
    expect(told([...sinus(10), ...wandering, ...sinus(10)])).toEqual([]);
  });
});
