/**
 * Readers of ECG files against what other software made of the same files: the outputs of the WFDB library that
 * wfdb-python keeps as targets, and copies of one recording in several formats. Skipped where the data are absent.
 */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { withDerivedLeads } from '../../src/ecg/derived-leads.ts';
import { readAecg } from '../../src/ecg/formats/aecg/aecg.ts';
import { byteSourceOf } from '../../src/ecg/formats/byte-source.ts';
import { readDicomEcg } from '../../src/ecg/formats/dicom/dicom.ts';
import { readEdf } from '../../src/ecg/formats/edf/edf.ts';
import { readPhilips } from '../../src/ecg/formats/philips/philips.ts';
import { ECG_FORMATS, recogniseEcgFormat } from '../../src/ecg/formats/recognise.ts';
import { readScp } from '../../src/ecg/formats/scp/scp.ts';
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

/** First 16 digits of the SHA-256 of a lead's converter units, 16 bits, little endian. */
function digest(recording: EcgRecording, lead: number): string {
  const { millivolts, resolutionMillivolts } = recording.leads[lead]!;
  const units = Int16Array.from(millivolts, (value) => Math.round(value / resolutionMillivolts));
  return createHash('sha256').update(new Uint8Array(units.buffer)).digest('hex').slice(0, 16);
}

