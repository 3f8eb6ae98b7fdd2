import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { madeEdf, madeIshne, madeSamples } from '../../test/made-ecg-files.ts';
import { readEdf } from '../ecg/formats/edf/edf.ts';
import { readWfdbAnnotations } from '../ecg/formats/wfdb/annotations.ts';
import { readWfdb } from '../ecg/formats/wfdb/record.ts';
import type { EcgRecording } from '../ecg/recording.ts';
import { readRecordAsRecorded } from '../service/read-record.ts';
import { findRecords } from '../service/record-files.ts';
import { convert } from './convert.ts';
import { EXIT, UsageError } from './exit.ts';

const SAMPLES = resolve(import.meta.dirname, '../../samples');
let folder = '';
let printed = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kirchhoff-convert-'));
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const lines = () =>
  printed
    .trim()
    .split('\n')
    .map(
      (line) =>
        JSON.parse(line) as {
          status: string;
          files: string[];
          error: { code: string; message: string; at: string };
        },
    );
const filesIn = (where: string) => (name: string) => new Uint8Array(readFileSync(join(where, name)));

function expectSame(actual: EcgRecording, expected: EcgRecording, within: number): void {
  expect(actual.samplingRateHz).toBe(expected.samplingRateHz);
  expect(actual.leads.map(({ name }) => name)).toEqual(expected.leads.map(({ name }) => name));
  for (const [i, { millivolts }] of expected.leads.entries()) {
    const other = actual.leads[i]!.millivolts;
    let worst = 0;
    for (const [j, value] of millivolts.entries())
      if (!Number.isNaN(value)) worst = Math.max(worst, Math.abs(other[j]! - value));
    expect(worst).toBeLessThanOrEqual(within);
  }
}

