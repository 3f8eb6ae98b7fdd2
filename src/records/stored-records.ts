/** Reading: see `ReadableRecords`. */
import { BEAT_CLASSES, type BeatClass } from '../contract/ecg.ts';
import { type ErrorBody, KirchhoffError } from '../contract/errors.ts';
import type { WaveLimit } from '../contract/intervals.ts';
import type { AuditRow } from '../contract/protocol.ts';
import type { Provenance } from '../contract/provenance.ts';
import {
  type Correction,
  correctionSchema,
  type LimitPlace,
  type StudyDetail,
  type StudyRow,
} from '../contract/study.ts';
import type { OpenedRecording } from '../ecg/formats/opened-recording.ts';
import type { EcgRecording, RecordedEvent } from '../ecg/recording.ts';
import type { AuditLog } from './audit.ts';
import { StoredBeats } from './beat-columns.ts';
import { DATABASE_FILE, type RecordDatabase } from './database.ts';
import { columnsFromPairs, columnsFromSamples, levelFor } from './envelope.ts';
import type { ReadableRecords, StoredAnalysis, StudyHeadline } from './interfaces.ts';
import { StoredEnsemble } from './kept-ensemble.ts';
import { withStoreErrors } from './store-error.ts';
import {
  type AnalysisRecord,
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
import { fromTypedJson } from './typed-json.ts';
import type { Vault } from './vault.ts';

const BYTES_PER_SAMPLE = Float32Array.BYTES_PER_ELEMENT;
const NO_HEADLINE: StudyHeadline = {
  severity: null,
  headline: null,
  recommendation: null,
  reviewFraction: null,
};

export class StoredRecords implements ReadableRecords {
  readonly #database: RecordDatabase;
  readonly #vault: Vault;
  readonly #audit: AuditLog;

  constructor(database: RecordDatabase, vault: Vault, audit: AuditLog) {
    this.#database = database;
    this.#vault = vault;
    this.#audit = audit;
  }

  listStudies(): StudyRow[] {
    return this.#read(() =>
      this.#database
        .prepare<[], StudyRecord & { headline: string | null }>(
          `SELECT studies.*, analyses.headline FROM studies LEFT JOIN analyses ON analyses.study_id = studies.id
           ORDER BY imported_at DESC, studies.rowid DESC`,
        )
        .all()
        .map((row) => studyRowOf(row, row.headline)),
    );
  }

  study(id: string): StudyDetail {
    return this.#read(() => {
      const row = this.studyRecord(id);
      const stored = this.analysisRecord(id);
      const shown = hasAnswer(row) ? stored : undefined;
      const count = this.#database
        .prepare<[string], { active: number; undone: number }>(
          `SELECT count(*) FILTER (WHERE state = 'active') AS active, count(*) FILTER (WHERE state = 'undone') AS undone
           FROM corrections WHERE study_id = ?`,
        )
        .get(id)!;
      const open = row.status === 'preliminary';
      return {
        ...studyRowOf(row, stored?.headline ?? null),
        samplingRateHz: row.sampling_rate_hz,
        lengthSamples: row.length_samples,
        warnings: fromTypedJson(sentencesColumn, row.warnings),
        events: eventsOf(row),
        summary: shown === undefined ? null : fromTypedJson(summaryColumn, shown.summary),
        findings: shown === undefined ? [] : fromTypedJson(findingsColumn, shown.findings),
        provenance: shown === undefined ? null : fromTypedJson(provenanceColumn, shown.provenance),
        error: errorOf(row),
        corrections: {
          count: count.active,
          canUndo: open && count.active > 0,
          canRedo: open && count.undone > 0,
        },
        confirmed:
          row.confirmed_by === null || row.confirmed_at === null
            ? null
            : { by: row.confirmed_by, at: row.confirmed_at },
      };
    });
  }

  findByContent(contentSha256: string): string | null {
    return this.#read(
      () =>
        this.#database
          .prepare<[string], { id: string }>('SELECT id FROM studies WHERE content_sha256 = ?')
          .get(contentSha256)?.id ?? null,
    );
  }

  recording(id: string): EcgRecording {
    const { readWindow, leads, ...about } = this.opened(id);
    return {
      ...about,
      leads: leads.map((lead, index) => ({
        ...lead,
        millivolts: readWindow(0, about.lengthSamples, [index])[0]!,
      })),
    };
  }

  opened(id: string): OpenedRecording {
    return this.#read(() => {
      const row = this.studyRecord(id);
      const leads = fromTypedJson(leadsColumn, row.leads);
      return {
        recordName: row.record_name,
        samplingRateHz: row.sampling_rate_hz,
        lengthSamples: row.length_samples,
        leads,
        recordedAt: row.recorded_at,
        patient: fromTypedJson(patientColumn, row.patient),
        comments: fromTypedJson(sentencesColumn, row.comments),
        ...(row.events === null ? {} : { events: eventsOf(row) }),
        warnings: fromTypedJson(sentencesColumn, row.warnings),
        readWindow: (start, length, places = [...leads.keys()]) =>
          this.#read(() => places.map((lead) => this.#samples(id, lead, start, length))),
      };
    });
  }

  contentSha256(id: string): string {
    return this.#read(() => this.studyRecord(id).content_sha256);
  }

  inputs(id: string): Provenance['inputs'] {
    return this.#read(() => fromTypedJson(inputsColumn, this.studyRecord(id).inputs));
  }

  signalWindow(
    id: string,
    leadIndexes: readonly number[],
    startSample: number,
    length: number,
  ): Float32Array[] {
    return this.#read(() => {
      const row = this.studyRecord(id);
      const start = Math.min(Math.max(0, startSample), row.length_samples);
      const end = Math.min(Math.max(start, startSample + length), row.length_samples);
      return leadIndexes.map((lead) => this.#samples(id, lead, start, end - start));
    });
  }

  overview(id: string, lead: number, columns: number): Float32Array {
    return this.#read(() => {
      const { length_samples: lengthSamples } = this.studyRecord(id);
      const level = levelFor(lengthSamples, columns);
      if (level === null) return columnsFromSamples(this.#samples(id, lead, 0, lengthSamples), columns);
      const pairBytes = 2 * Float32Array.BYTES_PER_ELEMENT;
      const pairs = this.#vault.read(
        this.#objectAddress(id, 'envelope', lead),
        level.firstBlock * pairBytes,
        level.blocks * pairBytes,
      );
      return columnsFromPairs(float32Of(pairs), columns);
    });
  }

  analysis(id: string): StoredAnalysis | null {
    return this.#read(() => {
      const study = this.studyRecord(id);
      const row = this.analysisRecord(id);
      if (row === undefined || !hasAnswer(study)) return null;
      const beats = this.#beats(id);
      return {
        beats: beats.rows(),
        ensemble: new StoredEnsemble(
          this.#vault,
          this.#ensembleAddresses(id),
          row.ensemble_samples,
          beats.count,
        ),
        summary: fromTypedJson(summaryColumn, row.machine_summary),
        findings: fromTypedJson(findingsColumn, row.machine_findings),
        provenance: fromTypedJson(provenanceColumn, row.provenance),
      };
    });
  }

  corrections(id: string): Correction[] {
    return this.#read(() => {
      this.studyRecord(id);
      return this.correctionRecords(id, 'active').map(correctionOf);
    });
  }

  nextRedo(id: string): Correction | null {
    return this.#read(() => {
      this.studyRecord(id);
      const next = this.correctionRecords(id, 'undone')[0];
      return next === undefined ? null : correctionOf(next);
    });
  }

  auditRows(options: { limit: number; beforeSequence: number | null }): AuditRow[] {
    return this.#read(() => this.#audit.rows(options));
  }

  verifyAudit(): { rows: number; brokenAtSequence: number | null } {
    return this.#read(() => this.#audit.verify());
  }

  interruptedStudies(): string[] {
    return this.#read(() =>
      this.#database
        .prepare<[], { id: string }>(
          `SELECT id FROM studies WHERE status IN ('queued', 'analysing') ORDER BY imported_at, rowid`,
        )
        .all()
        .map((row) => row.id),
    );
  }

  // --- for the writer ---------------------------------------------------------------------------------------

  /** @throws KirchhoffError 'not-found'. */
  studyRecord(id: string): StudyRecord {
    const row = this.#database.prepare<[string], StudyRecord>('SELECT * FROM studies WHERE id = ?').get(id);
    if (row === undefined) throw new KirchhoffError('not-found', 'This study is not in the records.', null);
    return row;
  }

  analysisRecord(id: string): AnalysisRecord | undefined {
    return this.#database
      .prepare<[string], AnalysisRecord>('SELECT * FROM analyses WHERE study_id = ?')
      .get(id);
  }

  /** In the order in which they were made. */
  correctionRecords(id: string, state: CorrectionRecord['state']): CorrectionRecord[] {
    return this.#database
      .prepare<[string, string], CorrectionRecord>(
        'SELECT * FROM corrections WHERE study_id = ? AND state = ? ORDER BY id',
      )
      .all(id, state);
  }

  /** The labels that count now for the beats at `samples`, which ascend; null where there is no beat. */
  labelsAt(id: string, samples: ArrayLike<number>): (BeatClass | null)[] {
    const beats = this.#beats(id);
    const [places, machine] = [beats.column('sample'), beats.column('label')];
    const labels = Array.from(samples, (sample) => {
      const row = indexOf(places, sample);
      return row < 0 ? null : BEAT_CLASSES[machine[row]!]!;
    });
    const relabel = (sample: number, label: BeatClass | null): void => {
      const asked = indexOf(samples, sample);
      if (asked >= 0) labels[asked] = label;
    };
    for (const row of this.correctionRecords(id, 'active')) {
      const correction = correctionOf(row);
      if (correction.kind === 'wave-limit') continue;
      if (correction.kind === 'relabel-many') {
        for (const sample of correction.samples) relabel(sample, correction.label);
      } else relabel(correction.sample, correction.kind === 'delete' ? null : correction.label);
    }
    return labels;
  }

  /** Where a limit of the median beat stands now by the reader's word. */
  placeOf(id: string, limit: WaveLimit): LimitPlace {
    const latest = this.correctionRecords(id, 'active').findLast((row) => row.wave_limit === limit);
    return latest?.limit_place == null
      ? { at: 'machine' }
      : fromTypedJson(limitPlaceColumn, latest.limit_place);
  }

  #beats(id: string): StoredBeats {
    const address = this.#objectAddress(id, 'beats', 0);
    return new StoredBeats(this.#vault.sizeOf(address), (offset, length) =>
      this.#vault.read(address, offset, length),
    );
  }

  #ensembleAddresses(id: string): string[] {
    return this.#database
      .prepare<[string], { address: string }>(
        `SELECT address FROM study_objects WHERE study_id = ? AND role = 'ensemble' ORDER BY lead`,
      )
      .all(id)
      .map(({ address }) => address);
  }

  #objectAddress(id: string, role: ObjectRole, lead: number): string {
    const row = this.#database
      .prepare<[string, string, number], { address: string }>(
        'SELECT address FROM study_objects WHERE study_id = ? AND role = ? AND lead = ?',
      )
      .get(id, role, lead);
    if (row === undefined)
      throw new KirchhoffError('invalid-request', `The study has no lead number ${lead + 1}.`, null);
    return row.address;
  }

  #samples(id: string, lead: number, start: number, length: number): Float32Array {
    const address = this.#objectAddress(id, 'signal', lead);
    return float32Of(this.#vault.read(address, start * BYTES_PER_SAMPLE, length * BYTES_PER_SAMPLE));
  }

  #read<Result>(work: () => Result): Result {
    if (!this.#database.open) throw new KirchhoffError('locked', 'The records are locked. Sign in.', null);
    return withStoreErrors(DATABASE_FILE, work);
  }
}

