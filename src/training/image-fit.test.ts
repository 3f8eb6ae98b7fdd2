import { describe, expect, it } from 'vitest';
import { isArrayLayer } from '../imc/network.ts';
import { columnScales } from '../imc/program.ts';
import { gaussians } from '../numeric/random.ts';
import { untrainedImageNetwork } from './image-architecture.ts';
import { fitImages, type ImageFitOptions, inputsOf, type LabelledImages } from './image-fit.ts';
import { ImageTrainer } from './image-trainer.ts';
import { Posterior } from './posterior.ts';
import { deviceNoise } from './radiograph-training.ts';
import { readDeviceProfile } from './reference-condition.ts';

const PROFILE = readDeviceProfile('pcm-nandakumar-2019');
const SIDE = 16;

/** Noise with a bright disc in the upper half, or in the lower one where the label is 1. */
function discs(count: number, seed: number): LabelledImages {
  const noise = gaussians({ seed, words: [1, 0, 0] }, count * SIDE * SIDE);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 2);
  const pixels = Uint8Array.from(noise, (value, at) => {
    const y = Math.floor(at / SIDE) % SIDE;
    const away = Math.hypot((at % SIDE) - 8, y - (labels[Math.floor(at / SIDE / SIDE)] === 1 ? 11 : 4));
    return Math.min(255, Math.max(0, 100 + 30 * value + (away < 3 ? 90 : 0)));
  });
  return { side: SIDE, pixels, labels };
}

const OPTIONS: ImageFitOptions = {
  seed: 2,
  steps: 120,
  batch: 16,
  learningRate: 5e-3,
  weightDecay: 0.05,
  weightLimitDeviations: 3,
  labelSmoothing: 0.02,
  mixing: 0,
  posterior: { priorDeviations: 3, temper: 1, commonModeRate: 1, commonModeStart: 0.01 },
  disturbance: {
    turnDegrees: 4,
    zoom: 0.1,
    stretch: 0,
    aspect: 0.1,
    shift: 0.03,
    mirror: 0.5,
    gamma: 0.1,
    shading: 0.1,
    blur: 0.2,
    noise: 0.02,
    blank: 0.1,
  },
};

function trained(options: ImageFitOptions) {
  const images = discs(200, 3);
  const architecture = {
    name: 'discs',
    classes: ['above', 'below'],
    side: SIDE,
    stemChannels: 6,
    stemStride: 2,
    stages: [8],
  } as const;
  const network = untrainedImageNetwork(architecture, 1);
  const layers = network.layers.filter(isArrayLayer);
  const posterior =
    options.posterior === null ? null : new Posterior(layers, PROFILE, 32, 200, options.posterior);
  fitImages(network, images, options, deviceNoise(network, PROFILE, 1, posterior), posterior);
  const left = discs(100, 4);
  const logits = new ImageTrainer(network, 16).logits(inputsOf(left, SIDE), new Float32Array(0));
  const right = left.labels.reduce(
    (sum, label, i) => sum + (logits[2 * i + 1]! > logits[2 * i]! === (label === 1) ? 1 : 0),
    0,
  );
  return { layers, right };
}

describe('a network of images in training', () => {
  const bayesian = trained(OPTIONS);

  it('gets a posterior that its pairs can hold beside weights that tell new images', () => {
    expect(bayesian.right).toBeGreaterThan(90);
    for (const { weights, bias, commonMode } of bayesian.layers) {
      const scales = columnScales(weights, bias.length);
      const rows = weights.length / bias.length;
      commonMode!.forEach((mode, at) => {
        const room = 1 - Math.abs(weights[at]!) / scales[Math.floor(at / rows)]!;
        expect(mode >= 0 && mode <= room + 1e-6).toBe(true);
      });
      expect(Math.max(...commonMode!)).toBeGreaterThan(OPTIONS.posterior!.commonModeStart);
    }
  });

  it('repeats itself bit for bit', () => {
    expect(trained(OPTIONS)).toEqual(bayesian);
  });

  it('has weights without a spread where no posterior is asked for, and learns from mixed images too', () => {
    const { layers, right } = trained({ ...OPTIONS, posterior: null, mixing: 0.3 });
    expect(right).toBeGreaterThan(90);
    for (const { commonMode } of layers) expect(commonMode).toBeUndefined();
  });
});
