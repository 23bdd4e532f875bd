import { type CodeSubject, chunks } from '../people/codes.ts'
import type { Viewer } from '../people/viewer.ts'
import { visibleTo } from '../people/visibility.ts'
import type { Change } from '../storage/change.ts'
import type { Tables } from '../storage/tables.ts'
import { revokeCodes, rightsFor } from './applying.ts'
import type { GuardianshipInput } from './form.ts'

export type Pupil = Tables['pupils']
type Guardian = Tables['guardians']
type Guardianship = Tables['guardianships']

/** A guardian of one child, with what the roll knows of both. */
export interface Link extends Guardianship {
  readonly guardian: Guardian
  readonly pupil: Pupil
}

export interface ClassOfPupils {
  readonly id: string
  readonly name: string
  readonly pupils: readonly { readonly id: string; readonly name: string; readonly reached: boolean }[]
}

const order = new Intl.Collator('de', { numeric: true })

/** Every class with its pupils of today by name, and whether somebody is registered for each. */
export async function listClasses(viewer: Viewer): Promise<ClassOfPupils[]> {
  const members = await visibleTo(viewer, 'members').where({ kind: 'class' })
  const classes = Map.groupBy(
    members.sort((a, b) => order.compare(a.family_name, b.family_name) || order.compare(a.given_name, b.given_name)),
    member => member.group_id,
  )
  return [...classes]
    .map(([id, own]) => ({
      id,
      name: own[0]?.name ?? '',
      pupils: own.map(one => ({
        id: one.pupil_id,
        name: `${one.family_name}, ${one.given_name}`,
        reached: one.reached === 1,
      })),
    }))
    .sort((a, b) => order.compare(a.name, b.name))
}

/** The class of each pupil today, by name. */
export async function classNames(viewer: Viewer): Promise<ReadonlyMap<string, string>> {
  const members = await visibleTo(viewer, 'members').select('pupil_id', 'name').where({ kind: 'class' })
  return new Map(members.map(member => [member.pupil_id, member.name]))
}

const mostFound = 50

/** Pupils and guardians whose name begins with or contains what was typed; case and accents do not matter. */
export async function searchPeople(
  viewer: Viewer,
  typed: string,
): Promise<{ pupils: Pupil[]; links: Link[]; more: boolean }> {
  const words = fold(typed)
    .split(/\s+/)
    .filter(word => word !== '')
  if (words.length === 0) return { pupils: [], links: [], more: false }
  const matches = (person: { given_name: string; family_name: string }) => {
    const name = fold(`${person.given_name} ${person.family_name}`)
    return words.every(word => name.includes(word))
  }
  const pupils = (await visibleTo(viewer, 'pupils')).filter(matches)
  const guardians = (await visibleTo(viewer, 'guardians')).filter(matches)
  const links = await listLinks(viewer, { guardians: guardians.slice(0, mostFound).map(one => one.id) })
  return {
    pupils: pupils.slice(0, mostFound),
    links,
    more: pupils.length > mostFound || guardians.length > mostFound,
  }
}

function fold(text: string): string {
  return text.replaceAll('ß', 'ss').normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
}

export async function findPupil(viewer: Viewer, id: string): Promise<Pupil | undefined> {
  const [pupil] = await visibleTo(viewer, 'pupils').where({ id })
  return pupil
}

/** Links of some guardians or pupils, or of all children here whose custody is not known. */
export async function listLinks(
  viewer: Viewer,
  of:
    | { readonly guardians: readonly string[] }
    | { readonly pupils: readonly string[] }
    | { readonly custody: 'unknown' },
): Promise<Link[]> {
  const wanted = 'guardians' in of ? of.guardians : 'pupils' in of ? of.pupils : null
  const column = 'guardians' in of ? 'guardian_id' : 'pupil_id'
  if (wanted === null) {
    const waiting = await visibleTo(viewer, 'guardianships').where({ custody: 'unknown' }).whereNull('until_on')
    const found = await withPeople(viewer, waiting)
    return found.filter(({ pupil }) => pupil.left_on === null || pupil.left_on >= viewer.today)
  }
  const links: Guardianship[] = []
  for (const some of chunks(wanted, 400))
    links.push(...(await visibleTo(viewer, 'guardianships').whereIn(column, some)))
  return withPeople(viewer, links)
}

/** Many links at once cost two reads of a table, few cost a look at each. */
async function withPeople(viewer: Viewer, links: readonly Guardianship[]): Promise<Link[]> {
  const few = links.length <= 400
  const guardians = visibleTo(viewer, 'guardians')
  const pupils = visibleTo(viewer, 'pupils')
  if (few)
    guardians.whereIn(
      'id',
      links.map(link => link.guardian_id),
    )
  if (few)
    pupils.whereIn(
      'id',
      links.map(link => link.pupil_id),
    )
  const guardianOf = new Map((await guardians).map(guardian => [guardian.id, guardian]))
  const pupilOf = new Map((await pupils).map(pupil => [pupil.id, pupil]))
  return links.flatMap(link => {
    const guardian = guardianOf.get(link.guardian_id)
    const pupil = pupilOf.get(link.pupil_id)
    return guardian && pupil ? [{ ...link, guardian, pupil }] : []
  })
}

export async function findLink(viewer: Viewer, id: string): Promise<Link | undefined> {
  const [link] = await withPeople(viewer, await visibleTo(viewer, 'guardianships').where({ id }))
  return link
}

/** Gives a guardian these rights from the next click on. Who may no longer come in loses an open code, too. */
export async function editGuardianship(change: Change, id: string, input: GuardianshipInput): Promise<void> {
  await change.write('guardianships').where({ id }).update(input)
  if (input.may_read === 0 || input.custody !== 'yes') await revokeCodes(change, 'guardianship_id', [id])
}

/** Decides about custody that was not known. Links that somebody has decided meanwhile stay as they are. */
export async function confirmCustody(change: Change, ids: readonly string[], custody: 'yes' | 'no'): Promise<number> {
  let decided = 0
  for (const some of chunks(ids, 400)) {
    decided += await change
      .write('guardianships')
      .whereIn('id', some)
      .where({ custody: 'unknown' })
      .update(rightsFor(custody))
    if (custody === 'no') await revokeCodes(change, 'guardianship_id', some)
  }
  return decided
}

/** Who the codes of a batch are for, by class and name, for the letters. */
export async function listRecipients(viewer: Viewer, subjects: readonly CodeSubject[]) {
  const links = new Map<string, Link>()
  for (const some of chunks(
    subjects.flatMap(subject => subject.guardianship_id ?? []),
    400,
  )) {
    for (const link of await withPeople(viewer, await visibleTo(viewer, 'guardianships').whereIn('id', some)))
      links.set(link.id, link)
  }
  const pupils = new Map<string, Pupil>()
  for (const some of chunks(
    subjects.flatMap(subject => subject.pupil_id ?? []),
    400,
  )) {
    for (const pupil of await visibleTo(viewer, 'pupils').whereIn('id', some)) pupils.set(pupil.id, pupil)
  }
  return { links, pupils, classes: await classNames(viewer) }
}
