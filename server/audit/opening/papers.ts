import type { File } from '../file.ts'
import type { Area } from '../kinds.ts'
import type { Holder } from './period-key.ts'

/** What auditors write for each other: a request, the decision on it, and what came of it. */
export type PaperKind = 'request' | 'review' | 'result'

/** A paper as it is stored for one auditor. */
export interface SealedPaper {
  readonly auditor: number
  readonly enc: Buffer
  readonly sealed: Buffer
}

/** What is asked for, and why. Once requested it is frozen: its hash stands in the ledger. */
export interface CaseRequest {
  readonly category: string
  readonly reason: string
  /** Where the suspicion comes from. */
  readonly source: string
  readonly subjects: readonly { readonly kind: 'account'; readonly id: string; readonly name: string }[]
  readonly object: { readonly kind: 'pupil' | 'letter'; readonly id: string; readonly name: string } | null
  /** School days, `YYYY-MM-DD`, both included. */
  readonly from: string
  readonly to: string
  /** The same in milliseconds since 1970, `toMs` not included. */
  readonly fromMs: number
  readonly toMs: number
  readonly areas: readonly Area[]
  /** How a person asked to see what is recorded about them (category `access`). */
  readonly asked: 'portal' | 'paper' | null
}

/** The decision of the second auditor, in their own words. */
export interface CaseReview {
  readonly decision: 'approve' | 'deny'
  readonly words: string
  readonly ticks: readonly ('necessary' | 'milder' | 'unbiased')[]
}

/** What came of a case, and who is told about it when. */
export interface CaseResult {
  readonly result: 'confirmed' | 'unconfirmed' | 'unclear'
  readonly words: string
  readonly people: readonly { readonly id: string; readonly name: string; readonly kind: string }[]
  readonly deferral: { readonly until: string; readonly reason: string } | null
}

/** The paper cannot be read with this key, or is not the one that the ledger names. It is never said which. */
export class PaperStaysClosed extends Error {}

/** Seals a paper to each of these auditors. `hash` is what the ledger will name: nobody can change the paper after that. */
export async function sealPaper(
  instance: Buffer,
  recipients: readonly { readonly id: number; readonly pub: Buffer }[],
  kind: PaperKind,
  content: object,
): Promise<{ hash: string; papers: SealedPaper[] }> {
  throw new Error('not built yet', { cause: [instance, recipients, kind, content] })
}

/** A paper of a case, as this auditor may read it: exactly what the ledger's line names. */
export async function openPaper<T>(
  file: File,
  instance: Buffer,
  caseId: number,
  kind: PaperKind,
  holder: Holder,
): Promise<T> {
  throw new Error('not built yet', { cause: [file, instance, caseId, kind, holder] })
}
