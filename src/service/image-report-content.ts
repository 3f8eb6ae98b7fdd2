/** Makes the report of a study of images in a worker thread: pictures are decoded there. */

import type { Saliency } from '../contract/imaging-findings.ts';
import type { ImageReportFormat } from '../contract/imaging-requests.ts';
import { readReportFonts } from '../report/fonts.ts';
import { evidencePicture, plainPicture } from '../report/image-picture.ts';
import { type ImageReport, renderImageReportJson } from '../report/image-report-input.ts';
import { renderImageReportPdf } from '../report/image-report-pdf.ts';
import { readFrame } from './image-reading.ts';
import { resourcePath } from './resources.ts';

export interface ImageReportContent {
  report: ImageReport;
  /** The files of `report.images`, in order; null where an object holds no image. */
  files: readonly ({ bytes: Uint8Array; fileName: string; saliency: Saliency | null } | null)[];
}

/** The same content gives the same bytes. */
export async function renderImageReport(
  format: ImageReportFormat,
  { report, files }: ImageReportContent,
): Promise<Uint8Array> {
  if (format === 'json') return new TextEncoder().encode(renderImageReportJson(report));
  const pictures = [];
  for (const file of files) {
    if (file === null) {
      pictures.push(null);
      continue;
    }
    const plain = plainPicture(await readFrame(file.bytes, file.fileName, 0));
    pictures.push({ plain, evidence: file.saliency === null ? null : evidencePicture(plain, file.saliency) });
  }
  const fonts = readReportFonts(resourcePath('src', 'report', 'fonts'));
  return renderImageReportPdf({ report, pictures, paper: 'A4' }, fonts);
}
