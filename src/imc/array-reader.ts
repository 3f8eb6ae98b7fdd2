/** Passes through the layers: kernels called in the order of the plan. */
import { wasmBase64 } from '../numeric/kernels/array.generated.ts';
import { instantiateKernel, KernelMemory } from '../numeric/kernels/instantiate.ts';
import { keyOfSeed } from '../numeric/random.ts';
import type { ArrayKernels } from './array-kernels.ts';
import { fastReadNoiseSpread, fullScaleMicroSiemens } from './device.ts';
import type { ArrayState } from './drift.ts';
import { inputSize } from './network.ts';
import { largestCode } from './profile.ts';
import { type LayerPlan, padded, ReadPlan, type TilePlan } from './read-plan.ts';
import { inputShape, positionsOf } from './shapes.ts';

export interface ReadOptions {
  signals: Float32Array;
  auxiliary: Float32Array;
  firstItem: number;
  samples: number;
  seed: number;
}

/** Kernel memory and plan for one state of an array. */
export class ArrayReader {
  readonly #state: ArrayState;
  readonly #kernels: ArrayKernels;
  readonly #memory: KernelMemory;
  readonly #plan: ReadPlan;

  constructor(state: ArrayState) {
    this.#state = state;
    this.#kernels = instantiateKernel<ArrayKernels>(wasmBase64);
    this.#memory = new KernelMemory(this.#kernels);
    this.#plan = new ReadPlan(state, this.#memory);
  }

