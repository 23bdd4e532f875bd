import type { Category, Interruption, Result, SealedPaper, SealedReport, Telling } from '../formats/cases.ts'

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
  | (OfCase & { readonly step: 'notify'; readonly people: number })

/** Why a step cannot be taken. Then nothing was written. */
export type Refusal =
  | 'unknown'
  | 'number'
  | 'too-many-open'
  | 'window'
  | 'papers'
  | 'state'
  | 'late'
  | 'early'
  | 'clock'
  | 'auditor'
  | 'same-person'
  | 'head-missing'
  | 'shares-missing'
  | 'report'
  | 'not-proposed'
  | 'already'
  | 'shares'
  | 'too-many-auditors'

export class CaseRefused extends Error {
  // By this name it is known on the other side of the thread.
  override readonly name = 'CaseRefused'
  readonly reason: Refusal

  constructor(reason: Refusal) {
    super(`This cannot follow: ${reason}`)
    this.reason = reason
  }
}
