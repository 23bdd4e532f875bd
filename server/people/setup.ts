import { createHash, randomBytes } from 'node:crypto'
import { instant } from '../clock.ts'
import type { House } from '../house.ts'
import type { SystemChange } from '../storage/change.ts'
import { base32 } from '../storage/ids.ts'
import type { Tables } from '../storage/tables.ts'
import { createAccount } from './accounts.ts'
import { codeInGroups, foldCode } from './codes.ts'

const minutes = 30

function tokenHash(token: string): Buffer {
  return createHash('sha256').update(foldCode(token)).digest()
}

/** Whether the first admin exists; from then on no token works. */
export async function isSetUp(house: Pick<House, 'database'>): Promise<boolean> {
  const row = await house.database
    .reader<Tables['appointments']>('appointments')
    .where({ office: 'admin' })
    .first('account_id')
  return row !== undefined
}

/** A token for the first admin: holds thirty minutes, works once, replaces earlier ones. Undefined where an admin exists. */
export async function issueSetupToken(change: SystemChange): Promise<string | undefined> {
  const admin = await change.write('appointments').where({ office: 'admin' }).first('account_id')
  if (admin) return undefined
  const token = base32(randomBytes(20))
  await change.write('setup_tokens').delete()
  await change.write('setup_tokens').insert({
    token_hash: tokenHash(token),
    created_at: change.at,
    expires_at: instant(Date.parse(change.at) + minutes * 60_000),
    used_at: null,
  })
  return codeInGroups(token)
}

/** Makes the first admin. Undefined for a wrong, used or late token, and once an admin exists. */
export async function createFirstAdmin(
  change: SystemChange,
  token: string,
  person: Parameters<typeof createAccount>[1],
): Promise<Tables['accounts'] | undefined> {
  const used = await change
    .write('setup_tokens')
    .where({ token_hash: tokenHash(token) })
    .whereNull('used_at')
    .where('expires_at', '>', change.at)
    .update({ used_at: change.at })
  const admin = await change.write('appointments').where({ office: 'admin' }).first('account_id')
  if (used !== 1 || admin) return undefined
  const account = await createAccount(change, person)
  if (account)
    await change
      .write('appointments')
      .insert({ account_id: account.id, office: 'admin', from_on: change.today, until_on: null })
  return account
}
