/** One image of a batch: read, judged where a model looks at it, reported. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DECISION_SUPPORT_NOTICE } from '../contract/ecg.ts';
import type { ImageAnalysis } from '../contract/imaging-findings.ts';
import type { ImageReportFormat } from '../contract/imaging-requests.ts';
import { writeFileAtomically } from '../records/atomic-write.ts';
import { patientOfImage } from '../records/image-patient.ts';
import type { ImageSource } from '../service/image-files.ts';
import type { OpenedImage } from '../service/image-reading.ts';
import type { ImageReportContent } from '../service/image-report-content.ts';
import { SOFTWARE_VERSION } from '../service/version.ts';
import type { BatchContext } from './analyze.ts';
import { allExist } from './result-journal.ts';
import { imageLine, type ResultLine } from './result-line.ts';

/** Formats of a report of images; others (WFDB) say nothing of an image and are passed over. */
const FORMATS: readonly ImageReportFormat[] = ['json', 'pdf'];

/** Throws KirchhoffError. */
export async function analyseImage(
  { path, entry, relativeName }: ImageSource,
  { options, out, pool, journal, signal }: BatchContext,
): Promise<ResultLine> {
  const opened = await pool.run({ kind: 'image-open', path, entry }, signal);
  const { bytes, fileName, inputs } = opened;
  const formats = FORMATS.filter((format) => options.formats.includes(format));
  const target = (format: ImageReportFormat) => join(out, `${relativeName}.${format}`);
  const analysis = await pool.run(
    {
      kind: 'image-analyse',
      bytes,
      fileName,
      inputs,
      device: options.device,
      softwareVersion: SOFTWARE_VERSION,
    },
    signal,
  );
  const line = imageLine(relativeName, opened.instance, analysis);
  const before = journal.earlier(relativeName);
  const same = before !== undefined && JSON.stringify(before) === JSON.stringify(line);
  if (same && (await allExist(formats.map(target)))) return before;
  const content = contentOf(opened, analysis);
  await mkdir(dirname(target('json')), { recursive: true });
  for (const format of formats) {
    await writeFileAtomically(
      target(format),
      await pool.run({ kind: 'image-report', format, content }, signal),
    );
  }
  return line;
}

function contentOf(
  { instance, bytes, fileName }: OpenedImage,
  analysis: ImageAnalysis | null,
): ImageReportContent {
  const { study, series, number, technique, warnings } = instance;
  const status = analysis?.finding.recommendation === 'refuse' ? 'refused' : 'preliminary';
  return {
    report: {
      format: 'kirchhoff-image-report',
      version: 1,
      patient: patientOfImage(instance),
      description: study.description ?? series.description ?? fileName,
      studiedAt:
        study.date === null ? null : study.time === null ? study.date : `${study.date}T${study.time}`,
      accessionNumber: study.accessionNumber,
      institution: study.institution,
      status,
      confirmed: null,
      readings: [],
      images: [
        {
          fileName,
          series,
          number,
          technique,
          warnings,
          finding: analysis?.finding ?? null,
          provenance: analysis?.provenance ?? null,
        },
      ],
      notice: DECISION_SUPPORT_NOTICE,
    },
    files: [instance.frameCount === 0 ? null : { bytes, fileName, saliency: analysis?.saliency ?? null }],
  };
}
