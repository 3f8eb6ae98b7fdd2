/**
 * The audit log: rows that are only ever appended, each with an HMAC-SHA256 over its content and the hash of the
 * row before. Count and head are anchored in a file of their own, so that rows cut off the end are missed too.
 * The database may be ahead of the anchor (a crash between commit and anchor), never behind it.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { AuditRow } from '../contract/protocol.ts';
import { writeChunksAtomically } from './atomic-write.ts';
import type { RecordDatabase } from './database.ts';
import type { FaultPoints } from './faults.ts';

export const AUDIT_ANCHOR_FILE = 'audit-anchor.json';

/** What the log tells apart. */
export type AuditAction =
  | 'store.created'
  | 'user.created'
  | 'login'
  | 'login.failed'
  | 'lock'
  | 'key.recovered'
  | 'key.unchanged'
  | 'settings.changed'
  | 'study.imported'
  | 'study.viewed'
  | 'study.removed'
  | 'study.confirmed'
  | 'study.reopened'
  | 'analysis.saved'
  | 'analysis.refused'
  | 'analysis.failed'
  | 'correction.added'
  | 'correction.undone'
  | 'correction.redone'
  | 'image.imported'
  | 'image.annotated'
  | 'image.read'
  | 'export.written'
  | 'export.interrupted'
  | 'audit.broken';

export interface AuditEntry {
  at: string;
  user: string;
  action: AuditAction;
  /** Id of the study; null where it is not about one. */
  subject: string | null;
  /** Plain words, with old and new value where something changed. */
  detail: string;
}

const anchorSchema = z.object({ rows: z.int().min(0), head: z.string(), mac: z.string() }).strict();
type Anchor = z.infer<typeof anchorSchema>;

/** Hash before the first row. */
const BEGINNING = '0'.repeat(64);

export class AuditLog {
  readonly #database: RecordDatabase;
  readonly #anchorPath: string;
  readonly #key: Buffer;
  readonly #faults: FaultPoints;

  /** @param key 32 bytes, owned (and zeroised) by the caller. */
  constructor(database: RecordDatabase, directory: string, key: Buffer, faults: FaultPoints) {
    this.#database = database;
    this.#anchorPath = join(directory, AUDIT_ANCHOR_FILE);
    this.#key = key;
    this.#faults = faults;
  }

  /** Appends a row; call it inside the transaction of the change that it tells of, then `anchor` after commit. */
  append(entry: AuditEntry): void {
    const head = this.#head();
    const row = { sequence: head.rows + 1, ...entry };
    this.#database
      .prepare(
        'INSERT INTO audit (sequence, at, user, action, subject, detail, hash) VALUES (?, ?, ?, ?, ?, ?, ?)',
      )
      .run(row.sequence, row.at, row.user, row.action, row.subject, row.detail, this.#hashOf(row, head.hash));
  }

  /** Makes the present end of the log the anchored one. */
  anchor(): void {
    this.#faults.hit('audit-append');
    const { rows, hash } = this.#head();
    const anchor: Anchor = { rows, head: hash, mac: this.#macOf(rows, hash) };
    writeChunksAtomically(
      this.#anchorPath,
      [Buffer.from(JSON.stringify(anchor))],
      this.#faults,
      'keyring-write',
    );
  }

  /**
   * Why the log does not go on from its anchor, or null where it does. Cheap: one row is read; `verify` reads all.
   */
  anchorBreak(): { brokenAtSequence: number; why: string } | null {
    const anchor = this.#readAnchor();
    const { rows } = this.#head();
    if (anchor === null)
      return { brokenAtSequence: rows, why: 'The anchor of the audit log is missing or was changed.' };
    if (rows < anchor.rows) {
      return {
        brokenAtSequence: rows + 1,
        why: `The audit log has ${rows} rows, its anchor knows ${anchor.rows}.`,
      };
    }
    if (this.#hashAt(anchor.rows) !== anchor.head) {
      return {
        brokenAtSequence: anchor.rows,
        why: `Row ${anchor.rows} of the audit log is not the anchored one.`,
      };
    }
    return null;
  }

  /**
   * Proves the log whole: every hash, the sequence without gaps, the anchored end. Once a break was found at an
   * unlock (row 'audit.broken'), the log stays broken: rows that followed cannot mend it.
   * @returns brokenAtSequence: first row that is missing, changed or not as anchored; null where all is whole.
   */
  verify(): { rows: number; brokenAtSequence: number | null } {
    let expected = 1;
    let previous = BEGINNING;
    const { rows } = this.#head();
    for (const row of this.#database
      .prepare<[], AuditRow>('SELECT * FROM audit ORDER BY sequence')
      .iterate()) {
      const sound =
        row.sequence === expected &&
        sameHash(row.hash, this.#hashOf(row, previous)) &&
        row.action !== ('audit.broken' satisfies AuditAction);
      if (!sound) return { rows, brokenAtSequence: expected };
      previous = row.hash;
      expected++;
    }
    return { rows, brokenAtSequence: this.anchorBreak()?.brokenAtSequence ?? null };
  }

  /** Newest first. */
  rows(options: { limit: number; beforeSequence: number | null }): AuditRow[] {
    return this.#database
      .prepare<[number, number], AuditRow>(
        'SELECT * FROM audit WHERE sequence < ? ORDER BY sequence DESC LIMIT ?',
      )
      .all(options.beforeSequence ?? Number.MAX_SAFE_INTEGER, options.limit);
  }

  #head(): { rows: number; hash: string } {
    const last = this.#database
      .prepare<[], { sequence: number; hash: string }>(
        'SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1',
      )
      .get();
    return last === undefined ? { rows: 0, hash: BEGINNING } : { rows: last.sequence, hash: last.hash };
  }

  #hashAt(sequence: number): string | null {
    if (sequence === 0) return BEGINNING;
    const row = this.#database
      .prepare<[number], { hash: string }>('SELECT hash FROM audit WHERE sequence = ?')
      .get(sequence);
    return row?.hash ?? null;
  }

  /** An array has one order, so its JSON is canonical. */
  #hashOf(row: (AuditEntry & { sequence: number }) | AuditRow, previous: string): string {
    const content = JSON.stringify([
      row.sequence,
      row.at,
      row.user,
      row.action,
      row.subject,
      row.detail,
      previous,
    ]);
    return createHmac('sha256', this.#key).update(content).digest('hex');
  }

  #macOf(rows: number, head: string): string {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify(['anchor', rows, head]))
      .digest('hex');
  }

  #readAnchor(): Anchor | null {
    if (!existsSync(this.#anchorPath)) return null;
    try {
      const anchor = anchorSchema.parse(JSON.parse(readFileSync(this.#anchorPath, 'utf8')));
      return sameHash(anchor.mac, this.#macOf(anchor.rows, anchor.head)) ? anchor : null;
    } catch {
      return null;
    }
  }
}

function sameHash(left: string, right: string): boolean {
  const a = Buffer.from(left);
  const b = Buffer.from(right);
  return a.length === b.length && timingSafeEqual(a, b);
}
