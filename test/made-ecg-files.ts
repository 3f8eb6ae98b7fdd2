/**
 * ECG files of which no sample was to be had, assembled byte by byte at the offsets that their specifications
 * give; independent of the readers. Samples are known, so that tests can compare.
 */

/** Deterministic samples with a slope, a spike and both signs. */
export function madeSamples(length: number, phase: number): number[] {
  return Array.from(
    { length },
    (_, i) => ((i * 7 + phase * 13) % 41) - 20 + (i % 50 === 10 + phase ? 300 : 0),
  );
}

const latin1 = (text: string): number[] => [...text].map((character) => character.charCodeAt(0));
const fixed = (text: string, length: number): number[] => latin1(text.padEnd(length).slice(0, length));
const u16 = (value: number): number[] => [value & 0xff, (value >> 8) & 0xff];
const u24 = (value: number): number[] => [...u16(value), (value >> 16) & 0xff];
const u32 = (value: number): number[] => [...u16(value), ...u16(value >>> 16)];

export interface MadeEdfSignal {
  label: string;
  dimension: string;
  physical: readonly [number, number];
  digital: readonly [number, number];
  /** By data record; numbers, or the text of an annotation signal. */
  records: readonly (readonly number[] | string)[];
  samplesPerRecord: number;
}

/** EDF (Kemp et al. 1992, table 1) or, with 24-bit samples, BDF (biosemi.com, "Which file format"). */
export function madeEdf(
  signals: readonly MadeEdfSignal[],
  {
    bytesPerSample = 2,
    reserved = '',
    recordSeconds = 1,
    patient = 'X F 02-MAY-1951 Anna_Example',
    recording = 'Startdate 24-NOV-2021 X X X',
  }: {
    bytesPerSample?: 2 | 3;
    reserved?: string;
    recordSeconds?: number;
    patient?: string;
    recording?: string;
  } = {},
): Uint8Array {
  const count = signals.length;
  const records = signals[0]!.records.length;
  const header = [
    ...(bytesPerSample === 3 ? [0xff, ...latin1('BIOSEMI')] : fixed('0', 8)),
    ...fixed(patient, 80),
    ...fixed(recording, 80),
    ...fixed('24.11.21', 8),
    ...fixed('22.15.16', 8),
    ...fixed(String(256 * (count + 1)), 8),
    ...fixed(reserved, 44),
    ...fixed(String(records), 8),
    ...fixed(String(recordSeconds), 8),
    ...fixed(String(count), 4),
    ...signals.flatMap(({ label }) => fixed(label, 16)),
    ...signals.flatMap(() => fixed('', 80)),
    ...signals.flatMap(({ dimension }) => fixed(dimension, 8)),
    ...signals.flatMap(({ physical }) => fixed(String(physical[0]), 8)),
    ...signals.flatMap(({ physical }) => fixed(String(physical[1]), 8)),
    ...signals.flatMap(({ digital }) => fixed(String(digital[0]), 8)),
    ...signals.flatMap(({ digital }) => fixed(String(digital[1]), 8)),
    ...signals.flatMap(() => fixed('', 80)),
    ...signals.flatMap(({ samplesPerRecord }) => fixed(String(samplesPerRecord), 8)),
    ...signals.flatMap(() => fixed('', 32)),
  ];
  const data: number[] = [];
  for (let record = 0; record < records; record++) {
    for (const { records: all, samplesPerRecord } of signals) {
      const content = all[record]!;
      if (typeof content === 'string') {
        const bytes = latin1(content);
        data.push(...bytes, ...new Array(samplesPerRecord * bytesPerSample - bytes.length).fill(0));
      } else {
        for (const value of content) data.push(...(bytesPerSample === 3 ? u24(value) : u16(value)));
      }
    }
  }
  return Uint8Array.from([...header, ...data]);
}

/** CRC-CCITT begun with 0xFFFF, bit by bit. */
function crcCcitt(bytes: readonly number[]): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const carry = ((crc >> 15) ^ (byte >> bit)) & 1;
      crc = (crc << 1) & 0xffff;
      if (carry === 1) crc ^= 0x1021;
    }
  }
  return crc;
}

