import { describe, expect, it } from 'vitest';
import { type ArrayLayer, isArrayLayer, type Network } from '../imc/network.ts';
import { runIdealFp32 } from '../imc/run.ts';
import { gaussians } from '../numeric/random.ts';
import { Trainer } from './trainer.ts';

function random(count: number, use: number, scale = 1): Float32Array {
  return gaussians({ seed: 5, words: [use, 0, 0] }, count).map((value) => value * scale);
}

/** Every kind of layer, with sizes that no SIMD width divides. */
function smallNetwork(operation: 'max' | 'average'): Network {
  return {
    name: 'small',
    input: { kind: 'signal', channels: 2, length: 21, auxiliaryFeatures: 3 },
    layers: [
      {
        kind: 'conv1d',
        name: 'first',
        inChannels: 2,
        outChannels: 5,
        kernel: 3,
        stride: 2,
        padding: 1,
        groups: 1,
        activation: 'relu',
        weights: random(30, 1, 0.5),
        bias: random(5, 2, 0.1),
      },
      { kind: 'pool1d', name: 'pool', operation, size: 3, stride: 2 },
      {
        kind: 'conv1d',
        name: 'second',
        inChannels: 5,
        outChannels: 4,
        kernel: 2,
        stride: 1,
        padding: 0,
        groups: 1,
        activation: 'none',
        weights: random(40, 3, 0.4),
        bias: random(4, 4, 0.1),
      },
      { kind: 'flatten', name: 'flatten' },
      {
        kind: 'dense',
        name: 'hidden',
        inFeatures: 19,
        outFeatures: 7,
        activation: 'relu',
        weights: random(133, 5, 0.3),
        bias: random(7, 6, 0.1),
      },
      {
        kind: 'dense',
        name: 'classes',
        inFeatures: 7,
        outFeatures: 4,
        activation: 'none',
        weights: random(28, 7, 0.5),
        bias: random(4, 8, 0.1),
      },
    ],
    classes: ['N', 'S', 'V', 'F'],
  };
}

const BATCH = 6;
const SIGNALS = random(BATCH * 2 * 21, 10);
const AUXILIARY = random(BATCH * 3, 11);
const LABELS = Uint8Array.from([0, 1, 2, 3, 1, 0]);

describe.each(['max', 'average'] as const)('trainer with %s pooling', (operation) => {
  it('computes the same logits as the engine in fp32', () => {
    const network = smallNetwork(operation);
    // Seven items: one full batch and a rest.
    const signals = random(7 * 2 * 21, 12);
    const auxiliary = random(7 * 3, 13);
    const logits = new Trainer(network, BATCH).logits(signals, auxiliary);
    const engine = runIdealFp32(network, signals, auxiliary);
    for (let i = 0; i < engine.length; i++) expect(logits[i]).toBeCloseTo(engine[i]!, 4);
  });

  it('has the gradient that finite differences give', () => {
    const network = smallNetwork(operation);
    const lossOf = (): number =>
      new Trainer(network, BATCH).lossGradient(SIGNALS, AUXILIARY, LABELS, null, 0.1);
    const trainer = new Trainer(network, BATCH);
    trainer.lossGradient(SIGNALS, AUXILIARY, LABELS, null, 0.1);
    const gradients = trainer.gradients();
    const layers = network.layers.filter(isArrayLayer);
    let checked = 0;
    layers.forEach((layer: ArrayLayer, l) => {
      for (const [values, gradient] of [
        [layer.weights, gradients[l]!.weights],
        [layer.bias, gradients[l]!.bias],
      ] as const) {
        for (let i = 0; i < values.length; i += 3) {
          const kept = values[i]!;
          const step = 2e-3;
          values[i] = kept + step;
          const above = lossOf();
          values[i] = kept - step;
          const below = lossOf();
          values[i] = kept;
          expect(Math.abs((above - below) / (2 * step) - gradient[i]!)).toBeLessThan(2e-3);
          checked++;
        }
      }
    });
    expect(checked).toBeGreaterThan(80);
    expect(Math.max(...gradients.flatMap(({ weights }) => Array.from(weights, Math.abs)))).toBeGreaterThan(
      0.05,
    );
  });
});

describe('trainer', () => {
  it('learns a rule that holds for items it has not seen, under noise, and repeats itself exactly', () => {
    const train = (): { before: number; after: number; weights: Float32Array } => {
      const network = smallNetwork('max');
      const trainer = new Trainer(network, BATCH);
      const itemsOf = (use: number) => {
        const signals = random(BATCH * 2 * 21, use);
        const auxiliary = random(BATCH * 3, use + 50_000);
        // The class is told by the sign of two auxiliary features.
        const labels = Uint8Array.from(
          { length: BATCH },
          (_, i) => (auxiliary[3 * i]! > 0 ? 1 : 0) + (auxiliary[3 * i + 1]! > 0 ? 2 : 0),
        );
        return { signals, auxiliary, labels };
      };
      const heldOut = (): number => {
        let loss = 0;
        for (let use = 20_000; use < 20_020; use++) {
          const { signals, auxiliary, labels } = itemsOf(use);
          loss += trainer.lossGradient(signals, auxiliary, labels, null, 0) / 20;
        }
        return loss;
      };
      const before = heldOut();
      for (let step = 0; step < 600; step++) {
        const { signals, auxiliary, labels } = itemsOf(100 + step);
        trainer.step(signals, auxiliary, labels, {
          learningRate: 5e-3,
          weightDecay: 0.01,
          weightLimitDeviations: 3,
          perturb: (layer, weights, used) => {
            const noise = random(weights.length, 200_000 + step * 10 + layer.name.length, 0.02);
            used.set(weights.map((weight, i) => weight + noise[i]!));
          },
          labelSmoothing: 0,
        });
      }
      trainer.store();
      return { before, after: heldOut(), weights: (network.layers[0] as ArrayLayer).weights };
    };
    const one = train();
    expect(one.before).toBeGreaterThan(1.2);
    expect(one.after).toBeLessThan(0.6 * one.before);
    expect(train()).toEqual(one);
  });
});
