/** Writing studies of images: see `WritableImages`. */
import { randomBytes } from 'node:crypto';
import { type ErrorBody, KirchhoffError } from '../contract/errors.ts';
import type { ImageAnalysis } from '../contract/imaging-findings.ts';
import type { ImageReportFormat } from '../contract/imaging-requests.ts';
import type { Annotation, AnnotationState, Reading } from '../contract/imaging-study.ts';
import type { StudyStatus } from '../contract/study.ts';
import type { AuditedChanges } from './audited-changes.ts';
import type { AuditedExports } from './audited-exports.ts';
import { DATABASE_FILE, type RecordDatabase } from './database.ts';
import type { ImageImport, WritableImages } from './image-interfaces.ts';
import { patientOfImage } from './image-patient.ts';
import {
  type AnnotationRecord,
  aboutColumn,
  annotationsColumn,
  findingColumn,
  type ImageObjectRole,
  type ImageStudyRecord,
  instanceColumn,
  saliencyColumn,
} from './image-rows.ts';
import { SignOff } from './sign-off.ts';
import { withStoreErrors } from './store-error.ts';
import type { StoredImages } from './stored-images.ts';
import { errorColumn, inputsColumn, patientColumn, provenanceColumn } from './study-rows.ts';
import { toTypedJson } from './typed-json.ts';
import type { Vault } from './vault.ts';
import type { VaultReferences } from './vault-references.ts';

interface ImageObjectUse {
  role: ImageObjectRole;
  address: string;
}

export class ImageWriter implements WritableImages {
  readonly #database: RecordDatabase;
  readonly #vault: Vault;
  readonly #references: VaultReferences;
  readonly #images: StoredImages;
  readonly #changes: AuditedChanges;
  readonly #exports: AuditedExports;
  readonly #signOff: SignOff;

  constructor(
    database: RecordDatabase,
    vault: Vault,
    references: VaultReferences,
    images: StoredImages,
    changes: AuditedChanges,
    exports: AuditedExports,
  ) {
    this.#database = database;
    this.#vault = vault;
    this.#references = references;
    this.#images = images;
    this.#changes = changes;
    this.#exports = exports;
    this.#signOff = new SignOff(database, changes, 'image_studies', (id) => images.studyRecord(id));
  }

