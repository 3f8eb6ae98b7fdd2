/** What may be read from the records and what may be written: two interfaces, one writer. */
import type { BeatTable, EcgSummary, Finding, Recommendation, Severity } from '../contract/ecg.ts';
import type { ErrorBody } from '../contract/errors.ts';
import type { AuditRow, ReportFormat } from '../contract/protocol.ts';
import type { Provenance } from '../contract/provenance.ts';
import type { Correction, StudyDetail, StudyRow, StudyStatus } from '../contract/study.ts';
import type { OpenedRecording } from '../ecg/formats/opened-recording.ts';
import type { EcgRecording } from '../ecg/recording.ts';

/** What the worklist shows of an analysis. */
export interface StudyHeadline {
  severity: Severity | null;
  headline: string | null;
  recommendation: Recommendation | null;
  /** Share of beats recommended for review, 0 to 1. */
  reviewFraction: number | null;
}

/** Probabilities of every Monte-Carlo sample; not in memory. */
export interface KeptEnsemble {
  /** Monte-Carlo samples a beat. */
  readonly samples: number;
  readonly beats: number;
  /** Of beats `from` to `to`, [to - from][samples][4], in steps of 1/255. @throws KirchhoffError 'store-corrupt' */
  rows(from: number, to: number): Uint8Array;
}

/** An ensemble that is being kept while a recording is analysed. */
export interface EnsembleKeeper extends KeptEnsemble {
  /**
   * Rows of the next beats.
   * @throws KirchhoffError 'locked', 'disk-full'
   */
  add(rows: Uint8Array): void;
  /** Lets go of what was kept, where no analysis was saved with it. */
  abandon(): void;
}

/** The machine's answer for one study, before any correction. */
export interface StoredAnalysis {
  beats: BeatTable;
  ensemble: KeptEnsemble;
  summary: EcgSummary;
  findings: Finding[];
  provenance: Provenance;
}

/** What follows from the machine's answer and the corrections that count now. */
export interface DerivedResult {
  summary: EcgSummary;
  findings: Finding[];
  headline: StudyHeadline;
}

/**
 * Every method throws KirchhoffError: 'locked' once the store is locked, 'not-found' for an unknown study,
 * 'store-corrupt' where what is kept is damaged.
 */
export interface ReadableRecords {
  /** Newest import first. */
  listStudies(): StudyRow[];
  study(id: string): StudyDetail;
  /** Id of the study that holds this content, or null. */
  findByContent(contentSha256: string): string | null;
  /** The whole recording, bit for bit as imported. */
  recording(id: string): EcgRecording;
  /** The recording as it was imported, to be read window by window; each read throws as these methods do. */
  opened(id: string): OpenedRecording;
  /** Digest of the content, as it was imported with. */
  contentSha256(id: string): string;
  /** Digests of the files that the recording was read from. */
  inputs(id: string): Provenance['inputs'];
  /**
   * Millivolts of samples [startSample, startSample + length), one array a lead, cut at the recording's end.
   * @throws KirchhoffError 'invalid-request' for a lead that is not there.
   */
  signalWindow(
    id: string,
    leadIndexes: readonly number[],
    startSample: number,
    length: number,
  ): Float32Array[];
  /**
   * [min0, max0, min1, ...] of `columns` equal stretches of a lead, millivolts, NaN where no sample is valid.
   * Over long recordings a stretch ends on a block of the stored envelope, at most an eighth of a column off.
   */
  overview(id: string, lead: number, columns: number): Float32Array;
  /** The machine's answer, or null where there is none (also for failed studies). */
  analysis(id: string): StoredAnalysis | null;
  /** Corrections that count now, in the order in which they were made. */
  corrections(id: string): Correction[];
  /** The correction that redo would bring back, or null. */
  nextRedo(id: string): Correction | null;
  /** Newest first. */
  auditRows(options: { limit: number; beforeSequence: number | null }): AuditRow[];
  /** Proves the audit log whole; `brokenAtSequence` is null where it is. */
  verifyAudit(): { rows: number; brokenAtSequence: number | null };
  /** Studies whose analysis was queued or running when the program ended; resume these at start. */
  interruptedStudies(): string[];
}

