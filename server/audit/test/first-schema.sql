CREATE TABLE audit_instance (
  id BLOB PRIMARY KEY CHECK (length(id) = 16),
  gen INTEGER NOT NULL,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE audit_auditor (
  id INTEGER PRIMARY KEY,
  account_id TEXT NOT NULL UNIQUE,
  person TEXT NOT NULL UNIQUE,
  office TEXT NOT NULL,
  trained_on TEXT NOT NULL,
  pub BLOB NOT NULL CHECK (length(pub) = 32),
  wrapped BLOB NOT NULL,
  nonce BLOB NOT NULL,
  salt BLOB NOT NULL,
  kdf TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'revoked')),
  enrolled_idx INTEGER NOT NULL,
  revoked_idx INTEGER
) STRICT;
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

CREATE TRIGGER audit_ledger_stays BEFORE UPDATE ON audit_ledger BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER audit_ledger_remains BEFORE DELETE ON audit_ledger BEGIN SELECT RAISE(ABORT, 'append only'); END;

CREATE TRIGGER audit_checkpoint_stays BEFORE UPDATE ON audit_checkpoint BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER audit_checkpoint_remains BEFORE DELETE ON audit_checkpoint BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER audit_ledger_follows BEFORE INSERT ON audit_ledger
  WHEN NEW.idx <> (SELECT coalesce(max(idx) + 1, 0) FROM audit_ledger) BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER audit_checkpoint_follows BEFORE INSERT ON audit_checkpoint
  WHEN NEW.size <= (SELECT coalesce(max(size), 0) FROM audit_checkpoint) BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER audit_rec_stays BEFORE UPDATE ON audit_rec BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER audit_rec_remains BEFORE DELETE ON audit_rec
  WHEN (SELECT state FROM audit_segment WHERE id = OLD.seg) <> 'pruned' BEGIN SELECT RAISE(ABORT, 'not pruned'); END;
CREATE TRIGGER audit_segment_remains BEFORE DELETE ON audit_segment BEGIN SELECT RAISE(ABORT, 'append only'); END;
PRAGMA user_version = 1;
