/** What the people concerned by a case are told, when, and what they reply. */
export const cases = `
CREATE TABLE case_notices (
  id TEXT PRIMARY KEY,
  case_id INTEGER NOT NULL,
  number TEXT NOT NULL,
  category TEXT NOT NULL,
  result TEXT NOT NULL CHECK (result IN ('confirmed', 'unconfirmed', 'unclear')),
  -- Offices of the two who opened it, as everybody sees them at the auditors.
  offices TEXT NOT NULL,
  from_on TEXT NOT NULL, until_on TEXT NOT NULL,
  requester_id TEXT NOT NULL REFERENCES accounts,
  reviewer_id TEXT NOT NULL REFERENCES accounts,
  -- Whom it concerns; sealed by a key outside of this file. The account stands in clear only once it has been told.
  sealed BLOB NOT NULL,
  account_id TEXT REFERENCES accounts,
  way TEXT NOT NULL CHECK (way IN ('portal', 'paper')),
  closed_at TEXT NOT NULL,
  due_on TEXT NOT NULL,
  told_at TEXT,
  shredded_at TEXT,
  reply BLOB, replied_at TEXT,
  CHECK (way = 'portal' OR account_id IS NULL),
  CHECK (way = 'paper' OR (account_id IS NULL) = (told_at IS NULL)),
  CHECK ((reply IS NULL) = (replied_at IS NULL)),
  CHECK (replied_at IS NULL OR told_at IS NOT NULL)
) STRICT;
CREATE INDEX case_notices_by_account ON case_notices (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX case_notices_by_case ON case_notices (case_id);
CREATE INDEX case_notices_waiting ON case_notices (due_on) WHERE told_at IS NULL;
`
