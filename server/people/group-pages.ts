import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import {
  addStaff,
  appointLeader,
  checkGroup,
  createGroup,
  endGroup,
  endStaff,
  findGroup,
  findNamesake,
  groupKinds,
  hasEnded,
  listGroups,
  listWorkSince,
  reopenGroup,
  type StaffedGroup,
} from './groups.ts'
import { schools } from './school-pages.ts'
import { type Colleague, findCurrent, listColleagues } from './staff.ts'
import { staffing } from './staff-pages.ts'
import { nameOf } from './staff-shown.ts'
import type { Viewer } from './viewer.ts'
import { admin } from './who.ts'

/** Groups and the people who work in them, for admins. */
export const groups = new Pages()

groups.include(staffing)
groups.include(schools)

async function indexLocals(page: Page<Viewer>) {
  const all = await listGroups(page.viewer)
  const row = (group: StaffedGroup) => ({
    id: group.id,
    kind: group.kind,
    name: group.name,
    leader: group.leader && nameOf(group.leader),
    staff: group.staff.length,
    pupils: group.pupils,
    ended_on: group.ended_on,
  })
  const alive = all.filter(group => !hasEnded(group, page.viewer.today))
  return {
    kinds: groupKinds.map(kind => ({ kind, groups: alive.filter(group => group.kind === kind).map(row) })),
    ended: all.filter(group => hasEnded(group, page.viewer.today)).map(row),
  }
}

async function showLocals(page: Page<Viewer>, group: StaffedGroup) {
  const [since, colleagues] = await Promise.all([listWorkSince(page.viewer, group.id), listColleagues(page.viewer)])
  const current = colleagues.filter(one => one.offices.length > 0)
  const option = (one: Colleague) => ({ value: one.id, text: `${one.family_name}, ${one.given_name}` })
  const works = new Set(group.staff.map(one => one.id))
  return {
    group: { id: group.id, kind: group.kind, name: group.name, pupils: group.pupils, leader: group.leader?.id ?? '' },
    ended_on: hasEnded(group, page.viewer.today) ? group.ended_on : null,
    people: group.staff.map(one => ({
      id: one.id,
      name: nameOf(one),
      leads: one.id === group.leader_id,
      since: since.get(one.id),
    })),
    mayJoin: current.filter(one => !works.has(one.id)).map(option),
    mayLead: current.map(option),
    title: group.name,
  }
}

/** The group of this page, seen from inside a change or outside. */
async function thisGroup(viewer: Viewer, page: Page<Viewer>): Promise<StaffedGroup> {
  return (await findGroup(viewer, page.params.id ?? '')) ?? page.throw(404)
}

/** The same, where it has not ended. */
async function livingGroup(viewer: Viewer, page: Page<Viewer>): Promise<StaffedGroup> {
  const group = await thisGroup(viewer, page)
  return hasEnded(group, viewer.today) ? page.throw(409) : group
}

groups.get('/groups', { who: admin, action: 'group.list' }, async page => {
  page.render('groups/index', await indexLocals(page))
})

groups.post('/groups', { who: admin, action: 'group.create' }, async page => {
  const checked = checkGroup(page.form)
  if (!checked.ok) return page.refuse('groups/index', await indexLocals(page), checked.errors)
  const namesake = await findNamesake(page.viewer, checked.input)
  if (namesake) {
    const key = hasEnded(namesake, page.viewer.today) ? 'groups.name-ended' : 'groups.name-taken'
    return page.refuse('groups/index', await indexLocals(page), [
      { field: 'name', key, values: { name: namesake.name } },
    ])
  }
  const id = await page.change(async change => {
    if (await findNamesake(change, checked.input)) page.throw(409)
    const created = await createGroup(change, checked.input)
    page.concerns('group', created)
    return created
  })
  page.redirect(`/groups/${id}`, 'created')
})

groups.get('/groups/:id', { who: admin, action: 'group.show' }, async page => {
  const group = await thisGroup(page.viewer, page)
  page.concerns('group', group.id)
  page.render('groups/show', await showLocals(page, group))
})

groups.post('/groups/:id/staff', { who: admin, action: 'group.member.add' }, async page => {
  const group = await livingGroup(page.viewer, page)
  page.concerns('group', group.id)
  const account = await findCurrent(page.viewer, page.form.text('account'))
  if (!account)
    return page.refuse('groups/show', await showLocals(page, group), [
      { field: 'account', key: 'groups.account-missing' },
    ])
  page.concerns('account', account.id)
  await page.change(async change => {
    if (!(await findCurrent(change, account.id))) page.throw(409)
    await addStaff(change, await livingGroup(change, page), account.id)
  })
  page.redirect(`/groups/${group.id}`, 'added')
})

groups.post('/groups/:id/staff/end', { who: admin, action: 'group.member.remove' }, async page => {
  const group = await livingGroup(page.viewer, page)
  const account = group.staff.find(one => one.id === page.form.text('account')) ?? page.throw(404)
  page.concerns('group', group.id)
  page.concerns('account', account.id)
  await page.change(async change => endStaff(change, await livingGroup(change, page), account.id))
  page.redirect(`/groups/${group.id}`, 'removed')
})

groups.post('/groups/:id/leader', { who: admin, action: 'group.leader' }, async page => {
  const group = await livingGroup(page.viewer, page)
  page.concerns('group', group.id)
  const chosen = page.form.text('account')
  const account = chosen === '' ? null : await findCurrent(page.viewer, chosen)
  if (account === undefined)
    return page.refuse('groups/show', await showLocals(page, group), [
      { field: 'leader', key: 'groups.account-missing' },
    ])
  page.concerns('account', ...new Set([group.leader_id, account?.id].filter(id => typeof id === 'string')))
  await page.change(async change => {
    if (account && !(await findCurrent(change, account.id))) page.throw(409)
    await appointLeader(change, await livingGroup(change, page), account?.id ?? null)
  })
  page.redirect(`/groups/${group.id}`, account ? 'led' : 'unled')
})

groups.post('/groups/:id/end', { who: admin, action: 'group.end' }, async page => {
  const group = await livingGroup(page.viewer, page)
  page.concerns('group', group.id)
  if (page.form.text('confirm').trim().toLowerCase() !== group.name.toLowerCase())
    return page.refuse('groups/show', await showLocals(page, group), [
      { field: 'confirm', key: 'groups.confirm-differs', values: { name: group.name } },
    ])
  page.detail('pupils', group.pupils)
  await page.change(async change => endGroup(change, await livingGroup(change, page)))
  page.redirect('/groups', 'ended')
})

groups.post('/groups/:id/reopening', { who: admin, action: 'group.reopen' }, async page => {
  const group = await thisGroup(page.viewer, page)
  page.concerns('group', group.id)
  await page.change(async change => reopenGroup(change, await thisGroup(change, page)))
  page.redirect(`/groups/${group.id}`, 'reopened')
})