/** ISHNE (Badilini 1998, table 1): leads I and V1, 500 and 2000 nV, 200 Hz. */
export function madeIshne(samples: readonly (readonly number[])[], variable = 'made'): Uint8Array {
  const leads = samples.length;
  const length = samples[0]!.length;
  const twelve = (values: readonly number[]) =>
    Array.from({ length: 12 }, (_, i) => u16(values[i] ?? -9)).flat();
  const header = [
    ...u32(variable.length), // 10: size of the variable block
    ...u32(length), // 14: samples of a lead
    ...u32(522), // 18: where the variable block is
    ...u32(522 + variable.length), // 22: where the samples are
    ...u16(1), // 26: version
    ...latin1('Anna'.padEnd(40, '\0')), // 28
    ...latin1('Example'.padEnd(40, '\0')), // 68
    ...latin1('H-17'.padEnd(20, '\0')), // 108
    ...u16(2), // 128: female
    ...u16(0), // 130: race
    ...[2, 5, 1951].flatMap(u16), // 132: birth
    ...[24, 11, 2021].flatMap(u16), // 138: recorded
    ...[25, 11, 2021].flatMap(u16), // 144: written
    ...[22, 15, 16].flatMap(u16), // 150: start
    ...u16(leads), // 156
    ...twelve([5, 11]), // 158: lead I, lead V1
    ...twelve([1, 1]), // 182: quality
    ...twelve([500, 2000]), // 206: nV
    ...u16(0), // 230: no pacemaker
    ...latin1('digital'.padEnd(40, '\0')), // 232
    ...u16(200), // 272: Hz
    ...new Array(80 + 80 + 88).fill(0), // 274, 354, 434
    ...latin1(variable),
  ];
  const data = Array.from({ length }, (_, i) => samples.flatMap((lead) => u16(lead[i]!))).flat();
  return Uint8Array.from([...latin1('ISHNE1.0'), ...u16(crcCcitt(header)), ...header, ...data]);
}

/** MUSE XML with a median and a rhythm waveform of the given leads, 4.88 uV a bit. */
export function madeMuse(leads: Readonly<Record<string, readonly number[]>>): Uint8Array {
  const lead = (name: string, samples: readonly number[]) => `
    <LeadData>
      <LeadByteCountTotal>${samples.length * 2}</LeadByteCountTotal>
      <LeadTimeOffset>0</LeadTimeOffset>
      <LeadSampleCountTotal>${samples.length}</LeadSampleCountTotal>
      <LeadAmplitudeUnitsPerBit>4.88</LeadAmplitudeUnitsPerBit>
      <LeadAmplitudeUnits>MICROVOLTS</LeadAmplitudeUnits>
      <LeadHighLimit>32767</LeadHighLimit>
      <LeadLowLimit>-32768</LeadLowLimit>
      <LeadID>${name}</LeadID>
      <LeadOffsetFirstSample>0</LeadOffsetFirstSample>
      <FirstSampleBaseline>0</FirstSampleBaseline>
      <LeadSampleSize>2</LeadSampleSize>
      <WaveFormData>
${btoa(String.fromCharCode(...samples.flatMap(u16))).replace(/.{76}/g, '$&\n')}
      </WaveFormData>
    </LeadData>`;
  const waveform = (type: string, all: Readonly<Record<string, readonly number[]>>) => `
  <Waveform>
    <WaveformType>${type}</WaveformType>
    <NumberofLeads>${Object.keys(all).length}</NumberofLeads>
    <SampleType>CONTINUOUS_SAMPLES</SampleType>
    <SampleBase>500</SampleBase>
    <SampleExponent>0</SampleExponent>${Object.entries(all)
      .map(([name, samples]) => lead(name, samples))
      .join('')}
  </Waveform>`;
  return new TextEncoder().encode(`<?xml version="1.0" encoding="ISO-8859-1"?>
<RestingECG>
  <MuseInfo><MuseVersion>8.0.2.10132</MuseVersion></MuseInfo>
  <PatientDemographics>
    <PatientID>H-17</PatientID>
    <PatientAge>70</PatientAge>
    <AgeUnits>YEARS</AgeUnits>
    <Gender>FEMALE</Gender>
    <PatientLastName>Example</PatientLastName>
    <PatientFirstName>Anna</PatientFirstName>
  </PatientDemographics>
  <TestDemographics>
    <AcquisitionTime>22:15:16</AcquisitionTime>
    <AcquisitionDate>11-24-2021</AcquisitionDate>
  </TestDemographics>
  <Diagnosis><DiagnosisStatement><StmtText>Sinus rhythm</StmtText></DiagnosisStatement></Diagnosis>${waveform('Median', { I: [0, 0] })}${waveform('Rhythm', leads)}
</RestingECG>
`);
}

