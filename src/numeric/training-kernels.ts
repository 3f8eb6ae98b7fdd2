/** The trainer's SIMD kernels, on Float32Array views of one memory. Addresses are bytes, matrices row-major. */
import { instantiateKernel, type KernelExports, KernelMemory } from './kernels/instantiate.ts';
import { wasmBase64 } from './kernels/training.generated.ts';

export interface TrainingExports extends KernelExports {
  /** C[m][n] = A[m][k] B[k][n]. */
  multiply(m: number, n: number, k: number, a: number, b: number, c: number): void;
  /** C[m][k] += A[m][n] (B[k][n])^T. */
  multiplyTransposed(m: number, k: number, n: number, a: number, b: number, c: number): void;
  /** B[k][m] = (A[m][k])^T. */
  transpose(m: number, k: number, a: number, b: number): void;
  /** x[channels][batch][length] to columns[channels * kernel][batch * positions]. */
  unfold(
    channels: number,
    batch: number,
    length: number,
    kernel: number,
    stride: number,
    padding: number,
    positions: number,
    x: number,
    columns: number,
  ): void;
  /** Adds columns back onto dx: the transpose of `unfold`. */
  fold(
    channels: number,
    batch: number,
    length: number,
    kernel: number,
    stride: number,
    padding: number,
    positions: number,
    columns: number,
    dx: number,
  ): void;
  /** y[rows][columns] += bias[rows]; then the rectifier where `relu` is 1. */
  addBias(rows: number, columns: number, relu: number, bias: number, y: number): void;
  /** dy = 0 where y <= 0. */
  rectifierGradient(count: number, y: number, dy: number): void;
  /** dBias[rows] += row sums of dy[rows][columns]. */
  biasGradient(rows: number, columns: number, dy: number, dBias: number): void;
  /** One step of Adam with decoupled weight decay; weights stay within +-limit. */
  adam(
    count: number,
    weights: number,
    gradient: number,
    first: number,
    second: number,
    rate: number,
    epsilon: number,
    decay: number,
    limit: number,
  ): void;
}

/** A stretch of the kernel's memory; `values` is a new view each time, for growing memory detaches old ones. */
export interface Block {
  address: number;
  length: number;
}

export class TrainingMemory {
  readonly kernels: TrainingExports;
  readonly #memory: KernelMemory;

  constructor() {
    this.kernels = instantiateKernel<TrainingExports>(wasmBase64);
    this.#memory = new KernelMemory(this.kernels);
  }

  /** Zeroed space for `length` numbers. */
  take(length: number): Block {
    return { address: this.#memory.take(length * 4), length };
  }

  view(block: Block): Float32Array {
    return new Float32Array(this.#memory.buffer, block.address, block.length);
  }
}