/** A failed study keeps an earlier analysis, but does not show it. */
function hasAnswer(row: StudyRecord): boolean {
  return row.status !== 'failed';
}

function eventsOf(row: StudyRecord): RecordedEvent[] {
  return row.events === null ? [] : fromTypedJson(eventsColumn, row.events);
}

function errorOf(row: StudyRecord): ErrorBody | null {
  return row.error === null ? null : fromTypedJson(errorColumn, row.error);
}

function studyRowOf(row: StudyRecord, headline: string | null): StudyRow {
  return {
    id: row.id,
    recordName: row.record_name,
    patient: fromTypedJson(patientColumn, row.patient),
    recordedAt: row.recorded_at,
    importedAt: row.imported_at,
    durationSeconds: row.length_samples / row.sampling_rate_hz,
    leads: fromTypedJson(leadsColumn, row.leads).map((lead) => lead.name),
    status: row.status,
    ...headlineOf(row, headline),
  };
}

function headlineOf(row: StudyRecord, headline: string | null): StudyHeadline {
  if (hasAnswer(row)) return headline === null ? NO_HEADLINE : fromTypedJson(headlineColumn, headline);
  return { ...NO_HEADLINE, headline: errorOf(row)?.message ?? null };
}

function correctionOf(row: CorrectionRecord): Correction {
  const parsed = correctionSchema.safeParse(correctionFields(row));
  if (!parsed.success)
    throw new KirchhoffError('store-corrupt', 'A stored correction is damaged.', DATABASE_FILE);
  return parsed.data;
}

function correctionFields(row: CorrectionRecord): object {
  const { kind, sample, samples, beat_group: group, limit_place: place } = row;
  if (kind === 'wave-limit') {
    return {
      kind,
      limit: row.wave_limit,
      place: place === null ? null : fromTypedJson(limitPlaceColumn, place),
    };
  }
  const where = samples === null ? { sample } : { samples: fromTypedJson(samplesColumn, samples), group };
  return row.label === null ? { kind, ...where } : { kind, ...where, label: row.label };
}

/** Index of a value of an ascending list; -1 where it is not in it. */
function indexOf(ascending: ArrayLike<number>, value: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return ascending[low] === value ? low : -1;
}

/** The vault hands out memory of its own that starts at offset 0. */
function float32Of(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / Float32Array.BYTES_PER_ELEMENT);
}