describe.skipIf(shared === null)('SCP-ECG', () => {
  it('decodes the reference-beat file as its published decoding has it', () => {
    const folder = join(corpora, 'scp');
    const scp = withDerivedLeads(readScp('test.scp', bytesOf(join(folder, 'wfdb_test.scp'))));
    const decoded = readWfdb('test.hea', (name) => bytesOf(join(folder, `wfdb_expected_${name}`)));
    expect(scp).toMatchObject({
      samplingRateHz: 500,
      lengthSamples: 5000,
      recordedAt: '2004-01-01T02:13:18',
    });
    expect(scp.patient).toMatchObject({ ageYears: 49, sex: 'male' });
    // Where the reference beat was subtracted (section 4).
    const beats = [
      [109, 457],
      [973, 1321],
      [2295, 2643],
      [3707, 4055],
    ] as const;
    for (const name of ['I', 'II', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6']) {
      const [ours, theirs] = [scp, decoded].map((recording) =>
        [...recording.leads.find((lead) => lead.name === name)!.millivolts].map((value) =>
          Math.round(value * 200),
        ),
      ) as [number[], number[]];
      for (const [first, last] of beats) {
        expect(ours.slice(first, last - 1), name).toEqual(theirs.slice(first, last - 1));
      }
      // Elsewhere that decoder smooths the stored steps of 20 uV over three samples; ours are as stored.
      let others = 0;
      for (let i = 1; i < 4999; i++) {
        const smoothed = (ours[i - 1]! + ours[i]! + ours[i + 1]!) / 3;
        if (ours[i] !== theirs[i] && Math.abs(smoothed - theirs[i]!) > 1.01) others++;
      }
      expect(others, name).toBeLessThanOrEqual(2 * beats.length);
    }
  });
});

describe.skipIf(shared === null)('DICOM', () => {
  it('12-lead waveform: the samples that pydicom 2.3.1 reads', () => {
    const recording = readDicomEcg('ecg.dcm', bytesOf(join(corpora, 'dicom/pydicom_waveform_ecg.dcm')));
    expect(recording.leads.map(({ name }) => name).join(' ')).toBe('I II III aVR aVL aVF V1 V2 V3 V4 V5 V6');
    expect(recording.leads.map((_, lead) => digest(recording, lead))).toEqual([
      'd8ca3544fcb65c83',
      'e5369ca2ec700923',
      'b84b6cde42468999',
      'f06bc238331faea7',
      '50f6f21e2561864f',
      '5c4dc6d26f4ed96e',
      '66820b97b19c9eea',
      '51623fab9159e2bd',
      '7639f677f62fb61d',
      '0266466b52e74094',
      '903c427a44adce81',
      '88a30cbba3164747',
    ]);
    // multiplex_array: microvolts of leads I, II and III
    expect(recording.leads.slice(0, 3).map(({ millivolts }) => millivolts[1])).toEqual(
      [81.25, 106.25, 25].map((microvolts) => Math.fround(microvolts / 1000)),
    );
    expect(recording).toMatchObject({
      samplingRateHz: 1000,
      lengthSamples: 10_000,
      recordedAt: '2013-01-25T10:59:19',
      patient: { name: 'Anonymous', id: '642341', birthDate: '1971-01-23', ageYears: 42, sex: 'female' },
    });
    expect(recording.events?.length).toBeGreaterThan(50);
  });
});

describe.skipIf(shared === null)('Philips XML', () => {
  const folder = join(corpora, 'philips_sierra');
  const philips = (name: string) => readPhilips(name, bytesOf(join(folder, name)));

  it.each([
    [
      'pysierraecg_tests_fixtures_1_03_129DYPRG.XML',
      '668d70be442217ac ab95aea5b43caab6 fc2201af3b635aad e9a234eba278b90c 864145a9703db109 dfaca1f0981883b1 7bd73a3ab83334c2 a8c65b442947fdfe 1a2aaadd95fca8e4 3fc5f8cb31ef08b6 4ecf0f730727b232 8081632ad0daa1cb',
    ],
    [
      'pysierraecg_tests_fixtures_1_04_01_2020-5-18_15-48-11.xml',
      'd62531d313f1f512 ef211b7660a4e52d 80647958b3599a58 3ba5ecc7f912fa6a d0948fc6d099dd89 32e8a505fa01cd77 911feb0b961d6b3b 80c5575c538a9fc5 22e21d80ca4f53f3 e5c2104f7247d3db fe7a8f4b8cf1ca90 07b068ef0b87292c',
    ],
    [
      'pysierraecg_tests_fixtures_1_04_3191723_ZZDEMOPTONLY_1-04_orig.xml',
      'b37de2ac51f2275f 8eec995724d84dd9 09f6759435489a8d 5dd26b691ca5d817 3b19d41ab4786e25 1f47c9eadd741edd c719c2ae8ac6ed78 8c2ae8bf1b200d1e 12b7a72f28ac4459 8b90c5eb769bfbbc 65354958cbdfd9bf 57b617813cb93c7f',
    ],
    [
      'pysierraecg_tests_fixtures_1_04_ad4d3d80-d165_1-04_orig.xml',
      'c424048fd9366f5a dd309ee6872d06db 63fb28896cd6106b bcdfef88e9e71e36 0974c471281c764a 5e6fa2080ed34350 135fb643ddc814a9 6cebd5c8bb2a34a9 df5c782c4d54dad9 d086eeebcc3dfd5b 242a0894b8504388 78750bc55a5a98ae',
    ],
  ])('%s: the samples that pysierraecg 0.4.0 reads', (name, digests) => {
    const recording = philips(name);
    expect(recording.leads.map((_, lead) => digest(recording, lead)).join(' ')).toBe(digests);
    expect(recording).toMatchObject({ samplingRateHz: 500, lengthSamples: 5500 });
  });

  it('holds what the annotated ECG that was made from it shows, filtered again', () => {
    const original = philips('examples_xml_1_04_ad4d3d80-d165_1-04_orig.xml');
    const name = 'examples_xml_1_04_ad4d3d80-d165_1-04_converted.xml';
    const converted = readAecg(name, bytesOf(join(folder, name)));
    expect(converted).toMatchObject({
      samplingRateHz: 500,
      lengthSamples: 5500,
      recordedAt: original.recordedAt,
    });
    for (const lead of original.leads) {
      const other = converted.leads.find((each) => each.name === lead.name)!;
      const off = lead.millivolts.map((value, i) => Math.abs(value - other.millivolts[i]!));
      expect(Math.max(...off), lead.name).toBeLessThan(0.021);
      expect(off.toSorted()[2750]!, lead.name).toBeLessThan(0.006);
    }
  });

  it.each(['invalid-doc-type', 'invalid-doc-version'])('refuses %s', (what) => {
    const name = `pysierraecg_tests_fixtures_${what}.xml`;
    expect(() => philips(name)).toThrow(/are not read; SierraECG/);
  });
});

describe.skipIf(shared === null)('HL7 annotated ECG', () => {
  const folder = join(corpora, 'hl7aecg/fda_aecg_python');
  const aecg = (path: string) => readAecg(basename(path), bytesOf(join(folder, path)));

  it('reads the example of the standard', () => {
    const recording = aecg('ectd_example/FDA000003/0000/m5/datasets/Test/misc/aecg/subject1_0.xml');
    expect(recording).toMatchObject({
      samplingRateHz: 500,
      lengthSamples: 5000,
      recordedAt: '2002-11-22T09:10:00',
      patient: { name: 'Clark', id: 'subject1', birthDate: '1953-05-08', ageYears: 46, sex: 'male' },
    });
    expect(
      recording.leads
        .map(({ name }) => name)
        .sort()
        .join(' '),
    ).toBe('I II III V1 V2 V3 V4 V5 V6 aVF aVL aVR');
    // The first digits of lead I as the document writes them, in steps of 2.5 uV.
    const digits = [-2, -2, -2, -2, -3, -4, -3, -5, -5, -4, -6, -9, -9, -8, -6, -4, -6, -10, -10];
    expect(
      [...recording.leads[0]!.millivolts.slice(0, 19)].map((value) => Math.round(value / 0.0025)),
    ).toEqual(digits);
    // Einthoven's law ties independent sequences together, to the rounding of the digits.
    const lead = (name: string) => recording.leads.find((each) => each.name === name)!.millivolts;
    const error = lead('III').map((value, i) => Math.abs(value - (lead('II')[i]! - lead('I')[i]!)));
    expect(Math.max(...error)).toBeLessThan(0.006);
  });

  it.each(['minimum_aecg', 'minimum_aecg_nouuid', 'minimum_aecg_effectiveTime_low'])('reads %s', (name) => {
    const recording = aecg(`examples/${name}.xml`);
    expect(recording.leads.map((each) => each.name)).toEqual(['II']);
    expect(recording.lengthSamples).toBe(13);
  });

  it('refuses an empty document and a schema', () => {
    expect(() => aecg('examples/empty.xml')).toThrow('holds no series');
    expect(() => aecg('examples/badschema.xsd')).toThrow('no annotated ECG');
  });
});

describe.skipIf(shared === null)('the recogniser', () => {
  it.each([
    ['edf/cardio_sample.edf', 'edf'],
    ['wfdb-python/sample-data/100.hea', 'wfdb'],
    ['wfdb-python/sample-data/multi-segment/041s/041s.hea', 'wfdb'],
    ['wfdb-python/sample-data/multi-segment/s25047/3234460_layout.hea', 'wfdb'],
    ['wfdb-python/sample-data/100.dat', null],
    ['wfdb-python/sample-data/100.atr', null],
    ['wfdb-python/sample-data/flacformats.d0', null],
    ['wfdb-python/sample-data/SC4001E0-PSG.wav', null],
    ['dicom/pydicom_waveform_ecg.dcm', 'dicom'],
    ['scp/wfdb_test.scp', 'scp'],
    ['hl7aecg/fda_aecg_python/examples/minimum_aecg.xml', 'aecg'],
    ['hl7aecg/fda_aecg_python/examples/badschema.xsd', null],
    ['hl7aecg/fda_aecg_python/hl7.zip', null],
    ['philips_sierra/examples_xml_1_04_01_2020-5-18_15-48-11.xml', 'philips'],
    ['philips_sierra/examples_xml_1_04_ad4d3d80-d165_1-04_converted.xml', 'aecg'],
    ['../dicom/INVENTORY.csv', null],
  ])('%s: %s', (path, format) => {
    const bytes = bytesOf(join(corpora, path));
    expect(recogniseEcgFormat(bytes.subarray(0, 1 << 16), bytes.length)).toBe(format);
    if (format !== null) expect(ECG_FORMATS).toContain(format);
  });
});
