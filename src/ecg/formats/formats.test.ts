/** Readers of files that are made here at the offsets of their specifications, and hostile ones. */
import { describe, expect, it } from 'vitest';
import {
  encodePlain,
  madeDicom,
  madeEdf,
  madeIshne,
  madeMuse,
  madeSamples,
  madeScp,
  scpParts,
} from '../../../test/made-ecg-files.ts';
import { KirchhoffError } from '../../contract/errors.ts';
import type { EcgRecording } from '../recording.ts';
import { readAecg } from './aecg/aecg.ts';
import { byteSourceOf } from './byte-source.ts';
import { readDicomEcg } from './dicom/dicom.ts';
import { openEdf, readEdf } from './edf/edf.ts';
import { openIshne, readIshne } from './ishne/ishne.ts';
import { readMuse } from './muse/muse.ts';
import { recogniseEcgFormat } from './recognise.ts';
import { readScp } from './scp/scp.ts';
import { parseXml } from './xml/xml-tree.ts';

function errorOf(read: () => unknown): KirchhoffError {
  try {
    read();
  } catch (thrown) {
    if (thrown instanceof KirchhoffError) return thrown;
    throw thrown;
  }
  throw new Error('Nothing was refused.');
}

/** Millivolts of a lead in steps of `step`. */
const steps = (recording: EcgRecording, lead: number, step: number) =>
  [...recording.leads[lead]!.millivolts].map((value) => Math.round(value / step));
const ascii = (text: string) => new TextEncoder().encode(text);
const recognised = (bytes: Uint8Array) => recogniseEcgFormat(bytes, bytes.length);
const anna = { name: 'Example, Anna', id: 'H-17', birthDate: '1951-05-02', ageYears: 70, sex: 'female' };