describe('kirchhoff convert', () => {
  const sample = join(SAMPLES, 'mitdb-100-premature-beats.hea');
  const original = () => readWfdb('mitdb-100-premature-beats.hea', filesIn(SAMPLES));
  const beats = () => readWfdbAnnotations(filesIn(SAMPLES)('mitdb-100-premature-beats.atr'));

  it('writes WFDB that reads back the same, with annotations and checksums', async () => {
    expect(await convert([sample, '--to', 'wfdb', '--out', folder])).toBe(EXIT.done);
    const back = readWfdb('mitdb-100-premature-beats.hea', filesIn(folder));
    expectSame(back, original(), 1e-6);
    expect(back.lengthSamples).toBe(original().lengthSamples);
    expect(back.warnings).toEqual([]);
    expect(readWfdbAnnotations(filesIn(folder)('mitdb-100-premature-beats.atr'))).toEqual(beats());
    expect(readFileSync(join(folder, 'mitdb-100-premature-beats.hea'), 'latin1')).toMatch(
      / -?[1-9]\d* 0 MLII\n/,
    );
  });

  it('writes EDF+ that reads back the same, with annotations', async () => {
    expect(await convert([sample, '--to', 'edf', '--out', folder])).toBe(EXIT.done);
    const back = readEdf('a.edf', filesIn(folder)('mitdb-100-premature-beats.edf'));
    expectSame(back, original(), 1e-6);
    const codes = back.events!.filter(({ text }) => text === 'N' || text === 'A');
    const expected = beats().filter(({ code }) => code === 'N' || code === 'A');
    expect(codes.map(({ text }) => text)).toEqual(expected.map(({ code }) => code));
    expect(codes.map(({ atSeconds }) => Math.round(atSeconds * 360))).toEqual(
      expected.map(({ sample: at }) => at),
    );
  });

  it('writes CSV that is read without being told anything', async () => {
    expect(await convert([sample, '--to', 'csv', '--out', folder])).toBe(EXIT.done);
    const { records } = await findRecords([folder]);
    expect(records.map(({ format, proposal }) => [format, proposal?.certain])).toEqual([['delimited', true]]);
    printed = '';
    expect(await convert([folder, '--to', 'wfdb', '--out', join(folder, 'back')])).toBe(EXIT.done);
    expectSame(readWfdb('mitdb-100-premature-beats.hea', filesIn(join(folder, 'back'))), original(), 1e-6);
  });

  it('keeps gaps, events, patient and wide ranges', async () => {
    const wide = madeSamples(250, 0).map((value) => value * 20_000);
    const signal = {
      label: 'ECG II',
      dimension: 'uV',
      physical: [-262_144, 262_143],
      digital: [-8_388_608, 8_388_607],
      samplesPerRecord: 250,
      records: [wide, wide],
    } as const;
    const notes = {
      ...signal,
      label: 'BDF Annotations',
      dimension: '',
      samplesPerRecord: 20,
      records: ['+0\x14\x14\0+0.5\x141st\x14\0', '+3\x14\x14\0'],
    };
    writeFileSync(
      join(folder, 'wide.bdf'),
      madeEdf([signal, notes], { bytesPerSample: 3, reserved: 'BDF+D' }),
    );
    for (const to of ['wfdb', 'edf'])
      expect(await convert([join(folder, 'wide.bdf'), '--to', to, '--out', folder])).toBe(EXIT.done);
    const from = readRecordAsRecorded({ path: join(folder, 'wide.bdf'), format: 'edf' }).recording;
    const dat = readWfdb('wide.hea', filesIn(folder));
    const edf = readEdf('wide.edf', filesIn(folder)('wide.edf'));
    // 16 bits over the span of the values.
    const span = Math.max(...from.leads[0]!.millivolts.filter((value) => !Number.isNaN(value))) * 1.2;
    expectSame(dat, from, span / 2 ** 16);
    expectSame(edf, from, span / 2 ** 16);
    expect([...dat.leads[0]!.millivolts].map(Number.isNaN)).toEqual(
      [...from.leads[0]!.millivolts].map(Number.isNaN),
    );
    expect(dat.patient).toMatchObject({ ageYears: 70, sex: 'female' });
    expect(edf.patient).toEqual(from.patient);
    expect(edf.recordedAt).toBe(from.recordedAt);
    expect(edf.events).toEqual([
      { atSeconds: 0.5, durationSeconds: null, text: '1st' },
      { atSeconds: 1, durationSeconds: 2, text: 'no signal: II' },
    ]);
    expect(readWfdbAnnotations(filesIn(folder)('wide.atr'))).toMatchObject([
      { sample: 125, code: '"', text: '1st' },
    ]);
  });

  it('says which option a text file needs, and takes it', async () => {
    const samples = madeSamples(200, 0);
    writeFileSync(join(folder, 'bare.txt'), samples.map((value) => `${value};${-value}`).join('\n'));
    const attempt = async (...words: string[]) => {
      printed = '';
      const code = await convert([join(folder, 'bare.txt'), '--to', 'wfdb', '--out', folder, ...words]);
      return { code, line: lines()[0]! };
    };
    expect((await attempt()).line.error).toMatchObject({ code: 'invalid-request', at: 'bare.txt' });
    expect((await attempt()).line.error.message).toContain('--csv-rate');
    expect((await attempt('--csv-rate', '250')).line.error.message).toContain('--csv-units');
    expect((await attempt('--csv-rate', '250', '--csv-units', 'uV')).line.error.message).toContain(
      '--csv-leads',
    );
    const done = await attempt('--csv-rate', '250', '--csv-units', 'uV', '--csv-leads', '_,II');
    expect(done).toMatchObject({ code: EXIT.done, line: { status: 'converted' } });
    const { leads } = readWfdb('bare.hea', filesIn(folder));
    expect(leads.map(({ name }) => name)).toEqual(['II']);
    expect([...leads[0]!.millivolts].map((value) => Math.round(value * 1000))).toEqual(
      samples.map((value) => 0 - value),
    );
  });

  it('goes on after a bad file, and refuses wrong words', async () => {
    writeFileSync(join(folder, 'a.ecg'), madeIshne([madeSamples(300, 0), madeSamples(300, 1)]));
    writeFileSync(join(folder, 'b.ecg'), madeIshne([[1], [2]]).subarray(0, 300));
    expect(await convert([folder, '--to', 'edf', '--out', join(folder, 'out')])).toBe(EXIT.someFailed);
    expect(lines().map(({ status }) => status)).toEqual(['converted', 'error']);
    await expect(convert([folder, '--to', 'mp3', '--out', folder])).rejects.toThrow(UsageError);
    await expect(convert([folder, '--to', 'edf'])).rejects.toThrow(UsageError);
    await expect(convert(['--to', 'edf', '--out', folder])).rejects.toThrow(UsageError);
  });
});
