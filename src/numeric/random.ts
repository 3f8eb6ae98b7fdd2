/**
 * Random numbers by counter: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as
 * 1, 2, 3", SC 2011). A draw depends on its seed and address alone, never on what was drawn before, so that
 * the same device or read gets the same number however the work is split.
 */
import { wasmBase64 } from './kernels/gaussian.generated.ts';
import { instantiateKernel, type KernelExports, KernelMemory } from './kernels/instantiate.ts';

/** One stream: a seed (0 to 2^53 - 1) and three words that say what the numbers are for. */
export interface StreamAddress {
  seed: number;
  words: readonly [number, number, number];
}

/** The 64-bit key of a seed, as two 32-bit halves, low first. */
export function keyOfSeed(seed: number): [number, number] {
  return [seed >>> 0, Math.floor(seed / 4_294_967_296) >>> 0];
}

/** High 32 bits of the product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const other = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 65_536) + Math.floor(other / 65_536)) >>> 0;
}

/** Philox4x32-10: replaces the four 32-bit words of `counter` by their random images under the key. */
export function philox4x32(counter: Uint32Array, keyLow: number, keyHigh: number): void {
  let [x0, x1, x2, x3] = counter as unknown as [number, number, number, number];
  let k0 = keyLow;
  let k1 = keyHigh;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, x0);
    const low0 = Math.imul(0xd2511f53, x0);
    const high1 = multiplyHigh(0xcd9e8d57, x2);
    const low1 = Math.imul(0xcd9e8d57, x2);
    x0 = (high1 ^ x1 ^ k0) >>> 0;
    x1 = low1 >>> 0;
    x2 = (high0 ^ x3 ^ k1) >>> 0;
    x3 = low0 >>> 0;
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  counter[0] = x0;
  counter[1] = x1;
  counter[2] = x2;
  counter[3] = x3;
}

/** Uniform draws one after the other from one address; for shuffles, splits and choices. */
export class RandomStream {
  readonly #key: [number, number];
  readonly #words: readonly [number, number, number];
  readonly #block = new Uint32Array(4);
  #nextBlock = 0;
  #used = 4;

  constructor(address: StreamAddress) {
    this.#key = keyOfSeed(address.seed);
    this.#words = address.words;
  }

  /** 0 to 2^32 - 1. */
  uint32(): number {
    if (this.#used === 4) {
      this.#block[0] = this.#nextBlock++;
      this.#block.set(this.#words, 1);
      philox4x32(this.#block, this.#key[0], this.#key[1]);
      this.#used = 0;
    }
    return this.#block[this.#used++];
  }

  /** At least 0, below 1, in steps of 2^-32. */
  uniform(): number {
    return this.uint32() / 4_294_967_296;
  }

  /** An integer from 0 to `limit` - 1, each equally likely; limit at most 2^32. */
  integer(limit: number): number {
    const fair = 4_294_967_296 - (4_294_967_296 % limit);
    let draw = this.uint32();
    while (draw >= fair) draw = this.uint32();
    return draw % limit;
  }

  /** Puts the elements in random order, in place. */
  shuffle(elements: { length: number; [index: number]: number }): void {
    for (let last = elements.length - 1; last > 0; last--) {
      const other = this.integer(last + 1);
      const kept = elements[last];
      elements[last] = elements[other];
      elements[other] = kept;
    }
  }
}

interface GaussianExports extends KernelExports {
  setKey(low: number, high: number): void;
  fillGaussian(to: number, groups: number, firstBlock: number, c1: number, c2: number, c3: number): void;
}

const CHUNK_GROUPS = 1024;
let kernel: { exports: GaussianExports; memory: KernelMemory; scratch: number } | undefined;

function gaussianKernel(): NonNullable<typeof kernel> {
  if (kernel === undefined) {
    const exports = instantiateKernel<GaussianExports>(wasmBase64);
    const memory = new KernelMemory(exports);
    kernel = { exports, memory, scratch: memory.take(CHUNK_GROUPS * 64) };
  }
  return kernel;
}

/**
 * The first `out.length` standard Gaussian deviates of a stream (Box and Muller's method in f32, about 1e-6
 * exact, at most 6.67 in size).
 */
export function fillGaussian(address: StreamAddress, out: Float32Array): Float32Array {
  const { exports, memory, scratch } = gaussianKernel();
  exports.setKey(...keyOfSeed(address.seed));
  for (let start = 0; start < out.length; start += CHUNK_GROUPS * 16) {
    const count = Math.min(CHUNK_GROUPS * 16, out.length - start);
    exports.fillGaussian(scratch, Math.ceil(count / 16), start / 4, ...address.words);
    out.set(new Float32Array(memory.buffer, scratch, count), start);
  }
  return out;
}

/** `count` standard Gaussian deviates of a stream; see `fillGaussian`. */
export function gaussians(address: StreamAddress, count: number): Float32Array {
  return fillGaussian(address, new Float32Array(count));
}
