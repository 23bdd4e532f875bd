import { addDays } from '../clock.ts'
import type { Viewer } from '../people/viewer.ts'
import { visibleTo } from '../people/visibility.ts'
import type { Change } from '../storage/change.ts'
import type { Tables } from '../storage/tables.ts'

export type Group = Tables['groups']

/** A group beside the class that a pupil is in today. */
export interface Belonging extends Group {
  readonly from_on: string
}

const kinds = ['grade', 'course', 'club'] as const
const order = new Intl.Collator('de', { numeric: true })

/** The groups beside the class that the school has today, by name, and those of them in which the pupil is. */
export async function listBelongings(
  viewer: Viewer,
  pupil: string,
): Promise<{ readonly in: readonly Belonging[]; readonly others: readonly Group[] }> {
  const groups: Group[] = await viewer.read('groups').whereIn('kind', kinds)
  const places = await visibleTo(viewer, 'group_pupils').where({ pupil_id: pupil })
  const since = new Map(
    places
      .filter(place => place.from_on <= viewer.today && (place.until_on === null || place.until_on >= viewer.today))
      .map(place => [place.group_id, place.from_on]),
  )
  const living = groups
    .filter(group => group.ended_on === null || group.ended_on >= viewer.today)
    .sort((a, b) => order.compare(a.name, b.name))
  return {
    in: living.flatMap(group => {
      const from_on = since.get(group.id)
      return from_on === undefined ? [] : [{ ...group, from_on }]
    }),
    others: living.filter(group => !since.has(group.id)),
  }
}

/** The pupil belongs to the group from today. */
export async function joinGroup(change: Change, group: string, pupil: string): Promise<void> {
  await change.write('group_pupils').insert({ group_id: group, pupil_id: pupil, from_on: change.today, until_on: null })
}

/** The pupil belonged to the group until yesterday; where it began today it never did. */
export async function leaveGroup(change: Change, group: string, pupil: string): Promise<void> {
  const places = () =>
    change
      .write('group_pupils')
      .where({ group_id: group, pupil_id: pupil })
      .where(place => place.whereNull('until_on').orWhere('until_on', '>=', change.today))
  await places().where('from_on', '>=', change.today).delete()
  await places().update({ until_on: addDays(change.today, -1) })
}
