import type { Rule } from './visibility.ts'

const nameOf = (account: string) => `(SELECT given_name || ' ' || family_name FROM accounts WHERE id = ${account})`

/** Who is to become an auditor: to those who may ask for it or agree to it, and to the person. */
export const auditorInvitations: Rule = viewer => ({
  sql: `SELECT i.*, ${nameOf('i.account_id')} AS person, ${nameOf('i.invited_by')} AS invited_name,
      ${nameOf('i.confirmed_by')} AS confirmed_name
    FROM auditor_invitations i WHERE ${viewer.holds('admin', 'head', 'auditor')} OR i.account_id = :me`,
  values: { me: viewer.id },
})

/** Whom somebody suspended, to those who may decide on it. */
export const auditorSuspensions: Rule = viewer => ({
  sql: `SELECT s.*, ${nameOf('s.account_id')} AS person, ${nameOf('s.begun_by')} AS begun_name
    FROM auditor_suspensions s WHERE ${viewer.holds('admin', 'head', 'auditor')}`,
  values: {},
})

/** Everybody who works here today and can sign in, to those who may appoint auditors: the name and what they do. */
export const appointable: Rule = viewer => ({
  sql: `SELECT a.id, a.given_name || ' ' || a.family_name AS name, a.family_name, a.given_name,
      json_group_array(DISTINCT p.office) AS offices
    FROM accounts a JOIN appointments p ON p.account_id = a.id AND p.from_on <= :today AND coalesce(p.until_on, :today) >= :today
    WHERE a.locked_at IS NULL AND ${viewer.holds('admin', 'head', 'auditor')} GROUP BY a.id`,
  values: { today: viewer.today },
})
