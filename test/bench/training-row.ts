/** Forward and backward passes of the trainer beside the f32 kernel that they stand on. */
import type { Network } from '../../src/imc/network.ts';
import { macsByLayer } from '../../src/imc/shapes.ts';
import { TrainingMemory } from '../../src/numeric/training-kernels.ts';
import { Trainer } from '../../src/training/trainer.ts';
import { randomItems, randomValues } from '../random-network.ts';
import { bestRates } from './measure.ts';
import { atLeast, type Row, row } from './row.ts';

const BATCH = 240;
const SIZE = 256;

export async function trainingRows(networks: readonly Network[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const network of networks) {
    const memory = new TrainingMemory();
    const [a, b, c] = [1, 2, 3].map((stream) => {
      const block = memory.take(SIZE * SIZE);
      memory.view(block).set(randomValues(SIZE * SIZE, stream));
      return block.address;
    });
    const trainer = new Trainer(network, BATCH);
    const { signals, auxiliary } = randomItems(network, BATCH);
    const labels = Uint8Array.from({ length: BATCH }, (_, item) => item % network.classes.length);
    const macs = macsByLayer(network).map((layer) => layer.macs);
    // Forward, gradient of the weights, and gradient of the inputs, which the first layer does not need.
    const macsAnItem = 3 * macs.reduce((sum, count) => sum + count, 0) - macs[0];
    const rates = await bestRates([
      { name: 'kernel', work: SIZE ** 3, run: () => memory.kernels.multiply(SIZE, SIZE, SIZE, a, b, c) },
      {
        name: 'training',
        work: BATCH * macsAnItem,
        run: () => trainer.lossGradient(signals, auxiliary, labels, null, 0),
      },
    ]);
    rows.push(
      row(
        `${network.name}, training (forward and backward), over the f32 kernel`,
        rates.training / rates.kernel,
        'x',
        atLeast(0.25),
        {
          batch: BATCH,
          'kernel, GMAC/s': rates.kernel / 1e9,
          'training, GMAC/s': rates.training / 1e9,
          'items/s': rates.training / macsAnItem,
        },
      ),
    );
  }
  return rows;
}
