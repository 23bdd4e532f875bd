/** Accounts that are closed to their owner: by two auditors over a case, or by one person for a day. */
export const locks = `
CREATE TABLE locks (
  -- The ledger names a lock by this number, so it is never given twice.
  id INTEGER PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts,
  kind TEXT NOT NULL CHECK (kind IN ('case', 'emergency')),
  begun_by TEXT NOT NULL REFERENCES accounts CHECK (begun_by <> account_id),
  begun_at TEXT NOT NULL,
  -- How much of an emergency lock's day has really passed, whatever the clock says.
  served_ms INTEGER NOT NULL DEFAULT 0 CHECK (served_ms >= 0),
  case_id INTEGER,
  confirmed_by TEXT REFERENCES accounts CHECK (confirmed_by <> begun_by AND confirmed_by <> account_id),
  confirmed_at TEXT,
  lift_case_id INTEGER,
  lift_by TEXT REFERENCES accounts CHECK (lift_by <> account_id),
  lift_at TEXT,
  lifted_by TEXT REFERENCES accounts CHECK (lifted_by <> lift_by AND lifted_by <> account_id),
  ended_at TEXT,
  ended_how TEXT CHECK (ended_how IN ('lifted', 'lapsed', 'withdrawn')),
  CHECK ((kind = 'case') = (case_id IS NOT NULL)),
  CHECK (kind = 'case' OR confirmed_at IS NULL),
  CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL)),
  CHECK ((lift_by IS NULL) = (lift_at IS NULL) AND (lift_by IS NULL) = (lift_case_id IS NULL)),
  CHECK (lift_by IS NULL OR confirmed_at IS NOT NULL),
  CHECK ((ended_at IS NULL) = (ended_how IS NULL)),
  -- Coalesced, since what is neither true nor false passes a check.
  CHECK ((coalesce(ended_how, '') = 'lifted') = (lifted_by IS NOT NULL)),
  CHECK (lifted_by IS NULL OR lift_by IS NOT NULL),
  CHECK (confirmed_at IS NULL OR coalesce(ended_how, 'lifted') = 'lifted')
) STRICT;
CREATE UNIQUE INDEX one_open_lock ON locks (account_id, kind) WHERE ended_at IS NULL;
CREATE INDEX locks_by_account ON locks (account_id);
CREATE TRIGGER locks_stay BEFORE UPDATE OF id, account_id, kind, begun_by, begun_at, case_id ON locks
  BEGIN SELECT RAISE(ABORT, 'a lock does not change'); END;
CREATE TRIGGER locks_confirmed_once BEFORE UPDATE OF confirmed_by, confirmed_at ON locks
  WHEN OLD.confirmed_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a confirmation does not change'); END;
CREATE TRIGGER locks_end_once BEFORE UPDATE ON locks
  WHEN OLD.ended_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a lock ends once'); END;
CREATE TRIGGER locks_remain BEFORE DELETE ON locks
  WHEN OLD.ended_at IS NULL BEGIN SELECT RAISE(ABORT, 'a lock that holds remains'); END;
CREATE TRIGGER locked_stay_locked BEFORE UPDATE OF locked_at ON accounts
  WHEN NEW.locked_at IS NULL AND EXISTS (SELECT 1 FROM locks WHERE account_id = NEW.id AND ended_at IS NULL
    AND (kind = 'emergency' OR confirmed_at IS NOT NULL))
  BEGIN SELECT RAISE(ABORT, 'a lock holds'); END;
`
