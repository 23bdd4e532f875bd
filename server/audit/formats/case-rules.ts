import {
  type Case,
  type Category,
  furthestAhead,
  longestWindow,
  monthly,
  mostOpen,
  type Result,
  type Telling,
  terms,
} from './cases.ts'
import type { Entry, EntryKind } from './entries.ts'
import { hourOf } from './layout.ts'
import { CaseRefused, type Refusal } from './refusal.ts'

function need(condition: boolean, reason: Refusal): asserts condition {
  if (!condition) throw new CaseRefused(reason)
}

/** A case as far as its lines have been read. */
export interface Followed {
  readonly case: Case
  /** Who has presented their share since the last time that its opening was broken off. */
  readonly presented: readonly number[]
  /** Whether anybody whom it concerned has been told. */
  readonly notified: boolean
}

/** What a new request depends on: its number, and how many others there are. */
export interface Requests {
  readonly next: number
  /** In words, with the year. */
  readonly no: string
  readonly open: number
  /** Within the last thirty days. */
  readonly recent: number
}

export const isOpen = ({ state }: Case): boolean => ['requested', 'approved', 'executed'].includes(state)

type Active = Pick<ReadonlySet<number>, 'has'>

type Numbers = 'case' | 'requester' | 'reviewer' | 'auditor' | 'head' | 'from' | 'to' | 'until' | 'people'
/** The fields of all kinds of lines about cases; each has only its own. */
type Fields = Readonly<Record<Numbers, number>> &
  Readonly<{ t: number; no: string; category: Category; request: string; result: Result; told: Telling }>

/** Begins a case; from here on no line changes what is asked, in which hours, or by whom. */
export function beginCase(entry: Entry, active: Active, requests: Requests): Followed {
  const { t, ...asked } = entry as unknown as Fields
  const { from, to } = asked
  need(asked.case === requests.next && asked.no === requests.no, 'number')
  need(active.has(asked.requester), 'auditor')
  need(requests.open < mostOpen, 'too-many-open')
  need(asked.head === (requests.recent >= monthly.requests ? 1 : 0), 'head')
  need(from <= to && to <= hourOf(t) + furthestAhead, 'window')
  need(asked.category === 'access' || to - from < longestWindow, 'window')
  need(asked.until === t + terms.review, 'time')
  const begun: Case = {
    id: asked.case,
    no: asked.no,
    category: asked.category,
    requester: asked.requester,
    reviewer: null,
    state: 'requested',
    request: asked.request,
    ...{ from, to, until: asked.until },
    head: asked.head === 1 ? 'needed' : 'not-needed',
    requestedAt: t,
    ...{ decidedAt: null, executedAt: null, closedAt: null, result: null },
    ...{ report: 'none', exportBy: null, exported: false, extensionBy: null },
    ...{ told: null, deferredUntil: null },
  }
  return { case: begun, presented: [], notified: false }
}

type Rule = (about: Followed, line: Fields, active: Active) => Partial<Case & Omit<Followed, 'case'>>

const isUndecided = ({ case: { state } }: Followed) => state === 'requested' || state === 'approved'

function needOneOfTwo({ case: { requester, reviewer } }: Followed, auditor: number, active: Active): void {
  need(active.has(auditor) && (auditor === requester || auditor === reviewer), 'auditor')
}

function needDecidable({ case: before }: Followed, { t, reviewer }: Fields, active: Active): void {
  need(before.state === 'requested', 'state')
  need(t <= before.until, 'late')
  need(reviewer !== before.requester, 'same-person')
  need(active.has(reviewer), 'auditor')
}

function needOpenable({ case: before }: Followed, t: number): void {
  need(before.state === 'approved', 'state')
  need(t <= before.until, 'late')
  need(before.head !== 'needed', 'head')
}

function needReport({ case: before }: Followed, t: number): void {
  need(before.report === 'there', 'report')
  need(t <= before.until, 'late')
}

/** The other one of the two agrees, while both are auditors: nobody else has seen what it is about. */
function needSecond(about: Followed, first: number | null, auditor: number, active: Active): void {
  need(first !== null, 'not-proposed')
  need(auditor !== first, 'same-person')
  needOneOfTwo(about, auditor, active)
  need(active.has(first), 'auditor')
}

