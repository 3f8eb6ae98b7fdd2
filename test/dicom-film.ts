/** A DICOM film made for tests: explicit little endian, 12 bits, a slope of shades with a bright square. */

const LONG_FORM = new Set(['OB', 'OW', 'SQ', 'UN', 'UT']);

function element(group: number, number: number, vr: string, value: Uint8Array): Uint8Array {
  const padded =
    value.length % 2 === 0 ? value : Uint8Array.of(...value, vr === 'UI' || vr === 'OB' ? 0 : 0x20);
  const header = new Uint8Array(LONG_FORM.has(vr) ? 12 : 8);
  const view = new DataView(header.buffer);
  view.setUint16(0, group, true);
  view.setUint16(2, number, true);
  header.set([vr.charCodeAt(0), vr.charCodeAt(1)], 4);
  if (LONG_FORM.has(vr)) view.setUint32(8, padded.length, true);
  else view.setUint16(6, padded.length, true);
  return joined([header, padded]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const text = (value: string): Uint8Array => Uint8Array.from(value, (c) => c.charCodeAt(0));
const short = (value: number): Uint8Array => Uint8Array.of(value & 255, value >> 8);

export interface FilmOptions {
  studyUid: string;
  date?: string;
  patientAge?: string;
  width?: number;
  height?: number;
  /** Stored values, 0 to 4095; a slope with a square where none are given. */
  pixels?: Uint16Array;
  modality?: string;
  view?: string;
  /** Of the image within its series. */
  number?: number;
}

export function dicomFilm(options: FilmOptions): Uint8Array {
  const {
    studyUid,
    date = '20260110',
    patientAge = '003Y',
    width = 200,
    height = 240,
    modality = 'DX',
    view = 'PA',
    number = 1,
  } = options;
  const pixels =
    options.pixels ??
    Uint16Array.from({ length: width * height }, (_, i) => {
      const column = i % width;
      const row = Math.floor(i / width);
      const inSquare = Math.abs(column - width / 2) < 20 && Math.abs(row - height / 2) < 20;
      return Math.round((3500 * column) / width) + (inSquare ? 500 : 0);
    });
  const meta = [
    element(2, 1, 'OB', Uint8Array.of(0, 1)),
    element(2, 2, 'UI', text('1.2.840.10008.5.1.4.1.1.1.1')),
    element(2, 3, 'UI', text(`${studyUid}.1.${number}`)),
    element(2, 0x10, 'UI', text('1.2.840.10008.1.2.1')),
    element(2, 0x12, 'UI', text('2.25.1')),
  ];
  const metaLength = meta.reduce((sum, part) => sum + part.length, 0);
  const dataSet = [
    element(8, 5, 'CS', text('ISO_IR 192')),
    element(8, 8, 'CS', text('ORIGINAL\\PRIMARY')),
    element(8, 0x16, 'UI', text('1.2.840.10008.5.1.4.1.1.1.1')),
    element(8, 0x18, 'UI', text(`${studyUid}.1.${number}`)),
    element(8, 0x20, 'DA', text(date)),
    element(8, 0x30, 'TM', text('083000')),
    element(8, 0x60, 'CS', text(modality)),
    element(8, 0x68, 'CS', text('FOR PRESENTATION')),
    element(8, 0x1030, 'LO', text('Chest')),
    element(0x10, 0x10, 'PN', text('Zyxgrove^Wilmo')),
    element(0x10, 0x20, 'LO', text('P-17')),
    element(0x10, 0x40, 'CS', text('F')),
    element(0x10, 0x1010, 'AS', text(patientAge)),
    element(0x18, 0x15, 'CS', text('CHEST')),
    element(0x18, 0x1164, 'DS', text('0.5\\0.5')),
    element(0x18, 0x5101, 'CS', text(view)),
    element(0x20, 0xd, 'UI', text(studyUid)),
    element(0x20, 0xe, 'UI', text(`${studyUid}.1`)),
    element(0x20, 0x11, 'IS', text('1')),
    element(0x20, 0x13, 'IS', text(String(number))),
    element(0x20, 0x20, 'CS', text('L\\F')),
    element(0x28, 2, 'US', short(1)),
    element(0x28, 4, 'CS', text('MONOCHROME2')),
    element(0x28, 0x10, 'US', short(height)),
    element(0x28, 0x11, 'US', short(width)),
    element(0x28, 0x100, 'US', short(16)),
    element(0x28, 0x101, 'US', short(12)),
    element(0x28, 0x102, 'US', short(11)),
    element(0x28, 0x103, 'US', short(0)),
    element(0x28, 0x301, 'CS', text('NO')),
    element(0x28, 0x1050, 'DS', text('2000')),
    element(0x28, 0x1051, 'DS', text('4000')),
    element(0x7fe0, 0x10, 'OW', new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength)),
  ];
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, metaLength, true);
  return joined([new Uint8Array(128), text('DICM'), element(2, 0, 'UL', length), ...meta, ...dataSet]);
}
