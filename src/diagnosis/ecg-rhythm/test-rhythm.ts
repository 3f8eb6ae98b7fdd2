/** A made-up answer of the rhythm network for tests: sinus rhythm throughout unless stretches are given. */
import type { RhythmSignal } from '../../contract/rhythm.ts';

/** @param af stretches of atrial fibrillation, seconds */
export function testRhythm(
  seconds: number,
  samplingRateHz: number,
  af: readonly (readonly [from: number, to: number])[] = [],
): RhythmSignal {
  const count = Math.max(1, Math.floor((seconds - 30) / 10) + 1);
  const startSecond = Array.from({ length: count }, (_, w) => w * 10);
  const probabilities = new Float32Array(count * 4);
  startSecond.forEach((start, w) => {
    const inside = af.some(([from, to]) => start + 15 >= from && start + 15 < to);
    probabilities.set(inside ? [0.03, 0.88, 0.08, 0.01] : [0.9, 0.02, 0.07, 0.01], w * 4);
  });
  const total = af.reduce((sum, [from, to]) => sum + to - from, 0) / seconds;
  return {
    windows: {
      startSample: Int32Array.from(startSecond, (start) => start * samplingRateHz),
      endSample: Int32Array.from(startSecond, (start) => (start + 30) * samplingRateHz),
      judged: new Uint8Array(count).fill(1),
      probabilities,
      probabilityLow: probabilities.map((p) => Math.max(0, p - 0.05)),
      probabilityHigh: probabilities.map((p) => Math.min(1, p + 0.05)),
      aleatoric: new Float32Array(count).fill(0.2),
      epistemic: new Float32Array(count).fill(0.01),
      recommendation: new Uint8Array(count),
      pSteadiness: new Float32Array(count).fill(0.7),
    },
    atrialFibrillation: af.map(([from, to]) => ({
      startSample: from * samplingRateHz,
      endSample: to * samplingRateHz,
      probability: 0.88,
      interval90: { low: 0.83, high: 0.93 },
    })),
    fibrillation: [],
    paced: false,
    afBurden: { fraction: total, interval90: { low: total, high: Math.min(1, total * 1.1) } },
  };
}