describe('EDF+ and BDF', () => {
  const tal = (onset: string, ...notes: string[]) =>
    `${onset}\x14\x14\0${notes.map((note) => `${note}\0`).join('')}`;
  const ecg = (records: number[][]) => ({
    label: 'ECG II',
    dimension: 'uV',
    physical: [-3276.8, 3276.7] as const,
    digital: [-32_768, 32_767] as const,
    samplesPerRecord: records[0]!.length,
    records,
  });
  const annotations = (records: string[]) => ({
    label: 'EDF Annotations',
    dimension: '',
    physical: [-1, 1] as const,
    digital: [-32_768, 32_767] as const,
    samplesPerRecord: 40,
    records,
  });
  const [a, b, c] = [0, 1, 2].map((phase) => madeSamples(100, phase)) as [number[], number[], number[]];

  it('reads an interrupted file: gaps are NaN, events are in time, the start has its fraction', () => {
    const bytes = madeEdf(
      [
        ecg([a, b, c]),
        annotations([tal('+0.25'), tal('+1.25', '+1.75\x152.5\x14patient pressed\x14'), tal('+4.25')]),
      ],
      { reserved: 'EDF+D' },
    );
    expect(recognised(bytes)).toBe('edf');
    const recording = readEdf('made.edf', bytes);
    const gap = new Array(200).fill(Number.NaN);
    expect(steps(recording, 0, 0.0001)).toEqual([...a, ...b, ...gap, ...c]);
    expect(recording).toMatchObject({
      samplingRateHz: 100,
      recordedAt: '2021-11-24T22:15:16.250',
      patient: { ...anna, name: 'Anna Example', id: '' },
      events: [{ atSeconds: 1.5, durationSeconds: 2.5, text: 'patient pressed' }],
      warnings: ['The recording is interrupted 1 times.'],
    });
    expect(recording.leads[0]!.name).toBe('II');
    const window = openEdf(byteSourceOf('made.edf', bytes)).readWindow(150, 270)[0]!;
    expect(window).toEqual(recording.leads[0]!.millivolts.slice(150, 420));
  });

  it('reads 24-bit samples and leaves the trigger channel out', () => {
    const values = a.map((value) => value * 2000);
    const bytes = madeEdf(
      [
        { ...ecg([values]), label: 'ECG', physical: [-262_144, 262_143], digital: [-8_388_608, 8_388_607] },
        { ...ecg([a]), label: 'Status', dimension: 'Boolean' },
      ],
      { bytesPerSample: 3, reserved: '24BIT', patient: '4711' },
    );
    const recording = readEdf('made.bdf', bytes);
    const microvolts = 524_287 / 16_777_215;
    expect(
      [...recording.leads[0]!.millivolts].map((value) =>
        Math.round((value * 1000 + 262_144) / microvolts - 8_388_608),
      ),
    ).toEqual(values);
    expect(recording.leads).toHaveLength(1);
    expect(recording.patient).toMatchObject({ id: '4711', name: '' });
  });

  it('interpolates a slower lead and leaves out what is no ECG', () => {
    const slow = Array.from({ length: 50 }, (_, i) => i * 10);
    const recording = readEdf(
      'made.edf',
      madeEdf([
        ecg([a]),
        { ...ecg([slow]), label: 'ECG V1' },
        { ...ecg([a]), label: 'EEG Fpz-Cz' },
        { ...ecg([a]), label: 'SaO2', dimension: '%' },
      ]),
    );
    expect(recording.leads.map(({ name }) => name)).toEqual(['II', 'V1']);
    expect(steps(recording, 1, 0.0001).slice(0, 6)).toEqual([0, 5, 10, 15, 20, 25]);
    expect(recording.warnings).toEqual([
      'Signal SaO2: in %, not volts; left out.',
      'Signal EEG Fpz-Cz: not an ECG; left out.',
      'Lead V1: recorded at 50 Hz, interpolated to 100 Hz.',
    ]);
  });

  const good = madeEdf([ecg([a])]);
  const put = (at: number, text: string) => {
    const bytes = good.slice();
    bytes.set(ascii(text), at);
    return bytes;
  };
  it.each([
    ['a cut header', good.subarray(0, 300), 'file-truncated', 'made.edf byte 300'],
    ['cut samples', good.subarray(0, good.length - 1), 'file-truncated', `made.edf byte ${good.length - 1}`],
    ['a billion records', put(236, '99999999'), 'file-truncated', `made.edf byte ${good.length}`],
    ['no number of signals', put(252, 'NaN '), 'header-invalid', 'made.edf byte 252'],
    ['more signals than fit', put(252, '9999'), 'value-out-of-range', 'made.edf byte 252'],
    ['a record of no time', put(244, '0       '), 'value-out-of-range', 'made.edf byte 244'],
    ['a wrong length of its header', put(184, '256     '), 'header-invalid', 'made.edf byte 184'],
    ['an empty digital range', put(256 + 120, '32767   '), 'value-out-of-range', 'made.edf byte 256'],
    ['no samples', put(256 + 216, '0       '), 'no-signal', 'made.edf byte 512'],
    ['no annotations though interrupted', put(192, 'EDF+D'), 'header-invalid', 'made.edf'],
  ])('refuses a file with %s', (_, bytes, code, at) => {
    expect(errorOf(() => readEdf('made.edf', bytes)).body).toMatchObject({ code, at });
  });

  it('refuses data records that run backwards', () => {
    const bytes = madeEdf([ecg([a, b]), annotations([tal('+5'), tal('+1')])], { reserved: 'EDF+D' });
    expect(errorOf(() => readEdf('made.edf', bytes)).code).toBe('header-invalid');
    const far = madeEdf([ecg([a, b]), annotations([tal('+0'), tal('+99999999999')])], { reserved: 'EDF+D' });
    expect(errorOf(() => readEdf('made.edf', far)).code).toBe('file-too-large');
  });
});

