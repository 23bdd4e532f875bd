import { lapseLocks } from '../people/lapses.ts'
import {
  confirmLift,
  confirmLock,
  LockRefused,
  lockForNow,
  proposeLift,
  proposeLock,
  withdrawLock,
} from '../people/locks.ts'
import type { Viewer } from '../people/viewer.ts'
import { adminOrAuditor, auditors } from '../people/who.ts'
import type { Change } from '../storage/change.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { listLocals, newLocals, showLocals } from './lock-shown.ts'
import { findAccount, findLock, type Lock, searchAccounts } from './lock-store.ts'

/** Accounts are closed and opened again by two auditors over a case; one person alone can for a day. */
export const locking = new Pages()

locking.get('/locks', { who: adminOrAuditor, action: 'lock.list' }, async page => {
  await lapseLocks(page.house)
  page.render('cases/locks', await listLocals(page))
})

/** An admin has no cases to name. */
const kindFor = (viewer: Viewer, asked: string | null): Lock['kind'] =>
  viewer.holds('auditor') && asked !== 'emergency' ? 'case' : 'emergency'

locking.get('/locks/new', { who: adminOrAuditor, action: 'lock.draft' }, async page => {
  const kind = kindFor(page.viewer, page.query('kind'))
  page.render('cases/lock-new', await newLocals(page, kind, null, { account: '', caseId: page.query('case') ?? '' }))
})

locking.post('/locks/new', { who: adminOrAuditor, action: 'lock.draft' }, async page => {
  const kind = kindFor(page.viewer, page.form.text('kind'))
  const named = await findAccount(page.viewer, page.form.text('account'))
  const found = named ? [named] : await searchAccounts(page.viewer, page.form.text('name').slice(0, 100))
  page.detail('found', found.length)
  const chosen = { account: named?.id ?? '', caseId: page.form.text('case') }
  page.render('cases/lock-new', {
    ...(await newLocals(page, kind, found, chosen)),
    values: { name: page.form.text('name') },
  })
})

/** Begins a lock, or shows the form again with the reason why not. */
async function begin(
  page: Page<Viewer>,
  kind: Lock['kind'],
  work: (change: Change, account: string) => Promise<number>,
): Promise<void> {
  await lapseLocks(page.house)
  const account = await findAccount(page.viewer, page.form.text('account'))
  const refuse = async (key: string) => {
    const chosen = { account: account?.id ?? '', caseId: page.form.text('case') }
    const found = account ? [account] : null
    return page.refuse('cases/lock-new', await newLocals(page, kind, found, chosen), [{ field: 'account', key }])
  }
  if (!account) return refuse('locks.refused.nobody')
  page.concerns('account', account.id)
  let lock = 0
  const reason = await refusalIn(page, () =>
    page.change(async change => {
      lock = await work(change, account.id)
      page.concerns('lock', String(lock))
    }),
  )
  if (reason) return refuse(`locks.refused.${reason}`)
  page.redirect(`/locks/${lock}`, kind === 'case' ? 'proposed' : 'emergency')
}

async function refusalIn(page: Page<Viewer>, work: () => Promise<unknown>): Promise<string | null> {
  try {
    await work()
    // Whoever is shut out just now may have a part of the log open.
    await page.house.ceremonies.tick()
    return null
  } catch (error) {
    if (error instanceof LockRefused) return error.reason
    throw error
  }
}

locking.post('/locks', { who: auditors, action: 'lock.propose', fresh: true }, page => {
  const caseId = Number(page.form.text('case'))
  if (Number.isSafeInteger(caseId) && caseId > 0) page.concerns('case', String(caseId))
  return begin(page, 'case', (change, account) => proposeLock(page.house, change, account, caseId))
})

locking.post('/locks/emergency', { who: adminOrAuditor, action: 'lock.emergency', fresh: true }, page =>
  begin(page, 'emergency', (change, account) => lockForNow(page.house, change, account)),
)

async function thisLock(page: Page<Viewer>): Promise<Lock> {
  await lapseLocks(page.house)
  const lock = (await findLock(page.viewer, page.params.id ?? '')) ?? page.throw(404)
  page.concerns('account', lock.account_id)
  page.concerns('lock', String(lock.id))
  return lock
}

locking.get('/locks/:id', { who: adminOrAuditor, action: 'lock.show' }, async page =>
  page.render('cases/lock', await showLocals(page, await thisLock(page))),
)

/** Does something about a lock, or shows it as it is now with the reason why not. */
async function act(page: Page<Viewer>, done: string, work: (change: Change, id: number) => Promise<void>) {
  const { id } = await thisLock(page)
  const reason = await refusalIn(page, () => page.change(change => work(change, id)))
  if (!reason) return page.redirect(`/locks/${id}`, done)
  const now = (await findLock(page.viewer, String(id))) ?? page.throw(404)
  page.refuse('cases/lock', await showLocals(page, now), [{ field: 'state', key: `locks.refused.${reason}` }])
}

locking.post('/locks/:id/confirmation', { who: auditors, action: 'lock.confirm', fresh: true }, page =>
  act(page, 'confirmed', (change, id) => confirmLock(page.house, change, id)),
)

locking.post('/locks/:id/withdrawal', { who: adminOrAuditor, action: 'lock.withdraw', fresh: true }, page =>
  act(page, 'withdrawn', (change, id) => withdrawLock(page.house, change, id)),
)

locking.post('/locks/:id/lifting', { who: auditors, action: 'lock.lift.propose', fresh: true }, page => {
  const caseId = Number(page.form.text('case'))
  return act(page, 'lifting', (change, id) => proposeLift(page.house, change, id, caseId))
})

locking.post('/locks/:id/lifting/confirmation', { who: auditors, action: 'lock.lift.confirm', fresh: true }, page =>
  act(page, 'lifted', (change, id) => confirmLift(page.house, change, id)),
)
