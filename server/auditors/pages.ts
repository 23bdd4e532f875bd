import { readBench } from '../people/suspensions.ts'
import type { Viewer } from '../people/viewer.ts'
import { appointers, members } from '../people/who.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { type Invitation, mayAppoint, mayConfirm, problemWith } from './appointment.ts'
import { drill } from './drill-pages.ts'
import { enrolment } from './enrolment-pages.ts'
import { checkInvitation } from './form.ts'
import { passphrase } from './passphrase-pages.ts'
import { reissue } from './reissue-pages.ts'
import { auditorsLocals, refuseOnList as refuse } from './shown.ts'
import {
  confirmInvitation,
  findInvitation,
  inviteAuditor,
  listAppointable,
  listInvitations,
  withdrawInvitation,
} from './store.ts'
import { suspending } from './suspension-pages.ts'

/** Who can open the audit log together: for everybody to see, and how somebody becomes one of them. */
export const auditing = new Pages()

for (const part of [enrolment, passphrase, drill, reissue, suspending]) auditing.include(part)

auditing.get('/auditors', { who: members, action: 'auditor.list' }, async page => {
  page.render('auditors/index', await auditorsLocals(page))
})

auditing.post('/auditors/invitations', { who: appointers, action: 'auditor.invite', fresh: true }, async page => {
  const { house, viewer } = page
  if (!mayAppoint(viewer, await readBench(house))) return page.throw(403)
  const checked = checkInvitation(page.form, viewer.today, await listAppointable(viewer))
  if (!checked.ok) return refuse(page, ...checked.errors)
  const { person, trainedOn } = checked.input
  page.concerns('account', person)
  const problem = await page.change(async change => {
    const found = (await listAppointable(change)).find(one => one.id === person) ?? page.throw(409)
    const wrong = problemWith(change, found, await readBench(house), await listInvitations(change))
    if (wrong) {
      page.recordAs('denied')
      return wrong
    }
    const invitation = await inviteAuditor(change, person, trainedOn)
    await page.record('try')
    await house.audit.note('auditor_invited', { invitation })
    return null
  })
  if (problem) return refuse(page, { field: 'person', key: `auditors.problem.${problem}` })
  page.redirect('/auditors', 'invited')
})

async function thisInvitation(viewer: Viewer, page: Page<Viewer>): Promise<Invitation> {
  const one = (await findInvitation(viewer, page.params.id ?? '')) ?? page.throw(404)
  page.concerns('account', one.account_id)
  return one
}

auditing.post(
  '/auditors/invitations/:id/confirmation',
  { who: appointers, action: 'auditor.invite.confirm', fresh: true },
  async page => {
    const { house, viewer } = page
    const one = await thisInvitation(viewer, page)
    const bench = await readBench(house)
    if (!mayAppoint(viewer, bench)) return page.throw(403)
    if (!mayConfirm(viewer, one, bench))
      return refuse(page, { field: `invitation-${one.id}`, key: 'auditors.not-yourself' })
    const inviter = (await listAppointable(viewer)).find(person => person.id === one.invited_by)
    const held = new Set(JSON.parse(inviter?.offices ?? '[]') as string[])
    const stillMay = mayAppoint(
      { id: one.invited_by, holds: (...offices) => offices.some(office => held.has(office)) },
      bench,
    )
    if (!stillMay) return refuse(page, { field: `invitation-${one.id}`, key: 'auditors.inviter-gone' })
    await page.change(async change => {
      const now = (await findInvitation(change, String(one.id))) ?? page.throw(409)
      if (!mayConfirm(change, now, await readBench(house))) page.throw(409)
      await confirmInvitation(change, now)
      await page.record('try')
      await house.audit.note('auditor_confirmed', { invitation: now.id })
    })
    page.redirect('/auditors', 'confirmed')
  },
)

auditing.post(
  '/auditors/invitations/:id/withdrawal',
  { who: appointers, action: 'auditor.invite.end', fresh: true },
  async page => {
    const { house, viewer } = page
    const one = await thisInvitation(viewer, page)
    if (one.invited_by !== viewer.id && !mayAppoint(viewer, await readBench(house))) return page.throw(403)
    await page.change(async change => {
      const now = (await findInvitation(change, String(one.id))) ?? page.throw(409)
      await withdrawInvitation(change, now)
    })
    page.redirect('/auditors', 'withdrawn')
  },
)
