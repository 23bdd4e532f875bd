/** The first schema: people and groups, the ways in, the roll's imports, letters and their replies. */
export const house = `
CREATE TABLE school (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  name TEXT NOT NULL, town TEXT NOT NULL, kind TEXT NOT NULL, address TEXT NOT NULL,
  office_name TEXT NOT NULL, office_phone TEXT NOT NULL, office_hours TEXT NOT NULL,
  demo INTEGER NOT NULL DEFAULT 0 CHECK (demo IN (0, 1))
) STRICT;

CREATE TABLE accounts (
  id TEXT PRIMARY KEY,
  login TEXT NOT NULL UNIQUE CHECK (login = lower(login) AND length(login) BETWEEN 3 AND 254),
  given_name TEXT NOT NULL, family_name TEXT NOT NULL,
  email TEXT,
  password_hash TEXT NOT NULL,
  language TEXT NOT NULL DEFAULT 'de',
  theme TEXT NOT NULL DEFAULT 'system' CHECK (theme IN ('system', 'light', 'dark')),
  session_epoch INTEGER NOT NULL DEFAULT 1,
  created_at TEXT NOT NULL,
  locked_at TEXT
) STRICT;

-- What somebody does at the school. It opens pages ("who may act"), never content.
CREATE TABLE appointments (
  account_id TEXT NOT NULL REFERENCES accounts,
  office TEXT NOT NULL CHECK (office IN ('teacher', 'office', 'head', 'admin', 'auditor', 'observer', 'caretaker')),
  from_on TEXT NOT NULL, until_on TEXT,
  PRIMARY KEY (account_id, office, from_on)
) STRICT, WITHOUT ROWID;

CREATE TABLE pupils (
  id TEXT PRIMARY KEY,
  external_id TEXT UNIQUE,
  given_name TEXT NOT NULL, family_name TEXT NOT NULL,
  born_on TEXT,
  left_on TEXT,
  account_id TEXT UNIQUE REFERENCES accounts,
  -- At 18 guardians see nothing more unless the pupil said so here.
  guardians_allowed_at TEXT
) STRICT;
CREATE INDEX pupils_by_name ON pupils (family_name, given_name);

-- A guardian as the roll knows them. One account may stand for several of these rows:
-- two entries are never merged because they look alike, the person links them by entering both codes.
CREATE TABLE guardians (
  id TEXT PRIMARY KEY,
  given_name TEXT NOT NULL, family_name TEXT NOT NULL,
  email TEXT, phone TEXT, address TEXT,
  account_id TEXT REFERENCES accounts
) STRICT;
CREATE INDEX guardians_by_account ON guardians (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX guardians_by_name ON guardians (family_name, given_name);

CREATE TABLE guardianships (
  id TEXT PRIMARY KEY,
  guardian_id TEXT NOT NULL REFERENCES guardians,
  pupil_id TEXT NOT NULL REFERENCES pupils,
  custody TEXT NOT NULL CHECK (custody IN ('yes', 'no', 'unknown')),
  may_read INTEGER NOT NULL CHECK (may_read IN (0, 1)),
  may_act INTEGER NOT NULL CHECK (may_act IN (0, 1) AND may_act <= may_read),
  from_on TEXT NOT NULL, until_on TEXT,
  address_block INTEGER NOT NULL DEFAULT 0 CHECK (address_block IN (0, 1)),
  UNIQUE (guardian_id, pupil_id)
) STRICT;
CREATE INDEX guardianships_by_pupil ON guardianships (pupil_id);

CREATE TABLE groups (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('class', 'grade', 'course', 'club', 'staff')),
  name TEXT NOT NULL,
  leader_id TEXT REFERENCES accounts,
  ended_on TEXT,
  UNIQUE (kind, name)
) STRICT;
CREATE INDEX groups_by_leader ON groups (leader_id) WHERE leader_id IS NOT NULL;

CREATE TABLE group_pupils (
  group_id TEXT NOT NULL REFERENCES groups,
  pupil_id TEXT NOT NULL REFERENCES pupils,
  from_on TEXT NOT NULL, until_on TEXT,
  PRIMARY KEY (group_id, pupil_id, from_on)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_pupils_by_pupil ON group_pupils (pupil_id);

CREATE TABLE group_staff (
  group_id TEXT NOT NULL REFERENCES groups,
  account_id TEXT NOT NULL REFERENCES accounts,
  from_on TEXT NOT NULL, until_on TEXT,
  PRIMARY KEY (group_id, account_id, from_on)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_staff_by_account ON group_staff (account_id);

CREATE TABLE audiences (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE audience_parts (
  audience_id TEXT NOT NULL REFERENCES audiences ON DELETE CASCADE,
  group_id TEXT NOT NULL REFERENCES groups,
  part TEXT NOT NULL CHECK (part IN ('guardians', 'staff', 'pupils')),
  PRIMARY KEY (audience_id, group_id, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX audience_parts_by_group ON audience_parts (group_id, part, audience_id);

-- Ways in.
CREATE TABLE sessions (
  id_hash BLOB PRIMARY KEY CHECK (length(id_hash) = 32),
  public_id TEXT NOT NULL UNIQUE,
  account_id TEXT REFERENCES accounts,
  epoch INTEGER,
  data TEXT NOT NULL,
  agent TEXT NOT NULL, network TEXT NOT NULL,
  created_at TEXT NOT NULL, seen_at TEXT NOT NULL, expires_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_account ON sessions (account_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE devices (
  id_hash BLOB NOT NULL CHECK (length(id_hash) = 32),
  account_id TEXT NOT NULL REFERENCES accounts,
  epoch INTEGER NOT NULL,
  created_at TEXT NOT NULL, expires_at TEXT NOT NULL,
  PRIMARY KEY (id_hash, account_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE throttles (
  key BLOB PRIMARY KEY CHECK (length(key) = 32),
  failures INTEGER NOT NULL, window_started_at INTEGER NOT NULL, blocked_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX throttles_by_window ON throttles (window_started_at);

CREATE TABLE registration_codes (
  id TEXT PRIMARY KEY,
  code_hash BLOB NOT NULL UNIQUE CHECK (length(code_hash) = 32),
  guardianship_id TEXT REFERENCES guardianships,
  pupil_id TEXT REFERENCES pupils,
  invitation_id TEXT REFERENCES invitations,
  created_at TEXT NOT NULL, expires_at TEXT NOT NULL,
  used_at TEXT, revoked_at TEXT,
  CHECK ((guardianship_id IS NOT NULL) + (pupil_id IS NOT NULL) + (invitation_id IS NOT NULL) = 1)
) STRICT;
CREATE UNIQUE INDEX one_open_code_per_guardianship ON registration_codes (guardianship_id)
  WHERE guardianship_id IS NOT NULL AND used_at IS NULL AND revoked_at IS NULL;
CREATE UNIQUE INDEX one_open_code_per_pupil ON registration_codes (pupil_id)
  WHERE pupil_id IS NOT NULL AND used_at IS NULL AND revoked_at IS NULL;
CREATE UNIQUE INDEX one_open_code_per_invitation ON registration_codes (invitation_id)
  WHERE invitation_id IS NOT NULL AND used_at IS NULL AND revoked_at IS NULL;

-- A member of staff who has been invited and has no account yet.
CREATE TABLE invitations (
  id TEXT PRIMARY KEY,
  given_name TEXT NOT NULL, family_name TEXT NOT NULL,
  office TEXT NOT NULL CHECK (office IN ('teacher', 'office', 'head', 'caretaker')),
  created_at TEXT NOT NULL, used_at TEXT
) STRICT;

-- Said to the office and to the other guardians: somebody registered for this child.
CREATE TABLE registrations (
  id TEXT PRIMARY KEY,
  pupil_id TEXT NOT NULL REFERENCES pupils,
  guardianship_id TEXT REFERENCES guardianships,
  account_id TEXT NOT NULL REFERENCES accounts,
  registered_at TEXT NOT NULL
) STRICT;
CREATE INDEX registrations_by_time ON registrations (registered_at);
CREATE INDEX registrations_by_pupil ON registrations (pupil_id, registered_at);

CREATE TABLE setup_tokens (
  token_hash BLOB PRIMARY KEY CHECK (length(token_hash) = 32),
  created_at TEXT NOT NULL, expires_at TEXT NOT NULL, used_at TEXT
) STRICT, WITHOUT ROWID;

-- Terms of use and privacy notice, by version; an acceptance is a fact that stays.
CREATE TABLE documents (
  kind TEXT NOT NULL CHECK (kind IN ('terms', 'privacy')),
  version INTEGER NOT NULL CHECK (version > 0),
  text TEXT NOT NULL,
  in_force_from TEXT NOT NULL,
  PRIMARY KEY (kind, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE acceptances (
  account_id TEXT NOT NULL REFERENCES accounts,
  kind TEXT NOT NULL, version INTEGER NOT NULL,
  accepted_at TEXT NOT NULL,
  PRIMARY KEY (account_id, kind, version),
  FOREIGN KEY (kind, version) REFERENCES documents (kind, version)
) STRICT, WITHOUT ROWID;

-- The files of an import wait here between the preview and the decision, at most a day.
CREATE TABLE imports (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts,
  state_hash TEXT,
  options TEXT NOT NULL DEFAULT '{}',
  created_at TEXT NOT NULL,
  applied_at TEXT,
  outcome TEXT
) STRICT;
CREATE INDEX imports_by_time ON imports (created_at);
CREATE TABLE import_files (
  import_id TEXT NOT NULL REFERENCES imports ON DELETE CASCADE,
  position INTEGER NOT NULL,
  name TEXT NOT NULL, bytes BLOB NOT NULL, sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
  PRIMARY KEY (import_id, position)
) STRICT;

CREATE TABLE letters (
  id TEXT PRIMARY KEY,
  number TEXT UNIQUE,
  author_id TEXT NOT NULL REFERENCES accounts,
  audience_id TEXT NOT NULL UNIQUE REFERENCES audiences,
  title TEXT NOT NULL, text TEXT NOT NULL,
  answer TEXT NOT NULL CHECK (answer IN ('none', 'acknowledgement', 'yes_no', 'choice')),
  question TEXT,
  choices TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(choices)),
  respond_by TEXT CHECK (respond_by GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  changed_at TEXT NOT NULL,
  published_at TEXT, withdrawn_at TEXT,
  CHECK (answer = 'none' OR published_at IS NULL OR respond_by IS NOT NULL),
  CHECK ((published_at IS NULL) = (number IS NULL)),
  CHECK (withdrawn_at IS NULL OR published_at IS NOT NULL)
) STRICT;
-- With all that finding the current letters needs, so that their rows are read only where they are meant for somebody.
CREATE INDEX letters_by_deadline ON letters (respond_by, id, audience_id) WHERE published_at IS NOT NULL AND withdrawn_at IS NULL;
CREATE INDEX letters_by_publication ON letters (published_at, withdrawn_at, respond_by, id, audience_id) WHERE published_at IS NOT NULL;
CREATE INDEX letters_by_author ON letters (author_id, changed_at);
CREATE TRIGGER letters_stay_as_published BEFORE UPDATE OF title, text, answer, question, choices, respond_by, audience_id, author_id, number, published_at ON letters
  WHEN OLD.published_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a published letter does not change'); END;
CREATE TRIGGER letters_published_stay BEFORE DELETE ON letters
  WHEN OLD.published_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a published letter is not deleted'); END;

-- The answer in force, one for a child; what it replaced stays below.
CREATE TABLE replies (
  letter_id TEXT NOT NULL REFERENCES letters,
  pupil_id TEXT NOT NULL REFERENCES pupils,
  value TEXT NOT NULL,
  account_id TEXT NOT NULL REFERENCES accounts,
  paper INTEGER NOT NULL DEFAULT 0 CHECK (paper IN (0, 1)),
  replied_at TEXT NOT NULL,
  PRIMARY KEY (letter_id, pupil_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX replies_by_pupil ON replies (pupil_id, letter_id);
CREATE TABLE former_replies (
  letter_id TEXT NOT NULL, pupil_id TEXT NOT NULL, value TEXT NOT NULL,
  account_id TEXT NOT NULL REFERENCES accounts, paper INTEGER NOT NULL, replied_at TEXT NOT NULL,
  PRIMARY KEY (letter_id, pupil_id, replied_at)
) STRICT, WITHOUT ROWID;

-- That a letter was opened for a child: a date, never a time.
CREATE TABLE receipts (
  letter_id TEXT NOT NULL REFERENCES letters,
  pupil_id TEXT NOT NULL REFERENCES pupils,
  account_id TEXT NOT NULL REFERENCES accounts,
  read_on TEXT NOT NULL,
  PRIMARY KEY (letter_id, pupil_id, account_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE job_runs (
  name TEXT PRIMARY KEY,
  started_at TEXT NOT NULL, finished_at TEXT, outcome TEXT
) STRICT, WITHOUT ROWID;
`
