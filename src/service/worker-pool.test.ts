import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KirchhoffError } from '../contract/errors.ts';
import { LONGEST_READ_SECONDS } from '../imaging/dicom/limits.ts';
import { resourcePath } from './resources.ts';
import { WorkerPool } from './worker-pool.ts';

const PLANTED = new URL('../../test/planted-codec/worker.ts', import.meta.url);
const TIME_SECONDS = 1;

let folder: string;
/** Which gives a file little time, and as long as the product does. */
let hasty: WorkerPool;
let pool: WorkerPool;

/** A film as a JPEG whose comment tells the planted codec what to do. */
function jpegTelling(name: string, word: string): string {
  const film = readFileSync(resourcePath('samples', 'cxr-child-normal-1.jpeg'));
  const comment = Buffer.concat([Buffer.of(0xff, 0xfe, 0, 2 + word.length), Buffer.from(word)]);
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat([film.subarray(0, 2), comment, film.subarray(2)]));
  return path;
}

const opened = (by: WorkerPool, path: string, signal?: AbortSignal) =>
  by.run({ kind: 'image-open', path, entry: null }, signal);

async function errorOf(work: Promise<unknown>): Promise<KirchhoffError> {
  const thrown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(KirchhoffError);
  return thrown as KirchhoffError;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kirchhoff-pool-'));
  hasty = new WorkerPool(2, { worker: PLANTED, longestReadSeconds: TIME_SECONDS });
  pool = new WorkerPool(1, { worker: PLANTED });
  const data = new Uint8Array(64 * 64).map((_, i) => i % 251);
  writeFileSync(join(folder, 'other.png'), encode({ width: 64, height: 64, channels: 1, depth: 8, data }));
});
afterAll(async () => {
  await hasty.close();
  await pool.close();
  rmSync(folder, { recursive: true });
});

describe('a codec that never comes back', () => {
  it('ends with its thread once the file’s time is over, and the file is named; other work goes on', async () => {
    const spinning = jpegTelling('spinning.jpeg', 'spin');
    const began = performance.now();
    // Both threads are taken, and one more file waits in the queue: its time has not begun.
    const bad = [
      errorOf(opened(hasty, spinning)),
      errorOf(opened(hasty, spinning)),
      errorOf(opened(hasty, spinning)),
    ];
    const other = opened(hasty, join(folder, 'other.png'));
    for (const error of await Promise.all(bad)) {
      expect(error.code).toBe('file-too-large');
      expect(error.body.at).toBe('spinning.jpeg');
      expect(error.body.message).toContain(`${LONGEST_READ_SECONDS} s`);
    }
    expect((await other).instance.frameCount).toBe(1);
    // Two rounds of the time, each with a thread to start and to end.
    expect((performance.now() - began) / 1000).toBeGreaterThan(2 * TIME_SECONDS);
    expect((await opened(hasty, join(folder, 'other.png'))).fileName).toBe('other.png');
  });

  it('is cancelled as other work is', async () => {
    const cancel = new AbortController();
    const error = errorOf(opened(hasty, jpegTelling('cancelled.jpeg', 'spin'), cancel.signal));
    setTimeout(() => cancel.abort(), 300);
    expect((await error).code).toBe('cancelled');
  });
});

it('refuses a file whose codec wants more memory than a file may take, with that reason', async () => {
  const error = await errorOf(opened(pool, jpegTelling('hoarding.jpeg', 'hoard')));
  expect(error.code).toBe('file-too-large');
  expect(error.body).toMatchObject({ at: 'hoarding.jpeg', message: expect.stringContaining('1 GB') });
  expect((await opened(pool, join(folder, 'other.png'))).fileName).toBe('other.png');
});

it('tells what a codec says of a file that is merely broken', async () => {
  const error = await errorOf(opened(pool, jpegTelling('broken.jpeg', 'else')));
  expect(error.code).toBe('value-out-of-range');
  expect(error.body.message).toContain('nothing to do');
});