describe('ISHNE', () => {
  const samples = [madeSamples(300, 0), madeSamples(300, 1)];
  const bytes = madeIshne(samples);

  it('reads leads, patient and time at the offsets of the paper', () => {
    expect(recognised(bytes)).toBe('ishne');
    const recording = readIshne('made.ecg', bytes);
    expect(steps(recording, 0, 0.0005)).toEqual(samples[0]);
    expect(steps(recording, 1, 0.002)).toEqual(samples[1]);
    expect(recording.leads.map(({ name }) => name)).toEqual(['I', 'V1']);
    expect(recording).toMatchObject({
      samplingRateHz: 200,
      recordedAt: '2021-11-24T22:15:16',
      patient: anna,
      warnings: [],
    });
    const window = openIshne(byteSourceOf('made.ecg', bytes)).readWindow(17, 40);
    expect(window[1]).toEqual(recording.leads[1]!.millivolts.slice(17, 57));
  });

  it('says that the header was changed, and refuses what cannot be', () => {
    const changed = bytes.slice();
    changed[30] = 88;
    expect(readIshne('made.ecg', changed).warnings).toEqual([
      'The checksum of the header differs from the one that it holds.',
    ]);
    const with16 = (at: number, value: number) => {
      const other = bytes.slice();
      new DataView(other.buffer).setInt16(at, value, true);
      return errorOf(() => readIshne('made.ecg', other)).body;
    };
    expect(with16(156, 13)).toMatchObject({ code: 'value-out-of-range', at: 'made.ecg byte 156' });
    expect(with16(206, 0)).toMatchObject({ code: 'value-out-of-range', at: 'made.ecg byte 206' });
    expect(with16(272, 0)).toMatchObject({ code: 'value-out-of-range', at: 'made.ecg byte 272' });
    expect(with16(16, 0x7fff)).toMatchObject({ code: 'file-truncated', at: `made.ecg byte ${bytes.length}` });
    expect(errorOf(() => readIshne('made.ecg', bytes.subarray(0, 100))).code).toBe('file-truncated');
  });
});

describe('MUSE XML', () => {
  const leads = { I: madeSamples(200, 0), II: madeSamples(200, 1), V1: madeSamples(200, 2) };

  it('reads the rhythm, not the median beat', () => {
    const bytes = madeMuse(leads);
    expect(recognised(bytes)).toBe('muse');
    const recording = readMuse('made.xml', bytes);
    expect(recording.leads.map(({ name }) => name)).toEqual(['I', 'II', 'V1']);
    for (const [i, samples] of Object.values(leads).entries())
      expect(steps(recording, i, 0.00488)).toEqual(samples);
    expect(recording).toMatchObject({
      samplingRateHz: 500,
      recordedAt: '2021-11-24T22:15:16',
      patient: { ...anna, birthDate: null },
      comments: ['Sinus rhythm'],
    });
  });

  it.each([
    ['<LeadAmplitudeUnitsPerBit>4.88', '<LeadAmplitudeUnitsPerBit>NaN', 'value-out-of-range'],
    ['<SampleBase>500', '<SampleBase>0', 'value-out-of-range'],
    ['<SampleExponent>0', '<SampleExponent>999', 'value-out-of-range'],
    ['<LeadSampleCountTotal>200', '<LeadSampleCountTotal>20000000000', 'file-truncated'],
    ['<WaveFormData>', '<WaveFormData>%%', 'header-invalid'],
    ['MICROVOLTS', 'PARSECS', 'value-out-of-range'],
    ['<LeadSampleSize>2', '<LeadSampleSize>4', 'format-unsupported'],
    ['</RestingECG>', '', 'header-invalid'],
  ])('with %s as %s is refused: %s', (from, to, code) => {
    const text = new TextDecoder().decode(madeMuse(leads)).replaceAll(from, to);
    expect(errorOf(() => readMuse('made.xml', ascii(text))).body).toMatchObject({
      code,
      at: expect.stringMatching(/^made\.xml line \d+$/),
    });
  });
});

