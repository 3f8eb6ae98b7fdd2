/** Every change to the records goes through here: one transaction, with the audit row that tells of it. */
import type { AuditAction, AuditLog } from './audit.ts';
import { DATABASE_FILE, type RecordDatabase } from './database.ts';
import type { FaultPoints } from './faults.ts';
import { storeError } from './store-error.ts';

/** Appends an audit row for the present user to the change under way. */
export type Recorder = (action: AuditAction, subject: string | null, detail: string, user?: string) => void;

export class AuditedChanges {
  readonly #database: RecordDatabase;
  readonly #audit: AuditLog;
  readonly #user: string;
  readonly #now: () => Date;
  readonly #faults: FaultPoints;

  constructor(database: RecordDatabase, audit: AuditLog, user: string, now: () => Date, faults: FaultPoints) {
    this.#database = database;
    this.#audit = audit;
    this.#user = user;
    this.#now = now;
    this.#faults = faults;
  }

  get user(): string {
    return this.#user;
  }

  /** ISO 8601, UTC. */
  timestamp(): string {
    return this.#now().toISOString();
  }

  /**
   * Runs `work` in a transaction; all of it is durable when this returns, none of it where it throws.
   * @throws KirchhoffError 'disk-full', 'store-corrupt', and what `work` throws.
   */
  commit<Result>(work: (record: Recorder) => Result): Result {
    const record: Recorder = (action, subject, detail, user = this.#user) =>
      this.#audit.append({ at: this.timestamp(), user, action, subject, detail });
    let result: Result;
    try {
      result = this.#database
        .transaction(() => {
          const made = work(record);
          this.#faults.hit('row-commit');
          return made;
        })
        .immediate();
    } catch (thrown) {
      throw storeError(thrown, DATABASE_FILE);
    }
    try {
      this.#audit.anchor();
    } catch {
      // The change is saved, so it must not be reported as failed. A log ahead of its anchor is sound, and the
      // next change anchors both.
    }
    return result;
  }
}
