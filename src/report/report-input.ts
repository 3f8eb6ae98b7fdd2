/** What a report is made from: one study as the clinician sees it, its beats and its signal. */
import type { BeatTable } from '../contract/ecg.ts';
import type { Correction, StudyDetail } from '../contract/study.ts';

/** A piece of one lead, recording samples. */
export interface SignalPiece {
  lead: number;
  startSample: number;
  lengthSamples: number;
}

export interface ReportInput {
  study: StudyDetail;
  /** All beats with the labels that count now; empty where the study was refused. */
  beats: BeatTable;
  /** Millivolts of one lead, NaN where there is no value; the span lies inside the recording. */
  signal: (leadIndex: number, startSample: number, lengthSamples: number) => Float32Array;
  /** The corrections that count now, in the order in which they were made. */
  corrections: readonly Correction[];
  paper: 'A4' | 'Letter';
  /** Up to four lines of the clinic's own for the head of the first page. */
  letterhead?: readonly string[];
}

/** Font files, TTF or WOFF (a WOFF2 would print blank). */
export interface ReportFonts {
  regular: Uint8Array;
  bold: Uint8Array;
  /** For hashes; `regular` is used where it is absent. */
  mono?: Uint8Array;
  /** Asked in turn for characters that `regular` and `bold` do not have (other scripts). */
  fallbacks?: readonly Uint8Array[];
}
