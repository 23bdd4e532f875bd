import { refreshAuditorCare } from '../people/auditor-care.ts'
import { type AuditorRow, listEnrolledAuditors } from '../people/auditors.ts'
import { goOnAnew } from '../people/renewal.ts'
import {
  decideSuspension,
  mayDecide,
  readBench,
  SuspensionRefused,
  suspendAuditor,
  tellDecided,
  tellSuspended,
} from '../people/suspensions.ts'
import type { Viewer } from '../people/viewer.ts'
import { appointers } from '../people/who.ts'
import type { Change } from '../storage/change.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { refuseOnList } from './shown.ts'
import { listSuspensions } from './store.ts'

/** One person suspends an auditor at once; that their shares are deleted, or that they come back, takes a second one. */
export const suspending = new Pages()

async function thisAuditor(page: Page<Viewer>): Promise<AuditorRow> {
  const enrolled = await listEnrolledAuditors(page.house)
  const one = enrolled.find(auditor => String(auditor.id) === page.params.id) ?? page.throw(404)
  page.concerns('account', one.account_id)
  return one
}

/** Does it, or says at the person's place on the list why not. */
async function act(page: Page<Viewer>, one: AuditorRow, done: string, work: (change: Change) => Promise<void>) {
  try {
    await page.change(work)
  } catch (error) {
    if (!(error instanceof SuspensionRefused)) throw error
    return refuseOnList(page, { field: `auditor-${one.id}`, key: `auditors.refused.${error.reason}` })
  }
  await refreshAuditorCare(page.house)
  // Whoever sits before a part of the log with them is stopped now, not at the next look.
  await page.house.ceremonies.tick()
  if (one.account_id === page.viewer.id) await goOnAnew(page)
  page.redirect('/auditors', done)
}

suspending.post('/auditors/:id/suspension', { who: appointers, action: 'auditor.suspend', fresh: true }, async page => {
  const { house, viewer } = page
  const one = await thisAuditor(page)
  // An auditor by the office alone, whom the ledger does not know, ends nobody.
  const acts = (await readBench(house)).acting.some(auditor => auditor.account_id === viewer.id)
  if (!acts && !viewer.holds('admin', 'head')) return page.throw(403)
  if (page.form.text('confirm') !== 'yes')
    return refuseOnList(page, { field: `auditor-${one.id}`, key: 'auditors.suspend-unconfirmed' })
  return act(page, one, 'suspended', async change => {
    const auditor = await suspendAuditor(house, change, one.account_id, 'suspended')
    await page.record('try')
    if (auditor !== null) await tellSuspended(house, auditor)
  })
})

async function decide(page: Page<Viewer>, outcome: 'revoked' | 'reinstated'): Promise<void> {
  const { house, viewer } = page
  const one = await thisAuditor(page)
  // A clock that somebody has just set ahead lets no month pass.
  await house.audit.tick()
  const suspension = (await listSuspensions(viewer)).find(row => row.auditor === one.id) ?? page.throw(404)
  if (!mayDecide(viewer, suspension, await readBench(house)))
    return refuseOnList(page, { field: `auditor-${one.id}`, key: 'auditors.refused.second' })
  if (outcome === 'revoked' && page.form.text('confirm') !== 'yes')
    return refuseOnList(page, { field: `auditor-${one.id}`, key: 'auditors.revoke-unconfirmed' })
  return act(page, one, outcome, async change => {
    await decideSuspension(house, change, one.id, outcome)
    await page.record('try')
    await tellDecided(house, one.id, outcome)
  })
}

suspending.post('/auditors/:id/revocation', { who: appointers, action: 'auditor.revoke', fresh: true }, page =>
  decide(page, 'revoked'),
)

suspending.post('/auditors/:id/reinstatement', { who: appointers, action: 'auditor.reinstate', fresh: true }, page =>
  decide(page, 'reinstated'),
)
