/** Kills the running service at every fault point and at random moments: what it had reported as saved is there. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CHEAP_SCRYPT } from '../../test/records/synthetic-study.ts';
import {
  SERVICE_USER,
  type ServiceProcessTask,
  type ServiceReport,
} from '../../test/service/service-process.ts';
import { BEAT_CLASSES } from '../contract/ecg.ts';
import type { RequestInput, RequestName, RequestOutput } from '../contract/protocol.ts';
import { PARTIAL_SUFFIX } from '../records/atomic-write.ts';
import { KirchhoffService } from './kirchhoff-service.ts';
import { resourcePath } from './resources.ts';

const CHILD = join(import.meta.dirname, '../../test/service/service-process.ts');
const SAMPLES = resourcePath('samples');

let folder: string;
let task: ServiceProcessTask;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kirchhoff-service-crash-'));
  task = {
    store: join(folder, 'store'),
    samples: SAMPLES,
    exportFolder: join(folder, 'exports'),
    dieAt: null,
  };
  mkdirSync(task.exportFolder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Death {
  signal: string | null;
  reports: ServiceReport[];
}

/** Runs the process to its end; `killAfterMilliseconds` counts from when it is ready. */
function run(killAfterMilliseconds: number | null): Promise<Death> {
  const child = spawn(process.execPath, [CHILD, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  if (killAfterMilliseconds !== null) {
    child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), killAfterMilliseconds));
  }
  return new Promise((resolve) => {
    child.on('close', (_status, signal) =>
      resolve({
        signal,
        // The last piece is empty or cut off by the kill: not reported.
        reports: output
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line) as ServiceReport),
      }),
    );
  });
}

/** Opens the store again, lets interrupted work finish, and holds it to what was reported. */
async function holdsWhatWasReported(reports: readonly ServiceReport[]): Promise<void> {
  const service = new KirchhoffService(task.store, { scryptCostForTests: CHEAP_SCRYPT });
  const ask = async <Name extends RequestName>(
    name: Name,
    input: RequestInput<Name>,
  ): Promise<RequestOutput<Name>> => {
    const answer = await service.request(name, input);
    if (!answer.ok) throw new Error(`${name}: ${answer.error.code} ${answer.error.message}`);
    return answer.value;
  };
  try {
    const { store } = await ask('session.state', {});
    await (store === 'none' ? ask('session.createUser', SERVICE_USER) : ask('session.unlock', SERVICE_USER));
    while ((await ask('jobs.list', {})).some(({ state }) => state === 'queued' || state === 'running')) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    for (const report of reports) {
      if (report.what === 'study') {
        const study = await ask('studies.get', { studyId: report.id });
        // Whatever it was when the process died, its analysis has been taken up and finished.
        expect(['preliminary', 'refused']).toContain(study.status);
      } else if (report.what === 'corrected') {
        const beats = await ask('beats.get', { studyId: report.id });
        expect(beats.label[beats.sample.indexOf(report.sample)]).toBe(BEAT_CLASSES.indexOf('F'));
      } else if (report.what === 'exported') {
        expect(() => JSON.parse(readFileSync(report.path, 'utf8'))).not.toThrow();
      }
    }
    expect((await ask('audit.verify', {})).brokenAtSequence).toBeNull();
    expect(readdirSync(task.exportFolder).filter((name) => name.endsWith(PARTIAL_SUFFIX))).toEqual([]);
    for (const name of readdirSync(task.exportFolder)) {
      expect(() => JSON.parse(readFileSync(join(task.exportFolder, name), 'utf8'))).not.toThrow();
    }
  } finally {
    await service.close();
  }
}

describe('a killed service', () => {
  for (const [point, time] of [
    ['keyring-write', 1],
    ['vault-rename', 2],
    ['vault-rename', 7],
    ['row-commit', 2],
    ['row-commit', 6],
    ['audit-append', 3],
    ['audit-append', 9],
    ['report-write', 1],
  ] as const) {
    it(`has lost nothing that it reported: ${point}, time ${time}`, async () => {
      task.dieAt = { point, time };
      const { signal, reports } = await run(null);
      expect(signal).toBe('SIGKILL');
      expect(reports.some(({ what }) => what === 'done')).toBe(false);
      await holdsWhatWasReported(reports);
    });
  }

  for (const milliseconds of [40, 170, 420, 900]) {
    it(`has lost nothing that it reported: ${milliseconds} ms after it was ready`, async () => {
      const { reports } = await run(milliseconds);
      await holdsWhatWasReported(reports);
    });
  }
});
