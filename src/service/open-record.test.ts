import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CHEAP_SCRYPT, syntheticRecording } from '../../test/records/synthetic-study.ts';
import { writeEdf } from '../ecg/formats/edf/write-edf.ts';
import { writeWfdbRecord } from '../ecg/formats/wfdb/record.ts';
import { RecordStore } from '../records/store.ts';
import { describeLongRecord, LARGEST_WHOLE_VALUES, openLongRecord } from './open-record.ts';
import { readRecord } from './read-record.ts';

/** Two and a bit of the windows that are in memory at a time. */
const LENGTH = 2 * 2 ** 18 + 4321;

const folder = mkdtempSync(join(tmpdir(), 'kirchhoff-long-'));
let store: RecordStore;

beforeAll(async () => {
  store = RecordStore.open(join(folder, 'store'), { softwareVersion: '0', scryptCostForTests: CHEAP_SCRYPT });
  await store.createUser('Ohm', 'correct horse battery');
});
afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

function written(seed: number, format: 'wfdb' | 'edf', name: string) {
  const recording = syntheticRecording(seed, LENGTH);
  const path = join(folder, name);
  mkdirSync(path);
  if (format === 'edf') {
    writeFileSync(join(path, 'long.edf'), writeEdf(recording));
    return { path: join(path, 'long.edf'), format };
  }
  const { header, signals } = writeWfdbRecord(recording, 'long', 16);
  writeFileSync(join(path, 'long.hea'), header);
  writeFileSync(join(path, 'long.dat'), signals);
  return { path: join(path, 'long.hea'), format };
}

it.each(['wfdb', 'edf'] as const)(
  'keeps a recording read in windows as it keeps it read as a whole: %s',
  async (format) => {
    const source = written(1, format, `same-${format}`);
    const whole = readRecord(source);
    const long = describeLongRecord(source, 1000)!;
    expect(long.contentSha256).toBe(whole.contentSha256);
    expect(long.inputs).toEqual(whole.inputs);
    const { leads, ...rest } = whole.recording;
    expect(long.about).toEqual({ ...rest, leads: leads.map(({ millivolts, ...about }) => about) });

    const { readWindow } = openLongRecord(source);
    const imported = await store.writable.importLongStudy({
      ...long,
      recording: { ...long.about, readWindow },
    });
    if (!('studyId' in imported)) throw new Error('duplicate');
    expect(store.readable.recording(imported.studyId)).toEqual(whole.recording);
    const overview = store.readable.overview(imported.studyId, 1, 500);
    expect(store.writable.importStudy(whole)).toEqual({ duplicateOf: imported.studyId });

    // The same objects: nothing of the whole recording is put into the vault that is not there.
    store.writable.remove(imported.studyId, 'again');
    const again = store.writable.importStudy(whole);
    if (!('studyId' in again)) throw new Error('duplicate');
    expect(store.readable.overview(again.studyId, 1, 500)).toEqual(overview);
  },
);

it('tells short recordings, which are read as a whole', () => {
  const source = written(2, 'wfdb', 'short');
  expect(describeLongRecord(source, LARGEST_WHOLE_VALUES)).toBeNull();
  expect(describeLongRecord(source, 2 * LENGTH)).toBeNull();
  expect(describeLongRecord(source, 2 * LENGTH - 1)).not.toBeNull();
});

it('opens two weeks of three leads, more than memory is to hold', () => {
  const path = join(folder, 'weeks');
  mkdirSync(path);
  const frames = 14 * 86_400 * 250;
  const signals = ['I', 'II', 'V1'].map((lead) => `weeks.dat 16 200(0)/mV 12 0 0 0 0 ${lead}`);
  writeFileSync(join(path, 'weeks.hea'), [`weeks 3 250 ${frames}`, ...signals, ''].join('\n'));
  writeFileSync(join(path, 'weeks.dat'), '');
  // A hole in the file system, not 1.8 GB.
  truncateSync(join(path, 'weeks.dat'), frames * 6);
  const source = { path: join(path, 'weeks.hea'), format: 'wfdb' as const };
  const last = openLongRecord(source).readWindow(frames - 3, 3);
  expect(last.map((lead) => [...lead])).toEqual([
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
  ]);
});

it('compares checksums in windows too', () => {
  const source = written(3, 'wfdb', 'damaged');
  const bytes = new Uint8Array(LENGTH * 4);
  writeFileSync(join(folder, 'damaged', 'long.dat'), bytes);
  expect(describeLongRecord(source, 1000)!.about.warnings).toEqual(readRecord(source).recording.warnings);
  expect(describeLongRecord(source, 1000)!.about.warnings.join()).toContain('checksum');
});

it('leaves nothing behind where the import is cancelled, or the file changes meanwhile', async () => {
  const source = written(4, 'wfdb', 'stopped');
  const long = describeLongRecord(source, 1000)!;
  const { readWindow } = openLongRecord(source);
  const before = store.readable.listStudies().length;
  const cancelled = new AbortController();
  const cancelling = store.writable.importLongStudy(
    {
      ...long,
      recording: {
        ...long.about,
        readWindow: (start, length, leads) => {
          if (start > 2 ** 18 && leads![0] === 1) cancelled.abort();
          return readWindow(start, length, leads);
        },
      },
    },
    cancelled.signal,
  );
  await expect(cancelling).rejects.toMatchObject({ body: { code: 'cancelled' } });
  let calls = 0;
  const changing = store.writable.importLongStudy({
    ...long,
    recording: {
      ...long.about,
      readWindow: (start, length, leads) =>
        readWindow(start, length, leads).map((values) => (calls++ === 4 ? values.map((v) => v + 1) : values)),
    },
  });
  await expect(changing).rejects.toThrow('changed');
  expect(store.readable.listStudies()).toHaveLength(before);
});

it('answers while a long recording is imported, and keeps what another study shares with it', async () => {
  const source = written(5, 'wfdb', 'shared');
  const whole = readRecord(source);
  // The same signals under another content digest.
  const first = store.writable.importStudy({ ...whole, contentSha256: '1'.repeat(64) });
  if (!('studyId' in first)) throw new Error('duplicate');
  const long = describeLongRecord(source, 1000)!;
  const { readWindow } = openLongRecord(source);
  const importing = store.writable.importLongStudy({ ...long, recording: { ...long.about, readWindow } });
  await new Promise((resolve) => setTimeout(resolve, 30));
  store.writable.remove(first.studyId, 'meanwhile');
  const imported = await importing;
  if (!('studyId' in imported)) throw new Error('duplicate');
  expect(store.readable.recording(imported.studyId).leads).toEqual(whole.recording.leads);
});
