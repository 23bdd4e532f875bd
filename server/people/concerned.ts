import { adultSince } from './viewer.ts'
import type { Rule } from './visibility.ts'

/** For a child those who may read for it, or it itself once of age; for a letter its author. */
const concernedSql = `SELECT 'account' AS kind, id AS subject, id AS account_id, given_name || ' ' || family_name AS name, NULL AS about, NULL AS address
    FROM accounts
  UNION ALL SELECT 'letter', l.id, a.id, a.given_name || ' ' || a.family_name, l.number, NULL FROM letters l JOIN accounts a ON a.id = l.author_id
  UNION ALL SELECT 'pupil', u.id, g.account_id, g.given_name || ' ' || g.family_name, u.given_name || ' ' || u.family_name, g.address
    FROM pupils u JOIN guardianships s ON s.pupil_id = u.id JOIN guardians g ON g.id = s.guardian_id
    WHERE s.may_read = 1 AND s.from_on <= :today AND (s.until_on IS NULL OR s.until_on >= :today)
      AND (u.born_on IS NULL OR u.born_on > :adult OR u.guardians_allowed_at IS NOT NULL)
  UNION ALL SELECT 'pupil', id, account_id, given_name || ' ' || family_name, NULL, NULL FROM pupils WHERE born_on <= :adult`

/** Who is to be told of a case: to auditors. */
export const concerned: Rule = viewer => ({
  sql: `SELECT * FROM (${concernedSql}) WHERE ${viewer.holds('auditor')}`,
  values: { today: viewer.today, adult: adultSince(viewer.today) },
})
