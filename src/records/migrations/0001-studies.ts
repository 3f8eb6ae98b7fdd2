/** Studies, their vault objects, analyses and corrections, the audit log, pending exports, settings. */
export const STUDIES = `
CREATE TABLE studies (
  id               TEXT PRIMARY KEY,
  content_sha256   TEXT NOT NULL UNIQUE,
  record_name      TEXT NOT NULL,
  patient          TEXT NOT NULL,
  recorded_at      TEXT,
  imported_at      TEXT NOT NULL,
  sampling_rate_hz REAL NOT NULL,
  length_samples   INTEGER NOT NULL,
  leads            TEXT NOT NULL,
  comments         TEXT NOT NULL,
  warnings         TEXT NOT NULL,
  inputs           TEXT NOT NULL,
  status           TEXT NOT NULL
    CHECK (status IN ('queued', 'analysing', 'preliminary', 'confirmed', 'refused', 'failed')),
  error            TEXT,
  confirmed_by     TEXT,
  confirmed_at     TEXT
) STRICT;

-- Which vault objects are in use; what no row names is swept.
CREATE TABLE study_objects (
  study_id TEXT NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
  role     TEXT NOT NULL CHECK (role IN ('signal', 'envelope', 'beats', 'ensemble')),
  lead     INTEGER NOT NULL,
  address  TEXT NOT NULL,
  PRIMARY KEY (study_id, role, lead)
) STRICT;
CREATE INDEX study_objects_by_address ON study_objects (address);

-- The machine's answer, and what counts now after corrections.
CREATE TABLE analyses (
  study_id          TEXT PRIMARY KEY REFERENCES studies (id) ON DELETE CASCADE,
  analysed_at       TEXT NOT NULL,
  provenance        TEXT NOT NULL,
  ensemble_samples  INTEGER NOT NULL,
  machine_summary   TEXT NOT NULL,
  machine_findings  TEXT NOT NULL,
  machine_headline  TEXT NOT NULL,
  summary           TEXT NOT NULL,
  findings          TEXT NOT NULL,
  headline          TEXT NOT NULL
) STRICT;

CREATE TABLE corrections (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  study_id       TEXT NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
  kind           TEXT NOT NULL CHECK (kind IN ('relabel', 'add', 'delete')),
  sample         INTEGER NOT NULL,
  label          TEXT,
  previous_label TEXT,
  user           TEXT NOT NULL,
  at             TEXT NOT NULL,
  state          TEXT NOT NULL CHECK (state IN ('active', 'undone', 'superseded'))
) STRICT;
CREATE INDEX corrections_by_study ON corrections (study_id, state, id);

CREATE TABLE audit (
  sequence INTEGER PRIMARY KEY,
  at       TEXT NOT NULL,
  user     TEXT NOT NULL,
  action   TEXT NOT NULL,
  subject  TEXT,
  detail   TEXT NOT NULL,
  hash     TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_rows_follow_on BEFORE INSERT ON audit
WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM audit)
BEGIN SELECT raise(ABORT, 'audit rows are only ever appended'); END;
CREATE TRIGGER audit_rows_never_change BEFORE UPDATE ON audit
BEGIN SELECT raise(ABORT, 'audit rows never change'); END;
CREATE TRIGGER audit_rows_stay BEFORE DELETE ON audit
BEGIN SELECT raise(ABORT, 'audit rows stay'); END;

-- Exports begun; what is still here at the next start was cut short.
CREATE TABLE pending_exports (
  path     TEXT PRIMARY KEY,
  study_id TEXT NOT NULL,
  format   TEXT NOT NULL,
  sha256   TEXT NOT NULL,
  user     TEXT NOT NULL
) STRICT;

CREATE TABLE settings (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;
`;
