/**
 * Reads of the array: Monte-Carlo forward passes with converters and fast read noise.
 *
 * Samples share programmed, drifted conductances; only the fast read noise is drawn anew, once a tile output:
 * the sum of the independent Gaussian noises of a column's devices is one Gaussian whose variance is the sum
 * of theirs, each times its squared input. Every read draws anew: positions of a convolution, items and samples
 * are independent, as reads of different columns are. What enters the first array layer does not depend on the sample,
 * so that its sums and variances are computed once an item.
 */
import { wasmBase64 } from '../numeric/kernels/array.generated.ts';
import { instantiateKernel, type KernelExports, KernelMemory } from '../numeric/kernels/instantiate.ts';
import { keyOfSeed } from '../numeric/random.ts';
import { fastReadNoiseSpread, fullScaleMicroSiemens } from './device.ts';
import type { ArrayState, LayerState, TileState } from './drift.ts';
import { inputSize, isArrayLayer, type Pool1dLayer, slidingLength } from './network.ts';
import { largestCode } from './profile.ts';
import { inputShape, positionsOf } from './shapes.ts';
import { placeWord } from './streams.ts';

export { runIdealFp32 } from './software.ts';

interface ArrayExports extends KernelExports {
  setKey(low: number, high: number): void;
  multiply(
    vectors: number,
    vectorStride: number,
    count: number,
    matrix: number,
    pairs: number,
    blocks: number,
    out: number,
    outStride: number,
  ): void;
  readOut(
    sums: number,
    variances: number,
    sumsPerSample: boolean,
    to: number,
    elements: number,
    columnBytes: number,
    items: number,
    samples: number,
    firstItem: number,
    firstSample: number,
    place: number,
    toCodes: number,
    noiseToCodes: number,
    largestCode: number,
    scale: number,
    bias: number,
    first: boolean,
    relu: boolean,
  ): void;
  pool(
    from: number,
    fromStride: number,
    to: number,
    toStride: number,
    count: number,
    outPositions: number,
    columnBytes: number,
    size: number,
    stride: number,
    average: boolean,
  ): void;
  quantise(
    from: number,
    fromStride: number,
    count: number,
    positions: number,
    columns: number,
    columnBytes: number,
    toCodes: number,
    largestCode: number,
    codes: number,
    squares: number,
    positionBytes: number,
    unitBytes: number,
  ): void;
}

/** Scratch memory that one batch of passes should fit into, about a second-level cache. */
const BATCH_BYTES = 512 * 1024;
const SMALLEST_BATCH = 8;
const LARGEST_BATCH = 64;

/**
 * Logits of `samples` passes of every item, [n][samples][classes]. The fast read noise of a read is keyed by
 * (seed, layer, tile, item, sample, position, output): the same item gets the same bits whatever other items
 * are in the call.
 *
 * @param options.signals [n][channels][length]
 * @param options.auxiliary [n][auxiliary features]
 * @param options.firstItem number of the first item within the recording
 * @param options.samples at least 1; the spread of the fast read noise grows with the length of the burst, so
 *   that a single sample has none
 * @param options.seed 0 to 2^53 - 1
 * @throws {RangeError} where the arrays do not hold whole items
 */
export function runSamples(
  state: ArrayState,
  options: {
    signals: Float32Array;
    auxiliary: Float32Array;
    firstItem: number;
    samples: number;
    seed: number;
  },
): Float32Array {
  let reader = readers.get(state);
  if (reader === undefined) {
    reader = new ArrayReader(state);
    readers.set(state, reader);
  }
  return reader.run(options);
}

const readers = new WeakMap<ArrayState, ArrayReader>();

/** Outputs of one column of tiles, [unit][position][padded column] f32. */
interface OutputGroup {
  columnStart: number;
  columns: number;
  positions: number;
  columnBytes: number;
  unitBytes: number;
  address: number;
}

interface PoolStep {
  layer: Pool1dLayer;
  from: OutputGroup;
  to: OutputGroup;
}

/** A tile's registers in the kernel's layout, with what its read-out needs. */
interface TilePlan {
  tile: TileState;
  pairs: number;
  blocks: number;
  matrix: number;
  varianceMatrix: number;
  scale: number;
  bias: number;
  place: number;
  output: OutputGroup;
  firstOfColumn: boolean;
  lastOfColumn: boolean;
  /** Only for the first layer, whose sums all samples share: a buffer of the tile's own. */
  sums: number;
  variances: number;
}

/** One array layer with the digital steps before it. */
interface LayerPlan {
  state: LayerState;
  pools: PoolStep[];
  inputs: OutputGroup[];
  codes: number;
  squares: number;
  /** Codes of the zero padding before the first position, bytes. */
  paddingBytes: number;
  positionBytes: number;
  unitBytes: number;
  /** Bytes from one vector of a convolution to the next. */
  vectorStride: number;
  /** Where the codes of the auxiliary features start in a unit, bytes; null where the layer takes none. */
  auxiliaryAt: number | null;
  tiles: TilePlan[];
  outputs: OutputGroup[];
}

function padded(columns: number): number {
  return Math.ceil(columns / 8) * 8;
}

