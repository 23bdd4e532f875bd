/** The second factor: what somebody proves besides the password, the codes for when it is lost, and the way back in. */
export const factors = `
CREATE TABLE factors (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts,
  kind TEXT NOT NULL CHECK (kind IN ('totp', 'passkey')),
  name TEXT NOT NULL,
  -- Sealed with a key that never lies in the database.
  secret BLOB,
  -- The last time step whose code was taken; an earlier one or the same is never taken again.
  last_step INTEGER NOT NULL DEFAULT 0,
  credential_id TEXT UNIQUE,
  public_key BLOB,
  counter INTEGER NOT NULL DEFAULT 0,
  transports TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(transports)),
  created_at TEXT NOT NULL,
  used_at TEXT,
  CHECK ((kind = 'totp') = (secret IS NOT NULL)),
  CHECK ((kind = 'passkey') = (credential_id IS NOT NULL AND public_key IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX factors_by_account ON factors (account_id);

CREATE TABLE recovery_codes (
  code_hash BLOB PRIMARY KEY CHECK (length(code_hash) = 32),
  account_id TEXT NOT NULL REFERENCES accounts,
  created_at TEXT NOT NULL,
  -- When the owner said that the codes are written down.
  noted_at TEXT,
  used_at TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX recovery_codes_by_account ON recovery_codes (account_id);

-- Somebody has lost every factor: one person has seen them, another one confirms, neither is the one who lost them.
CREATE TABLE factor_losses (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts,
  named_by TEXT NOT NULL REFERENCES accounts,
  named_at TEXT NOT NULL,
  confirmed_by TEXT REFERENCES accounts,
  confirmed_at TEXT,
  withdrawn_at TEXT,
  CHECK (named_by <> account_id),
  CHECK (confirmed_by IS NULL OR (confirmed_by <> named_by AND confirmed_by <> account_id)),
  CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL)),
  CHECK (confirmed_at IS NULL OR withdrawn_at IS NULL)
) STRICT;
CREATE UNIQUE INDEX one_open_loss ON factor_losses (account_id) WHERE confirmed_at IS NULL AND withdrawn_at IS NULL;
`
