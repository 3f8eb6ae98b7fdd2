import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { expect, test } from 'vitest';
import { errorBodyOf } from '../../contract/errors.ts';
import { decodeDicom } from '../decode-dicom.ts';
import { decodeRaster } from './decode-raster.ts';

const png = (data: Uint8Array | Uint16Array, width: number, channels: number, depth: 8 | 16 = 8) =>
  encode({ width, height: data.length / channels / width, data, channels, depth });

async function codeOf(bytes: Uint8Array): Promise<string> {
  try {
    await decodeRaster(bytes, 'a.png');
  } catch (thrown) {
    return errorBodyOf(thrown).code;
  }
  return 'read';
}

test('grey PNG of 8 and 16 bits', async () => {
  const { image, instance } = await decodeRaster(png(Uint8Array.of(0, 7, 255, 3), 2, 1), 'a.png');
  expect(image).toMatchObject({ width: 2, height: 2, samplesPerPixel: 1, bitsStored: 8 });
  expect([...image.pixels]).toEqual([0, 7, 255, 3]);
  expect(instance.content).toBe('image');
  const deep = await decodeRaster(png(Uint16Array.of(0, 65535, 256, 3), 2, 1, 16), 'a.png');
  expect([...deep.image.pixels]).toEqual([0, 65535, 256, 3]);
  expect(deep.image.bitsStored).toBe(16);
});

test('colours that are all grey become grey, an alpha channel is laid over black', async () => {
  const grey = await decodeRaster(png(Uint8Array.of(5, 5, 5, 9, 9, 9), 2, 3), 'a.png');
  expect([grey.image.samplesPerPixel, ...grey.image.pixels]).toEqual([1, 5, 9]);
  const colour = await decodeRaster(png(Uint8Array.of(5, 5, 6, 9, 9, 9), 2, 3), 'a.png');
  expect([colour.image.samplesPerPixel, ...colour.image.pixels]).toEqual([3, 5, 5, 6, 9, 9, 9]);
  const alpha = await decodeRaster(png(Uint8Array.of(200, 128, 100, 0), 2, 2), 'a.png');
  expect([...alpha.image.pixels]).toEqual([100, 0]);
});

test('a JPEG file gives what the same stream gives within DICOM, and is turned as Exif asks', async () => {
  const path = join(import.meta.dirname, '../../../test/fixtures/dicom/SC_rgb_jpeg_dcmtk.dcm');
  const dicom = decodeDicom(new Uint8Array(readFileSync(path)), 'a.dcm');
  const stream = dicom.file.dataSet.elements.get(0x7fe00010)?.fragments?.[0]?.bytes ?? new Uint8Array(0);
  const { image } = await decodeRaster(stream, 'a.jpg');
  const expected = await dicom.frame(0);
  expect([...image.pixels]).toEqual([...expected.pixels]);
  // Orientation 6: the first row is the right side.
  const exif = [0xff, 0xe1, 0, 34, 0x45, 0x78, 0x69, 0x66, 0, 0];
  const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0];
  const marked = new Uint8Array([...stream.subarray(0, 2), ...exif, ...tiff, ...stream.subarray(2)]);
  const turned = (await decodeRaster(marked, 'a.jpg')).image;
  expect([turned.width, turned.height]).toEqual([image.height, image.width]);
  const at = (of: typeof image, x: number, y: number) => [
    ...of.pixels.slice(3 * (y * of.width + x)).slice(0, 3),
  ];
  expect(at(turned, turned.width - 1, 0)).toEqual(at(image, 0, 0));
  expect(at(turned, 0, 0)).toEqual(at(image, 0, image.height - 1));
});

test('refuses broken, absurd and bursting files', async () => {
  const good = png(
    Uint8Array.from({ length: 4096 }, (_, i) => i),
    64,
    1,
  );
  expect(await codeOf(good.subarray(0, 20))).toBe('file-truncated');
  expect(await codeOf(good.subarray(0, good.length - 30))).toBe('file-truncated');
  const wide = good.slice();
  new DataView(wide.buffer).setUint32(16, 1_000_000);
  new DataView(wide.buffer).setUint32(20, 1_000_000);
  expect(await codeOf(wide)).toBe('file-too-large');
  // A header of 1 by 1 over the data of 2048 by 2048.
  const bomb = png(new Uint8Array(2048 * 2048), 2048, 1).slice();
  new DataView(bomb.buffer).setUint32(16, 1);
  new DataView(bomb.buffer).setUint32(20, 1);
  expect(await codeOf(bomb)).toBe('file-too-large');
  const flipped = good.slice();
  flipped[60] = (flipped[60] ?? 0) ^ 0x55;
  expect(await codeOf(flipped)).not.toBe('internal');
  expect(await codeOf(new Uint8Array(50))).toBe('format-unknown');
});
