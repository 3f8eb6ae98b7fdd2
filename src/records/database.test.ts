import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../contract/errors.ts';
import { openDatabase, type RecordDatabase, SCHEMA_VERSION } from './database.ts';
import { withStoreErrors } from './store-error.ts';

let folder: string;
let path: string;
let key: Buffer;

const code = (expected: ErrorCode) =>
  expect.objectContaining({ body: expect.objectContaining({ code: expected }) });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kirchhoff-database-'));
  path = join(folder, 'records.db');
  key = randomBytes(32);
});
afterEach(() => rmSync(folder, { recursive: true }));

function made(): RecordDatabase {
  return openDatabase(path, key, { create: true });
}

function fillSettings(database: RecordDatabase, rows: number): void {
  const insert = database.prepare('INSERT INTO settings (name, value) VALUES (?, ?)');
  for (let row = 0; row < rows; row++) insert.run(`name ${row}`, 'x'.repeat(1000));
}

describe('database', () => {
  it('is encrypted from its first byte and opens with its key only', () => {
    const database = made();
    fillSettings(database, 10);
    database.close();
    const bytes = readFileSync(path);
    expect(bytes.toString('latin1')).not.toMatch(/SQLite|settings|xxxxxxxx/);
    expect(() => openDatabase(path, randomBytes(32), { create: false })).toThrow(code('store-corrupt'));
    const again = openDatabase(path, key, { create: false });
    expect(again.prepare('SELECT count(*) AS n FROM settings').get()).toEqual({ n: 10 });
    again.close();
  });

  it('is set up to lose nothing and to spill nothing', () => {
    const database = made();
    const pragma = (name: string) => database.pragma(name, { simple: true });
    expect([
      pragma('journal_mode'),
      pragma('synchronous'),
      pragma('foreign_keys'),
      pragma('temp_store'),
    ]).toEqual(['wal', 2, 1, 2]);
    expect(pragma('user_version')).toBe(SCHEMA_VERSION);
    const loose = database
      .prepare(
        `SELECT name FROM pragma_table_list WHERE type = 'table' AND NOT strict AND name NOT LIKE 'sqlite%'`,
      )
      .all();
    expect(loose).toEqual([]);
    database.close();
  });

  it('refuses records of a newer version, and leaves them as they are', () => {
    const database = made();
    database.pragma(`user_version = ${SCHEMA_VERSION + 1}`);
    database.close();
    const before = readFileSync(path);
    expect(() => openDatabase(path, key, { create: false })).toThrow(code('format-unsupported'));
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('says so where the file is missing, and makes none', () => {
    expect(() => openDatabase(path, key, { create: false })).toThrow(code('store-corrupt'));
    expect(existsSync(path)).toBe(false);
  });

  it.each([0, 20, 5000, 40_000])('says so where the file is damaged at byte %i', (byte) => {
    const database = made();
    fillSettings(database, 100);
    database.close();
    const bytes = readFileSync(path);
    expect(bytes.length).toBeGreaterThan(byte);
    bytes[byte]! ^= 1;
    writeFileSync(path, bytes);
    expect(() => openDatabase(path, key, { create: false })).toThrow(code('store-corrupt'));
  });

  it('says so where the file was cut short', () => {
    const database = made();
    fillSettings(database, 100);
    database.close();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, bytes.length >> 1));
    expect(() => openDatabase(path, key, { create: false })).toThrow(code('store-corrupt'));
  });

  it('says so where the disk is full', () => {
    const database = made();
    database.pragma('max_page_count = 40');
    expect(() => withStoreErrors('records.db', () => fillSettings(database, 1000))).toThrow(
      code('disk-full'),
    );
    database.close();
  });
});
