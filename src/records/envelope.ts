/**
 * The envelope of a lead: minimum and maximum over blocks of 64, 1024 and 16384 samples, so that an overview of
 * a day is drawn without reading the day. Stored as [min, max] pairs, level after level, finest first.
 */

/** Samples a block, finest first. */
const LEVEL_BLOCK_SAMPLES = [64, 1024, 16_384] as const;
/** Blocks a column must hold at least, so that a column's edge is at most an eighth of it off. */
const BLOCKS_A_COLUMN = 8;

export interface EnvelopeLevel {
  blockSamples: number;
  blocks: number;
  /** First pair of the level within the stored envelope. */
  firstBlock: number;
}

/** The levels of a lead of `lengthSamples`. */
export function envelopeLevels(lengthSamples: number): EnvelopeLevel[] {
  let firstBlock = 0;
  return LEVEL_BLOCK_SAMPLES.map((blockSamples) => {
    const level = { blockSamples, blocks: Math.ceil(lengthSamples / blockSamples), firstBlock };
    firstBlock += level.blocks;
    return level;
  });
}

/** Builds the envelope of a lead, millivolts; a block without any valid sample is [NaN, NaN]. */
export function buildEnvelope(millivolts: Float32Array): Float32Array {
  const envelope = new EnvelopeBuilder(millivolts.length);
  envelope.push(millivolts);
  return envelope.pairs();
}

/** Builds the envelope of a lead that is given window by window. */
export class EnvelopeBuilder {
  readonly #levels: EnvelopeLevel[];
  readonly #pairs: Float32Array;
  /** Samples so far. */
  #length = 0;

  constructor(lengthSamples: number) {
    this.#levels = envelopeLevels(lengthSamples);
    const last = this.#levels[this.#levels.length - 1]!;
    this.#pairs = new Float32Array(2 * (last.firstBlock + last.blocks)).fill(Number.NaN);
  }

  /** The next samples, millivolts. */
  push(millivolts: Float32Array): void {
    const { blockSamples } = this.#levels[0]!;
    for (let start = 0; start < millivolts.length; ) {
      const block = Math.floor(this.#length / blockSamples);
      const end = Math.min(millivolts.length, start + (block + 1) * blockSamples - this.#length);
      const [minimum, maximum] = extremesOf(millivolts, start, end);
      // A block that the last window began; NaN gives way.
      const [before, after] = [this.#pairs[2 * block]!, this.#pairs[2 * block + 1]!];
      this.#pairs[2 * block] = before <= minimum || Number.isNaN(minimum) ? before : minimum;
      this.#pairs[2 * block + 1] = after >= maximum || Number.isNaN(maximum) ? after : maximum;
      this.#length += end - start;
      start = end;
    }
  }

  /** All levels, once all samples were given. */
  pairs(): Float32Array {
    for (const [index, level] of this.#levels.entries()) {
      const finer = this.#levels[index - 1];
      if (finer === undefined) continue;
      const blocks = level.blockSamples / finer.blockSamples;
      for (let block = 0; block < level.blocks; block++) {
        const start = finer.firstBlock + block * blocks;
        const end = Math.min(start + blocks, finer.firstBlock + finer.blocks);
        this.#pairs.set(extremesOf(this.#pairs, 2 * start, 2 * end), 2 * (level.firstBlock + block));
      }
    }
    return this.#pairs;
  }
}

/** The coarsest level that still resolves `columns` columns, or null where the samples themselves are needed. */
export function levelFor(lengthSamples: number, columns: number): EnvelopeLevel | null {
  const fits = envelopeLevels(lengthSamples).filter((level) => level.blocks >= columns * BLOCKS_A_COLUMN);
  return fits.at(-1) ?? null;
}

/** Columns of an overview from the pairs of one level; a block belongs to one column. */
export function columnsFromPairs(pairs: Float32Array, columns: number): Float32Array {
  const blocks = pairs.length / 2;
  const minMax = new Float32Array(2 * columns);
  for (let column = 0; column < columns; column++) {
    const start = Math.floor((column * blocks) / columns);
    const end = Math.floor(((column + 1) * blocks) / columns);
    minMax.set(extremesOf(pairs, 2 * start, 2 * end), 2 * column);
  }
  return minMax;
}

/** Columns of an overview from samples; each holds at least one sample, so many columns repeat samples. */
export function columnsFromSamples(millivolts: Float32Array, columns: number): Float32Array {
  const minMax = new Float32Array(2 * columns);
  for (let column = 0; column < columns; column++) {
    const start = Math.floor((column * millivolts.length) / columns);
    const end = Math.max(start + 1, Math.floor(((column + 1) * millivolts.length) / columns));
    minMax.set(extremesOf(millivolts, start, end), 2 * column);
  }
  return minMax;
}

/** [minimum, maximum] of values[start, end), NaN left out; [NaN, NaN] where nothing is left. */
function extremesOf(values: Float32Array, start: number, end: number): [number, number] {
  let minimum = Number.POSITIVE_INFINITY;
  let maximum = Number.NEGATIVE_INFINITY;
  for (let index = start; index < end; index++) {
    const value = values[index]!;
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
  }
  return minimum <= maximum ? [minimum, maximum] : [Number.NaN, Number.NaN];
}
