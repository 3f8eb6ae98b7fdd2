import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import openjph from '@cornerstonejs/codec-openjph';
import { expect, test } from 'vitest';
import { imageElements, type WrittenElement, writeDicom } from '../../test/dicom-writer.ts';
import { errorBodyOf } from '../contract/errors.ts';
import { decodeDicom } from './decode-dicom.ts';
import { prepareForDisplay } from './display.ts';

const PIXELS = 0x7fe00010;
const words = (...values: number[]): WrittenElement => ({ tag: PIXELS, vr: 'OW', value: values });
const octets = (...values: number[]): WrittenElement => ({
  tag: PIXELS,
  vr: 'OB',
  value: Uint8Array.from(values),
});
const decode = (elements: WrittenElement[], syntax?: string) =>
  decodeDicom(writeDicom(elements, syntax), 'a.dcm');
const pixelsOf = async (elements: WrittenElement[], syntax?: string) => [
  ...(await decode(elements, syntax).frame(0)).pixels,
];

const SMALL = { rows: 1, columns: 4, bitsAllocated: 16 };

test('stored bits within their cell, signed and unsigned', async () => {
  const cells = words(0x0fff, 0x8000, 0xf123, 0x0800);
  expect(await pixelsOf(imageElements({ ...SMALL, bitsStored: 12 }, cells))).toEqual([
    0xfff, 0, 0x123, 0x800,
  ]);
  expect(await pixelsOf(imageElements({ ...SMALL, bitsStored: 12, signed: true }, cells))).toEqual([
    -1, 0, 0x123, -2048,
  ]);
  expect(await pixelsOf(imageElements({ ...SMALL, bitsStored: 12, highBit: 15 }, cells))).toEqual([
    0xff, 0x800, 0xf12, 0x80,
  ]);
});

test('cells of 1, 12 and 32 bits', async () => {
  const bits = imageElements(
    { rows: 1, columns: 8, bitsAllocated: 1, frames: 2 },
    octets(0b10110001, 0b00001111),
  );
  const two = decode(bits);
  expect([...(await two.frame(0)).pixels]).toEqual([1, 0, 0, 0, 1, 1, 0, 1]);
  expect([...(await two.frame(1)).pixels]).toEqual([1, 1, 1, 1, 0, 0, 0, 0]);
  // 12 bits packed: 0xabc, 0x123, 0xfff, 0x001.
  const packed = octets(0xbc, 0x3a, 0x12, 0xff, 0x1f, 0x00);
  expect(await pixelsOf(imageElements({ rows: 1, columns: 4, bitsAllocated: 12 }, packed))).toEqual([
    0xabc, 0x123, 0xfff, 0x001,
  ]);
  const wide = {
    tag: PIXELS,
    vr: 'OW',
    value: new Uint8Array([1, 0, 0, 0x80, 0xff, 0xff, 0xff, 0xff]),
  } as const;
  const form = { rows: 1, columns: 2, bitsAllocated: 32 };
  expect(await pixelsOf(imageElements(form, wide))).toEqual([0x80000001, 0xffffffff]);
  expect(await pixelsOf(imageElements({ ...form, signed: true }, wide))).toEqual([-0x7fffffff, -1]);
});

test('big endian words and bytes in words', async () => {
  const syntax = '1.2.840.10008.1.2.2';
  expect(await pixelsOf(imageElements(SMALL, words(1, 2, 3, 515)), syntax)).toEqual([1, 2, 3, 515]);
  const bytes = { tag: PIXELS, vr: 'OW', value: Uint8Array.of(2, 1, 4, 3) } as const;
  expect(await pixelsOf(imageElements({ ...SMALL, bitsAllocated: 8 }, bytes), syntax)).toEqual([1, 2, 3, 4]);
});

test('floating point pixels', async () => {
  const values = [-1.5, 0, 3.25, 1e9];
  const float = { tag: 0x7fe00008, vr: 'OF', value: values } as const;
  const double = { tag: 0x7fe00009, vr: 'OD', value: values } as const;
  expect(await pixelsOf(imageElements({ ...SMALL, bitsAllocated: 32 }, float))).toEqual(values);
  expect(await pixelsOf(imageElements({ ...SMALL, bitsAllocated: 64 }, double))).toEqual(values);
});

