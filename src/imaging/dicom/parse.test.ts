import { deflateSync } from 'fflate';
import { expect, test } from 'vitest';
import { type WrittenElement, writeDataSet, writeDicom } from '../../../test/dicom-writer.ts';
import { KirchhoffError } from '../../contract/errors.ts';
import { parseDicom } from './parse.ts';
import { numberOf, textOf } from './values.ts';

const NAME: WrittenElement = { tag: 0x00100010, vr: 'PN', value: 'Doe^Jane' };
const ID: WrittenElement = { tag: 0x00080018, vr: 'UI', value: '1.2.3.4' };
const ROWS: WrittenElement = { tag: 0x00280010, vr: 'US', value: [7] };
const PLAIN = [ID, NAME, ROWS];

function errorOf(run: () => unknown): KirchhoffError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof KirchhoffError) return thrown;
    throw thrown;
  }
  throw new Error('Nothing was thrown.');
}

test.each([
  ['with preamble', writeDicom(PLAIN)],
  ['without preamble and meta header', writeDataSet(PLAIN)],
  ['without preamble, big endian', writeDataSet(PLAIN, false)],
  ['big endian', writeDicom(PLAIN, '1.2.840.10008.1.2.2')],
  ['explicit although the file names implicit', writeDicom(PLAIN, '1.2.840.10008.1.2')],
  ['without preamble, with the mark', writeDicom(PLAIN).subarray(128)],
])('reads a file %s', (_, bytes) => {
  const file = parseDicom(bytes, 'a.dcm');
  expect(file.incomplete).toBeNull();
  expect(textOf(file.dataSet, 0x00100010)).toBe('Doe^Jane');
  expect(numberOf(file.dataSet, 0x00280010)).toBe(7);
});

test('tells tag and byte where a file is cut off, and keeps what was before', () => {
  const bytes = writeDicom(PLAIN);
  for (let length = 133; length < bytes.length; length++) {
    const file = parseDicom(bytes.subarray(0, length), 'a.dcm');
    const place = file.incomplete;
    if (place === null) continue;
    expect(place.code).toBe('file-truncated');
    expect(place.byte).toBeLessThanOrEqual(length);
  }
  const cut = parseDicom(bytes.subarray(0, bytes.length - 1), 'a.dcm');
  expect(cut.incomplete).toMatchObject({ tag: 0x00280010, byte: bytes.length - 2 });
  expect(textOf(cut.dataSet, 0x00100010)).toBe('Doe^Jane');
});

test('refuses what is no DICOM', () => {
  const text = new TextEncoder().encode('Dear colleague, please find enclosed the letter of discharge.');
  expect(errorOf(() => parseDicom(text, 'letter.txt')).code).toBe('format-unknown');
  expect(errorOf(() => parseDicom(new Uint8Array(0), 'empty')).code).toBe('format-unknown');
});

test('refuses sequences without end within each other', () => {
  let inner: WrittenElement = { tag: 0x0040a730, vr: 'SQ', value: { items: [] } };
  for (let i = 0; i < 60; i++) inner = { tag: 0x0040a730, vr: 'SQ', value: { items: [[inner]] } };
  const error = errorOf(() => parseDicom(writeDicom([inner]), 'deep.dcm'));
  expect(error.code).toBe('header-invalid');
  expect(error.body.at).toMatch(/^deep\.dcm \(0040,A730\) byte \d+$/);
});

test('refuses a flood of elements', () => {
  const empty = { tag: 0x00091001, vr: 'LO', value: '' } as const;
  const one = writeDataSet([empty]);
  const flood = new Uint8Array(one.length * 500_002);
  for (let at = 0; at < flood.length; at += one.length) flood.set(one, at);
  const bytes = writeDicom([ID]);
  const all = new Uint8Array(bytes.length + flood.length);
  all.set(bytes);
  all.set(flood, bytes.length);
  expect(errorOf(() => parseDicom(all, 'flood.dcm')).code).toBe('file-too-large');
});

test('inflates deflated data sets, and refuses those made to burst', () => {
  const head = writeDicom([], '1.2.840.10008.1.2.1.99');
  const withTail = (content: Uint8Array): Uint8Array => {
    const packed = deflateSync(content);
    const out = new Uint8Array(head.length + packed.length);
    out.set(head);
    out.set(packed, head.length);
    return out;
  };
  const file = parseDicom(withTail(writeDataSet(PLAIN)), 'a.dcm');
  expect(textOf(file.dataSet, 0x00100010)).toBe('Doe^Jane');
  // 64 MiB from 64 kB: the time is asked for before each step of inflating.
  const bomb = withTail(new Uint8Array(64 * 2 ** 20));
  expect(errorOf(() => parseDicom(bomb, 'bomb.dcm', () => true)).message).toContain('10 s');
  const broken = withTail(writeDataSet(PLAIN)).subarray(0, head.length + 3);
  expect(parseDicom(broken, 'cut.dcm').dataSet.elements.size).toBe(0);
});

test('stops when its time is over', () => {
  const many = Array.from(
    { length: 4000 },
    (_, i): WrittenElement => ({
      tag: 0x00090000 + 0x1000 + i,
      vr: 'LO',
      value: 'x',
    }),
  );
  const error = errorOf(() => parseDicom(writeDicom(many), 'slow.dcm', () => true));
  expect(error.body).toMatchObject({ code: 'file-too-large', at: 'slow.dcm' });
});
