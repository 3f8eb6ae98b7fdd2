import { describe, expect, it } from 'vitest';
import type { DecodedImage } from '../../../src/contract/imaging.ts';
import { halved } from './shaded-image.ts';

const image = (width: number, height: number, pixels: DecodedImage['pixels'], samples: 1 | 3 = 1) =>
  ({ width, height, pixels, samplesPerPixel: samples }) as DecodedImage;

describe('halving', () => {
  it('takes means of four, drops an odd edge and keeps the kind of array', () => {
    const half = halved(image(3, 2, Uint16Array.of(10, 20, 99, 30, 41, 99)));
    expect(half).toMatchObject({ width: 1, height: 1 });
    expect(half.pixels).toEqual(Uint16Array.of(25));
    expect(halved(image(2, 2, Int16Array.of(-4, -4, -4, -5))).pixels).toEqual(Int16Array.of(-4));
    expect(halved(image(2, 2, Float32Array.of(0, 1, 1, 1))).pixels).toEqual(Float32Array.of(0.75));
  });

  it('keeps colours apart and single rows as they are', () => {
    const half = halved(image(2, 1, Uint8Array.of(0, 100, 200, 10, 110, 210), 3));
    expect(half).toMatchObject({ width: 1, height: 1 });
    expect(half.pixels).toEqual(Uint8Array.of(5, 105, 205));
  });
});
