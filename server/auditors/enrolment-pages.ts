import { CaseRefused } from '../audit/log.ts'
import { zero } from '../audit/sealing/auditor-key.ts'
import { refreshAuditorCare } from '../people/auditor-care.ts'
import { opensPrepared, prepareAuditor, withNextNumber } from '../people/auditors.ts'
import { makePassphrase } from '../people/passphrase.ts'
import { goOnAnew } from '../people/renewal.ts'
import { grantOffice } from '../people/staff.ts'
import type { Viewer } from '../people/viewer.ts'
import { colleagues } from '../people/who.ts'
import type { FormError } from '../web/form.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { passphraseError } from './passphrase-pages.ts'
import { showSheet } from './sheet.ts'
import { findOwnInvitation, takeUp } from './store.ts'

/** How an invited person becomes an auditor: a passphrase is made, shown once, printed, and typed again. */
export const enrolment = new Pages()

const view = 'auditors/enrolment'
const kept = 'enrolment'

function locals(page: Page<Viewer>) {
  const typing = Boolean(page.house.preparedKeys.find(page.viewer.id, kept))
  return { typing, gone: !typing && page.query('step') === 'type' }
}

function refuse(page: Page<Viewer>, error: FormError): void {
  page.refuse(view, locals(page), [error])
}

enrolment.get('/auditors/enrolment', { who: colleagues, action: 'auditor.enrol.show' }, async page => {
  if (!(await findOwnInvitation(page.viewer))) return page.throw(404)
  page.render(view, locals(page))
})

enrolment.post('/auditors/enrolment', { who: colleagues, action: 'auditor.enrol', fresh: true }, async page => {
  const invitation = (await findOwnInvitation(page.viewer)) ?? page.throw(404)
  if (page.form.text('step') === 'type') return type(page)
  page.detail('step', 'make')
  const { house, viewer } = page
  const passphrase = makePassphrase()
  const office = [...viewer.offices].filter(one => one !== 'auditor').join(', ') || 'auditor'
  const appointment = { account: viewer.id, person: viewer.name, office, trainedOn: invitation.trained_on }
  const { row, pair } = await prepareAuditor(house, appointment, passphrase)
  // Its private half is in the row, under the passphrase; nothing in clear waits for the next step.
  zero(pair.privateKey)
  house.preparedKeys.keep(viewer.id, row, kept)
  showSheet(page, passphrase, '/auditors/enrolment?step=type')
})

async function type(page: Page<Viewer>): Promise<void> {
  page.detail('step', 'type')
  const { house, viewer } = page
  const row = house.preparedKeys.find(viewer.id, kept)
  if (!row) return refuse(page, { field: 'make', key: 'auditors.enrolment.forgotten' })
  const checked = await opensPrepared(house, row, page.form.text('passphrase'))
  if (checked.kind !== 'right') return refuse(page, passphraseError(checked, 'differs'))
  const numbered = await withNextNumber(house, row, page.form.text('passphrase'))
  house.preparedKeys.keep(viewer.id, null, kept)
  try {
    await page.change(async change => {
      const invitation = (await findOwnInvitation(change)) ?? page.throw(409)
      await grantOffice(change, change.id, 'auditor')
      await takeUp(change, invitation, numbered.id)
      await page.record('try')
      await house.audit.enrol(numbered)
    })
  } catch (error) {
    // In this very moment somebody else took the number, or the last place.
    if (error instanceof Error && error.name === CaseRefused.name)
      return refuse(page, { field: 'make', key: 'auditors.enrolment.overtaken' })
    throw error
  }
  await refreshAuditorCare(house)
  await goOnAnew(page)
  page.redirect('/auditors', 'enrolled')
}
