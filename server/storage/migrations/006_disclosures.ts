/** Who asked to see what is recorded about them, and what the head said to cases beyond the monthly limit. */
export const disclosures = `
CREATE TABLE disclosures (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts,
  asked_at TEXT NOT NULL,
  -- Since when auditors see to it. Which case it became stands nowhere but in the sealed request.
  taken_at TEXT
) STRICT;
CREATE UNIQUE INDEX one_open_disclosure ON disclosures (account_id) WHERE taken_at IS NULL;
CREATE INDEX disclosures_by_account ON disclosures (account_id, asked_at);

-- That a case may go on says the ledger; here is why, in words that name nobody.
CREATE TABLE endorsements (
  case_id INTEGER PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts,
  words TEXT NOT NULL CHECK (length(words) BETWEEN 30 AND 2000),
  endorsed_at TEXT NOT NULL
) STRICT;
`
