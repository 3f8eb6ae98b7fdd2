import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sharedDataFolder } from '../../../../test/shared-data.ts';
import { KirchhoffError } from '../../../contract/errors.ts';
import { isBeatCode } from '../../beat-mapping.ts';
import type { EcgAnnotation, EcgRecording } from '../../recording.ts';
import { annotationsWithinRecord, readWfdbAnnotations, writeWfdbAnnotations } from './annotations.ts';
import { readWfdb, writeWfdbRecord } from './record.ts';

const shared = sharedDataFolder();

function filesIn(folder: string) {
  return (name: string): Uint8Array | null => {
    const path = join(folder, name);
    return existsSync(path) ? new Uint8Array(readFileSync(path)) : null;
  };
}

const ascii = (text: string) => new TextEncoder().encode(text);

function errorOf(read: () => unknown): KirchhoffError {
  try {
    read();
  } catch (thrown) {
    if (thrown instanceof KirchhoffError) return thrown;
    throw thrown;
  }
  throw new Error('Nothing was refused.');
}

function recordingOf(leads: number[][], samplingRateHz = 250): EcgRecording {
  return {
    recordName: 'made',
    samplingRateHz,
    lengthSamples: leads[0]!.length,
    leads: leads.map((steps, index) => ({
      name: ['I', 'II', 'V1'][index]!,
      millivolts: Float32Array.from(steps, (step) => step * 0.005),
      resolutionMillivolts: 0.005,
      rangeMillivolts: { low: -10.24, high: 10.235 },
    })),
    recordedAt: '2001-02-28T23:59:01',
    patient: { name: '', id: '', birthDate: null, ageYears: null, sex: 'unknown' },
    comments: ['Age: 54 Sex: Female'],
    warnings: [],
  };
}

describe.skipIf(shared === null)('MIT-BIH Arrhythmia Database', () => {
  const folder = join(shared ?? '', 'mitdb');
  const headers = shared === null ? [] : readdirSync(folder).filter((name) => name.endsWith('.hea'));

  it('reads all 48 records, every checksum of the headers holding', () => {
    expect(headers).toHaveLength(48);
    let annotationCount = 0;
    let beatCount = 0;
    for (const name of headers) {
      const recording = readWfdb(name, filesIn(folder));
      expect(recording.warnings, name).toEqual([]);
      expect(recording.lengthSamples).toBe(650_000);
      expect(recording.leads).toHaveLength(2);
      const annotations = readWfdbAnnotations(readFileSync(join(folder, name.replace('.hea', '.atr'))));
      expect(annotationsWithinRecord(annotations, recording.lengthSamples).dropped).toBe(0);
      annotationCount += annotations.length;
      beatCount += annotations.filter((annotation) => isBeatCode(annotation.code)).length;
    }
    expect(annotationCount).toBe(112_647);
    expect(beatCount).toBe(109_494);
  });

  it('takes leads, patient and rhythm from record 100', () => {
    const recording = readWfdb('100.hea', filesIn(folder));
    expect(recording.leads.map((lead) => lead.name)).toEqual(['MLII', 'V5']);
    expect(recording.patient).toMatchObject({ id: '100', name: '', ageYears: 69, sex: 'male' });
    expect(recording.leads[0]!.millivolts[0]).toBeCloseTo((995 - 1024) / 200, 6);
    expect(recording.leads[0]!.rangeMillivolts).toEqual({ low: -5.12, high: 5.115 });
    const annotations = readWfdbAnnotations(readFileSync(join(folder, '100.atr')));
    expect(annotations[0]).toMatchObject({ sample: 18, code: '+', text: '(N' });
  });

  it('never asks for an annotation file', () => {
    const asked: string[] = [];
    readWfdb('100.hea', (name) => {
      asked.push(name);
      return filesIn(folder)(name);
    });
    expect(asked).toEqual(['100.hea', '100.dat']);
  });

  it('writes annotations that read back the same', () => {
    for (const record of ['100', '207', '232']) {
      const original = readWfdbAnnotations(readFileSync(join(folder, `${record}.atr`)));
      expect(readWfdbAnnotations(writeWfdbAnnotations(original))).toEqual(original);
    }
  });
});

