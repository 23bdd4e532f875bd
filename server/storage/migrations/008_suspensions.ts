/** An auditor whom one person suspended: a second one decides whether their shares go or they come back. */
export const suspensions = `
CREATE TABLE auditor_suspensions (
  id INTEGER PRIMARY KEY,
  auditor INTEGER NOT NULL,
  account_id TEXT NOT NULL REFERENCES accounts,
  -- Who has left the school does not come back as an auditor before they come back as a colleague.
  how TEXT NOT NULL CHECK (how IN ('suspended', 'left')),
  begun_by TEXT NOT NULL REFERENCES accounts,
  begun_at TEXT NOT NULL,
  decided_by TEXT REFERENCES accounts CHECK (decided_by <> begun_by AND decided_by <> account_id),
  decided_at TEXT,
  outcome TEXT CHECK (outcome IN ('revoked', 'reinstated')),
  CHECK ((decided_by IS NULL) = (decided_at IS NULL) AND (decided_by IS NULL) = (outcome IS NULL))
) STRICT;
CREATE UNIQUE INDEX one_open_suspension ON auditor_suspensions (auditor) WHERE decided_at IS NULL;
CREATE TRIGGER auditor_suspensions_stay BEFORE UPDATE OF id, auditor, account_id, how, begun_by, begun_at ON auditor_suspensions
  BEGIN SELECT RAISE(ABORT, 'a suspension does not change'); END;
CREATE TRIGGER auditor_suspensions_decided_once BEFORE UPDATE ON auditor_suspensions
  WHEN OLD.decided_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a decision does not change'); END;
CREATE TRIGGER auditor_suspensions_remain BEFORE DELETE ON auditor_suspensions
  BEGIN SELECT RAISE(ABORT, 'a suspension stays'); END;
`
