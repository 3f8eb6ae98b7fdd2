/**
 * Trains a network of `src/imc/network.ts`: forward and backward passes in f32 on SIMD kernels, cross-entropy,
 * Adam. The weights that the passes use may differ from those that are learned: that is where the noise of the
 * device comes in (Joshi et al., Nat Commun 11:2473, 2020). Activations are [channel][item][position].
 */
import { KirchhoffError } from '../contract/errors.ts';
import { type ArrayLayer, type Network, slidingLength } from '../imc/network.ts';
import { type Block, TrainingMemory } from '../numeric/training-kernels.ts';

/** Puts the weights as a noisy array would hold them into `used`; `weights` are those that are learned. */
export type WeightPerturbation = (layer: ArrayLayer, weights: Float32Array, used: Float32Array) => void;

export interface StepOptions {
  learningRate: number;
  /** Decoupled, a fraction of the weight per unit of learning rate. */
  weightDecay: number;
  /** Weights stay within this many standard deviations of their layer, so that the device's range is well used. */
  weightLimitDeviations: number;
  /** Null: the passes use the weights as they are. */
  perturb: WeightPerturbation | null;
  /** Adds to the gradient of a layer's weights before they move: where a prior on them comes in. */
  regularise?: ((layer: ArrayLayer, weights: Float32Array, gradient: Float32Array) => void) | null;
  /** Share of the target's probability spread over all classes, 0 to 1. */
  labelSmoothing: number;
}

interface Parameters {
  layer: ArrayLayer;
  weights: Block;
  used: Block;
  transposed: Block;
  gradient: Block;
  first: Block;
  second: Block;
  bias: Block;
  biasGradient: Block;
  biasFirst: Block;
  biasSecond: Block;
}

type Stage =
  | {
      kind: 'conv1d';
      parameters: Parameters;
      inChannels: number;
      outChannels: number;
      kernel: number;
      stride: number;
      padding: number;
      relu: boolean;
      inLength: number;
      outLength: number;
      columns: Block;
      columnGradient: Block;
      out: Block;
      gradient: Block;
    }
  | {
      kind: 'pool1d';
      operation: 'max' | 'average';
      size: number;
      stride: number;
      channels: number;
      inLength: number;
      outLength: number;
      winners: Int32Array;
      out: Block;
      gradient: Block;
    }
  | { kind: 'flatten'; channels: number; length: number; out: Block; gradient: Block }
  | {
      kind: 'dense';
      parameters: Parameters;
      inFeatures: number;
      outFeatures: number;
      relu: boolean;
      out: Block;
      gradient: Block;
    };

export class Trainer {
  readonly network: Network;
  readonly batch: number;
  readonly #memory = new TrainingMemory();
  readonly #stages: Stage[] = [];
  readonly #input: Block;
  readonly #inputGradient: Block;
  readonly #auxiliary: Float32Array;
  readonly #signal: { channels: number; length: number };
  #steps = 0;

