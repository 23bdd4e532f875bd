import type { File } from '../file.ts'
import { beginCase, type Followed, followCase, isOpen, type Requests, timedKinds } from '../formats/case-rules.ts'
import {
  type Case,
  type Category,
  type Interruption,
  longestHold,
  monthly,
  type PaperKind,
  papersHash,
  type Result,
  reportHash,
  type SealedPaper,
  type SealedReport,
  type Telling,
  terms,
} from '../formats/cases.ts'
import type { Entry, EntryKind } from '../formats/entries.ts'
import { differing, hourOf } from '../formats/layout.ts'
import { CaseRefused } from '../formats/refusal.ts'
import { deleteReport, readCase, readRequests, storeCase, storePapers, storeReport } from './case-rows.ts'
import { doubtIn } from './doubt.ts'
import { releaseHolds, setHold } from './holds.ts'
import type { Add, Fields, Ledger } from './ledger.ts'
import { actingAuditors, activeAuditors } from './periods.ts'

interface OfCase {
  readonly case: number
}
interface ByAuditor extends OfCase {
  readonly auditor: number
}

/** What can happen to a case. Whoever asks for it has proved who they are; what may follow what, is judged here. */
export type CaseStep =
  | (OfCase & {
      readonly step: 'request'
      readonly category: Category
      readonly requester: number
      readonly request: string
      readonly papers: readonly SealedPaper[]
      readonly from: number
      readonly to: number
    })
  | (OfCase & { readonly step: 'endorse' | 'expire' | 'shred' })
  | (OfCase & {
      readonly step: 'approve' | 'deny'
      readonly reviewer: number
      readonly review: string
      readonly papers: readonly SealedPaper[]
    })
  | (ByAuditor & {
      readonly step: 'cancel' | 'present' | 'view' | 'propose-export' | 'export' | 'propose-extension'
    })
  | (OfCase & { readonly step: 'interrupt'; readonly why: Interruption })
  | (OfCase & {
      readonly step: 'execute'
      readonly report: SealedReport
      readonly scanned: number
      readonly opened: number
      readonly kept: number
      readonly faults: number
    })
  | (ByAuditor & { readonly step: 'extend'; readonly until: number })
  | (ByAuditor & {
      readonly step: 'close'
      readonly result: Result
      readonly paper: string
      readonly papers: readonly SealedPaper[]
      readonly told: Telling
      /** Until when a notice is put off; null unless it is. */
      readonly until: number | null
    })
  /** What nobody has closed thirty days after it was opened, the portal closes: unclear, without a paper. */
  | (OfCase & { readonly step: 'end'; readonly told: Exclude<Telling, 'deferred'> })
  | (OfCase & { readonly step: 'notify'; readonly people: number })

type Line = readonly [EntryKind, Fields]

/** The lines that say what is done, in their order. */
function linesOf(step: CaseStep, t: number, requests: Requests | null): Line[] {
  const { case: id } = step
  switch (step.step) {
    case 'request': {
      const { category, requester, request, from, to } = step
      const papers = hashOf('request', step.papers)
      const head = requests && requests.recent >= monthly.requests ? 1 : 0
      const number = { case: id, no: requests?.no }
      const until = t + terms.review
      return [['lookup_requested', { ...number, category, requester, request, papers, head, from, to, until }]]
    }
    case 'approve':
    case 'deny': {
      const { reviewer, review } = step
      const fields = { case: id, reviewer, review, papers: hashOf('review', step.papers) }
      if (step.step === 'deny') return [['lookup_denied', fields]]
      return [['lookup_approved', { ...fields, until: t + terms.opening }]]
    }
    case 'interrupt':
      return [['lookup_interrupted', { case: id, why: step.why }]]
    case 'execute': {
      const { scanned, opened, kept, faults } = step
      const report = reportHash(step.report).toString('hex')
      return [['lookup_executed', { case: id, report, scanned, opened, kept, faults, until: t + terms.report }]]
    }
    case 'extend':
      return [['report_extended', { case: id, auditor: step.auditor, until: step.until }]]
    case 'close': {
      const { auditor, result, paper, told, until } = step
      const papers = hashOf('result', step.papers)
      const closed: Line = ['lookup_closed', { case: id, auditor, result, papers, paper, told }]
      if ((told === 'deferred') !== (until !== null)) throw new CaseRefused('time')
      return until === null ? [closed] : [closed, ['notice_deferred', { case: id, until }]]
    }
    case 'end':
      return [['lookup_ended', { case: id, told: step.told }]]
    case 'notify':
      return [['subject_notified', { case: id, people: step.people }]]
    case 'endorse':
    case 'expire':
    case 'shred':
      return [[plain[step.step], { case: id }]]
    default:
      return [[plain[step.step], { case: id, auditor: step.auditor }]]
  }
}

