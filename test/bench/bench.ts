/**
 * `npm run bench`: speed and memory of the array beside its peers and the machine, as JSON on standard output.
 *
 *   --check           exit code 1 where a row misses its target
 *   --write           also docs/benchmarks.json and docs/benchmarks.md
 *   --only a,b        some of: kernel, network, sampling, training, workers, day, and long-import, which takes
 *                     minutes and is left out unless it is named
 *   --days n          of the recording of long-import; 14 unless told
 *
 * Figures of one run may be compared with one another; a machine that does other work makes all of them worse.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { loadBeatModel } from '../../src/service/beat-model.ts';
import { SHIPPED_NETWORKS } from '../../src/service/shipped-networks.ts';
import { dayRows } from './day-rows.ts';
import { kernelRows } from './kernel-rows.ts';
import { longImportRows } from './long-import-rows.ts';
import { thisMachine } from './machine.ts';
import { networkRows } from './network-rows.ts';
import { benchmarkPage } from './page.ts';
import { loadPeers } from './peers.ts';
import type { Row } from './row.ts';
import { samplingRows } from './sampling-rows.ts';
import { trainingRows } from './training-row.ts';
import { workerRow } from './worker-row.ts';

const { values: options } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    only: { type: 'string' },
    days: { type: 'string', default: '14' },
  },
});

const models = [loadBeatModel().model];
const sections: Record<string, () => Promise<Row[]>> = {
  kernel: async () => kernelRows(await loadPeers()),
  network: async () =>
    networkRows(
      SHIPPED_NETWORKS.map(({ load }) => load()),
      await loadPeers(),
    ),
  sampling: () => samplingRows(models),
  training: () => trainingRows(models.map(({ network }) => network)),
  workers: async () => [await workerRow()],
  day: dayRows,
  'long-import': () => longImportRows(Number(options.days)),
};
const chosen = options.only?.split(',') ?? Object.keys(sections).filter((name) => name !== 'long-import');
const unknown = chosen.find((name) => !Object.hasOwn(sections, name));
if (unknown !== undefined) {
  console.error(`There are no rows "${unknown}"; there are ${Object.keys(sections).join(', ')}.`);
  process.exit(2);
}

const processorFlags = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';
const machine = thisMachine(processorFlags);
const rows: Row[] = [];
const start = performance.now();
for (const name of chosen) {
  console.error(`${name} …`);
  rows.push(...(await sections[name]()));
}
const result = { machine, seconds: Math.round((performance.now() - start) / 1000), rows };
const json = `${JSON.stringify(result, null, 2)}\n`;
console.log(json);
if (options.write) {
  writeFileSync(new URL('../../docs/benchmarks.json', import.meta.url), json);
  writeFileSync(new URL('../../docs/benchmarks.md', import.meta.url), benchmarkPage(result));
}
const missed = rows.filter(({ holds }) => holds === false);
for (const { name, value, unit, target } of missed) {
  console.error(`Missed: ${name}: ${value} ${unit}, ${target?.bound} ${target?.value}`);
}
// The peers' threads would keep the process.
process.exit(options.check && missed.length > 0 ? 1 : 0);
