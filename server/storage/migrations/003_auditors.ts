/** Who is to become an auditor: two people ask for it, a third accepts. The ledger names these rows by number. */
export const auditors = `
CREATE TABLE auditor_invitations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id TEXT NOT NULL REFERENCES accounts,
  trained_on TEXT NOT NULL CHECK (trained_on GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  invited_by TEXT NOT NULL REFERENCES accounts CHECK (invited_by <> account_id),
  invited_at TEXT NOT NULL,
  confirmed_by TEXT REFERENCES accounts CHECK (confirmed_by <> account_id AND confirmed_by <> invited_by),
  confirmed_at TEXT,
  withdrawn_at TEXT,
  auditor INTEGER UNIQUE,
  enrolled_at TEXT,
  CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL)),
  CHECK ((auditor IS NULL) = (enrolled_at IS NULL)),
  CHECK (auditor IS NULL OR confirmed_by IS NOT NULL),
  CHECK (auditor IS NULL OR withdrawn_at IS NULL)
) STRICT;
CREATE UNIQUE INDEX one_open_auditor_invitation ON auditor_invitations (account_id)
  WHERE auditor IS NULL AND withdrawn_at IS NULL;
CREATE TRIGGER auditor_invitations_stay BEFORE UPDATE OF id, account_id, trained_on, invited_by, invited_at ON auditor_invitations
  BEGIN SELECT RAISE(ABORT, 'an invitation does not change'); END;
CREATE TRIGGER auditor_invitations_confirmed_once BEFORE UPDATE OF confirmed_by, confirmed_at ON auditor_invitations
  WHEN OLD.confirmed_by IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a confirmation does not change'); END;
CREATE TRIGGER auditor_invitations_enrolled_once BEFORE UPDATE OF auditor, enrolled_at, withdrawn_at ON auditor_invitations
  WHEN OLD.auditor IS NOT NULL OR OLD.withdrawn_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'an invitation ends once'); END;
CREATE TRIGGER auditor_invitations_remain BEFORE DELETE ON auditor_invitations
  BEGIN SELECT RAISE(ABORT, 'an invitation stays'); END;
`
