import type { Knex } from 'knex'
import type { House } from '../house.ts'
import type { Change, SystemChange } from '../storage/change.ts'
import { newId } from '../storage/ids.ts'
import type { Office } from '../storage/tables.ts'
import { codeHash, foldCode } from './codes.ts'

/** Who an open code is for. Nothing of it is shown before the registration has succeeded. */
export interface OpenCode {
  readonly id: string
  readonly guardianship_id: string | null
  readonly pupil_id: string | null
  readonly invitation_id: string | null
  readonly given_name: string
  readonly family_name: string
  readonly office: Office | null
}

const openCodeSql = `
SELECT c.id, c.guardianship_id, coalesce(c.pupil_id, s.pupil_id) AS pupil_id, c.invitation_id, i.office,
  coalesce(g.given_name, p.given_name, i.given_name) AS given_name,
  coalesce(g.family_name, p.family_name, i.family_name) AS family_name
FROM registration_codes c
LEFT JOIN guardianships s ON s.id = c.guardianship_id
LEFT JOIN guardians g ON g.id = s.guardian_id
LEFT JOIN pupils p ON p.id = c.pupil_id
LEFT JOIN invitations i ON i.id = c.invitation_id
LEFT JOIN pupils child ON child.id = coalesce(c.pupil_id, s.pupil_id)
WHERE c.code_hash = :hash AND c.used_at IS NULL AND c.revoked_at IS NULL AND c.expires_at > :now
  AND (s.id IS NULL OR (s.custody <> 'no' AND s.may_read = 1 AND s.from_on <= :today AND (s.until_on IS NULL OR s.until_on >= :today)))
  AND (child.id IS NULL OR child.left_on IS NULL OR child.left_on >= :today)
  AND coalesce(g.account_id, p.account_id, :account) = :account`

/**
 * An open code, or undefined for a wrong, used, revoked or expired one: they look the same. So does one of a person
 * who has an account already, unless it is `account`: a slip for a second child never moves the first to somebody else.
 */
export async function findOpenCode(house: House, typed: string, account = ''): Promise<OpenCode | undefined> {
  if (foldCode(typed).length !== 16) return undefined
  const values = {
    hash: codeHash(house, typed),
    now: new Date(house.clock.now()).toISOString(),
    today: house.clock.today(),
    account,
  }
  const [row] = (await house.database.reader.raw(openCodeSql, values)) as OpenCode[]
  return row
}

/**
 * Whether a code may be for the person of this account: both first names agree.
 *
 * Both parents' letters lie on the same kitchen table. A code typed into the other one's account would link the
 * wrong person, and the right one could never register.
 */
export function isForPerson(code: OpenCode, name: string): boolean {
  const first = (text: string) => (text.split(/[\s-]/)[0] ?? '').normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  return first(code.given_name) === first(name)
}

/** Between the look and the act somebody else was faster; nothing of the transaction stays. */
export class CodeUsed extends Error {}

/**
 * Uses a code up for an account: links the guardian (or pupil, or appointment) to it and tells who should know.
 *
 * Throws `CodeUsed` where that is no longer possible; of many at once exactly one succeeds.
 */
export async function redeemCode(change: Change | SystemChange, code: OpenCode, account: string): Promise<void> {
  const used = await change
    .write('registration_codes')
    .where({ id: code.id })
    .whereNull('used_at')
    .whereNull('revoked_at')
    .update({ used_at: change.at })
  if (used !== 1) throw new CodeUsed()
  if (code.invitation_id && code.office) {
    await change.write('invitations').where({ id: code.invitation_id }).update({ used_at: change.at })
    await change
      .write('appointments')
      .insert({ account_id: account, office: code.office, from_on: change.today, until_on: null })
    return
  }
  const guardian = change
    .write('guardianships')
    .select('guardian_id')
    .where({ id: code.guardianship_id ?? '' })
  const linked = code.guardianship_id
    ? await change.write('guardians').whereIn('id', guardian).where(free(account)).update({ account_id: account })
    : await change
        .write('pupils')
        .where({ id: code.pupil_id ?? '' })
        .where(free(account))
        .update({ account_id: account })
  if (linked !== 1) throw new CodeUsed()
  if (code.pupil_id) {
    await change.write('registrations').insert({
      id: newId(),
      pupil_id: code.pupil_id,
      guardianship_id: code.guardianship_id,
      account_id: account,
      registered_at: change.at,
    })
  }
}

/** Rows that nobody's account stands behind, or this one's already. */
function free(account: string): Knex.QueryCallback {
  return rows => rows.whereNull('account_id').orWhere('account_id', account)
}

/** What a code is about, for the record. */
export function concernsOf(code: OpenCode): readonly ['pupil' | 'invitation', string][] {
  if (code.pupil_id) return [['pupil', code.pupil_id]]
  return code.invitation_id ? [['invitation', code.invitation_id]] : []
}
