import type { House } from '../house.ts'
import { type SystemChange, systemChange } from '../storage/change.ts'
import type { Tables } from '../storage/tables.ts'
import { openSecret, stepOf } from './one-time.ts'
import { checkPasskey, usePasskey } from './passkeys.ts'
import { useRecoveryCode } from './recovery.ts'
import { factorBudgets, forgive, takeTry } from './throttle.ts'
import type { OwnFactor } from './viewer.ts'

/** What somebody proved themselves with. A recovery code is no authenticator: it has no `factor`. */
export interface Proof {
  readonly by: 'totp' | 'passkey' | 'recovery'
  readonly factor: string | null
}

export type ProofVerdict =
  | ({ readonly kind: 'right' } & Proof)
  | { readonly kind: 'wrong' }
  | { readonly kind: 'wait'; readonly seconds: number }

/** What an account proves itself with, before anybody is signed in to it. */
export async function factorsOf(house: House, account: string): Promise<OwnFactor[]> {
  const rows = await rowsOf(house, account)
  return rows.map(({ id, kind, credential_id, transports }) => ({
    id,
    kind,
    credential: credential_id,
    transports: JSON.parse(transports) as string[],
  }))
}

async function rowsOf(house: House, account: string): Promise<Tables['factors'][]> {
  return house.database.reader<Tables['factors']>('factors').where({ account_id: account })
}

/**
 * The only place where a second factor is checked: a code from an app, a recovery code, or what a passkey signed.
 *
 * Codes of all kinds have one budget for the account: five tries in a quarter of an hour. Signatures cannot be
 * guessed and do not count, so that whoever knows only the password locks nobody with a passkey out.
 */
export async function checkProof(house: House, account: string, typed: string, session: string): Promise<ProofVerdict> {
  const factors = await rowsOf(house, account)
  const used = (work: (change: SystemChange) => Promise<boolean>) =>
    systemChange(house.database, house.clock, 'sign-in', work)
  if (typed.startsWith('{')) {
    const passkey = await checkPasskey(house, session, typed, factors)
    if (!passkey || !(await used(change => usePasskey(change, passkey.factor, passkey.counter))))
      return { kind: 'wrong' }
    return { kind: 'right', by: 'passkey', factor: passkey.factor }
  }
  const budgets = factorBudgets(house, account)
  const seconds = await takeTry(house, budgets)
  if (seconds > 0) return { kind: 'wait', seconds }
  for (const { id, secret } of factors) {
    const step = secret && stepOf(openSecret(house, account, id, secret), typed, house.clock.now())
    if (!step) continue
    const first = await used(async change => {
      // Whoever comes second with the same code finds the step taken, however close behind they are.
      const taken = await change
        .write('factors')
        .where({ id })
        .where('last_step', '<', step)
        .update({ last_step: step, used_at: change.at })
      if (taken === 1) await forgive(change, budgets)
      return taken === 1
    })
    if (first) return { kind: 'right', by: 'totp', factor: id }
  }
  const recovered = await used(async change => {
    const right = await useRecoveryCode(change, house, account, typed)
    if (right) await forgive(change, budgets)
    return right
  })
  return recovered ? { kind: 'right', by: 'recovery', factor: null } : { kind: 'wrong' }
}
