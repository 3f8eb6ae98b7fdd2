/**
 * Where everything that a read of the array touches lies in the kernel's memory: values between layers,
 * converter codes, registers and read-out constants of every tile.
 *
 * A unit is one sample of one item. What does not depend on the sample, because nothing noisy is before it, is
 * shared: it has one unit an item. Values are channel-last, [unit][position][padded column] f32, cut into parts by
 * the columns of tiles; those of the items are not padded where only array layers read them.
 */
import type { KernelMemory } from '../numeric/kernels/instantiate.ts';
import type { ArrayState, LayerState, TileState } from './drift.ts';
import { bytesAUnit, SMALLEST_BATCH } from './memory-limit.ts';
import { isArrayLayer, type PoolLayer, type Window, windowOf } from './network.ts';
import { type DeviceProfile, largestCode } from './profile.ts';
import { LARGEST_SECTION_ROWS } from './program.ts';
import { inputShape, type PlacedLayer, positionsOf, type Shape, shapesOf } from './shapes.ts';
import { placeWord } from './streams.ts';

/** Scratch memory that one batch of passes should fit into, about a second-level cache. */
const BATCH_BYTES = 512 * 1024;
const LARGEST_BATCH = 64;
/** Column sums of one tile that are read out while they are still in the first-level cache. */
const CHUNK_BYTES = 16 * 1024;

/** Some columns of a layer's values. */
export interface ValuePart {
  columnStart: number;
  columns: number;
  columnBytes: number;
  unitBytes: number;
  address: number;
}

export interface Values {
  shape: Shape;
  shared: boolean;
  parts: ValuePart[];
}

export interface PoolStep {
  kind: 'pool';
  shared: boolean;
  layer: PoolLayer;
  from: Values;
  to: Values;
}

export interface AddStep {
  kind: 'add';
  shared: boolean;
  relu: boolean;
  from: [Values, Values];
  /** In one part. */
  to: Values;
  /** Columns that lie in one part of either summand. */
  intervals: { one: ValuePart; two: ValuePart; start: number; columns: number }[];
}

/** Rows of a tile that are summed together in int32, in the kernel's layout. */
export interface TileSection {
  strips: number;
  stripCount: number;
  pairs: number;
  matrix: number;
  varianceMatrix: number;
}

/** A tile's registers in the kernel's layout, with what its read-out needs. */
export interface TilePlan {
  tile: TileState;
  sections: TileSection[];
  blocks: number;
  /** From a unit's codes to those of the tile's group, bytes. */
  groupOffset: number;
  scale: number;
  bias: number;
  place: number;
  output: ValuePart;
  firstOfColumn: boolean;
  lastOfColumn: boolean;
  /** Only where the layer's input is shared: all sums of all items, a buffer of the tile's own. */
  sums: number;
  variances: number;
  /** Only where reads are managed: kept codes as the output lies, which vectors they are kept of, and columns. */
  managed: { codes: number; done: number; distortion: number } | null;
}

/** One array layer: codes of its input, its tiles, what they give. */
export interface ArrayStep {
  kind: 'array';
  /** Whether its input is; what it gives never is. */
  shared: boolean;
  state: LayerState;
  input: Values;
  output: Values;
  codes: number;
  squares: number;
  unitBytes: number;
  positionBytes: number;
  /** From one row of an image's codes to the next, padding included. */
  rowBytes: number;
  /** Columns of the input that lie in one part and in one group; where their first code is in a unit. */
  pieces: { part: ValuePart; start: number; columns: number; codeOffset: number }[];
  /** Where the codes of the auxiliary features start in a unit, bytes; null where the layer takes none. */
  auxiliaryAt: number | null;
  tiles: TilePlan[];
  /** Vectors of a unit: `runs` of them, `runBytes` apart, of `vectors` each, `vectorBytes` apart. */
  runs: number;
  runBytes: number;
  vectors: number;
  vectorBytes: number;
  /** Where the vectors of a chunk start behind those of its first unit and run, bytes in u32, in order of output. */
  vectorOffsets: number;
  /** What is summed and read out at a time: whole units, or some runs of one. */
  chunkUnits: number;
  chunkRuns: number;
}

