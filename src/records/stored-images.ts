/** Reading studies of images: see `ReadableImages`. */
import type { Severity } from '../contract/ecg.ts';
import { KirchhoffError } from '../contract/errors.ts';
import type { ImagingFinding, Saliency } from '../contract/imaging-findings.ts';
import type {
  AnnotationState,
  ImagingObject,
  ImagingStudyDetail,
  ImagingStudyRow,
} from '../contract/imaging-study.ts';
import type { Provenance } from '../contract/provenance.ts';
import { DATABASE_FILE, type RecordDatabase } from './database.ts';
import type { ConfirmedEmbedding, ReadableImages } from './image-interfaces.ts';
import {
  type AnnotationRecord,
  aboutColumn,
  annotationsColumn,
  findingColumn,
  type ImageAnalysisRecord,
  type ImageObjectRole,
  type ImageRecord,
  type ImageStudyRecord,
  instanceColumn,
  type ReadingRecord,
  saliencyColumn,
} from './image-rows.ts';
import { withStoreErrors } from './store-error.ts';
import { errorColumn, inputsColumn, patientColumn, provenanceColumn } from './study-rows.ts';
import { fromTypedJson } from './typed-json.ts';
import type { Vault } from './vault.ts';

const SEVERITY_ORDER: Record<Severity, number> = { urgent: 2, attention: 1, information: 0 };

export class StoredImages implements ReadableImages {
  readonly #database: RecordDatabase;
  readonly #vault: Vault;

  constructor(database: RecordDatabase, vault: Vault) {
    this.#database = database;
    this.#vault = vault;
  }

  list(): ImagingStudyRow[] {
    return this.#read(() =>
      this.#database
        .prepare<[], ImageStudyRecord>(
          'SELECT * FROM image_studies ORDER BY imported_at DESC, image_studies.rowid DESC',
        )
        .all()
        .map((row) => this.#rowOf(row)),
    );
  }

