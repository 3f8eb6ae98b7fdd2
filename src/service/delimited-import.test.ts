import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { madeSamples } from '../../test/made-ecg-files.ts';
import { CHEAP_SCRYPT } from '../../test/records/synthetic-study.ts';
import type { Job, KirchhoffEvent, RequestInput, RequestName, RequestOutput } from '../contract/protocol.ts';
import { KirchhoffService } from './kirchhoff-service.ts';

let folder = '';
let service: KirchhoffService;
const events: KirchhoffEvent[] = [];

async function ask<Name extends RequestName>(
  name: Name,
  input: RequestInput<Name>,
): Promise<RequestOutput<Name>> {
  const answer = await service.request(name, input);
  if (!answer.ok) throw new Error(`${answer.error.code}: ${answer.error.message}`);
  return answer.value;
}

async function ended(jobId: string): Promise<Job> {
  for (;;) {
    const job = (await ask('jobs.list', {})).find(({ id }) => id === jobId);
    if (job && job.state !== 'queued' && job.state !== 'running') return job;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kirchhoff-text-'));
  service = new KirchhoffService(join(folder, 'store'), { scryptCostForTests: CHEAP_SCRYPT });
  service.onEvent((event) => events.push(event));
  await ask('session.createUser', { name: 'Dr Ohm', passphrase: 'correct horse battery' });
});
afterAll(async () => {
  await service.close();
  rmSync(folder, { recursive: true, force: true });
});

it('asks for the columns of text that is all a folder holds, and passes it over beside what is known', async () => {
  const table = (name: string) =>
    `${name},II\n${madeSamples(2500, 0)
      .map((value, i) => `${i},${value}`)
      .join('\n')}\n`;
  const alone = join(folder, 'alone');
  const beside = join(folder, 'beside');
  for (const each of [alone, beside]) {
    mkdirSync(each);
    writeFileSync(join(each, 'recorder.csv'), table('index'));
  }
  writeFileSync(join(beside, 'known.hea'), 'known 1 250 2500\nknown.dat 16 200\n');
  writeFileSync(join(beside, 'known.dat'), new Uint8Array(5000));
  const asked = await ended((await ask('studies.import', { paths: [alone] })).jobId);
  expect(asked).toMatchObject({ errors: [], passedOver: [] });
  const waiting = await ask('delimitedText.pending', {});
  expect(waiting.map(({ fileName }) => fileName)).toEqual(['recorder.csv']);
  await ask('delimitedText.dismiss', { id: waiting[0]!.id });
  const passed = await ended((await ask('studies.import', { paths: [beside] })).jobId);
  expect(passed.passedOver).toEqual([
    '1 text file passed over: it does not tell what its columns are. Open it by itself to name them.',
  ]);
  expect(await ask('delimitedText.pending', {})).toEqual([]);
  const [known] = await ask('studies.list', {});
  await ask('studies.remove', { studyId: known!.id, reason: 'made up' });
});

it('waits for the user where a text file does not tell what its columns are', async () => {
  const path = join(folder, 'recorder.csv');
  writeFileSync(
    path,
    `index,II\n${madeSamples(2500, 0)
      .map((value, i) => `${i},${value}`)
      .join('\n')}\n`,
  );
  expect(await ended((await ask('studies.import', { paths: [path] })).jobId)).toMatchObject({ errors: [] });
  expect(await ask('studies.list', {})).toEqual([]);
  expect(events.some(({ kind }) => kind === 'delimitedTextPending')).toBe(true);
  const [waiting, ...others] = await ask('delimitedText.pending', {});
  expect(others).toEqual([]);
  expect(waiting).toMatchObject({ fileName: 'recorder.csv', proposal: { units: null, time: null } });

  const { delimiter, decimalMark, skipLines, leads } = waiting!.proposal;
  const mapping = {
    delimiter,
    decimalMark,
    skipLines,
    leads,
    units: 'uV',
    time: { kind: 'rate', samplingRateHz: 250 },
  } as const;
  const { jobId } = await ask('delimitedText.import', { id: waiting!.id, mapping });
  expect(await ended(jobId)).toMatchObject({ state: 'done', errors: [] });
  expect(await ask('studies.list', {})).toMatchObject([
    { recordName: 'recorder', durationSeconds: 10, leads: ['II'] },
  ]);
  expect(await ask('delimitedText.pending', {})).toEqual([]);
  expect((await service.request('delimitedText.dismiss', { id: waiting!.id })).ok).toBe(false);
});
