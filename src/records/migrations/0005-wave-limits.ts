/**
 * Corrections of a limit of the median beat: they have no beat, but `wave_limit` and `limit_place` (JSON of where it
 * stands), and `label` and `previous_label` are words of the log. A CHECK cannot be changed in place, so the table is
 * made anew.
 */
export const WAVE_LIMIT_CORRECTIONS = `
CREATE TABLE corrections_of_beats_or_limits (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  study_id       TEXT NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
  kind           TEXT NOT NULL CHECK (kind IN ('relabel', 'add', 'delete', 'relabel-many', 'wave-limit')),
  sample         INTEGER,
  samples        TEXT,
  beat_group     TEXT,
  wave_limit     TEXT CHECK (wave_limit IN ('pOnset', 'pEnd', 'qrsOnset', 'qrsEnd', 'tOnset', 'tEnd')),
  limit_place    TEXT,
  label          TEXT,
  previous_label TEXT,
  user           TEXT NOT NULL,
  at             TEXT NOT NULL,
  state          TEXT NOT NULL CHECK (state IN ('active', 'undone', 'superseded')),
  CHECK ((kind IN ('relabel-many', 'wave-limit')) = (sample IS NULL)),
  CHECK ((kind = 'relabel-many') = (samples IS NOT NULL)),
  CHECK ((kind = 'relabel-many') = (beat_group IS NOT NULL)),
  CHECK ((kind = 'wave-limit') = (wave_limit IS NOT NULL)),
  CHECK ((kind = 'wave-limit') = (limit_place IS NOT NULL))
) STRICT;
INSERT INTO corrections_of_beats_or_limits
    (id, study_id, kind, sample, samples, beat_group, label, previous_label, user, at, state)
  SELECT id, study_id, kind, sample, samples, beat_group, label, previous_label, user, at, state FROM corrections;
-- Numbers of rows that are gone stay used, as AUTOINCREMENT promises.
UPDATE sqlite_sequence SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'corrections')
  WHERE name = 'corrections_of_beats_or_limits' AND EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'corrections');
DROP TABLE corrections;
ALTER TABLE corrections_of_beats_or_limits RENAME TO corrections;
CREATE INDEX corrections_by_study ON corrections (study_id, state, id);
`;