/** A section of SCP-ECG with its checksum (EN 1064, 5.2.7). */
function scpSection(id: number, content: readonly number[]): number[] {
  const padded = content.length % 2 === 0 ? content : [...content, 0];
  const rest = [...u16(id), ...u32(16 + padded.length), 13, 13, 0, 0, 0, 0, 0, 0, ...padded];
  return [...u16(crcCcitt(rest)), ...rest];
}

/** SCP-ECG of the given sections, by number, with pointers and checksums. */
export function madeScp(sections: Readonly<Record<number, readonly number[]>>): Uint8Array {
  const made = Object.entries(sections).map(
    ([id, content]) => [Number(id), scpSection(Number(id), content)] as const,
  );
  const pointers = 16 + 10 * (made.length + 1);
  let at = 6 + pointers;
  const entries = [...u16(0), ...u32(pointers), ...u32(7)];
  for (const [id, bytes] of made) {
    entries.push(...u16(id), ...u32(bytes.length), ...u32(at + 1));
    at += bytes.length;
  }
  const rest = [...u16(0), ...u32(pointers), 13, 13, ...latin1('SCPECG'), ...entries];
  const section0 = [...u16(crcCcitt(rest)), ...rest];
  const body = [...u32(at), ...section0, ...made.flatMap(([, bytes]) => bytes)];
  return Uint8Array.from([...u16(crcCcitt(body)), ...body]);
}

/** Sections 1 to 6 of a file of one lead, II: `samples` in steps of 5 uV at 500 Hz. */
export const scpParts = {
  patient: [
    0,
    ...u16(8),
    ...latin1('Example\0'),
    1,
    ...u16(5),
    ...latin1('Anna\0'),
    2,
    ...u16(5),
    ...latin1('H-17\0'),
    5,
    ...u16(4),
    ...u16(1951),
    5,
    2,
    8,
    ...u16(1),
    2,
    25,
    ...u16(4),
    ...u16(2021),
    11,
    24,
    26,
    ...u16(3),
    22,
    15,
    16,
    255,
    ...u16(0),
  ],
  /** One table: 0, +1, -1 in one to three bits, `111` before a number of 16 bits; codes lowest bit first. */
  ownTable: [
    ...u16(1),
    ...u16(4),
    1,
    1,
    1,
    ...u16(0),
    ...u32(0b0),
    2,
    2,
    1,
    ...u16(1),
    ...u32(0b01),
    3,
    3,
    1,
    ...u16(-1),
    ...u32(0b011),
    3,
    19,
    1,
    ...u16(0),
    ...u32(0b111),
  ],
  leads: (length: number, flags: number) => [1, flags, ...u32(1), ...u32(length), 2],
  samples: (
    values: readonly number[],
    { nanovolts = 5000, microseconds = 2000, differences = 0, bimodal = 0, encode = encodeOwn } = {},
  ) => {
    const bytes = encode(values);
    return [...u16(nanovolts), ...u16(microseconds), differences, bimodal, ...u16(bytes.length), ...bytes];
  },
  u16,
  u32,
};

/** Values in the codes of `ownTable`. */
export function encodeOwn(values: readonly number[]): number[] {
  const bits = values
    .map((value) => {
      if (value === 0) return '0';
      if (value === 1) return '10';
      if (value === -1) return '110';
      return `111${(value & 0xffff).toString(2).padStart(16, '0')}`;
    })
    .join('');
  return (bits.padEnd(Math.ceil(bits.length / 16) * 16, '0').match(/.{8}/g) ?? []).map((byte) =>
    Number.parseInt(byte, 2),
  );
}

/** Values as 16-bit numbers, for a file without section 2. */
export function encodePlain(values: readonly number[]): number[] {
  return values.flatMap(u16);
}

interface MadeDicomGroup {
  /** [sample][channel] */
  frames: readonly (readonly number[])[];
  samplingRateHz: number;
  originality: 'ORIGINAL' | 'DERIVED';
  interpretation: 'SB' | 'UB' | 'SS';
  /** Milliseconds after the acquisition began. */
  timeOffset?: number;
  padding?: number;
  channels: readonly { name: string; unit: string; sensitivity: number; baseline?: number; skew?: number }[];
}

type Element = readonly [
  tag: string,
  vr: string,
  value: string | readonly number[] | readonly (readonly Element[])[],
];

