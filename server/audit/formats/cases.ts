import { sha256, u64 } from './layout.ts'

/** The closed words in which the ledger tells of cases, their times, and how it names what is sealed in them. */

export const categories = ['messages', 'foreign_account', 'data_leak', 'insult', 'tampering', 'access'] as const
export const results = ['confirmed', 'unconfirmed', 'unclear'] as const
/** Whether the person concerned was told: yes, later for a reason, or there is nobody to tell. */
export const tellings = ['told', 'deferred', 'none'] as const
export const interruptions = ['stopped', 'absent', 'late', 'ended', 'failed'] as const
export const paperKinds = ['request', 'review', 'result'] as const

export type Category = (typeof categories)[number]
export type Result = (typeof results)[number]
export type Telling = (typeof tellings)[number]
export type Interruption = (typeof interruptions)[number]
export type PaperKind = (typeof paperKinds)[number]

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
  /** Approved or denied. */
  readonly decidedAt: number | null
  readonly executedAt: number | null
  /** When it ended, in whatever way. */
  readonly closedAt: number | null
  readonly result: Result | null
  readonly report: 'none' | 'there' | 'shredded'
  /** The auditor who proposed the export; once somebody has agreed, it is `exported`. */
  readonly exportBy: number | null
  readonly exported: boolean
  /** The auditor who proposed to keep the report for longer, while nobody has agreed yet. */
  readonly extensionBy: number | null
  readonly told: Telling | null
  readonly deferredUntil: number | null
}

/** The name of a case: how many there were in its year (UTC). */
export const caseName = (t: number, before: number): string =>
  `${new Date(t).getUTCFullYear()}-${String(before + 1).padStart(3, '0')}`

const hour = 3_600_000
const day = 24 * hour
/** In milliseconds: within which a request is decided, an approved one is opened, a report is read, the case is closed, a notice is put off. */
export const terms = {
  review: 72 * hour,
  opening: 24 * hour,
  report: 14 * day,
  closing: 30 * day,
  longest: 90 * day,
} as const
/** In milliseconds and requests: how many may come in so long a time before the head has to agree. */
export const monthly = { within: 30 * day, requests: 6 } as const
/** Requested, approved or executed at the same time. */
export const mostOpen = 3
/** Hours of a request's window: 31 days, one of them an hour longer. Only who asks about themselves may ask for more. */
export const longestWindow = 31 * 24 + 1
/** Hours that a window may reach beyond its request: to the end of that day. */
export const furthestAhead = 25
/** Hours for which a case holds back what it needs. */
export const longestHold = 30 * 24

/** A copy of a paper, sealed to one auditor. */
export interface SealedPaper {
  readonly auditor: number
  readonly enc: Buffer
  readonly sealed: Buffer
}

/** A report and its key, sealed to each who may read it. */
export interface SealedReport {
  readonly ct: Buffer
  readonly nonce: Buffer
  readonly keys: readonly SealedPaper[]
}

const rowsOf = (copies: readonly SealedPaper[]): Buffer[] =>
  [...copies]
    .sort((a, b) => a.auditor - b.auditor)
    .flatMap(({ auditor, enc, sealed }) => [u64(auditor, enc.length, sealed.length), enc, sealed])

/** How the ledger names the sealed copies of a paper. */
export const papersHash = (kind: PaperKind, copies: readonly SealedPaper[]): Buffer =>
  sha256(`pforte-papers/1/${kind}`, ...rowsOf(copies))

/** How the ledger names a report, all that is stored of it. */
export const reportHash = ({ ct, nonce, keys }: SealedReport): Buffer =>
  sha256('pforte-report/1', u64(ct.length, nonce.length), ct, nonce, ...rowsOf(keys))
