/** The encrypted database: SQLCipher pages under a raw 256-bit key, opened, checked and brought up to date. */
import Database from 'better-sqlite3-multiple-ciphers';
import { KirchhoffError } from '../contract/errors.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { withStoreErrors } from './store-error.ts';

export const DATABASE_FILE = 'records.db';
export const SCHEMA_VERSION = MIGRATIONS.length;

export type RecordDatabase = Database.Database;

/**
 * Opens (or, with `create`, makes) the database and applies the migrations that it lacks.
 * @param key 32 bytes.
 * @throws KirchhoffError 'store-corrupt' (missing, damaged or of another key), 'format-unsupported' (made by a
 * newer version), 'disk-full', 'store-in-use'.
 */
export function openDatabase(path: string, key: Buffer, options: { create: boolean }): RecordDatabase {
  return withStoreErrors(DATABASE_FILE, () => {
    const database = openFile(path, options.create);
    try {
      applyKey(database, key);
      // WAL with FULL: a commit that returned survives a power cut.
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = FULL');
      database.pragma('foreign_keys = ON');
      // Nothing of a query is ever spilled to a file in the clear.
      database.pragma('temp_store = MEMORY');
      database.pragma('secure_delete = ON');
      // REPLACE must run the triggers that protect the audit log.
      database.pragma('recursive_triggers = ON');
      if (database.pragma('quick_check(1)', { simple: true }) !== 'ok') {
        throw new KirchhoffError(
          'store-corrupt',
          'The records are damaged. Restore them from a backup.',
          DATABASE_FILE,
        );
      }
      migrate(database);
      return database;
    } catch (thrown) {
      database.close();
      throw thrown;
    }
  });
}

function openFile(path: string, create: boolean): RecordDatabase {
  try {
    return new Database(path, { timeout: 2000, fileMustExist: !create });
  } catch (thrown) {
    if (!create && (thrown as { code?: unknown }).code === 'SQLITE_CANTOPEN') {
      throw new KirchhoffError(
        'store-corrupt',
        'The records are missing. Restore them from a backup.',
        DATABASE_FILE,
      );
    }
    throw thrown;
  }
}

function applyKey(database: RecordDatabase, key: Buffer): void {
  database.pragma("cipher = 'sqlcipher'");
  const literal = Buffer.alloc(3 + 2 * key.length);
  literal.write("x'", 0, 'ascii');
  // Digit by digit, so that the key never is a string, which could not be overwritten.
  for (let index = 0; index < key.length; index++) {
    literal[2 + 2 * index] = hexDigit(key[index]! >> 4);
    literal[3 + 2 * index] = hexDigit(key[index]! & 15);
  }
  literal.write("'", literal.length - 1, 'ascii');
  database.key(literal);
  literal.fill(0);
}

function hexDigit(value: number): number {
  return value < 10 ? 0x30 + value : 0x57 + value;
}

function migrate(database: RecordDatabase): void {
  const version = database.pragma('user_version', { simple: true }) as number;
  if (version > SCHEMA_VERSION) {
    throw new KirchhoffError(
      'format-unsupported',
      `These records were made by a newer Kirchhoff (schema ${version}, this one knows ${SCHEMA_VERSION}). Update it.`,
      DATABASE_FILE,
    );
  }
  for (let next = version; next < SCHEMA_VERSION; next++) {
    database
      .transaction(() => {
        database.exec(MIGRATIONS[next]!);
        database.pragma(`user_version = ${next + 1}`);
      })
      .immediate();
  }
}
