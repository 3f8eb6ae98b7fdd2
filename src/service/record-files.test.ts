import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findRecords } from './record-files.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kirchhoff-files-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, content: string) => writeFileSync(join(folder, name), content, 'latin1');
const EDF_START = `0       ${' '.repeat(248)}`;
const named = async (...paths: string[]) => {
  const { records, rejected } = await findRecords(paths.map((path) => join(folder, path)));
  return {
    records: records.map(({ relativeName, format }) => `${relativeName} ${format}`),
    rejected: rejected.map(({ error }) => error.code),
  };
};

describe('files and folders', () => {
  it('are recognised by content, whatever they are called', async () => {
    put('a.hea', 'a 1 250 4\na.dat 16 200\n');
    put('a.dat', '        ');
    put('b.bin', EDF_START);
    put('c.txt', 'b 1 250 4\nb.dat 16 200\n');
    put('notes.txt', 'Nothing of this is an ECG.\n');
    expect(await named('.')).toEqual({ records: ['a wfdb', 'b edf', 'c wfdb'], rejected: [] });
    expect(await named('a.dat')).toEqual({ records: ['a wfdb'], rejected: [] });
    expect(await named('notes.txt')).toEqual({ records: [], rejected: ['format-unknown'] });
    expect(await named('missing.edf')).toEqual({ records: [], rejected: ['file-missing'] });
  });

  it('give one record for all segments of it', async () => {
    put('m.hea', 'm/3 1 250 12\nm_1 4\n~ 4\nm_2 4\n');
    for (const name of ['m_1', 'm_2', 'other']) put(`${name}.hea`, `${name} 1 250 4\n${name}.dat 16 200\n`);
    expect((await named('.')).records).toEqual(['m wfdb', 'other wfdb']);
    expect((await named('m_2.hea')).records).toEqual(['m_2 wfdb']);
  });

  it('keep results of the same name apart', async () => {
    put('a.hea', 'a 1 250 4\na.dat 16 200\n');
    put('a.edf', EDF_START);
    mkdirSync(join(folder, 'x'));
    put('x/a.edf', EDF_START);
    expect((await named('.')).records).toEqual(['a.edf edf', 'a.hea wfdb', 'x/a edf']);
    expect((await named('a.edf', 'x/a.edf')).records).toEqual(['a.edf edf', 'a.edf-2 edf']);
  });

  it('keep text apart that does not tell what its columns are', async () => {
    put(
      'recorder.csv',
      `no;a;b\n${Array.from({ length: 400 }, (_, i) => `${i};${i % 7};${i % 5}`).join('\n')}\n`,
    );
    const { unclear } = await findRecords([folder]);
    expect(unclear.map(({ relativeName }) => relativeName)).toEqual(['recorder']);
    expect(await named('.')).toEqual({ records: [], rejected: ['format-unknown'] });
    put('b.bin', EDF_START);
    expect(await named('.')).toEqual({ records: ['b edf'], rejected: [] });
    const all = await findRecords([folder], { everyText: true });
    expect([all.records.length, all.unclear.length]).toEqual([2, 0]);
  });

  it('without any recording are an error', async () => {
    expect(await named('.')).toEqual({ records: [], rejected: ['format-unknown'] });
  });
});