test('colours by pixel and by plane, and luminance with colour differences', async () => {
  const rgb = { rows: 1, columns: 2, bitsAllocated: 8, samples: 3, photometric: 'RGB' };
  expect(await pixelsOf(imageElements(rgb, octets(1, 2, 3, 4, 5, 6)))).toEqual([1, 2, 3, 4, 5, 6]);
  expect(await pixelsOf(imageElements({ ...rgb, planar: true }, octets(1, 4, 2, 5, 3, 6)))).toEqual([
    1, 2, 3, 4, 5, 6,
  ]);
  // Red and white by the equations of PS3.3 C.7.6.3.1.2.
  const ybr = octets(76, 85, 255, 255, 128, 128);
  expect(await pixelsOf(imageElements({ ...rgb, photometric: 'YBR_FULL' }, ybr))).toEqual([
    254, 0, 0, 255, 255, 255,
  ]);
  const halved = octets(76, 76, 85, 255);
  expect(await pixelsOf(imageElements({ ...rgb, photometric: 'YBR_FULL_422' }, halved))).toEqual([
    254, 0, 0, 254, 0, 0,
  ]);
  const partial = octets(16, 235, 128, 128);
  expect(await pixelsOf(imageElements({ ...rgb, photometric: 'YBR_PARTIAL_422' }, partial))).toEqual([
    0, 0, 0, 255, 255, 255,
  ]);
});

test('palettes, plain and in segments (PS3.3 C.7.9.2)', async () => {
  const form = { rows: 1, columns: 4, bitsAllocated: 8, photometric: 'PALETTE COLOR' };
  const indices = octets(0, 9, 12, 200);
  const plain = [0, 1, 2].flatMap((c): WrittenElement[] => [
    { tag: 0x00281101 + c, vr: 'US', value: [4, 9, 16] },
    { tag: 0x00281201 + c, vr: 'OW', value: [1000 + c, 2000, 3000, 4000 + c] },
  ]);
  expect(await pixelsOf(imageElements(form, indices, ...plain))).toEqual([
    1000, 1001, 1002, 1000, 1001, 1002, 4000, 4001, 4002, 4000, 4001, 4002,
  ]);
  // Discrete 0 0; linear over 4 to 400; the discrete segment at word 0 again.
  const segmented = [0, 1, 2].flatMap((c): WrittenElement[] => [
    { tag: 0x00281101 + c, vr: 'US', value: [8, 0, 16] },
    { tag: 0x00281221 + c, vr: 'OW', value: [0, 2, 0, 0, 1, 4, 400, 2, 1, 0, 0] },
  ]);
  const steps = octets(1, 2, 5, 7);
  expect(await pixelsOf(imageElements(form, steps, ...segmented))).toEqual([
    0, 0, 0, 100, 100, 100, 400, 400, 400, 0, 0, 0,
  ]);
});

test('overlays of their own and in spare bits', async () => {
  const own: WrittenElement[] = [
    { tag: 0x60000010, vr: 'US', value: [2] },
    { tag: 0x60000011, vr: 'US', value: [4] },
    { tag: 0x60000040, vr: 'CS', value: 'G' },
    { tag: 0x60000050, vr: 'SS', value: [0, -3] },
    { tag: 0x60001500, vr: 'LO', value: 'Mark' },
    { tag: 0x60003000, vr: 'OW', value: Uint8Array.of(0b10000101, 0) },
  ];
  const embedded: WrittenElement[] = [
    { tag: 0x60020010, vr: 'US', value: [1] },
    { tag: 0x60020011, vr: 'US', value: [4] },
    { tag: 0x60020040, vr: 'CS', value: 'R' },
    { tag: 0x60020100, vr: 'US', value: [16] },
    { tag: 0x60020102, vr: 'US', value: [12] },
  ];
  const cells = words(0x1001, 2, 0x1fff, 0x2003);
  const image = await decode(imageElements({ ...SMALL, bitsStored: 12 }, cells, ...own, ...embedded)).frame(
    0,
  );
  expect([...image.pixels]).toEqual([1, 2, 0xfff, 3]);
  expect(image.overlays).toEqual([
    {
      label: 'Mark',
      kind: 'graphics',
      width: 4,
      height: 2,
      originRow: -1,
      originColumn: -4,
      drawn: Uint8Array.of(1, 0, 1, 0, 0, 0, 0, 1),
    },
    {
      label: '',
      kind: 'roi',
      width: 4,
      height: 1,
      originRow: 0,
      originColumn: 0,
      drawn: Uint8Array.of(1, 0, 1, 0),
    },
  ]);
});

