/** What read noise and Monte-Carlo samples cost, and what a device takes up in memory. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type ArrayState, arrayAt } from '../../src/imc/drift.ts';
import type { StoredNetwork } from '../../src/imc/model-file.ts';
import type { Network } from '../../src/imc/network.ts';
import type { DeviceProfile } from '../../src/imc/profile.ts';
import { programNetwork } from '../../src/imc/program.ts';
import { calibrateRanges, type LayerRange } from '../../src/imc/ranges.ts';
import { runSamples } from '../../src/imc/run.ts';
import { macsByLayer } from '../../src/imc/shapes.ts';
import { networkOf, randomDense, randomItems, shippedProfile } from '../random-network.ts';
import { bestRates, type Contender } from './measure.ts';
import { atLeast, atMost, type Row, row } from './row.ts';

const SAMPLES = 32;
const PCM = 'pcm-nandakumar-2019';
/** Its read noise is white, so that a single sample has it too. */
const WHITE = 'rram-wan-2022';

function stateOf(network: Network, ranges: readonly LayerRange[], profile: DeviceProfile): ArrayState {
  const programmed = programNetwork(network, profile, { programmingSeed: 1, ranges });
  return arrayAt(programmed, { driftSeconds: 86_400, driftCompensation: true });
}

function passes(
  name: string,
  network: Network,
  state: ArrayState,
  items: number,
  samples: number,
): Contender {
  const inputs = randomItems(network, items);
  return {
    name,
    work: items * samples,
    run: () => runSamples(state, { ...inputs, firstItem: 0, samples, seed: 1 }),
  };
}

/** A product of 256 x 256 behind a first layer that all samples of an item share. */
function tileNetwork(): Network {
  return networkOf(
    'tile',
    { kind: 'signal', channels: 1, length: 8, auxiliaryFeatures: 0 },
    [
      { kind: 'flatten', name: 'flatten' },
      randomDense('first', 8, 256, { stream: 1 }),
      randomDense('second', 256, 256, { stream: 2 }),
    ],
    256,
  );
}

async function noisyRow(): Promise<Row> {
  const network = tileNetwork();
  const pcm = shippedProfile(PCM);
  const { signals, auxiliary } = randomItems(network, 64);
  const ranges = calibrateRanges(network, pcm, signals, auxiliary);
  const rates = await bestRates([
    passes('noisy', network, stateOf(network, ranges, pcm), 8, SAMPLES),
    // Without noise all samples are one pass: as many items as there are passes do the same work.
    passes('ideal', network, stateOf(network, ranges, shippedProfile('ideal')), 8 * SAMPLES, 1),
  ]);
  return row(
    'noisy 256 x 256 product in a batch, over the ideal one',
    rates.noisy / rates.ideal,
    'x',
    atLeast(0.3),
    {
      profile: PCM,
      'noisy, GMAC/s': (rates.noisy * 256 * 256) / 1e9,
      'ideal, GMAC/s': (rates.ideal * 256 * 256) / 1e9,
    },
  );
}

function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Bytes that a device takes beyond the f32 weights of the network, kernel memory and scratch included. */
function memoryRow(): Row {
  const size = 1024;
  const network = networkOf(
    'square',
    { kind: 'signal', channels: 1, length: size, auxiliaryFeatures: 0 },
    [{ kind: 'flatten', name: 'flatten' }, randomDense('only', size, size, { stream: 1 })],
    size,
  );
  const ranges = [{ layer: 'only', inputBound: 3, outputBound: 30 }];
  const inputs = randomItems(network, 1);
  const before = heldBytes();
  const state = stateOf(network, ranges, shippedProfile(PCM));
  const logits = runSamples(state, { ...inputs, firstItem: 0, samples: 2, seed: 1 });
  const bytes = heldBytes() - before;
  const devices = 2 * size * size;
  return row('memory of a device beyond the weights', bytes / devices, 'bytes', atMost(16), {
    devices,
    'bytes held': bytes,
    'layers programmed': state.layers.length,
    'logits read': logits.length,
  });
}

async function samplesRow({ network, ranges }: Pick<StoredNetwork, 'network' | 'ranges'>): Promise<Row> {
  const items = 64;
  const white = stateOf(network, ranges, shippedProfile(WHITE));
  const pcm = stateOf(network, ranges, shippedProfile(PCM));
  const rates = await bestRates([
    passes('white once', network, white, items, 1),
    passes('white', network, white, items, SAMPLES),
    passes('PCM once', network, pcm, items, 1),
    passes('PCM', network, pcm, items, SAMPLES),
  ]);
  const macs = macsByLayer(network);
  const shared = macs[0].macs / macs.reduce((sum, layer) => sum + layer.macs, 0);
  const allowed = (1 + (SAMPLES - 1) * (1 - shared)) * 1.1;
  const cost = (SAMPLES * rates['white once']) / rates.white;
  return row(`${network.name}, ${SAMPLES} samples`, cost, 'single passes', atMost(allowed), {
    profile: WHITE,
    'f, share of MACs in layers whose input the samples share': shared,
    'single passes/s': rates['white once'],
    'passes/s of 32 samples': rates.white,
    [`${PCM}: passes without fast noise that ${SAMPLES} samples with it cost`]:
      (SAMPLES * rates['PCM once']) / rates.PCM,
  });
}

export async function samplingRows(
  models: readonly Pick<StoredNetwork, 'network' | 'ranges'>[],
): Promise<Row[]> {
  const rows = [memoryRow(), await noisyRow()];
  for (const model of models) rows.push(await samplesRow(model));
  return rows;
}
