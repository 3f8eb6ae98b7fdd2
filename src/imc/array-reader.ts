/** Passes through the layers: kernels called in the order of the plan. */
import { wasmBase64 } from '../numeric/kernels/array.generated.ts';
import { instantiateKernel, KernelMemory } from '../numeric/kernels/instantiate.ts';
import { keyOfSeed } from '../numeric/random.ts';
import type { ArrayKernels } from './array-kernels.ts';
import { fastReadNoiseSpread, fullScaleMicroSiemens } from './device.ts';
import type { ArrayState } from './drift.ts';
import { inputSize, windowOf } from './network.ts';
import { largestCode } from './profile.ts';
import { type AddStep, type ArrayStep, type PoolStep, padded, ReadPlan, type TilePlan } from './read-plan.ts';
import { positionsOf } from './shapes.ts';

export interface ReadOptions {
  signals: Float32Array;
  auxiliary: Float32Array;
  firstItem: number;
  samples: number;
  seed: number;
}

/** Units that go through the layers together. */
interface ReadBatch {
  items: number;
  samples: number;
  firstItem: number;
  firstSample: number;
  /** Of the fast read noise; 0 without. */
  spread: number;
}

/** Some units, and some runs of each where it is not all of them. */
interface Chunk {
  firstUnit: number;
  units: number;
  firstRun: number;
  runs: number;
}

