/** Damaged files: whatever bytes are changed, cut or filled, a reader gives a recording or a typed error. */
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
import { RandomStream } from '../../numeric/random.ts';
import { readEcg } from './read-ecg.ts';
import type { EcgFormat } from './recognise.ts';

const MUTATIONS_A_FILE = 200;
const ascii = (text: string) => new TextEncoder().encode(text);
const { u16, u32, leads, samples, ownTable, patient } = scpParts;
const values = madeSamples(120, 0);

const edfSignal = {
  label: 'ECG II',
  dimension: 'uV',
  physical: [-3276.8, 3276.7],
  digital: [-32_768, 32_767],
  samplesPerRecord: 120,
  records: [values, values],
} as const;
const edfNotes = {
  ...edfSignal,
  label: 'EDF Annotations',
  dimension: '',
  samplesPerRecord: 20,
  records: ['+0\x14\x14\0+1.5\x150.5\x14note\x14\0', '+3\x14\x14\0'],
} as const;
const dicomGroup = {
  frames: values.map((value) => [value, -value]),
  samplingRateHz: 250,
  originality: 'ORIGINAL',
  interpretation: 'SS',
  channels: [
    { name: 'Lead I', unit: 'uV', sensitivity: 2.5 },
    { name: 'Lead II', unit: 'uV', sensitivity: 2.5 },
  ],
} as const;
const aecg = `<AnnotatedECG><component><series><code code="RHYTHM"/><component><sequenceSet>
<component><sequence><code code="TIME_ABSOLUTE"/><value><head value="20211124221516"/><increment value="2" unit="ms"/></value></sequence></component>
<component><sequence><code code="MDC_ECG_LEAD_I"/><value><origin value="0" unit="uV"/><scale value="5" unit="uV"/><digits>${values.join(' ')}</digits></value></sequence></component>
</sequenceSet></component></series></component></AnnotatedECG>`;
const philips = `<restingecgdata><documentinfo><documenttype>PhilipsECG</documenttype><documentversion>1.04</documentversion></documentinfo>
<waveforms><parsedwaveforms dataencoding="Base64" compression="XLI" numberofleads="1" leadlabels="V1" durationperchannel="8" samplespersecond="500" resolution="5">CgAAAAEAAAAAQBAEAQBAEAQB</parsedwaveforms></waveforms></restingecgdata>`;

