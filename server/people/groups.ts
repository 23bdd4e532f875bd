import { addDays } from '../clock.ts'
import type { Change } from '../storage/change.ts'
import { newId } from '../storage/ids.ts'
import type { GroupKind, Tables } from '../storage/tables.ts'
import type { Checked, Form, FormError } from '../web/form.ts'
import { type Colleague, endMemberships, listColleagues } from './staff.ts'
import type { Viewer } from './viewer.ts'
import { visibleTo } from './visibility.ts'

export const groupKinds: readonly GroupKind[] = ['class', 'grade', 'course', 'club', 'staff']

export type Group = Tables['groups']

export interface GroupInput {
  readonly kind: GroupKind
  readonly name: string
}

/** A group with who works in it today; of its pupils only how many. */
export interface StaffedGroup extends Group {
  readonly leader: Colleague | null
  readonly staff: readonly Colleague[]
  readonly pupils: number
}

const longestName = 60
const order = new Intl.Collator('de', { numeric: true })

export function checkGroup(form: Form): Checked<GroupInput> {
  const errors: FormError[] = []
  const kind = groupKinds.find(one => one === form.text('kind'))
  const name = form.text('name').trim().replace(/\s+/g, ' ')
  if (!kind) errors.push({ field: 'kind', key: 'groups.kind-missing' })
  if (name === '') errors.push({ field: 'name', key: 'groups.name-missing' })
  if (name.length > longestName) errors.push({ field: 'name', key: 'groups.name-long', values: { most: longestName } })
  if (errors.length > 0 || !kind) return { ok: false, errors }
  return { ok: true, input: { kind, name } }
}

export function hasEnded(group: Group, today: string): boolean {
  return group.ended_on !== null && group.ended_on < today
}

/** All groups by name, ended ones too. */
export async function listGroups(viewer: Viewer): Promise<StaffedGroup[]> {
  const [groups, colleagues, sizes] = await Promise.all([
    viewer.read('groups'),
    listColleagues(viewer),
    visibleTo(viewer, 'group_sizes'),
  ])
  const pupils = new Map(sizes.map(size => [size.group_id, size.pupils]))
  const staff = new Map<string, Colleague[]>()
  for (const one of colleagues) for (const { id } of one.groups) staff.set(id, [...(staff.get(id) ?? []), one])
  return groups
    .map(group => ({
      ...group,
      leader: colleagues.find(one => one.id === group.leader_id) ?? null,
      staff: staff.get(group.id) ?? [],
      pupils: pupils.get(group.id) ?? 0,
    }))
    .sort((a, b) => order.compare(a.name, b.name))
}

export async function findGroup(viewer: Viewer, id: string): Promise<StaffedGroup | undefined> {
  return (await listGroups(viewer)).find(group => group.id === id)
}

/** A group of that kind and name, however it is written, also an ended one. */
export async function findNamesake(viewer: Viewer, { kind, name }: GroupInput): Promise<Group | undefined> {
  const groups: Group[] = await viewer.read('groups').where({ kind })
  return groups.find(group => group.name.toLowerCase() === name.toLowerCase())
}

/** Since when each of today's staff has worked in a group, by account. */
export async function listWorkSince(viewer: Viewer, group: string): Promise<ReadonlyMap<string, string>> {
  const rows = await visibleTo(viewer, 'group_staff')
    .where({ group_id: group })
    .whereRaw('? BETWEEN from_on AND coalesce(until_on, ?)', [viewer.today, viewer.today])
  return new Map(rows.map(row => [row.account_id, row.from_on]))
}

export async function createGroup(change: Change, input: GroupInput): Promise<string> {
  const id = newId()
  await change.write('groups').insert({ id, ...input, leader_id: null, ended_on: null })
  return id
}

/** Lets somebody work in a group from today; nothing happens where they do already. */
export async function addStaff(change: Change, group: StaffedGroup, account: string): Promise<void> {
  if (group.staff.some(one => one.id === account)) return
  await change
    .write('group_staff')
    .insert({ group_id: group.id, account_id: account, from_on: change.today, until_on: null })
}

/** Somebody works in the group no longer, and leads it no longer. */
export async function endStaff(change: Change, group: StaffedGroup, account: string): Promise<void> {
  await change.write('groups').where({ id: group.id, leader_id: account }).update({ leader_id: null })
  await endMemberships(change, 'group_staff', { group_id: group.id, account_id: account })
}

/** Whoever leads a group works in it. Null: nobody leads it. */
export async function appointLeader(change: Change, group: StaffedGroup, account: string | null): Promise<void> {
  await change.write('groups').where({ id: group.id }).update({ leader_id: account })
  if (account) await addStaff(change, group, account)
}

/** A group ends with all that its people saw through it. */
export async function endGroup(change: Change, group: StaffedGroup): Promise<void> {
  await change
    .write('groups')
    .where({ id: group.id })
    .update({ leader_id: null, ended_on: addDays(change.today, -1) })
  await endMemberships(change, 'group_staff', { group_id: group.id })
  await endMemberships(change, 'group_pupils', { group_id: group.id })
}

/** Opens an ended group again, empty: who belongs to it is decided anew. */
export async function reopenGroup(change: Change, group: StaffedGroup): Promise<void> {
  await change.write('groups').where({ id: group.id }).update({ ended_on: null })
}