/** Column sums and variances where a tile's read-out finds them. */
interface TileSums {
  sums: number;
  variances: number;
  /** From one unit's to the next's, bytes. */
  stride: number;
  perSample: boolean;
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
      this.#shareItems(count, noisy);
      for (let sample = 0; sample < passes; sample += passesAtOnce) {
        const batch: ReadBatch = {
          items: count,
          samples: Math.min(passesAtOnce, passes - sample),
          firstItem: options.firstItem + item,
          firstSample: sample,
          spread: noisy ? spread : 0,
        };
        this.#runSamples(batch);
        this.#storeLogits(logits, batch, item, samples, classes);
      }
    }
    if (passes < samples) repeatFirstSample(logits, items, samples, classes);
    return logits;
  }

  #loadItems(signals: Float32Array, auxiliary: Float32Array, item: number, count: number): void {
    const {
      shape,
      parts: [part],
    } = this.#plan.input;
    const { channels } = shape;
    const positions = positionsOf(shape);
    const width = part.columnBytes / 4;
    const unit = part.unitBytes / 4;
    const values = new Float32Array(this.#memory.buffer, part.address, count * unit);
    for (let i = 0; i < count; i++) {
      for (let channel = 0; channel < channels; channel++) {
        const from = ((item + i) * channels + channel) * positions;
        const to = i * unit + channel;
        for (let position = 0; position < positions; position++) {
          values[to + position * width] = signals[from + position];
        }
      }
    }
    const { auxiliaryFeatures } = this.#state.programmed.network.input;
    const auxiliaryWidth = padded(auxiliaryFeatures);
    const features = new Float32Array(this.#memory.buffer, this.#plan.auxiliary, count * auxiliaryWidth);
    for (let i = 0; i < count; i++) {
      const from = (item + i) * auxiliaryFeatures;
      features.set(auxiliary.subarray(from, from + auxiliaryFeatures), i * auxiliaryWidth);
    }
  }

  /** All that does not depend on the sample, once an item. */
  #shareItems(items: number, noisy: boolean): void {
    for (const step of this.#plan.steps) {
      if (!step.shared) continue;
      if (step.kind === 'pool') this.#pool(step, items);
      else if (step.kind === 'add') this.#add(step, items, 1);
      else this.#sumShared(step, items, noisy);
    }
  }

  #sumShared(step: ArrayStep, items: number, noisy: boolean): void {
    this.#prepareVectors(step, items, 1);
    for (const chunk of chunksOf(step, items)) {
      for (const tile of step.tiles) {
        const { unitBytes, columnBytes } = tile.output;
        const offset = chunk.firstUnit * unitBytes + chunk.firstRun * step.vectors * columnBytes;
        this.#sumTile(step, tile, chunk, tile.sums + offset, tile.variances + offset, noisy);
      }
    }
  }

  #runSamples(batch: ReadBatch): void {
    const units = batch.items * batch.samples;
    for (const step of this.#plan.steps) {
      if (step.kind === 'array') this.#runArray(step, batch);
      else if (step.shared) continue;
      else if (step.kind === 'pool') this.#pool(step, units);
      else this.#add(step, batch.items, batch.samples);
    }
  }

  #runArray(step: ArrayStep, batch: ReadBatch): void {
    const units = batch.items * batch.samples;
    if (!step.shared) this.#prepareVectors(step, batch.items, batch.samples);
    for (const chunk of chunksOf(step, units)) {
      for (const tile of step.tiles) this.#readOut(step, tile, chunk, batch);
    }
  }

  #pool({ layer, from, to }: PoolStep, units: number): void {
    const { kernel, stride } = windowOf(layer);
    for (const [i, part] of from.parts.entries()) {
      const out = to.parts[i];
      this.#kernels.pool(
        part.address,
        part.unitBytes,
        out.address,
        out.unitBytes,
        units,
        to.shape.height,
        to.shape.width,
        from.shape.width * part.columnBytes,
        part.columnBytes,
        kernel[0],
        kernel[1],
        stride[0],
        stride[1],
        layer.operation === 'average',
      );
    }
  }

  #add({ from, to, intervals, relu }: AddStep, items: number, samples: number): void {
    const [out] = to.parts;
    for (const { one, two, start, columns } of intervals) {
      for (let item = 0; item < items; item++) {
        const [a, b] = [one, two].map((part, i) => {
          const first = part.address + (start - part.columnStart) * 4;
          return from[i].shared
            ? { address: first + item * part.unitBytes, stride: 0 }
            : { address: first + item * samples * part.unitBytes, stride: part.unitBytes };
        });
        this.#kernels.add(
          a.address,
          a.stride,
          one.columnBytes,
          b.address,
          b.stride,
          two.columnBytes,
          out.address + item * samples * out.unitBytes + start * 4,
          out.unitBytes,
          out.columnBytes,
          samples,
          positionsOf(to.shape),
          columns,
          relu,
        );
      }
    }
  }

  /** DAC codes of `items` x `samples` units. */
  #prepareVectors(step: ArrayStep, items: number, samples: number): void {
    const units = items * samples;
    const { height, width } = step.input.shape;
    const codes = largestCode(this.#state.programmed.profile.converters.dacBits);
    const toCodes = codes / step.state.programmed.range.inputBound;
    for (const { part, start, columns, codeOffset } of step.pieces) {
      const from = part.address + (start - part.columnStart) * 4;
      // Units one after the other, or the rows of one unit's image.
      const [rounds, count] = height === 1 ? [1, units] : [units, height];
      const fromStride = height === 1 ? part.unitBytes : width * part.columnBytes;
      for (let unit = 0; unit < rounds; unit++) {
        this.#kernels.quantise(
          from + unit * part.unitBytes,
          fromStride,
          count,
          width,
          columns,
          part.columnBytes,
          toCodes,
          codes,
          step.codes + unit * step.unitBytes + codeOffset,
          step.squares + unit * step.unitBytes + codeOffset,
          step.positionBytes,
          height === 1 ? step.unitBytes : step.rowBytes,
        );
      }
    }
    const features = this.#state.programmed.network.input.auxiliaryFeatures;
    if (step.auxiliaryAt === null || features === 0) return;
    for (let item = 0; item < items; item++) {
      const offset = item * samples * step.unitBytes + step.auxiliaryAt;
      this.#kernels.quantise(
        this.#plan.auxiliary + item * padded(features) * 4,
        0,
        samples,
        1,
        features,
        0,
        toCodes,
        codes,
        step.codes + offset,
        step.squares + offset,
        0,
        step.unitBytes,
      );
    }
  }

  /**
   * Vector-matrix products of one section of a tile, [unit][position][padded column] int32.
   *
   * @param vectors codes or squares of unit 0
   */
  #multiply(
    step: ArrayStep,
    tile: TilePlan,
    section: TilePlan['sections'][number],
    chunk: Chunk,
    vectors: number,
    matrix: number,
    to: number,
  ): void {
    const { columnBytes } = tile.output;
    const { strips, stripCount, pairs } = section;
    const start = vectors + chunk.firstUnit * step.unitBytes + tile.groupOffset;
    if (step.runs * step.vectors === 1) {
      this.#kernels.multiply(
        start,
        step.unitBytes,
        chunk.units,
        matrix,
        strips,
        stripCount,
        pairs,
        tile.blocks,
        to,
        columnBytes,
      );
      return;
    }
    const runOut = step.vectors * columnBytes;
    for (let unit = 0; unit < chunk.units; unit++) {
      for (let run = 0; run < chunk.runs; run++) {
        this.#kernels.multiply(
          start + unit * step.unitBytes + (chunk.firstRun + run) * step.runBytes,
          step.vectorBytes,
          step.vectors,
          matrix,
          strips,
          stripCount,
          pairs,
          tile.blocks,
          to + (unit * chunk.runs + run) * runOut,
          columnBytes,
        );
      }
    }
  }

  /** Sums and variances of a chunk: int32, f32 of a tile in sections. */
  #sumTile(
    step: ArrayStep,
    tile: TilePlan,
    chunk: Chunk,
    sums: number,
    variances: number,
    noisy: boolean,
  ): void {
    const sides: [number, 'matrix' | 'varianceMatrix', number][] = [[step.codes, 'matrix', sums]];
    if (noisy) sides.push([step.squares, 'varianceMatrix', variances]);
    for (const [vectors, matrix, to] of sides) {
      if (tile.sections.length === 1) {
        const [section] = tile.sections;
        this.#multiply(step, tile, section, chunk, vectors, section[matrix], to);
        continue;
      }
      const count = (chunk.units * chunk.runs * step.vectors * tile.output.columnBytes) / 4;
      for (const [i, section] of tile.sections.entries()) {
        this.#multiply(step, tile, section, chunk, vectors, section[matrix], this.#plan.sums);
        this.#kernels.addSection(this.#plan.sums, to, count, i === 0);
      }
    }
  }

  #readOut(step: ArrayStep, tile: TilePlan, chunk: Chunk, batch: ReadBatch): void {
    const { profile } = this.#state.programmed;
    const { conductanceStep, layer, range } = step.state.programmed;
    const { output } = tile;
    const runOut = step.vectors * output.columnBytes;
    const from = this.#sumsOf(step, tile, chunk, batch.spread > 0);
    const codes = largestCode(profile.converters.adcBits);
    const fullScaleInput = largestCode(profile.converters.dacBits);
    const codesPerMicroSiemens =
      codes / (fullScaleMicroSiemens(profile) * fullScaleInput * range.outputBound);
    this.#kernels.readOut(
      from.sums,
      from.variances,
      from.stride,
      from.perSample,
      tile.sections.length > 1,
      output.address + chunk.firstRun * runOut,
      output.unitBytes,
      chunk.firstUnit,
      chunk.units,
      batch.samples,
      batch.firstItem,
      batch.firstSample,
      (chunk.runs * runOut) / 4,
      (chunk.firstRun * runOut) / 16,
      output.columnBytes,
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

  /** Computes a chunk's sums, or finds those that all samples share. */
  #sumsOf(step: ArrayStep, tile: TilePlan, chunk: Chunk, noisy: boolean): TileSums {
    const runOut = step.vectors * tile.output.columnBytes;
    if (step.shared) {
      const offset = chunk.firstRun * runOut;
      return {
        sums: tile.sums + offset,
        variances: tile.variances + offset,
        stride: tile.output.unitBytes,
        perSample: false,
      };
    }
    const { sums, variances, totals, varianceTotals } = this.#plan;
    const [to, varianceTo] = tile.sections.length === 1 ? [sums, variances] : [totals, varianceTotals];
    this.#sumTile(step, tile, chunk, to, varianceTo, noisy);
    return { sums: to, variances: varianceTo, stride: chunk.runs * runOut, perSample: true };
  }

  #storeLogits(logits: Float32Array, batch: ReadBatch, item: number, samples: number, classes: number): void {
    for (const part of this.#plan.logits.parts) {
      for (let i = 0; i < batch.items; i++) {
        for (let s = 0; s < batch.samples; s++) {
          const unit = i * batch.samples + s;
          const to = ((item + i) * samples + batch.firstSample + s) * classes + part.columnStart;
          logits.set(
            new Float32Array(this.#memory.buffer, part.address + unit * part.unitBytes, part.columns),
            to,
          );
        }
      }
    }
  }
}

function* chunksOf(step: ArrayStep, units: number): Generator<Chunk> {
  for (let firstUnit = 0; firstUnit < units; firstUnit += step.chunkUnits) {
    for (let firstRun = 0; firstRun < step.runs; firstRun += step.chunkRuns) {
      yield {
        firstUnit,
        units: Math.min(step.chunkUnits, units - firstUnit),
        firstRun,
        runs: Math.min(step.chunkRuns, step.runs - firstRun),
      };
    }
  }
}

function repeatFirstSample(logits: Float32Array, items: number, samples: number, classes: number): void {
  for (let item = 0; item < items; item++) {
    const start = item * samples * classes;
    for (let sample = 1; sample < samples; sample++) {
      logits.copyWithin(start + sample * classes, start, start + classes);
    }
  }
}
