import type { File } from './file.ts'
import { type Entry, type EntryKind, parseEntry } from './formats/entries.ts'
import { hour } from './formats/layout.ts'
import type { AuditLog } from './log.ts'

/**
 * A sentence of the catalogue and what stands in it. `moments` are milliseconds since 1970, which the reader's
 * language has yet to put into words.
 */
export interface Words {
  readonly key: string
  readonly values: Readonly<Record<string, string | number>>
  readonly moments: Readonly<Record<string, number>>
}

/** One line of the ledger for people. */
export interface Line {
  readonly idx: number
  readonly at: number
  /** Null where nobody can read it: it was not written by the log. */
  readonly kind: EntryKind | null
  readonly words: Words
}

export type Reading = Pick<AuditLog, 'reading'>

/** Somebody who can open the log together with another of them. */
export interface Auditor {
  readonly id: number
  readonly account_id: string
  readonly person: string
  readonly office: string
}

export const listAuditors = ({ reading }: Reading): Promise<Auditor[]> =>
  reading.all<Auditor>("SELECT id, account_id, person, office FROM audit_auditor WHERE state = 'active' ORDER BY id")

/** Whether an older log was ever put in place of this one: from then on the name that signs has a number. */
export const isAgain = (origin: string): boolean => /\/g\d+$/.test(origin)

/** When the oldest record that is still there was sealed, to the hour; null where there are none. */
export async function oldestRecord({ reading }: Reading): Promise<number | null> {
  const [row] = await reading.all<{ hour: number }>(
    "SELECT hour FROM audit_segment WHERE state <> 'pruned' ORDER BY hour LIMIT 1",
  )
  return row ? row.hour * hour : null
}

/** Up to `most` lines before line `before`, the newest first. */
export const listLines = ({ reading }: Reading, before: number, most: number): Promise<Line[]> =>
  readLines(reading, 'WHERE idx < ? ORDER BY idx DESC LIMIT ?', before, most)

export async function readLines(reading: File, rest: string, ...values: readonly number[]): Promise<Line[]> {
  const rows = await reading.all<{ idx: number; body: string }>(`SELECT idx, body FROM audit_ledger ${rest}`, ...values)
  const known = await namesIn(reading)
  return rows.map(({ idx, body }) => lineOf(idx, parseEntry(body), known))
}

/** What numbers in the ledger stand for. */
interface Names {
  readonly people: ReadonlyMap<unknown, string>
  /** A moment in each period's month, in milliseconds since 1970. */
  readonly months: ReadonlyMap<unknown, number>
  /** Cases with their numbers as people say them, and what they were about. */
  readonly cases: ReadonlyMap<unknown, { readonly no: string; readonly category: string }>
}

async function namesIn(reading: AuditLog['reading']): Promise<Names> {
  const people = await reading.all<{ id: number; person: string }>('SELECT id, person FROM audit_auditor')
  const periods = await reading.all<{ id: number; month: string }>('SELECT id, month FROM audit_period')
  const cases = await reading.all<{ id: number; no: string; category: string }>(
    'SELECT id, no, category FROM audit_case',
  )
  return {
    cases: new Map(cases.map(({ id, ...one }) => [id, one])),
    people: new Map(people.map(({ id, person }) => [id, person])),
    months: new Map(periods.map(({ id, month }) => [id, middleOf(month)])),
  }
}

/** Where it is the same month in every time zone. */
const middleOf = (month: string): number => Date.parse(`${month}-15T12:00:00Z`)

/** Fields that are hours since 1970, those of them that end with their hour, and fields that are milliseconds. */
const hours: Partial<Record<EntryKind, readonly string[]>> = {
  period_extended: ['from', 'until'],
  hold_set: ['from', 'to', 'until'],
  hold_released: ['from'],
  lookup_requested: ['from', 'to'],
}
const ends: Partial<Record<EntryKind, string>> = { hold_set: 'to', lookup_requested: 'to', period_extended: 'until' }
const times: Partial<Record<EntryKind, readonly string[]>> = {
  clock_step: ['before', 'after'],
  lookup_requested: ['until'],
  lookup_approved: ['until'],
  lookup_executed: ['until'],
  report_extended: ['until'],
  notice_deferred: ['until'],
}

/** Both hours of a span belong to it, so that the last one ends at 02:59 and not at 02:00. */
export const endOf = (last: number): number => (last + 1) * hour - 1

function lineOf(idx: number, entry: Entry | null, known: Names): Line {
  if (!entry) return { idx, at: 0, kind: null, words: { key: 'audit.line.unreadable', values: {}, moments: {} } }
  const { t: at, k: kind, ...fields } = entry
  const values: Record<string, string | number> = {}
  const moments: Record<string, number> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (ends[kind] === name) moments[name] = endOf(Number(value))
    else if (hours[kind]?.includes(name)) moments[name] = Number(value) * hour
    else if (times[kind]?.includes(name)) moments[name] = Number(value)
    else if (typeof value === 'number') values[name] = value
    // Nobody compares 64 characters by eye here; the first ones tell one hash from another.
    else if (typeof value === 'string') values[name] = /^[0-9a-f]{64}$/.test(value) ? value.slice(0, 8) : value
  }
  if ('auditor' in fields) values.person = known.people.get(fields.auditor) ?? String(fields.auditor)
  for (const name of ['requester', 'reviewer'])
    if (name in fields) values[name] = known.people.get(fields[name]) ?? String(fields[name])
  if ('case' in fields && !('no' in fields)) {
    const about = known.cases.get(fields.case)
    values.no = about?.no ?? String(fields.case)
    // What a result means depends on what was asked: who asks to see their own data is under no suspicion.
    values.category = about?.category ?? ''
  }
  if ('period' in fields) values.month = known.months.get(fields.period) ?? middleOf(String(fields.month))
  if (kind === 'restore_detected') values.lost = Math.max(0, Number(fields.old_size) - Number(fields.new_size))
  return { idx, at, kind, words: { key: `audit.line.${kind}`, values, moments } }
}
