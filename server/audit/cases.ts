import type { File } from './file.ts'
import type { Case, Category } from './formats/cases.ts'
import { type Entry, parseEntry } from './formats/entries.ts'
import { type Overdue, overdueIn } from './formats/overdue.ts'
import { type Line, type Reading, readLines } from './lines.ts'

export {
  type Case,
  type CaseState,
  type Category,
  categories,
  type Interruption,
  interruptions,
  type Result,
  results,
  type Telling,
  tellings,
  terms,
} from './formats/cases.ts'
export type { Overdue } from './formats/overdue.ts'

const columns = `SELECT id, no, category, requester, reviewer, state, lower(hex(request)) AS request,
  hour_from AS "from", hour_to AS "to", until, head, requested_at AS requestedAt, decided_at AS decidedAt,
  executed_at AS executedAt, closed_at AS closedAt, result, report, export_by AS exportBy, exported,
  extension_by AS extensionBy, told, deferred_until AS deferredUntil FROM audit_case`

async function selectCases(file: File, rest: string, ...values: readonly number[]): Promise<Case[]> {
  const rows = await file.all<Case>(`${columns} ${rest}`, ...values)
  return rows.map(row => ({ ...row, exported: Boolean(row.exported) }))
}

export async function findCase({ reading }: Reading, id: number): Promise<Case | undefined> {
  const [found] = await selectCases(reading, 'WHERE id = ?', id)
  return found
}

/** The newest first. */
export const listCases = ({ reading }: Reading, before: number, most: number): Promise<Case[]> =>
  selectCases(reading, 'WHERE id < ? ORDER BY id DESC LIMIT ?', before, most)

/** Cases about which something has been due for more than a day: to be closed, or the people concerned to be told. */
export async function overdueCases(log: Reading, now: number): Promise<(Overdue & { id: number; no: string })[]> {
  const unsaid = `told = 'told' AND NOT EXISTS (SELECT 1 FROM audit_ledger
    WHERE json_valid(body) AND body ->> 'case' = audit_case.id AND body ->> 'k' = 'subject_notified')`
  const rows = await selectCases(log.reading, `WHERE state = 'executed' OR told = 'deferred' OR ${unsaid} ORDER BY id`)
  return rows.flatMap(one => {
    const due = overdueIn({ case: one, notified: false }, now)
    return due ? [{ id: one.id, no: one.no, ...due }] : []
  })
}

/** Requested, approved or executed: whatever still asks for something. The newest first. */
export const openCases = ({ reading }: Reading): Promise<Case[]> =>
  selectCases(reading, "WHERE state IN ('requested', 'approved', 'executed') ORDER BY id DESC")

/** Closed ones about which somebody is still to be told, and those whose report is still there. The newest first. */
export const unfinishedCases = ({ reading }: Reading): Promise<Case[]> =>
  selectCases(
    reading,
    "WHERE state IN ('requested', 'approved', 'executed') OR report = 'there' OR told = 'deferred' ORDER BY id DESC",
  )

/** What the ledger says of a case in words, the oldest first. */
export const caseLines = ({ reading }: Reading, id: number): Promise<Line[]> =>
  readLines(reading, "WHERE json_valid(body) AND body ->> 'case' = ? ORDER BY idx", id)

/** The same as it stands there. */
export async function caseEntries({ reading }: Reading, id: number): Promise<Entry[]> {
  const rows = await reading.all<{ body: string }>(
    "SELECT body FROM audit_ledger WHERE json_valid(body) AND body ->> 'case' = ? ORDER BY idx",
    id,
  )
  return rows.map(({ body }) => parseEntry(body)).filter(entry => entry !== null)
}

/** Where the locks that were proposed over a case, or whose end was, went from there. The ledger names them by number only. */
export async function lockEntries({ reading }: Reading, about: readonly Entry[]): Promise<Entry[]> {
  const locks = new Set(about.flatMap(entry => ('lock' in entry ? [Number(entry.lock)] : [])))
  if (locks.size === 0) return []
  const rows = await reading.all<{ body: string }>(
    `SELECT body FROM audit_ledger WHERE json_valid(body)
       AND body ->> 'k' IN ('lock_confirmed', 'lock_lifted', 'lock_lapsed', 'lock_withdrawn')
       AND body ->> 'lock' IN (SELECT value FROM json_each(?)) ORDER BY idx`,
    JSON.stringify([...locks]),
  )
  return rows.map(({ body }) => parseEntry(body)).filter(entry => entry !== null)
}

export interface ClosedCount {
  readonly category: Category
  /** Of the two who opened it, in alphabetical order. */
  readonly offices: string
  readonly count: number
}

/** For everybody: how often the log was opened in a year (UTC), as far as the cases are closed. */
export const closedCounts = ({ reading }: Reading, year: number): Promise<ClosedCount[]> =>
  reading.all<ClosedCount>(
    `SELECT category, min(a.office, b.office) || ', ' || max(a.office, b.office) AS offices, count(*) AS count
     FROM audit_case AS c JOIN audit_auditor AS a ON a.id = c.requester JOIN audit_auditor AS b ON b.id = c.reviewer
     WHERE c.state = 'closed' AND executed_at >= ? AND executed_at < ? GROUP BY 1, 2 ORDER BY 1, 2`,
    ...[Date.UTC(year, 0), Date.UTC(year + 1, 0)],
  )
