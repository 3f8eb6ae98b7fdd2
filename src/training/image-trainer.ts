/**
 * Trains networks of images: forward and backward passes in f32 on SIMD kernels, cross-entropy, Adam. As in
 * `trainer.ts`, the weights that the passes use may differ from those that are learned. Values are
 * [item][channel][row][column]; a dense layer is a convolution of images of one pixel. Convolutions unfold a few
 * items at a time, so that what is multiplied stays in the second-level cache.
 */
import { type ArrayLayer, type Network, type Size2d, windowOf } from '../imc/network.ts';
import { inputShape, type PlacedLayer, type Shape, shapesOf } from '../imc/shapes.ts';
import { type Block, TrainingMemory } from '../numeric/training-kernels.ts';
import type { StepOptions, WeightPerturbation } from './trainer.ts';

/** Unfolded items that are multiplied at once should fit into half a second-level cache. */
const CHUNK_BYTES = 512 * 1024;

interface Value extends Pick<Shape, 'channels' | 'height' | 'width'> {
  out: Block;
  gradient: Block;
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

interface Convolution {
  kind: 'convolution';
  from: Value;
  to: Value;
  parameters: Parameters;
  kernel: Size2d;
  stride: Size2d;
  padding: Size2d;
  relu: boolean;
  /** inChannels x kernel. */
  rows: number;
  itemsAtOnce: number;
  /** Numbers from one row of unfolded items to the next: an odd number of cache lines, so that rows spread over sets. */
  columnStride: number;
}

type Stage =
  | Convolution
  | {
      kind: 'pool';
      from: Value;
      to: Value;
      average: boolean;
      size: Size2d;
      stride: Size2d;
      winners: Block;
    }
  | { kind: 'add'; from: Value; other: Value; to: Value; relu: boolean }
  | { kind: 'flatten'; from: Value; to: Value };

/** Of items that are each mixed from two: the second one's class and the first one's share, 0 to 1. */
export interface Mixture {
  otherLabels: Uint8Array;
  ownShare: Float32Array;
}

export class ImageTrainer {
  readonly network: Network;
  readonly batch: number;
  readonly #memory = new TrainingMemory();
  readonly #stages: Stage[] = [];
  readonly #values = new Map<string, Value>();
  readonly #input: Value;
  readonly #auxiliary: Float32Array;
  readonly #columns: Block;
  readonly #columnGradient: Block;
  readonly #outputs: Block;
  #steps = 0;

