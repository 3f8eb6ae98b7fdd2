/**
 * Where everything that a read of the array touches lies in the kernel's memory: activations between layers,
 * converter codes, registers and read-out constants of every tile.
 */
import type { KernelMemory } from '../numeric/kernels/instantiate.ts';
import type { ArrayState, LayerState, TileState } from './drift.ts';
import { inputSize, isArrayLayer, type Pool1dLayer, slidingLength } from './network.ts';
import { largestCode } from './profile.ts';
import { inputShape, positionsOf } from './shapes.ts';
import { placeWord } from './streams.ts';

/** Scratch memory that one batch of passes should fit into, about a second-level cache. */
const BATCH_BYTES = 512 * 1024;
const SMALLEST_BATCH = 8;
const LARGEST_BATCH = 64;

/** Outputs of one column of tiles, [unit][position][padded column] f32. */
export interface OutputGroup {
  columnStart: number;
  columns: number;
  positions: number;
  columnBytes: number;
  unitBytes: number;
  address: number;
}

export interface PoolStep {
  layer: Pool1dLayer;
  from: OutputGroup;
  to: OutputGroup;
}

/** A tile's registers in the kernel's layout, with what its read-out needs. */
export interface TilePlan {
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
export interface LayerPlan {
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

export function padded(columns: number): number {
  return Math.ceil(columns / 8) * 8;
}

/** Memory and steps of one state of an array. */
export class ReadPlan {
  /** Passes that go through the layers together. */
  readonly batch: number;
  readonly input: OutputGroup;
  /** [item][padded auxiliary features] f32 */
  readonly auxiliary: number;
  readonly layers: LayerPlan[];
  /** Column sums and variances of one tile, shared by all layers but the first. */
  readonly sums: number;
  readonly variances: number;
  readonly #state: ArrayState;
  readonly #memory: KernelMemory;

  constructor(state: ArrayState, memory: KernelMemory) {
    this.#state = state;
    this.#memory = memory;
    this.batch = batchSize(state);
    const { network } = state.programmed;
    this.input = this.#group(0, network.input.channels, positionsOf(inputShape(network)));
    this.auxiliary = memory.take(this.batch * padded(network.input.auxiliaryFeatures) * 4);
    this.layers = this.#plan();
    const largest = Math.max(
      ...this.layers.slice(1).flatMap(({ outputs }) => outputs.map((o) => o.unitBytes)),
      0,
    );
    this.sums = memory.take(this.batch * largest);
    this.variances = memory.take(this.batch * largest);
  }

  #group(columnStart: number, columns: number, positions: number): OutputGroup {
    const columnBytes = padded(columns) * 4;
    // The kernel writes whole groups of sixteen.
    const unitBytes = Math.ceil((columnBytes * positions) / 64) * 64;
    const address = this.#memory.take(this.batch * unitBytes);
    return { columnStart, columns, positions, columnBytes, unitBytes, address };
  }

  #plan(): LayerPlan[] {
    const { network } = this.#state.programmed;
    const plans: LayerPlan[] = [];
    let groups = [this.input];
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
      codes: this.#memory.take(this.batch * unitBytes + 16),
      squares: this.#memory.take(this.batch * unitBytes + 16),
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
    const shared = layerIndex === 0 ? this.batch * output.unitBytes : 0;
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
}

/** How many passes fit into the scratch memory, by the outputs, sums and codes that each needs. */
function batchSize({ programmed }: ArrayState): number {
  const { input } = programmed.network;
  let bytes = inputSize(input) * 8;
  for (const { columns, positions } of programmed.layers) bytes += padded(columns) * positions * 12;
  return Math.min(LARGEST_BATCH, Math.max(SMALLEST_BATCH, Math.floor(BATCH_BYTES / bytes)));
}
