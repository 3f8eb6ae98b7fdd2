/** What may be read and written of studies of images: two interfaces, one writer, as for recordings. */
import type { ErrorBody } from '../contract/errors.ts';
import type { ImageInstance } from '../contract/imaging.ts';
import type { ImageAnalysis, Saliency } from '../contract/imaging-findings.ts';
import type { ImageReportFormat } from '../contract/imaging-requests.ts';
import type {
  Annotation,
  AnnotationState,
  ImagingStudyDetail,
  ImagingStudyRow,
  Reading,
} from '../contract/imaging-study.ts';
import type { Provenance } from '../contract/provenance.ts';
import type { StudyStatus } from '../contract/study.ts';

/** The embedding of an image whose study a reader has confirmed with an opinion. */
export interface ConfirmedEmbedding {
  studyId: string;
  objectId: string;
  model: string;
  embedding: Float32Array;
  opinion: Reading['opinion'];
  studiedAt: string | null;
}

/** Errors as `ReadableRecords`. */
export interface ReadableImages {
  /** Newest import first. */
  list(): ImagingStudyRow[];
  study(id: string): ImagingStudyDetail;
  /** Ids of other studies of the same patient (by patient id and name), newest first; none for the nameless. */
  priors(id: string): string[];
  studyOf(objectId: string): string;
  findByContent(contentSha256: string): { studyId: string; objectId: string } | null;
  /** The study with this Study Instance UID (PS3.3, C.7.2.1); null where no image of it is kept. */
  findByUid(studyInstanceUid: string): { studyId: string; confirmed: boolean } | null;
  /** The file as it was imported. */
  file(objectId: string): { fileName: string; bytes: Uint8Array; inputs: Provenance['inputs'] };
  saliency(objectId: string): Saliency | null;
  embedding(objectId: string): { model: string; embedding: Float32Array } | null;
  /** Of confirmed studies whose reader said present or absent. */
  confirmedEmbeddings(): ConfirmedEmbedding[];
  /** Studies whose analysis was queued or running when the program ended. */
  interrupted(): string[];
}

export interface ImageImport {
  instance: ImageInstance;
  fileName: string;
  bytes: Uint8Array;
  contentSha256: string;
  inputs: Provenance['inputs'];
}

/** Every change is one transaction with its audit row; errors as `WritableRecords`. */
export interface WritableImages {
  /** Into the study of the file's Study Instance UID, which is made where it is new; the same content once. */
  importImage(
    request: ImageImport,
  ): { studyId: string; objectId: string } | { duplicateOf: string; objectId: string };
  setStatus(id: string, status: Exclude<StudyStatus, 'confirmed' | 'refused'>, error?: ErrorBody): void;
  /** Replaces an earlier answer for the image. */
  saveAnalysis(objectId: string, analysis: ImageAnalysis): void;
  /** After all its images: 'refused' where no answer was given for any, else 'preliminary'. */
  endAnalysis(id: string): void;
  /** All that is drawn on an image now; what was undone can no longer be redone. */
  annotate(objectId: string, annotations: readonly Annotation[]): AnnotationState;
  undoAnnotation(objectId: string): AnnotationState;
  redoAnnotation(objectId: string): AnnotationState;
  /** Kept beside the machine's answer and earlier readings. */
  addReading(id: string, reading: Reading): void;
  confirm(id: string): void;
  reopen(id: string, reason: string): void;
  remove(id: string, reason: string): void;
  recordView(id: string): void;
  /** As `WritableRecords.writeReport`. */
  writeReport(id: string, format: ImageReportFormat, path: string, bytes: Uint8Array): { sha256: string };
}
