/** A reader confirms a study, and opens it again with a reason: the same act on recordings and on images. */
import { KirchhoffError } from '../contract/errors.ts';
import type { StudyStatus } from '../contract/study.ts';
import type { AuditedChanges } from './audited-changes.ts';
import type { RecordDatabase } from './database.ts';

/** What both tables hold of it. */
interface SignedRow {
  status: StudyStatus;
  confirmed_by: string | null;
  confirmed_at: string | null;
}

/** What a kind of study asks before it is confirmed; throws KirchhoffError where it is not fit for that. */
type Check = (status: StudyStatus) => void;

export class SignOff {
  readonly #database: RecordDatabase;
  readonly #changes: AuditedChanges;
  readonly #table: 'studies' | 'image_studies';
  readonly #rowOf: (id: string) => SignedRow;

  /** @param rowOf throws KirchhoffError `not-found` for an unknown study */
  constructor(
    database: RecordDatabase,
    changes: AuditedChanges,
    table: 'studies' | 'image_studies',
    rowOf: (id: string) => SignedRow,
  ) {
    this.#database = database;
    this.#changes = changes;
    this.#table = table;
    this.#rowOf = rowOf;
  }

  confirm(id: string, check: Check): void {
    this.#changes.commit((record) => {
      const { status } = this.#rowOf(id);
      check(status);
      this.#database
        .prepare(
          `UPDATE ${this.#table} SET status = 'confirmed', confirmed_by = ?, confirmed_at = ? WHERE id = ?`,
        )
        .run(this.#changes.user, this.#changes.timestamp(), id);
      record('study.confirmed', id, `${status} -> confirmed`);
    });
  }

  /** @throws KirchhoffError `invalid-request` where it is not confirmed */
  reopen(id: string, reason: string): void {
    this.#changes.commit((record) => {
      const { status, confirmed_by, confirmed_at } = this.#rowOf(id);
      if (status !== 'confirmed') {
        throw new KirchhoffError(
          'invalid-request',
          `Only a confirmed study is reopened; this one is ${status}.`,
        );
      }
      this.#database
        .prepare(
          `UPDATE ${this.#table} SET status = 'preliminary', confirmed_by = NULL, confirmed_at = NULL WHERE id = ?`,
        )
        .run(id);
      record(
        'study.reopened',
        id,
        `confirmed (by ${confirmed_by} at ${confirmed_at}) -> preliminary: ${reason}`,
      );
    });
  }
}