describe('SCP-ECG', () => {
  const values = madeSamples(120, 0);
  const { patient, ownTable, leads, samples, u16, u32 } = scpParts;

  it('reads plain samples, patient and time', () => {
    const bytes = madeScp({ 1: patient, 3: leads(120, 4), 6: samples(values, { encode: encodePlain }) });
    expect(recognised(bytes)).toBe('scp');
    const recording = readScp('made.scp', bytes);
    expect(steps(recording, 0, 0.005)).toEqual(values);
    expect(recording).toMatchObject({
      samplingRateHz: 500,
      recordedAt: '2021-11-24T22:15:16',
      patient: anna,
      warnings: [],
    });
    expect(recording.leads[0]!.name).toBe('II');
  });

  it('reads tables of its own, with first and second differences', () => {
    const first = values.map((value, i) => (i < 1 ? value : value - values[i - 1]!));
    const second = values.map((value, i) => (i < 2 ? value : value - 2 * values[i - 1]! + values[i - 2]!));
    for (const [differences, coded] of [
      [0, values],
      [1, first],
      [2, second],
    ] as const) {
      const bytes = madeScp({ 2: ownTable, 3: leads(120, 4), 6: samples(coded, { differences }) });
      expect(steps(readScp('made.scp', bytes), 0, 0.005), `order ${differences}`).toEqual(values);
    }
  });

  it('switches between tables', () => {
    // Table 1 only leads to table 2, in which a one is +5 and two zeros lead back.
    const tables = [
      ...u16(2),
      ...u16(2),
      1,
      1,
      1,
      ...u16(7),
      ...u32(0),
      1,
      1,
      0,
      ...u16(2),
      ...u32(1),
      ...u16(2),
      1,
      1,
      1,
      ...u16(5),
      ...u32(1),
      2,
      2,
      0,
      ...u16(1),
      ...u32(0),
    ];
    // 7, to table 2, 5, 5, to table 1, 7
    const encode = () => [0b01110000, 0];
    const bytes = madeScp({ 2: tables, 3: leads(4, 4), 6: samples([], { encode }) });
    expect(steps(readScp('made.scp', bytes), 0, 0.005)).toEqual([7, 5, 5, 7]);
  });

  it('adds the reference beat where it was subtracted', () => {
    const beat = [10, 20, 30, 20, 10];
    const residual = new Array(40).fill(1);
    const expected = residual.map((value) => value * 4);
    for (const fiducial of [10, 30])
      beat.forEach((value, i) => {
        expected[fiducial - 1 - 2 + i] += value;
      });
    const bytes = madeScp({
      2: ownTable,
      3: leads(40, 5),
      4: [
        ...u16(10),
        ...u16(3),
        ...u16(3),
        ...[10, 30].flatMap((f) => [...u16(0), ...u32(f - 2), ...u32(f), ...u32(f + 2)]),
        ...u16(1),
        ...u32(1),
        ...u32(20),
        ...u32(1),
      ],
      5: samples(beat, { nanovolts: 5000 }),
      6: samples(residual, { nanovolts: 20_000 }),
    });
    expect(steps(readScp('made.scp', bytes), 0, 0.005)).toEqual(expected);
  });

  it('expands bimodal compression: full rate in protected areas, a quarter elsewhere', () => {
    // 16 samples at a quarter of the rate, 8 at the full rate, 16 at a quarter.
    const coded = [10, 10, 10, 10, 1, 2, 3, 4, 5, 6, 7, 8, 20, 20, 20, 20];
    const bytes = madeScp({
      2: ownTable,
      3: leads(40, 4),
      4: [
        ...u16(10),
        ...u16(1),
        ...u16(1),
        ...u16(1),
        ...u32(1),
        ...u32(20),
        ...u32(1),
        ...u32(17),
        ...u32(24),
      ],
      5: samples([0, 0], {}),
      6: samples(coded, { microseconds: 8000, bimodal: 1 }),
    });
    const recording = readScp('made.scp', bytes);
    expect(recording.samplingRateHz).toBe(500);
    expect(steps(recording, 0, 0.005)).toEqual([
      ...new Array(16).fill(10),
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8,
      ...new Array(16).fill(20),
    ]);
  });

  it('warns of a changed byte and refuses what is cut off or does not fit', () => {
    const bytes = madeScp({ 3: leads(120, 4), 6: samples(values, { encode: encodePlain }) });
    const changed = bytes.slice();
    changed[changed.length - 1]! ^= 1;
    expect(readScp('made.scp', changed).warnings).toEqual([
      'The checksum of the file differs from the one that it holds.',
      'The checksum of section 6 differs from the one that it holds.',
    ]);
    expect(errorOf(() => readScp('made.scp', bytes.subarray(0, bytes.length - 20))).code).toBe(
      'file-truncated',
    );
    expect(
      errorOf(() =>
        readScp('made.scp', madeScp({ 3: leads(121, 4), 6: samples(values, { encode: encodePlain }) })),
      ).body,
    ).toMatchObject({
      code: 'file-truncated',
      message: 'Lead II has 120 samples, not 121.',
    });
    expect(errorOf(() => readScp('made.scp', madeScp({ 3: leads(4e9, 4), 6: samples(values) }))).code).toBe(
      'value-out-of-range',
    );
    expect(errorOf(() => readScp('made.scp', madeScp({ 3: leads(120, 5), 6: samples(values) }))).code).toBe(
      'header-invalid',
    );
    expect(
      errorOf(() => readScp('made.scp', madeScp({ 3: leads(120, 4), 6: samples(values, { nanovolts: 0 }) })))
        .code,
    ).toBe('value-out-of-range');
    expect(errorOf(() => readScp('made.scp', madeScp({ 1: patient }))).code).toBe('no-signal');
  });
});