  /** @param batch items of every step; a pass over fewer leaves the rest unused */
  constructor(network: Network, batch: number) {
    if (network.input.kind !== 'image') throw new RangeError(`${network.name} reads no images`);
    this.network = network;
    this.batch = batch;
    this.#input = this.#value(inputShape(network));
    this.#auxiliary = new Float32Array(batch * network.input.auxiliaryFeatures);
    const values: Value[] = [];
    for (const placed of shapesOf(network)) {
      const sources = placed.sources.map((source) => (source === -1 ? this.#input : values[source]!));
      const to = this.#value(placed.output);
      this.#addStage(placed, sources, to);
      values.push(to);
      this.#values.set(placed.layer.name, to);
    }
    const convolutions = this.#stages.filter((stage) => stage.kind === 'convolution');
    const largest = (size: (stage: Convolution) => number) => Math.max(...convolutions.map(size));
    const columns = largest(({ rows, columnStride }) => rows * columnStride);
    this.#columns = this.#memory.take(columns);
    this.#columnGradient = this.#memory.take(columns);
    this.#outputs = this.#memory.take(largest(({ to, columnStride }) => to.channels * columnStride));
  }

  #value({ channels, height, width }: Shape): Value {
    const size = this.batch * channels * height * width;
    return { channels, height, width, out: this.#memory.take(size), gradient: this.#memory.take(size) };
  }

  #addStage({ layer }: PlacedLayer, [from, other]: Value[], to: Value): void {
    if (from === undefined) throw new RangeError(`${layer.name} reads nothing`);
    switch (layer.kind) {
      case 'conv2d':
        if (layer.groups !== 1) throw new RangeError(`${layer.name}: grouped convolutions are not trained`);
        if (layer.dilation !== undefined) {
          throw new RangeError(`${layer.name}: dilated convolutions are not trained`);
        }
        this.#addConvolution(layer, from, to, layer);
        break;
      case 'dense':
        this.#addConvolution(layer, from, to, { kernel: [1, 1], stride: [1, 1], padding: [0, 0] });
        break;
      case 'pool2d': {
        const { kernel: size, stride } = windowOf(layer);
        const average = layer.operation === 'average';
        const winners = this.#memory.take(average ? 0 : to.out.length);
        this.#stages.push({ kind: 'pool', from, to, average, size, stride, winners });
        break;
      }
      case 'add':
        if (other === undefined) throw new RangeError(`${layer.name} adds nothing`);
        this.#stages.push({ kind: 'add', from, other, to, relu: layer.activation === 'relu' });
        break;
      case 'flatten':
        this.#stages.push({ kind: 'flatten', from, to });
        break;
      default:
        throw new RangeError(`${layer.name}: ${layer.kind} is no layer of images`);
    }
  }

  #addConvolution(
    layer: ArrayLayer,
    from: Value,
    to: Value,
    { kernel, stride, padding }: { kernel: Size2d; stride: Size2d; padding: Size2d },
  ): void {
    const rows = from.channels * kernel[0] * kernel[1];
    const positions = to.height * to.width;
    const itemsAtOnce = Math.max(1, Math.min(this.batch, Math.floor(CHUNK_BYTES / (4 * rows * positions))));
    const lines = Math.ceil((itemsAtOnce * positions) / 16);
    this.#stages.push({
      kind: 'convolution',
      from,
      to,
      parameters: this.#parametersOf(layer),
      kernel,
      stride,
      padding,
      relu: layer.activation === 'relu',
      rows,
      itemsAtOnce,
      columnStride: 16 * (lines | 1),
    });
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
    for (const stage of this.#stages) if (stage.kind === 'convolution') yield stage.parameters;
  }

