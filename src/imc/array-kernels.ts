/** What the WebAssembly kernels of the array offer; how they compute is in `numeric/kernels/assembly/array.ts`. */
import type { KernelExports } from '../numeric/kernels/instantiate.ts';

export interface ArrayKernels extends KernelExports {
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
