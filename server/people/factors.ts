import type { House } from '../house.ts'
import type { Change } from '../storage/change.ts'
import type { Office, Tables } from '../storage/tables.ts'
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

interface NewOneTime {
  readonly id: string
  readonly name: string
  readonly secret: Buffer
  readonly step: number
}

/** An authenticator app, after it has shown the code of `step`, which is used up with it. */
export async function addOneTime(change: Change, house: Pick<House, 'secrets'>, added: NewOneTime): Promise<void> {
  await change.write('factors').insert(oneTimeRow(house, change.id, change.at, added))
}

export function oneTimeRow(
  house: Pick<House, 'secrets'>,
  account: string,
  at: string,
  { id, name, secret, step }: NewOneTime,
): Tables['factors'] {
  const sealed = sealSecret(house, account, id, secret)
  return { ...empty(account, at), id, kind: 'totp', name, secret: sealed, last_step: step }
}

export async function addPasskey(change: Change, id: string, name: string, passkey: NewPasskey): Promise<void> {
  await change.write('factors').insert({ ...empty(change.id, change.at), id, kind: 'passkey', name, ...passkey })
}

function empty(account: string, at: string) {
  return {
    account_id: account,
    secret: null,
    last_step: 0,
    credential_id: null,
    public_key: null,
    counter: 0,
    transports: '[]',
    created_at: at,
    used_at: null,
  }
}

/** Removes one; with the last one the recovery codes go, too. */
export async function removeFactor(change: Change, id: string): Promise<void> {
  await change.write('factors').where({ id, account_id: change.id }).delete()
  if (change.factors.every(factor => factor.id === id)) await forgetRecoveryCodes(change, change.id)
}
