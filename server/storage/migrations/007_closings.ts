/** A notice is written before the ledger says that its case is closed, and is nobody's until then. */
export const closings = `
-- The paper of the closing that the ledger has yet to name; null once it has.
ALTER TABLE case_notices ADD COLUMN closing TEXT CHECK (closing IS NULL OR told_at IS NULL);
CREATE INDEX case_notices_by_closing ON case_notices (closing) WHERE closing IS NOT NULL;
`
