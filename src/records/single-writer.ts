/** One process at a time: a store's folder has one writer. */
import { join } from 'node:path';
import Database from 'better-sqlite3-multiple-ciphers';
import { withStoreErrors } from './store-error.ts';

const WRITER_LOCK_FILE = 'writer.lock';

export interface WriterLock {
  release(): void;
}

/**
 * Takes the folder's writer lock. An empty SQLite file held in an exclusive transaction is the lock: the
 * operating system frees it when the process ends, however it ends, so no stale lock is ever left.
 * @throws KirchhoffError 'store-in-use' where another process (or this one) holds it.
 */
export function takeWriterLock(directory: string): WriterLock {
  return withStoreErrors(WRITER_LOCK_FILE, () => {
    const lock = new Database(join(directory, WRITER_LOCK_FILE), { timeout: 0 });
    try {
      lock.exec('BEGIN EXCLUSIVE');
    } catch (thrown) {
      lock.close();
      throw thrown;
    }
    return { release: () => void lock.close() };
  });
}
