/** A DICOM film made for tests: explicit little endian, 12 bits, a slope of shades with a bright square. */

import { dicomFile, element, short, text } from './dicom-elements.ts';

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
  const sopClassUid = '1.2.840.10008.5.1.4.1.1.1.1';
  const sopInstanceUid = `${studyUid}.1.${number}`;
  const dataSet = [
    element(8, 5, 'CS', text('ISO_IR 192')),
    element(8, 8, 'CS', text('ORIGINAL\\PRIMARY')),
    element(8, 0x16, 'UI', text(sopClassUid)),
    element(8, 0x18, 'UI', text(sopInstanceUid)),
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
  return dicomFile(sopClassUid, sopInstanceUid, dataSet);
}
