import type { Case } from '../audit/cases.ts'
import type { CaseRequest } from '../audit/opening/papers.ts'
import type { House } from '../house.ts'
import type { Viewer } from '../people/viewer.ts'
import { visibleTo } from '../people/visibility.ts'
import type { Visible } from '../people/visible.ts'
import type { Change } from '../storage/change.ts'
import { newId } from '../storage/ids.ts'
import type { Tables } from '../storage/tables.ts'
import type { Closing } from './closing-form.ts'
import type { Recipient } from './concerned.ts'
import type { OwnCase } from './pair.ts'

/**
 * Writes a notice for each of these people. Nobody can read it before the ledger names the end of the case; and where it
 * is written before the ledger names the opening (`execution`, its report's hash), it is nothing until then.
 */
export async function draftNotices(
  { secrets }: House,
  change: Change,
  one: Case,
  { requester, reviewer }: Pick<OwnCase, 'requester' | 'reviewer'>,
  request: Pick<CaseRequest, 'from' | 'to'>,
  people: readonly Recipient[],
  execution: string | null,
): Promise<void> {
  for (const recipient of people) {
    const id = newId()
    await change.write('case_notices').insert({
      ...{ id, case_id: one.id, number: one.no, category: one.category, execution, made_at: change.at },
      offices: [requester.office, reviewer.office].join(', '),
      ...{ from_on: request.from, until_on: request.to },
      ...{ requester_id: requester.account_id, reviewer_id: reviewer.account_id },
      sealed: sealTo(secrets, id, recipient),
      account_id: null,
      way: recipient.account === null ? 'paper' : 'portal',
      ...{
        result: null,
        closed_at: null,
        due_on: null,
        told_at: null,
        shredded_at: null,
        reply: null,
        replied_at: null,
        read_at: null,
        requester_seen_at: null,
        reviewer_seen_at: null,
      },
    })
  }
}

const sealTo = (secrets: House['secrets'], id: string, recipient: Recipient): Buffer =>
  secrets.seal('notice', id, Buffer.from(JSON.stringify(recipient)))

/** Adds to notices that nobody has been given yet what only who closes the case knows. */
export async function completeNotices(
  house: House,
  change: Change,
  id: number,
  { suspects, handed }: Closing,
): Promise<void> {
  for (const notice of await change.write('case_notices').where({ case_id: id }).whereNull('told_at')) {
    const recipient = recipientOf(house, notice)
    const suspected = recipient.account !== null && suspects.includes(recipient.account)
    const sealed = sealTo(house.secrets, notice.id, { ...recipient, suspected, handed })
    await change.write('case_notices').where({ id: notice.id }).update({ sealed })
  }
}

export function recipientOf({ secrets }: House, { id, sealed }: { id: string; sealed: Buffer }): Recipient {
  return JSON.parse(secrets.open('notice', id, sealed).toString()) as Recipient
}

export type Notice = Visible['case_notices']

/** A notice that the viewer has been given. */
export function findNotice(viewer: Viewer, id: string): Promise<Notice | undefined> {
  return visibleTo(viewer, 'case_notices').where({ id }).first() as unknown as Promise<Notice | undefined>
}

/** What the viewer was told about closed cases, the newest first. */
export function listNotices(viewer: Viewer): Promise<Notice[]> {
  return visibleTo(viewer, 'case_notices').orderBy('told_at', 'desc') as unknown as Promise<Notice[]>
}

/** What a case's two have sent or will send. */
export function listSentNotices(viewer: Viewer, caseId: number): Promise<Tables['case_notices'][]> {
  return visibleTo(viewer, 'sent_notices').where({ case_id: caseId }).orderBy(['way', 'id'])
}

export interface Returned {
  readonly case_id: number
  readonly number: string
  readonly replies: number
  readonly letters: number
}

/** Cases of the viewer's in which something has come up, since then, that they have not looked at. */
export async function listReturned(viewer: Viewer, since: string): Promise<Returned[]> {
  const rows = await visibleTo(viewer, 'sent_notices').where(query =>
    query.where('replied_at', '>', since).orWhere(paper => paper.where({ way: 'paper' }).where('told_at', '>', since)),
  )
  const unseen = (at: string | null, row: Tables['case_notices']) => at !== null && at > (seenBy(viewer, row) ?? since)
  return [...Map.groupBy(rows, row => row.case_id)].map(([case_id, some]) => ({
    case_id,
    number: some[0]?.number ?? '',
    replies: some.filter(row => unseen(row.replied_at, row)).length,
    letters: some.filter(isUnprinted).length,
  }))
}

const seenBy = (viewer: Viewer, row: Tables['case_notices']): string | null =>
  row.requester_id === viewer.id ? row.requester_seen_at : row.reviewer_seen_at

/** Neither of the two has opened the letter to print it; until one has, looking at the list does not count. */
export const isUnprinted = ({ way, told_at, requester_seen_at, reviewer_seen_at }: Tables['case_notices']): boolean =>
  way === 'paper' && told_at !== null && [requester_seen_at, reviewer_seen_at].every(seen => (seen ?? '') < told_at)

/** Whether this one of the two has looked at a case since it was closed. */
export async function hasSeenEnd(viewer: Viewer, caseId: number): Promise<boolean> {
  const sent = await listSentNotices(viewer, caseId)
  return sent.length > 0 && sent.every(row => seenBy(viewer, row) !== null)
}

/** One of the two has looked at what came back. */
export async function markSeen(change: Change, caseId: number): Promise<void> {
  for (const one of ['requester', 'reviewer'] as const)
    await change
      .write('case_notices')
      .where({ case_id: caseId, [`${one}_id`]: change.id })
      .update({ [`${one}_seen_at`]: change.at })
}

/** The person has opened what they were told. */
export async function markRead(change: Change, { id }: Pick<Notice, 'id'>): Promise<void> {
  await change
    .write('case_notices')
    .where({ id, account_id: change.id })
    .whereNull('read_at')
    .update({ read_at: change.at })
}

/** Answers to the two who opened the case; once, so that nothing is changed after they have read it. */
export async function replyToNotice(
  { secrets }: Pick<House, 'secrets'>,
  change: Change,
  notice: Notice,
  text: string,
): Promise<boolean> {
  const reply = secrets.seal('notice', `${notice.id} reply`, Buffer.from(text))
  const changed = await change
    .write('case_notices')
    .where({ id: notice.id, account_id: change.id })
    .whereNull('replied_at')
    .update({ reply, replied_at: change.at })
  return changed === 1
}

export function replyIn({ secrets }: House, { id, reply }: { id: string; reply: Buffer | null }): string | null {
  return reply === null ? null : secrets.open('notice', `${id} reply`, reply).toString()
}