  /**
   * One step on one full batch.
   * @param images [batch][channels][height][width]
   * @param auxiliary [batch][auxiliaryFeatures]
   * @param labels index of the true class, one an item
   * @param mixture where `images` are mixed, what with
   * @returns mean cross-entropy of the batch before the step, nats
   */
  step(
    images: Float32Array,
    auxiliary: Float32Array,
    labels: Uint8Array,
    options: StepOptions,
    mixture: Mixture | null = null,
  ): number {
    const { kernels } = this.#memory;
    const { perturb, labelSmoothing } = options;
    const loss = this.lossGradient(images, auxiliary, labels, perturb, labelSmoothing, mixture);
    this.#steps++;
    const rate = (options.learningRate * Math.sqrt(1 - 0.999 ** this.#steps)) / (1 - 0.9 ** this.#steps);
    for (const p of this.#parameters()) {
      const weights = this.#memory.view(p.weights);
      options.regularise?.(p.layer, weights, this.#memory.view(p.gradient));
      let squares = 0;
      for (const weight of weights) squares += weight * weight;
      const limit = options.weightLimitDeviations * Math.sqrt(squares / weights.length);
      const decay = options.learningRate * options.weightDecay;
      kernels.adam(
        p.weights.length,
        p.weights.address,
        p.gradient.address,
        p.first.address,
        p.second.address,
        rate,
        1e-8,
        decay,
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
    images: Float32Array,
    auxiliary: Float32Array,
    labels: Uint8Array,
    perturb: WeightPerturbation | null,
    labelSmoothing: number,
    mixture: Mixture | null = null,
  ): number {
    const { batch } = this;
    this.#placeWeights(perturb);
    this.#load(images, auxiliary);
    this.#forward(batch);
    const memory = this.#memory;
    const classes = this.network.classes.length;
    const last = this.#stages[this.#stages.length - 1]!.to;
    for (const { to } of this.#stages) memory.view(to.gradient).fill(0);
    const logits = memory.view(last.out);
    const gradient = memory.view(last.gradient);
    let loss = 0;
    const p = new Float64Array(classes);
    for (let item = 0; item < batch; item++) {
      const row = item * classes;
      let largest = -Infinity;
      for (let c = 0; c < classes; c++) largest = Math.max(largest, logits[row + c]!);
      let sum = 0;
      for (let c = 0; c < classes; c++) sum += p[c] = Math.exp(logits[row + c]! - largest);
      for (let c = 0; c < classes; c++) {
        const own = mixture?.ownShare[item] ?? 1;
        const truth = (labels[item] === c ? own : 0) + (mixture?.otherLabels[item] === c ? 1 - own : 0);
        const target = truth * (1 - labelSmoothing) + labelSmoothing / classes;
        loss -= target * Math.log(Math.max(p[c]! / sum, 1e-30));
        gradient[row + c] = (p[c]! / sum - target) / batch;
      }
    }
    this.#backward();
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
    images: Float32Array,
    auxiliary: Float32Array,
    perturb: WeightPerturbation | null = null,
  ): Float32Array {
    return this.outputs(
      images,
      auxiliary,
      this.network.layers[this.network.layers.length - 1]!.name,
      perturb,
    );
  }

  /** What one layer gives, [items][channels][height][width]. */
  outputs(
    images: Float32Array,
    auxiliary: Float32Array,
    layer: string,
    perturb: WeightPerturbation | null = null,
  ): Float32Array {
    const { auxiliaryFeatures } = this.network.input;
    const size = this.#input.out.length / this.batch;
    const value = this.#values.get(layer);
    if (value === undefined) throw new RangeError(`No layer is called ${layer}`);
    const items = images.length / size;
    const outSize = value.out.length / this.batch;
    const result = new Float32Array(items * outSize);
    this.#placeWeights(perturb);
    for (let start = 0; start < items; start += this.batch) {
      const count = Math.min(this.batch, items - start);
      this.#load(
        images.subarray(start * size, (start + count) * size),
        auxiliary.subarray(start * auxiliaryFeatures, (start + count) * auxiliaryFeatures),
      );
      this.#forward(count);
      result.set(this.#memory.view(value.out).subarray(0, count * outSize), start * outSize);
    }
    return result;
  }

  #placeWeights(perturb: WeightPerturbation | null): void {
    for (const { layer, weights, used } of this.#parameters()) {
      const learned = this.#memory.view(weights);
      if (perturb === null) this.#memory.view(used).set(learned);
      else perturb(layer, learned, this.#memory.view(used));
    }
  }

  #load(images: Float32Array, auxiliary: Float32Array): void {
    this.#memory.view(this.#input.out).set(images);
    this.#auxiliary.set(auxiliary);
  }

  #forward(items: number): void {
    const memory = this.#memory;
    const { kernels } = memory;
    for (const stage of this.#stages) {
      const { from, to } = stage;
      if (stage.kind === 'convolution') {
        const { parameters, rows, columnStride } = stage;
        const positions = to.height * to.width;
        for (let first = 0; first < items; first += stage.itemsAtOnce) {
          const count = Math.min(stage.itemsAtOnce, items - first);
          this.#unfold(stage, first, count);
          kernels.multiplyStrips(
            to.channels,
            (count * positions + 7) & ~7,
            rows,
            parameters.used.address,
            this.#columns.address,
            columnStride,
            this.#outputs.address,
            columnStride,
          );
          kernels.placeOutputs(
            count,
            to.channels,
            positions,
            stage.relu ? 1 : 0,
            parameters.bias.address,
            this.#outputs.address,
            columnStride,
            to.out.address + 4 * first * to.channels * positions,
          );
        }
      } else if (stage.kind === 'pool') {
        kernels.poolImages(
          items * from.channels,
          from.height,
          from.width,
          ...stage.size,
          ...stage.stride,
          to.height,
          to.width,
          stage.average ? 1 : 0,
          from.out.address,
          to.out.address,
          stage.winners.address,
        );
      } else if (stage.kind === 'add') {
        const count = (items * to.out.length) / this.batch;
        kernels.add(count, stage.relu ? 1 : 0, from.out.address, stage.other.out.address, to.out.address);
      } else {
        const size = from.out.length / this.batch;
        const features = this.network.input.auxiliaryFeatures;
        const source = memory.view(from.out);
        const target = memory.view(to.out);
        for (let item = 0; item < items; item++) {
          target.set(source.subarray(item * size, (item + 1) * size), item * (size + features));
          target.set(
            this.#auxiliary.subarray(item * features, (item + 1) * features),
            item * (size + features) + size,
          );
        }
      }
    }
  }

  #unfold(stage: Convolution, first: number, count: number): void {
    const { from, to } = stage;
    this.#memory.kernels.unfoldImages(
      count,
      from.channels,
      from.height,
      from.width,
      ...stage.kernel,
      ...stage.stride,
      ...stage.padding,
      to.height,
      to.width,
      from.out.address + (4 * first * from.out.length) / this.batch,
      this.#columns.address,
      stage.columnStride,
    );
  }

  #backward(): void {
    const { kernels } = this.#memory;
    for (let s = this.#stages.length - 1; s >= 0; s--) {
      const stage = this.#stages[s]!;
      const { from, to } = stage;
      if (stage.kind === 'convolution') {
        if (stage.relu) kernels.rectifierGradient(to.out.length, to.out.address, to.gradient.address);
        this.#convolutionGradient(stage);
      } else if (stage.kind === 'pool') {
        kernels.unpoolImages(
          this.batch * from.channels,
          from.height,
          from.width,
          ...stage.size,
          ...stage.stride,
          to.height,
          to.width,
          stage.average ? 1 : 0,
          to.gradient.address,
          from.gradient.address,
          stage.winners.address,
        );
      } else if (stage.kind === 'add') {
        if (stage.relu) kernels.rectifierGradient(to.out.length, to.out.address, to.gradient.address);
        for (const value of [from, stage.other]) {
          kernels.accumulateAll(to.out.length, to.gradient.address, value.gradient.address);
        }
      } else {
        const size = from.out.length / this.batch;
        const features = this.network.input.auxiliaryFeatures;
        const source = this.#memory.view(to.gradient);
        const target = this.#memory.view(from.gradient);
        for (let item = 0; item < this.batch; item++) {
          for (let i = 0; i < size; i++) target[item * size + i]! += source[item * (size + features) + i]!;
        }
      }
    }
  }

  #convolutionGradient(stage: Convolution): void {
    const memory = this.#memory;
    const { kernels } = memory;
    const { from, to, parameters, rows, columnStride } = stage;
    const outputs = to.channels;
    const positions = to.height * to.width;
    memory.view(parameters.gradient).fill(0);
    memory.view(parameters.biasGradient).fill(0);
    kernels.transpose(outputs, rows, parameters.used.address, parameters.transposed.address);
    for (let first = 0; first < this.batch; first += stage.itemsAtOnce) {
      const count = Math.min(stage.itemsAtOnce, this.batch - first);
      kernels.gatherGradients(
        count,
        outputs,
        positions,
        to.gradient.address + 4 * first * outputs * positions,
        this.#outputs.address,
        columnStride,
      );
      this.#unfold(stage, first, count);
      kernels.multiplyTransposed(
        outputs,
        rows,
        columnStride,
        this.#outputs.address,
        this.#columns.address,
        parameters.gradient.address,
      );
      kernels.biasGradient(outputs, columnStride, this.#outputs.address, parameters.biasGradient.address);
      if (from === this.#input) continue;
      kernels.multiplyStrips(
        rows,
        (count * positions + 7) & ~7,
        outputs,
        parameters.transposed.address,
        this.#outputs.address,
        columnStride,
        this.#columnGradient.address,
        columnStride,
      );
      kernels.foldImages(
        count,
        from.channels,
        from.height,
        from.width,
        ...stage.kernel,
        ...stage.stride,
        ...stage.padding,
        to.height,
        to.width,
        this.#columnGradient.address,
        columnStride,
        from.gradient.address + (4 * first * from.out.length) / this.batch,
      );
    }
  }
}
