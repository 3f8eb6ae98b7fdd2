import { expect, test } from 'vitest';
import type { DecodedImage, DisplayWindow } from '../contract/imaging.ts';
import { defaultPreset, modalityRange, prepareForDisplay, windowShade } from './display.ts';

function image(pixels: DecodedImage['pixels'], more: Partial<DecodedImage> = {}): DecodedImage {
  return {
    width: pixels.length,
    height: 1,
    samplesPerPixel: 1,
    pixels,
    bitsStored: 16,
    photometric: 'MONOCHROME2',
    modality: { kind: 'linear', slope: 1, intercept: 0, unit: null },
    padding: null,
    presets: [],
    inverted: false,
    overlays: [],
    geometry: {
      spacing: null,
      pixelAspectRatio: 1,
      patientOrientation: null,
      rowDirection: null,
      columnDirection: null,
      positionMm: null,
      frameOfReferenceUid: null,
    },
    ...more,
  };
}

const window = (centre: number, width: number, shape: DisplayWindow['function']) =>
  ({ kind: 'window', name: '', window: { centre, width, function: shape } }) as const;

test('the linear window is the one of PS3.3 C.11.2.1.2.1', () => {
  // The standard's examples: centre 2048 width 4096 is the identity on 0..4095; centre 2048 width 1 a threshold.
  const whole = { centre: 2048, width: 4096, function: 'linear' } as const;
  for (const value of [0, 1, 1000, 2047, 2048, 4094, 4095]) {
    expect(windowShade(value, whole)).toBeCloseTo(value / 4095, 12);
  }
  const threshold = { centre: 2048, width: 1, function: 'linear' } as const;
  expect([2047, 2047.5, 2048].map((value) => windowShade(value, threshold))).toEqual([0, 0, 1]);
  // Centre 0 width 100: black up to -50, white beyond 49.
  const soft = { centre: 0, width: 100, function: 'linear' } as const;
  expect([-51, -50, 49, 50].map((value) => windowShade(value, soft))).toEqual([0, 0, 1, 1]);
});

test('linear exact and sigmoid (PS3.3 C.11.2.1.3)', () => {
  const exact = { centre: 128, width: 255, function: 'linear-exact' } as const;
  expect(windowShade(0.5, exact)).toBe(0);
  expect(windowShade(255.5, exact)).toBe(1);
  expect(windowShade(128, exact)).toBe(0.5);
  const sigmoid = { centre: 100, width: 40, function: 'sigmoid' } as const;
  expect(windowShade(100, sigmoid)).toBe(0.5);
  expect(windowShade(120, sigmoid)).toBeCloseTo(1 / (1 + Math.exp(-2)), 12);
});

test('MONOCHROME1 and an inverse shape turn shades over, both together not', () => {
  const pixels = Uint16Array.of(0, 4095);
  const preset = window(2048, 4096, 'linear');
  const shades = (more: Partial<DecodedImage>) => [...prepareForDisplay(image(pixels, more), preset).shades];
  expect(shades({})).toEqual([0, 255]);
  expect(shades({ photometric: 'MONOCHROME1' })).toEqual([255, 0]);
  expect(shades({ inverted: true })).toEqual([255, 0]);
  expect(shades({ photometric: 'MONOCHROME1', inverted: true })).toEqual([0, 255]);
});

test('padding takes no part in the range and is shown black', () => {
  const padded = image(Int16Array.of(-2000, 0, 50, 100), {
    padding: { low: -2000, high: -2000 },
    photometric: 'MONOCHROME1',
  });
  expect(modalityRange(padded)).toEqual({ low: 0, high: 100 });
  expect([...prepareForDisplay(padded).shades]).toEqual([0, 255, 128, 0]);
});

test('tables of modality and VOI hold their ends', () => {
  const table = image(Uint16Array.of(0, 10, 11, 12, 99), {
    modality: { kind: 'table', firstStored: 10, values: Float64Array.of(100, 200, 300), unit: 'OD' },
    presets: [
      {
        kind: 'table',
        name: 'film',
        table: { firstValue: 100, shades: Float32Array.from({ length: 201 }, (_, i) => i / 200) },
      },
    ],
  });
  expect(defaultPreset(table).name).toBe('film');
  expect([...prepareForDisplay(table).shades]).toEqual([0, 0, 128, 255, 255]);
});

test('large frames are shaded as small ones are', () => {
  const pixels = Int16Array.from({ length: 5000 }, (_, i) => i * 13 - 30000);
  const preset = window(40, 400, 'sigmoid');
  const all = prepareForDisplay(image(pixels), preset).shades;
  for (let i = 0; i < 5000; i += 97) {
    expect(all[i]).toBe(prepareForDisplay(image(pixels.slice(i, i + 1)), preset).shades[0]);
  }
});
