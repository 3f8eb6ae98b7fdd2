/**
 * Reads of the array: Monte-Carlo forward passes with converters and fast read noise.
 *
 * Samples share programmed, drifted conductances; only the fast read noise is drawn anew, once a tile output:
 * the sum of the independent Gaussian noises of a column's devices is one Gaussian whose variance is the sum
 * of theirs, each times its squared input. Every read draws anew: positions of a convolution, items and samples
 * are independent, as reads of different columns are. What enters the first array layer does not depend on the sample,
 * so that its sums and variances are computed once an item.
 */
import { ArrayReader, type LayerReads, type ReadOptions } from './array-reader.ts';
import type { ArrayState } from './drift.ts';

export { runIdealFp32 } from './software.ts';

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
export function runSamples(state: ArrayState, options: ReadOptions): Float32Array {
  return readerOf(state).run(options);
}

/** As `runSamples`, with the reads that it took; passes that read noise does not tell apart are made once. */
export function runSamplesCounted(
  state: ArrayState,
  options: ReadOptions,
): { logits: Float32Array; reads: LayerReads[] } {
  const reader = readerOf(state);
  return { logits: reader.run(options), reads: reader.reads() };
}

function readerOf(state: ArrayState): ArrayReader {
  let reader = readers.get(state);
  if (reader === undefined) {
    reader = new ArrayReader(state);
    readers.set(state, reader);
  }
  return reader;
}

const readers = new WeakMap<ArrayState, ArrayReader>();
