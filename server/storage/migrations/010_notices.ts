/**
 * Who is told of a case is fixed when it is opened, not when somebody closes it. And a request for what is recorded
 * about oneself comes back where its case came to nothing.
 */
export const notices = `
CREATE TABLE fixed_notices (
  id TEXT PRIMARY KEY,
  case_id INTEGER NOT NULL,
  number TEXT NOT NULL,
  category TEXT NOT NULL,
  -- The report that the ledger has yet to name; null once it has.
  execution TEXT,
  made_at TEXT NOT NULL,
  -- Offices of the two who opened it, as everybody sees them at the auditors.
  offices TEXT NOT NULL,
  from_on TEXT NOT NULL, until_on TEXT NOT NULL,
  requester_id TEXT NOT NULL REFERENCES accounts,
  reviewer_id TEXT NOT NULL REFERENCES accounts,
  -- Whom it concerns; sealed by a key outside of this file. The account stands in clear only once it has been told.
  sealed BLOB NOT NULL,
  account_id TEXT REFERENCES accounts,
  way TEXT NOT NULL CHECK (way IN ('portal', 'paper')),
  -- What the ledger says about the end of the case.
  result TEXT CHECK (result IN ('confirmed', 'unconfirmed', 'unclear')),
  closed_at TEXT, due_on TEXT,
  told_at TEXT,
  shredded_at TEXT,
  reply BLOB, replied_at TEXT,
  read_at TEXT CHECK (read_at IS NULL OR told_at IS NOT NULL),
  requester_seen_at TEXT, reviewer_seen_at TEXT,
  CHECK ((result IS NULL) = (closed_at IS NULL) AND (result IS NULL) = (due_on IS NULL)),
  CHECK (told_at IS NULL OR (execution IS NULL AND result IS NOT NULL)),
  CHECK (way = 'portal' OR account_id IS NULL),
  CHECK (way = 'paper' OR (account_id IS NULL) = (told_at IS NULL)),
  CHECK ((reply IS NULL) = (replied_at IS NULL)),
  CHECK (replied_at IS NULL OR told_at IS NOT NULL)
) STRICT;
INSERT INTO fixed_notices (id, case_id, number, category, made_at, offices, from_on, until_on, requester_id, reviewer_id, sealed,
    account_id, way, result, closed_at, due_on, told_at, shredded_at, reply, replied_at,
    read_at, requester_seen_at, reviewer_seen_at)
  SELECT id, case_id, number, category, closed_at, offices, from_on, until_on, requester_id, reviewer_id, sealed,
    account_id, way, result, closed_at, due_on, told_at, shredded_at, reply, replied_at,
    read_at, requester_seen_at, reviewer_seen_at FROM case_notices;
DROP TABLE case_notices;
ALTER TABLE fixed_notices RENAME TO case_notices;
CREATE INDEX case_notices_by_account ON case_notices (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX case_notices_by_case ON case_notices (case_id);
CREATE INDEX case_notices_waiting ON case_notices (case_id) WHERE told_at IS NULL;

-- The number of the case that it has become, as long as that may come to nothing; sealed by a key outside of this file.
ALTER TABLE disclosures ADD COLUMN case_sealed BLOB CHECK (case_sealed IS NULL OR taken_at IS NOT NULL);
`
