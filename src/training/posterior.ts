/**
 * Trains the posterior of `src/bayes/variational.ts` together with the weights: beside its mean every weight has a
 * common mode, which sets how far the read noise of its pair spreads it. The loss is the expected cross-entropy
 * under the device's programming, drift and read noise plus the Kullback-Leibler divergence of the read posterior
 * from a Gaussian prior over the number of items. Its gradient goes through each drawn weight (reparametrisation):
 * a larger common mode spreads more but also makes larger programming and drift errors, which the loss sees.
 */
import { type DeviceDeviation, pairDeviation } from '../bayes/variational.ts';
import type { ArrayLayer } from '../imc/network.ts';
import type { DeviceProfile } from '../imc/profile.ts';
import { columnScales } from '../imc/program.ts';
import { readDeviation } from '../imc/read-deviation.ts';

export interface PosteriorOptions {
  /** Standard deviation of the prior over weights, in that of He's initialisation of the layer. */
  priorDeviations: number;
  /** Factor on the divergence: 1 for the evidence lower bound, below 1 a cold posterior. */
  temper: number;
  /** Step of the common modes per step of the weights. */
  commonModeRate: number;
  /** Common mode that every weight starts from. */
  commonModeStart: number;
}

/** Adam moments and values of one layer's common modes. */
interface LayerPosterior {
  commonMode: Float32Array;
  slopes: Float32Array;
  first: Float64Array;
  second: Float64Array;
  sum: Float64Array;
}

const STEP = 1 / 256;

export class Posterior {
  readonly #options: PosteriorOptions;
  readonly #deviationOf: DeviceDeviation;
  readonly #items: number;
  readonly #layers = new Map<string, LayerPosterior>();
  #steps = 0;
  #summed = 0;

  /** @param items labelled beats or films that the posterior is of */
  constructor(
    layers: readonly ArrayLayer[],
    profile: DeviceProfile,
    samples: number,
    items: number,
    options: PosteriorOptions,
  ) {
    this.#options = options;
    this.#deviationOf = readDeviation(profile, samples);
    this.#items = items;
    for (const layer of layers) {
      const count = layer.weights.length;
      this.#layers.set(layer.name, {
        commonMode: new Float32Array(count).fill(options.commonModeStart),
        slopes: new Float32Array(count),
        first: new Float64Array(count),
        second: new Float64Array(count),
        sum: new Float64Array(count),
      });
    }
  }

  /** What the next draw of a layer's weights takes: common modes, and where it leaves its slopes. */
  of(layer: ArrayLayer): { commonMode: Float32Array; slopes: Float32Array } {
    return this.#layers.get(layer.name)!;
  }

  /** Begins a step of the optimiser. */
  advance(): void {
    this.#steps++;
  }

  /**
   * Adds the divergence's gradient to that of the means and moves the common modes.
   * @param gradient of the expected cross-entropy with respect to the weights that were drawn
   */
  regularise(layer: ArrayLayer, weights: Float32Array, gradient: Float32Array, learningRate: number): void {
    const { temper, priorDeviations, commonModeRate } = this.#options;
    const state = this.#layers.get(layer.name)!;
    const outputs = layer.bias.length;
    const rows = weights.length / outputs;
    const scales = columnScales(weights, outputs);
    const prior = priorDeviations * Math.sqrt(2 / rows);
    const share = temper / this.#items;
    const rate = commonModeRate * learningRate;
    const correction = Math.sqrt(1 - 0.999 ** this.#steps) / (1 - 0.9 ** this.#steps);
    for (let at = 0; at < weights.length; at++) {
      const scale = scales[Math.floor(at / rows)]!;
      if (scale === 0) continue;
      const weight = weights[at]! / scale;
      const commonMode = state.commonMode[at]!;
      const deviation = scale * pairDeviation(this.#deviationOf, weight, commonMode);
      const above = scale * pairDeviation(this.#deviationOf, weight, commonMode + STEP);
      const slope = (above - deviation) / STEP;
      const divergence = (-1 / deviation + deviation / (prior * prior)) * slope;
      const total = gradient[at]! * state.slopes[at]! + share * divergence;
      gradient[at]! += (share * weights[at]!) / (prior * prior);
      state.first[at] = 0.9 * state.first[at]! + 0.1 * total;
      state.second[at] = 0.999 * state.second[at]! + 0.001 * total * total;
      const moved =
        commonMode - (rate * correction * state.first[at]!) / (Math.sqrt(state.second[at]!) + 1e-10);
      state.commonMode[at] = Math.min(1 - Math.abs(weight), Math.max(0, moved));
    }
  }

  /** Takes the present common modes into the average that `store` leaves. */
  average(): void {
    this.#summed++;
    for (const { commonMode, sum } of this.#layers.values()) {
      commonMode.forEach((value, i) => {
        sum[i]! += value;
      });
    }
  }

  /** Puts the averaged common modes into the layers, within what their weights leave free. */
  store(layers: readonly ArrayLayer[]): void {
    for (const layer of layers) {
      const { sum } = this.#layers.get(layer.name)!;
      const outputs = layer.bias.length;
      const rows = layer.weights.length / outputs;
      const scales = columnScales(layer.weights, outputs);
      layer.commonMode = Float32Array.from(sum, (value, at) => {
        const scale = scales[Math.floor(at / rows)]!;
        const free = scale === 0 ? 1 : 1 - Math.abs(layer.weights[at]!) / scale;
        return Math.min(free, value / Math.max(1, this.#summed));
      });
    }
  }
}
