/** DICOM objects that are no images, made for tests: a structured report, a PDF, a waveform. */
import { dicomFile, element, sequence, short, text } from './dicom-elements.ts';

export interface DocumentOptions {
  studyUid: string;
  /** Of the object within its study; 1 is the film's. */
  number: number;
}

function ofPatient(
  sopClassUid: string,
  modality: string,
  { studyUid, number }: DocumentOptions,
  rest: readonly Uint8Array[],
): Uint8Array {
  const sopInstanceUid = `${studyUid}.${number}.1`;
  return dicomFile(sopClassUid, sopInstanceUid, [
    element(8, 5, 'CS', text('ISO_IR 192')),
    element(8, 0x16, 'UI', text(sopClassUid)),
    element(8, 0x18, 'UI', text(sopInstanceUid)),
    element(8, 0x20, 'DA', text('20260110')),
    element(8, 0x2a, 'DT', text('20260110083000')),
    element(8, 0x30, 'TM', text('083000')),
    element(8, 0x60, 'CS', text(modality)),
    element(0x10, 0x10, 'PN', text('Zyxgrove^Wilmo')),
    element(0x10, 0x20, 'LO', text('P-17')),
    element(0x20, 0xd, 'UI', text(studyUid)),
    element(0x20, 0xe, 'UI', text(`${studyUid}.${number}`)),
    element(0x20, 0x11, 'IS', text(String(number))),
    element(0x20, 0x13, 'IS', text('1')),
    ...rest,
  ]);
}

const code = (value: string, scheme: string, meaning: string): Uint8Array[] => [
  element(8, 0x100, 'SH', text(value)),
  element(8, 0x102, 'SH', text(scheme)),
  element(8, 0x104, 'LO', text(meaning)),
];

/** Basic Text SR (PS3.3, A.35.1) with one finding. */
export function dicomReport(options: DocumentOptions, finding: string): Uint8Array {
  return ofPatient('1.2.840.10008.5.1.4.1.1.88.11', 'SR', options, [
    element(0x40, 0xa040, 'CS', text('CONTAINER')),
    sequence(0x40, 0xa043, [code('18748-4', 'LN', 'Diagnostic imaging report')]),
    element(0x40, 0xa050, 'CS', text('SEPARATE')),
    element(0x40, 0xa491, 'CS', text('COMPLETE')),
    element(0x40, 0xa493, 'CS', text('UNVERIFIED')),
    sequence(0x40, 0xa730, [
      [
        element(0x40, 0xa010, 'CS', text('CONTAINS')),
        element(0x40, 0xa040, 'CS', text('TEXT')),
        sequence(0x40, 0xa043, [code('121071', 'DCM', 'Finding')]),
        element(0x40, 0xa160, 'UT', text(finding)),
      ],
    ]),
  ]);
}

/** Encapsulated PDF (PS3.3, A.45.1). */
export function dicomPdf(options: DocumentOptions, title: string, pdf: Uint8Array): Uint8Array {
  return ofPatient('1.2.840.10008.5.1.4.1.1.104.1', 'DOC', options, [
    element(0x42, 0x10, 'ST', text(title)),
    element(0x42, 0x11, 'OB', pdf),
    element(0x42, 0x12, 'LO', text('application/pdf')),
  ]);
}

/** Ten seconds of one lead at 250 Hz with a triangle each second (General ECG, PS3.3, A.34.4). */
export function dicomWaveform(options: DocumentOptions): Uint8Array {
  const samplingRateHz = 250;
  const microvolts = Int16Array.from({ length: 10 * samplingRateHz }, (_, i) =>
    Math.max(0, 1000 - 100 * Math.abs((i % samplingRateHz) - 100)),
  );
  const count = new Uint8Array(4);
  new DataView(count.buffer).setUint32(0, microvolts.length, true);
  return ofPatient('1.2.840.10008.5.1.4.1.1.9.1.2', 'ECG', options, [
    sequence(0x5400, 0x100, [
      [
        element(0x3a, 4, 'CS', text('ORIGINAL')),
        element(0x3a, 5, 'US', short(1)),
        element(0x3a, 0x10, 'UL', count),
        element(0x3a, 0x1a, 'DS', text(String(samplingRateHz))),
        sequence(0x3a, 0x200, [
          [
            sequence(0x3a, 0x208, [code('2:2', 'MDC', 'Lead II')]),
            element(0x3a, 0x210, 'DS', text('1')),
            sequence(0x3a, 0x211, [code('uV', 'UCUM', 'microvolt')]),
            element(0x3a, 0x212, 'DS', text('1')),
            element(0x3a, 0x213, 'DS', text('0')),
          ],
        ]),
        element(0x5400, 0x1004, 'US', short(16)),
        element(0x5400, 0x1006, 'CS', text('SS')),
        element(0x5400, 0x1010, 'OW', new Uint8Array(microvolts.buffer)),
      ],
    ]),
  ]);
}