test('rescale, windows, padding and spacing', async () => {
  const file = decode(
    imageElements(
      { ...SMALL, signed: true },
      words(0, 100, 200, 0xf830),
      { tag: 0x00080060, vr: 'CS', value: 'DX' },
      { tag: 0x00181164, vr: 'DS', value: '0.2\\0.1' },
      { tag: 0x00280120, vr: 'SS', value: [-2000] },
      { tag: 0x00281050, vr: 'DS', value: '10\\20' },
      { tag: 0x00281051, vr: 'DS', value: '100\\ 200 ' },
      { tag: 0x00281052, vr: 'DS', value: '-1024' },
      { tag: 0x00281053, vr: 'DS', value: '2' },
      { tag: 0x00281055, vr: 'LO', value: 'LUNG\\BONE' },
      { tag: 0x00281056, vr: 'CS', value: 'SIGMOID' },
      { tag: 0x20500020, vr: 'CS', value: 'INVERSE' },
    ),
  );
  const image = await file.frame(0);
  expect(image.modality).toEqual({ kind: 'linear', slope: 2, intercept: -1024, unit: null });
  expect(image.padding).toEqual({ low: -2000, high: -2000 });
  expect(image.presets).toEqual([
    { kind: 'window', name: 'LUNG', window: { centre: 10, width: 100, function: 'sigmoid' } },
    { kind: 'window', name: 'BONE', window: { centre: 20, width: 200, function: 'sigmoid' } },
  ]);
  expect(image.inverted).toBe(true);
  expect(image.geometry.spacing).toEqual({ betweenRowsMm: 0.2, betweenColumnsMm: 0.1, at: 'detector' });
  expect(image.geometry.pixelAspectRatio).toBe(2);
});

test('HTJ2K, coded by OpenJPH', async () => {
  const module = (await openjph({ print: () => undefined, printErr: () => undefined })) as unknown as {
    HTJ2KEncoder: new () => {
      getDecodedBuffer(info: object): Uint8Array;
      setQuality(reversible: boolean, step: number): void;
      encode(): void;
      getEncodedBuffer(): Uint8Array;
    };
  };
  const [columns, rows] = [61, 47];
  const pixels = Uint16Array.from({ length: rows * columns }, (_, i) => (i * 7919) % 4096);
  const encoder = new module.HTJ2KEncoder();
  encoder
    .getDecodedBuffer({
      width: columns,
      height: rows,
      bitsPerSample: 12,
      componentCount: 1,
      isSigned: false,
      isUsingColorTransform: false,
    })
    .set(new Uint8Array(pixels.buffer));
  encoder.setQuality(true, 0);
  encoder.encode();
  const code = encoder.getEncodedBuffer().slice();
  const coded: WrittenElement = { tag: PIXELS, vr: 'OB', value: { fragments: [code] } };
  for (const syntax of ['1.2.840.10008.1.2.4.201', '1.2.840.10008.1.2.4.202', '1.2.840.10008.1.2.4.203']) {
    const form = { rows, columns, bitsAllocated: 16, bitsStored: 12 };
    expect(await pixelsOf(imageElements(form, coded), syntax)).toEqual([...pixels]);
  }
});

test('frames over several fragments, by offset table and without', async () => {
  const fixture = (name: string) =>
    new Uint8Array(readFileSync(join(import.meta.dirname, '../../test/fixtures/dicom', name)));
  const whole = decodeDicom(fixture('MR_small_jpeg_ls_lossless.dcm'), 'whole.dcm');
  const plain = decodeDicom(fixture('MR_small_implicit.dcm'), 'plain.dcm');
  const expected = [...(await plain.frame(0)).pixels];
  const code = whole.file.dataSet.elements.get(PIXELS)?.fragments?.[0]?.bytes ?? new Uint8Array(0);
  const half = 2 * Math.floor(code.length / 4);
  const fragments = [code.subarray(0, half), code.subarray(half), code];
  const form = { rows: 64, columns: 64, bitsAllocated: 16, signed: true, frames: 2 };
  const syntax = '1.2.840.10008.1.2.4.80';
  const offsets = (...values: number[]): WrittenElement => {
    const value = new Uint8Array(8 * values.length);
    const view = new DataView(value.buffer);
    for (const [i, offset] of values.entries()) view.setBigUint64(8 * i, BigInt(offset), true);
    return { tag: 0x7fe00001, vr: 'OV', value };
  };
  const pixels: WrittenElement = { tag: PIXELS, vr: 'OB', value: { fragments } };
  const second = 8 + half + 8 + (code.length - half);
  for (const more of [[], [offsets(0, second)], [offsets(0, 1)]]) {
    const file = decode(imageElements(form, pixels, ...more), syntax);
    expect([...(await file.frame(0)).pixels]).toEqual(expected);
    expect([...(await file.frame(1)).pixels]).toEqual(expected);
  }
});

