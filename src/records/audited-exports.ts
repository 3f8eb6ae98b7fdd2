/** Files written where the user put them: whole or not at all, and each in the audit log. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { partialPathOf, writeFileAtomically } from './atomic-write.ts';
import type { AuditedChanges } from './audited-changes.ts';
import { DATABASE_FILE, type RecordDatabase } from './database.ts';
import type { FaultPoints } from './faults.ts';
import { withStoreErrors } from './store-error.ts';

export interface Export {
  /** Of the study that it tells of. */
  id: string;
  format: string;
  path: string;
  bytes: Uint8Array;
}

export class AuditedExports {
  readonly #database: RecordDatabase;
  readonly #changes: AuditedChanges;
  readonly #faults: FaultPoints;

  constructor(database: RecordDatabase, changes: AuditedChanges, faults: FaultPoints) {
    this.#database = database;
    this.#changes = changes;
    this.#faults = faults;
  }

  /** @param prove throws where the study is not in the records */
  write({ id, format, path, bytes }: Export, prove: () => unknown): { sha256: string } {
    const sha256 = sha256Of(bytes);
    withStoreErrors(DATABASE_FILE, () => {
      prove();
      this.#database
        .prepare(
          'INSERT OR REPLACE INTO pending_exports (path, study_id, format, sha256, user) VALUES (?, ?, ?, ?, ?)',
        )
        .run(path, id, format, sha256, this.#changes.user);
    });
    try {
      writeFileAtomically(path, bytes, this.#faults);
    } catch (thrown) {
      this.#database.prepare('DELETE FROM pending_exports WHERE path = ?').run(path);
      throw thrown;
    }
    this.#changes.commit((record) => {
      this.#database.prepare('DELETE FROM pending_exports WHERE path = ?').run(path);
      record('export.written', id, exportWords(format, sha256, basename(path)));
    });
    return { sha256 };
  }

  /** Records what a killed process had finished, and deletes what is left of what it had not. */
  clearInterrupted(): void {
    const cutShort = this.#database
      .prepare<[], { path: string; study_id: string; format: string; sha256: string; user: string }>(
        'SELECT * FROM pending_exports',
      )
      .all();
    for (const { path, study_id: id, format, sha256, user } of cutShort) {
      const finished = clearExport(path, sha256);
      this.#changes.commit((record) => {
        this.#database.prepare('DELETE FROM pending_exports WHERE path = ?').run(path);
        const action = finished ? 'export.written' : 'export.interrupted';
        record(action, id, exportWords(format, sha256, basename(path)), user);
      });
    }
  }
}

export function exportWords(format: string, sha256: string, fileName: string): string {
  return `${format}, SHA-256 ${sha256}, file ${fileName}`;
}

/** Deletes what is left of a write to `path`, and tells whether the file there is the whole one. */
function clearExport(path: string, sha256: string): boolean {
  try {
    rmSync(partialPathOf(path), { force: true });
    return existsSync(path) && sha256Of(readFileSync(path)) === sha256;
  } catch {
    // The place that the user chose may be gone (a drive unplugged); that must not keep the records locked.
    return false;
  }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
