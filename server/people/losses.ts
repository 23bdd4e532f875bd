import { instant } from '../clock.ts'
import type { Change } from '../storage/change.ts'
import { newId } from '../storage/ids.ts'
import { foldLogin } from './credentials.ts'
import { forgetRecoveryCodes } from './recovery.ts'
import { endEverything } from './sessions.ts'
import type { Viewer } from './viewer.ts'
import { visibleTo } from './visibility.ts'

/** How long a loss waits for the second person, in days. */
export const lossDays = 7

function since(now: number): string {
  return instant(now - lossDays * 86_400_000)
}

/** Losses that wait for a second person, newest first. */
export async function listOpenLosses(viewer: Viewer, now: number) {
  return visibleTo(viewer, 'factor_losses')
    .whereNull('confirmed_at')
    .whereNull('withdrawn_at')
    .where('named_at', '>', since(now))
    .orderBy('named_at', 'desc')
    .limit(100)
}

export async function findOpenLoss(viewer: Viewer, id: string, now: number) {
  const [loss] = await visibleTo(viewer, 'factor_losses')
    .where({ id })
    .whereNull('confirmed_at')
    .whereNull('withdrawn_at')
    .where('named_at', '>', since(now))
  return loss
}

/** Says that somebody, seen in person, has lost what they prove themselves with. Whom, or why not. */
export async function nameLoss(
  change: Change,
  login: string,
): Promise<{ account: string } | { refused: 'unknown' | 'self' | 'already' }> {
  const account = await change
    .write('accounts')
    .where({ login: foldLogin(login) })
    .whereIn('id', change.write('factors').select('account_id'))
    .first('id')
  if (!account) return { refused: 'unknown' }
  if (account.id === change.id) return { refused: 'self' }
  const open = () =>
    change.write('factor_losses').where({ account_id: account.id }).whereNull('confirmed_at').whereNull('withdrawn_at')
  await open()
    .where('named_at', '<=', since(Date.parse(change.at)))
    .update({ withdrawn_at: change.at })
  if (await open().first('id')) return { refused: 'already' }
  await change.write('factor_losses').insert({
    id: newId(),
    account_id: account.id,
    named_by: change.id,
    named_at: change.at,
    confirmed_by: null,
    confirmed_at: null,
    withdrawn_at: null,
  })
  return { account: account.id }
}

type Loss = NonNullable<Awaited<ReturnType<typeof findOpenLoss>>>

/** Neither who named the loss nor who suffered it confirms it. */
export function mayConfirmLoss(viewer: Viewer, loss: Pick<Loss, 'named_by' | 'account_id'>): boolean {
  return loss.named_by !== viewer.id && loss.account_id !== viewer.id
}

/** Losses that wait for this viewer to confirm them. */
export async function lossesFor(viewer: Viewer, now: number) {
  if (!viewer.holds('admin', 'head')) return []
  return (await listOpenLosses(viewer, now)).filter(loss => mayConfirmLoss(viewer, loss))
}

/**
 * Ends every factor, recovery code and session of the person. Their password stays: with it they come to the page
 * where a new factor is made, and no further.
 */
export async function confirmLoss(change: Change, loss: Pick<Loss, 'id' | 'account_id'>): Promise<boolean> {
  const confirmed = await change
    .write('factor_losses')
    .where({ id: loss.id })
    .whereNull('confirmed_at')
    .whereNull('withdrawn_at')
    .whereNot({ named_by: change.id })
    .whereNot({ account_id: change.id })
    .update({ confirmed_by: change.id, confirmed_at: change.at })
  if (confirmed !== 1) return false
  await change.write('factors').where({ account_id: loss.account_id }).delete()
  await forgetRecoveryCodes(change, loss.account_id)
  await endEverything(change, loss.account_id)
  return true
}

export async function withdrawLoss(change: Change, id: string): Promise<void> {
  await change.write('factor_losses').where({ id }).whereNull('confirmed_at').update({ withdrawn_at: change.at })
}
