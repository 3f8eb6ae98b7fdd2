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

/** Reads of a layer's tiles. */
export interface LayerReads {
  layer: string;
  /** Vectors that its tiles were to be read with, times the tiles. */
  vectors: number;
  /** Reads that it took: more where bound management repeats some. */
  reads: number;
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
  /** By layer, of the last run. */
  #reads = new Map<ArrayStep, { vectors: number; reads: number }>();

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
    this.#reads.clear();
    for (let item = 0; item < items; item += itemsAtOnce) {
      const count = Math.min(itemsAtOnce, items - item);
      this.#loadAuxiliary(auxiliary, item, count);
      if (!this.#plan.managed) {
        this.#loadItems(signals, item, count, 1);
        this.#shareItems(count, noisy);
      }
      for (let sample = 0; sample < passes; sample += passesAtOnce) {
        const batch: ReadBatch = {
          items: count,
          samples: Math.min(passesAtOnce, passes - sample),
          firstItem: options.firstItem + item,
          firstSample: sample,
          spread: noisy ? spread : 0,
        };
        if (this.#plan.managed) this.#loadItems(signals, item, count, batch.samples);
        this.#runSamples(batch);
        this.#storeLogits(logits, batch, item, samples, classes);
      }
    }
    if (passes < samples) repeatFirstSample(logits, items, samples, classes);
    return logits;
  }

