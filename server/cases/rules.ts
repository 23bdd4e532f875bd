import type { Case } from '../audit/cases.ts'
import type { CaseRequest } from '../audit/opening/papers.ts'
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
export type Bar = 'requester' | 'invited'

const newcomer = 14 * 86_400_000

/**
 * Nobody decides on what they asked for, and nobody who owes being an auditor to the person who asks, in the first
 * fortnight: else one person could make the second one.
 */
export async function barFrom(house: House, auditor: AuditorRow, one: Case): Promise<Bar | null> {
  const [requester] = await house.audit.reading.all<{ account_id: string }>(
    'SELECT account_id FROM audit_auditor WHERE id = ?',
    one.requester,
  )
  // By the person, too: whoever comes back as an auditor has another number.
  if (one.requester === auditor.id || requester?.account_id === auditor.account_id) return 'requester'
  const invitation = await invitedBy(house, auditor.id)
  if (!invitation || house.clock.now() - invitation.enrolledAt >= newcomer) return null
  return requester?.account_id === invitation.account ? 'invited' : null
}