/** By name: the format and the files of a recording, the one that is opened first. */
const FILES: Readonly<Record<string, readonly [EcgFormat, Readonly<Record<string, Uint8Array>>]>> = {
  WFDB: [
    'wfdb',
    {
      'r.hea': ascii(
        'r 2 250 40 22:15:16 24/11/2021\nr.dat 212 200(3)/mV 12 0 0 0 0 I\nr.dat 212:1 200 12 0 0 0 0 II\n# Age: 70 Sex: F\n',
      ),
      'r.dat': Uint8Array.from({ length: 120 }, (_, i) => (i * 31) & 0xff),
    },
  ],
  'WFDB in segments': [
    'wfdb',
    {
      'r.hea': ascii('r/4 1 250 36\nl 0\n~ 8\ns 20\nt 8\n'),
      'l.hea': ascii('l 1 250 0\n~ 0 200/mV 12 0 0 0 0 II\n'),
      's.hea': ascii('s 1 250 20\ns.dat 8 200/mV 12 0 0 0 0 II\n'),
      't.hea': ascii('t 1 250 8\nt.dat 516+2 200/mV 16 0 0 0 0 II\n'),
      's.dat': Uint8Array.from({ length: 20 }, (_, i) => i),
      // A FLAC stream whose only frame has no valid checksum.
      't.dat': Uint8Array.from([
        0,
        0,
        0x66,
        0x4c,
        0x61,
        0x43,
        0x80,
        0,
        0,
        34,
        0,
        8,
        0,
        8,
        ...new Array(6).fill(0),
        0x17,
        0x70,
        0,
        0xf0,
        0,
        0,
        0,
        8,
        ...new Array(16).fill(0),
        0xff,
        0xf8,
        0x60,
        8,
        0,
        7,
        0,
        0,
      ]),
    },
  ],
  'EDF+D': ['edf', { 'r.edf': madeEdf([edfSignal, edfNotes], { reserved: 'EDF+D' }) }],
  BDF: ['edf', { 'r.bdf': madeEdf([edfSignal], { bytesPerSample: 3, reserved: '24BIT' }) }],
  DICOM: ['dicom', { 'r.dcm': madeDicom([dicomGroup, { ...dicomGroup, originality: 'DERIVED' }]) }],
  ISHNE: ['ishne', { 'r.ecg': madeIshne([values, values]) }],
  MUSE: ['muse', { 'r.xml': madeMuse({ I: values, II: values }) }],
  aECG: ['aecg', { 'r.xml': ascii(aecg) }],
  Philips: ['philips', { 'r.xml': ascii(philips) }],
  'SCP-ECG': [
    'scp',
    {
      'r.scp': madeScp({
        1: patient,
        2: ownTable,
        3: leads(120, 5),
        4: [
          ...u16(10),
          ...u16(2),
          ...u16(1),
          ...u16(0),
          ...u32(18),
          ...u32(20),
          ...u32(22),
          ...u32(17),
          ...u32(24),
        ],
        5: samples([1, 2, 3, 2, 1], { differences: 2 }),
        6: samples(values, { differences: 1 }),
      }),
    },
  ],
  'SCP-ECG, plain': [
    'scp',
    { 'r.scp': madeScp({ 3: leads(120, 4), 6: samples(values, { encode: encodePlain }) }) },
  ],
};

/** Values that tend to be taken for lengths, and digits that make numbers large. */
const STRIKING = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x2d, 0x30, 0x39, 0x65];

function mutated(bytes: Uint8Array, random: RandomStream): Uint8Array {
  const pick = (below: number) => Math.floor(random.uniform() * below);
  const other = bytes.slice();
  switch (pick(4)) {
    case 0:
      return other.subarray(0, pick(other.length + 1));
    case 1:
      // Early bytes are headers: that is where lengths stand.
      for (let i = 0; i < 4; i++) other[pick(Math.min(other.length, 600))] = pick(256);
      return other;
    case 2: {
      const at = pick(other.length);
      other.fill(STRIKING[pick(STRIKING.length)]!, at, at + 1 + pick(8));
      return other;
    }
    default: {
      const from = pick(other.length);
      const to = pick(other.length);
      other.copyWithin(to, from, from + pick(64));
      return other;
    }
  }
}

describe('damaged files', () => {
  it.each(Object.entries(FILES))('%s: a recording or a typed error', (name, [format, files]) => {
    const random = new RandomStream({
      seed: 20_211_124,
      words: [name.length, name.charCodeAt(0), name.charCodeAt(2)],
    });
    const names = Object.keys(files);
    let refused = 0;
    for (let round = 0; round < MUTATIONS_A_FILE; round++) {
      const damaged = names[round % names.length]!;
      const content = { ...files, [damaged]: mutated(files[damaged]!, random) };
      try {
        const recording = readEcg(format, names[0]!, (file) => content[file] ?? null);
        expect(recording.leads.length).toBeGreaterThan(0);
        for (const lead of recording.leads) {
          expect(lead.millivolts.length).toBe(recording.lengthSamples);
          expect(lead.resolutionMillivolts).toBeGreaterThan(0);
        }
        expect(recording.samplingRateHz).toBeGreaterThanOrEqual(50);
      } catch (thrown) {
        if (!(thrown instanceof KirchhoffError)) throw thrown;
        // The name of a file, which may be damaged itself.
        expect(thrown.body.at).toMatch(/^\S/);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(3);
  });
});
