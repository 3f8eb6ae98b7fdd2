/** A model file that turned bad between two starts: named, and the application goes on with everything else. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { CHEAP_SCRYPT } from '../../test/records/synthetic-study.ts';
import type { Answer, Job, RequestInput, RequestName, RequestOutput } from '../contract/protocol.ts';
import { KirchhoffService } from './kirchhoff-service.ts';
import { resourcePath } from './resources.ts';

const folder = mkdtempSync(join(tmpdir(), 'kirchhoff-damaged-'));
const resources = join(folder, 'resources');
const description = join(resources, 'models', 'ecg-beats', 'model.json');
const ideal = join(resources, 'models', 'devices', 'ideal.json');
const good = { model: '', profile: '' };
let service: KirchhoffService;

const answer = <Name extends RequestName>(name: Name, input: RequestInput<Name>): Promise<Answer<Name>> =>
  service.request(name, input);

async function ask<Name extends RequestName>(
  name: Name,
  input: RequestInput<Name>,
): Promise<RequestOutput<Name>> {
  const given = await answer(name, input);
  if (!given.ok) throw new Error(`${name}: ${given.error.code} ${given.error.message}`);
  return given.value;
}

async function imported(file: string): Promise<Job> {
  const { jobId } = await ask('studies.import', { paths: [file] });
  for (;;) {
    const job = (await ask('jobs.list', {})).find(({ id }) => id === jobId);
    if (job && job.state !== 'queued' && job.state !== 'running') return job;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

beforeAll(async () => {
  for (const part of ['models', 'samples']) {
    cpSync(resourcePath(part), join(resources, part), { recursive: true });
  }
  good.model = readFileSync(description, 'utf8');
  good.profile = readFileSync(ideal, 'utf8');
  writeFileSync(description, good.model.replace('"inputBound": ', '"inputBound": -'));
  writeFileSync(ideal, good.profile.replace('"dacBits": 8', '"dacBits": 99'));
  vi.stubEnv('KIRCHHOFF_RESOURCES', resources);
  vi.stubEnv('KIRCHHOFF_DEVICE_PROFILES', join(folder, 'profiles'));
  service = new KirchhoffService(join(folder, 'store'), { scryptCostForTests: CHEAP_SCRYPT });
  await ask('session.createUser', { name: 'Dr Ohm', passphrase: 'correct horse battery' });
});
afterAll(async () => {
  await service.close();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const RECORDING = 'mitdb-100-premature-beats';

it('names file and field, and judges again once the file is repaired', async () => {
  const job = await imported(join(resources, 'samples', `${RECORDING}.hea`));
  const [study] = await ask('studies.list', {});
  expect(job.errors[0]).toMatchObject({
    code: 'model-invalid',
    at: 'ecg-beats/model.json ranges.0.inputBound',
  });

  await service.close();
  writeFileSync(description, good.model);
  service = new KirchhoffService(join(folder, 'store'), { scryptCostForTests: CHEAP_SCRYPT });
  await ask('session.unlock', { name: 'Dr Ohm', passphrase: 'correct horse battery' });
  const again = await ask('studies.reanalyse', { studyId: study!.id, device: {} });
  await vi.waitFor(
    async () => {
      const jobs = await ask('jobs.list', {});
      expect(jobs.find(({ id }) => id === again.jobId)?.state).toBe('done');
    },
    { timeout: 60_000, interval: 50 },
  );
  expect((await ask('studies.list', {}))[0]?.status).toBe('preliminary');
}, 120_000);

it('goes on with the other networks and profiles', async () => {
  writeFileSync(description, good.model.replace('"kind": "flatten"', '"kind": "fold"'));
  await service.close();
  service = new KirchhoffService(join(folder, 'store'), { scryptCostForTests: CHEAP_SCRYPT });
  await ask('session.unlock', { name: 'Dr Ohm', passphrase: 'correct horse battery' });
  const choices = await ask('device.choices', {});
  expect(choices.models).toHaveLength(3);
  expect(choices.profiles.map(({ name }) => name)).not.toContain('ideal');
  expect(choices.damaged).toMatchObject([
    { name: 'ideal', usedAsImported: false, error: { at: 'ideal.json field converters.dacBits' } },
  ]);
  expect(await answer('device.overview', { model: 'ecg-beats', device: {} })).toMatchObject({
    ok: false,
    error: { code: 'model-invalid', at: 'ecg-beats/model.json layers.3.kind' },
  });
  const rhythm = await ask('device.overview', { model: 'ecg-rhythm', device: {} });
  expect(rhythm.tiles.length).toBeGreaterThan(2);
});
