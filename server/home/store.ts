import { addDays } from '../clock.ts'
import { freshDays, type Viewer } from '../people/viewer.ts'
import { visibleTo } from '../people/visibility.ts'

/** Accounts that others made lately for the viewer's children: that it happened, not who or how to reach them. */
export async function listNewAccounts(viewer: Viewer): Promise<{ pupil_id: string; registered_at: string }[]> {
  if (viewer.newAccounts === 0) return []
  return visibleTo(viewer, 'registrations')
    .select('pupil_id', 'registered_at')
    .where('registered_at', '>=', addDays(viewer.today, -freshDays))
    .whereNot('account_id', viewer.id)
    .orderBy('registered_at', 'desc')
    .limit(10)
}

/** Groups of children that the viewer leads, classes first, with how many children have nobody registered. */
export async function listLed(viewer: Viewer) {
  if (viewer.leads.length === 0) return []
  const groups = await viewer
    .read('groups')
    .whereIn('id', [...viewer.leads])
    .whereNot('kind', 'staff')
    .orderByRaw("kind <> 'class', name")
  const pupils = await visibleTo(viewer, 'members').whereIn('group_id', [...viewer.leads])
  return groups.map(({ id, name, kind }) => {
    const own = pupils.filter(pupil => pupil.group_id === id)
    return { name, kind, pupils: own.length, unregistered: own.filter(pupil => !pupil.reached).length }
  })
}

/** What waits for an admin: classes that nobody leads, and people who have not come in yet. */
export async function adminDesk(viewer: Viewer): Promise<{ classes: number; unled: number; invited: number }> {
  const classes = await viewer
    .read('groups')
    .where('kind', 'class')
    .where(alive => alive.whereNull('ended_on').orWhere('ended_on', '>=', viewer.today))
  const [invited] = await visibleTo(viewer, 'invitations').whereNull('used_at').count({ count: '*' })
  return {
    classes: classes.length,
    unled: classes.filter(one => one.leader_id === null).length,
    invited: Number(invited?.count ?? 0),
  }
}

/** What waits on the office's desk. */
export async function officeDesk(viewer: Viewer) {
  const registrations = await visibleTo(viewer, 'registrations')
    .where('registered_at', '>=', addDays(viewer.today, -freshDays))
    .orderBy('registered_at', 'desc')
    .limit(20)
  const pupils = await visibleTo(viewer, 'pupils').whereIn(
    'id',
    registrations.map(one => one.pupil_id),
  )
  const names = new Map(pupils.map(pupil => [pupil.id, `${pupil.given_name} ${pupil.family_name}`]))
  const stillHere = visibleTo(viewer, 'pupils')
    .select('id')
    .where(here => here.whereNull('left_on').orWhere('left_on', '>=', viewer.today))
  const [custody] = await visibleTo(viewer, 'guardianships')
    .where('custody', 'unknown')
    .whereNull('until_on')
    .whereIn('pupil_id', stillHere)
    .count({ count: '*' })
  const [unregistered] = await visibleTo(viewer, 'members').where('reached', 0).countDistinct({ count: 'pupil_id' })
  const classes = await visibleTo(viewer, 'members')
    .where('kind', 'class')
    .whereIn(
      'pupil_id',
      registrations.map(one => one.pupil_id),
    )
  const groupOf = new Map(classes.map(place => [place.pupil_id, place.name]))
  return {
    registrations: registrations.map(one => ({
      href: `/roll/pupils/${one.pupil_id}`,
      pupil: names.get(one.pupil_id) ?? '',
      group: groupOf.get(one.pupil_id) ?? '',
      at: one.registered_at,
    })),
    awaitingCustody: Number(custody?.count ?? 0),
    unregistered: Number(unregistered?.count ?? 0),
  }
}
