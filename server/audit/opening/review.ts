import type { File } from '../file.ts'
import { longestWindow } from '../formats/cases.ts'
import { hour, hourOf, sha256 } from '../formats/layout.ts'
import { actions, kinds } from '../kinds.ts'
import { zero } from '../sealing/auditor-key.ts'
import type { KeyPair } from '../sealing/hpke.ts'
import { type ApprovedCase, findApproved, periodsOf, ReviewStaysClosed } from './approved.ts'
import type { CaseRequest } from './papers.ts'
import { joinShares, PeriodStaysClosed } from './period-key.ts'
import type { Search } from './search.ts'
import type { OpenedShares } from './shares.ts'

export { type ApprovedCase, ReviewStaysClosed } from './approved.ts'

/** What only a look-up and its report get to know of an open review. */
interface Inside {
  readonly question: Omit<Search, 'path'>
  /** The two, with the keys to which the report is sealed. */
  readonly readers: readonly { readonly auditor: number; readonly publicKey: Buffer }[]
  /** Ends a look-up that is still running. */
  readonly stop: AbortController
}

const insides = new WeakMap<OpenReview, Inside>()

/** For `scan` and `makeReport` alone. What was not made here, or has been wiped, has no inside. */
export function insideOf(review: OpenReview): Inside {
  const inside = insides.get(review)
  if (!inside) throw new ReviewStaysClosed(review.case.id)
  return inside
}

/**
 * A case that two auditors have opened together: the only thing that a look-up takes. What it may look for stands in
 * the request that both have read, and nowhere else.
 */
export class OpenReview {
  readonly case: ApprovedCase
  readonly request: CaseRequest
  /** The periods that these two could not open; their segments stay locked. */
  readonly unopened: readonly number[]

  private constructor(approved: ApprovedCase, request: CaseRequest, unopened: readonly number[]) {
    this.case = frozen(approved)
    this.request = frozen(request)
    this.unopened = frozen(unopened)
  }

  static async open(file: File, caseId: number, a: OpenedShares, b: OpenedShares): Promise<OpenReview> {
    const approved = await findApproved(file, caseId)
    const request = agreedRequest(approved, a, b)
    if (!request) throw new ReviewStaysClosed(caseId)
    const { keys, unopened } = await joinAll(file, await periodsOf(file, approved.from, approved.to), a, b)
    const review = new OpenReview(approved, request, unopened)
    const stop = new AbortController()
    const readers = [a, b].map(({ auditor, publicKey }) => ({ auditor, publicKey }))
    insides.set(review, { question: { ...questionOf(request), periods: keys, signal: stop.signal }, readers, stop })
    return review
  }

  /** Overwrites the keys, and ends a look-up that is still running. To be called whatever happens. */
  wipe(): void {
    const inside = insides.get(this)
    inside?.stop.abort()
    zero(...(inside?.question.periods ?? []).map(period => period.privateKey))
    insides.delete(this)
  }
}

function frozen<T>(value: T): T {
  if (value !== null && typeof value === 'object') for (const part of Object.values(Object.freeze(value))) frozen(part)
  return value
}

/** Opens an approved case with the shares of exactly its requester and its reviewer, or fails with `ReviewStaysClosed`. */
export const openReview = (file: File, caseId: number, a: OpenedShares, b: OpenedShares): Promise<OpenReview> =>
  OpenReview.open(file, caseId, a, b)

/** The request, where both have come to open exactly this one, and it asks for no more than a request may. */
function agreedRequest(approved: ApprovedCase, a: OpenedShares, b: OpenedShares): CaseRequest | null {
  const { id, requester, reviewer, present } = approved
  const two = [a.auditor, b.auditor]
  const exactly = [requester, reviewer].every(auditor => two.includes(auditor) && present.includes(auditor))
  const same = a.caseId === id && b.caseId === id && a.text === b.text
  if (!exactly || !same || a.publicKey.equals(b.publicKey)) return null
  if (sha256(a.text).toString('hex') !== approved.request) return null
  const { request } = a
  return isWithin(request, approved) ? request : null
}

/** Whether what is asked for lies within what the ledger says of the case, and is not too much. */
function isWithin({ category, subjects, object, fromMs, toMs, areas }: CaseRequest, approved: ApprovedCase): boolean {
  const many = subjects.length + (object ? 1 : 0)
  const access = category === 'access'
  return (
    category === approved.category &&
    many >= 1 &&
    many <= (object || access ? 1 : 5) &&
    (access || areas.length > 0) &&
    Number.isSafeInteger(fromMs) &&
    Number.isSafeInteger(toMs) &&
    fromMs < toMs &&
    hourOf(fromMs) >= approved.from &&
    hourOf(toMs - 1) <= approved.to &&
    (access || toMs - fromMs <= longestWindow * hour)
  )
}

/** Who asks what is recorded about them gets all of it, also kinds that this version does not know. */
function questionOf({
  category,
  subjects,
  object,
  fromMs: from,
  toMs: to,
  areas,
}: CaseRequest): Pick<Search, 'hours' | 'subjects' | 'keep'> {
  const asked = actions.filter(action => areas.includes(kinds[action].area))
  return {
    hours: [hourOf(from), hourOf(to - 1)],
    subjects: [...subjects, ...(object ? [object] : [])].map(subject => subject.id),
    keep: category === 'access' ? { from, to } : { from, to, kinds: asked },
  }
}

async function joinAll(
  file: File,
  periods: readonly number[],
  a: OpenedShares,
  b: OpenedShares,
): Promise<{ keys: (KeyPair & { id: number })[]; unopened: number[] }> {
  const keys: (KeyPair & { id: number })[] = []
  const unopened: number[] = []
  try {
    for (const id of periods) {
      const pair = await join(file, id, a.shareOf(id), b.shareOf(id))
      if (pair) keys.push({ id, ...pair })
      else unopened.push(id)
    }
  } catch (problem) {
    zero(...keys.map(key => key.privateKey))
    throw problem
  }
  return { keys, unopened }
}

async function join(file: File, period: number, a?: Buffer, b?: Buffer): Promise<KeyPair | null> {
  if (!a || !b) return null
  try {
    const { seed, pair } = await joinShares(file, period, a, b)
    zero(seed)
    return pair
  } catch (problem) {
    if (problem instanceof PeriodStaysClosed) return null
    throw problem
  }
}
