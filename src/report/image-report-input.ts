/** All that the report of a study of images is made from. */
import { z } from 'zod';
import { imageSeriesSchema, techniqueSchema } from '../contract/imaging.ts';
import { imageAnalysisSchema } from '../contract/imaging-findings.ts';
import { storedReadingSchema } from '../contract/imaging-study.ts';
import { patientSchema, studyStatusSchema } from '../contract/study.ts';

/** The study without its pixels: what the JSON report holds, in this order. */
export const imageReportSchema = z.object({
  format: z.literal('kirchhoff-image-report'),
  version: z.literal(1),
  patient: patientSchema,
  description: z.string(),
  studiedAt: z.string().nullable(),
  accessionNumber: z.string().nullable(),
  institution: z.string().nullable(),
  status: studyStatusSchema,
  confirmed: z.object({ by: z.string(), at: z.string() }).nullable(),
  /** Oldest first; the last one counts. */
  readings: z.array(storedReadingSchema),
  images: z.array(
    z.object({
      fileName: z.string(),
      series: imageSeriesSchema,
      number: z.int().nullable(),
      technique: techniqueSchema,
      warnings: z.array(z.string()),
      finding: imageAnalysisSchema.shape.finding.nullable(),
      provenance: imageAnalysisSchema.shape.provenance.nullable(),
    }),
  ),
  notice: z.string(),
});
export type ImageReport = z.infer<typeof imageReportSchema>;

/** A picture for the page, 8 bits, grey or red, green and blue, row by row. */
export interface ReportPicture {
  width: number;
  height: number;
  channels: 1 | 3;
  samples: Uint8Array;
  /** Millimetres of a pixel's height; null where the file does not say. */
  millimetresPerPixel: number | null;
}

export interface ImageReportInput {
  report: ImageReport;
  /** One for each of `report.images`; null where an object holds no image. */
  pictures: readonly ({ plain: ReportPicture; evidence: ReportPicture | null } | null)[];
  paper: 'A4' | 'Letter';
}

/** The same content gives the same text. */
export function renderImageReportJson(report: ImageReport): string {
  return `${JSON.stringify(imageReportSchema.parse(report), null, 2)}\n`;
}