const plain = {
  endorse: 'lookup_endorsed',
  expire: 'lookup_expired',
  shred: 'report_shredded',
  cancel: 'lookup_cancelled',
  present: 'share_presented',
  view: 'report_viewed',
  'propose-export': 'export_proposed',
  export: 'report_exported',
  'propose-extension': 'extension_proposed',
} as const

const paperOf = { request: 'request', approve: 'review', deny: 'review', close: 'result' } as const

const hashOf = (kind: PaperKind, papers: readonly SealedPaper[]) => papersHash(kind, papers).toString('hex')

/** Each of these people has one, and nobody else; every enc is a public key. */
function checkCopies(copies: readonly SealedPaper[], people: Iterable<number | null>): void {
  const wanted = [...people].sort()
  const found = copies.map(copy => copy.auditor).sort()
  const good = copies.every(({ enc, sealed }) => enc.length === 32 && sealed.length > 16)
  if (!good || JSON.stringify(found) !== JSON.stringify(wanted)) throw new CaseRefused('papers')
}

/**
 * Takes a case one step further: its lines in the ledger, its row, what is sealed in it, what it holds back; all or
 * nothing. What may follow is judged by the rules that the verifier goes by, inside of the transaction: of two who come at the
 * same time one is refused.
 */
export async function takeStep(file: File, ledger: Ledger, step: CaseStep, now: number): Promise<Case> {
  const t = Math.max(now, ledger.newest)
  return await ledger.commit(now, async add => {
    const auditors = await activeAuditors(file)
    const seals = 'papers' in step || step.step === 'execute'
    if (seals && differing(auditors, ledger.named).length > 0) throw new CaseRefused('keys')
    const active = new Set(auditors.map(auditor => auditor.id))
    const acting = await actingAuditors(file)
    const before = await readCase(file, step.case)
    const requests = step.step === 'request' ? await readRequests(file, t) : null
    let after = before
    for (const [kind, fields] of linesOf(step, t, requests)) {
      // No deadline is over because a clock says so that nobody believes.
      if (timedKinds.has(kind) && doubtIn(ledger) !== 'none') throw new CaseRefused('clock')
      const entry: Entry = { t, k: kind, ...fields }
      after = requests ? beginCase(entry, acting, requests) : followCase(after, entry, acting)
      await add(kind, fields)
    }
    if (!after) throw new CaseRefused('unknown')
    await storeCase(file, after.case)
    if ('papers' in step) {
      checkCopies(step.papers, active)
      await storePapers(file, step.case, paperOf[step.step], step.papers)
    }
    if (step.step === 'execute') {
      checkCopies(step.report.keys, [after.case.requester, after.case.reviewer])
      await storeReport(file, step.case, step.report)
    }
    if (step.step === 'shred') await deleteReport(file, step.case)
    await keepHolds(file, add, before, after, t)
    return after.case
  })
}

/** From its request on a case keeps its hours from being deleted, for thirty days at most; when it ends it lets them go. */
async function keepHolds(file: File, add: Add, before: Followed | null, { case: after }: Followed, t: number) {
  const { id: caseId, from, to } = after
  if (!before) await setHold(file, add, { caseId, from, to, until: hourOf(t) + longestHold })
  else if (isOpen(before.case) && !isOpen(after)) await releaseHolds(file, add, caseId)
}