test.each<[string, string, WrittenElement[], string?]>([
  ['missing frames', 'file-truncated', imageElements({ ...SMALL, frames: 3 }, words(1, 2, 3, 4))],
  ['absurd dimensions', 'file-too-large', imageElements({ ...SMALL, rows: 65535, columns: 65535 }, words(1))],
  [
    'dimensions that the data lack',
    'file-truncated',
    imageElements({ ...SMALL, rows: 9000, columns: 9000 }, words(1)),
  ],
  ['no rows', 'value-out-of-range', imageElements({ ...SMALL, rows: 0 }, words(1))],
  ['2 samples a pixel', 'value-out-of-range', imageElements({ ...SMALL, samples: 2 }, words(1, 2, 3, 4))],
  ['40 bits', 'value-out-of-range', imageElements({ ...SMALL, bitsAllocated: 40 }, words(1, 2, 3, 4))],
  [
    'more bits stored than allocated',
    'value-out-of-range',
    imageElements({ ...SMALL, bitsStored: 17 }, words(1)),
  ],
  ['a billion frames', 'file-too-large', imageElements({ ...SMALL, frames: 1e9 }, words(1, 2, 3, 4))],
  [
    'video',
    'format-unsupported',
    imageElements(SMALL, { tag: PIXELS, vr: 'OB', value: { fragments: [new Uint8Array(64)] } }),
    '1.2.840.10008.1.2.4.102',
  ],
  [
    'RLE too short for its size',
    'file-truncated',
    imageElements(
      { ...SMALL, rows: 4000, columns: 4000, bitsAllocated: 8 },
      {
        tag: PIXELS,
        vr: 'OB',
        value: { fragments: [Uint8Array.from({ length: 70 }, (_, i) => (i === 0 ? 1 : i === 4 ? 64 : 0))] },
      },
    ),
    '1.2.840.10008.1.2.5',
  ],
  [
    'no palette',
    'header-invalid',
    imageElements({ ...SMALL, photometric: 'PALETTE COLOR' }, words(1, 2, 3, 4)),
  ],
])('%s: %s', async (_, code, elements, syntax) => {
  try {
    const file = decode(elements, syntax);
    for (let i = 0; i < file.frameCount; i++) await file.frame(i);
  } catch (thrown) {
    const body = errorBodyOf(thrown);
    expect(body.code).toBe(code);
    expect(body.at).toContain('a.dcm');
    return;
  }
  throw new Error('It was read.');
});

test('JPEG-LS that is cut off is refused, not looked for through all memory', async () => {
  const path = join(import.meta.dirname, '../../test/fixtures/dicom/MR_small_jpeg_ls_lossless.dcm');
  const whole = decodeDicom(new Uint8Array(readFileSync(path)), 'whole.dcm');
  const code = whole.file.dataSet.elements.get(PIXELS)?.fragments?.[0]?.bytes ?? new Uint8Array(0);
  const form = { rows: 64, columns: 64, bitsAllocated: 16, signed: true };
  for (const length of [60, 531, 798, 3517]) {
    const cut: WrittenElement = { tag: PIXELS, vr: 'OB', value: { fragments: [code.subarray(0, length)] } };
    const file = decode(imageElements(form, cut), '1.2.840.10008.1.2.4.80');
    await expect(file.frame(0)).rejects.toMatchObject({ code: 'value-out-of-range' });
  }
});

test('a frame is shown from file to shades', async () => {
  const file = decode(
    imageElements({ ...SMALL, bitsStored: 12, photometric: 'MONOCHROME1' }, words(0, 1, 2, 4)),
  );
  expect([...prepareForDisplay(await file.frame(0)).shades]).toEqual([255, 191, 128, 0]);
});
