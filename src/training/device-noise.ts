/** The device's noise while a network over signals is trained. */
import { isArrayLayer, type Network } from '../imc/network.ts';
import type { DeviceProfile } from '../imc/profile.ts';
import { perturbedWeights } from '../imc/training-noise.ts';
import { RandomStream } from '../numeric/random.ts';
import type { Posterior } from './posterior.ts';
import type { WeightPerturbation } from './trainer.ts';

/**
 * Another array each step, read at an age between an hour and a month, evenly in its logarithm.
 * @param posterior trained along; null: weights are points
 */
export function deviceNoise(
  network: Network,
  profile: DeviceProfile,
  seed: number,
  step: number,
  posterior: Posterior | null,
): WeightPerturbation {
  const age = 3600 * 720 ** new RandomStream({ seed, words: [3, step, 0] }).uniform();
  const layers = network.layers.filter(isArrayLayer);
  return (layer, weights, used) => {
    const outputs = layer.bias.length;
    used.set(
      perturbedWeights(weights, outputs, weights.length / outputs, profile, {
        driftSeconds: age,
        stream: { seed, layer: layers.indexOf(layer), step },
        ...posterior?.of(layer),
      }),
    );
  };
}
