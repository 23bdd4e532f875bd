/** When the person a notice is for has read it, and when each of the two last looked at what came back. */
export const readings = `
ALTER TABLE case_notices ADD COLUMN read_at TEXT CHECK (read_at IS NULL OR told_at IS NOT NULL);
ALTER TABLE case_notices ADD COLUMN requester_seen_at TEXT;
ALTER TABLE case_notices ADD COLUMN reviewer_seen_at TEXT;
`
