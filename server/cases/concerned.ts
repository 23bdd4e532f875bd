import type { CaseRequest } from '../audit/opening/papers.ts'
import type { Viewer } from '../people/viewer.ts'
import { visibleTo } from '../people/visibility.ts'
import type { Concerned } from '../people/visible.ts'
import type { Handed } from './closing-form.ts'

/** Whom a notice is for; stored only sealed, by a key that is not in the database. */
export interface Recipient {
  readonly account: string | null
  readonly name: string
  /** The child or the letter it was about, where it was not the person themselves. */
  readonly about: string | null
  /** `seen`: it was not about them, but entries of theirs stand in the report. */
  readonly kind: Concerned['kind'] | 'seen'
  readonly address: string | null
  /** Whether they were under suspicion; a notice tells everybody else that it says nothing about them. */
  readonly suspected: boolean
  /** How they got what they asked to see. */
  readonly handed: Handed | null
}

const unsaid = { suspected: false, handed: null } as const

const aboutOf = ({ subjects, object }: Pick<CaseRequest, 'subjects' | 'object'>) => [
  ...subjects,
  ...(object ? [object] : []),
]

/**
 * Everybody who is to learn of a case: once each, however often it concerns them. Where nobody is left who could be told
 * of somebody, there is a letter in their own name, so that no opening goes untold.
 */
export async function concernedBy(
  viewer: Viewer,
  request: Pick<CaseRequest, 'subjects' | 'object'>,
): Promise<Recipient[]> {
  const about = aboutOf(request)
  if (about.length === 0) return []
  const ids = about.map(one => one.id)
  const rows = await visibleTo(viewer, 'concerned').whereIn('subject', ids).orderBy('name')
  const found = about.flatMap(({ kind, id, name }): Recipient[] => {
    const own = rows.filter(row => row.kind === kind && row.subject === id)
    if (own.length === 0) return [{ account: null, name, about: null, kind, address: null, ...unsaid }]
    return own.map(row => ({
      ...{ account: row.account_id, name: row.name, about: row.about, kind },
      address: row.address,
      ...unsaid,
    }))
  })
  return [...new Map(found.map(one => [one.account ?? `${one.name}\n${one.address ?? ''}`, one])).values()]
}

const atOnce = 400

/**
 * Where a case is about a child or a letter: whoever did what stands in the report, though it was not about them. `but`:
 * the accounts of those who opened it, and of those who are told anyway.
 */
export async function seenIn(
  viewer: Viewer,
  { object }: Pick<CaseRequest, 'object'>,
  records: readonly { readonly body: { readonly a: string | 0 } }[],
  but: readonly (string | null)[],
): Promise<Recipient[]> {
  if (!object) return []
  const actors = [...new Set(records.map(({ body }) => body.a))].filter(id => id !== 0 && !but.includes(id)) as string[]
  const found: Recipient[] = []
  for (let start = 0; start < actors.length; start += atOnce) {
    const some = actors.slice(start, start + atOnce)
    for (const { name, account_id } of await visibleTo(viewer, 'concerned')
      .where({ kind: 'account' })
      .whereIn('subject', some))
      found.push({ account: account_id, name, about: null, kind: 'seen', address: null, ...unsaid })
  }
  return found
}
