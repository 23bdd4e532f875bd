import { categories, paperKinds, results, tellings } from './cases.ts'

export const schemaVersion = 2

/** Set on the writing connection and read back; `synchronous` 2 is FULL: with NORMAL a power cut loses what was acknowledged. */
export const pragmas = {
  journal_mode: 'wal',
  synchronous: 2,
  foreign_keys: 1,
  secure_delete: 1,
  trusted_schema: 0,
  busy_timeout: 1000,
} as const

const appendOnly = (table: string) => `
CREATE TRIGGER ${table}_stays BEFORE UPDATE ON ${table} BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER ${table}_remains BEFORE DELETE ON ${table} BEGIN SELECT RAISE(ABORT, 'append only'); END;`

const words = (list: readonly string[]) => list.map(word => `'${word}'`).join(', ')

/** A number is never given twice: whoever comes back as an auditor gets a new one. */
const auditors = `
CREATE TABLE audit_auditor (
  id INTEGER PRIMARY KEY,
  account_id TEXT NOT NULL,
  person TEXT NOT NULL,
  office TEXT NOT NULL,
  trained_on TEXT NOT NULL,
  pub BLOB NOT NULL CHECK (length(pub) = 32),
  wrapped BLOB NOT NULL,
  nonce BLOB NOT NULL,
  salt BLOB NOT NULL,
  kdf TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'revoked')),
  enrolled_idx INTEGER NOT NULL,
  revoked_idx INTEGER,
  CHECK ((state = 'revoked') = (revoked_idx IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX audit_auditor_account ON audit_auditor (account_id) WHERE state = 'active';
CREATE UNIQUE INDEX audit_auditor_person ON audit_auditor (person) WHERE state = 'active';`

const cases = `
CREATE TABLE audit_case (
  id INTEGER PRIMARY KEY,
  no TEXT NOT NULL UNIQUE,
  category TEXT NOT NULL CHECK (category IN (${words(categories)})),
  requester INTEGER NOT NULL REFERENCES audit_auditor,
  reviewer INTEGER REFERENCES audit_auditor,
  state TEXT NOT NULL
    CHECK (state IN ('requested', 'approved', 'denied', 'expired', 'cancelled', 'executed', 'closed')),
  request BLOB NOT NULL CHECK (length(request) = 32),
  hour_from INTEGER NOT NULL,
  hour_to INTEGER NOT NULL,
  until INTEGER NOT NULL,
  head TEXT NOT NULL CHECK (head IN ('not-needed', 'needed', 'given')),
  requested_at INTEGER NOT NULL,
  decided_at INTEGER,
  executed_at INTEGER,
  closed_at INTEGER,
  result TEXT CHECK (result IN (${words(results)})),
  report TEXT NOT NULL CHECK (report IN ('none', 'there', 'shredded')),
  export_by INTEGER REFERENCES audit_auditor,
  exported INTEGER NOT NULL CHECK (exported IN (0, 1)),
  extension_by INTEGER REFERENCES audit_auditor,
  told TEXT CHECK (told IN (${words(tellings)})),
  deferred_until INTEGER,
  CHECK (hour_from <= hour_to),
  CHECK (reviewer IS NULL OR reviewer <> requester),
  CHECK (state NOT IN ('approved', 'denied', 'executed', 'closed') OR reviewer IS NOT NULL),
  CHECK (state NOT IN ('executed', 'closed') OR head <> 'needed'),
  CHECK ((state IN ('executed', 'closed')) = (executed_at IS NOT NULL)),
  CHECK ((executed_at IS NULL) = (report = 'none')),
  CHECK ((state = 'closed') = (result IS NOT NULL)),
  CHECK ((state = 'closed') = (told IS NOT NULL))
) STRICT;
CREATE TABLE audit_paper (
  case_id INTEGER NOT NULL REFERENCES audit_case,
  kind TEXT NOT NULL CHECK (kind IN (${words(paperKinds)})),
  auditor_id INTEGER NOT NULL REFERENCES audit_auditor,
  enc BLOB NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (case_id, kind, auditor_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE audit_report (
  case_id INTEGER PRIMARY KEY REFERENCES audit_case,
  ct BLOB NOT NULL,
  nonce BLOB NOT NULL
) STRICT;
CREATE TABLE audit_report_key (
  case_id INTEGER NOT NULL REFERENCES audit_case,
  auditor_id INTEGER NOT NULL REFERENCES audit_auditor,
  enc BLOB NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (case_id, auditor_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_ledger_case ON audit_ledger (body ->> 'case') WHERE body ->> 'case' IS NOT NULL;
${appendOnly('audit_paper')}
CREATE TRIGGER audit_case_remains BEFORE DELETE ON audit_case BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER audit_report_stays BEFORE UPDATE ON audit_report BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER audit_report_remains BEFORE DELETE ON audit_report
  WHEN (SELECT report FROM audit_case WHERE id = OLD.case_id) <> 'shredded' BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER audit_report_key_stays BEFORE UPDATE ON audit_report_key BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER audit_report_key_remains BEFORE DELETE ON audit_report_key
  WHEN (SELECT report FROM audit_case WHERE id = OLD.case_id) <> 'shredded' BEGIN SELECT RAISE(ABORT, 'append only'); END;`

