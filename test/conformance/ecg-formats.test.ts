/**
 * Readers of ECG files against what other software made of the same files: the outputs of the WFDB library that
 * wfdb-python keeps as targets, and copies of one recording in several formats. Skipped where the data are absent.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { byteSourceOf } from '../../src/ecg/formats/byte-source.ts';
import { readEdf } from '../../src/ecg/formats/edf/edf.ts';
import { readWfdbAnnotations } from '../../src/ecg/formats/wfdb/annotations.ts';
import { parseWfdbHeader } from '../../src/ecg/formats/wfdb/header.ts';
import { openWfdb, readWfdb } from '../../src/ecg/formats/wfdb/record.ts';
import type { EcgRecording } from '../../src/ecg/recording.ts';
import { sharedDataFolder } from '../shared-data.ts';

const shared = sharedDataFolder();
const corpora = join(shared ?? '', 'ecg-formats');
const wfdbPython = join(corpora, 'wfdb-python/sample-data');

const bytesOf = (path: string) => new Uint8Array(readFileSync(path));
const filesIn = (folder: string) => (name: string) =>
  existsSync(join(folder, name)) ? bytesOf(join(folder, name)) : null;
const wfdb = (path: string): EcgRecording => {
  const full = join(wfdbPython, path);
  return readWfdb(basename(full), filesIn(dirname(full)));
};

/** Columns of numbers, as `rdsamp` printed them; `-` is no value. */
function target(name: string): number[][] {
  const path = join(corpora, 'wfdb-python/tests/target-output', name);
  const bytes = readFileSync(path);
  const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1');
  const rows = text
    .trim()
    .split('\n')
    .map((line) =>
      line
        .trim()
        .split(/\s+/)
        .map((word) => (word === '-' ? Number.NaN : Number(word))),
    );
  return rows[0]!.map((_, column) => rows.map((row) => row[column]!));
}

/** Converter units of a lead as the header of its record has them. */
function units(recording: EcgRecording, header: string, lead: number, signal = lead): number[] {
  const { gainPerUnit, baseline } = parseWfdbHeader(bytesOf(join(wfdbPython, header)), header).signals[
    signal
  ]!;
  return [...recording.leads[lead]!.millivolts].map((value) => Math.round(value * gainPerUnit) + baseline);
}

/** A multi-segment header whose segments that the corpus leaves out are gaps. */
function withPresentSegments(header: Uint8Array, read: (name: string) => Uint8Array | null): Uint8Array {
  const lines = new TextDecoder().decode(header).split('\n');
  const cut = lines.map((line, i) => {
    const [name, length] = line.trim().split(' ');
    if (i === 0 || length === undefined || line.startsWith('#') || name!.endsWith('_layout')) return line;
    return read(`${name}.dat`) === null ? `~ ${length}` : line;
  });
  return new TextEncoder().encode(cut.join('\n'));
}

function expectClose(actual: ArrayLike<number>, expected: readonly number[], digits: number): void {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  for (const [i, value] of expected.entries()) {
    if (Number.isNaN(value) !== Number.isNaN(actual[i]!)) expect([i, actual[i]]).toEqual([i, value]);
    if (!Number.isNaN(value)) worst = Math.max(worst, Math.abs(actual[i]! - value));
  }
  expect(worst).toBeLessThan(10 ** -digits);
}

