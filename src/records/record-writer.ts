/** Writing: see `WritableRecords`. */
import { randomBytes } from 'node:crypto';
import { type ErrorBody, KirchhoffError } from '../contract/errors.ts';
import { WAVE_LIMIT_NAMES } from '../contract/intervals.ts';
import type { ReportFormat } from '../contract/protocol.ts';
import type { Correction, LimitPlace, StudyStatus } from '../contract/study.ts';
import { type OpenedRecording, openedInMemory } from '../ecg/formats/opened-recording.ts';
import type { AuditedChanges } from './audited-changes.ts';
import { type AuditedExports, exportWords } from './audited-exports.ts';
import { beatColumnsContent } from './beat-columns.ts';
import { DATABASE_FILE, type RecordDatabase } from './database.ts';
import { EnvelopeBuilder } from './envelope.ts';
import type {
  DerivedResult,
  EnsembleKeeper,
  ImportRequest,
  LongImportRequest,
  StoredAnalysis,
  StudyHeadline,
  WritableRecords,
} from './interfaces.ts';
import { EnsembleWriter } from './kept-ensemble.ts';
import { SignOff } from './sign-off.ts';
import { atOnce, inTurns, type Steps } from './steps.ts';
import { withStoreErrors } from './store-error.ts';
import type { StoredRecords } from './stored-records.ts';
import {
  type CorrectionRecord,
  errorColumn,
  eventsColumn,
  findingsColumn,
  headlineColumn,
  inputsColumn,
  leadsColumn,
  limitPlaceColumn,
  type ObjectRole,
  patientColumn,
  provenanceColumn,
  type StudyRecord,
  samplesColumn,
  sentencesColumn,
  summaryColumn,
} from './study-rows.ts';
import { fromTypedJson, toTypedJson } from './typed-json.ts';
import type { Vault, VaultContent } from './vault.ts';
import type { VaultReferences } from './vault-references.ts';

const AUTO_LOCK_SETTING = 'auto-lock-minutes';
export const DEFAULT_AUTO_LOCK_MINUTES = 10;

interface ObjectUse {
  role: ObjectRole;
  lead: number;
  address: string;
}

export class RecordWriter implements WritableRecords {
  readonly #database: RecordDatabase;
  readonly #vault: Vault;
  readonly #references: VaultReferences;
  readonly #records: StoredRecords;
  readonly #changes: AuditedChanges;
  readonly #exports: AuditedExports;
  readonly #signOff: SignOff;

  constructor(
    database: RecordDatabase,
    vault: Vault,
    references: VaultReferences,
    records: StoredRecords,
    changes: AuditedChanges,
    exports: AuditedExports,
  ) {
    this.#database = database;
    this.#vault = vault;
    this.#references = references;
    this.#records = records;
    this.#changes = changes;
    this.#exports = exports;
    this.#signOff = new SignOff(database, changes, 'studies', (id) => records.studyRecord(id));
  }