  /** Reads of the last run's passes, layer by layer. */
  reads(): LayerReads[] {
    return this.#plan.steps.flatMap((step) => {
      if (step.kind !== 'array') return [];
      const { vectors, reads } = this.#reads.get(step) ?? { vectors: 0, reads: 0 };
      return [{ layer: step.state.programmed.name, vectors, reads }];
    });
  }

  /** @param copies units of each item, all alike */
  #loadItems(signals: Float32Array, item: number, count: number, copies: number): void {
    const {
      shape,
      parts: [part],
    } = this.#plan.input;
    const size = shape.channels * positionsOf(shape);
    const own = signals.subarray(item * size, (item + count) * size);
    if (part.columnBytes === 4 && copies === 1) {
      // One channel lies as it comes.
      new Float32Array(this.#memory.buffer, part.address, own.length).set(own);
      return;
    }
    new Float32Array(this.#memory.buffer, this.#plan.items, own.length).set(own);
    this.#kernels.interleave(
      this.#plan.items,
      part.address,
      count,
      copies,
      shape.channels,
      positionsOf(shape),
      part.columnBytes,
    );
  }

  #loadAuxiliary(auxiliary: Float32Array, item: number, count: number): void {
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
    this.#prepareVectors(step, items, 1, noisy);
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
    if (this.#plan.managed) {
      this.#runManaged(step, batch);
      return;
    }
    if (!step.shared) this.#prepareVectors(step, batch.items, batch.samples, batch.spread > 0);
    for (const chunk of chunksOf(step, units)) {
      for (const tile of step.tiles) this.#readOut(step, tile, chunk, batch);
    }
    const vectors = units * step.tiles.length * positionsOf(step.output.shape);
    this.#count(step, vectors, vectors);
  }

  #count(step: ArrayStep, vectors: number, reads: number): void {
    const before = this.#reads.get(step) ?? { vectors: 0, reads: 0 };
    this.#reads.set(step, { vectors: before.vectors + vectors, reads: before.reads + reads });
  }

  /** Reads, with the inputs halved each time, until the ADCs of no tile saturate or halves are used up. */
  #runManaged(step: ArrayStep, batch: ReadBatch): void {
    const units = batch.items * batch.samples;
    const { boundManagement } = this.#state.programmed.profile.converters;
    const halvings =
      boundManagement?.kind === 'iterative' ? 31 - Math.clz32(boundManagement.largestFactor) : 0;
    const bounds = this.#scaleUnits(step, batch);
    const positions = positionsOf(step.output.shape);
    for (const { managed } of step.tiles) {
      new Uint8Array(this.#memory.buffer, managed!.done, units * positions).fill(0);
    }
    const chunks = [...chunksOf(step, units)];
    let open = step.tiles.flatMap((tile) =>
      chunks.map((chunk) => ({ tile, chunk, vectors: chunk.units * chunk.runs * step.vectors })),
    );
    this.#count(step, units * step.tiles.length * positions, 0);
    for (let round = 0; open.length > 0; round++) {
      for (let unit = 0; unit < units; unit++) {
        this.#prepareUnit(step, batch, unit, bounds[unit] * 2 ** round);
      }
      for (const one of open) {
        this.#count(step, 0, one.vectors);
        one.vectors = this.#convertReads(step, one.tile, one.chunk, batch, round, round === halvings);
      }
      open = open.filter(({ vectors }) => vectors > 0);
    }
    for (const tile of step.tiles) {
      this.#kernels.combine(
        tile.managed!.codes,
        tile.output.address,
        tile.output.unitBytes,
        units,
        tile.output.columnBytes,
        this.#plan.unitScales,
        tile.scale,
        tile.bias,
        tile.firstOfColumn,
        tile.lastOfColumn && step.state.programmed.layer.activation === 'relu',
      );
    }
  }

  /** What the DAC's largest code stands for in each unit; what it scales outputs by goes to the kernel's memory. */
  #scaleUnits(step: ArrayStep, { items, samples }: ReadBatch): Float64Array {
    const units = items * samples;
    const scales = new Float32Array(this.#memory.buffer, this.#plan.unitScales, units);
    const { profile, network } = this.#state.programmed;
    if (profile.converters.inputScaling !== 'absolute-maximum') {
      scales.fill(1);
      return new Float64Array(units).fill(step.state.programmed.range.inputBound);
    }
    const features = step.auxiliaryAt === null ? 0 : padded(network.input.auxiliaryFeatures) * 4;
    for (let unit = 0; unit < units; unit++) {
      const auxiliary = this.#plan.auxiliary + Math.floor(unit / samples) * features;
      scales[unit] = Math.max(
        this.#kernels.largestMagnitude(auxiliary, features),
        ...step.input.parts.map((part) =>
          this.#kernels.largestMagnitude(part.address + unit * part.unitBytes, part.unitBytes),
        ),
      );
    }
    return Float64Array.from(scales);
  }

  /** DAC codes of one unit. @param bound what the largest code stands for; where it is 0 all inputs are */
  #prepareUnit(step: ArrayStep, { samples, spread }: ReadBatch, unit: number, bound: number): void {
    const { height, width } = step.input.shape;
    const { dacBits } = this.#state.programmed.profile.converters;
    const codes = largestCode(dacBits);
    const toCodes = bound === 0 ? 0 : codes / bound;
    const at = unit * step.unitBytes;
    const quantise = (
      from: number,
      fromStride: number,
      count: number,
      positions: number,
      columns: number,
      columnBytes: number,
      offset: number,
    ): void =>
      this.#kernels.quantise(
        from,
        fromStride,
        count,
        positions,
        columns,
        columnBytes,
        toCodes,
        codes,
        step.codes + at + offset,
        step.squares + at + offset,
        step.positionBytes,
        step.rowBytes,
        this.#squaring(spread > 0),
      );
    for (const { part, start, columns, codeOffset } of step.pieces) {
      const from = part.address + unit * part.unitBytes + (start - part.columnStart) * 4;
      quantise(from, width * part.columnBytes, height, width, columns, part.columnBytes, codeOffset);
    }
    const features = this.#state.programmed.network.input.auxiliaryFeatures;
    if (step.auxiliaryAt === null || features === 0) return;
    const from = this.#plan.auxiliary + Math.floor(unit / samples) * padded(features) * 4;
    quantise(from, 0, 1, 1, features, 0, step.auxiliaryAt);
  }

  /** @returns vectors of the chunk that saturate a column of the tile */
  #convertReads(
    step: ArrayStep,
    tile: TilePlan,
    chunk: Chunk,
    batch: ReadBatch,
    round: number,
    last: boolean,
  ): number {
    const { output } = tile;
    const { codes, done, distortion } = tile.managed!;
    const runOut = step.vectors * output.columnBytes;
    const from = this.#sumsOf(step, tile, chunk, batch.spread > 0);
    const codesPerMicroSiemens = this.#codesPerMicroSiemens(step);
    return this.#kernels.convertReads(
      from.sums,
      from.variances,
      from.stride,
      tile.sections.length > 1,
      codes + chunk.firstRun * runOut,
      output.unitBytes,
      done + chunk.firstRun * step.vectors,
      output.unitBytes / output.columnBytes,
      chunk.firstUnit,
      chunk.units,
      batch.samples,
      batch.firstItem,
      batch.firstSample,
      chunk.runs * step.vectors,
      (chunk.firstRun * runOut) / 16,
      output.columnBytes,
      tile.place,
      round,
      step.state.programmed.conductanceStep * codesPerMicroSiemens,
      Math.sqrt(tile.tile.varianceStep) * batch.spread * codesPerMicroSiemens,
      largestCode(this.#state.programmed.profile.converters.adcBits),
      distortion,
      2 ** round,
      last,
    );
  }

  /** Of the ADC, for one microsiemens at one step of the DAC. */
  #codesPerMicroSiemens({ state }: ArrayStep): number {
    const { profile } = this.#state.programmed;
    const { adcBits, dacBits } = profile.converters;
    return (
      largestCode(adcBits) /
      (fullScaleMicroSiemens(profile) * largestCode(dacBits) * state.programmed.range.outputBound)
    );
  }

  /** What of the codes the kernel squares. */
  #squaring(noisy: boolean): 0 | 1 | 2 {
    if (!noisy) return 0;
    return this.#state.programmed.profile.converters.inputBits === 'serial' ? 2 : 1;
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
  #prepareVectors(step: ArrayStep, items: number, samples: number, noisy: boolean): void {
    const units = items * samples;
    const squaring = this.#squaring(noisy);
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
          squaring,
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
        squaring,
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
    const { strips, stripCount, pairs } = section;
    this.#kernels.multiply(
      vectors + chunk.firstUnit * step.unitBytes + chunk.firstRun * step.runBytes + tile.groupOffset,
      step.vectorOffsets,
      chunk.units * chunk.runs * step.vectors,
      matrix,
      strips,
      stripCount,
      pairs,
      tile.blocks,
      to,
      tile.output.columnBytes,
    );
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
    const { conductanceStep, layer } = step.state.programmed;
    const { output } = tile;
    const runOut = step.vectors * output.columnBytes;
    const from = this.#sumsOf(step, tile, chunk, batch.spread > 0);
    const codes = largestCode(profile.converters.adcBits);
    const codesPerMicroSiemens = this.#codesPerMicroSiemens(step);
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
    for (const { address, unitBytes, columns, columnStart } of this.#plan.logits.parts) {
      const width = unitBytes / 4;
      const values = new Float32Array(this.#memory.buffer, address, batch.items * batch.samples * width);
      for (let i = 0; i < batch.items; i++) {
        for (let s = 0; s < batch.samples; s++) {
          const from = (i * batch.samples + s) * width;
          const to = ((item + i) * samples + batch.firstSample + s) * classes + columnStart;
          for (let column = 0; column < columns; column++) logits[to + column] = values[from + column];
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
