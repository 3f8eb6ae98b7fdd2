import { describe, expect, it } from 'vitest';
import { syntheticImageAnalysis, syntheticInstance } from '../../test/records/synthetic-image.ts';
import { DECISION_SUPPORT_NOTICE } from '../contract/ecg.ts';
import type { DecodedImage } from '../contract/imaging.ts';
import { resourcePath } from '../service/resources.ts';
import { readReportFonts } from './fonts.ts';
import { evidencePicture, plainPicture } from './image-picture.ts';
import { type ImageReport, renderImageReportJson } from './image-report-input.ts';
import { renderImageReportPdf } from './image-report-pdf.ts';

const fonts = readReportFonts(resourcePath('src', 'report', 'fonts'));

function report(asked = true): ImageReport {
  const { technique, series, number } = syntheticInstance(1, '2.25.7');
  const { finding, provenance } = syntheticImageAnalysis(3, asked);
  return {
    format: 'kirchhoff-image-report',
    version: 1,
    patient: { name: 'Zyx, Wvu', id: 'P-17', birthDate: '2021-05-04', ageYears: 3, sex: 'female' },
    description: 'Chest PA',
    studiedAt: '2025-01-02T08:30:00',
    accessionNumber: 'A1',
    institution: null,
    status: 'preliminary',
    confirmed: null,
    readings: [{ opinion: 'present', text: 'Right lower lobe.', by: 'Ada', at: '2025-01-02T09:00:00.000Z' }],
    images: [{ fileName: 'film.dcm', series, number, technique, warnings: [], finding, provenance }],
    notice: DECISION_SUPPORT_NOTICE,
  };
}

const image: DecodedImage = {
  width: 2000,
  height: 1000,
  samplesPerPixel: 1,
  pixels: Uint16Array.from({ length: 2_000_000 }, (_, i) => i % 2000),
  bitsStored: 12,
  photometric: 'MONOCHROME2',
  modality: { kind: 'linear', slope: 1, intercept: 0, unit: null },
  padding: null,
  presets: [],
  inverted: false,
  overlays: [],
  geometry: {
    spacing: { betweenRowsMm: 0.2, betweenColumnsMm: 0.2, at: 'detector' },
    pixelAspectRatio: 1,
    patientOrientation: null,
    rowDirection: null,
    columnDirection: null,
    positionMm: null,
    frameOfReferenceUid: null,
  },
};

describe('report of a study of images', () => {
  it('reduces the picture, keeps its slope of shades and its millimetres, and lays the evidence over it', () => {
    const plain = plainPicture(image);
    expect([plain.width, plain.height]).toEqual([1024, 512]);
    expect(plain.millimetresPerPixel! * 512).toBeCloseTo(200, 6);
    expect(plain.samples[10]).toBeLessThan(5);
    expect(plain.samples[1020]).toBeGreaterThan(250);
    const evidence = evidencePicture(plain, {
      width: 2,
      height: 1,
      mean: Float32Array.of(0, 1),
      deviation: new Float32Array(2),
    });
    expect(evidence.samples.slice(0, 3)).toEqual(Uint8Array.of(0, 0, 0));
    const [red, , blue] = evidence.samples.slice(3 * 1000, 3 * 1000 + 3);
    expect(red! - blue!).toBeGreaterThan(60);
  });

  it('gives the same bytes for the same study, and other bytes for another answer', async () => {
    const plain = plainPicture(image);
    const input = { report: report(), pictures: [{ plain, evidence: null }], paper: 'A4' as const };
    const first = await renderImageReportPdf(input, fonts);
    expect(await renderImageReportPdf(input, fonts)).toEqual(first);
    expect(new TextDecoder('latin1').decode(first.subarray(0, 8))).toBe('%PDF-1.7');
    const refused = await renderImageReportPdf({ ...input, report: report(false) }, fonts);
    expect(refused).not.toEqual(first);
  });

  it('writes JSON that its schema reads back', () => {
    expect(JSON.parse(renderImageReportJson(report()))).toMatchObject({
      format: 'kirchhoff-image-report',
      images: [{ fileName: 'film.dcm', finding: { probability: 0.8 } }],
    });
  });
});
