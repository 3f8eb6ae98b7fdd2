import { createHash } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { damagedFiles, readManifest } from './service-integrity.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const manifest = { 'a.mjs': sha256('first'), node: sha256('second') };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kirchhoff-integrity-'));
  writeFileSync(join(folder, 'a.mjs'), 'first');
  writeFileSync(join(folder, 'node'), 'second');
  writeFileSync(join(folder, 'service-integrity.json'), JSON.stringify(manifest));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('service files', () => {
  it('pass as they were packaged', async () => {
    expect(await damagedFiles(readManifest(folder), folder)).toEqual([]);
  });

  it('are named where one byte was added or a file is gone', async () => {
    appendFileSync(join(folder, 'node'), ' ');
    expect(await damagedFiles(manifest, folder)).toEqual(['node']);
    rmSync(join(folder, 'a.mjs'));
    expect(await damagedFiles(manifest, folder)).toEqual(['a.mjs', 'node']);
  });

  it('are not trusted without a manifest', () => {
    writeFileSync(join(folder, 'service-integrity.json'), '{"node":"no digest"}');
    expect(() => readManifest(folder)).toThrow();
    rmSync(join(folder, 'service-integrity.json'));
    expect(() => readManifest(folder)).toThrow();
  });
});
