import { accountsByName } from './ties.ts'
import type { Rule } from './visibility.ts'

/** Every lock to auditors; to admins those of a day, which they may make and end. */
export const locks: Rule = viewer => ({
  sql: `SELECT l.*, ${nameOf('l.account_id')} AS person, ${nameOf('l.begun_by')} AS begun_name, ${nameOf('l.confirmed_by')} AS confirmed_name,
      ${nameOf('l.lift_by')} AS lift_name, ${nameOf('l.lifted_by')} AS lifted_name
    FROM locks l WHERE ${viewer.holds('auditor')} OR (${viewer.holds('admin')} AND l.kind = 'emergency')`,
  values: {},
})

const nameOf = (account: string) => `(SELECT given_name || ' ' || family_name FROM accounts WHERE id = ${account})`

/** Whoever may lock may look for everybody by name, and learns of them only what tells them apart. */
export const lockable: Rule = viewer => ({
  sql: `SELECT * FROM (${accountsByName}) WHERE ${viewer.holds('auditor', 'admin')}`,
  values: { today: viewer.today },
})
