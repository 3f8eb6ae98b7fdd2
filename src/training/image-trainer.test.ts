import { describe, expect, it } from 'vitest';
import { gaussians } from '../numeric/random.ts';
import type { Conv2dLayer, Network } from './graph-types.ts';
import { ImageTrainer } from './image-trainer.ts';

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

/** The same network by the definition of each layer, one item, in double precision. */
function plainLogits(network: Network, image: Float32Array, auxiliary: Float32Array): number[] {
  type Image = { channels: number; height: number; width: number; values: number[] };
  const { channels, height, width } = network.input;
  let last: Image = { channels, height, width, values: [...image] };
  const named = new Map<string, Image>();
  const at = (from: Image, c: number, y: number, x: number) =>
    y < 0 || x < 0 || y >= from.height || x >= from.width
      ? 0
      : from.values[(c * from.height + y) * from.width + x]!;
  for (const layer of network.layers) {
    const from = 'input' in layer && layer.input !== undefined ? named.get(layer.input)! : last;
    const rectified = (value: number) =>
      'activation' in layer && layer.activation === 'relu' ? Math.max(0, value) : value;
    const values: number[] = [];
    if (layer.kind === 'conv2d') {
      const [kh, kw] = layer.kernel;
      const outHeight = Math.floor((from.height + 2 * layer.padding[0] - kh) / layer.stride[0]) + 1;
      const outWidth = Math.floor((from.width + 2 * layer.padding[1] - kw) / layer.stride[1]) + 1;
      for (let o = 0; o < layer.outChannels; o++) {
        for (let oy = 0; oy < outHeight; oy++) {
          for (let ox = 0; ox < outWidth; ox++) {
            let sum = layer.bias[o]!;
            for (let c = 0; c < layer.inChannels; c++) {
              for (let v = 0; v < kh; v++) {
                for (let u = 0; u < kw; u++) {
                  sum +=
                    layer.weights[((o * layer.inChannels + c) * kh + v) * kw + u]! *
                    at(from, c, oy * layer.stride[0] + v - layer.padding[0], ox * layer.stride[1] + u - layer.padding[1]);
                }
              }
            }
            values.push(rectified(sum));
          }
        }
      }
      last = { channels: layer.outChannels, height: outHeight, width: outWidth, values };
    } else if (layer.kind === 'pool2d') {
      const outHeight = Math.floor((from.height - layer.size[0]) / layer.stride[0]) + 1;
      const outWidth = Math.floor((from.width - layer.size[1]) / layer.stride[1]) + 1;
      for (let c = 0; c < from.channels; c++) {
        for (let oy = 0; oy < outHeight; oy++) {
          for (let ox = 0; ox < outWidth; ox++) {
            const window: number[] = [];
            for (let v = 0; v < layer.size[0]; v++) {
              for (let u = 0; u < layer.size[1]; u++) {
                window.push(at(from, c, oy * layer.stride[0] + v, ox * layer.stride[1] + u));
              }
            }
            const sum = window.reduce((total, value) => total + value, 0);
            values.push(layer.operation === 'max' ? Math.max(...window) : sum / window.length);
          }
        }
      }
      last = { channels: from.channels, height: outHeight, width: outWidth, values };
    } else if (layer.kind === 'add') {
      const [a, b] = layer.inputs.map((name) => named.get(name)!) as [Image, Image];
      last = { ...a, values: a.values.map((value, i) => rectified(value + b.values[i]!)) };
    } else if (layer.kind === 'flatten') {
      const flat = [...from.values, ...auxiliary];
      last = { channels: flat.length, height: 1, width: 1, values: flat };
    } else {
      for (let o = 0; o < layer.outFeatures; o++) {
        let sum = layer.bias[o]!;
        from.values.forEach((value, i) => {
          sum += layer.weights[o * layer.inFeatures + i]! * value;
        });
        values.push(rectified(sum));
      }
      last = { channels: layer.outFeatures, height: 1, width: 1, values };
    }
    named.set(layer.name, last);
  }
  return last.values;
}

const BATCH = 6;
const SIZE = 2 * 11 * 13;
const IMAGES = random(BATCH * SIZE, 40);
const AUXILIARY = random(BATCH * 3, 41);
const LABELS = Uint8Array.from([0, 1, 2, 0, 1, 2]);

describe.each(['max', 'average'] as const)('image trainer with %s pooling', (operation) => {
  it('computes the logits that the definitions of the layers give', () => {
    const network = smallNetwork(operation);
    // Seven items: one full batch and a rest.
    const images = random(7 * SIZE, 42);
    const auxiliary = random(7 * 3, 43);
    const logits = new ImageTrainer(network, BATCH).logits(images, auxiliary);
    for (let item = 0; item < 7; item++) {
      const expected = plainLogits(
        network,
        images.subarray(item * SIZE, (item + 1) * SIZE),
        auxiliary.subarray(item * 3, (item + 1) * 3),
      );
      expected.forEach((value, c) => {
        expect(logits[item * 3 + c]).toBeCloseTo(value, 4);
      });
    }
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
  expect(() => new ImageTrainer(network, 2)).toThrow(RangeError);
});