const rules = {
  lookup_endorsed: (about, { t }) => {
    need(isUndecided(about), 'state')
    need(t <= about.case.until, 'late')
    need(about.case.head === 'needed', 'already')
    return { head: 'given' }
  },
  lookup_approved: (about, line, active) => {
    needDecidable(about, line, active)
    need(active.has(about.case.requester), 'auditor')
    need(line.until === line.t + terms.opening, 'time')
    return { state: 'approved', reviewer: line.reviewer, decidedAt: line.t, until: line.until }
  },
  lookup_denied: (about, line, active) => {
    needDecidable(about, line, active)
    return { state: 'denied', reviewer: line.reviewer, decidedAt: line.t, closedAt: line.t }
  },
  lookup_cancelled: (about, { t, auditor }, active) => {
    need(isUndecided(about), 'state')
    needOneOfTwo(about, auditor, active)
    return { state: 'cancelled', closedAt: t, presented: [] }
  },
  lookup_expired: (about, { t }) => {
    need(isUndecided(about), 'state')
    need(t > about.case.until, 'early')
    return { state: 'expired', closedAt: t, presented: [] }
  },
  share_presented: (about, { t, auditor }, active) => {
    needOpenable(about, t)
    needOneOfTwo(about, auditor, active)
    return { presented: [...new Set([...about.presented, auditor])] }
  },
  lookup_interrupted: about => {
    need(about.case.state === 'approved', 'state')
    return { presented: [] }
  },
  lookup_executed: (about, { t, until }, active) => {
    needOpenable(about, t)
    const both = [about.case.requester, about.case.reviewer]
    need(
      both.every(one => one !== null && active.has(one)),
      'auditor',
    )
    need(
      both.every(one => one !== null && about.presented.includes(one)),
      'shares',
    )
    need(until === t + terms.report, 'time')
    return { state: 'executed', executedAt: t, until, report: 'there', presented: [] }
  },
  report_viewed: (about, { t, auditor }, active) => {
    needReport(about, t)
    needOneOfTwo(about, auditor, active)
    return {}
  },
  export_proposed: (about, { t, auditor }, active) => {
    needReport(about, t)
    needOneOfTwo(about, auditor, active)
    need(about.case.exportBy === null, 'already')
    return { exportBy: auditor }
  },
  report_exported: (about, { t, auditor }, active) => {
    needReport(about, t)
    need(!about.case.exported, 'already')
    needSecond(about, about.case.exportBy, auditor, active)
    return { exported: true }
  },
  extension_proposed: (about, { t, auditor }, active) => {
    needReport(about, t)
    needOneOfTwo(about, auditor, active)
    need(about.case.extensionBy === null, 'already')
    return { extensionBy: auditor }
  },
  report_extended: (about, { t, auditor, until }, active) => {
    needReport(about, t)
    needSecond(about, about.case.extensionBy, auditor, active)
    need(until > about.case.until && until <= (about.case.executedAt ?? 0) + terms.longest, 'time')
    return { extensionBy: null, until }
  },
  report_shredded: (about, { t }) => {
    need(about.case.report === 'there', 'report')
    need(t > about.case.until, 'early')
    return { report: 'shredded' }
  },
  lookup_closed: (about, { t, auditor, result, told }, active) => {
    need(about.case.state === 'executed', 'state')
    need(active.has(auditor), 'auditor')
    return { state: 'closed', closedAt: t, result, told }
  },
  lookup_ended: (about, { t, told }) => {
    need(about.case.state === 'executed', 'state')
    need(t >= (about.case.executedAt ?? 0) + terms.closing, 'early')
    return { state: 'closed', closedAt: t, result: 'unclear', told }
  },
  notice_deferred: (about, { t, until }) => {
    need(about.case.told === 'deferred' && about.case.deferredUntil === null, 'state')
    need(until > t && until <= t + terms.longest, 'time')
    return { deferredUntil: until }
  },
  subject_notified: ({ case: before }, { people }) => {
    need(before.told === 'told' || before.told === 'deferred', 'state')
    need(people > 0, 'number')
    return { told: 'told', deferredUntil: null, notified: true }
  },
} as const satisfies Partial<Record<EntryKind, Rule>>

export type CaseKind = keyof typeof rules
export const isCaseKind = (kind: EntryKind): kind is CaseKind => Object.hasOwn(rules, kind)

/** The case after one more line about it. Whatever is not allowed here was not done, or the ledger is broken. */
export function followCase(before: Followed | null, entry: Entry, active: Active): Followed {
  need(before !== null && isCaseKind(entry.k), 'unknown')
  const rule: Rule = rules[entry.k]
  const { presented, notified, ...changes } = rule(before, entry as unknown as Fields, active)
  return {
    case: { ...before.case, ...changes },
    presented: presented ?? before.presented,
    notified: notified ?? before.notified,
  }
}

const everybody: Active = { has: () => true }

/** What the portal does because a time is over: not while nobody believes the clock. */
export const timedKinds: ReadonlySet<EntryKind> = new Set(['lookup_expired', 'lookup_ended', 'report_shredded'])

/** A case as its own lines alone tell of it: who was an auditor, and how many other cases there were, is not judged again. */
export function replayCase(lines: readonly Entry[]): Followed | null {
  let told: Followed | null = null
  for (const line of lines) {
    if (line.k === 'lookup_requested' && told === null) {
      const recent = line.head === 1 ? monthly.requests : 0
      told = beginCase(line, everybody, { next: Number(line.case), no: String(line.no), open: 0, recent })
    } else if (isCaseKind(line.k)) told = followCase(told, line, everybody)
  }
  return told
}
