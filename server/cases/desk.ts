import { type Case, caseEntries, findCase, openCases, terms, unfinishedCases } from '../audit/cases.ts'
import type { House } from '../house.ts'
import { type AuditorRow, findAuditor } from '../people/auditors.ts'
import { mayLockOver } from '../people/locks.ts'
import type { Viewer } from '../people/viewer.ts'
import { listWaiting } from './disclosures.ts'
import { listLocks, stateOf } from './lock-store.ts'
import { hasSeenEnd, listNotices, listReturned } from './notices.ts'
import { barFrom } from './rules.ts'

/** One thing of the log that waits for somebody: a sentence of the catalogue, and until when (milliseconds since 1970). */
export interface DeskRow {
  readonly href: string
  readonly key: string
  readonly values: Readonly<Record<string, string | number>>
  readonly until: number | null
}

/** What waits for this viewer in the cases: as auditor, observer or head. Nothing for anybody else. */
export async function caseRows(house: House, viewer: Viewer): Promise<DeskRow[]> {
  if (!viewer.holds('auditor', 'observer', 'head')) return []
  const [cases, auditor] = await Promise.all([openCases(house.audit), findAuditor(house, viewer)])
  const rows: DeskRow[] = []
  for (const one of cases) {
    const part = auditor && (await auditorPart(house, auditor, one))
    const due = ['requested', 'approved'].includes(one.state) && one.until > house.clock.now()
    if (auditor && isStuck(house, one))
      rows.push({ ...rowFor(one, partOf(auditor, one) ? 'stuck' : 'stuck.other'), until: null })
    else if (part) rows.push(rowFor(one, part))
    else if (viewer.holds('head') && one.head === 'needed' && due) rows.push(rowFor(one, 'endorse'))
    else if (viewer.holds('observer') && one.state === 'requested' && due) rows.push(rowFor(one, 'observe'))
  }
  if (auditor)
    rows.push(
      ...(await sharedRows(house, viewer, auditor)),
      ...(await waitingRows(viewer)),
      ...(await lockRows(house, viewer)),
      ...(await returnedRows(house, viewer)),
    )
  return rows
}

function rowFor(one: Case, part: string): DeskRow {
  return { href: `/cases/${one.id}`, key: `cases.desk.${part}`, values: { no: one.no }, until: one.until }
}

/** Opened a fortnight ago and not closed since: it keeps one of the few places from others. */
const isStuck = ({ clock }: House, { state, executedAt }: Case): boolean =>
  state === 'executed' && (executedAt ?? 0) + terms.report <= clock.now()

const partOf = ({ id }: AuditorRow, { requester, reviewer }: Case): boolean => id === requester || id === reviewer

/** What an auditor has to do in a case now; null where others have to. */
async function auditorPart(house: House, auditor: AuditorRow, one: Case): Promise<string | null> {
  const party = partOf(auditor, one)
  if (one.until <= house.clock.now()) return null
  if (one.state === 'requested') return party || (await barFrom(house, auditor, one)) ? null : 'review'
  if (!party) return null
  if (one.state === 'approved') return one.head === 'needed' ? null : 'open'
  return one.report === 'there' ? 'close' : null
}

/** What the other of the two has done: proposed something about the report, or closed the case. */
async function sharedRows(house: House, viewer: Viewer, auditor: AuditorRow): Promise<DeskRow[]> {
  const rows: DeskRow[] = []
  for (const one of (await unfinishedCases(house.audit)).filter(found => partOf(auditor, found))) {
    const row = { href: `/cases/${one.id}/report`, values: { no: one.no }, until: null }
    const asked = (by: number | null) => one.report === 'there' && by !== null && by !== auditor.id
    if (asked(one.exportBy) && !one.exported) rows.push({ ...row, key: 'cases.desk.export' })
    if (asked(one.extensionBy)) rows.push({ ...row, key: 'cases.desk.extension' })
    if (one.state === 'closed' && !(await hasSeenEnd(viewer, one.id))) {
      const end = (await caseEntries(house.audit, one.id)).find(entry => entry.k === 'lookup_closed')
      if (end && end.auditor !== auditor.id)
        rows.push({ ...row, href: `/cases/${one.id}/notices`, key: 'cases.desk.closed' })
    }
  }
  return rows
}

async function waitingRows(viewer: Viewer): Promise<DeskRow[]> {
  const waiting = await listWaiting(viewer)
  if (waiting.length === 0) return []
  const [first] = waiting
  const href = `/cases/new?asker=${first?.id}`
  return [{ href, key: 'cases.desk.disclosure', values: { count: waiting.length }, until: null }]
}

/** Locks, and ends of locks, that a second auditor is to agree to. */
async function lockRows(house: House, viewer: Viewer): Promise<DeskRow[]> {
  const locks = await listLocks(viewer)
  const rows: DeskRow[] = []
  for (const lock of locks) {
    const state = stateOf(lock)
    const by = state === 'proposed' ? lock.begun_by : state === 'lifting' ? lock.lift_by : null
    if (by === null || by === viewer.id || lock.account_id === viewer.id) continue
    const about = state === 'proposed' ? await findCase(house.audit, lock.case_id ?? 0) : undefined
    if (about && !(await mayLockOver(house, about, lock.account_id, [by, viewer.id]))) continue
    const key = state === 'proposed' ? 'cases.desk.lock' : 'cases.desk.lift'
    rows.push({ href: `/locks/${lock.id}`, key, values: { number: lock.id }, until: null })
  }
  return rows
}

const shownFor = 14 * 86_400_000

/** Replies of people concerned and letters to print, a fortnight long. */
async function returnedRows(house: House, viewer: Viewer): Promise<DeskRow[]> {
  const returned = await listReturned(viewer, new Date(house.clock.now() - shownFor).toISOString())
  return returned.flatMap(({ case_id, number, replies, letters }) => {
    const row = { href: `/cases/${case_id}/notices`, until: null }
    return [
      ...(replies > 0 ? [{ ...row, key: 'cases.desk.replies', values: { no: number, count: replies } }] : []),
      ...(letters > 0 ? [{ ...row, key: 'cases.desk.letters', values: { no: number, count: letters } }] : []),
    ]
  })
}

/** A closed case that concerned the viewer, as lists show it. */
export interface NoticeRow {
  readonly id: string
  readonly no: string
  readonly category: string
  readonly told_at: string
  readonly replied: boolean
  readonly read: boolean
}

/** What the viewer was told about closed cases; `since` leaves out the older ones. */
export async function noticeRows(viewer: Viewer, since: string | null): Promise<NoticeRow[]> {
  const notices = await listNotices(viewer)
  return notices.flatMap(({ id, number, category, told_at, replied_at, read_at }) =>
    told_at !== null && (since === null || told_at >= since)
      ? [{ id, no: number, category, told_at, replied: replied_at !== null, read: read_at !== null }]
      : [],
  )
}