describe('DICOM', () => {
  const ss = Array.from({ length: 60 }, (_, i) => [
    madeSamples(60, 0)[i]!,
    madeSamples(60, 1)[i]!,
    i === 7 ? -32_768 : i,
  ]);
  const main = {
    frames: ss,
    samplingRateHz: 250,
    originality: 'ORIGINAL',
    interpretation: 'SS',
    padding: -32_768,
    channels: [
      { name: 'Lead I (Einthoven)', unit: 'uV', sensitivity: 2.5, baseline: 100 },
      { name: 'Lead II', unit: 'mV', sensitivity: 0.005, skew: 2 },
      { name: 'Lead V1', unit: 'uV', sensitivity: 5 },
    ],
  } as const;
  const bytes = madeDicom([
    main,
    { ...main, originality: 'DERIVED' },
    {
      ...main,
      frames: ss.map((_, i) => [255 - i, i]),
      interpretation: 'UB',
      padding: undefined,
      timeOffset: 40,
      channels: [
        { name: 'Lead V2', unit: 'uV', sensitivity: 10 },
        { name: 'Respiration', unit: 'Ohm', sensitivity: 1 },
      ],
    },
  ]);

  it('reads groups, bits, sensitivity, baseline, skew, padding and annotations', () => {
    expect(recognised(bytes)).toBe('dicom');
    const recording = readDicomEcg('made.dcm', bytes);
    const none = Number.NaN;
    const tail = new Array(10).fill(none);
    expect(recording.leads.map(({ name }) => name)).toEqual(['I', 'II', 'V1', 'V2']);
    expect(steps(recording, 0, 0.0025)).toEqual([...madeSamples(60, 0).map((value) => value + 40), ...tail]);
    expect(steps(recording, 1, 0.005)).toEqual([none, none, ...madeSamples(60, 1), ...tail.slice(2)]);
    expect(steps(recording, 2, 0.005)).toEqual([
      ...Array.from({ length: 60 }, (_, i) => (i === 7 ? none : i)),
      ...tail,
    ]);
    expect(steps(recording, 3, 0.01)).toEqual([...tail, ...Array.from({ length: 60 }, (_, i) => 255 - i)]);
    expect(recording).toMatchObject({
      samplingRateHz: 250,
      recordedAt: '2021-11-24T22:15:16.500',
      patient: { ...anna, name: 'Müller, Anna' },
      comments: ['Sinus rhythm'],
      events: [{ atSeconds: 0.04, durationSeconds: 0.04, text: 'noise' }],
      warnings: [
        'Multiplex group 2: derived, or of another sampling rate; not read.',
        'Channel Respiration: in Ohm, not volts; left out.',
      ],
    });
  });

  it('refuses what does not fit', () => {
    const codeOf = (change: object) =>
      errorOf(() => readDicomEcg('made.dcm', madeDicom([{ ...main, ...change }]))).body;
    expect(codeOf({ originality: 'DERIVED' })).toMatchObject({ code: 'no-signal', at: 'made.dcm' });
    expect(codeOf({ samplingRateHz: 0 })).toMatchObject({
      code: 'value-out-of-range',
      at: 'made.dcm multiplex group 1',
    });
    expect(codeOf({ frames: ss.map((frame) => frame.slice(1)) })).toMatchObject({ code: 'file-truncated' });
    expect(
      codeOf({ channels: [{ name: 'I', unit: 'uV', sensitivity: Number.NaN }], frames: [[1]] }),
    ).toMatchObject({
      code: 'value-out-of-range',
    });
    expect(errorOf(() => readDicomEcg('made.dcm', bytes.subarray(0, 700))).body.at).toMatch(/^made\.dcm/);
  });
});

