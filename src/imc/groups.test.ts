import { expect, test } from 'vitest';
import {
  networkOf,
  randomConv2d,
  randomDense,
  randomItems,
  shippedProfile,
} from '../../test/random-network.ts';
import { arrayAt } from './drift.ts';
import type { Conv2dLayer, Network } from './network.ts';
import { programNetwork } from './program.ts';
import { calibrateRanges } from './ranges.ts';
import { runSamples } from './run.ts';
import { runIdealFp32 } from './software.ts';

const CHANNELS = 16;
const pcm = shippedProfile('pcm-nandakumar-2019');

function networkWith(conv: Conv2dLayer): Network {
  return networkOf(
    'depthwise',
    { kind: 'image', channels: CHANNELS, height: 8, width: 8, auxiliaryFeatures: 0 },
    [conv, { kind: 'flatten', name: 'flatten' }, randomDense('dense', CHANNELS * 64, 10, { stream: 121 })],
    10,
  );
}

/** The same sums in one matrix whose blocks off the diagonal are 0, as groups packed into one tile would be. */
function packed(conv: Conv2dLayer): Conv2dLayer {
  const taps = conv.kernel[0] * conv.kernel[1];
  const weights = new Float32Array(CHANNELS * CHANNELS * taps);
  for (let c = 0; c < CHANNELS; c++) {
    weights.set(conv.weights.subarray(c * taps, (c + 1) * taps), (c * CHANNELS + c) * taps);
  }
  return { ...conv, groups: 1, weights };
}

/** Error of the logits on arrays a day old, over their spread. */
function errorOf(network: Network): number {
  const { signals, auxiliary } = randomItems(network, 12);
  const exact = runIdealFp32(network, signals, auxiliary);
  const ranges = calibrateRanges(network, pcm, signals, auxiliary);
  let squares = 0;
  for (let programmingSeed = 0; programmingSeed < 6; programmingSeed++) {
    const programmed = programNetwork(network, pcm, { programmingSeed, ranges });
    const state = arrayAt(programmed, { driftSeconds: 86_400, driftCompensation: true });
    const logits = runSamples(state, { signals, auxiliary, firstItem: 0, samples: 1, seed: 1 });
    logits.forEach((value, i) => {
      squares += (value - exact[i]) ** 2;
    });
  }
  return Math.sqrt(squares / 6 / exact.reduce((sum, value) => sum + value * value, 0));
}

test('groups in tiles of their own err less than packed into one, whose devices of weight 0 are not quiet', () => {
  const conv = randomConv2d('conv', CHANNELS, CHANNELS, [3, 3], {
    padding: [1, 1],
    groups: CHANNELS,
    stream: 120,
  });
  const [own, together] = [networkWith(conv), networkWith(packed(conv))];
  const { signals, auxiliary } = randomItems(own, 2);
  expect(runIdealFp32(together, signals, auxiliary)).toEqual(runIdealFp32(own, signals, auxiliary));
  const ratio = errorOf(together) / errorOf(own);
  // docs/engine.md gives this figure.
  expect(ratio).toBeCloseTo(1.112, 3);
});
