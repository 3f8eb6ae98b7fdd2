import { describe, expect, it } from 'vitest';
import type { DenseLayer } from '../imc/network.ts';
import { perturbedWeights } from '../imc/training-noise.ts';
import { Posterior } from './posterior.ts';
import { readDeviceProfile } from './reference-condition.ts';

const PROFILE = readDeviceProfile('pcm-nandakumar-2019');
const ROWS = 200;

/** Common modes after some hundred steps on the loss curvature / 2 times the mean squared weight. */
function trained(curvature: number, temper: number): Float32Array {
  const layer: DenseLayer = {
    kind: 'dense',
    name: 'only',
    inFeatures: ROWS,
    outFeatures: 1,
    activation: 'none',
    weights: Float32Array.from({ length: ROWS }, (_, i) => (i === 0 ? 1 : 0.2 * Math.sin(i))),
    bias: new Float32Array(1),
  };
  const posterior = new Posterior([layer], PROFILE, 32, 1000, {
    priorDeviations: 1,
    temper,
    commonModeRate: 1,
    commonModeStart: 0.2,
  });
  for (let step = 0; step < 300; step++) {
    posterior.advance();
    const used = perturbedWeights(layer.weights, 1, ROWS, PROFILE, {
      driftSeconds: 86_400,
      stream: { seed: 4, layer: 0, step },
      ...posterior.of(layer),
    });
    const gradient = used.map((value, i) => curvature * (value - layer.weights[i]!));
    posterior.regularise(layer, layer.weights, gradient, 2e-3);
    if (step >= 250) posterior.average();
  }
  posterior.store([layer]);
  return layer.commonMode!;
}

const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('a posterior in training', () => {
  it('spreads weights that do not matter and narrows those that do, within what the pair can hold', () => {
    const loose = trained(0, 1);
    const tight = trained(1, 1);
    expect(mean(loose)).toBeGreaterThan(0.5);
    expect(mean(tight)).toBeLessThan(0.1);
    for (const modes of [loose, tight]) {
      modes.forEach((mode, i) => {
        const weight = i === 0 ? 1 : 0.2 * Math.sin(i);
        expect(mode).toBeGreaterThanOrEqual(0);
        expect(mode).toBeLessThanOrEqual(1 - Math.abs(weight) + 1e-6);
      });
    }
  });

  it('follows the loss alone where the divergence counts nothing', () => {
    expect(mean(trained(1, 0))).toBeLessThan(mean(trained(1, 1)) + 1e-6);
    expect(mean(trained(0, 0))).toBeCloseTo(0.2, 1);
  });

  it('pulls means to the prior by their distance from it', () => {
    const layer: DenseLayer = {
      kind: 'dense',
      name: 'only',
      inFeatures: 2,
      outFeatures: 1,
      activation: 'none',
      weights: Float32Array.of(1, -0.5),
      bias: new Float32Array(1),
    };
    const posterior = new Posterior([layer], PROFILE, 32, 100, {
      priorDeviations: 0.5,
      temper: 1,
      commonModeRate: 1,
      commonModeStart: 0,
    });
    posterior.advance();
    const gradient = new Float32Array(2);
    posterior.regularise(layer, layer.weights, gradient, 1e-3);
    // Prior deviation 0.5 sqrt(2 / 2); mean / variance / beats.
    expect(gradient[0]).toBeCloseTo(1 / 0.25 / 100, 6);
    expect(gradient[1]).toBeCloseTo(-0.5 / 0.25 / 100, 6);
  });
});