  /** @param batch items of every step; a pass over fewer leaves the rest unused */
  constructor(network: Network, batch: number) {
    this.network = network;
    this.batch = batch;
    const memory = this.#memory;
    if (network.input.kind !== 'signal') throw unsupported(network, 'input');
    let { channels, length } = network.input;
    this.#signal = { channels, length };
    let features = 0;
    this.#input = memory.take(channels * batch * length);
    this.#inputGradient = memory.take(channels * batch * length);
    this.#auxiliary = new Float32Array(batch * network.input.auxiliaryFeatures);
    for (const layer of network.layers) {
      if ('input' in layer) throw unsupported(network, `layer ${layer.name} input`);
      if (layer.kind === 'conv1d') {
        if (layer.groups > 1) throw unsupported(network, `layer ${layer.name} groups`);
        if (layer.dilation !== undefined) throw unsupported(network, `layer ${layer.name} dilation`);
        const outLength = slidingLength(length, layer.kernel, layer.stride, layer.padding);
        const columns = layer.inChannels * layer.kernel * batch * outLength;
        const out = layer.outChannels * batch * outLength;
        this.#stages.push({
          kind: 'conv1d',
          parameters: this.#parametersOf(layer),
          inChannels: layer.inChannels,
          outChannels: layer.outChannels,
          kernel: layer.kernel,
          stride: layer.stride,
          padding: layer.padding,
          relu: layer.activation === 'relu',
          inLength: length,
          outLength,
          columns: memory.take(columns),
          columnGradient: memory.take(columns),
          out: memory.take(out),
          gradient: memory.take(out),
        });
        channels = layer.outChannels;
        length = outLength;
      } else if (layer.kind === 'pool1d') {
        const outLength = slidingLength(length, layer.size, layer.stride);
        const out = channels * batch * outLength;
        this.#stages.push({
          kind: 'pool1d',
          operation: layer.operation,
          size: layer.size,
          stride: layer.stride,
          channels,
          inLength: length,
          outLength,
          winners: new Int32Array(out),
          out: memory.take(out),
          gradient: memory.take(out),
        });
        length = outLength;
      } else if (layer.kind === 'flatten') {
        features = channels * length + network.input.auxiliaryFeatures;
        this.#stages.push({
          kind: 'flatten',
          channels,
          length,
          out: memory.take(features * batch),
          gradient: memory.take(features * batch),
        });
      } else {
        if (layer.kind !== 'dense') throw unsupported(network, `layer ${layer.name}`);
        if (layer.inFeatures !== features) {
          throw new RangeError(`${layer.name}: ${layer.inFeatures} inputs, but ${features} arrive`);
        }
        features = layer.outFeatures;
        this.#stages.push({
          kind: 'dense',
          parameters: this.#parametersOf(layer),
          inFeatures: layer.inFeatures,
          outFeatures: layer.outFeatures,
          relu: layer.activation === 'relu',
          out: memory.take(features * batch),
          gradient: memory.take(features * batch),
        });
      }
    }
  }

  #parametersOf(layer: ArrayLayer): Parameters {
    const memory = this.#memory;
    const count = layer.weights.length;
    const outputs = layer.bias.length;
    const parameters: Parameters = {
      layer,
      weights: memory.take(count),
      used: memory.take(count),
      transposed: memory.take(count),
      gradient: memory.take(count),
      first: memory.take(count),
      second: memory.take(count),
      bias: memory.take(outputs),
      biasGradient: memory.take(outputs),
      biasFirst: memory.take(outputs),
      biasSecond: memory.take(outputs),
    };
    memory.view(parameters.weights).set(layer.weights);
    memory.view(parameters.bias).set(layer.bias);
    return parameters;
  }

  /** Copies what was learned into the network's layers. */
  store(): void {
    for (const { layer, weights, bias } of this.#parameters()) {
      layer.weights.set(this.#memory.view(weights));
      layer.bias.set(this.#memory.view(bias));
    }
  }

  *#parameters(): Generator<Parameters> {
    for (const stage of this.#stages) {
      if (stage.kind === 'conv1d' || stage.kind === 'dense') yield stage.parameters;
    }
  }

  /**
   * One step on one batch.
   * @param signals [batch][channels][length]
   * @param auxiliary [batch][auxiliaryFeatures]
   * @param labels index of the true class, one an item
   * @returns mean cross-entropy of the batch before the step, nats
   */
  step(signals: Float32Array, auxiliary: Float32Array, labels: Uint8Array, options: StepOptions): number {
    const { kernels } = this.#memory;
    const loss = this.lossGradient(signals, auxiliary, labels, options.perturb, options.labelSmoothing);
    this.#steps++;
    const rate = (options.learningRate * Math.sqrt(1 - 0.999 ** this.#steps)) / (1 - 0.9 ** this.#steps);
    for (const p of this.#parameters()) {
      const weights = this.#memory.view(p.weights);
      options.regularise?.(p.layer, weights, this.#memory.view(p.gradient));
      let squares = 0;
      for (const weight of weights) squares += weight * weight;
      const limit = options.weightLimitDeviations * Math.sqrt(squares / weights.length);
      kernels.adam(
        p.weights.length,
        p.weights.address,
        p.gradient.address,
        p.first.address,
        p.second.address,
        rate,
        1e-8,
        options.learningRate * options.weightDecay,
        limit,
      );
      kernels.adam(
        p.bias.length,
        p.bias.address,
        p.biasGradient.address,
        p.biasFirst.address,
        p.biasSecond.address,
        rate,
        1e-8,
        0,
        3.4e38,
      );
    }
    return loss;
  }

  /** Mean cross-entropy of a full batch; leaves its gradient with the parameters (see `gradients`). */
  lossGradient(
    signals: Float32Array,
    auxiliary: Float32Array,
    labels: Uint8Array,
    perturb: WeightPerturbation | null,
    labelSmoothing: number,
  ): number {
    const memory = this.#memory;
    const { kernels } = memory;
    const batch = this.batch;
    this.#placeWeights(perturb);
    this.#load(signals, auxiliary, batch);
    this.#forward();

    const last = this.#stages[this.#stages.length - 1]!;
    const classes = this.network.classes.length;
    const logits = memory.view(last.out);
    const gradient = memory.view(last.gradient);
    let loss = 0;
    const p = new Float64Array(classes);
    for (let item = 0; item < batch; item++) {
      let largest = -Infinity;
      for (let c = 0; c < classes; c++) largest = Math.max(largest, logits[c * batch + item]!);
      let sum = 0;
      for (let c = 0; c < classes; c++) sum += p[c] = Math.exp(logits[c * batch + item]! - largest);
      for (let c = 0; c < classes; c++) {
        const target = (labels[item] === c ? 1 - labelSmoothing : 0) + labelSmoothing / classes;
        loss -= target * Math.log(Math.max(p[c]! / sum, 1e-30));
        gradient[c * batch + item] = (p[c]! / sum - target) / batch;
      }
    }

    for (let s = this.#stages.length - 1; s >= 0; s--) {
      const stage = this.#stages[s]!;
      const input = s > 0 ? this.#stages[s - 1]!.out : this.#input;
      const inputGradient = s > 0 ? this.#stages[s - 1]!.gradient : this.#inputGradient;
      if (stage.kind === 'dense') {
        const { outFeatures: m, inFeatures: k, parameters } = stage;
        if (stage.relu) kernels.rectifierGradient(m * batch, stage.out.address, stage.gradient.address);
        memory.view(parameters.gradient).fill(0);
        memory.view(parameters.biasGradient).fill(0);
        kernels.multiplyTransposed(
          m,
          k,
          batch,
          stage.gradient.address,
          input.address,
          parameters.gradient.address,
        );
        kernels.biasGradient(m, batch, stage.gradient.address, parameters.biasGradient.address);
        kernels.transpose(m, k, parameters.used.address, parameters.transposed.address);
        kernels.multiply(
          k,
          batch,
          m,
          parameters.transposed.address,
          stage.gradient.address,
          inputGradient.address,
        );
      } else if (stage.kind === 'conv1d') {
        const { outChannels: m, parameters } = stage;
        const k = stage.inChannels * stage.kernel;
        const n = batch * stage.outLength;
        if (stage.relu) kernels.rectifierGradient(m * n, stage.out.address, stage.gradient.address);
        memory.view(parameters.gradient).fill(0);
        memory.view(parameters.biasGradient).fill(0);
        kernels.multiplyTransposed(
          m,
          k,
          n,
          stage.gradient.address,
          stage.columns.address,
          parameters.gradient.address,
        );
        kernels.biasGradient(m, n, stage.gradient.address, parameters.biasGradient.address);
        if (s > 0) {
          kernels.transpose(m, k, parameters.used.address, parameters.transposed.address);
          kernels.multiply(
            k,
            n,
            m,
            parameters.transposed.address,
            stage.gradient.address,
            stage.columnGradient.address,
          );
          memory.view(inputGradient).fill(0);
          kernels.fold(
            stage.inChannels,
            batch,
            stage.inLength,
            stage.kernel,
            stage.stride,
            stage.padding,
            stage.outLength,
            stage.columnGradient.address,
            inputGradient.address,
          );
        }
      } else if (stage.kind === 'pool1d') {
        const from = memory.view(stage.gradient);
        const to = memory.view(inputGradient).fill(0);
        for (let row = 0; row < stage.channels * batch; row++) {
          for (let p = 0; p < stage.outLength; p++) {
            const i = row * stage.outLength + p;
            if (stage.operation === 'max') {
              to[row * stage.inLength + stage.winners[i]!]! += from[i]!;
            } else {
              const start = row * stage.inLength + p * stage.stride;
              for (let j = 0; j < stage.size; j++) to[start + j]! += from[i]! / stage.size;
            }
          }
        }
      } else {
        const from = memory.view(stage.gradient);
        const to = memory.view(inputGradient);
        for (let c = 0; c < stage.channels; c++) {
          for (let item = 0; item < batch; item++) {
            for (let j = 0; j < stage.length; j++) {
              to[(c * batch + item) * stage.length + j] = from[(c * stage.length + j) * batch + item]!;
            }
          }
        }
      }
    }
    return loss / batch;
  }

  /** The gradients that the last `lossGradient` left, by layer. */
  gradients(): { layer: string; weights: Float32Array; bias: Float32Array }[] {
    return Array.from(this.#parameters(), ({ layer, gradient, biasGradient }) => ({
      layer: layer.name,
      weights: this.#memory.view(gradient).slice(),
      bias: this.#memory.view(biasGradient).slice(),
    }));
  }

  /** Logits [items][classes] with the weights as they are, or as one noisy array holds them. */
  logits(
    signals: Float32Array,
    auxiliary: Float32Array,
    perturb: WeightPerturbation | null = null,
  ): Float32Array {
    const { channels, length } = this.#signal;
    const { auxiliaryFeatures } = this.network.input;
    const classes = this.network.classes.length;
    const items = signals.length / (channels * length);
    const logits = new Float32Array(items * classes);
    this.#placeWeights(perturb);
    for (let start = 0; start < items; start += this.batch) {
      const count = Math.min(this.batch, items - start);
      this.#load(
        signals.subarray(start * channels * length, (start + count) * channels * length),
        auxiliary.subarray(start * auxiliaryFeatures, (start + count) * auxiliaryFeatures),
        count,
      );
      this.#forward();
      const out = this.#memory.view(this.#stages[this.#stages.length - 1]!.out);
      for (let item = 0; item < count; item++) {
        for (let c = 0; c < classes; c++) {
          logits[(start + item) * classes + c] = out[c * this.batch + item]!;
        }
      }
    }
    return logits;
  }

  #placeWeights(perturb: WeightPerturbation | null): void {
    for (const p of this.#parameters()) {
      const weights = this.#memory.view(p.weights);
      const used = this.#memory.view(p.used);
      if (perturb === null) used.set(weights);
      else perturb(p.layer, weights, used);
    }
  }

  #load(signals: Float32Array, auxiliary: Float32Array, count: number): void {
    const { channels, length } = this.#signal;
    const input = this.#memory.view(this.#input);
    for (let item = 0; item < count; item++) {
      for (let c = 0; c < channels; c++) {
        const from = (item * channels + c) * length;
        input.set(signals.subarray(from, from + length), (c * this.batch + item) * length);
      }
    }
    this.#auxiliary.set(auxiliary);
  }

  #forward(): void {
    const memory = this.#memory;
    const { kernels } = memory;
    const batch = this.batch;
    let input = this.#input;
    for (const stage of this.#stages) {
      if (stage.kind === 'conv1d') {
        const n = batch * stage.outLength;
        kernels.unfold(
          stage.inChannels,
          batch,
          stage.inLength,
          stage.kernel,
          stage.stride,
          stage.padding,
          stage.outLength,
          input.address,
          stage.columns.address,
        );
        kernels.multiply(
          stage.outChannels,
          n,
          stage.inChannels * stage.kernel,
          stage.parameters.used.address,
          stage.columns.address,
          stage.out.address,
        );
        kernels.addBias(
          stage.outChannels,
          n,
          stage.relu ? 1 : 0,
          stage.parameters.bias.address,
          stage.out.address,
        );
      } else if (stage.kind === 'dense') {
        kernels.multiply(
          stage.outFeatures,
          batch,
          stage.inFeatures,
          stage.parameters.used.address,
          input.address,
          stage.out.address,
        );
        kernels.addBias(
          stage.outFeatures,
          batch,
          stage.relu ? 1 : 0,
          stage.parameters.bias.address,
          stage.out.address,
        );
      } else if (stage.kind === 'pool1d') {
        pool(memory.view(input), memory.view(stage.out), stage, batch);
      } else {
        const from = memory.view(input);
        const to = memory.view(stage.out);
        for (let c = 0; c < stage.channels; c++) {
          for (let item = 0; item < batch; item++) {
            for (let j = 0; j < stage.length; j++) {
              to[(c * stage.length + j) * batch + item] = from[(c * batch + item) * stage.length + j]!;
            }
          }
        }
        const features = this.network.input.auxiliaryFeatures;
        const base = stage.channels * stage.length;
        for (let item = 0; item < batch; item++) {
          for (let f = 0; f < features; f++) {
            to[(base + f) * batch + item] = this.#auxiliary[item * features + f]!;
          }
        }
      }
      input = stage.out;
    }
  }
}

function pool(
  from: Float32Array,
  to: Float32Array,
  stage: Extract<Stage, { kind: 'pool1d' }>,
  batch: number,
): void {
  for (let row = 0; row < stage.channels * batch; row++) {
    for (let p = 0; p < stage.outLength; p++) {
      const start = row * stage.inLength + p * stage.stride;
      let value = stage.operation === 'max' ? from[start]! : 0;
      let winner = p * stage.stride;
      for (let j = 0; j < stage.size; j++) {
        const candidate = from[start + j]!;
        if (stage.operation === 'average') {
          value += candidate / stage.size;
        } else if (candidate > value) {
          value = candidate;
          winner = p * stage.stride + j;
        }
      }
      to[row * stage.outLength + p] = value;
      stage.winners[row * stage.outLength + p] = winner;
    }
  }
}

function unsupported(network: Network, place: string): KirchhoffError {
  return new KirchhoffError(
    'format-unsupported',
    'The trainer does not compute this.',
    `${network.name} ${place}`,
  );
}
