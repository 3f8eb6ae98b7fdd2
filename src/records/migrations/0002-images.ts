/** Studies of images, their objects, what the machine and the reader say of them. */
export const IMAGES = `
CREATE TABLE image_studies (
  id           TEXT PRIMARY KEY,
  -- Study Instance UID, or what stands for it where a file has none.
  study_key    TEXT NOT NULL UNIQUE,
  patient      TEXT NOT NULL,
  about        TEXT NOT NULL,
  studied_at   TEXT,
  imported_at  TEXT NOT NULL,
  status       TEXT NOT NULL
    CHECK (status IN ('queued', 'analysing', 'preliminary', 'confirmed', 'refused', 'failed')),
  error        TEXT,
  confirmed_by TEXT,
  confirmed_at TEXT
) STRICT;

CREATE TABLE images (
  id             TEXT PRIMARY KEY,
  study_id       TEXT NOT NULL REFERENCES image_studies (id) ON DELETE CASCADE,
  content_sha256 TEXT NOT NULL UNIQUE,
  file_name      TEXT NOT NULL,
  inputs         TEXT NOT NULL,
  instance       TEXT NOT NULL
) STRICT;
CREATE INDEX images_by_study ON images (study_id);

-- Which vault objects are in use; what no row names is swept.
CREATE TABLE image_objects (
  image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
  role     TEXT NOT NULL CHECK (role IN ('file', 'saliency', 'embedding')),
  address  TEXT NOT NULL,
  PRIMARY KEY (image_id, role)
) STRICT;
CREATE INDEX image_objects_by_address ON image_objects (address);

CREATE TABLE image_analyses (
  image_id    TEXT PRIMARY KEY REFERENCES images (id) ON DELETE CASCADE,
  analysed_at TEXT NOT NULL,
  finding     TEXT NOT NULL,
  provenance  TEXT NOT NULL,
  -- Width and height of the saliency map; null where there is none.
  saliency    TEXT
) STRICT;

-- Each row is all that was drawn on an image at one time.
CREATE TABLE image_annotations (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  image_id    TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
  annotations TEXT NOT NULL,
  user        TEXT NOT NULL,
  at          TEXT NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('active', 'undone', 'superseded'))
) STRICT;
CREATE INDEX image_annotations_by_image ON image_annotations (image_id, state, id);

CREATE TABLE image_readings (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  study_id TEXT NOT NULL REFERENCES image_studies (id) ON DELETE CASCADE,
  opinion  TEXT NOT NULL CHECK (opinion IN ('present', 'absent', 'uncertain')),
  text     TEXT NOT NULL,
  user     TEXT NOT NULL,
  at       TEXT NOT NULL
) STRICT;
CREATE INDEX image_readings_by_study ON image_readings (study_id, id);
`;
