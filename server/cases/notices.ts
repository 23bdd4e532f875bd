import type { CaseRequest } from '../audit/opening/papers.ts'
import type { House } from '../house.ts'
import type { Viewer } from '../people/viewer.ts'
import { visibleTo } from '../people/visibility.ts'
import type { Concerned, Visible } from '../people/visible.ts'
import type { Change } from '../storage/change.ts'
import { newId } from '../storage/ids.ts'
import type { Tables } from '../storage/tables.ts'
import type { Closing, Handed } from './closing-form.ts'
import type { OwnCase } from './pair.ts'

/** Whom a notice is for; stored only sealed, by a key that is not in the database. */
export interface Recipient {
  readonly account: string | null
  readonly name: string
  /** The child or the letter it was about, where it was not the person themselves. */
  readonly about: string | null
  readonly kind: Concerned['kind']
  readonly address: string | null
  /** Whether they were under suspicion; a notice tells everybody else that it says nothing about them. */
  readonly suspected: boolean
  /** How they got what they asked to see. */
  readonly handed: Handed | null
}

/** Everybody who is to learn of a case: once each, however often it concerns them. */
export async function concernedBy(
  viewer: Viewer,
  request: Pick<CaseRequest, 'subjects' | 'object'>,
): Promise<Concerned[]> {
  const about = [...request.subjects, ...(request.object ? [request.object] : [])]
  if (about.length === 0) return []
  const rows = await visibleTo(viewer, 'concerned')
    .whereIn(
      'subject',
      about.map(one => one.id),
    )
    .orderBy('name')
  const mine = rows.filter(row => about.some(one => one.kind === row.kind && one.id === row.subject))
  const once = new Map(mine.map(row => [row.account_id ?? `${row.name}\n${row.address ?? ''}`, row]))
  return [...once.values()]
}

/** Writes a notice for each of them, so that nobody can read it before the ledger names this closing and its day has come. */
export async function draftNotices(
  { secrets }: House,
  change: Change,
  { one, requester, reviewer }: OwnCase,
  request: Pick<CaseRequest, 'from' | 'to'>,
  people: readonly Concerned[],
  { result, deferral, suspects, handed }: Closing,
  closing: string,
): Promise<void> {
  for (const { account_id, name, about, kind, address } of people) {
    const id = newId()
    const suspected = account_id !== null && suspects.includes(account_id)
    const recipient: Recipient = { account: account_id, name, about, kind, address, suspected, handed }
    await change.write('case_notices').insert({
      id,
      case_id: one.id,
      number: one.no,
      category: one.category,
      result,
      offices: [requester.office, reviewer.office].join(', '),
      from_on: request.from,
      until_on: request.to,
      requester_id: requester.account_id,
      reviewer_id: reviewer.account_id,
      sealed: secrets.seal('notice', id, Buffer.from(JSON.stringify(recipient))),
      account_id: null,
      way: account_id === null ? 'paper' : 'portal',
      closed_at: change.at,
      due_on: deferral ? deferral.until : change.today,
      told_at: null,
      shredded_at: null,
      reply: null,
      replied_at: null,
      closing,
      read_at: null,
      requester_seen_at: null,
      reviewer_seen_at: null,
    })
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
    letters: some.filter(row => row.way === 'paper' && unseen(row.told_at, row)).length,
  }))
}

const seenBy = (viewer: Viewer, row: Tables['case_notices']): string | null =>
  row.requester_id === viewer.id ? row.requester_seen_at : row.reviewer_seen_at

/** Whether there are letters that this one of the two has not opened to print them. */
export const lettersWait = (viewer: Viewer, sent: readonly Tables['case_notices'][]): boolean =>
  sent.some(row => row.way === 'paper' && row.told_at !== null && row.told_at > (seenBy(viewer, row) ?? ''))

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
