import type { CodeSubject } from '../people/codes.ts'
import { adultSince, type Viewer } from '../people/viewer.ts'
import { visibleTo } from '../people/visibility.ts'
import type { Tables } from '../storage/tables.ts'
import { listLinks, type Pupil } from './store.ts'

type Guardian = Tables['guardians']

const { compare } = new Intl.Collator('de', { numeric: true })

/** Somebody who may get a code: a guardian of a child, or a pupil of age. */
export interface Entitled {
  readonly subject: CodeSubject
  readonly pupil: Pupil
  readonly guardian: Guardian | null
  /** A code is on its way already. */
  readonly invited: boolean
}

/**
 * Everybody without an account who may have one: guardians with custody who may read, and pupils of age.
 *
 * Not those of pupils who left; not guardians of an adult, who see nothing unless the pupil allows it.
 */
export async function listEntitled(viewer: Viewer, now: string): Promise<Entitled[]> {
  const { today } = viewer
  const adult = adultSince(today)
  const codes = await visibleTo(viewer, 'registration_codes')
    .whereNull('used_at')
    .whereNull('revoked_at')
    .where('expires_at', '>', now)
  const invited = new Set(codes.flatMap(code => code.guardianship_id ?? code.pupil_id ?? []))
  const here = (await visibleTo(viewer, 'pupils')).filter(pupil => pupil.left_on === null || pupil.left_on >= today)
  const pupils = new Map(here.map(pupil => [pupil.id, pupil]))
  const guardians = new Map((await visibleTo(viewer, 'guardians').whereNull('account_id')).map(one => [one.id, one]))
  const links = await visibleTo(viewer, 'guardianships')
    .where({ may_read: 1, custody: 'yes' })
    .where('from_on', '<=', today)
    .where(open => open.whereNull('until_on').orWhere('until_on', '>=', today))
  const entitled = links.flatMap((link): Entitled[] => {
    const pupil = pupils.get(link.pupil_id)
    const guardian = guardians.get(link.guardian_id)
    if (!pupil || !guardian || (isAdult(pupil, adult) && pupil.guardians_allowed_at === null)) return []
    return [{ subject: { guardianship_id: link.id }, pupil, guardian, invited: invited.has(link.id) }]
  })
  const adults = here
    .filter(pupil => isAdult(pupil, adult) && pupil.account_id === null)
    .map(
      (pupil): Entitled => ({ subject: { pupil_id: pupil.id }, pupil, guardian: null, invited: invited.has(pupil.id) }),
    )
  return [...entitled, ...adults]
}

/** Why nobody is registered for a child: nobody is there, custody is open, a code waits or is missing, nobody may read. */
export type Unreached = 'nobody' | 'custody' | 'invited' | 'uninvited' | 'no-rights'

/** Today's children for whom nobody is registered, by class and name, each with what stands in the way. */
export async function listUnreached(
  viewer: Viewer,
  entitled: readonly Entitled[],
): Promise<{ id: string; name: string; group: string; why: Unreached }[]> {
  const members = await visibleTo(viewer, 'members').where({ reached: 0 })
  const children = new Map(members.map(member => [member.pupil_id, member]))
  for (const member of members) if (member.kind === 'class') children.set(member.pupil_id, member)
  const links = (await listLinks(viewer, { pupils: [...children.keys()] })).filter(
    link => link.until_on === null || link.until_on >= viewer.today,
  )
  const linksOf = Map.groupBy(links, link => link.pupil_id)
  const entitledOf = Map.groupBy(entitled, one => one.pupil.id)
  const why = (pupil: string): Unreached => {
    const own = entitledOf.get(pupil) ?? []
    if (own.some(one => one.invited)) return 'invited'
    if (own.length > 0) return 'uninvited'
    const guardians = linksOf.get(pupil) ?? []
    if (guardians.length === 0) return 'nobody'
    return guardians.some(link => link.custody === 'unknown') ? 'custody' : 'no-rights'
  }
  return [...children.values()]
    .map(one => ({
      id: one.pupil_id,
      name: `${one.family_name}, ${one.given_name}`,
      group: one.kind === 'class' ? one.name : '',
      why: why(one.pupil_id),
    }))
    .sort((a, b) => compare(a.group, b.group) || compare(a.name, b.name))
}

function isAdult(pupil: Pupil, adult: string): boolean {
  return pupil.born_on !== null && pupil.born_on <= adult
}
