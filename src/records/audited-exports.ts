/** Files written where the user put them: whole or not at all, and each in the audit log. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { keepPartial, partialPathOf, writeFileAtomically } from './atomic-write.ts';
import type { AuditedChanges } from './audited-changes.ts';
import { DATABASE_FILE, type RecordDatabase } from './database.ts';
import type { FaultPoints } from './faults.ts';
import { withStoreErrors } from './store-error.ts';

export interface Export {
  /** Of the study that it tells of. */
  id: string;
  format: string;
  path: string;
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
  write({ bytes, ...about }: Export & { bytes: Uint8Array }, prove: () => unknown): { sha256: string } {
    const sha256 = sha256Of(bytes);
    withStoreErrors(DATABASE_FILE, () => {
      prove();
      this.#expect(about, sha256);
    });
    return this.#keeping(about, sha256, () => writeFileAtomically(about.path, bytes, this.#faults));
  }

  /**
   * As `write`, of a file that is made elsewhere, in pieces.
   * @param make writes the file under the name that `partialPathOf` gives
   */
  async writeMade(
    about: Export,
    prove: () => unknown,
    make: () => Promise<{ sha256: string }>,
  ): Promise<{ sha256: string }> {
    withStoreErrors(DATABASE_FILE, () => {
      prove();
      // Not known yet: a process that dies meanwhile has finished nothing.
      this.#expect(about, '');
    });
    let sha256: string;
    try {
      ({ sha256 } = await make());
    } catch (thrown) {
      if (this.#database.open) this.#forget(about.path);
      throw thrown;
    }
    withStoreErrors(DATABASE_FILE, () => this.#expect(about, sha256));
    return this.#keeping(about, sha256, () => keepPartial(about.path, this.#faults));
  }

  #keeping(about: Export, sha256: string, keep: () => void): { sha256: string } {
    try {
      keep();
    } catch (thrown) {
      this.#forget(about.path);
      throw thrown;
    }
    this.#changes.commit((record) => {
      this.#forget(about.path);
      record('export.written', about.id, exportWords(about.format, sha256, basename(about.path)));
    });
    return { sha256 };
  }

  #expect({ id, format, path }: Export, sha256: string): void {
    this.#database
      .prepare(
        'INSERT OR REPLACE INTO pending_exports (path, study_id, format, sha256, user) VALUES (?, ?, ?, ?, ?)',
      )
      .run(path, id, format, sha256, this.#changes.user);
  }

  #forget(path: string): void {
    this.#database.prepare('DELETE FROM pending_exports WHERE path = ?').run(path);
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
  // Of a file that was never finished there is none.
  return sha256 === '' ? `${format}, file ${fileName}` : `${format}, SHA-256 ${sha256}, file ${fileName}`;
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
