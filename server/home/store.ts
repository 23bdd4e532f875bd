import { addDays } from '../clock.ts'
import type { Viewer } from '../people/viewer.ts'
import { visibleTo } from '../people/visibility.ts'

const newsDays = 14

/** Accounts that others made lately for the viewer's children: that it happened, not who or how to reach them. */
export function listNewAccounts(viewer: Viewer): Promise<{ pupil_id: string; registered_at: string }[]> {
  return visibleTo(viewer, 'registrations')
    .select('pupil_id', 'registered_at')
    .where('registered_at', '>=', addDays(viewer.today, -newsDays))
    .whereNot('account_id', viewer.id)
    .orderBy('registered_at', 'desc')
    .limit(10)
}

/** Classes that the viewer leads, with how many children have nobody registered. */
export async function listClasses(viewer: Viewer): Promise<{ name: string; pupils: number; unregistered: number }[]> {
  if (viewer.leads.length === 0) return []
  const groups = await viewer
    .read('groups')
    .whereIn('id', [...viewer.leads])
    .where('kind', 'class')
  const pupils = await visibleTo(viewer, 'members').whereIn('group_id', [...viewer.leads])
  return groups.map(({ id, name }) => {
    const own = pupils.filter(pupil => pupil.group_id === id)
    return { name, pupils: own.length, unregistered: own.filter(pupil => !pupil.reached).length }
  })
}

/** What waits on the office's desk. */
export async function officeDesk(viewer: Viewer) {
  const registrations = await visibleTo(viewer, 'registrations')
    .where('registered_at', '>=', addDays(viewer.today, -newsDays))
    .orderBy('registered_at', 'desc')
    .limit(20)
  const pupils = await visibleTo(viewer, 'pupils').whereIn(
    'id',
    registrations.map(one => one.pupil_id),
  )
  const names = new Map(pupils.map(pupil => [pupil.id, `${pupil.given_name} ${pupil.family_name}`]))
  const [custody] = await visibleTo(viewer, 'guardianships')
    .where('custody', 'unknown')
    .whereNull('until_on')
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
      pupil: names.get(one.pupil_id) ?? '',
      group: groupOf.get(one.pupil_id) ?? '',
      at: one.registered_at,
    })),
    awaitingCustody: Number(custody?.count ?? 0),
    unregistered: Number(unregistered?.count ?? 0),
  }
}
