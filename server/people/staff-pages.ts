import type { Change } from '../storage/change.ts'
import type { Office } from '../storage/tables.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { refreshAuditorCare } from './auditor-care.ts'
import { inviting } from './invitation-pages.ts'
import { endEverything } from './sessions.ts'
import {
  type Colleague,
  endEmployment,
  endOffice,
  findColleague,
  grantable,
  grantOffice,
  listAppointments,
} from './staff.ts'
import { nameOf, staffLocals } from './staff-shown.ts'
import { SuspensionRefused, suspendAuditor, tellSuspended } from './suspensions.ts'
import type { Viewer } from './viewer.ts'
import { isWatched, tellOffices } from './watched-offices.ts'
import { admin } from './who.ts'

/** Who works here and as what, for admins. */
export const staffing = new Pages()

staffing.include(inviting)

staffing.get('/staff', { who: admin, action: 'staff.list' }, async page => {
  page.render('staff/index', await staffLocals(page))
})

async function colleagueLocals(page: Page<Viewer>, one: Colleague) {
  const appointments = await listAppointments(page.viewer, one.id)
  return {
    person: {
      id: one.id,
      name: nameOf(one),
      family_name: one.family_name,
      groups: one.groups.map(({ id, name, leader_id }) => ({ id, name, leads: leader_id === one.id })),
      current: one.offices.length > 0,
      self: one.id === page.viewer.id,
    },
    appointments: appointments.filter(appointment => appointment.current),
    former: appointments.filter(appointment => !appointment.current),
    grantable: grantable.filter(
      office => !one.offices.includes(office) && !(isWatched(office) && one.id === page.viewer.id),
    ),
    bound: one.id === page.viewer.id ? one.offices.filter(isWatched) : [],
    title: nameOf(one),
  }
}

async function thisColleague(viewer: Viewer, page: Page<Viewer>): Promise<Colleague> {
  return (await findColleague(viewer, page.params.id ?? '')) ?? page.throw(404)
}

staffing.get('/staff/:id', { who: admin, action: 'staff.show' }, async page => {
  const one = await thisColleague(page.viewer, page)
  page.concerns('account', one.id)
  page.render('staff/show', await colleagueLocals(page, one))
})

/** Why not, where somebody who audits cannot go now; otherwise it has happened. */
async function refusalIn(work: () => Promise<void>): Promise<string | null> {
  try {
    await work()
    return null
  } catch (error) {
    if (error instanceof SuspensionRefused) return `auditors.refused.${error.reason}`
    throw error
  }
}

staffing.post('/staff/:id/offices', { who: admin, action: 'staff.office', fresh: true }, async page => {
  const one = await thisColleague(page.viewer, page)
  page.concerns('account', one.id)
  const ends = page.form.text('act') === 'end'
  const choice: readonly Office[] = ends ? one.offices : grantable
  const office = choice.find(name => name === page.form.text('office'))
  const field = ends ? 'offices' : 'office'
  const refuse = async (key: string) => page.refuse('staff/show', await colleagueLocals(page, one), [{ field, key }])
  if (!office) return refuse('staff.office-missing')
  if (one.id === page.viewer.id && isWatched(office))
    return refuse(ends && office === 'admin' ? 'staff.own-admin' : 'staff.own-office')
  page.detail('office', office)
  page.detail('act', ends ? 'end' : 'add')
  const problem = await refusalIn(() =>
    page.change(async change => {
      const { id, offices } = await thisColleague(change, page)
      if (ends === offices.includes(office)) await (ends ? endOneOffice : giveOffice)(page, change, id, office)
    }),
  )
  if (problem) return refuse(problem)
  if (office === 'auditor') await refreshAuditorCare(page.house)
  page.redirect(`/staff/${one.id}`, ends ? 'ended' : 'granted')
})

/** The record first: what the ledger says about it cannot be taken back. */
async function endOneOffice(page: Page<Viewer>, change: Change, id: string, office: Office): Promise<void> {
  const auditor = office === 'auditor' ? await suspendAuditor(page.house, change, id, 'suspended') : null
  if (office !== 'auditor') await endOffice(change, id, office)
  await page.record('try')
  if (auditor !== null) await tellSuspended(page.house, auditor)
  await tellOffices(page.house, 'office_ended', [office])
}

async function giveOffice(page: Page<Viewer>, change: Change, id: string, office: Office): Promise<void> {
  await grantOffice(change, id, office)
  await page.record('try')
  await tellOffices(page.house, 'office_granted', [office])
}

staffing.post('/staff/:id/sessions/end', { who: admin, action: 'staff.session.end', fresh: true }, async page => {
  const one = await thisColleague(page.viewer, page)
  page.concerns('account', one.id)
  await page.change(async change => endEverything(change, (await thisColleague(change, page)).id))
  page.redirect(`/staff/${one.id}`, 'signed-out')
})

staffing.post('/staff/:id/end', { who: admin, action: 'staff.end', fresh: true }, async page => {
  const one = await thisColleague(page.viewer, page)
  page.concerns('account', one.id)
  const refuse = async (key: string) =>
    page.refuse('staff/show', await colleagueLocals(page, one), [
      { field: 'confirm', key, values: { name: one.family_name } },
    ])
  if (one.id === page.viewer.id) return refuse('staff.own-admin')
  if (page.form.text('confirm').trim().toLowerCase() !== one.family_name.toLowerCase())
    return refuse('staff.confirm-differs')
  const problem = await refusalIn(() =>
    page.change(async change => {
      const { id, offices } = await thisColleague(change, page)
      const auditor = await suspendAuditor(page.house, change, id, 'left')
      await endEmployment(change, id)
      await page.record('try')
      if (auditor !== null) await tellSuspended(page.house, auditor)
      await tellOffices(page.house, 'office_ended', offices)
    }),
  )
  if (problem) return refuse(problem)
  await refreshAuditorCare(page.house)
  page.redirect('/staff', 'ended')
})
