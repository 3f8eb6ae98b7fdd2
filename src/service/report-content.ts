/** A study's report in each of the formats that it can be written in. */
import { createHash, type Hash } from 'node:crypto';
import type { BeatTable } from '../contract/ecg.ts';
import type { ReportFormat } from '../contract/protocol.ts';
import type { Correction, StudyDetail } from '../contract/study.ts';
import { writeWfdbAnnotations } from '../ecg/formats/wfdb/annotations.ts';
import type { SignalSource } from '../ecg/stretches.ts';
import { writePartial } from '../records/atomic-write.ts';
import { readReportFonts } from '../report/fonts.ts';
import type { ReportInput, SignalPiece } from '../report/report-input.ts';
import { reportJsonPieces } from '../report/report-json.ts';
import { renderReportPdf, signalOfReportPdf } from '../report/report-pdf.ts';
import { studyAnnotations } from '../report/study-annotations.ts';
import { resourcePath } from './resources.ts';

/** All that a report is made from, in a form that crosses threads. */
export interface ReportContent {
  study: StudyDetail;
  beats: BeatTable;
  corrections: readonly Correction[];
  /** The signal that a PDF shows; other formats show none. */
  signal: (SignalPiece & { millivolts: Float32Array })[];
}

/** @param source the study's recording */
export function reportContent(
  format: ReportFormat,
  study: Omit<ReportContent, 'signal'>,
  source: Pick<SignalSource, 'readWindow'>,
): ReportContent {
  const pieces = format === 'pdf' ? signalOfReportPdf({ ...study, paper: PAPER }) : [];
  return {
    ...study,
    signal: pieces.map((piece) => {
      const [millivolts] = source.readWindow(piece.startSample, piece.lengthSamples, [piece.lead]);
      return { ...piece, millivolts: millivolts! };
    }),
  };
}

const PAPER = 'A4';

/** Ending of a report's file, by format; `.kir` is a WFDB annotation file of the beats and rhythms that count. */
export const REPORT_EXTENSIONS: Record<ReportFormat, string> = { pdf: '.pdf', json: '.json', wfdb: '.kir' };

/**
 * Writes a report beside `path`, under the name that `keepPartial` takes it from. The same content gives the same bytes.
 * @returns SHA-256 of the file
 */
export async function writeReport(
  format: ReportFormat,
  content: ReportContent,
  path: string,
): Promise<{ sha256: string }> {
  const hash = createHash('sha256');
  const pieces = await piecesOf(format, content);
  writePartial(path, hashed(pieces, hash));
  return { sha256: hash.digest('hex') };
}

function* hashed(pieces: Iterable<Uint8Array>, hash: Hash): Generator<Uint8Array> {
  for (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}

async function piecesOf(format: ReportFormat, content: ReportContent): Promise<Iterable<Uint8Array>> {
  switch (format) {
    case 'pdf':
      return [
        await renderReportPdf(inputOf(content), readReportFonts(resourcePath('src', 'report', 'fonts'))),
      ];
    case 'json':
      return encoded(reportJsonPieces(inputOf(content)));
    case 'wfdb':
      return [writeWfdbAnnotations(studyAnnotations(content.study, content.beats))];
  }
}

function* encoded(pieces: Iterable<string>): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  for (const piece of pieces) yield encoder.encode(piece);
}

function inputOf({ study, beats, corrections, signal }: ReportContent): ReportInput {
  return {
    study,
    beats,
    corrections,
    paper: PAPER,
    signal: (lead, startSample, lengthSamples) => {
      const known = signal.find(
        (piece) =>
          piece.lead === lead && piece.startSample === startSample && piece.lengthSamples === lengthSamples,
      );
      if (known === undefined) throw new Error(`No signal of lead ${lead} from sample ${startSample} on`);
      return known.millivolts;
    },
  };
}
