import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CHEAP_SCRYPT } from '../../test/records/synthetic-study.ts';
import type { RequestInput, RequestName, RequestOutput } from '../contract/protocol.ts';
import { KirchhoffService } from './kirchhoff-service.ts';
import { resourcePath } from './resources.ts';

async function imported(folder: string, path: string, largestWhole: number | undefined) {
  const service = new KirchhoffService(folder, {
    scryptCostForTests: CHEAP_SCRYPT,
    ...(largestWhole === undefined ? {} : { largestWhole }),
  });
  const ask = async <Name extends RequestName>(
    name: Name,
    input: RequestInput<Name>,
  ): Promise<RequestOutput<Name>> => {
    const answer = await service.request(name, input);
    if (!answer.ok) throw new Error(`${name}: ${answer.error.code} ${answer.error.message}`);
    return answer.value;
  };
  try {
    await ask('session.createUser', { name: 'Dr Ohm', passphrase: 'correct horse battery' });
    const { jobId } = await ask('studies.import', { paths: [path] });
    for (;;) {
      const job = (await ask('jobs.list', {})).find(({ id }) => id === jobId)!;
      if (job.state === 'done') break;
      if (job.state === 'failed') throw new Error(JSON.stringify(job.errors));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const [{ id }] = await ask('studies.list', {});
    const { id: _, importedAt, ...study } = await ask('studies.get', { studyId: id });
    const window = { studyId: id, leads: [1, 0], startSample: 700, lengthSamples: 900 };
    return {
      study,
      beats: await ask('beats.get', { studyId: id }),
      window: await ask('signal.window', window),
      overview: await ask('signal.overview', { studyId: id, lead: 0, columns: 300 }),
    };
  } finally {
    await service.close();
  }
}

it('makes the same study of a recording that is read in windows as of one that is read as a whole', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kirchhoff-long-import-'));
  try {
    const name = 'mitdb-100-premature-beats';
    for (const extension of ['.hea', '.dat']) {
      copyFileSync(resourcePath('samples', name + extension), join(folder, name + extension));
    }
    const path = join(folder, `${name}.hea`);
    const whole = await imported(join(folder, 'whole'), path, undefined);
    const inWindows = await imported(join(folder, 'windows'), path, 1000);
    expect(whole.beats.sample.length).toBeGreaterThan(10);
    expect(inWindows).toEqual(whole);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