/**
 * The tables of `audit.db`. Whatever stands in them is either derived from the ledger's lines or named there by a
 * hash, so that the verifier notices any change. The checks and triggers are a belt against our own mistakes; whoever
 * owns the file can drop them, and is found by the ledger instead.
 */
export const schema = `
CREATE TABLE audit_instance (
  id BLOB PRIMARY KEY CHECK (length(id) = 16),
  gen INTEGER NOT NULL,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;${auditors}
CREATE TABLE audit_period (
  id INTEGER PRIMARY KEY,
  month TEXT NOT NULL,
  pk BLOB NOT NULL UNIQUE CHECK (length(pk) = 32),
  suite TEXT NOT NULL,
  t INTEGER NOT NULL CHECK (t = 2),
  n INTEGER NOT NULL CHECK (n = 0 OR n BETWEEN 3 AND 7),
  opened_idx INTEGER NOT NULL,
  shredded_idx INTEGER
) STRICT;
CREATE TABLE audit_share (
  period_id INTEGER NOT NULL REFERENCES audit_period,
  gen INTEGER NOT NULL,
  auditor_id INTEGER NOT NULL REFERENCES audit_auditor,
  share_no INTEGER NOT NULL,
  enc BLOB NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (period_id, gen, auditor_id),
  UNIQUE (period_id, gen, share_no)
) STRICT, WITHOUT ROWID;
CREATE TABLE audit_segment (
  id INTEGER PRIMARY KEY,
  period_id INTEGER NOT NULL REFERENCES audit_period,
  hour INTEGER NOT NULL,
  suite TEXT NOT NULL,
  enc BLOB,
  sealed BLOB,
  n INTEGER NOT NULL DEFAULT 0,
  head BLOB NOT NULL CHECK (length(head) = 32),
  state TEXT NOT NULL CHECK (state IN ('open', 'closed', 'recovered', 'pruned')),
  closed_idx INTEGER,
  CHECK ((state = 'pruned') = (enc IS NULL AND sealed IS NULL)),
  CHECK ((state = 'open') = (closed_idx IS NULL))
) STRICT;
CREATE INDEX audit_segment_hour ON audit_segment (hour);
CREATE INDEX audit_segment_state ON audit_segment (state) WHERE state = 'open';
CREATE TABLE audit_rec (
  seg INTEGER NOT NULL REFERENCES audit_segment,
  i INTEGER NOT NULL,
  ab INTEGER NOT NULL CHECK (ab BETWEEN 0 AND 15),
  ob INTEGER NOT NULL CHECK (ob BETWEEN 0 AND 65535),
  ct BLOB NOT NULL,
  PRIMARY KEY (seg, i)
) STRICT, WITHOUT ROWID;
CREATE TABLE audit_ledger (
  idx INTEGER PRIMARY KEY,
  body TEXT NOT NULL,
  leaf BLOB NOT NULL CHECK (length(leaf) = 32)
) STRICT;
CREATE TABLE audit_checkpoint (size INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT;
CREATE TABLE audit_hold (
  case_id INTEGER NOT NULL,
  hour_from INTEGER NOT NULL,
  hour_to INTEGER NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (case_id, hour_from)
) STRICT;
${appendOnly('audit_ledger')}
${appendOnly('audit_checkpoint')}
CREATE TRIGGER audit_ledger_follows BEFORE INSERT ON audit_ledger
  WHEN NEW.idx <> (SELECT coalesce(max(idx) + 1, 0) FROM audit_ledger) BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER audit_checkpoint_follows BEFORE INSERT ON audit_checkpoint
  WHEN NEW.size <= (SELECT coalesce(max(size), 0) FROM audit_checkpoint) BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER audit_rec_stays BEFORE UPDATE ON audit_rec BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER audit_rec_remains BEFORE DELETE ON audit_rec
  WHEN (SELECT state FROM audit_segment WHERE id = OLD.seg) <> 'pruned' BEGIN SELECT RAISE(ABORT, 'not pruned'); END;
CREATE TRIGGER audit_segment_remains BEFORE DELETE ON audit_segment BEGIN SELECT RAISE(ABORT, 'append only'); END;
${cases}
PRAGMA user_version = ${schemaVersion};
`

/**
 * From the first version to the second. The old table goes aside and the new one is made by its own text: a table that
 * is renamed into place would keep another text than a new file has. References name the table and stay as they are.
 */
export const upgrade = `
ALTER TABLE audit_auditor RENAME TO audit_auditor_before;
${auditors}
INSERT INTO audit_auditor SELECT * FROM audit_auditor_before;
DROP TABLE audit_auditor_before;
${cases}
PRAGMA user_version = 2;
`

/**
 * What `sqlite_schema` must hold, and nothing else: a line for each table, index and trigger. A file is compared, byte
 * for byte, with what `schema` makes in an empty database.
 */
export const schemaRows = `SELECT type || ' ' || name || ' on ' || tbl_name || ': ' || coalesce(sql, '') AS line
  FROM sqlite_schema ORDER BY line`