describe('XML', () => {
  it.each([
    ['entities', '<!DOCTYPE a [<!ENTITY b "c">]><AnnotatedECG>&b;</AnnotatedECG>', 'line 1'],
    ['entities of other files', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><AnnotatedECG/>', 'line 1'],
    ['an unknown entity', '<AnnotatedECG>\n&b;</AnnotatedECG>', 'line 2'],
    ['elements that are not closed', '<AnnotatedECG>\n<b></AnnotatedECG>', 'line 2'],
    ['elements a thousand deep', '<a>'.repeat(1000), 'line 1'],
    ['bytes that are no text', '<a>\0\x01</a>', 'line 1'],
  ])('with %s is refused', (_, text, line) => {
    expect(errorOf(() => parseXml(ascii(text), 'made.xml')).body).toMatchObject({
      code: 'header-invalid',
      at: `made.xml ${line}`,
    });
  });

  it('is recognised by its outermost element, also in UTF-16 and behind comments', () => {
    expect(
      recognised(ascii('<?xml version="1.0"?>\n<!-- a --><x:AnnotatedECG xmlns:x="urn:hl7-org:v3"/>')),
    ).toBe('aecg');
    const wide = Uint8Array.from([
      0xff,
      0xfe,
      ...[...'<restingecgdata/>'].flatMap((c) => [c.charCodeAt(0), 0]),
    ]);
    expect(recognised(wide)).toBe('philips');
    expect(recognised(ascii('<svg/>'))).toBeNull();
    expect(recognised(ascii(`<!DOCTYPE ${'a'.repeat(60_000)}`))).toBeNull();
  });

  it('of an annotated ECG places sets of sequences in time', () => {
    const set = (head: string, lead: string, digits: string) => `<component><sequenceSet>
      <component><sequence><code code="TIME_ABSOLUTE"/><value><head value="${head}"/><increment value="2" unit="ms"/></value></sequence></component>
      <component><sequence><code code="MDC_ECG_LEAD_${lead}"/><value><origin value="0" unit="uV"/><scale value="5" unit="uV"/><digits>${digits}</digits></value></sequence></component>
    </sequenceSet></component>`;
    const text = `<AnnotatedECG><component><series><code code="RHYTHM"/>${set('20211124221516.000', 'I', '1 2 3')}${set('20211124221516.006', 'aVR', '4 5 6')}</series></component></AnnotatedECG>`;
    const recording = readAecg('made.xml', ascii(text));
    expect(recording.samplingRateHz).toBe(500);
    const none = Number.NaN;
    expect(steps(recording, 0, 0.005)).toEqual([1, 2, 3, none, none, none]);
    expect(steps(recording, 1, 0.005)).toEqual([none, none, none, 4, 5, 6]);
    expect(recording.recordedAt).toBe('2021-11-24T22:15:16');
    expect(errorOf(() => readAecg('made.xml', ascii(text.replace('value="5"', 'value="NaN"')))).code).toBe(
      'value-out-of-range',
    );
    expect(errorOf(() => readAecg('made.xml', ascii(text.replace('4 5 6', '4 x 6')))).code).toBe(
      'value-out-of-range',
    );
    expect(errorOf(() => readAecg('made.xml', ascii(text.replaceAll('value="2"', 'value="0"')))).code).toBe(
      'value-out-of-range',
    );
  });
});
