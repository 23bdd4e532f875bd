import { instanceOf } from '../audit/opening/reading.ts'
import { type OpenedShares, openShares } from '../audit/opening/shares.ts'
import { zero } from '../audit/sealing/auditor-key.ts'
import { openAuditorKey } from '../people/auditors.ts'
import type { Ceremony } from '../people/ceremonies.ts'
import type { Viewer } from '../people/viewer.ts'
import { auditors } from '../people/who.ts'
import { ensureDevice } from '../web/device.ts'
import type { FormError } from '../web/form.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { passphraseError } from './opened-report.ts'
import { beginOpening, findOpening, mayOpen } from './opening.ts'
import { openingLocals, openingState } from './opening-shown.ts'
import { type OwnCase, ownCase, sessionOf } from './pair.ts'
import { checkOwnTies } from './rules.ts'

/** Two people open a case together, each on their own device. */
export const opening = new Pages()

const view = 'cases/opening'

async function refuse(page: Page<Viewer>, own: OwnCase, error: FormError): Promise<void> {
  page.refuse(view, openingLocals(page, own, error.field === 'passphrase'), [error])
}

opening.get('/cases/:id/opening', { who: auditors, action: 'case.opening.show' }, async page => {
  const own = await ownCase(page)
  const { one, auditor } = own
  if (one.state === 'executed' || one.state === 'closed') return page.redirect(`/cases/${one.id}/report`)
  if (!mayOpen(one, page.house.clock.now())) return page.redirect(`/cases/${one.id}`)
  const there = findOpening(page.house, one.id)?.seen(auditor.id, sessionOf(page))
  // Without a script the page itself is the sign of life of somebody who has come.
  if (there) page.is('case.opening.presence')
  page.render(view, openingLocals(page, own, page.query('part') !== null))
})

opening.post('/cases/:id/opening', { who: auditors, action: 'case.opening.come', fresh: true }, async page => {
  const own = await ownCase(page)
  const { one, auditor } = own
  if (!mayOpen(one, page.house.clock.now())) return page.redirect(`/cases/${one.id}`)
  const { id: factor } = page.factor
  // A recovery code shows nobody's device, so it could be the same one twice.
  if (factor === null) return refuse(page, own, { field: 'come', key: 'cases.opening.refused.recovery' })
  const seat = {
    auditor: auditor.id,
    account: page.viewer.id,
    session: sessionOf(page),
    factor,
    device: ensureDevice(page.context),
  }
  await page.record('try')
  const ceremony = await beginOpening(page.house, page.viewer, one)
  const refused = ceremony.come(seat)
  if (refused) return refuse(page, own, { field: 'come', key: `cases.opening.refused.${refused}` })
  page.redirect(`/cases/${one.id}/opening`)
})

// Taking the seat has asked for a fresh second factor, at most ten minutes ago and in this very session.
opening.post('/cases/:id/opening/part', { who: auditors, action: 'case.opening.part' }, async page => {
  const own = await ownCase(page)
  const { one, auditor } = own
  const { house } = page
  const session = sessionOf(page)
  const ceremony = findOpening(house, one.id)
  await ceremony?.look()
  // Sent twice it is opened once.
  if (!mayOpen(one, house.clock.now()) || !ceremony?.reserve(auditor.id, session))
    return page.redirect(`/cases/${one.id}/opening`)
  try {
    await page.record('try')
    const error = await openPart(page, own, ceremony)
    if (error) return refuse(page, own, error)
  } finally {
    ceremony.release(auditor.id)
  }
  page.redirect(`/cases/${one.id}/opening`)
})

/** Opens the own shares of what the case needs, and lays them down. What is wrong, if anything, only this person learns. */
async function openPart(page: Page<Viewer>, { one, auditor }: OwnCase, ceremony: Ceremony): Promise<FormError | null> {
  const { house } = page
  const session = sessionOf(page)
  const opened = await openAuditorKey(house, auditor, page.form.text('passphrase'))
  ceremony.seen(auditor.id, session)
  if (opened.kind !== 'open') return passphraseError(opened)
  let shares: OpenedShares
  try {
    const { reading } = house.audit
    shares = await openShares(reading, await instanceOf(reading), one.id, opened.holder)
  } finally {
    zero(opened.holder.pair.privateKey)
  }
  try {
    if ((await checkOwnTies(page.viewer, shares.request)).length > 0) {
      shares.wipe()
      return { field: 'passphrase', key: 'cases.opening.tied' }
    }
    await house.audit.step({ step: 'present', case: one.id, auditor: auditor.id })
  } catch (error) {
    shares.wipe()
    throw error
  }
  // It may have ended while the key was being opened: then the ledger must not count this part any more.
  if (!ceremony.put(auditor.id, session, shares))
    await house.audit.step({ step: 'interrupt', case: one.id, why: 'ended' })
  return null
}

opening.post('/cases/:id/opening/presence', { who: auditors, action: 'case.opening.presence' }, async page => {
  const own = await ownCase(page)
  const ceremony = findOpening(page.house, own.one.id)
  // Who asks without having come looks at the page.
  if (!ceremony?.seen(own.auditor.id, sessionOf(page))) page.is('case.opening.show')
  await ceremony?.look()
  page.context.body = openingState(page, own)
})

opening.post('/cases/:id/opening/stop', { who: auditors, action: 'case.opening.stop' }, async page => {
  const own = await ownCase(page)
  await page.record('try')
  await findOpening(page.house, own.one.id)?.end('stopped', own.auditor.id)
  page.redirect(`/cases/${own.one.id}/opening`)
})
