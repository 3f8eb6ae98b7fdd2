/**
 * Corrections of many beats at once: one row, so that one undo takes it back. A correction of one beat has `sample`,
 * one of many `samples` (the JSON of its sample indices) and `beat_group`, what the beats have in common. A CHECK
 * cannot be changed in place, so the table is made anew.
 */
export const RELABEL_MANY = `
CREATE TABLE corrections_of_one_or_many (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  study_id       TEXT NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
  kind           TEXT NOT NULL CHECK (kind IN ('relabel', 'add', 'delete', 'relabel-many')),
  sample         INTEGER,
  samples        TEXT,
  beat_group     TEXT,
  label          TEXT,
  previous_label TEXT,
  user           TEXT NOT NULL,
  at             TEXT NOT NULL,
  state          TEXT NOT NULL CHECK (state IN ('active', 'undone', 'superseded')),
  CHECK ((kind = 'relabel-many') = (sample IS NULL)),
  CHECK ((kind = 'relabel-many') = (samples IS NOT NULL)),
  CHECK ((kind = 'relabel-many') = (beat_group IS NOT NULL))
) STRICT;
INSERT INTO corrections_of_one_or_many (id, study_id, kind, sample, label, previous_label, user, at, state)
  SELECT id, study_id, kind, sample, label, previous_label, user, at, state FROM corrections;
DROP TABLE corrections;
ALTER TABLE corrections_of_one_or_many RENAME TO corrections;
CREATE INDEX corrections_by_study ON corrections (study_id, state, id);
`;
