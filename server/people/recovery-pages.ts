import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { codeInGroups } from './codes.ts'
import { changeFactors } from './enrolment.ts'
import { noteRecoveryCodes, replaceRecoveryCodes } from './recovery.ts'
import type { Viewer } from './viewer.ts'
import { members } from './who.ts'

/** The codes for the day on which the phone is gone. */
export const recoveryPages = new Pages()

const newest = 'newest'

/** Leads to the page that shows the codes. They are in memory only, and gone once they are written down. */
export function showNewCodes(page: Page<Viewer>, codes: readonly string[]): void {
  page.house.newRecoveryCodes.keep(page.viewer.id, codes, newest)
  page.redirect('/account/factors/codes')
}

function shown(page: Page<Viewer>) {
  const codes = page.house.newRecoveryCodes.find(page.viewer.id, newest)
  return codes && { codes: codes.map(codeInGroups), login: page.viewer.login, today: page.viewer.today }
}

recoveryPages.post('/account/factors/codes', { who: members, action: 'factor.codes.make', fresh: true }, async page => {
  showNewCodes(page, await changeFactors(page, page.factor.id, change => replaceRecoveryCodes(change, page.house)))
})

recoveryPages.get('/account/factors/codes', { who: members, action: 'factor.codes.show' }, page => {
  const locals = shown(page)
  if (!locals) return page.redirect('/account/factors')
  page.render('people/recovery-codes', locals)
})

recoveryPages.post('/account/factors/codes/confirmation', { who: members, action: 'factor.codes.note' }, async page => {
  const locals = shown(page)
  if (!locals) return page.redirect('/account/factors')
  if (page.form.text('noted') !== 'yes')
    return page.refuse('people/recovery-codes', locals, [{ field: 'noted', key: 'factors.note-first' }])
  await page.change(noteRecoveryCodes)
  page.house.newRecoveryCodes.forget(page.viewer.id, newest)
  page.redirect('/account/factors', 'noted')
})
