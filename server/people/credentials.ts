import { createHash } from 'node:crypto'
import type { House } from '../house.ts'
import { systemChange } from '../storage/change.ts'
import type { Tables } from '../storage/tables.ts'
import { lockOn } from './lapses.ts'
import { hashPassword, needsNewHash, passwordFits } from './passwords.ts'
import { forgive, signInBudgets, takeTry } from './throttle.ts'

type Account = Tables['accounts']

export type Verdict =
  | { readonly kind: 'right'; readonly account: Account }
  | { readonly kind: 'wrong' }
  /** The password is right, and the account `id` is closed since then; `until` where it is for a day. */
  | { readonly kind: 'locked'; readonly id: string; readonly since: string; readonly until: string | null }
  | { readonly kind: 'wait'; readonly seconds: number }

/** The form in which a login is compared: no blanks around, compatible characters, lower case. */
export function foldLogin(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase()
}

export function deviceHash(device: string): Buffer {
  return createHash('sha256').update(device).digest()
}

/**
 * The only place where a password is compared: sign-in, re-authentication and every change of a secret.
 *
 * Unknown login and wrong password give the same verdict after the same work. That an account is locked learns only
 * whoever knows its password.
 * Throws `TooBusy` when more than twenty wait for a turn.
 */
export async function verifyCredential(
  house: House,
  asked: {
    readonly login: string
    readonly password: string
    readonly device: string | null
    readonly address: string
  },
): Promise<Verdict> {
  const login = foldLogin(asked.login)
  const account = await house.database.reader<Account>('accounts').where({ login }).first()
  const known = account && asked.device && (await isKnownDevice(house, account, asked.device)) ? asked.device : null
  const budgets = signInBudgets(house, login, known, asked.address)
  const seconds = await takeTry(house, budgets)
  if (seconds > 0) return { kind: 'wait', seconds }
  const fits = await passwordFits(account?.password_hash, asked.password)
  if (!account || !fits) return { kind: 'wrong' }
  const renewed = needsNewHash(account.password_hash) ? await hashPassword(asked.password) : null
  await systemChange(house.database, house.clock, 'throttle', async change => {
    await forgive(change, budgets)
    if (renewed) await change.write('accounts').where({ id: account.id }).update({ password_hash: renewed })
  })
  // The day of a lock may be over, though nobody has noticed yet.
  const lock = account.locked_at ? await lockOn(house, account.id) : null
  return lock ? { kind: 'locked', id: account.id, ...lock } : { kind: 'right', account }
}

async function isKnownDevice(house: House, account: Account, device: string): Promise<boolean> {
  const row = await house.database
    .reader<Tables['devices']>('devices')
    .where({ id_hash: deviceHash(device), account_id: account.id, epoch: account.session_epoch })
    .where('expires_at', '>', new Date(house.clock.now()).toISOString())
    .first('account_id')
  return row !== undefined
}
