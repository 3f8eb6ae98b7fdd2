/**
 * `npm run bench`: how fast the array computes on one core, best of five, as JSON.
 *
 * Figures of one run may be compared with one another; a machine that does other work makes all of them worse.
 */
import { readFileSync } from 'node:fs';
import { arrayAt } from '../../src/imc/drift.ts';
import { parseModel } from '../../src/imc/model-file.ts';
import type { Network } from '../../src/imc/network.ts';
import type { DeviceProfile } from '../../src/imc/profile.ts';
import { programNetwork } from '../../src/imc/program.ts';
import { calibrateRanges, type LayerRange } from '../../src/imc/ranges.ts';
import { runSamples } from '../../src/imc/run.ts';
import { macsByLayer } from '../../src/imc/shapes.ts';
import { wasmBase64 } from '../../src/numeric/kernels/array.generated.ts';
import {
  instantiateKernel,
  type KernelExports,
  KernelMemory,
} from '../../src/numeric/kernels/instantiate.ts';
import { networkOf, randomDense, randomItems, shippedProfile } from '../random-network.ts';

const DAY = 86_400;
const SAMPLES = 32;

function bestSeconds(work: () => void): number {
  for (let i = 0; i < 3; i++) work();
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    work();
    best = Math.min(best, (performance.now() - start) / 1000);
  }
  return best;
}

interface VectorMatrixKernel extends KernelExports {
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
}

/** Multiply-accumulates a second, in 10^9, of size x size matrices and batches of 256 vectors. */
function kernelRate(size: number): number {
  const kernel = instantiateKernel<VectorMatrixKernel>(wasmBase64);
  const memory = new KernelMemory(kernel);
  const [vectors, matrix, out] = [256 * size * 2, size * size * 2, 256 * size * 4].map((n) => memory.take(n));
  const repeats = 20;
  const seconds = bestSeconds(() => {
    for (let i = 0; i < repeats; i++) {
      kernel.multiply(vectors, size * 2, 256, matrix, size / 2, size / 8, out, size * 4);
    }
  });
  return (repeats * 256 * size * size) / seconds / 1e9;
}

/** Seconds that `items` items take, a day after programming. */
function passSeconds(
  network: Network,
  ranges: LayerRange[],
  profile: DeviceProfile,
  items: number,
  samples: number,
): number {
  const programmed = programNetwork(network, profile, { programmingSeed: 1, ranges });
  const state = arrayAt(programmed, { driftSeconds: DAY, driftCompensation: true });
  const inputs = randomItems(network, items);
  return bestSeconds(() => runSamples(state, { ...inputs, firstItem: 0, samples, seed: 1 }));
}

function tileFigures(): Record<string, number> {
  const network = networkOf(
    'tile',
    { kind: 'signal', channels: 1, length: 8, auxiliaryFeatures: 0 },
    [
      { kind: 'flatten', name: 'flatten' },
      // Hardly any work, since all samples of an item share its sums.
      randomDense('first', 8, 256, { stream: 1 }),
      randomDense('second', 256, 256, { stream: 2 }),
    ],
    256,
  );
  const pcm = shippedProfile('pcm-nandakumar-2019');
  const inputs = randomItems(network, 64);
  const ranges = calibrateRanges(network, pcm, inputs.signals, inputs.auxiliary);
  const noisy = passSeconds(network, ranges, pcm, 64, SAMPLES);
  // Without noise all samples are one pass: as many items as there were passes do the same work.
  const ideal = passSeconds(network, ranges, shippedProfile('ideal'), 64 * SAMPLES, 1);
  return {
    noisySpeedOverIdeal: ideal / noisy,
    noisyGigaMacsPerSecond: (64 * SAMPLES * 256 * 256) / noisy / 1e9,
  };
}

function beatFigures(): Record<string, number> {
  const read = (name: string): Buffer =>
    readFileSync(new URL(`../../models/ecg-beats/${name}`, import.meta.url));
  const { network, ranges } = parseModel(
    JSON.parse(read('model.json').toString()),
    read('weights.safetensors'),
    JSON.parse(read('calibration.json').toString()),
    'ecg-beats',
  );
  const beats = 500;
  const seconds = passSeconds(network, ranges, shippedProfile('pcm-nandakumar-2019'), beats, SAMPLES);
  const once = passSeconds(network, ranges, shippedProfile('ideal'), beats, 1);
  return {
    macs: macsByLayer(network).reduce((sum, { macs }) => sum + macs, 0),
    samples: SAMPLES,
    beatsPerSecond: beats / seconds,
    beatsPerSecondOnePassIdeal: beats / once,
    microsecondsAPass: (seconds * 1e6) / (beats * SAMPLES),
  };
}

console.log(
  JSON.stringify(
    {
      kernelGigaMacsPerSecond: { 256: kernelRate(256), 512: kernelRate(512) },
      noisyTile: tileFigures(),
      beatNetwork: beatFigures(),
    },
    null,
    2,
  ),
);