  study(id: string): ImagingStudyDetail {
    return this.#read(() => {
      const row = this.studyRecord(id);
      const about = fromTypedJson(aboutColumn, row.about);
      const images = this.imageRecords(id)
        .map((image) => this.#objectOf(image))
        .sort(
          (a, b) =>
            (a.series.number ?? 0) - (b.series.number ?? 0) ||
            (a.series.uid ?? '').localeCompare(b.series.uid ?? '') ||
            (a.number ?? 0) - (b.number ?? 0) ||
            a.fileName.localeCompare(b.fileName),
        );
      const readings = this.#database
        .prepare<[string], ReadingRecord>('SELECT * FROM image_readings WHERE study_id = ? ORDER BY id')
        .all(id);
      return {
        ...this.#rowOf(row),
        accessionNumber: about.accessionNumber,
        institution: about.institution,
        images,
        readings: readings.map(({ opinion, text, user, at }) => ({ opinion, text, by: user, at })),
        error: row.error === null ? null : fromTypedJson(errorColumn, row.error),
        confirmed:
          row.confirmed_by === null || row.confirmed_at === null
            ? null
            : { by: row.confirmed_by, at: row.confirmed_at },
      };
    });
  }

  priors(id: string): string[] {
    return this.#read(() => {
      const { patient } = this.studyRecord(id);
      const { id: patientId, name } = fromTypedJson(patientColumn, patient);
      if (patientId === '') return [];
      return this.#database
        .prepare<[string], ImageStudyRecord>(
          'SELECT * FROM image_studies WHERE id <> ? ORDER BY studied_at DESC',
        )
        .all(id)
        .filter((row) => {
          const other = fromTypedJson(patientColumn, row.patient);
          return other.id === patientId && other.name.toLowerCase() === name.toLowerCase();
        })
        .map((row) => row.id);
    });
  }

  studyOf(objectId: string): string {
    return this.#read(() => this.imageRecord(objectId).study_id);
  }

  findByContent(contentSha256: string): { studyId: string; objectId: string } | null {
    return this.#read(() => {
      const row = this.#database
        .prepare<[string], ImageRecord>('SELECT * FROM images WHERE content_sha256 = ?')
        .get(contentSha256);
      return row === undefined ? null : { studyId: row.study_id, objectId: row.id };
    });
  }

  findByUid(studyInstanceUid: string): { studyId: string; confirmed: boolean } | null {
    return this.#read(() => {
      const row = this.#database
        .prepare<[string], ImageStudyRecord>('SELECT * FROM image_studies WHERE study_key = ?')
        .get(studyInstanceUid);
      return row === undefined ? null : { studyId: row.id, confirmed: row.status === 'confirmed' };
    });
  }

  file(objectId: string): { fileName: string; bytes: Uint8Array; inputs: Provenance['inputs'] } {
    return this.#read(() => {
      const row = this.imageRecord(objectId);
      const bytes = this.#object(objectId, 'file');
      if (bytes === null)
        throw new KirchhoffError('store-corrupt', 'The file of this image is missing.', DATABASE_FILE);
      return { fileName: row.file_name, bytes, inputs: fromTypedJson(inputsColumn, row.inputs) };
    });
  }

  saliency(objectId: string): Saliency | null {
    return this.#read(() => {
      const stored = this.#analysisRecord(objectId);
      if (stored === undefined || stored.saliency === null) return null;
      const size = fromTypedJson(saliencyColumn, stored.saliency);
      const bytes = this.#object(objectId, 'saliency');
      if (bytes === null || bytes.length !== size.width * size.height * 8) {
        throw new KirchhoffError('store-corrupt', 'The saliency map is damaged.', DATABASE_FILE);
      }
      const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
      const half = values.length / 2;
      return { ...size, mean: values.slice(0, half), deviation: values.slice(half) };
    });
  }

  embedding(objectId: string): { model: string; embedding: Float32Array } | null {
    return this.#read(() => {
      const stored = this.#analysisRecord(objectId);
      const bytes = this.#object(objectId, 'embedding');
      if (stored === undefined || bytes === null) return null;
      return {
        model: fromTypedJson(provenanceColumn, stored.provenance).modelSha256,
        embedding: new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4),
      };
    });
  }

  confirmedEmbeddings(): ConfirmedEmbedding[] {
    return this.#read(() => {
      const rows = this.#database
        .prepare<
          [],
          { image: string; study: string; studied_at: string | null; opinion: ReadingRecord['opinion'] }
        >(
          `SELECT images.id AS image, image_studies.id AS study, image_studies.studied_at, reading.opinion
           FROM image_studies
           JOIN images ON images.study_id = image_studies.id
           JOIN image_objects ON image_objects.image_id = images.id AND image_objects.role = 'embedding'
           JOIN image_readings reading ON reading.id =
             (SELECT max(id) FROM image_readings WHERE study_id = image_studies.id)
           WHERE image_studies.status = 'confirmed' AND reading.opinion <> 'uncertain'
           ORDER BY image_studies.rowid, images.rowid`,
        )
        .all();
      return rows.flatMap(({ image, study, studied_at: studiedAt, opinion }) => {
        const stored = this.embedding(image);
        return stored === null ? [] : [{ ...stored, studyId: study, objectId: image, opinion, studiedAt }];
      });
    });
  }

  interrupted(): string[] {
    return this.#read(() =>
      this.#database
        .prepare<[], { id: string }>(
          `SELECT id FROM image_studies WHERE status IN ('queued', 'analysing') ORDER BY rowid`,
        )
        .all()
        .map(({ id }) => id),
    );
  }

  /** @throws KirchhoffError 'not-found'. */
  studyRecord(id: string): ImageStudyRecord {
    const row = this.#database
      .prepare<[string], ImageStudyRecord>('SELECT * FROM image_studies WHERE id = ?')
      .get(id);
    if (row === undefined) throw new KirchhoffError('not-found', 'This study is not in the records.', null);
    return row;
  }

  /** @throws KirchhoffError 'not-found'. */
  imageRecord(objectId: string): ImageRecord {
    const row = this.#database
      .prepare<[string], ImageRecord>('SELECT * FROM images WHERE id = ?')
      .get(objectId);
    if (row === undefined) throw new KirchhoffError('not-found', 'This image is not in the records.', null);
    return row;
  }

  imageRecords(studyId: string): ImageRecord[] {
    return this.#database
      .prepare<[string], ImageRecord>('SELECT * FROM images WHERE study_id = ? ORDER BY rowid')
      .all(studyId);
  }

  /** In the order in which they were made. */
  annotationRecords(objectId: string, state: AnnotationRecord['state']): AnnotationRecord[] {
    return this.#database
      .prepare<[string, string], AnnotationRecord>(
        'SELECT * FROM image_annotations WHERE image_id = ? AND state = ? ORDER BY id',
      )
      .all(objectId, state);
  }

  annotationState(objectId: string): AnnotationState {
    const active = this.annotationRecords(objectId, 'active');
    const latest = active.at(-1);
    return {
      annotations: latest === undefined ? [] : fromTypedJson(annotationsColumn, latest.annotations),
      canUndo: active.length > 0,
      canRedo: this.annotationRecords(objectId, 'undone').length > 0,
    };
  }

  findingOf(objectId: string): ImagingFinding | null {
    const stored = this.#analysisRecord(objectId);
    return stored === undefined ? null : fromTypedJson(findingColumn, stored.finding);
  }

  #analysisRecord(objectId: string): ImageAnalysisRecord | undefined {
    return this.#database
      .prepare<[string], ImageAnalysisRecord>('SELECT * FROM image_analyses WHERE image_id = ?')
      .get(objectId);
  }

  #object(objectId: string, role: ImageObjectRole): Uint8Array | null {
    const row = this.#database
      .prepare<[string, string], { address: string }>(
        'SELECT address FROM image_objects WHERE image_id = ? AND role = ?',
      )
      .get(objectId, role);
    return row === undefined ? null : this.#vault.readAll(row.address);
  }

  #rowOf(row: ImageStudyRecord): ImagingStudyRow {
    const images = this.imageRecords(row.id);
    const modalities = new Set<string>();
    for (const image of images) {
      const { series, technique } = fromTypedJson(instanceColumn, image.instance);
      const modality = series.modality ?? technique.modality;
      if (modality !== null) modalities.add(modality);
    }
    const findings = images
      .map((image) => this.findingOf(image.id))
      .filter((finding) => finding !== null)
      .sort(
        (a, b) =>
          SEVERITY_ORDER[b.severity] - SEVERITY_ORDER[a.severity] ||
          (b.probability ?? -1) - (a.probability ?? -1),
      );
    const worst = row.status === 'failed' ? undefined : findings[0];
    const error = row.error === null ? null : fromTypedJson(errorColumn, row.error);
    return {
      id: row.id,
      patient: fromTypedJson(patientColumn, row.patient),
      studiedAt: row.studied_at,
      importedAt: row.imported_at,
      description: fromTypedJson(aboutColumn, row.about).description,
      modalities: [...modalities],
      objects: images.length,
      status: row.status,
      // What was not judged may be anything: routine least of all.
      severity: worst === undefined || worst.recommendation === 'refuse' ? null : worst.severity,
      headline: worst?.label ?? error?.message ?? null,
      recommendation: worst?.recommendation ?? null,
    };
  }

  #objectOf(image: ImageRecord): ImagingObject {
    const instance = fromTypedJson(instanceColumn, image.instance);
    const stored = this.#analysisRecord(image.id);
    return {
      id: image.id,
      content: instance.content,
      fileName: image.file_name,
      series: instance.series,
      number: instance.number,
      frameCount: instance.frameCount,
      frameTimeMs: instance.frameTimeMs,
      technique: instance.technique,
      warnings: instance.warnings,
      analysis:
        stored === undefined
          ? null
          : {
              finding: fromTypedJson(findingColumn, stored.finding),
              provenance: fromTypedJson(provenanceColumn, stored.provenance),
            },
      hasSaliency: stored !== undefined && stored.saliency !== null,
      annotations: this.annotationState(image.id),
    };
  }

  #read<Result>(work: () => Result): Result {
    if (!this.#database.open) throw new KirchhoffError('locked', 'The records are locked. Sign in.', null);
    return withStoreErrors(DATABASE_FILE, work);
  }
}
