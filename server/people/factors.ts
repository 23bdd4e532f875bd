import type { House } from '../house.ts'
import type { Change } from '../storage/change.ts'
import type { Office } from '../storage/tables.ts'
import { sealSecret } from './one-time.ts'
import type { NewPasskey } from './passkeys.ts'
import { forgetRecoveryCodes } from './recovery.ts'
import type { Viewer } from './viewer.ts'
import { visibleTo } from './visibility.ts'

/** Whoever holds one of these needs a second factor. */
const offices: readonly Office[] = ['admin', 'office', 'head', 'auditor']
export const mostFactors = 6

export function needsFactor(viewer: Viewer): boolean {
  return viewer.holds(...offices)
}

export function lacksFactor(viewer: Viewer): boolean {
  return viewer.factors.length === 0 && needsFactor(viewer)
}

/** The last one of somebody who needs one stays. */
export function mayRemoveFactor(viewer: Viewer): boolean {
  return viewer.factors.length > 1 || !needsFactor(viewer)
}

/** The viewer's own, oldest first. */
export async function listFactors(viewer: Viewer) {
  return visibleTo(viewer, 'factors').orderBy('created_at')
}

/** An authenticator app, after it has shown the code of `step`, which is used up with it. */
export async function addOneTime(
  change: Change,
  house: Pick<House, 'secrets'>,
  added: { readonly id: string; readonly name: string; readonly secret: Buffer; readonly step: number },
): Promise<void> {
  const { id, name, step } = added
  const secret = sealSecret(house, change.id, id, added.secret)
  await change.write('factors').insert({ ...empty(change), id, kind: 'totp', name, secret, last_step: step })
}

export async function addPasskey(change: Change, id: string, name: string, passkey: NewPasskey): Promise<void> {
  await change.write('factors').insert({ ...empty(change), id, kind: 'passkey', name, ...passkey })
}

function empty(change: Change) {
  return {
    account_id: change.id,
    secret: null,
    last_step: 0,
    credential_id: null,
    public_key: null,
    counter: 0,
    transports: '[]',
    created_at: change.at,
    used_at: null,
  }
}

/** Removes one; with the last one the recovery codes go, too. */
export async function removeFactor(change: Change, id: string): Promise<void> {
  await change.write('factors').where({ id, account_id: change.id }).delete()
  if (change.factors.every(factor => factor.id === id)) await forgetRecoveryCodes(change, change.id)
}