  run(options: ReadOptions): Float32Array {
    const { network, profile } = this.#state.programmed;
    const { signals, auxiliary, samples } = options;
    const items = signals.length / inputSize(network.input);
    if (!Number.isInteger(items) || auxiliary.length !== items * network.input.auxiliaryFeatures) {
      throw new RangeError(
        `${signals.length} signal and ${auxiliary.length} auxiliary values are not whole items of network ${network.name}`,
      );
    }
    const classes = network.classes.length;
    const logits = new Float32Array(items * samples * classes);
    const spread = fastReadNoiseSpread(profile, samples);
    const noisy =
      spread > 0 && this.#state.layers.some(({ tiles }) => tiles.some((tile) => tile.varianceStep > 0));
    // Without fast noise all passes are the same one.
    const passes = noisy ? samples : 1;
    const passesAtOnce = Math.min(passes, this.#plan.batch);
    const itemsAtOnce = Math.floor(this.#plan.batch / passesAtOnce);
    this.#kernels.setKey(...keyOfSeed(options.seed));
    for (let item = 0; item < items; item += itemsAtOnce) {
      const count = Math.min(itemsAtOnce, items - item);
      this.#loadItems(signals, auxiliary, item, count);
      this.#sumFirstLayer(count, noisy);
      for (let sample = 0; sample < passes; sample += passesAtOnce) {
        const batch: ReadBatch = {
          items: count,
          samples: Math.min(passesAtOnce, passes - sample),
          firstItem: options.firstItem + item,
          firstSample: sample,
          spread: noisy ? spread : 0,
        };
        this.#readFirstLayer(batch);
        for (const plan of this.#plan.layers.slice(1)) this.#runLayer(plan, batch);
        this.#storeLogits(logits, batch, item, samples, classes);
      }
    }
    if (passes < samples) repeatFirstSample(logits, items, samples, classes);
    return logits;
  }

  #loadItems(signals: Float32Array, auxiliary: Float32Array, item: number, count: number): void {
    const { network } = this.#state.programmed;
    const { channels, auxiliaryFeatures } = network.input;
    const length = positionsOf(inputShape(network));
    const width = padded(channels);
    const unit = this.#plan.input.unitBytes / 4;
    const values = new Float32Array(this.#memory.buffer, this.#plan.input.address, count * unit);
    for (let i = 0; i < count; i++) {
      for (let channel = 0; channel < channels; channel++) {
        const from = ((item + i) * channels + channel) * length;
        const to = i * unit + channel;
        for (let position = 0; position < length; position++) {
          values[to + position * width] = signals[from + position];
        }
      }
    }
    const auxiliaryWidth = padded(auxiliaryFeatures);
    const features = new Float32Array(this.#memory.buffer, this.#plan.auxiliary, count * auxiliaryWidth);
    for (let i = 0; i < count; i++) {
      const from = (item + i) * auxiliaryFeatures;
      features.set(auxiliary.subarray(from, from + auxiliaryFeatures), i * auxiliaryWidth);
    }
  }

  /** Pools and DAC codes of `items` x `samples` units. */
  #prepareVectors(plan: LayerPlan, items: number, samples: number): void {
    const units = items * samples;
    for (const { layer, from, to } of plan.pools) {
      this.#kernels.pool(
        from.address,
        from.unitBytes,
        to.address,
        to.unitBytes,
        units,
        to.positions,
        to.columnBytes,
        layer.size,
        layer.stride,
        layer.operation === 'average',
      );
    }
    const codes = largestCode(this.#state.programmed.profile.converters.dacBits);
    const toCodes = codes / plan.state.programmed.range.inputBound;
    for (const group of plan.inputs) {
      const offset = plan.paddingBytes + group.columnStart * 2;
      this.#kernels.quantise(
        group.address,
        group.unitBytes,
        units,
        group.positions,
        group.columns,
        group.columnBytes,
        toCodes,
        codes,
        plan.codes + offset,
        plan.squares + offset,
        plan.positionBytes,
        plan.unitBytes,
      );
    }
    const features = this.#state.programmed.network.input.auxiliaryFeatures;
    if (plan.auxiliaryAt === null || features === 0) return;
    for (let item = 0; item < items; item++) {
      const offset = item * samples * plan.unitBytes + plan.auxiliaryAt;
      this.#kernels.quantise(
        this.#plan.auxiliary + item * padded(features) * 4,
        0,
        samples,
        1,
        features,
        0,
        toCodes,
        codes,
        plan.codes + offset,
        plan.squares + offset,
        0,
        plan.unitBytes,
      );
    }
  }

  /** Vector-matrix products of one tile for all units, [unit][position][padded column] int32. */
  #multiply(
    plan: LayerPlan,
    tile: TilePlan,
    units: number,
    vectors: number,
    matrix: number,
    to: number,
  ): void {
    const { output, pairs, blocks } = tile;
    const start = vectors + tile.tile.tile.rowStart * 2;
    if (output.positions === 1) {
      this.#kernels.multiply(start, plan.unitBytes, units, matrix, pairs, blocks, to, output.unitBytes);
      return;
    }
    for (let unit = 0; unit < units; unit++) {
      this.#kernels.multiply(
        start + unit * plan.unitBytes,
        plan.vectorStride,
        output.positions,
        matrix,
        pairs,
        blocks,
        to + unit * output.unitBytes,
        output.columnBytes,
      );
    }
  }

  #sumFirstLayer(items: number, noisy: boolean): void {
    const plan = this.#plan.layers[0];
    this.#prepareVectors(plan, items, 1);
    for (const tile of plan.tiles) {
      this.#multiply(plan, tile, items, plan.codes, tile.matrix, tile.sums);
      if (noisy) this.#multiply(plan, tile, items, plan.squares, tile.varianceMatrix, tile.variances);
    }
  }

  #readFirstLayer(batch: ReadBatch): void {
    const plan = this.#plan.layers[0];
    for (const tile of plan.tiles) this.#readOut(plan, tile, batch, tile.sums, tile.variances, false);
  }

  #runLayer(plan: LayerPlan, batch: ReadBatch): void {
    const units = batch.items * batch.samples;
    this.#prepareVectors(plan, batch.items, batch.samples);
    for (const tile of plan.tiles) {
      this.#multiply(plan, tile, units, plan.codes, tile.matrix, this.#plan.sums);
      if (batch.spread > 0) {
        this.#multiply(plan, tile, units, plan.squares, tile.varianceMatrix, this.#plan.variances);
      }
      this.#readOut(plan, tile, batch, this.#plan.sums, this.#plan.variances, true);
    }
  }

  #readOut(
    { state }: LayerPlan,
    tile: TilePlan,
    batch: ReadBatch,
    sums: number,
    variances: number,
    sumsPerSample: boolean,
  ): void {
    const { profile } = this.#state.programmed;
    const { conductanceStep, layer, range } = state.programmed;
    const { output } = tile;
    const codes = largestCode(profile.converters.adcBits);
    const fullScaleInput = largestCode(profile.converters.dacBits);
    const codesPerMicroSiemens =
      codes / (fullScaleMicroSiemens(profile) * fullScaleInput * range.outputBound);
    this.#kernels.readOut(
      sums,
      variances,
      sumsPerSample,
      output.address,
      (output.positions * output.columnBytes) / 4,
      output.columnBytes,
      batch.items,
      batch.samples,
      batch.firstItem,
      batch.firstSample,
      tile.place,
      conductanceStep * codesPerMicroSiemens,
      Math.sqrt(tile.tile.varianceStep) * batch.spread * codesPerMicroSiemens,
      codes,
      tile.scale,
      tile.bias,
      tile.firstOfColumn,
      tile.lastOfColumn && layer.activation === 'relu',
    );
  }

  #storeLogits(logits: Float32Array, batch: ReadBatch, item: number, samples: number, classes: number): void {
    for (const group of this.#plan.layers[this.#plan.layers.length - 1].outputs) {
      for (let i = 0; i < batch.items; i++) {
        for (let s = 0; s < batch.samples; s++) {
          const unit = i * batch.samples + s;
          const to = ((item + i) * samples + batch.firstSample + s) * classes + group.columnStart;
          logits.set(
            new Float32Array(this.#memory.buffer, group.address + unit * group.unitBytes, group.columns),
            to,
          );
        }
      }
    }
  }
}

/** Passes that go through the layers together. */
interface ReadBatch {
  items: number;
  samples: number;
  firstItem: number;
  firstSample: number;
  /** Of the fast read noise; 0 without. */
  spread: number;
}

function repeatFirstSample(logits: Float32Array, items: number, samples: number, classes: number): void {
  for (let item = 0; item < items; item++) {
    const start = item * samples * classes;
    for (let sample = 1; sample < samples; sample++) {
      logits.copyWithin(start + sample * classes, start, start + classes);
    }
  }
}
