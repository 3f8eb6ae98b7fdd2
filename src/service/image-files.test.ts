import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { encode } from 'fast-png';
import { zipSync } from 'fflate';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeDicom } from '../../test/dicom-writer.ts';
import { documentInFile } from './image-document.ts';
import { findImages } from './image-files.ts';
import { openImage } from './image-reading.ts';
import { findStudies } from './study-files.ts';

const FIXTURES = resolve(import.meta.dirname, '../../test/fixtures/dicom');
const SAMPLES = resolve(import.meta.dirname, '../../samples');
const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(join(FIXTURES, name)));
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kirchhoff-images-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('finds images in folders, archives and beside a DICOMDIR', async () => {
  mkdirSync(join(folder, 'DICOM'));
  writeFileSync(join(folder, 'DICOM', 'IM1'), fixture('MR_small_RLE.dcm'));
  writeFileSync(join(folder, 'DICOMDIR'), fixture('DICOMDIR'));
  writeFileSync(join(folder, 'README.TXT'), 'Read me.');
  const disc = zipSync({
    'DICOM/IM2': fixture('JPGExtended.dcm'),
    README: new Uint8Array(40),
    DICOMDIR: fixture('DICOMDIR'),
  });
  writeFileSync(join(folder, 'disc.zip'), disc);
  for (const named of [folder, join(folder, 'DICOMDIR')]) {
    const { images } = await findImages([named]);
    expect(images.map(({ relativeName }) => relativeName)).toEqual(['DICOM/IM1', 'disc.zip/DICOM/IM2']);
  }
  const [, packed] = (await findImages([folder])).images;
  const opened = await openImage(packed!.path, packed!.entry);
  expect(opened.fileName).toBe('IM2');
  expect(opened.instance.frameCount).toBe(1);
});

test('finds pictures by their content in folders and archives, and passes over small ones with their number', async () => {
  const film = readFileSync(join(SAMPLES, 'cxr-child-normal-1.jpeg'));
  const png = (side: number) =>
    encode({ width: side, height: side, channels: 1, depth: 8, data: new Uint8Array(side * side).fill(7) });
  writeFileSync(join(folder, 'film.dat'), film);
  writeFileSync(join(folder, 'film.txt'), 'A film.');
  writeFileSync(join(folder, 'large.png'), png(64));
  writeFileSync(join(folder, 'thumbs.png'), png(63));
  writeFileSync(
    join(folder, 'disc.zip'),
    zipSync({ 'a/film.jpg': film, 'a/icon': png(16), 'a/note': png(4) }),
  );
  const found = await findImages([folder]);
  expect(found.images.map(({ relativeName }) => relativeName)).toEqual([
    'disc.zip/a/film.jpg',
    'film.dat',
    'large.png',
  ]);
  expect(found.tooSmall).toBe(3);
  const { passedOver } = await findStudies([folder]);
  expect(passedOver).toEqual([expect.stringMatching(/^3 pictures passed over: .*64 pixels/)]);
  // What was named itself is taken: the user means it.
  expect(await findImages([join(folder, 'thumbs.png')])).toMatchObject({ images: [{}], tooSmall: 0 });
  const packed = found.images[0]!;
  expect((await openImage(packed.path, packed.entry)).fileName).toBe('film.jpg');
});

test('a broken archive is told when it is opened', async () => {
  const path = join(folder, 'broken.zip');
  writeFileSync(path, zipSync({ a: fixture('MR_small_RLE.dcm') }).subarray(0, 4000));
  const [source] = (await findImages([path])).images;
  await expect(openImage(source!.path, source!.entry)).rejects.toMatchObject({ code: 'format-unknown' });
});

test('reports, PDFs and waveforms give what their views show', () => {
  const report = documentInFile(fixture('test-SR.dcm'), 'a.dcm');
  expect(report).toMatchObject({
    kind: 'report',
    title: 'Diagnosis',
    root: { concept: 'Diagnosis', value: '' },
  });
  if (report.kind !== 'report') throw new Error('It is a report.');
  expect(report.root.children[1]?.children[1]).toMatchObject({ concept: 'Diameter', value: '3 cm' });
  const pdf = writeDicom([
    { tag: 0x00420010, vr: 'ST', value: 'Letter' },
    { tag: 0x00420011, vr: 'OB', value: '%PDF-1.7 made' },
    { tag: 0x00420012, vr: 'LO', value: 'application/pdf' },
    { tag: 0x00420015, vr: 'UL', value: [13] },
  ]);
  expect(documentInFile(pdf, 'a.dcm')).toEqual({
    kind: 'pdf',
    title: 'Letter',
    bytes: new TextEncoder().encode('%PDF-1.7 made'),
  });
  expect(() => documentInFile(fixture('rtplan.dcm'), 'a.dcm')).toThrow('no view');
});