export type ReadStep = PoolStep | AddStep | ArrayStep;

export function padded(columns: number): number {
  return Math.ceil(columns / 8) * 8;
}

/**
 * Whether a read may need more than one pass of the converters, or a scale or columns of its own; the read-out is
 * then a slower one.
 */
function isManaged({ converters }: DeviceProfile): boolean {
  const { inputScaling, boundManagement, columnSpread } = converters;
  return (
    inputScaling === 'absolute-maximum' || boundManagement?.kind === 'iterative' || columnSpread !== undefined
  );
}

/** Memory and steps of one state of an array. */
export class ReadPlan {
  /** Units that go through the layers together. */
  readonly batch: number;
  readonly input: Values;
  /** Items as they come, [item][channel][position] f32. */
  readonly items: number;
  /** [item][padded auxiliary features] f32 */
  readonly auxiliary: number;
  readonly steps: ReadStep[] = [];
  readonly logits: Values;
  /** One chunk of sums and variances, int32; the same of a tile in sections, f32. */
  readonly sums: number;
  readonly variances: number;
  readonly totals: number;
  readonly varianceTotals: number;
  /** Whether reads are managed; then nothing is shared between samples, and each unit has an f32 scale. */
  readonly managed: boolean;
  readonly unitScales: number;
  readonly #state: ArrayState;
  readonly #memory: KernelMemory;

  constructor(state: ArrayState, memory: KernelMemory) {
    this.#state = state;
    this.#memory = memory;
    this.batch = batchSize(state);
    const { network } = state.programmed;
    const shape = inputShape(network);
    this.managed = isManaged(state.programmed.profile);
    this.unitScales = memory.take(this.batch * 4);
    const placed = shapesOf(network);
    const columnBytes = this.#packsInput(placed) ? shape.channels * 4 : padded(shape.channels) * 4;
    const input = this.#part(shape, 0, shape.channels, columnBytes);
    this.input = { shape, shared: !this.managed, parts: [input] };
    this.items = memory.take(this.batch * shape.channels * positionsOf(shape) * 4);
    this.auxiliary = memory.take(this.batch * padded(network.input.auxiliaryFeatures) * 4);
    const values: Values[] = [];
    for (const one of placed) values.push(this.#planLayer(one, placed, values));
    this.logits = values[values.length - 1];
    const chunk = Math.max(...this.steps.map(chunkBytes));
    this.sums = memory.take(chunk);
    this.variances = memory.take(chunk);
    const sectioned = this.steps.some(
      (step) => step.kind === 'array' && step.tiles.some(({ sections }) => sections.length > 1),
    );
    this.totals = memory.take(sectioned ? chunk : 0);
    this.varianceTotals = memory.take(sectioned ? chunk : 0);
  }

  /**
   * Whether items need no padding of their channels: array layers read them value by value. Other layers, and the
   * search for the largest input, take four at a time.
   */
  #packsInput(placed: readonly PlacedLayer[]): boolean {
    return (
      !this.managed &&
      placed.every(
        ({ layer, sources }) => isArrayLayer(layer) || layer.kind === 'flatten' || !sources.includes(-1),
      )
    );
  }

