/** Means of a network's weights over the last steps of its training (Izmailov et al., UAI 2018). */
import { isArrayLayer, type Network } from '../imc/network.ts';

export class WeightAverages {
  readonly #sums;
  #count = 0;

  constructor(network: Network) {
    this.#sums = network.layers.filter(isArrayLayer).map((layer) => ({
      layer,
      weights: new Float64Array(layer.weights.length),
      bias: new Float64Array(layer.bias.length),
    }));
  }

  /** Takes in the weights as they are in the layers now. */
  add(): void {
    this.#count++;
    for (const { layer, weights, bias } of this.#sums) {
      for (let i = 0; i < weights.length; i++) weights[i]! += layer.weights[i]!;
      for (let i = 0; i < bias.length; i++) bias[i]! += layer.bias[i]!;
    }
  }

  /** Puts the means into the layers. */
  store(): void {
    for (const { layer, weights, bias } of this.#sums) {
      layer.weights.set(weights.map((sum) => sum / this.#count));
      layer.bias.set(bias.map((sum) => sum / this.#count));
    }
  }
}
