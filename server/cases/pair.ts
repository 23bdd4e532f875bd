import { type Case, findCase } from '../audit/cases.ts'
import type { House } from '../house.ts'
import type { AuditorRow } from '../people/auditors.ts'
import { findAuditor } from '../people/auditors.ts'
import type { Viewer } from '../people/viewer.ts'
import type { Page } from '../web/page.ts'

/** One of the two who open a case, as everybody inside sees them; also after they have left. */
export type Person = Pick<AuditorRow, 'id' | 'account_id' | 'person' | 'office'>

/** A case seen by one of its two. */
export interface OwnCase {
  readonly one: Case
  readonly auditor: AuditorRow
  readonly other: Person
  readonly requester: Person
  readonly reviewer: Person
}

/** The case of this page's address, for exactly the two who may open it; a third auditor is refused like anybody else. */
export async function ownCase(page: Page<Viewer>): Promise<OwnCase> {
  const { house } = page
  const id = /^[1-9]\d{0,8}$/.test(page.params.id ?? '') ? Number(page.params.id) : 0
  const one = (id > 0 && (await findCase(house.audit, id))) || page.throw(404)
  page.concerns('case', String(one.id))
  const auditor = await findAuditor(house, page.viewer)
  if (!auditor || one.reviewer === null) return page.throw(403)
  if (auditor.id !== one.requester && auditor.id !== one.reviewer) return page.throw(403, 'pair')
  const { requester, reviewer } = await pairOf(house, one)
  return { one, auditor, requester, reviewer, other: auditor.id === requester.id ? reviewer : requester }
}

/** The two of a case that has been decided. */
export async function pairOf(
  { audit }: Pick<House, 'audit'>,
  one: Case,
): Promise<Pick<OwnCase, 'requester' | 'reviewer'>> {
  const people = await audit.reading.all<Person>(
    'SELECT id, account_id, person, office FROM audit_auditor WHERE id IN (?, ?)',
    ...[one.requester, one.reviewer],
  )
  const requester = people.find(person => person.id === one.requester)
  const reviewer = people.find(person => person.id === one.reviewer)
  if (!requester || !reviewer) throw new Error('The ledger names somebody whom it does not know')
  return { requester, reviewer }
}

/** The mark of the session in which this page was asked for. */
export function sessionOf(page: Page<Viewer>): string {
  return page.context.state.session ?? page.throw(403)
}