/** Kernel memory and plan for one state of an array. */
class ArrayReader {
  readonly #state: ArrayState;
  readonly #exports: ArrayExports;
  readonly #memory: KernelMemory;
  readonly #batch: number;
  readonly #input: OutputGroup;
  readonly #auxiliary: number;
  readonly #plans: LayerPlan[];
  readonly #sums: number;
  readonly #variances: number;

  constructor(state: ArrayState) {
    this.#state = state;
    this.#exports = instantiateKernel<ArrayExports>(wasmBase64);
    this.#memory = new KernelMemory(this.#exports);
    this.#batch = batchSize(state);
    const { network } = state.programmed;
    this.#input = this.#group(0, network.input.channels, positionsOf(inputShape(network)));
    this.#auxiliary = this.#memory.take(this.#batch * padded(network.input.auxiliaryFeatures) * 4);
    this.#plans = this.#plan();
    const largest = Math.max(
      ...this.#plans.slice(1).flatMap(({ outputs }) => outputs.map((o) => o.unitBytes)),
      0,
    );
    this.#sums = this.#memory.take(this.#batch * largest);
    this.#variances = this.#memory.take(this.#batch * largest);
  }

  run(options: Parameters<typeof runSamples>[1]): Float32Array {
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
    const passesAtOnce = Math.min(passes, this.#batch);
    const itemsAtOnce = Math.floor(this.#batch / passesAtOnce);
    this.#exports.setKey(...keyOfSeed(options.seed));
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
        for (const plan of this.#plans.slice(1)) this.#runLayer(plan, batch);
        this.#storeLogits(logits, batch, item, samples, classes);
      }
    }
    if (passes < samples) repeatFirstSample(logits, items, samples, classes);
    return logits;
  }

  #group(columnStart: number, columns: number, positions: number): OutputGroup {
    const columnBytes = padded(columns) * 4;
    // The kernel writes whole groups of sixteen.
    const unitBytes = Math.ceil((columnBytes * positions) / 64) * 64;
    const address = this.#memory.take(this.#batch * unitBytes);
    return { columnStart, columns, positions, columnBytes, unitBytes, address };
  }

  #plan(): LayerPlan[] {
    const { network } = this.#state.programmed;
    const plans: LayerPlan[] = [];
    let groups = [this.#input];
    let pools: PoolStep[] = [];
    let flattened = false;
    for (const layer of network.layers) {
      if (layer.kind === 'pool1d') {
        groups = groups.map((from) => {
          const positions = slidingLength(from.positions, layer.size, layer.stride);
          const to = this.#group(from.columnStart, from.columns, positions);
          pools.push({ layer, from, to });
          return to;
        });
      } else if (layer.kind === 'flatten') {
        flattened = true;
      } else if (isArrayLayer(layer)) {
        const plan = this.#planLayer(plans.length, groups, pools, flattened);
        plans.push(plan);
        groups = plan.outputs;
        pools = [];
        flattened = false;
      }
    }
    return plans;
  }

  #planLayer(index: number, inputs: OutputGroup[], pools: PoolStep[], flattened: boolean): LayerPlan {
    const state = this.#state.layers[index];
    const { layer, rows, positions, tiles } = state.programmed;
    const channels = inputs.reduce((sum, group) => sum + group.columns, 0);
    const positionBytes = channels * 2;
    const padding = layer.kind === 'conv1d' ? layer.padding : 0;
    const contentBytes = Math.max(
      (inputs[0].positions + 2 * padding) * positionBytes,
      layer.kind === 'dense' ? rows * 2 : 0,
    );
    // An odd number of rows reads one code more, against a weight of 0.
    const unitBytes = Math.ceil((contentBytes + 2) / 16) * 16;
    const outputs: OutputGroup[] = [];
    for (const { columnStart, columns: width, rowStart } of tiles) {
      if (rowStart === 0) outputs.push(this.#group(columnStart, width, positions));
    }
    const tilePlans = state.tiles.map((tile) => {
      const output = outputs.find(({ columnStart }) => columnStart === tile.tile.columnStart)!;
      const last = tile.tile.rowStart + tile.tile.rows === rows;
      return this.#planTile(state, index, tile, output, last);
    });
    return {
      state,
      pools,
      inputs,
      codes: this.#memory.take(this.#batch * unitBytes + 16),
      squares: this.#memory.take(this.#batch * unitBytes + 16),
      paddingBytes: padding * positionBytes,
      positionBytes,
      unitBytes,
      vectorStride: layer.kind === 'conv1d' ? layer.stride * positionBytes : unitBytes,
      auxiliaryAt: flattened ? inputs[0].positions * positionBytes : null,
      tiles: tilePlans,
      outputs,
    };
  }

