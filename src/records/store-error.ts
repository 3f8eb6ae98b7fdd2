/** Turns what the file system and SQLite throw into the errors that a user sees. */
import { KirchhoffError } from '../contract/errors.ts';

/**
 * The user-facing error of anything thrown while the store was read or written; what is already one passes
 * unchanged, what is not known is returned as it is (a defect, shown as `internal`).
 * @param at file or part of the store, without the folder.
 */
export function storeError(thrown: unknown, at: string): unknown {
  if (thrown instanceof KirchhoffError) return thrown;
  const code = (thrown as { code?: unknown } | null)?.code;
  if (typeof code !== 'string') return thrown;
  if (code === 'ENOSPC' || code === 'EDQUOT' || code.startsWith('SQLITE_FULL')) {
    return new KirchhoffError(
      'disk-full',
      'The disk is full. Free some space and try again; nothing was saved.',
      at,
    );
  }
  if (code.startsWith('SQLITE_CORRUPT') || code.startsWith('SQLITE_NOTADB')) {
    return new KirchhoffError('store-corrupt', 'The records are damaged. Restore them from a backup.', at);
  }
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new KirchhoffError('store-in-use', 'Another Kirchhoff uses these records. Close it first.', at);
  }
  return thrown;
}

/** Runs `work`; what it throws is thrown on as `storeError` tells. */
export function withStoreErrors<Result>(at: string, work: () => Result): Result {
  try {
    return work();
  } catch (thrown) {
    throw storeError(thrown, at);
  }
}