describe.skipIf(shared === null)('WFDB, against the WFDB library', () => {
  it('format 16', () => {
    const recording = wfdb('test01_00s.hea');
    for (const [lead, column] of target('record-1a').entries()) {
      expect(units(recording, 'test01_00s.hea', lead), `signal ${lead}`).toEqual(column);
    }
  });

  it('format 16 behind a byte offset', () => {
    const recording = wfdb('a103l.hea');
    const digital = target('record-1c');
    expect(units(recording, 'a103l.hea', 0).slice(20_000)).toEqual(digital[0]);
    expect(units(recording, 'a103l.hea', 1).slice(20_000)).toEqual(digital[1]);
    expectClose(recording.leads[0]!.millivolts.subarray(12_500, 40_000), target('record-1b')[1]!, 6);
  });

  it('format 80', () => {
    const { leads } = wfdb('3000003_0003.hea');
    expectClose(leads[1]!.millivolts.subarray(125, 1000), target('record-1d')[0]!, 6);
  });

  it('formats 8, 16, 61, 80, 160, 212, 310, 311, 24 and 32', () => {
    const recording = wfdb('binformats.hea');
    const expected = target('record-1f.gz');
    const { signals } = parseWfdbHeader(bytesOf(join(wfdbPython, 'binformats.hea')), 'binformats.hea');
    expect(recording.leads).toHaveLength(10);
    for (const [i, column] of expected.entries()) {
      const { gainPerUnit, baseline, format } = signals[i]!;
      // Float32 holds 24 bits of a 32-bit converter.
      const millivolts = column.map((value) => Math.fround((value - baseline) / gainPerUnit));
      expectClose(recording.leads[i]!.millivolts, millivolts, format === 32 ? -1 : 6);
      if (format !== 32) expect(units(recording, 'binformats.hea', i), `format ${format}`).toEqual(column);
    }
  });

  it('FLAC formats 508, 516 and 524, every integer', () => {
    const recording = wfdb('flacformats.hea');
    for (const [i, column] of target('record-flac.gz').entries()) {
      expect(units(recording, 'flacformats.hea', i), `signal ${i}`).toEqual(column);
    }
    expect(recording.warnings).toEqual([]);
  });

  it('FLAC with several signals in a file and several samples a frame, to the checksums of the header', () => {
    const mixed = wfdb('mixedsignals.hea');
    expect(mixed.leads.map(({ name }) => name)).toEqual(['II', 'III', 'V']);
    expect(mixed.samplingRateHz).toBeCloseTo(249.89, 6);
    expect(mixed.warnings.filter((warning) => warning.includes('checksum'))).toEqual([]);
    const constant = wfdb('flac_3_constant.hea');
    expect(constant.lengthSamples).toBe(5_600_000);
    expect(constant.warnings).toEqual([]);
    expect(constant.leads.map(({ millivolts }) => millivolts[5_599_999]! * 200)).toEqual([25, 50, 75]);
  });

  it('fixed multi-segment layout, across two segments', () => {
    const { leads } = wfdb('multi-segment/fixed1/v102s.hea');
    const [v, ii] = target('record-multi-fixed-c');
    expectClose(leads.find(({ name }) => name === 'V')!.millivolts.subarray(70_000, 80_000), v!, 6);
    expectClose(leads.find(({ name }) => name === 'II')!.millivolts.subarray(70_000, 80_000), ii!, 6);
  });

  it('fixed multi-segment layout with signals of several rates', () => {
    const recording = wfdb('multi-segment/041s/041s.hea');
    const header = 'multi-segment/041s/041s01.hea';
    const { signals } = parseWfdbHeader(bytesOf(join(wfdbPython, header)), header);
    // rdsamp -s 3 2 1 -H: each sample repeated up to the highest rate
    const columns = target('record-multi-fixed-d.gz');
    for (const [signal, column] of [
      [2, columns[1]!],
      [1, columns[2]!],
    ] as const) {
      const lead = recording.leads.findIndex(({ name }) => name === signals[signal]!.description);
      const { gainPerUnit, baseline, samplesPerFrame } = signals[signal]!;
      const repeats = (column.length * 1) / (2000 * samplesPerFrame);
      const own = column.filter((_, i) => i % repeats === 0);
      const ratio = recording.samplingRateHz / (125 * samplesPerFrame);
      const ours = [...recording.leads[lead]!.millivolts].filter((_, i) => i % ratio === 0);
      const invalid = -2048;
      expectClose(
        ours,
        own.map((value) => (value === invalid ? Number.NaN : (value - baseline) / gainPerUnit)),
        5,
      );
    }
  });

  it.each([
    ['s00001/s00001-2896-10-10-00-31.hea', '3975656_layout.hea', 14_428_365, 'record-multi-variable-a', null],
    // rdsamp printed converter units; signal 1 is lead II.
    ['p000878/p000878-2137-10-26-16-57.hea', '3269321_layout.hea', 3550, 'record-multi-variable-d', -128],
  ] as const)(
    'variable multi-segment layout with gaps: %s',
    (path, layoutName, start, targetName, invalid) => {
      const folder = join(wfdbPython, 'multi-segment', dirname(path));
      const read = filesIn(folder);
      const opened = openWfdb(basename(path), (name) => {
        const bytes = read(name);
        return bytes === null
          ? null
          : byteSourceOf(name, name === basename(path) ? withPresentSegments(bytes, read) : bytes);
      });
      const columns = target(targetName);
      const window = opened.readWindow(start, columns[0]!.length);
      const { signals } = parseWfdbHeader(bytesOf(join(folder, layoutName)), layoutName);
      let compared = 0;
      for (const [i, { name }] of opened.leads.entries()) {
        const signal = signals.findIndex(({ description }) => description === name);
        const column = columns[signal];
        if (column === undefined) continue;
        const { gainPerUnit, baseline } = signals[signal]!;
        const millivolts =
          invalid === null
            ? column
            : column.map((value) => (value === invalid ? Number.NaN : (value - baseline) / gainPerUnit));
        expectClose(window[i]!, millivolts, 6);
        compared++;
      }
      expect(compared).toBeGreaterThan(0);
    },
  );

  it('windows of a record are the same as the whole', () => {
    for (const path of [
      '100.hea',
      'binformats.hea',
      '310derive.hea',
      'test01_00s_skewframe.hea',
      'mixedsignals.hea',
    ]) {
      const whole = wfdb(path);
      const read = filesIn(wfdbPython);
      const opened = openWfdb(path, (name) => byteSourceOf(name, read(name)!));
      for (const [start, length] of [
        [0, 7],
        [133, 101],
        [131, 40],
        [whole.lengthSamples - 55, 55],
      ] as const) {
        for (const [i, values] of opened.readWindow(start, length).entries()) {
          expect(values, path).toEqual(whole.leads[i]!.millivolts.slice(start, start + length));
        }
      }
    }
  });

  it('annotations: times, codes and texts', () => {
    for (const [file, name] of [
      ['100.atr', 'ann-1'],
      ['12726.anI', 'ann-2'],
      ['1003.atr', 'ann-3'],
    ] as const) {
      const text = readFileSync(join(corpora, 'wfdb-python/tests/target-output', name), 'latin1');
      const expected = text
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line) => {
          const [, sample, code, subtype, channel, number, note] =
            /^\s*\S+\s+(\d+)\s+(\S+)\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)\t?(.*)$/.exec(line)!;
          return [Number(sample), code, Number(subtype), Number(channel), Number(number), note!.trim()];
        });
      const read = readWfdbAnnotations(bytesOf(join(wfdbPython, file)), file);
      expect(read.map((a) => [a.sample, a.code, a.subtype, a.channel, a.number, a.text.trim()])).toEqual(
        expected,
      );
    }
  });
});

describe.skipIf(shared === null)('EDF', () => {
  it('holds the same as the WFDB record that was converted to it', () => {
    const path = join(corpora, 'edf/cardio_sample.edf');
    const edf = readEdf('cardio_sample.edf', bytesOf(path));
    expect(edf).toMatchObject({ samplingRateHz: 300, recordedAt: null, warnings: [] });
    expect(edf.patient.id).toBe('challenge/2017/training/A00/A00001');
  });

  it('holds the same as its copy in WFDB, with annotations', () => {
    const edf = readEdf('test_generator_2.edf', bytesOf(join(wfdbPython, 'test_generator_2.edf')));
    expect(edf.events).toEqual([
      { atSeconds: 0, durationSeconds: null, text: 'RECORD START' },
      { atSeconds: 600, durationSeconds: null, text: 'REC STOP' },
    ]);
    const copy = wfdb('test_generator_2.hea');
    const lead = copy.leads.find(({ name }) => name === 'ECG')!;
    expect(edf.lengthSamples).toBe(copy.lengthSamples);
    // The copy's gain is rounded to six digits.
    expectClose(edf.leads[0]!.millivolts, [...lead.millivolts], 4);
  });
});
