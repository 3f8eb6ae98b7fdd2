/** The vector-matrix product alone: fixed point here, f32 at the peers, and what the machine can do at most. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import asc from 'assemblyscript/asc';
import type { ArrayKernels } from '../../src/imc/array-kernels.ts';
import { wasmBase64 } from '../../src/numeric/kernels/array.generated.ts';
import {
  instantiateKernel,
  type KernelExports,
  KernelMemory,
} from '../../src/numeric/kernels/instantiate.ts';
import { randomValues } from '../random-network.ts';
import { bestRates, type Contender } from './measure.ts';
import { matrixProductModel, type Peer, peerSession } from './peers.ts';
import { atLeast, atMost, type Row, row } from './row.ts';

const BATCH = 256;

interface DotAndAdd extends KernelExports {
  eightSums(steps: number, from: number, to: number): void;
  nineSums(steps: number, from: number, to: number): void;
  tenSums(steps: number, from: number, to: number): void;
}

/** Compiled as the product's kernels are (scripts/build-kernels.mjs). */
export async function dotAndAddBase64(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'kirchhoff-bench-'));
  try {
    const wasm = join(folder, 'dot-and-add.wasm');
    const source = join(import.meta.dirname, 'assembly', 'dot-and-add.ts');
    const flags = ['-O3', '--runtime', 'stub', '--enable', 'simd', '--use', 'abort='];
    const { error, stderr } = await asc.main([source, '--outFile', wasm, ...flags]);
    if (error) throw new Error(`dot-and-add.ts does not compile: ${stderr.toString()}`);
    return readFileSync(wasm).toString('base64');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function machineContenders(): Promise<Contender[]> {
  const kernel = instantiateKernel<DotAndAdd>(await dotAndAddBase64());
  const memory = new KernelMemory(kernel);
  const from = memory.take(4096);
  // Pages that were never written are all the same one, which the cache does not take for ordinary memory.
  new Int16Array(memory.buffer, from, 2048).fill(3);
  const steps = 20_000;
  return [
    { name: 'dot-and-add, 8 sums', work: steps * 64, run: () => kernel.eightSums(steps, from, from + 2048) },
    { name: 'dot-and-add, 9 sums', work: steps * 72, run: () => kernel.nineSums(steps, from, from + 2048) },
    { name: 'dot-and-add, 10 sums', work: steps * 80, run: () => kernel.tenSums(steps, from, from + 2048) },
  ];
}

function ourContender(size: number): Contender {
  const kernel = instantiateKernel<ArrayKernels>(wasmBase64);
  const memory = new KernelMemory(kernel);
  const [vectors, matrix, out] = [BATCH * size * 2, size * size * 2, BATCH * size * 4].map((bytes) =>
    memory.take(bytes),
  );
  const strips = memory.take(8);
  const offsets = memory.take(BATCH * 4);
  new Uint32Array(memory.buffer, offsets, BATCH).forEach((_, i, starts) => {
    starts[i] = i * size * 2;
  });
  // One strip: the whole vector.
  new Uint32Array(memory.buffer, strips, 2).set([0, size * 2]);
  new Int16Array(memory.buffer, vectors, BATCH * size).forEach((_, i, codes) => {
    codes[i] = (i % 255) - 127;
  });
  new Int16Array(memory.buffer, matrix, size * size).forEach((_, i, registers) => {
    registers[i] = (i % 65_521) - 32_760;
  });
  const run = () =>
    kernel.multiply(vectors, offsets, BATCH, matrix, strips, 1, size / 2, size / 8, out, size * 4);
  run();
  checkProduct(memory.buffer, { vectors, matrix, out }, size);
  return { name: 'kirchhoff', work: BATCH * size * size, run };
}

/** The last column of the last vector by hand: a rate of something else would mean nothing. */
function checkProduct(
  buffer: ArrayBuffer,
  at: { vectors: number; matrix: number; out: number },
  size: number,
): void {
  const codes = new Int16Array(buffer, at.vectors + (BATCH - 1) * size * 2, size);
  const registers = new Int16Array(buffer, at.matrix, size * size);
  // [block of 8 columns][pair of rows][column][row of the pair]
  const last = (size / 8 - 1) * size * 8 + 14;
  const sum = codes.reduce(
    (total, code, row) => total + code * registers[last + (row >> 1) * 16 + (row & 1)],
    0,
  );
  const [given] = new Int32Array(buffer, at.out + (BATCH * size - 1) * 4, 1);
  if (given !== sum) throw new Error(`The kernel gives ${given} where the product is ${sum}.`);
}

export async function kernelRows(peers: readonly Peer[]): Promise<Row[]> {
  const rows: Row[] = [];
  const machine = await machineContenders();
  for (const size of [256, 512]) {
    const contenders = [ourContender(size), ...machine];
    for (const peer of peers) {
      const model = matrixProductModel(randomValues(size * size, 1), size, size);
      const x = { name: 'x', values: randomValues(BATCH * size, 2), dims: [BATCH, size] };
      const { run } = await peerSession(peer, model, [x], [BATCH, size]);
      contenders.push({ name: peer.name, work: BATCH * size * size, run });
    }
    const rates = await bestRates(contenders);
    const measured = Object.fromEntries(
      Object.entries(rates).map(([name, rate]) => [`${name}, GMAC/s`, rate / 1e9]),
    );
    const what = `vector-matrix product ${size} x ${size}, batch ${BATCH}`;
    const top = Math.max(...machine.map(({ name }) => rates[name]));
    rows.push(
      row(
        `${what}, over onnxruntime-web`,
        rates.kirchhoff / rates['onnxruntime-web'],
        'x',
        atLeast(2.5),
        measured,
      ),
      row(
        `${what}, over onnxruntime-node`,
        rates.kirchhoff / rates['onnxruntime-node'],
        'x',
        atLeast(0.5),
        measured,
      ),
      row(`${what}, share of the machine's dot-and-add`, rates.kirchhoff / top, '', atLeast(0.9), measured),
      row(`${what}, not above the machine's dot-and-add`, rates.kirchhoff / top, '', atMost(1), measured),
    );
  }
  return rows;
}
