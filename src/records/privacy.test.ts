/** What lies on the disk after a day's work tells nothing of the patient and nothing of the signal. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PRIVACY_SEED } from '../../test/records/privacy-process.ts';
import { PATIENT_NAME, syntheticAnalysis, syntheticImport } from '../../test/records/synthetic-study.ts';

const CHILD = join(import.meta.dirname, '../../test/records/privacy-process.ts');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kirchhoff-privacy-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Any 64 consecutive bytes hold one of these whole, so that looking for them at every offset is enough. */
const BLOCK_BYTES = 32;

function blocksOf(bytes: Uint8Array): Set<string> {
  const text = Buffer.from(bytes).toString('latin1');
  const blocks = new Set<string>();
  for (let start = 0; start + BLOCK_BYTES <= text.length; start += BLOCK_BYTES) {
    blocks.add(text.slice(start, start + BLOCK_BYTES));
  }
  return blocks;
}

/** Samples as they come in files and as they are in memory. */
function secretBlocks(): Set<string> {
  const { leads } = syntheticImport(PRIVACY_SEED, 20_000).recording;
  const secrets: Uint8Array[] = leads.flatMap(({ millivolts }) => [
    new Uint8Array(millivolts.buffer),
    new Uint8Array(Int16Array.from(millivolts, (value) => Math.round(value * 200)).buffer),
  ]);
  secrets.push(syntheticAnalysis(PRIVACY_SEED).ensemble.probabilities);
  return new Set(secrets.flatMap((bytes) => [...blocksOf(bytes)]));
}

function filesIn(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

const NAME_CODINGS = (['utf8', 'utf16le', 'base64', 'hex'] as const).map((coding) =>
  coding === 'utf8' || coding === 'utf16le'
    ? Buffer.from(PATIENT_NAME, coding)
    : Buffer.from(Buffer.from(PATIENT_NAME).toString(coding)),
);
NAME_CODINGS.push(Buffer.from(PATIENT_NAME, 'utf16le').swap16());

/** What a file gives away; null where nothing. */
function leakIn(path: string, secrets: Set<string>): string | null {
  const bytes = readFileSync(path);
  if (NAME_CODINGS.some((name) => bytes.includes(name)) || path.includes(PATIENT_NAME)) return 'name';
  const text = bytes.toString('latin1');
  for (let start = 0; start + BLOCK_BYTES <= text.length; start++) {
    if (secrets.has(text.slice(start, start + BLOCK_BYTES))) return 'samples';
  }
  return null;
}

it('finds neither the name nor samples in the store, its logs and the temporary folder', {
  timeout: 60_000,
}, () => {
  const directory = join(folder, 'store');
  const temporary = join(folder, 'tmp');
  const exports = join(folder, 'exports');
  for (const path of [temporary, exports]) mkdirSync(path);
  const environment = { ...process.env, TMPDIR: temporary, SQLITE_TMPDIR: temporary };
  const child = spawnSync(process.execPath, [CHILD, directory, join(exports, 'report.pdf')], {
    env: environment,
    cwd: temporary,
    encoding: 'utf8',
  });
  expect(child.signal).toBe('SIGKILL');
  const secrets = secretBlocks();

  const files = [...filesIn(directory), ...filesIn(temporary)];
  expect(files.some((path) => path.endsWith('records.db-wal') && readFileSync(path).length > 0)).toBe(true);
  expect(files.filter((path) => path.includes('vault')).length).toBe(6);
  expect(files.flatMap((path) => leakIn(path, secrets) ?? [])).toEqual([]);
  // The names of the store's own files do not tell the content either.
  expect(files.filter((path) => path.includes('synthetic'))).toEqual([]);

  // The search does find what is there to be found.
  expect(leakIn(join(exports, 'report.pdf'), secrets)).toBe('name');
  const raw = new Uint8Array(
    syntheticImport(PRIVACY_SEED, 20_000).recording.leads[0]!.millivolts.buffer,
    1000 * 4 + 12,
    64,
  );
  const planted = join(temporary, 'planted');
  writeFileSync(planted, Buffer.concat([Buffer.alloc(77, 1), raw]));
  expect(leakIn(planted, secrets)).toBe('samples');
});
