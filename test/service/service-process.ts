/**
 * A process that runs the service as the shell does, imports, corrects and exports, and tells line by line what
 * it was told is saved; run by the crash test, which kills it. Its argument is JSON, see `ServiceProcessTask`.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import type { RequestInput, RequestName, RequestOutput } from '../../src/contract/protocol.ts';
import type { FaultPoint } from '../../src/records/faults.ts';
import { KirchhoffService } from '../../src/service/kirchhoff-service.ts';
import { CHEAP_SCRYPT } from '../records/synthetic-study.ts';

export interface ServiceProcessTask {
  store: string;
  samples: string;
  exportFolder: string;
  /** Kills the process at the nth time (from 1) that the point is reached; null: it is killed from outside. */
  dieAt: { point: FaultPoint; time: number } | null;
}

export type ServiceReport =
  | { what: 'ready' }
  | { what: 'study'; id: string; status: string }
  | { what: 'corrected'; id: string; sample: number }
  | { what: 'exported'; path: string }
  | { what: 'done' };

export const SERVICE_USER = { name: 'Ampère', passphrase: 'correct horse battery' };

function tell(line: ServiceReport): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

async function work(task: ServiceProcessTask): Promise<void> {
  let timesLeft = task.dieAt?.time ?? 0;
  const service = new KirchhoffService(task.store, {
    scryptCostForTests: CHEAP_SCRYPT,
    faults: {
      hit: (point) => {
        if (point === task.dieAt?.point && --timesLeft === 0) process.kill(process.pid, 'SIGKILL');
      },
    },
  });
  const ask = async <Name extends RequestName>(
    name: Name,
    input: RequestInput<Name>,
  ): Promise<RequestOutput<Name>> => {
    const answer = await service.request(name, input);
    if (!answer.ok) throw new Error(`${name}: ${answer.error.message}`);
    return answer.value;
  };
  const idle = new Promise<void>((done) => {
    service.onEvent((event) => {
      if (event.kind === 'study') tell({ what: 'study', id: event.study.id, status: event.study.status });
      if (event.kind === 'job' && event.job.state === 'done') done();
    });
  });
  const { store } = await ask('session.state', {});
  await (store === 'none' ? ask('session.createUser', SERVICE_USER) : ask('session.unlock', SERVICE_USER));
  tell({ what: 'ready' });
  await ask('studies.import', { paths: [task.samples] });
  await idle;
  for (const { id, status } of await ask('studies.list', {})) {
    if (status !== 'preliminary') continue;
    const beats = await ask('beats.get', { studyId: id });
    const sample = beats.sample[0];
    await ask('beats.correct', { studyId: id, correction: { kind: 'relabel', sample, label: 'F' } });
    tell({ what: 'corrected', id, sample });
    const path = join(task.exportFolder, `${id}.json`);
    await ask('report.write', { studyId: id, format: 'json', path });
    tell({ what: 'exported', path });
  }
  await service.close();
  tell({ what: 'done' });
}

if (import.meta.main) await work(JSON.parse(process.argv[2]) as ServiceProcessTask);
