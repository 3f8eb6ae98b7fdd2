/** Beats through the worker pool of the product, with one thread and with two. */
import { deviceSettingsSchema } from '../../src/contract/provenance.ts';
import { loadBeatModel } from '../../src/service/beat-model.ts';
import { WorkerPool } from '../../src/service/worker-pool.ts';
import { randomItems } from '../random-network.ts';
import { bestRates, type Contender } from './measure.ts';
import { atLeast, type Row, row } from './row.ts';

const BEATS_A_TASK = 512;
const TASKS = 24;

export async function workerRow(): Promise<Row> {
  const { network } = loadBeatModel().model;
  const inputs = randomItems(network, BEATS_A_TASK);
  const device = deviceSettingsSchema.parse({});
  const contenders = [1, 2].map((threads): Contender & { pool: WorkerPool } => {
    const pool = new WorkerPool(threads);
    const task = (firstBeat: number) =>
      pool.run({
        kind: 'classify',
        device,
        firstBeat,
        ...inputs,
        classifiable: new Uint8Array(BEATS_A_TASK).fill(1),
      });
    return {
      name: `${threads}`,
      work: BEATS_A_TASK * TASKS,
      run: () => Promise.all(Array.from({ length: TASKS }, (_, i) => task(i * BEATS_A_TASK))),
      pool,
    };
  });
  try {
    const rates = await bestRates(contenders);
    return row('two workers over one', rates[2] / rates[1], 'x', atLeast(1.8), {
      samples: device.samples,
      'one, beats/s': rates[1],
      'two, beats/s': rates[2],
    });
  } finally {
    await Promise.all(contenders.map(({ pool }) => pool.close()));
  }
}
