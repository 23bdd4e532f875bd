import type { Case } from '../audit/cases.ts'
import { type CaseRequest, type Recipient, sealPaper } from '../audit/opening/papers.ts'
import { instanceOf } from '../audit/opening/reading.ts'
import { listRecipients } from '../audit/recipients.ts'
import type { House } from '../house.ts'
import { type AuditorRow, listActiveAuditors } from '../people/auditors.ts'
import type { Viewer } from '../people/viewer.ts'
import type { RequestInput } from './request-form.ts'
import { tiedAuditors } from './rules.ts'

const hour = 3_600_000

/** What stands in the frozen request beside what was typed. */
export interface Said {
  readonly reason: string
  readonly source: string
  readonly made: NonNullable<CaseRequest['made']>
}

/** The request as it is sealed: nothing after the moment in which it is made belongs to it. */
export function frozen(house: House, input: RequestInput, said: Said): CaseRequest {
  const start = (day: string, later: number) =>
    Temporal.PlainDate.from(day).add({ days: later }).toZonedDateTime(house.config.timeZone).epochMilliseconds
  return {
    category: input.category,
    reason: said.reason,
    source: said.source,
    subjects: input.subjects.map(({ id, name }) => ({ kind: 'account', id, name })),
    object: input.object && objectOf(input.object),
    from: input.from,
    to: input.to,
    fromMs: start(input.from, 0),
    toMs: Math.min(start(input.to, 1), house.clock.now()),
    areas: input.areas,
    asked: input.asked,
    made: said.made,
  }
}

function objectOf({ kind, id, name }: NonNullable<RequestInput['object']>): CaseRequest['object'] {
  return kind === 'account' ? null : { kind, id, name }
}

/** Nobody but the person who asks could read this request: all others are what it is about. */
export class NobodyElse extends Error {}

/**
 * To whom the papers of a case are sealed: every auditor. Whoever is concerned by it, or tied to somebody who is, gets a
 * copy that nobody can open, so that neither the file nor its size tells whom it is about. Refused where somebody has
 * changed their keys in the file.
 */
export async function listReaders(
  { audit }: House,
  viewer: Viewer,
  request: Pick<CaseRequest, 'subjects' | 'object'>,
): Promise<Recipient[]> {
  const tied = await tiedAuditors(viewer, request)
  const rows = await listRecipients(audit)
  return rows.map(({ id, pub, account_id }) => ({ id, pub, ...(tied.has(account_id) ? { dummy: true } : {}) }))
}

/** Seals a request to the auditors, and puts its hash into the ledger. */
export async function fileRequest(
  house: House,
  viewer: Viewer,
  auditor: AuditorRow,
  id: number,
  request: CaseRequest,
): Promise<Case> {
  const tied = await tiedAuditors(viewer, request)
  const others = (await listActiveAuditors(house)).filter(
    one => one.account_id !== auditor.account_id && !tied.has(one.account_id),
  )
  if (others.length === 0) throw new NobodyElse()
  const instance = await instanceOf(house.audit.reading)
  const { hash, papers } = await sealPaper(instance, await listReaders(house, viewer, request), 'request', request)
  return house.audit.step({
    step: 'request',
    case: id,
    category: request.category as Case['category'],
    requester: auditor.id,
    request: hash,
    papers,
    from: Math.floor(request.fromMs / hour),
    to: Math.ceil(request.toMs / hour) - 1,
  })
}

let last: Promise<unknown> = Promise.resolve()

/** One request after the other: the number that a record names must be the one that the case gets. */
export function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const next = last.then(work, work)
  last = next.catch(() => undefined)
  return next
}
