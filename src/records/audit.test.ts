import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AUDIT_ANCHOR_FILE, AuditLog } from './audit.ts';
import { openDatabase, type RecordDatabase } from './database.ts';
import { noFaults } from './faults.ts';

let folder: string;
let key: Buffer;
let database: RecordDatabase;
let audit: AuditLog;

function append(detail: string): void {
  audit.append({
    at: '2026-03-01T10:00:00.000Z',
    user: 'Ohm',
    action: 'study.viewed',
    subject: null,
    detail,
  });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kirchhoff-audit-'));
  key = randomBytes(32);
  database = openDatabase(join(folder, 'records.db'), randomBytes(32), { create: true });
  audit = new AuditLog(database, folder, key, noFaults);
  for (let row = 1; row <= 5; row++) append(`row ${row}`);
  audit.anchor();
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

/** What somebody with the database's key could do: the triggers are only a guard against our own mistakes. */
function tamper(sql: string): void {
  database.exec(
    'DROP TRIGGER audit_rows_never_change; DROP TRIGGER audit_rows_stay; DROP TRIGGER audit_rows_follow_on',
  );
  database.exec(sql);
}

describe('audit log', () => {
  it('is whole when nothing was done to it, also ahead of its anchor', () => {
    expect(audit.verify()).toEqual({ rows: 5, brokenAtSequence: null });
    append('committed, not anchored');
    expect(audit.anchorBreak()).toBeNull();
    expect(audit.verify()).toEqual({ rows: 6, brokenAtSequence: null });
  });

  it.each([
    `UPDATE audit SET detail = 'other' WHERE sequence = 3`,
    'DELETE FROM audit WHERE sequence = 3',
    'DELETE FROM audit',
    `INSERT OR REPLACE INTO audit VALUES (3, 'x', 'x', 'login', NULL, 'x', 'x')`,
    `INSERT INTO audit VALUES (7, 'x', 'x', 'login', NULL, 'x', 'x')`,
  ])('refuses %s', (sql) => {
    expect(() => database.exec(sql)).toThrow(/audit rows/);
    expect(audit.verify()).toEqual({ rows: 5, brokenAtSequence: null });
  });

  it.each(['at', 'user', 'action', 'subject', 'detail', 'hash'])('sees a changed %s', (column) => {
    tamper(`UPDATE audit SET ${column} = 'changed' WHERE sequence = 3`);
    expect(audit.verify()).toEqual({ rows: 5, brokenAtSequence: 3 });
  });

  it('sees a row taken out, exchanged or put in', () => {
    tamper('DELETE FROM audit WHERE sequence = 2');
    expect(audit.verify().brokenAtSequence).toBe(2);
    database.exec('UPDATE audit SET sequence = sequence - 1 WHERE sequence > 2');
    expect(audit.verify().brokenAtSequence).toBe(2);
  });

  it('sees rows cut off the end, and others put in their place', () => {
    tamper('DELETE FROM audit WHERE sequence > 3');
    expect(audit.verify()).toEqual({ rows: 3, brokenAtSequence: 4 });
    append('another row 4');
    expect(audit.verify().brokenAtSequence).toBe(5);
    append('another row 5');
    expect(audit.verify().brokenAtSequence).toBe(5);
    append('row 6');
    expect(audit.verify().brokenAtSequence).toBe(5);
  });

  it('sees the log emptied, with or without its anchor', () => {
    tamper('DELETE FROM audit');
    expect(audit.verify()).toEqual({ rows: 0, brokenAtSequence: 1 });
    rmSync(join(folder, AUDIT_ANCHOR_FILE));
    expect(audit.verify().brokenAtSequence).not.toBeNull();
  });

  it('sees an anchor that was changed, or made with another key', () => {
    const path = join(folder, AUDIT_ANCHOR_FILE);
    const anchor = JSON.parse(readFileSync(path, 'utf8')) as { rows: number };
    writeFileSync(path, JSON.stringify({ ...anchor, rows: 4 }));
    expect(audit.verify().brokenAtSequence).toBe(5);
    new AuditLog(database, folder, randomBytes(32), noFaults).anchor();
    expect(audit.verify().brokenAtSequence).toBe(5);
    writeFileSync(path, 'not json');
    expect(audit.verify().brokenAtSequence).toBe(5);
    audit.anchor();
    expect(audit.verify().brokenAtSequence).toBeNull();
  });

  it('stays broken once a break was noted, whatever follows', () => {
    audit.append({
      at: 'x',
      user: 'Ohm',
      action: 'audit.broken',
      subject: null,
      detail: 'The anchor is missing.',
    });
    append('afterwards');
    audit.anchor();
    expect(audit.verify()).toEqual({ rows: 7, brokenAtSequence: 6 });
  });
});