describe.skipIf(shared === null)('test files of wfdb-python', () => {
  const folder = join(shared ?? '', 'ecg-formats/wfdb-python/sample-data');

  it('decodes formats 8, 16, 61, 80, 160, 212, 310, 311, 24 and 32 to the checksums of the header', () => {
    const recording = readWfdb('binformats.hea', filesIn(folder));
    expect(recording.leads).toHaveLength(10);
    expect(recording.warnings).toEqual([]);
  });

  it.each([
    '310derive.hea',
    '310derive_2.hea',
    '310derive_3.hea',
    '311derive.hea',
    '311derive_4.hea',
    'test01_00s_skew.hea',
    's0010_re.hea',
  ])('reads %s without a checksum failing', (name) => {
    expect(readWfdb(name, filesIn(folder)).warnings).toEqual([]);
  });

  it('takes the length from the file where the header has none', () => {
    const withLength = readWfdb('100.hea', filesIn(folder));
    const without = readWfdb('100-no-len.hea', filesIn(folder));
    expect(without.lengthSamples).toBe(withLength.lengthSamples);
    expect(without.leads[1]!.millivolts).toEqual(withLength.leads[1]!.millivolts);
  });

  it('moves skewed signals back and marks what is missing at their end', () => {
    const straight = readWfdb('test01_00s.hea', filesIn(folder));
    const skewed = readWfdb('test01_00s_skew.hea', filesIn(folder));
    const header = readFileSync(join(folder, 'test01_00s_skew.hea'), 'latin1');
    const skew = Number(/:(\d+)/.exec(header)![1]);
    const index = header.split('\n').findIndex((line) => line.includes(':')) - 1;
    const [before, after] = [straight.leads[index]!.millivolts, skewed.leads[index]!.millivolts];
    expect(skew).toBeGreaterThan(0);
    expect(after.subarray(0, 100)).toEqual(before.subarray(skew, skew + 100));
    expect(after[after.length - 1]).toBeNaN();
  });

  it.each([
    ['drive02.hea', 'file-missing'],
    ['p000878/p000878-2137-10-26-16-57.hea', 'file-missing'],
    ['n8_evoked_raw_95_F1_R9.hea', 'value-out-of-range'],
  ])('refuses %s: %s', (name, code) => {
    const slash = name.lastIndexOf('/');
    const parent = slash === -1 ? '' : 'multi-segment';
    const files = filesIn(join(folder, parent, name.slice(0, slash + 1)));
    expect(errorOf(() => readWfdb(name.slice(slash + 1), files)).code).toBe(code);
  });
});

describe('bundled samples', () => {
  const folder = resolve(import.meta.dirname, '../../../../samples');

  it('are whole: checksums hold, annotations lie within', () => {
    const headers = readdirSync(folder).filter((name) => name.endsWith('.hea'));
    expect(headers.length).toBeGreaterThanOrEqual(4);
    for (const name of headers) {
      const recording = readWfdb(name, filesIn(folder));
      expect(recording.warnings).toEqual([]);
      const annotations = readWfdbAnnotations(readFileSync(join(folder, name.replace('.hea', '.atr'))));
      expect(annotationsWithinRecord(annotations, recording.lengthSamples).dropped).toBe(0);
      expect(annotations.filter((annotation) => isBeatCode(annotation.code)).length).toBeGreaterThan(50);
    }
  });
});

describe('writing', () => {
  // An odd number of samples ends format 212 in the middle of a group.
  const steps = [
    [0, 1, -1, 2047, -2047, 400, 7],
    [5, -5, 1000, -1000, 3, 2, 1],
    [-2040, 2040, 0, 0, 0, 1, -1],
  ];

  it.each([16, 212] as const)(
    'format %i reads back with its checksum, values, time and patient',
    (format) => {
      const recording = recordingOf(steps);
      recording.leads[1]!.millivolts[3] = Number.NaN;
      const { header, signals } = writeWfdbRecord(recording, 'made', format);
      const back = readWfdb('made.hea', (name) => (name === 'made.hea' ? header : signals));
      expect(back.warnings).toEqual([]);
      expect(back.leads.map((lead) => lead.name)).toEqual(['I', 'II', 'V1']);
      for (const [index, lead] of recording.leads.entries()) {
        for (const [i, value] of lead.millivolts.entries()) {
          const written = back.leads[index]!.millivolts[i]!;
          if (Number.isNaN(value)) expect(written).toBeNaN();
          else expect(written).toBeCloseTo(value, 5);
        }
      }
      expect(back.recordedAt).toBe('2001-02-28T23:59:01');
      expect(back.patient).toMatchObject({ ageYears: 54, sex: 'female' });
      expect(back.leads[0]!.rangeMillivolts).toEqual({ low: -10.24, high: 10.235 });
    },
  );

  it('says so when a sample was changed afterwards', () => {
    const { header, signals } = writeWfdbRecord(recordingOf(steps), 'made', 16);
    signals[0] = signals[0]! ^ 1;
    const back = readWfdb('made.hea', (name) => (name === 'made.hea' ? header : signals));
    expect(back.warnings).toEqual(["Lead I: the checksum of the samples differs from the header's."]);
  });

  it('keeps every field of an annotation, over short and long intervals', () => {
    const annotations: EcgAnnotation[] = [
      { sample: 0, code: '+', subtype: 0, channel: 0, number: 0, text: '(AFIB' },
      { sample: 1023, code: 'N', subtype: 0, channel: 0, number: 0, text: '' },
      { sample: 2047, code: 'V', subtype: -3, channel: 1, number: 2, text: '' },
      { sample: 2047, code: 'S', subtype: 0, channel: 2, number: 2, text: 'odd' },
      { sample: 90_000_000, code: 'F', subtype: 0, channel: 0, number: -1, text: '' },
      { sample: 90_000_001, code: 'Q', subtype: 0, channel: 0, number: 0, text: 'Grüße' },
    ];
    expect(readWfdbAnnotations(writeWfdbAnnotations(annotations))).toEqual(annotations);
  });

  it('refuses a code that PhysioBank does not have', () => {
    const annotation = { sample: 1, code: 'X', subtype: 0, channel: 0, number: 0, text: '' };
    expect(errorOf(() => writeWfdbAnnotations([annotation])).code).toBe('value-out-of-range');
  });
});

