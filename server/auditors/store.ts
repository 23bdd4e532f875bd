import type { Viewer } from '../people/viewer.ts'
import { visibleTo } from '../people/visibility.ts'
import type { Visible } from '../people/visible.ts'
import type { Change } from '../storage/change.ts'
import type { Tables } from '../storage/tables.ts'
import { type Invitation, lastDayOf } from './appointment.ts'

/** Invitations that nobody has used or withdrawn and that have not lapsed, the oldest first. */
export async function listInvitations(viewer: Viewer): Promise<Invitation[]> {
  const open = visibleTo(viewer, 'auditor_invitations').whereNull('auditor').whereNull('withdrawn_at').orderBy('id')
  return ((await open) as Invitation[]).filter(one => lastDayOf(one) >= viewer.today)
}

export async function findInvitation(viewer: Viewer, id: string): Promise<Invitation | undefined> {
  return (await listInvitations(viewer)).find(one => String(one.id) === id)
}

/** What the viewer has been invited to, once a second person has agreed. */
export async function findOwnInvitation(viewer: Viewer): Promise<Invitation | undefined> {
  return (await listInvitations(viewer)).find(one => one.account_id === viewer.id && one.confirmed_by !== null)
}

export type Suspension = Visible['auditor_suspensions']

/** Who is suspended and has nothing decided about them, the longest first. */
export function listSuspensions(viewer: Viewer): Promise<Suspension[]> {
  return visibleTo(viewer, 'auditor_suspensions').whereNull('decided_at').orderBy('id')
}

/** Everybody who could be invited, by name. */
export function listAppointable(viewer: Viewer): Promise<Visible['appointable'][]> {
  return visibleTo(viewer, 'appointable').orderBy(['family_name', 'given_name'])
}

/** Returns the number by which the ledger knows the invitation. One of the same person that has lapsed ends now. */
export async function inviteAuditor(change: Change, person: string, trainedOn: string): Promise<number> {
  const open = (await change
    .write('auditor_invitations')
    .where({ account_id: person })
    .whereNull('auditor')
    .whereNull('withdrawn_at')) as Tables['auditor_invitations'][]
  for (const { id } of open.filter(one => lastDayOf(one) < change.today))
    await change.write('auditor_invitations').where({ id }).update({ withdrawn_at: change.at })
  const row = { account_id: person, trained_on: trainedOn, invited_by: change.id, invited_at: change.at }
  const [id] = (await change.write('auditor_invitations').insert(row)) as unknown as number[]
  if (id === undefined) throw new Error('SQLite did not say which row it made')
  return id
}

export async function confirmInvitation(change: Change, { id }: Invitation): Promise<void> {
  await change.write('auditor_invitations').where({ id }).update({ confirmed_by: change.id, confirmed_at: change.at })
}

export async function withdrawInvitation(change: Change, { id }: Invitation): Promise<void> {
  await change.write('auditor_invitations').where({ id }).update({ withdrawn_at: change.at })
}

/** The person has taken up the office under this number. */
export async function takeUp(change: Change, { id }: Invitation, auditor: number): Promise<void> {
  await change.write('auditor_invitations').where({ id }).update({ auditor, enrolled_at: change.at })
}
