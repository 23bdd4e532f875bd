import { addDays } from '../clock.ts'
import type { Change } from '../storage/change.ts'
import type { Office, Tables } from '../storage/tables.ts'
import { endEverything } from './sessions.ts'
import type { Viewer } from './viewer.ts'
import { visibleTo } from './visibility.ts'

/** In the order in which people name them. */
const offices: readonly Office[] = ['head', 'office', 'teacher', 'caretaker', 'admin', 'auditor', 'observer']

/** What one admin may give. Admins come by a token at the school's own computer, auditors never by one person alone. */
export const grantable = ['teacher', 'office', 'head', 'caretaker', 'observer'] as const satisfies readonly Office[]

/** Somebody who works at the school or did. */
export interface Colleague {
  readonly id: string
  readonly given_name: string
  readonly family_name: string
  /** Today's; none for who has left. */
  readonly offices: readonly Office[]
  /** Groups they work in today. */
  readonly groups: readonly Tables['groups'][]
}

const order = new Intl.Collator('de', { numeric: true })

/** SQL for "today lies between the two days"; takes the day twice. */
const inForce = '? BETWEEN from_on AND coalesce(until_on, ?)'

/** Everybody who works here or did, by name. */
export async function listColleagues(viewer: Viewer): Promise<Colleague[]> {
  const today = [viewer.today, viewer.today]
  const [accounts, appointments, work, groups] = await Promise.all([
    visibleTo(viewer, 'accounts'),
    visibleTo(viewer, 'appointments').whereRaw(inForce, today),
    visibleTo(viewer, 'group_staff').whereRaw(inForce, today),
    viewer.read('groups'),
  ])
  const groupOf = new Map(groups.map(group => [group.id, group]))
  const held = Map.groupBy(appointments, one => one.account_id)
  const places = Map.groupBy(work, one => one.account_id)
  return accounts
    .map(account => ({
      ...account,
      offices: inOrder(held.get(account.id) ?? []).map(one => one.office),
      groups: (places.get(account.id) ?? [])
        .flatMap(one => groupOf.get(one.group_id) ?? [])
        .sort((a, b) => order.compare(a.name, b.name)),
    }))
    .sort((a, b) => order.compare(a.family_name, b.family_name) || order.compare(a.given_name, b.given_name))
}

function inOrder<T extends { office: Office }>(appointments: readonly T[]): T[] {
  return appointments.toSorted((a, b) => offices.indexOf(a.office) - offices.indexOf(b.office))
}

/** Who may be put into a group: somebody with an appointment today. */
export async function findCurrent(viewer: Viewer, id: string): Promise<Colleague | undefined> {
  const found = await findColleague(viewer, id)
  return found && found.offices.length > 0 ? found : undefined
}

export async function findColleague(viewer: Viewer, id: string): Promise<Colleague | undefined> {
  return (await listColleagues(viewer)).find(one => one.id === id)
}

/** All appointments of somebody, those of today first. */
export async function listAppointments(
  viewer: Viewer,
  account: string,
): Promise<(Tables['appointments'] & { current: boolean })[]> {
  const rows = await visibleTo(viewer, 'appointments').where({ account_id: account }).orderBy('from_on', 'desc')
  const current = (row: Tables['appointments']) =>
    row.from_on <= viewer.today && (row.until_on ?? viewer.today) >= viewer.today
  return inOrder(rows)
    .map(row => ({ ...row, current: current(row) }))
    .sort((a, b) => Number(b.current) - Number(a.current))
}

/** Appoints from today, and ends the sessions, which were begun with other rights. */
export async function grantOffice(change: Change, account: string, office: Office): Promise<void> {
  await change
    .write('appointments')
    .insert({ account_id: account, office, from_on: change.today, until_on: null })
    .onConflict(['account_id', 'office', 'from_on'])
    .merge(['until_on'])
  await endEverything(change, account)
}

/**
 * Ends one appointment; with the last one the work in groups ends, too.
 *
 * Nobody ends their own as admin, and only admins end others': so one always remains.
 */
export async function endOffice(change: Change, account: string, office: Office): Promise<void> {
  await endAppointments(change, account, [office])
  if (!(await findCurrent(change, account))) await endGroupWork(change, account)
  await endEverything(change, account)
}

/** Somebody leaves the school: appointments, work in groups, leadership and sessions end. */
export async function endEmployment(change: Change, account: string): Promise<void> {
  await endAppointments(change, account, offices)
  await endGroupWork(change, account)
  await endEverything(change, account)
}

/** An appointment that began today keeps its row, so that a slip can be undone. */
async function endAppointments(change: Change, account: string, which: readonly Office[]): Promise<void> {
  await change
    .write('appointments')
    .where({ account_id: account })
    .whereIn('office', which)
    .where(lasting => lasting.whereNull('until_on').orWhere('until_on', '>=', change.today))
    .update({ until_on: addDays(change.today, -1) })
}

async function endGroupWork(change: Change, account: string): Promise<void> {
  await change.write('groups').where({ leader_id: account }).update({ leader_id: null })
  await endMemberships(change, 'group_staff', { account_id: account })
}

/** Ends memberships with yesterday; one that began today never was. */
export async function endMemberships(
  change: Change,
  table: 'group_staff' | 'group_pupils',
  whose: { account_id?: string; group_id?: string },
): Promise<void> {
  await change.write(table).where(whose).where('from_on', '>=', change.today).delete()
  await change
    .write(table)
    .where(whose)
    .where(lasting => lasting.whereNull('until_on').orWhere('until_on', '>=', change.today))
    .update({ until_on: addDays(change.today, -1) })
}