  #part(shape: Shape, columnStart: number, columns: number, columnBytes = padded(columns) * 4): ValuePart {
    const unitBytes = columnBytes * positionsOf(shape);
    const address = this.#memory.take(this.batch * unitBytes);
    return { columnStart, columns, columnBytes, unitBytes, address };
  }

  #planLayer(one: PlacedLayer, placed: readonly PlacedLayer[], values: readonly Values[]): Values {
    const { layer, sources, output: shape } = one;
    const [from, other] = sources.map((source) => (source === -1 ? this.input : values[source]));
    // What was flattened lies as it lay; whoever reads it knows.
    if (layer.kind === 'flatten') return from;
    if (isArrayLayer(layer)) {
      const flattened = placed[sources[0]]?.layer.kind === 'flatten';
      const step = this.#planArray(from, flattened, shape);
      this.steps.push(step);
      return step.output;
    }
    if (layer.kind === 'add') {
      const shared = from.shared && other.shared;
      const to: Values = { shape, shared, parts: [this.#part(shape, 0, shape.channels)] };
      const intervals = intervalsOf(from, other);
      const relu = layer.activation === 'relu';
      this.steps.push({ kind: 'add', shared, relu, from: [from, other], to, intervals });
      return to;
    }
    const parts = from.parts.map(({ columnStart, columns }) => this.#part(shape, columnStart, columns));
    const to: Values = { shape, shared: from.shared, parts };
    this.steps.push({ kind: 'pool', shared: from.shared, layer, from, to });
    return to;
  }

  #planArray(input: Values, flattened: boolean, shape: Shape): ArrayStep {
    const index = this.steps.filter(({ kind }) => kind === 'array').length;
    const state = this.#state.layers[index];
    const { layer, groups, tiles } = state.programmed;
    const { auxiliaryFeatures } = this.#state.programmed.network.input;
    const channels = input.shape.channels / groups;
    const positionBytes = channels * 2;
    const window = layer.kind === 'dense' ? null : windowOf(layer);
    const [above, beside] = window?.padding ?? [0, 0];
    const rowBytes = (input.shape.width + 2 * beside) * positionBytes;
    const groupBytes = (input.shape.height + 2 * above) * rowBytes;
    const contentBytes = groups * groupBytes + (flattened ? auxiliaryFeatures * 2 : 0);
    // A strip of an odd number of rows reads one code more, against a weight of 0.
    const unitBytes = Math.ceil((contentBytes + 2) / 16) * 16;
    const output: Values = { shape, shared: false, parts: [] };
    for (const { columnStart, columns, rowStart } of tiles) {
      if (rowStart === 0) output.parts.push(this.#part(shape, columnStart, columns));
    }
    const pieces = input.parts.flatMap((part) =>
      Array.from({ length: groups }, (_, group) => {
        const start = Math.max(part.columnStart, group * channels);
        const end = Math.min(part.columnStart + part.columns, (group + 1) * channels);
        const first = group * groupBytes + above * rowBytes + beside * positionBytes;
        const codeOffset = first + (start - group * channels) * 2;
        return { part, start, columns: end - start, codeOffset };
      }).filter(({ columns }) => columns > 0),
    );
    const widest = Math.max(...output.parts.map(({ columnBytes }) => columnBytes));
    const vectors = vectorsOf(window, shape, positionBytes, rowBytes, unitBytes, widest);
    const step: ArrayStep = {
      kind: 'array',
      shared: input.shared,
      state,
      input,
      output,
      codes: this.#memory.take(this.batch * unitBytes + 16),
      squares: this.#memory.take(this.batch * unitBytes + 16),
      unitBytes,
      positionBytes,
      rowBytes,
      pieces,
      auxiliaryAt: flattened ? groups * groupBytes : null,
      tiles: [],
      ...vectors,
      vectorOffsets: this.#planOffsets(vectors, unitBytes),
    };
    const strips = stripsOf(window, state.programmed.rows, positionBytes, rowBytes);
    for (const tile of state.tiles) step.tiles.push(this.#planTile(step, index, tile, strips, groupBytes));
    return step;
  }

  #planOffsets(
    { runBytes, vectors, vectorBytes, chunkUnits, chunkRuns }: ReturnType<typeof vectorsOf>,
    unitBytes: number,
  ): number {
    const count = chunkUnits * chunkRuns * vectors;
    const address = this.#memory.take(count * 4);
    const offsets = new Uint32Array(this.#memory.buffer, address, count);
    for (const i of offsets.keys()) {
      const run = Math.floor(i / vectors);
      const unit = Math.floor(run / chunkRuns);
      offsets[i] = unit * unitBytes + (run % chunkRuns) * runBytes + (i % vectors) * vectorBytes;
    }
    return address;
  }

  #planTile(
    { state: { programmed }, shared, output: { parts } }: ArrayStep,
    layerIndex: number,
    tile: TileState,
    strip: Strips,
    groupBytes: number,
  ): TilePlan {
    const { rows, columns, columnStart, rowStart, group, index } = tile.tile;
    const output = parts.find((part) => part.columnStart === columnStart)!;
    const sumBytes = shared ? this.batch * output.unitBytes : 0;
    const sections: TileSection[] = [];
    for (let first = 0; first < rows; first += LARGEST_SECTION_ROWS) {
      const end = Math.min(rows, first + LARGEST_SECTION_ROWS);
      sections.push(this.#planSection(tile, first, end, strip));
    }
    const { profile } = this.#state.programmed;
    const { inputBound, outputBound } = programmed.range;
    const constant = profile.converters.inputScaling !== 'absolute-maximum';
    const volts = constant ? inputBound * outputBound : outputBound;
    const codes = largestCode(profile.converters.adcBits);
    const plan: TilePlan = {
      tile,
      sections,
      blocks: padded(columns) / 8,
      groupOffset: group * groupBytes,
      scale: this.#memory.take(output.columnBytes),
      bias: this.#memory.take(output.columnBytes),
      place: placeWord('fastReadNoise', layerIndex, index),
      output,
      firstOfColumn: rowStart === 0,
      lastOfColumn: rowStart + rows === programmed.rows,
      sums: this.#memory.take(sumBytes),
      variances: this.#memory.take(sumBytes),
      managed: this.managed
        ? {
            codes: this.#memory.take(this.batch * output.unitBytes),
            done: this.#memory.take((this.batch * output.unitBytes) / output.columnBytes),
            distortion: this.#planDistortion(tile, output.columnBytes, codes),
          }
        : null,
    };
    const scale = new Float32Array(this.#memory.buffer, plan.scale, columns);
    const bias = new Float32Array(this.#memory.buffer, plan.bias, columns);
    for (let column = 0; column < columns; column++) {
      scale[column] =
        (volts * tile.compensation[column] * programmed.columnScale[columnStart + column]) / codes;
      bias[column] = programmed.layer.bias[columnStart + column];
    }
    return plan;
  }

  /** Gains, offsets in codes, and curvatures over the largest code; 0 where columns are alike. */
  #planDistortion({ tile: { converters } }: TileState, columnBytes: number, codes: number): number {
    if (converters === null) return 0;
    const address = this.#memory.take(3 * columnBytes);
    const of = new Float32Array(this.#memory.buffer, address, (3 * columnBytes) / 4);
    const width = columnBytes / 4;
    for (const [column, gain] of converters.gain.entries()) {
      of[column] = gain;
      of[width + column] = converters.offset[column] * codes;
      of[2 * width + column] = converters.curvature[column] / codes;
    }
    return address;
  }

  /** Rows `first` to `end` of a tile, cut into strips whose codes lie side by side. */
  #planSection(tile: TileState, first: number, end: number, strip: Strips): TileSection {
    const { columns, rowStart } = tile.tile;
    const blocks = padded(columns) / 8;
    const strips: number[] = [];
    /** Place of each row among the kernel's rows, which are even in number for each strip. */
    const places: number[] = [];
    let next = 0;
    for (let row = first; row < end; ) {
      const number = Math.floor((rowStart + row) / strip.rows);
      const within = rowStart + row - number * strip.rows;
      const count = Math.min(end - row, strip.rows - within);
      const paddedCount = Math.ceil(count / 2) * 2;
      strips.push(strip.start(number) + within * 2, paddedCount * 2);
      for (let i = 0; i < count; i++) places.push(next + i);
      next += paddedCount;
      row += count;
    }
    const pairs = next / 2;
    const section: TileSection = {
      strips: this.#memory.take(strips.length * 4),
      stripCount: strips.length / 2,
      pairs,
      matrix: this.#memory.take(pairs * blocks * 32),
      varianceMatrix: this.#memory.take(pairs * blocks * 32),
    };
    const { buffer } = this.#memory;
    new Uint32Array(buffer, section.strips, strips.length).set(strips);
    const matrix = new Int16Array(buffer, section.matrix, pairs * blocks * 16);
    const variances = new Int16Array(buffer, section.varianceMatrix, pairs * blocks * 16);
    for (const [i, place] of places.entries()) {
      for (let column = 0; column < columns; column++) {
        const at = ((column >> 3) * pairs + (place >> 1)) * 16 + (column & 7) * 2 + (place & 1);
        const cell = (first + i) * columns + column;
        matrix[at] = tile.plusSteps[cell] - tile.minusSteps[cell];
        variances[at] = tile.varianceSteps[cell];
      }
    }
    return section;
  }
}

/** Rows of a matrix whose codes lie side by side, and where strip n starts behind its vector, bytes. */
interface Strips {
  rows: number;
  start: (strip: number) => number;
}

/** @param rows of the matrix */
function stripsOf(window: Window | null, rows: number, positionBytes: number, rowBytes: number): Strips {
  if (window === null) return { rows, start: () => 0 };
  const [, taps] = window.kernel;
  const [down, along] = window.dilation;
  const channels = positionBytes / 2;
  // Taps that follow one another are one strip.
  if (along === 1) return { rows: taps * channels, start: (strip) => strip * down * rowBytes };
  return {
    rows: channels,
    start: (strip) => Math.floor(strip / taps) * down * rowBytes + (strip % taps) * along * positionBytes,
  };
}

/** How a unit's vectors lie among its codes, and how many of them make a chunk. */
function vectorsOf(
  window: Window | null,
  { height, width }: Shape,
  positionBytes: number,
  rowBytes: number,
  unitBytes: number,
  widest: number,
): Pick<ArrayStep, 'runs' | 'runBytes' | 'vectors' | 'vectorBytes' | 'chunkUnits' | 'chunkRuns'> {
  const vectorBytes = window === null ? unitBytes : window.stride[1] * positionBytes;
  const runBytes = window === null ? 0 : window.stride[0] * rowBytes;
  const chunkUnits = Math.floor(CHUNK_BYTES / (height * width * widest));
  // Rows whose vectors follow one another at one distance are one run.
  if (runBytes === width * vectorBytes && chunkUnits >= 1) {
    return { runs: 1, runBytes: 0, vectors: height * width, vectorBytes, chunkUnits, chunkRuns: 1 };
  }
  // Chunks of a unit hold an even number of runs, since deviates come in sixteens.
  const chunkRuns = Math.max(2, Math.floor(CHUNK_BYTES / (width * widest * 2)) * 2);
  return {
    runs: height,
    runBytes,
    vectors: width,
    vectorBytes,
    chunkUnits: Math.max(1, chunkUnits),
    chunkRuns: chunkUnits >= 1 ? height : Math.min(height, chunkRuns),
  };
}

function chunkBytes(step: ReadStep): number {
  if (step.kind !== 'array') return 0;
  const widest = Math.max(...step.output.parts.map(({ columnBytes }) => columnBytes));
  return step.chunkUnits * step.chunkRuns * step.vectors * widest;
}

function intervalsOf(one: Values, two: Values): AddStep['intervals'] {
  return one.parts.flatMap((a) =>
    two.parts.flatMap((b) => {
      const start = Math.max(a.columnStart, b.columnStart);
      const end = Math.min(a.columnStart + a.columns, b.columnStart + b.columns);
      return end > start ? [{ one: a, two: b, start, columns: end - start }] : [];
    }),
  );
}

/** How many units fit into the scratch memory, by the values and codes that each needs. */
function batchSize({ programmed }: ArrayState): number {
  const bytes = shapesOf(programmed.network).reduce((sum, placed) => sum + bytesAUnit(placed), 0);
  return Math.min(LARGEST_BATCH, Math.max(SMALLEST_BATCH, Math.floor(BATCH_BYTES / bytes)));
}
