import { describe, expect, it } from 'vitest';
import { gaussians, RandomStream } from '../numeric/random.ts';
import type { LeftOut } from './leave-out.ts';
import { bestTemperature, decisionScaling, patientNll, scaled, UNSCALED } from './vector-scaling.ts';

const BEATS = 30_000;
const CLASSES = 4;

/** Logits of one sample a beat, and labels drawn from the softmax of (logits + offsets) / temperature. */
function drawn(temperature: number, offsets: readonly number[]): LeftOut[] {
  const random = new RandomStream({ seed: 3, words: [0, 0, 0] });
  const logits = gaussians({ seed: 3, words: [1, 0, 0] }, BEATS * CLASSES).map((z) => 4 * z);
  const labels = Uint8Array.from({ length: BEATS }, (_, i) => {
    const weights = offsets.map((b, c) => Math.exp((logits[i * CLASSES + c]! + b) / temperature));
    const at = random.uniform() * weights.reduce((sum, w) => sum + w, 0);
    let sum = 0;
    const label = weights.findIndex((w) => {
      sum += w;
      return at < sum;
    });
    return Math.max(0, label);
  });
  return [{ record: 'made', kind: 'real', labels, logits }];
}

describe('scaling', () => {
  it('finds the temperature that the labels were drawn with', () => {
    for (const temperature of [0.7, 1, 2.2]) {
      const found = bestTemperature(drawn(temperature, [0, 0, 0, 0]), [0, 0, 0, 0]);
      expect(Math.abs(Math.log(found.temperature / temperature))).toBeLessThan(0.08);
    }
  });

  it('gives the likelihood of the scaled logits', () => {
    const leftOut = drawn(1.5, [0, 0, 0, 0]);
    const scaling = { temperature: 1.5, offsets: [0, 0.3, -0.2, 1] };
    const applied = leftOut.map((one) => ({ ...one, logits: scaled(one.logits, scaling) }));
    expect(patientNll(applied, UNSCALED)).toBeCloseTo(patientNll(leftOut, scaling), 5);
  });

  it('moves decisions towards a class that the logits neglect', () => {
    const { offsets } = decisionScaling(drawn(1, [0, 3, 0, 0]));
    expect(offsets[0]).toBe(0);
    expect(offsets[1]).toBeGreaterThan(1.5);
  });
});