  importStudy(request: ImportRequest): { studyId: string } | { duplicateOf: string } {
    const { recording } = request;
    for (const lead of recording.leads) {
      if (lead.millivolts.length !== recording.lengthSamples) {
        throw new Error(
          `Lead ${lead.name} has ${lead.millivolts.length} of ${recording.lengthSamples} samples`,
        );
      }
    }
    return atOnce(this.#import({ ...request, recording: openedInMemory(recording) }));
  }

  importLongStudy(
    request: LongImportRequest,
    signal?: AbortSignal,
  ): Promise<{ studyId: string } | { duplicateOf: string }> {
    return inTurns(this.#import(request), () => {
      if (!this.#database.open) return lockedError();
      return signal?.aborted === true ? new KirchhoffError('cancelled', 'Cancelled.') : null;
    });
  }

  *#import({
    recording,
    inputs,
    contentSha256,
  }: LongImportRequest): Steps<{ studyId: string } | { duplicateOf: string }> {
    this.#mustBeOpen();
    const known = this.#records.findByContent(contentSha256);
    if (known !== null) return { duplicateOf: known };
    const studyId = randomBytes(16).toString('hex');
    const put: ObjectUse[] = [];
    const letGo: (() => void)[] = [];
    try {
      for (const lead of recording.leads.keys()) {
        const envelope = new EnvelopeBuilder(recording.lengthSamples);
        const signal = signalContent(recording, lead);
        const keep = (role: ObjectRole, address: string, content: VaultContent): Steps<void> => {
          put.push({ role, lead, address });
          // Others may remove a study with the same object before this one's rows are there.
          letGo.push(this.#references.hold(address));
          return this.#vault.putAt(address, content);
        };
        const address = yield* this.#vault.addressOf({
          ...signal,
          pieces: () => signal.pieces((millivolts) => envelope.push(millivolts)),
        });
        yield* keep('signal', address, signal);
        const bytes = bytesOf(envelope.pairs());
        const pairs = { bytes: bytes.length, pieces: () => [bytes] };
        yield* keep('envelope', yield* this.#vault.addressOf(pairs), pairs);
      }
      this.#changes.commit((record) => {
        this.#database
          .prepare(
            `INSERT INTO studies (id, content_sha256, record_name, patient, recorded_at, imported_at, sampling_rate_hz,
               length_samples, leads, comments, warnings, inputs, events, status)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued')`,
          )
          .run(
            studyId,
            contentSha256,
            recording.recordName,
            toTypedJson(patientColumn, recording.patient),
            recording.recordedAt,
            this.#changes.timestamp(),
            recording.samplingRateHz,
            recording.lengthSamples,
            toTypedJson(leadsColumn, recording.leads),
            toTypedJson(sentencesColumn, recording.comments),
            toTypedJson(sentencesColumn, recording.warnings),
            toTypedJson(inputsColumn, inputs),
            recording.events === undefined ? null : toTypedJson(eventsColumn, recording.events),
          );
        this.#useObjects(studyId, put);
        record('study.imported', studyId, `content SHA-256 ${contentSha256}, ${inputs.length} files`);
      });
      return { studyId };
    } catch (thrown) {
      for (const end of letGo.splice(0)) end();
      // Behind the lock nothing can be looked up; the next unlock sweeps.
      if (this.#database.open) this.#references.release(put.map((use) => use.address));
      throw thrown;
    } finally {
      for (const end of letGo) end();
    }
  }

  setStatus(id: string, status: Exclude<StudyStatus, 'confirmed' | 'refused'>, error?: ErrorBody): void {
    this.#mustBeOpen();
    this.#changes.commit((record) => {
      const study = this.#unconfirmed(id);
      const ended = status === 'failed';
      if (ended !== (error !== undefined)) {
        throw new KirchhoffError(
          'invalid-request',
          `Status ${status} ${ended ? 'needs' : 'takes no'} reason.`,
          null,
        );
      }
      if (status === 'preliminary' && this.#records.analysisRecord(id) === undefined) {
        throw new KirchhoffError('invalid-request', 'The study has no analysis.', null);
      }
      this.#database
        .prepare('UPDATE studies SET status = ?, error = ? WHERE id = ?')
        .run(status, error === undefined ? null : toTypedJson(errorColumn, error), id);
      if (error !== undefined) {
        record('analysis.failed', id, `${study.status} -> ${status}: ${error.code}, ${error.message}`);
      }
    });
  }

  keepEnsemble(samples: number): EnsembleWriter {
    this.#mustBeOpen();
    return new EnsembleWriter(this.#vault, this.#references, samples, () => this.#mustBeOpen());
  }

  saveAnalysis(
    id: string,
    analysis: StoredAnalysis & { ensemble: EnsembleKeeper },
    status: 'preliminary' | 'refused',
    headline: StudyHeadline,
    corrected?: DerivedResult,
  ): void {
    this.#mustBeOpen();
    const { beats, ensemble, provenance } = analysis;
    if (!(ensemble instanceof EnsembleWriter) || ensemble.beats !== beats.sample.length) {
      throw new Error(`An ensemble of ${ensemble.beats} beats that is kept elsewhere, or not of these`);
    }
    const put: ObjectUse[] = [];
    const before = this.#objectsOf(id, ['beats', 'ensemble']);
    try {
      put.push({ role: 'beats', lead: 0, address: this.#vault.putContent(beatColumnsContent(beats)) });
      // An ensemble has no leads: its pieces are numbered.
      ensemble.keptPieces().forEach((address, lead) => {
        put.push({ role: 'ensemble', lead, address });
      });
      this.#changes.commit((record) => {
        this.#unconfirmed(id);
        if (corrected === undefined && this.#records.correctionRecords(id, 'active').length > 0) {
          throw new KirchhoffError(
            'invalid-request',
            'The study has corrections, which the new analysis leaves out.',
            null,
          );
        }
        const machine: DerivedResult = { summary: analysis.summary, findings: analysis.findings, headline };
        const columns = derivedColumns(machine);
        this.#database
          .prepare(
            `INSERT OR REPLACE INTO analyses (study_id, analysed_at, provenance, ensemble_samples, machine_summary,
               machine_findings, machine_headline, summary, findings, headline)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          )
          .run(
            id,
            this.#changes.timestamp(),
            toTypedJson(provenanceColumn, provenance),
            ensemble.samples,
            ...columns,
            ...(corrected === undefined ? columns : derivedColumns(corrected)),
          );
        this.#database
          .prepare(`DELETE FROM study_objects WHERE study_id = ? AND role IN ('beats', 'ensemble')`)
          .run(id);
        this.#useObjects(id, put);
        this.#database.prepare('UPDATE studies SET status = ?, error = NULL WHERE id = ?').run(status, id);
        record(
          status === 'refused' ? 'analysis.refused' : 'analysis.saved',
          id,
          `${beats.sample.length} beats; model ${provenance.model} ${provenance.modelSha256}; ` +
            `device ${provenance.deviceProfile} ${provenance.deviceProfileSha256}, ` +
            `${provenance.driftSeconds} s after programming, programming seed ${provenance.programmingSeed}, ` +
            `${provenance.samples} samples, seed ${provenance.seed}; version ${provenance.softwareVersion}`,
        );
      });
      ensemble.settle();
    } catch (thrown) {
      ensemble.abandon();
      this.#references.release(put.map((use) => use.address));
      throw thrown;
    }
    this.#references.release(before.map((use) => use.address));
  }

  addCorrection(id: string, correction: Correction, derived: DerivedResult): void {
    this.#mustBeOpen();
    this.#changes.commit((record) => {
      this.#correctable(id);
      const row = this.#newCorrection(id, correction);
      this.#database
        .prepare(`UPDATE corrections SET state = 'superseded' WHERE study_id = ? AND state = 'undone'`)
        .run(id);
      this.#database
        .prepare(
          `INSERT INTO corrections (study_id, kind, sample, samples, beat_group, wave_limit, limit_place, label,
             previous_label, user, at, state)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'active')`,
        )
        .run(
          id,
          row.kind,
          row.sample,
          row.samples,
          row.beat_group,
          row.wave_limit,
          row.limit_place,
          row.label,
          row.previous_label,
          this.#changes.user,
          this.#changes.timestamp(),
        );
      this.#setDerived(id, derived);
      record('correction.added', id, correctionWords(row.kind, placeOf(row), row.previous_label, row.label));
    });
  }

  undoCorrection(id: string, derived: DerivedResult): void {
    this.#mustBeOpen();
    this.#changes.commit((record) => {
      this.#correctable(id);
      const latest = this.#records.correctionRecords(id, 'active').at(-1);
      if (latest === undefined)
        throw new KirchhoffError('invalid-request', 'There is nothing to undo.', null);
      this.#setCorrectionState(latest, 'undone');
      this.#setDerived(id, derived);
      record(
        'correction.undone',
        id,
        correctionWords(latest.kind, placeOf(latest), latest.label, latest.previous_label),
      );
    });
  }

  redoCorrection(id: string, derived: DerivedResult): void {
    this.#mustBeOpen();
    this.#changes.commit((record) => {
      this.#correctable(id);
      const next = this.#records.correctionRecords(id, 'undone')[0];
      if (next === undefined) throw new KirchhoffError('invalid-request', 'There is nothing to redo.', null);
      this.#setCorrectionState(next, 'active');
      this.#setDerived(id, derived);
      record(
        'correction.redone',
        id,
        correctionWords(next.kind, placeOf(next), next.previous_label, next.label),
      );
    });
  }

  confirm(id: string): void {
    this.#mustBeOpen();
    this.#signOff.confirm(id, (status) => {
      if (status === 'preliminary') return;
      throw new KirchhoffError(
        'invalid-request',
        `Only a preliminary study is confirmed; this one is ${status}.`,
      );
    });
  }

  reopen(id: string, reason: string): void {
    this.#mustBeOpen();
    this.#signOff.reopen(id, reason);
  }

  remove(id: string, reason: string): void {
    this.#mustBeOpen();
    const objects = this.#objectsOf(id, ['signal', 'envelope', 'beats', 'ensemble']);
    this.#changes.commit((record) => {
      const study = this.#records.studyRecord(id);
      this.#database.prepare('DELETE FROM studies WHERE id = ?').run(id);
      record('study.removed', id, `was ${study.status}, content SHA-256 ${study.content_sha256}: ${reason}`);
    });
    this.#references.release(objects.map((use) => use.address));
    // Deleted pages must not live on in the write-ahead log.
    withStoreErrors(DATABASE_FILE, () => this.#database.pragma('wal_checkpoint(TRUNCATE)'));
  }

  recordView(id: string): void {
    this.#mustBeOpen();
    this.#changes.commit((record) => {
      const study = this.#records.studyRecord(id);
      record('study.viewed', id, study.status);
    });
  }

  recordExport(id: string, format: ReportFormat, sha256: string, fileName: string): void {
    this.#mustBeOpen();
    this.#changes.commit((record) => {
      this.#records.studyRecord(id);
      record('export.written', id, exportWords(format, sha256, fileName));
    });
  }

  writeReport(id: string, format: ReportFormat, path: string, bytes: Uint8Array): { sha256: string } {
    this.#mustBeOpen();
    return this.#exports.write({ id, format, path, bytes }, () => this.#records.studyRecord(id));
  }

  async writeReportMade(
    id: string,
    format: ReportFormat,
    path: string,
    make: () => Promise<{ sha256: string }>,
  ): Promise<{ sha256: string }> {
    this.#mustBeOpen();
    return this.#exports.writeMade({ id, format, path }, () => this.#records.studyRecord(id), make);
  }

  setAutoLock(minutes: number): void {
    this.#mustBeOpen();
    if (!(minutes >= 1 && minutes <= 240)) {
      throw new KirchhoffError(
        'invalid-request',
        'The store locks itself after 1 to 240 idle minutes.',
        null,
      );
    }
    this.#changes.commit((record) => {
      const before = this.autoLockMinutes();
      this.#database
        .prepare('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)')
        .run(AUTO_LOCK_SETTING, String(minutes));
      record('settings.changed', null, `${AUTO_LOCK_SETTING}: ${before} -> ${minutes}`);
    });
  }

  autoLockMinutes(): number {
    const row = this.#database
      .prepare<[string], { value: string }>('SELECT value FROM settings WHERE name = ?')
      .get(AUTO_LOCK_SETTING);
    return row === undefined ? DEFAULT_AUTO_LOCK_MINUTES : Number(row.value);
  }

  /** Clears what a killed process left: unreferenced objects, temporary files, half-written exports. */
  cleanUp(): void {
    withStoreErrors(DATABASE_FILE, () =>
      this.#vault.sweep((address) => this.#references.isReferenced(address)),
    );
    this.#exports.clearInterrupted();
  }

  #mustBeOpen(): void {
    if (!this.#database.open) throw lockedError();
  }

  #unconfirmed(id: string): StudyRecord {
    const study = this.#records.studyRecord(id);
    if (study.status === 'confirmed') {
      throw new KirchhoffError('invalid-request', 'The study is confirmed. Reopen it first.', null);
    }
    return study;
  }

  #correctable(id: string): void {
    const study = this.#unconfirmed(id);
    if (study.status !== 'preliminary') {
      throw new KirchhoffError(
        'invalid-request',
        `Beats are corrected after the analysis; the study is ${study.status}.`,
        null,
      );
    }
  }

  #newCorrection(id: string, correction: Correction): CorrectedPlace {
    const none = { sample: null, samples: null, beat_group: null, wave_limit: null, limit_place: null };
    switch (correction.kind) {
      case 'wave-limit': {
        const { kind, limit, place } = correction;
        const before = limitWords(this.#records.placeOf(id, limit));
        const limit_place = toTypedJson(limitPlaceColumn, place);
        return {
          ...none,
          kind,
          wave_limit: limit,
          limit_place,
          label: limitWords(place),
          previous_label: before,
        };
      }
      case 'relabel-many': {
        const { kind, label, group, samples } = correction;
        const before = countsOf(this.#records.labelsAt(id, samples));
        const kept = toTypedJson(samplesColumn, samples);
        return { ...none, kind, samples: kept, beat_group: group, label, previous_label: before };
      }
      default: {
        const { kind, sample } = correction;
        const [before = null] = this.#records.labelsAt(id, [sample]);
        const label = correction.kind === 'delete' ? null : correction.label;
        return { ...none, kind, sample, label, previous_label: before };
      }
    }
  }

  #setDerived(id: string, derived: DerivedResult): void {
    this.#database
      .prepare('UPDATE analyses SET summary = ?, findings = ?, headline = ? WHERE study_id = ?')
      .run(...derivedColumns(derived), id);
  }

  #setCorrectionState(correction: CorrectionRecord, state: CorrectionRecord['state']): void {
    this.#database.prepare('UPDATE corrections SET state = ? WHERE id = ?').run(state, correction.id);
  }

  #objectsOf(id: string, roles: readonly ObjectRole[]): ObjectUse[] {
    return this.#database
      .prepare<[string], ObjectUse>('SELECT role, lead, address FROM study_objects WHERE study_id = ?')
      .all(id)
      .filter((use) => roles.includes(use.role));
  }

  #useObjects(id: string, uses: readonly ObjectUse[]): void {
    const insert = this.#database.prepare(
      'INSERT OR REPLACE INTO study_objects (study_id, role, lead, address) VALUES (?, ?, ?, ?)',
    );
    for (const use of uses) insert.run(id, use.role, use.lead, use.address);
  }
}

/** What is corrected, and from what to what. */
type CorrectedPlace = Omit<CorrectionRecord, 'id' | 'study_id' | 'user' | 'at' | 'state'>;

function lockedError(): KirchhoffError {
  return new KirchhoffError('locked', 'The records are locked. Sign in.', null);
}

/** Samples of a lead that are in memory at a time while it is kept: 1 MiB. */
const WINDOW_SAMPLES = 2 ** 18;

/** The signal of a lead, window by window. `see` is shown each window. */
function signalContent(recording: OpenedRecording, lead: number) {
  const { lengthSamples } = recording;
  return {
    bytes: lengthSamples * Float32Array.BYTES_PER_ELEMENT,
    *pieces(see?: (millivolts: Float32Array) => void): Generator<Uint8Array> {
      for (let start = 0; start < lengthSamples; start += WINDOW_SAMPLES) {
        const length = Math.min(WINDOW_SAMPLES, lengthSamples - start);
        const [millivolts] = recording.readWindow(start, length, [lead]);
        see?.(millivolts!);
        yield bytesOf(millivolts!);
      }
    },
  };
}

function derivedColumns(derived: DerivedResult): [string, string, string] {
  return [
    toTypedJson(summaryColumn, derived.summary),
    toTypedJson(findingsColumn, derived.findings),
    toTypedJson(headlineColumn, derived.headline),
  ];
}

function correctionWords(
  kind: Correction['kind'],
  place: string,
  before: string | null,
  after: string | null,
): string {
  return `${kind} ${place}: ${before ?? 'no beat'} -> ${after ?? 'no beat'}`;
}

function placeOf({ sample, samples, beat_group: group, wave_limit: limit }: CorrectedPlace): string {
  if (limit !== null) return WAVE_LIMIT_NAMES[limit];
  return samples === null
    ? `at sample ${sample}`
    : `of ${fromTypedJson(samplesColumn, samples).length} beats, ${group}`;
}

function limitWords(place: LimitPlace): string {
  switch (place.at) {
    case 'ms':
      return `${place.fromRPeakMs.toFixed(1)} ms`;
    case 'nowhere':
      return 'not there';
    case 'machine':
      return "the machine's";
  }
}

/** "N 800, V 12" */
function countsOf(labels: readonly (string | null)[]): string {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label ?? 'no beat', (counts.get(label ?? 'no beat') ?? 0) + 1);
  return [...counts].map(([label, count]) => `${label} ${count}`).join(', ');
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