describe('annotations that are damaged', () => {
  it('names the byte where they are cut off', () => {
    const whole = writeWfdbAnnotations([
      { sample: 5000, code: '+', subtype: 0, channel: 0, number: 0, text: '(N' },
    ]);
    const error = errorOf(() => readWfdbAnnotations(whole.subarray(0, 4), 'a.atr'));
    expect(error.body).toMatchObject({ code: 'file-truncated', at: 'a.atr byte 4' });
    expect(errorOf(() => readWfdbAnnotations(whole.subarray(0, 9))).code).toBe('file-truncated');
  });

  it('drops what lies past the end of the recording and counts it', () => {
    const beat = (sample: number) => ({ sample, code: 'N', subtype: 0, channel: 0, number: 0, text: '' });
    expect(annotationsWithinRecord([beat(0), beat(99), beat(100), beat(5000)], 100)).toEqual({
      kept: [beat(0), beat(99)],
      dropped: 2,
    });
  });
});

describe('hostile headers', () => {
  const line = 'r.dat 16 200 12 0 0 0 0 I';
  const good = `r 1 250 4\n${line}\n`;
  const dat = new Uint8Array(8);
  const read = (header: Uint8Array | string, signals: Uint8Array | null = dat) =>
    readWfdb('r.hea', (name) => {
      if (name === 'r.hea') return typeof header === 'string' ? ascii(header) : header;
      return name === 'r.dat' ? signals : null;
    });

  it('the header they are made of is good', () => {
    expect(read(good).lengthSamples).toBe(4);
  });

  it.each([
    ['is empty', '', 'file-truncated', 'r.hea'],
    ['holds only comments', '# 69 M\n', 'header-invalid', 'r.hea'],
    ['has a zero byte', 'r 1 250 4\0\n', 'header-invalid', 'r.hea byte 9'],
    ['has no number of signals', 'r\n', 'header-invalid', 'r.hea line 1'],
    ['has zero leads', 'r 0 250 4\n', 'no-signal', 'r.hea line 1'],
    ['announces more leads than it describes', `r 2 250 4\n${line}\n`, 'header-invalid', 'r.hea line 3'],
    ['describes more leads than it announces', `${good}${line}\n`, 'header-invalid', 'r.hea line 3'],
    ['announces a billion leads', `r 1000000000 250 4\n${line}\n`, 'value-out-of-range', 'r.hea line 1'],
    ['samples at 1 Hz', `r 1 1 4\n${line}\n`, 'value-out-of-range', 'r.hea line 1'],
    ['samples at 100 kHz', `r 1 100000 4\n${line}\n`, 'value-out-of-range', 'r.hea line 1'],
    ['samples at 100 kHz by frames', 'r 1 250 4\nr.dat 16x400 200\n', 'value-out-of-range', 'r.hea line 1'],
    ['samples at NaN Hz', `r 1 NaN 4\n${line}\n`, 'header-invalid', 'r.hea line 1'],
    ['samples backwards', `r 1 -250 4\n${line}\n`, 'value-out-of-range', 'r.hea line 1'],
    ['has a negative length', `r 1 250 -4\n${line}\n`, 'value-out-of-range', 'r.hea line 1'],
    ['has a length of 9e18', `r 1 250 9000000000000000000\n${line}\n`, 'header-invalid', 'r.hea line 1'],
    ['announces 2 billion samples', `r 1 250 2000000000\n${line}\n`, 'file-truncated', 'r.dat byte 8'],
    ['has a gain of NaN', 'r 1 250 4\nr.dat 16 NaN 12 0\n', 'header-invalid', 'r.hea line 2'],
    ['has a gain of 0', 'r 1 250 4\nr.dat 16 0 12 0\n', 'value-out-of-range', 'r.hea line 2'],
    ['has an infinite gain', 'r 1 250 4\nr.dat 16 1e999 12 0\n', 'header-invalid', 'r.hea line 2'],
    ['has an unknown format', 'r 1 250 4\nr.dat 17 200\n', 'format-unknown', 'r.hea line 2'],
    ['has a format that is no number', 'r 1 250 4\nr.dat wav 200\n', 'header-invalid', 'r.hea line 2'],
    ['calls plain samples compressed', 'r 1 250 4\nr.dat 516 200\n', 'header-invalid', 'r.dat byte 4'],
    ['names a missing segment', 'r/2 1 250 4\na 2\nb 2\n', 'file-missing', 'a.hea'],
    ['is its own segment', 'r/2 1 250 4\nr 2\nr 2\n', 'format-unsupported', 'r.hea line 2'],
    ['names a segment above', 'r/1 1 250 4\n../a 4\n', 'file-outside-folder', 'r.hea line 2'],
    ['announces more segments than it names', 'r/2 1 250 4\na 4\n', 'header-invalid', 'r.hea line 3'],
    ['announces a billion segments', 'r/1000000000 1 250 4\n', 'value-out-of-range', 'r.hea line 1'],
    ['has only empty segments', 'r/1 1 250 4\n~ 4\n', 'no-signal', 'r.hea'],
    ['has no file for its signal', 'r 1 250 4\n~ 16 200\n', 'no-signal', 'r.hea'],
    ['names a file above', 'r 1 250 4\n../r.dat 16 200\n', 'file-outside-folder', 'r.hea line 2'],
    ['names an absolute file', 'r 1 250 4\n/etc/passwd 16 200\n', 'file-outside-folder', 'r.hea line 2'],
    ['names a file on a drive', 'r 1 250 4\nC:\\r.dat 16 200\n', 'file-outside-folder', 'r.hea line 2'],
    ['names a file below', 'r 1 250 4\nsub/r.dat 16 200\n', 'file-outside-folder', 'r.hea line 2'],
    ['names the parent folder', 'r 1 250 4\n.. 16 200\n', 'file-outside-folder', 'r.hea line 2'],
    ['reads standard input', 'r 1 250 4\n- 16 200\n', 'format-unsupported', 'r.hea line 2'],
    ['names a missing file', 'r 1 250 4\nq.dat 16 200\n', 'file-missing', 'q.dat'],
    ['starts past the end', 'r 1 250 4\nr.dat 16+900 200\n', 'file-truncated', 'r.dat byte 8'],
    [
      'gives two formats for one file',
      'r 2 250 2\nr.dat 16 200\nr.dat 80 200\n',
      'header-invalid',
      'r.hea line 3',
    ],
    ['has no lead in volts', 'r 1 250 4\nr.dat 16 200/mmHg\n', 'no-signal', 'r.hea'],
    ['is not text', Uint8Array.from([255, 254, 128, 7, 0]), 'header-invalid', 'r.hea byte 4'],
  ] as const)('one that %s is refused by name and place', (_, header, code, at) => {
    const { body } = errorOf(() => read(header));
    expect(body).toMatchObject({ code, at });
    expect(body.message.length).toBeGreaterThan(10);
  });

  it('refuses a truncated, empty or missing signal file', () => {
    expect(errorOf(() => read(good, dat.subarray(0, 7))).body).toMatchObject({
      code: 'file-truncated',
      at: 'r.dat byte 7',
    });
    expect(errorOf(() => read(good, new Uint8Array(0))).body.at).toBe('r.dat byte 0');
    expect(errorOf(() => read(`r 1 250\n${line}\n`, new Uint8Array(0))).code).toBe('file-truncated');
    expect(errorOf(() => read(good, null)).body).toMatchObject({ code: 'file-missing', at: 'r.dat' });
    expect(errorOf(() => readWfdb('r.hea', () => null)).body).toMatchObject({
      code: 'file-missing',
      at: 'r.hea',
    });
  });

  it('refuses a header whose format is not the one the file was written in', () => {
    const { header, signals } = writeWfdbRecord(
      recordingOf([Array.from({ length: 400 }, (_, i) => i)]),
      'r',
      16,
    );
    const lying = new TextDecoder().decode(header).replace('r.dat 16', 'r.dat 80');
    expect(errorOf(() => read(lying, signals)).body).toMatchObject({
      code: 'header-invalid',
      at: 'r.hea line 2',
    });
  });
});
