/** Imports a recording through the service, opens it and scrolls through it; prints times and memory as JSON. */
import { readFileSync } from 'node:fs';
import type { RequestInput, RequestName, RequestOutput } from '../../src/contract/protocol.ts';
import { KirchhoffService } from '../../src/service/kirchhoff-service.ts';

export interface LongImport {
  importSeconds: number;
  analysisSeconds: number;
  openSeconds: number;
  /** Of a window of ten seconds of all leads, the slowest of 200. */
  windowMilliseconds: number;
  /** Highest so far after import, analysis and opening; 0 where the system does not tell. */
  residentBytes: { imported: number; analysed: number; opened: number };
  status: string;
  error: string | null;
  beats: number;
}

const WINDOWS = 200;
const [store, path] = process.argv.slice(2);
const service = new KirchhoffService(store);

async function ask<Name extends RequestName>(
  name: Name,
  input: RequestInput<Name>,
): Promise<RequestOutput<Name>> {
  const answer = await service.request(name, input);
  if (!answer.ok) throw new Error(`${name}: ${answer.error.code} ${answer.error.message}`);
  return answer.value;
}

/** Bytes, 0 where the system does not tell (only Linux does). */
function highWaterMark(): number {
  try {
    return 1024 * Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** As a user who is there: an idle session locks itself after some minutes, and its jobs go on unseen. */
setInterval(() => void ask('session.activity', {}), 60_000).unref();

await ask('session.createUser', { name: 'Bench', passphrase: 'correct horse battery' });
const start = performance.now();
let importedAt = 0;
let imported = 0;
const jobId = await new Promise<string>((resolve, reject) => {
  let id = '';
  service.onEvent((event) => {
    if (event.kind === 'study' && importedAt === 0) {
      importedAt = performance.now();
      imported = highWaterMark();
    }
    if (event.kind === 'job' && event.job.id === id && ['done', 'failed'].includes(event.job.state)) {
      resolve(id);
    }
  });
  ask('studies.import', { paths: [path] }).then((answer) => {
    id = answer.jobId;
  }, reject);
});
const analysedAt = performance.now();
const analysed = highWaterMark();
const job = (await ask('jobs.list', {})).find(({ id }) => id === jobId);
const [row] = await ask('studies.list', {});
if (row === undefined) throw new Error(JSON.stringify(job));

const study = await ask('studies.get', { studyId: row.id });
const leads = [...study.leads.keys()];
for (const lead of leads) await ask('signal.overview', { studyId: study.id, lead, columns: 2000 });
const beats = study.summary === null ? 0 : (await ask('beats.get', { studyId: study.id })).sample.length;
const openedAt = performance.now();
const lengthSamples = Math.round(10 * study.samplingRateHz);
let windowMilliseconds = 0;
for (let i = 0; i < WINDOWS; i++) {
  const startSample = Math.floor(((study.lengthSamples - lengthSamples) * i) / (WINDOWS - 1));
  const before = performance.now();
  await ask('signal.window', { studyId: study.id, leads, startSample, lengthSamples, filter: 'monitor' });
  windowMilliseconds = Math.max(windowMilliseconds, performance.now() - before);
}
const result: LongImport = {
  importSeconds: (importedAt - start) / 1000,
  analysisSeconds: (analysedAt - importedAt) / 1000,
  openSeconds: (openedAt - analysedAt) / 1000,
  windowMilliseconds,
  residentBytes: { imported, analysed, opened: highWaterMark() },
  status: study.status,
  error: study.error?.message ?? null,
  beats,
};
console.log(JSON.stringify(result));
await service.close();
process.exit(0);
