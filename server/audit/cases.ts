import type { Category, Result } from './formats/cases.ts'
import type { Entry } from './formats/entries.ts'
import type { Line, Reading } from './lines.ts'

export { type Category, categories, type Interruption, type Result, results, type Telling } from './formats/cases.ts'

export type CaseState = 'requested' | 'approved' | 'denied' | 'expired' | 'cancelled' | 'executed' | 'closed'

/** A case as the ledger tells of it. Times in milliseconds since 1970. */
export interface Case {
  readonly id: number
  readonly no: string
  readonly category: Category
  readonly requester: number
  readonly reviewer: number | null
  readonly state: CaseState
  /** Hash of the request's content, in hex. */
  readonly request: string
  /** Hours since 1970, both included. */
  readonly from: number
  readonly to: number
  /** When what is due next is too late: the review, the opening, the report's reading. */
  readonly until: number
  readonly head: 'not-needed' | 'needed' | 'given'
  readonly requestedAt: number
  readonly decidedAt: number | null
  readonly executedAt: number | null
  readonly closedAt: number | null
  readonly result: Result | null
  readonly report: 'none' | 'there' | 'shredded'
  /** The auditor who proposed an export that nobody has confirmed yet. */
  readonly exportBy: number | null
  readonly exported: boolean
  readonly extensionBy: number | null
  readonly told: 'told' | 'deferred' | 'none' | null
  readonly deferredUntil: number | null
}

export async function findCase(_log: Reading, _id: number): Promise<Case | undefined> {
  throw new Error('not built yet')
}

/** The newest first. */
export async function listCases(_log: Reading, _before: number, _most: number): Promise<Case[]> {
  throw new Error('not built yet')
}

/** Requested, approved or executed: whatever still asks for something. */
export async function openCases(_log: Reading): Promise<Case[]> {
  throw new Error('not built yet')
}

/** What the ledger says of a case in words, the oldest first. */
export async function caseLines(_log: Reading, _id: number): Promise<Line[]> {
  throw new Error('not built yet')
}

/** The same as it stands there. */
export async function caseEntries(_log: Reading, _id: number): Promise<Entry[]> {
  throw new Error('not built yet')
}

export interface ClosedCount {
  readonly category: Category
  /** Of requester and reviewer. */
  readonly offices: string
  readonly count: number
}

/** For everybody: how often the log was opened in a year (UTC), as far as the cases are closed. */
export async function closedCounts(_log: Reading, _year: number): Promise<ClosedCount[]> {
  throw new Error('not built yet')
}
