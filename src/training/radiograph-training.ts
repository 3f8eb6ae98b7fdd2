/** How the radiograph networks are trained; what was chosen was chosen on left-out training patients, or is told in the card. */

import { isArrayLayer, type Network } from '../imc/network.ts';
import type { DeviceProfile } from '../imc/profile.ts';
import { perturbedWeights } from '../imc/training-noise.ts';
import { RandomStream } from '../numeric/random.ts';
import { type ImageArchitecture, untrainedImageNetwork } from './image-architecture.ts';
import { fitImages, type ImageFitOptions, type LabelledImages } from './image-fit.ts';
import { Posterior } from './posterior.ts';
import { REFERENCE } from './reference-condition.ts';
import type { WeightPerturbation } from './trainer.ts';

export const PAEDIATRIC_ARCHITECTURE: ImageArchitecture = {
  name: 'cxr-paediatric',
  classes: ['normal', 'pneumonia'],
  side: 48,
  stemChannels: 12,
  stemStride: 2,
  stages: [24, 48, 96],
};

/** As `ImageFitOptions`, the number of steps by how often as many images are drawn as there are. */
export type RadiographFit = Omit<ImageFitOptions, 'steps'> & { epochs: number };

export const PAEDIATRIC_FIT: RadiographFit = {
  seed: 1,
  epochs: 8,
  batch: 64,
  learningRate: 5e-3,
  weightDecay: 0.05,
  weightLimitDeviations: 3,
  labelSmoothing: 0.04,
  mixing: 0,
  posterior: { priorDeviations: 3, temper: 0.1, commonModeRate: 0.3, commonModeStart: 0.01 },
  // Films are squashed to a square: how much tells normal from ill in training, and must not.
  disturbance: {
    turnDegrees: 12,
    zoom: 0.2,
    stretch: 0,
    aspect: 0.25,
    shift: 0.08,
    mirror: 0.5,
    gamma: 0.35,
    shading: 0.4,
    blur: 0,
    noise: 0.04,
    blank: 0.3,
  },
};

/** The recipe of the second look at the test, which the benchmarks on other images were made with. */
export const SECOND_RECIPE_ARCHITECTURE: ImageArchitecture = {
  ...PAEDIATRIC_ARCHITECTURE,
  side: 48,
  stemChannels: 12,
  stemStride: 2,
  stages: [24, 48, 96],
};
export const SECOND_RECIPE_FIT: RadiographFit = {
  ...PAEDIATRIC_FIT,
  epochs: 8,
  batch: 32,
  learningRate: 3e-3,
  mixing: 0,
  posterior: null,
  disturbance: {
    turnDegrees: 12,
    zoom: 0.2,
    stretch: 0.25,
    aspect: 0,
    shift: 0.08,
    mirror: 0.5,
    gamma: 0.35,
    shading: 0.4,
    blur: 0,
    noise: 0.04,
    blank: 0.3,
  },
};

/** Steps after which as many images were drawn as `epochs` times the set holds. */
export function stepsFor(images: number, { epochs, batch }: { epochs: number; batch: number }): number {
  return Math.round((epochs * images) / batch);
}

/** Trains on the images given with the noise of the device. */
export function trainRadiographNetwork(
  architecture: ImageArchitecture,
  images: LabelledImages,
  profile: DeviceProfile,
  { epochs, ...fit }: RadiographFit,
  report?: (step: number, loss: number) => void,
): Network {
  const network = untrainedImageNetwork(architecture, fit.seed);
  const steps = stepsFor(images.labels.length, { epochs, batch: fit.batch });
  const options = { ...fit, steps };
  const posterior =
    fit.posterior === null
      ? null
      : new Posterior(
          network.layers.filter(isArrayLayer),
          profile,
          REFERENCE.samples,
          images.labels.length,
          fit.posterior,
        );
  fitImages(network, images, options, deviceNoise(network, profile, fit.seed, posterior), posterior, report);
  return network;
}

/** Every so many steps another array is drawn; in between its errors stay where they are. */
const STEPS_OF_AN_ARRAY = 3;

/**
 * What the devices add to each layer's weights: another array every few steps, read at an age between an hour and a
 * month, evenly in its logarithm.
 */
export function deviceNoise(
  network: Network,
  profile: DeviceProfile,
  seed: number,
  posterior: Posterior | null = null,
): (step: number) => WeightPerturbation {
  const layers = network.layers.filter(isArrayLayer);
  const errors = layers.map(({ weights }) => ({ step: -1, values: new Float32Array(weights.length) }));
  return (step) => {
    const drawnAt = step - (step % STEPS_OF_AN_ARRAY);
    const driftSeconds = 3600 * 720 ** new RandomStream({ seed, words: [3, drawnAt, 0] }).uniform();
    return (layer, weights, used) => {
      const place = layers.findIndex(({ name }) => name === layer.name);
      const error = errors[place]!;
      if (error.step !== drawnAt) {
        const outputs = layer.bias.length;
        const stream = { seed, layer: place, step: drawnAt };
        const perturbed = perturbedWeights(weights, outputs, weights.length / outputs, profile, {
          driftSeconds,
          stream,
          ...posterior?.of(layer),
        });
        for (let i = 0; i < weights.length; i++) error.values[i] = perturbed[i]! - weights[i]!;
        error.step = drawnAt;
      }
      for (let i = 0; i < weights.length; i++) used[i] = weights[i]! + error.values[i]!;
    };
  };
}

/** The images at the rows given. */
export function imagesAt({ side, pixels, labels }: LabelledImages, rows: readonly number[]): LabelledImages {
  const size = side * side;
  const chosen = new Uint8Array(rows.length * size);
  rows.forEach((row, i) => {
    chosen.set(pixels.subarray(row * size, (row + 1) * size), i * size);
  });
  return { side, pixels: chosen, labels: Uint8Array.from(rows, (row) => labels[row]!) };
}