  importImage(
    request: ImageImport,
  ): { studyId: string; objectId: string } | { duplicateOf: string; objectId: string } {
    this.#mustBeOpen();
    const known = this.#images.findByContent(request.contentSha256);
    if (known !== null) return { duplicateOf: known.studyId, objectId: known.objectId };
    const { instance } = request;
    const objectId = randomBytes(16).toString('hex');
    const studyKey = instance.study.uid ?? `file ${request.contentSha256}`;
    const put: ImageObjectUse[] = [];
    return this.#references.releasingOnFailure(put, () => {
      put.push({ role: 'file', address: this.#vault.put(request.bytes) });
      return this.#changes.commit((record) => {
        const study = this.#database
          .prepare<[string], ImageStudyRecord>('SELECT * FROM image_studies WHERE study_key = ?')
          .get(studyKey);
        if (study?.status === 'confirmed') {
          throw new KirchhoffError(
            'invalid-request',
            'This file belongs to a study that is confirmed. Reopen the study first.',
            request.fileName,
          );
        }
        const studyId = study?.id ?? randomBytes(16).toString('hex');
        if (study === undefined) this.#insertStudy(studyId, studyKey, request);
        else
          this.#database
            .prepare(`UPDATE image_studies SET status = 'queued', error = NULL WHERE id = ?`)
            .run(studyId);
        this.#database
          .prepare(
            'INSERT INTO images (id, study_id, content_sha256, file_name, inputs, instance) VALUES (?, ?, ?, ?, ?, ?)',
          )
          .run(
            objectId,
            studyId,
            request.contentSha256,
            request.fileName,
            toTypedJson(inputsColumn, request.inputs),
            toTypedJson(instanceColumn, instance),
          );
        this.#useObjects(objectId, put);
        record('image.imported', studyId, `${instance.content}, content SHA-256 ${request.contentSha256}`);
        return { studyId, objectId };
      });
    });
  }

  setStatus(id: string, status: Exclude<StudyStatus, 'confirmed' | 'refused'>, error?: ErrorBody): void {
    this.#mustBeOpen();
    this.#changes.commit((record) => {
      const study = this.#unconfirmed(id);
      this.#database
        .prepare('UPDATE image_studies SET status = ?, error = ? WHERE id = ?')
        .run(status, error === undefined ? null : toTypedJson(errorColumn, error), id);
      if (error !== undefined) {
        record('analysis.failed', id, `${study.status} -> ${status}: ${error.code}, ${error.message}`);
      }
    });
  }

  saveAnalysis(objectId: string, analysis: ImageAnalysis): void {
    this.#mustBeOpen();
    const { finding, saliency, embedding, provenance } = analysis;
    const put: ImageObjectUse[] = [];
    const before = this.#objectsOf(objectId, ['saliency', 'embedding']);
    this.#references.releasingOnFailure(put, () => {
      if (saliency !== null) {
        const values = new Float32Array(saliency.mean.length * 2);
        values.set(saliency.mean);
        values.set(saliency.deviation, saliency.mean.length);
        put.push({ role: 'saliency', address: this.#vault.put(bytesOf(values)) });
      }
      if (embedding !== null)
        put.push({ role: 'embedding', address: this.#vault.put(bytesOf(embedding.slice())) });
      this.#changes.commit((record) => {
        const { study_id: studyId } = this.#images.imageRecord(objectId);
        this.#unconfirmed(studyId);
        this.#database
          .prepare(
            `INSERT OR REPLACE INTO image_analyses (image_id, analysed_at, finding, provenance, saliency)
             VALUES (?, ?, ?, ?, ?)`,
          )
          .run(
            objectId,
            this.#changes.timestamp(),
            toTypedJson(findingColumn, finding),
            toTypedJson(provenanceColumn, provenance),
            saliency === null
              ? null
              : toTypedJson(saliencyColumn, { width: saliency.width, height: saliency.height }),
          );
        this.#database
          .prepare(`DELETE FROM image_objects WHERE image_id = ? AND role IN ('saliency', 'embedding')`)
          .run(objectId);
        this.#useObjects(objectId, put);
        record(
          finding.probability === null ? 'analysis.refused' : 'analysis.saved',
          studyId,
          `image ${objectId}: ${finding.label}; model ${provenance.model} ${provenance.modelSha256}; ` +
            `device ${provenance.deviceProfile} ${provenance.deviceProfileSha256}, ` +
            `${provenance.driftSeconds} s after programming, programming seed ${provenance.programmingSeed}, ` +
            `${provenance.samples} samples, seed ${provenance.seed}; version ${provenance.softwareVersion}`,
        );
      });
    });
    this.#references.release(before.map(({ address }) => address));
  }

  endAnalysis(id: string): void {
    this.#mustBeOpen();
    this.#changes.commit(() => {
      this.#unconfirmed(id);
      const findings = this.#images
        .imageRecords(id)
        .map((image) => this.#images.findingOf(image.id))
        .filter((finding) => finding !== null);
      const refused = findings.length > 0 && findings.every((finding) => finding.probability === null);
      this.#database
        .prepare('UPDATE image_studies SET status = ?, error = NULL WHERE id = ?')
        .run(refused ? 'refused' : 'preliminary', id);
    });
  }

  annotate(objectId: string, annotations: readonly Annotation[]): AnnotationState {
    this.#mustBeOpen();
    return this.#changes.commit((record) => {
      const { study_id: studyId } = this.#images.imageRecord(objectId);
      this.#unconfirmed(studyId);
      const before = this.#images.annotationState(objectId).annotations.length;
      this.#database
        .prepare(`UPDATE image_annotations SET state = 'superseded' WHERE image_id = ? AND state = 'undone'`)
        .run(objectId);
      this.#database
        .prepare(
          `INSERT INTO image_annotations (image_id, annotations, user, at, state) VALUES (?, ?, ?, ?, 'active')`,
        )
        .run(
          objectId,
          toTypedJson(annotationsColumn, [...annotations]),
          this.#changes.user,
          this.#changes.timestamp(),
        );
      record('image.annotated', studyId, `image ${objectId}: ${before} -> ${annotations.length} drawn`);
      return this.#images.annotationState(objectId);
    });
  }

  undoAnnotation(objectId: string): AnnotationState {
    return this.#stepAnnotation(objectId, 'undone');
  }

  redoAnnotation(objectId: string): AnnotationState {
    return this.#stepAnnotation(objectId, 'active');
  }

  addReading(id: string, reading: Reading): void {
    this.#mustBeOpen();
    this.#changes.commit((record) => {
      this.#unconfirmed(id);
      const before = this.#images.study(id).readings.at(-1)?.opinion ?? 'none';
      this.#database
        .prepare('INSERT INTO image_readings (study_id, opinion, text, user, at) VALUES (?, ?, ?, ?, ?)')
        .run(id, reading.opinion, reading.text, this.#changes.user, this.#changes.timestamp());
      record('image.read', id, `${before} -> ${reading.opinion}`);
    });
  }

  confirm(id: string): void {
    this.#mustBeOpen();
    this.#signOff.confirm(id, (status) => {
      if (status !== 'preliminary' && status !== 'refused') {
        throw new KirchhoffError(
          'invalid-request',
          `A study is confirmed after its analysis; this one is ${status}.`,
        );
      }
      const { readings, images } = this.#images.study(id);
      // Papers alone are seen and confirmed: there is no film in them to read.
      if (readings.length === 0 && images.some(({ content }) => content === 'image')) {
        throw new KirchhoffError('invalid-request', 'Enter your reading first; it is what is confirmed.');
      }
    });
  }

  reopen(id: string, reason: string): void {
    this.#mustBeOpen();
    this.#signOff.reopen(id, reason);
  }

  remove(id: string, reason: string): void {
    this.#mustBeOpen();
    const objects = this.#images
      .imageRecords(id)
      .flatMap((image) => this.#objectsOf(image.id, ['file', 'saliency', 'embedding']));
    this.#changes.commit((record) => {
      const study = this.#images.studyRecord(id);
      const images = this.#images.imageRecords(id).length;
      this.#database.prepare('DELETE FROM image_studies WHERE id = ?').run(id);
      record('study.removed', id, `was ${study.status}, ${images} images: ${reason}`);
    });
    this.#references.release(objects.map(({ address }) => address));
    // Deleted pages must not live on in the write-ahead log.
    withStoreErrors(DATABASE_FILE, () => this.#database.pragma('wal_checkpoint(TRUNCATE)'));
  }

  writeReport(id: string, format: ImageReportFormat, path: string, bytes: Uint8Array): { sha256: string } {
    this.#mustBeOpen();
    return this.#exports.write({ id, format, path, bytes }, () => this.#images.studyRecord(id));
  }

  recordView(id: string): void {
    this.#mustBeOpen();
    this.#changes.commit((record) => record('study.viewed', id, this.#images.studyRecord(id).status));
  }

  #stepAnnotation(objectId: string, to: 'undone' | 'active'): AnnotationState {
    this.#mustBeOpen();
    return this.#changes.commit((record) => {
      const { study_id: studyId } = this.#images.imageRecord(objectId);
      this.#unconfirmed(studyId);
      const step: AnnotationRecord | undefined =
        to === 'undone'
          ? this.#images.annotationRecords(objectId, 'active').at(-1)
          : this.#images.annotationRecords(objectId, 'undone')[0];
      if (step === undefined) {
        throw new KirchhoffError(
          'invalid-request',
          to === 'undone' ? 'There is nothing to undo.' : 'There is nothing to redo.',
          null,
        );
      }
      this.#database.prepare('UPDATE image_annotations SET state = ? WHERE id = ?').run(to, step.id);
      const state = this.#images.annotationState(objectId);
      record(
        'image.annotated',
        studyId,
        `image ${objectId}: ${to === 'undone' ? 'undone' : 'redone'}, ${state.annotations.length} drawn`,
      );
      return state;
    });
  }

  #insertStudy(studyId: string, studyKey: string, { instance, fileName }: ImageImport): void {
    const { study } = instance;
    this.#database
      .prepare(
        `INSERT INTO image_studies (id, study_key, patient, about, studied_at, imported_at, status)
         VALUES (?, ?, ?, ?, ?, ?, 'queued')`,
      )
      .run(
        studyId,
        studyKey,
        toTypedJson(patientColumn, patientOfImage(instance)),
        toTypedJson(aboutColumn, {
          description: study.description ?? instance.series.description ?? fileName,
          accessionNumber: study.accessionNumber,
          institution: study.institution,
        }),
        study.date === null ? null : study.time === null ? study.date : `${study.date}T${study.time}`,
        this.#changes.timestamp(),
      );
  }

  #mustBeOpen(): void {
    if (!this.#database.open) throw new KirchhoffError('locked', 'The records are locked. Sign in.', null);
  }

  #unconfirmed(id: string): ImageStudyRecord {
    const study = this.#images.studyRecord(id);
    if (study.status === 'confirmed') {
      throw new KirchhoffError('invalid-request', 'The study is confirmed. Reopen it first.', null);
    }
    return study;
  }

  #objectsOf(objectId: string, roles: readonly ImageObjectRole[]): ImageObjectUse[] {
    return this.#database
      .prepare<[string], ImageObjectUse>('SELECT role, address FROM image_objects WHERE image_id = ?')
      .all(objectId)
      .filter((use) => roles.includes(use.role));
  }

  #useObjects(objectId: string, uses: readonly ImageObjectUse[]): void {
    const insert = this.#database.prepare(
      'INSERT OR REPLACE INTO image_objects (image_id, role, address) VALUES (?, ?, ?)',
    );
    for (const use of uses) insert.run(objectId, use.role, use.address);
  }
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
