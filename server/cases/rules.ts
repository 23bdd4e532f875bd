import type { Case } from '../audit/cases.ts'
import type { CaseRequest } from '../audit/opening/papers.ts'
import { readStandings } from '../audit/standings.ts'
import type { House } from '../house.ts'
import { type AuditorRow, invitedBy } from '../people/auditors.ts'
import type { Viewer } from '../people/viewer.ts'
import { visibleTo } from '../people/visibility.ts'

/** Why somebody may have no part in a case: what ties them to whom or what it is about, the closest first. */
export const ties = ['self', 'namesake', 'child', 'household', 'author', 'reader'] as const
export type Tie = (typeof ties)[number]

/**
 * What ties this viewer to the people or the thing that a request is about; nothing where they may have a part in it.
 * Asked of everybody who acts in a case, each time they act: ties change.
 */
export async function checkOwnTies(viewer: Viewer, request: About): Promise<Tie[]> {
  const about = aboutOf(request)
  if (about.length === 0) return []
  const own = await visibleTo(viewer, 'ties').whereIn(
    'id',
    about.map(one => one.id),
  )
  const close = own.filter(row => about.some(one => one.kind === row.kind && one.id === row.id))
  return ties.filter(tie => close.some(row => row.tie === tie))
}

type About = Pick<CaseRequest, 'subjects' | 'object'>
const aboutOf = ({ subjects, object }: About) => [...subjects, ...(object ? [object] : [])]

/** The accounts of all auditors who may have no part in a case for the same reasons. */
export async function tiedAuditors(viewer: Viewer, request: About): Promise<ReadonlySet<string>> {
  const about = aboutOf(request)
  const rows = await visibleTo(viewer, 'auditor_ties').whereIn(
    'id',
    about.map(one => one.id),
  )
  return new Set(
    rows.filter(row => about.some(one => one.kind === row.kind && one.id === row.id)).map(row => row.auditor),
  )
}

/** Why somebody may not decide on a case, before anybody knows what it is about. */
export type Bar = 'requester' | 'invited' | 'newcomers'

const newcomer = 14 * 86_400_000

/**
 * Nobody decides on what they asked for. Within their first fortnight nobody decides for one of the two to whom they
 * owe being an auditor, and no two newcomers open anything: else who makes auditors could make both. Those of the first
 * hour are nobody's newcomers, since without them there is nobody to decide.
 */
export async function barFrom(house: House, auditor: AuditorRow, one: Case): Promise<Bar | null> {
  const [requester] = await house.audit.reading.all<{ account_id: string }>(
    'SELECT account_id FROM audit_auditor WHERE id = ?',
    one.requester,
  )
  // By the person, too: whoever comes back as an auditor has another number.
  if (one.requester === auditor.id || requester?.account_id === auditor.account_id) return 'requester'
  const { active } = await readStandings(house.audit.reading)
  const isNew = (id: number) => {
    const known = active.get(id)
    return known !== undefined && !known.founder && house.clock.now() - known.enrolledAt < newcomer
  }
  if (!isNew(auditor.id)) return null
  if (isNew(one.requester)) return 'newcomers'
  const invitation = await invitedBy(house, auditor.id)
  const owed = [invitation?.account, invitation?.confirmedBy]
  return owed.includes(requester?.account_id) ? 'invited' : null
}
