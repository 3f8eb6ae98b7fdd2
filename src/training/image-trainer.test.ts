import { describe, expect, it } from 'vitest';
import { KirchhoffError } from '../contract/errors.ts';
import type { Conv2dLayer, Network } from '../imc/network.ts';
import { runIdealFp32 } from '../imc/run.ts';
import { gaussians } from '../numeric/random.ts';
import { ImageTrainer, type Mixture } from './image-trainer.ts';

function random(count: number, use: number, scale = 1): Float32Array {
  return gaussians({ seed: 7, words: [use, 0, 0] }, count).map((value) => value * scale);
}

function convolution(
  name: string,
  inChannels: number,
  outChannels: number,
  kernel: [number, number],
  stride: [number, number],
  padding: [number, number],
  rest: { input?: string; activation?: 'relu' | 'none' } = {},
): Conv2dLayer {
  const count = outChannels * inChannels * kernel[0] * kernel[1];
  return {
    kind: 'conv2d',
    name,
    inChannels,
    outChannels,
    kernel,
    stride,
    padding,
    groups: 1,
    activation: 'relu',
    weights: random(count, name.length, 1 / Math.sqrt(inChannels * kernel[0] * kernel[1])),
    bias: random(outChannels, 50 + name.length, 0.2),
    ...rest,
  };
}

/** Every kind of layer, uneven sizes that no SIMD width divides, a branch and a dense layer of an image. */
function smallNetwork(operation: 'max' | 'average'): Network {
  return {
    name: 'small',
    input: { kind: 'image', channels: 2, height: 11, width: 13, auxiliaryFeatures: 3 },
    layers: [
      convolution('a', 2, 5, [3, 5], [2, 2], [1, 2]),
      convolution('be', 5, 6, [3, 3], [1, 1], [1, 1]),
      convolution('branch', 5, 6, [1, 1], [1, 1], [0, 0], { input: 'a', activation: 'none' }),
      { kind: 'add', name: 'sum', inputs: ['be', 'branch'], activation: 'relu' },
      { kind: 'pool2d', name: 'pool', operation, size: [3, 2], stride: [2, 2] },
      convolution('afterwards', 6, 4, [1, 3], [1, 3], [0, 1]),
      { kind: 'flatten', name: 'flat' },
      {
        kind: 'dense',
        name: 'classes',
        inFeatures: 11,
        outFeatures: 3,
        activation: 'none',
        weights: random(33, 30, 0.5),
        bias: random(3, 31, 0.1),
      },
    ],
    classes: ['x', 'y', 'z'],
  };
}

const BATCH = 6;
const SIZE = 2 * 11 * 13;
const IMAGES = random(BATCH * SIZE, 40);
const AUXILIARY = random(BATCH * 3, 41);
const LABELS = Uint8Array.from([0, 1, 2, 0, 1, 2]);

describe.each(['max', 'average'] as const)('image trainer with %s pooling', (operation) => {
  it('computes the same logits as the engine in fp32', () => {
    const network = smallNetwork(operation);
    // Seven items: one full batch and a rest.
    const images = random(7 * SIZE, 42);
    const auxiliary = random(7 * 3, 43);
    const logits = new ImageTrainer(network, BATCH).logits(images, auxiliary);
    const engine = runIdealFp32(network, images, auxiliary);
    for (let i = 0; i < engine.length; i++) expect(logits[i]).toBeCloseTo(engine[i]!, 4);
  });

  it('has gradients that agree with finite differences in every layer', () => {
    const network = smallNetwork(operation);
    const trainer = new ImageTrainer(network, BATCH);
    trainer.lossGradient(IMAGES, AUXILIARY, LABELS, null, 0.1);
    const gradients = trainer.gradients();
    const lossOf = () => new ImageTrainer(network, BATCH).lossGradient(IMAGES, AUXILIARY, LABELS, null, 0.1);
    for (const layer of network.layers) {
      if (layer.kind !== 'conv2d' && layer.kind !== 'dense') continue;
      const found = gradients.find((gradient) => gradient.layer === layer.name)!;
      for (const part of ['weights', 'bias'] as const) {
        const values = layer[part];
        for (let k = 0; k < 5; k++) {
          const i = (k * 17) % values.length;
          const kept = values[i]!;
          values[i] = kept + 2e-3;
          const above = lossOf();
          values[i] = kept - 2e-3;
          const below = lossOf();
          values[i] = kept;
          expect(found[part][i], `${layer.name} ${part} ${i}`).toBeCloseTo((above - below) / 4e-3, 2);
          expect(Math.abs(found[part][i]! - (above - below) / 4e-3)).toBeLessThan(
            2e-3 + 0.05 * Math.abs(found[part][i]!),
          );
        }
      }
    }
  });

  it('takes items mixed from two as worth the shares of both', () => {
    const lossOf = (labels: Uint8Array, mixture: Mixture | null) =>
      new ImageTrainer(smallNetwork(operation), BATCH).lossGradient(
        IMAGES,
        AUXILIARY,
        labels,
        null,
        0,
        mixture,
      );
    const otherLabels = Uint8Array.from([2, 2, 0, 1, 1, 0]);
    const mixed = lossOf(LABELS, { otherLabels, ownShare: new Float32Array(BATCH).fill(0.75) });
    // Cross-entropy is linear in the target.
    expect(mixed).toBeCloseTo(0.75 * lossOf(LABELS, null) + 0.25 * lossOf(otherLabels, null), 5);
  });

  it('learns what tells three kinds of images apart', () => {
    const trainer = new ImageTrainer(smallNetwork(operation), BATCH);
    const images = IMAGES.map((value, i) => 0.2 * value + (Math.floor(i / SIZE) % 3) - 1);
    const options = {
      learningRate: 3e-3,
      weightDecay: 0,
      weightLimitDeviations: 3,
      perturb: null,
      labelSmoothing: 0,
    };
    const first = trainer.step(images, AUXILIARY, LABELS, options);
    let last = first;
    for (let step = 0; step < 150; step++) last = trainer.step(images, AUXILIARY, LABELS, options);
    expect(last).toBeLessThan(0.1 * first);
  });
});

it('refuses a network whose layers do not fit one another', () => {
  const network = smallNetwork('max');
  network.layers.splice(1, 1);
  expect(() => new ImageTrainer(network, 2)).toThrow(KirchhoffError);
  const grouped = smallNetwork('max');
  (grouped.layers[0] as Conv2dLayer).groups = 2;
  expect(() => new ImageTrainer(grouped, 2)).toThrow();
});
