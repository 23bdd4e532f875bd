import { join } from 'node:path'
import { type Case, caseEntries } from '../audit/cases.ts'
import { reportHash } from '../audit/formats/cases.ts'
import type { CaseRequest } from '../audit/opening/papers.ts'
import { instanceOf } from '../audit/opening/reading.ts'
import { makeReport } from '../audit/opening/report.ts'
import { type OpenReview, openReview } from '../audit/opening/review.ts'
import { scan } from '../audit/opening/scan.ts'
import type { OpenedShares } from '../audit/opening/shares.ts'
import type { House } from '../house.ts'
import { type Ceremony, type Part, seatHolds } from '../people/ceremonies.ts'
import type { Viewer } from '../people/viewer.ts'
import { change } from '../storage/change.ts'
import { concernedBy, seenIn } from './concerned.ts'
import { settleNotices } from './deliveries.ts'
import { namesIn } from './names.ts'
import { draftNotices } from './notices.ts'
import { pairOf } from './pair.ts'

const nameOf = (caseId: number): string => `case ${caseId}`

/** The opening of a case that is under way, or the last one that ended. */
export function findOpening(house: House, caseId: number): Ceremony | undefined {
  return house.ceremonies.find(nameOf(caseId))
}

/** Whether two people may come together for this case now. */
export function mayOpen(one: Case, now: number): boolean {
  return one.state === 'approved' && one.head !== 'needed' && one.until > now
}

/** The opening that is under way, or a new one for exactly the two of this case. */
export async function beginOpening(house: House, viewer: Viewer, one: Case): Promise<Ceremony> {
  const running = findOpening(house, one.id)
  if (running && !running.over) return running
  await closeLostOpening(house, one.id)
  return house.ceremonies.begin<OpenedShares>(nameOf(one.id), {
    admits: auditor => auditor === one.requester || auditor === one.reviewer,
    holds: seat => seatHolds(house, seat),
    work: (parts, ceremony) => open(house, viewer, one, parts, ceremony),
    async interrupted({ why }) {
      await house.audit.step({ step: 'interrupt', case: one.id, why })
    },
    failed: error => house.log.error({ route: '/cases/:id/opening', kind: error.constructor.name }, 'opening failed'),
  })
}

/** Parts that were open when the machine stopped are gone; the ledger has not been told yet. */
async function closeLostOpening(house: House, caseId: number): Promise<void> {
  const kinds = (await caseEntries(house.audit, caseId)).map(entry => entry.k)
  if (kinds.lastIndexOf('share_presented') > kinds.lastIndexOf('lookup_interrupted'))
    await house.audit.step({ step: 'interrupt', case: caseId, why: 'ended' })
}

/** Looks through the log with both parts and leaves a report that only these two can open. */
async function open(
  house: House,
  viewer: Viewer,
  one: Case,
  [a, b]: readonly [OpenedShares, OpenedShares],
  ceremony: Ceremony,
): Promise<void> {
  const { audit, clock, config } = house
  const instance = await instanceOf(audit.reading)
  const review: OpenReview & Part = await openReview(audit.reading, one.id, a, b)
  ceremony.guard(review)
  try {
    a.wipe()
    b.wipe()
    const scanned = await scan(review, join(config.data, 'audit.db'), (done, of) => ceremony.tell(done, of))
    const names = await namesIn(house, viewer, review.request, scanned.records)
    const { report, counts } = await makeReport(audit.reading, instance, review, scanned, names, clock.now())
    const execution = reportHash(report).toString('hex')
    await fixPeople(house, viewer, one, review.request, scanned.records, execution)
    // Whoever has left in the meantime, or is no auditor any more, must not have opened it.
    await ceremony.look()
    if (!ceremony.commit()) throw new OpeningEnded()
    await audit.step({ step: 'execute', case: one.id, report, ...counts })
    await change(house.database, clock, viewer, opened => settleNotices(house, opened, one.id))
  } finally {
    review.wipe()
  }
}

/**
 * Whom the case concerns is stored before the ledger says that it was opened: who leaves the school afterwards, or is
 * never told because nobody closes it, is told all the same.
 */
async function fixPeople(
  house: House,
  viewer: Viewer,
  one: Case,
  request: CaseRequest,
  records: Parameters<typeof seenIn>[2],
  execution: string,
): Promise<void> {
  const pair = await pairOf(house, one)
  const people = await concernedBy(viewer, request)
  const told = [pair.requester.account_id, pair.reviewer.account_id, ...people.map(person => person.account)]
  const seen = await seenIn(viewer, request, records, told)
  await change(house.database, house.clock, viewer, opened =>
    draftNotices(house, opened, one, pair, request, [...people, ...seen], execution),
  )
}

/** It was ended while the log was being looked through. */
class OpeningEnded extends Error {}