  #planTile(
    { programmed }: LayerState,
    layerIndex: number,
    tile: TileState,
    output: OutputGroup,
    lastOfColumn: boolean,
  ): TilePlan {
    const { rows, columns, columnStart, rowStart } = tile.tile;
    const pairs = Math.ceil(rows / 2);
    const blocks = padded(columns) / 8;
    const shared = layerIndex === 0 ? this.#batch * output.unitBytes : 0;
    const plan: TilePlan = {
      tile,
      pairs,
      blocks,
      matrix: this.#memory.take(pairs * blocks * 32),
      varianceMatrix: this.#memory.take(pairs * blocks * 32),
      scale: this.#memory.take(output.columnBytes),
      bias: this.#memory.take(output.columnBytes),
      place: placeWord('fastReadNoise', layerIndex, tile.tile.index),
      output,
      firstOfColumn: rowStart === 0,
      lastOfColumn,
      sums: this.#memory.take(shared),
      variances: this.#memory.take(shared),
    };
    const { profile } = this.#state.programmed;
    const volts = programmed.range.inputBound * programmed.range.outputBound;
    const codes = largestCode(profile.converters.adcBits);
    const scale = new Float32Array(this.#memory.buffer, plan.scale, columns);
    const bias = new Float32Array(this.#memory.buffer, plan.bias, columns);
    const matrix = new Int16Array(this.#memory.buffer, plan.matrix, pairs * blocks * 16);
    const variances = new Int16Array(this.#memory.buffer, plan.varianceMatrix, pairs * blocks * 16);
    for (let column = 0; column < columns; column++) {
      scale[column] =
        (volts * tile.compensation[column] * programmed.columnScale[columnStart + column]) / codes;
      bias[column] = programmed.layer.bias[columnStart + column];
      for (let row = 0; row < rows; row++) {
        const pair = row >> 1;
        const at = ((column >> 3) * pairs + pair) * 16 + (column & 7) * 2 + (row & 1);
        const cell = row * columns + column;
        matrix[at] = tile.plusSteps[cell] - tile.minusSteps[cell];
        variances[at] = tile.varianceSteps[cell];
      }
    }
    return plan;
  }

  #loadItems(signals: Float32Array, auxiliary: Float32Array, item: number, count: number): void {
    const { network } = this.#state.programmed;
    const { channels, auxiliaryFeatures } = network.input;
    const length = positionsOf(inputShape(network));
    const width = padded(channels);
    const unit = this.#input.unitBytes / 4;
    const values = new Float32Array(this.#memory.buffer, this.#input.address, count * unit);
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
    const features = new Float32Array(this.#memory.buffer, this.#auxiliary, count * auxiliaryWidth);
    for (let i = 0; i < count; i++) {
      const from = (item + i) * auxiliaryFeatures;
      features.set(auxiliary.subarray(from, from + auxiliaryFeatures), i * auxiliaryWidth);
    }
  }

  /** Pools and DAC codes of `items` x `samples` units. */
  #prepareVectors(plan: LayerPlan, items: number, samples: number): void {
    const units = items * samples;
    for (const { layer, from, to } of plan.pools) {
      this.#exports.pool(
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
      this.#exports.quantise(
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
      this.#exports.quantise(
        this.#auxiliary + item * padded(features) * 4,
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
      this.#exports.multiply(start, plan.unitBytes, units, matrix, pairs, blocks, to, output.unitBytes);
      return;
    }
    for (let unit = 0; unit < units; unit++) {
      this.#exports.multiply(
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
    const plan = this.#plans[0];
    this.#prepareVectors(plan, items, 1);
    for (const tile of plan.tiles) {
      this.#multiply(plan, tile, items, plan.codes, tile.matrix, tile.sums);
      if (noisy) this.#multiply(plan, tile, items, plan.squares, tile.varianceMatrix, tile.variances);
    }
  }

  #readFirstLayer(batch: ReadBatch): void {
    const plan = this.#plans[0];
    for (const tile of plan.tiles) this.#readOut(plan, tile, batch, tile.sums, tile.variances, false);
  }

  #runLayer(plan: LayerPlan, batch: ReadBatch): void {
    const units = batch.items * batch.samples;
    this.#prepareVectors(plan, batch.items, batch.samples);
    for (const tile of plan.tiles) {
      this.#multiply(plan, tile, units, plan.codes, tile.matrix, this.#sums);
      if (batch.spread > 0) {
        this.#multiply(plan, tile, units, plan.squares, tile.varianceMatrix, this.#variances);
      }
      this.#readOut(plan, tile, batch, this.#sums, this.#variances, true);
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
    this.#exports.readOut(
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
    for (const group of this.#plans[this.#plans.length - 1].outputs) {
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

/** How many passes fit into the scratch memory, by the outputs, sums and codes that each needs. */
function batchSize({ programmed }: ArrayState): number {
  const { input } = programmed.network;
  let bytes = inputSize(input) * 8;
  for (const { columns, positions } of programmed.layers) bytes += padded(columns) * positions * 12;
  return Math.min(LARGEST_BATCH, Math.max(SMALLEST_BATCH, Math.floor(BATCH_BYTES / bytes)));
}

function repeatFirstSample(logits: Float32Array, items: number, samples: number, classes: number): void {
  for (let item = 0; item < items; item++) {
    const start = item * samples * classes;
    for (let sample = 1; sample < samples; sample++) {
      logits.copyWithin(start + sample * classes, start, start + classes);
    }
  }
}
