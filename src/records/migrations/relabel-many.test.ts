import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../database.ts';
import { MIGRATIONS } from './index.ts';

describe('corrections of a store without corrections of many beats', () => {
  it('are kept with their numbers, and new ones go on from there', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kirchhoff-migration-'));
    try {
      const database = openDatabase(join(folder, 'records.db'), randomBytes(32), { create: true });
      // Back to version 2 of the table, with two rows of which one was taken back.
      database.exec('DROP TABLE corrections');
      const created = /CREATE TABLE corrections[\s\S]*?STRICT;/.exec(MIGRATIONS[0]!)![0];
      database.exec(created);
      database.exec(`INSERT INTO studies (id, content_sha256, record_name, patient, imported_at, sampling_rate_hz,
          length_samples, leads, comments, warnings, inputs, status)
        VALUES ('s', 'c', 'r', '{}', '', 360, 1, '[]', '[]', '[]', '[]', 'preliminary');
        INSERT INTO corrections (id, study_id, kind, sample, label, previous_label, user, at, state) VALUES
          (4, 's', 'relabel', 400, 'V', 'N', 'u', 't', 'active'), (7, 's', 'delete', 700, NULL, 'N', 'u', 't', 'undone')`);
      database.exec(MIGRATIONS[2]!);
      const rows = () => database.prepare('SELECT * FROM corrections ORDER BY id').all();
      const both = {
        study_id: 's',
        samples: null,
        beat_group: null,
        previous_label: 'N',
        user: 'u',
        at: 't',
      };
      expect(rows()).toEqual([
        { ...both, id: 4, kind: 'relabel', sample: 400, label: 'V', state: 'active' },
        { ...both, id: 7, kind: 'delete', sample: 700, label: null, state: 'undone' },
      ]);
      const add = database.prepare(
        `INSERT INTO corrections (study_id, kind, sample, samples, beat_group, label, user, at, state)
         VALUES ('s', 'relabel-many', ?, ?, ?, 'V', 'u', 't', 'active')`,
      );
      expect(() => add.run(1, '[]', 'Template 1')).toThrow(/CHECK/);
      expect(() => add.run(null, '[]', null)).toThrow(/CHECK/);
      expect(add.run(null, '[]', 'Template 1').lastInsertRowid).toBe(8);
      database.exec(`DELETE FROM studies WHERE id = 's'`);
      expect(rows()).toEqual([]);
      database.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
