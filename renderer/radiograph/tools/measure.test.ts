import { describe, expect, it } from 'vitest';
import type { DecodedImage } from '../../../src/contract/imaging.ts';
import {
  angleOf,
  annotationWords,
  cardiothoracicRatio,
  lengthOf,
  probeValues,
  regionStatistics,
} from './measure.ts';

function image(change: Partial<DecodedImage> = {}): DecodedImage {
  return {
    width: 10,
    height: 8,
    samplesPerPixel: 1,
    pixels: Uint16Array.from({ length: 80 }, (_, i) => i),
    bitsStored: 12,
    photometric: 'MONOCHROME2',
    modality: { kind: 'linear', slope: 2, intercept: -10, unit: 'HU' },
    padding: null,
    presets: [],
    inverted: false,
    overlays: [],
    geometry: {
      spacing: { betweenRowsMm: 0.5, betweenColumnsMm: 0.25, at: 'detector' },
      pixelAspectRatio: 2,
      patientOrientation: null,
      rowDirection: null,
      columnDirection: null,
      positionMm: null,
      frameOfReferenceUid: null,
    },
    ...change,
  };
}
const bare = image({
  geometry: { ...image().geometry, spacing: null, pixelAspectRatio: 1 },
  modality: { kind: 'linear', slope: 1, intercept: 0, unit: null },
});

describe('measurements', () => {
  it('measure in millimetres with both spacings, and in pixels where there is none', () => {
    expect(lengthOf(image(), [0, 0], [12, 8])).toEqual({ amount: 5, unit: 'mm' });
    expect(lengthOf(bare, [0, 0], [3, 4])).toEqual({ amount: 5, unit: 'px' });
  });

  it('take angles and ratios in real geometry', () => {
    expect(
      angleOf(image(), [
        [4, 0],
        [0, 0],
        [0, 2],
      ]),
    ).toBeCloseTo(90, 9);
    // Four columns are as long as two rows here.
    expect(
      angleOf(image(), [
        [4, 2],
        [0, 0],
        [4, 0],
      ]),
    ).toBeCloseTo(45, 9);
    expect(
      cardiothoracicRatio(image(), [
        [3, 1],
        [7, 3],
        [1, 5],
        [9, 4],
      ]),
    ).toBeCloseTo(0.5, 9);
    expect(
      cardiothoracicRatio(image(), [
        [3, 1],
        [7, 3],
        [1, 5],
        [1, 4],
      ]),
    ).toBeNull();
  });

  it('give the statistics of the pixels whose centres lie inside, in the file’s unit', () => {
    // Columns 2 to 4, rows 1 and 2: stored 12, 13, 14, 22, 23, 24.
    const statistics = regionStatistics(image(), 'rectangle', [
      [5, 3],
      [2, 1],
    ]);
    expect(statistics).toMatchObject({ pixels: 6, minimum: 14, maximum: 38, mean: 26, unit: 'HU' });
    expect(statistics?.standardDeviation).toBeCloseTo(2 * Math.sqrt(2 / 3 + 25), 9);
    expect(statistics?.area).toEqual({ amount: 6 * 0.125, unit: 'mm²' });
    expect(
      regionStatistics(bare, 'ellipse', [
        [0, 0],
        [10, 8],
      ])?.pixels,
    ).toBeLessThan(80 * 0.82);
    expect(
      regionStatistics(image(), 'rectangle', [
        [2.1, 1.1],
        [2.2, 1.2],
      ]),
    ).toBeNull();
  });

  it('read the value under the pointer, none outside', () => {
    expect(probeValues(image(), [3.9, 2.2])).toEqual([2 * 23 - 10]);
    expect(probeValues(image(), [-0.1, 2])).toBeNull();
    expect(annotationWords(image(), { kind: 'probe', id: 'a', frame: 0, points: [[3.9, 2.2]] })).toEqual([
      '36.0 HU',
    ]);
  });
});
