/** What the WebAssembly kernels of the array offer; how they compute is in `numeric/kernels/assembly/array.ts`. */
import type { KernelExports } from '../numeric/kernels/instantiate.ts';

export interface ArrayKernels extends KernelExports {
  setKey(low: number, high: number): void;
  multiply(
    vectors: number,
    vectorStride: number,
    count: number,
    matrix: number,
    strips: number,
    stripCount: number,
    pairs: number,
    blocks: number,
    out: number,
    outStride: number,
  ): void;
  addSection(sums: number, totals: number, count: number, first: boolean): void;
  readOut(
    sums: number,
    variances: number,
    sumStride: number,
    sumsPerSample: boolean,
    sections: boolean,
    to: number,
    toStride: number,
    firstUnit: number,
    units: number,
    samples: number,
    firstItem: number,
    firstSample: number,
    elements: number,
    firstBlock: number,
    columnBytes: number,
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
    outRows: number,
    outPositions: number,
    rowBytes: number,
    columnBytes: number,
    sizeRows: number,
    size: number,
    strideRows: number,
    stride: number,
    average: boolean,
  ): void;
  add(
    one: number,
    oneStride: number,
    oneColumnBytes: number,
    two: number,
    twoStride: number,
    twoColumnBytes: number,
    to: number,
    toStride: number,
    toColumnBytes: number,
    count: number,
    positions: number,
    columns: number,
    relu: boolean,
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
