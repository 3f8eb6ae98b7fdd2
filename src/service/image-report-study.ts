/** A stored study of images as its report needs it. */
import { DECISION_SUPPORT_NOTICE } from '../contract/ecg.ts';
import type { ReadableImages } from '../records/image-interfaces.ts';
import type { ImageReportContent } from './image-report-content.ts';

export function imageReportContent(images: ReadableImages, studyId: string): ImageReportContent {
  const study = images.study(studyId);
  const shown = study.images.filter(({ content }) => content === 'image');
  return {
    report: {
      format: 'kirchhoff-image-report',
      version: 1,
      patient: study.patient,
      description: study.description,
      studiedAt: study.studiedAt,
      accessionNumber: study.accessionNumber,
      institution: study.institution,
      status: study.status,
      confirmed: study.confirmed,
      readings: study.readings,
      images: shown.map(({ fileName, series, number, technique, warnings, analysis }) => ({
        fileName,
        series,
        number,
        technique,
        warnings,
        finding: analysis?.finding ?? null,
        provenance: analysis?.provenance ?? null,
      })),
      notice: DECISION_SUPPORT_NOTICE,
    },
    files: shown.map(({ id }) => {
      const { bytes, fileName } = images.file(id);
      return { bytes, fileName, saliency: images.saliency(id) };
    }),
  };
}