/** Elements in explicit VR little endian (PS3.5, 7.1.2). */
function dicomElements(elements: readonly Element[]): number[] {
  return elements.flatMap(([tag, vr, value]) => {
    const content =
      vr === 'SQ'
        ? (value as readonly (readonly Element[])[]).flatMap((item) => {
            const bytes = dicomElements(item);
            return [...u16(0xfffe), ...u16(0xe000), ...u32(bytes.length), ...bytes];
          })
        : typeof value === 'string'
          ? [...new TextEncoder().encode(value)]
          : [...(value as readonly number[])];
    if (content.length % 2 === 1) content.push(vr === 'UI' || vr === 'OB' || vr === 'OW' ? 0 : 0x20);
    const head = [
      ...u16(Number.parseInt(tag.slice(0, 4), 16)),
      ...u16(Number.parseInt(tag.slice(4), 16)),
      ...latin1(vr),
    ];
    const long = ['OB', 'OW', 'SQ', 'UN', 'UT'].includes(vr);
    return [...head, ...(long ? [0, 0, ...u32(content.length)] : u16(content.length)), ...content];
  });
}

/** DICOM general ECG (PS3.3, A.34.4) in UTF-8, with a note and an event at samples 11 to 20 of the first group. */
export function madeDicom(groups: readonly MadeDicomGroup[]): Uint8Array {
  const sopClass = '1.2.840.10008.5.1.4.1.1.9.1.2';
  const code = (value: string, meaning: string): Element[] => [
    ['00080100', 'SH', value],
    ['00080102', 'SH', 'UCUM'],
    ['00080104', 'LO', meaning],
  ];
  const meta = dicomElements([
    ['00020001', 'OB', [0, 1]],
    ['00020002', 'UI', sopClass],
    ['00020003', 'UI', '1.2.3'],
    ['00020010', 'UI', '1.2.840.10008.1.2.1'],
  ]);
  const data = dicomElements([
    ['00080005', 'CS', 'ISO_IR 192'],
    ['00080016', 'UI', sopClass],
    ['0008002A', 'DT', '20211124221516.500'],
    ['00100010', 'PN', 'Müller^Anna'],
    ['00100020', 'LO', 'H-17'],
    ['00100030', 'DA', '19510502'],
    ['00100040', 'CS', 'F'],
    [
      '0040B020',
      'SQ',
      [
        [
          ['0040A0B0', 'US', [...u16(1), ...u16(0)]],
          ['00700006', 'ST', 'Sinus rhythm'],
        ],
        [
          ['0040A0B0', 'US', [...u16(1), ...u16(0)]],
          ['0040A130', 'CS', 'SEGMENT'],
          ['0040A132', 'UL', [...u32(11), ...u32(21)]],
          ['00700006', 'ST', 'noise'],
        ],
      ],
    ],
    [
      '54000100',
      'SQ',
      groups.map((group): Element[] => [
        ['00181068', 'DS', String(group.timeOffset ?? 0)],
        ['003A0004', 'CS', group.originality],
        ['003A0005', 'US', u16(group.channels.length)],
        ['003A0010', 'UL', u32(group.frames.length)],
        ['003A001A', 'DS', String(group.samplingRateHz)],
        [
          '003A0200',
          'SQ',
          group.channels.map(({ name, unit, sensitivity, baseline, skew }): Element[] => [
            ['003A0208', 'SQ', [code('1', name)]],
            ['003A0210', 'DS', String(sensitivity)],
            ['003A0211', 'SQ', [code(unit, unit)]],
            ['003A0212', 'DS', '1'],
            ['003A0213', 'DS', String(baseline ?? 0)],
            ['003A0215', 'DS', String(skew ?? 0)],
          ]),
        ],
        ['54001004', 'US', u16(group.interpretation === 'SS' ? 16 : 8)],
        ['54001006', 'CS', group.interpretation],
        ...(group.padding === undefined ? [] : [['5400100A', 'OW', u16(group.padding)] as const]),
        [
          '54001010',
          'OW',
          group.frames
            .flat()
            .flatMap((value) => (group.interpretation === 'SS' ? u16(value) : [value & 0xff])),
        ],
      ]),
    ],
  ]);
  return Uint8Array.from([
    ...new Array(128).fill(0),
    ...latin1('DICM'),
    ...dicomElements([['00020000', 'UL', u32(meta.length)]]),
    ...meta,
    ...data,
  ]);
}
