/** Shipped networks, whole forward passes: the ideal array with its periphery, and the same network at the peers. */
import { arrayAt } from '../../src/imc/drift.ts';
import type { StoredNetwork } from '../../src/imc/model-file.ts';
import { inputSizes } from '../../src/imc/network.ts';
import { programNetwork } from '../../src/imc/program.ts';
import { runSamples } from '../../src/imc/run.ts';
import { macsByLayer } from '../../src/imc/shapes.ts';
import { onnxFile } from '../../src/portability/onnx-export.ts';
import { randomItems, shippedProfile } from '../random-network.ts';
import { bestRates, type Contender } from './measure.ts';
import { type Peer, type PeerInput, peerSession } from './peers.ts';
import { atLeast, type Row, row } from './row.ts';

/** By batch: how many times the rate of `onnxruntime-node` is asked for. */
const BATCHES = [
  { batch: 256, overNode: 0.5 },
  { batch: 1, overNode: 1 },
];

export async function networkRows(
  models: readonly Pick<StoredNetwork, 'network' | 'ranges'>[],
  peers: readonly Peer[],
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { network, ranges } of models) {
    const programmed = programNetwork(network, shippedProfile('ideal'), { programmingSeed: 1, ranges });
    const state = arrayAt(programmed, { driftSeconds: 86_400, driftCompensation: true });
    const macs = macsByLayer(network).reduce((sum, layer) => sum + layer.macs, 0);
    for (const { batch, overNode } of BATCHES) {
      const { signals, auxiliary } = randomItems(network, batch);
      const contenders: Contender[] = [
        {
          name: 'kirchhoff',
          work: batch,
          run: () => runSamples(state, { signals, auxiliary, firstItem: 0, samples: 1, seed: 1 }),
        },
      ];
      const { auxiliaryFeatures } = network.input;
      const inputs: PeerInput[] = [
        { name: 'signal', values: signals, dims: [batch, ...inputSizes(network.input)] },
        ...(auxiliaryFeatures === 0
          ? []
          : [{ name: 'auxiliary', values: auxiliary, dims: [batch, auxiliaryFeatures] }]),
      ];
      const model = onnxFile(network, 'bench');
      for (const peer of peers) {
        const { run } = await peerSession(peer, model, inputs, [batch, network.classes.length]);
        contenders.push({ name: peer.name, work: batch, run });
      }
      const rates = await bestRates(contenders);
      const measured = {
        'MACs an item': macs,
        ...Object.fromEntries(Object.entries(rates).map(([name, rate]) => [`${name}, items/s`, rate])),
        'kirchhoff, GMAC/s': (rates.kirchhoff * macs) / 1e9,
      };
      const what = `${network.name}, ideal array, batch ${batch}`;
      rows.push(
        row(
          `${what}, over onnxruntime-node`,
          rates.kirchhoff / rates['onnxruntime-node'],
          'x',
          atLeast(overNode),
          measured,
        ),
        row(
          `${what}, over onnxruntime-web`,
          rates.kirchhoff / rates['onnxruntime-web'],
          'x',
          atLeast(2.5),
          measured,
        ),
      );
    }
  }
  return rows;
}