export interface ImportRequest {
  recording: EcgRecording;
  inputs: Provenance['inputs'];
  contentSha256: string;
}

/** A recording that is not in memory; its windows are read twice and must be the same both times. */
export interface LongImportRequest extends Omit<ImportRequest, 'recording'> {
  recording: OpenedRecording;
}

/**
 * Every change is one transaction with its audit row, durable when the method returns. Every method throws
 * KirchhoffError: 'locked', 'not-found', 'disk-full' (nothing changed), 'store-corrupt', and 'invalid-request'
 * where the study's status does not allow the change.
 */
export interface WritableRecords {
  /** Status 'queued'; the same content is kept once. */
  importStudy(request: ImportRequest): { studyId: string } | { duplicateOf: string };
  /**
   * As `importStudy`, window by window, with other requests answered in between.
   * @throws KirchhoffError also 'cancelled' once `signal` was aborted; nothing is left of it then
   */
  importLongStudy(
    request: LongImportRequest,
    signal?: AbortSignal,
  ): Promise<{ studyId: string } | { duplicateOf: string }>;
  /**
   * 'failed' needs the error that says why; 'preliminary' goes back to the analysis that is kept (a cancelled
   * repetition). Not for confirmed studies: reopen first.
   */
  setStatus(id: string, status: Exclude<StudyStatus, 'confirmed' | 'refused'>, error?: ErrorBody): void;
  /** Begins to keep the ensemble of an analysis that is under way. */
  keepEnsemble(samples: number): EnsembleKeeper;
  /**
   * Makes `analysis` the study's answer: 'preliminary', or 'refused' where its findings say why the machine does
   * not judge the recording. Where corrections are active, `corrected` is what
   * follows from the new answer and these; without it the call is refused ('invalid-request').
   * @param analysis with an ensemble from `keepEnsemble`, a row for each beat; it is let go of where saving fails
   */
  saveAnalysis(
    id: string,
    analysis: StoredAnalysis & { ensemble: EnsembleKeeper },
    status: 'preliminary' | 'refused',
    headline: StudyHeadline,
    corrected?: DerivedResult,
  ): void;
  /** Keeps a correction beside the machine's answer; corrections that were undone can no longer be redone. */
  addCorrection(id: string, correction: Correction, derived: DerivedResult): void;
  /** Undoes the latest active correction; 'invalid-request' where there is none. */
  undoCorrection(id: string, derived: DerivedResult): void;
  /** Brings back the correction undone last; 'invalid-request' where there is none. */
  redoCorrection(id: string, derived: DerivedResult): void;
  /** preliminary -> confirmed, by the present user. */
  confirm(id: string): void;
  /** confirmed -> preliminary. */
  reopen(id: string, reason: string): void;
  /** Deletes the study and every object that no other study uses; the audit log keeps the reason. */
  remove(id: string, reason: string): void;
  recordView(id: string): void;
  /** For exports that were written elsewhere; `writeReport` does both. */
  recordExport(id: string, format: ReportFormat, sha256: string, fileName: string): void;
  /**
   * Writes a report to `path`, whole or not at all, and records it. If the process dies in between, the next
   * unlock records the file if it was finished and deletes what is left of it if not.
   */
  writeReport(id: string, format: ReportFormat, path: string, bytes: Uint8Array): { sha256: string };
  /**
   * The same of a report that is not in memory as a whole.
   * @param make writes it under the temporary name of `path` (`writePartial`) and gives its SHA-256
   */
  writeReportMade(
    id: string,
    format: ReportFormat,
    path: string,
    make: () => Promise<{ sha256: string }>,
  ): Promise<{ sha256: string }>;
  /** Idle minutes before the store locks itself, 1 to 240. */
  setAutoLock(minutes: number): void;
}
