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
  /** C[m][n] = A[m][k] B[k][n]; n a multiple of 8, rows of B and C the strides apart. */
  multiplyStrips(
    m: number,
    n: number,
    k: number,
    a: number,
    b: number,
    bStride: number,
    c: number,
    cStride: number,
  ): void;
  /** x[items][channels][height][width] to columns[channels * kernel][items][outHeight][outWidth]. */
  unfoldImages(...sizesThenAddresses: ImageWindow): void;
  /** Adds columns back onto dx: the transpose of `unfoldImages`; its addresses are columns, stride, dx. */
  foldImages(...sizesThenAddresses: ImageWindow): void;
  /** out[items][rows][positions] = c[rows][items * positions] + bias[rows]; then the rectifier where `relu` is 1. */
  placeOutputs(
    items: number,
    rows: number,
    positions: number,
    relu: number,
    bias: number,
    c: number,
    cStride: number,
    out: number,
  ): void;
  /** c[rows][items * positions] = dy[items][rows][positions], zeros up to the stride. */
  gatherGradients(
    items: number,
    rows: number,
    positions: number,
    dy: number,
    c: number,
    cStride: number,
  ): void;
  /** y = a + b; then the rectifier where `relu` is 1. */
  add(count: number, relu: number, a: number, b: number, y: number): void;
  /** dx += dy. */
  accumulateAll(count: number, dy: number, dx: number): void;
  poolImages(...sizesThenAddresses: PoolWindow): void;
  /** Adds the gradient of `poolImages` onto dx; its addresses are dy, dx, winners. */
  unpoolImages(...sizesThenAddresses: PoolWindow): void;
}

type ImageWindow = [
  items: number,
  channels: number,
  height: number,
  width: number,
  kernelHeight: number,
  kernelWidth: number,
  strideY: number,
  strideX: number,
  paddingY: number,
  paddingX: number,
  outHeight: number,
  outWidth: number,
  first: number,
  second: number,
  third: number,
];

type PoolWindow = [
  planes: number,
  height: number,
  width: number,
  sizeY: number,
  sizeX: number,
  strideY: number,
  strideX: number,
  outHeight: number,
  outWidth: number,
  average: number,
  from: number,
  to: number,
  winners: number,
];

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
