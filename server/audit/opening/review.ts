import type { File } from '../file.ts'
import type { CaseRequest } from './papers.ts'
import type { OpenedShares } from './shares.ts'

/** A case as the ledger tells it, as far as opening it needs to know. */
export interface ApprovedCase {
  readonly id: number
  readonly no: string
  readonly category: string
  readonly requester: number
  readonly reviewer: number
  /** Hours since 1970, both included. */
  readonly from: number
  readonly to: number
}

/** The case stays closed. Why is not said: to the other of the two, that would be a hint. */
export class ReviewStaysClosed extends Error {}

/**
 * A case that two auditors have opened together: the only thing that a look-up takes. What it may look for stands in
 * the request that both have read, and nowhere else.
 */
export class OpenReview {
  readonly case: ApprovedCase
  readonly request: CaseRequest
  /** The periods that these two could not open; their segments stay locked. */
  readonly unopened: readonly number[]

  private constructor(approved: ApprovedCase, request: CaseRequest, unopened: readonly number[]) {
    this.case = approved
    this.request = request
    this.unopened = unopened
  }

  /** Overwrites the keys, and ends a look-up that is still running. To be called whatever happens. */
  wipe(): void {}
}

/** Opens an approved case with the shares of exactly its requester and its reviewer, or fails with `ReviewStaysClosed`. */
export async function openReview(
  file: File,
  instance: Buffer,
  caseId: number,
  a: OpenedShares,
  b: OpenedShares,
): Promise<OpenReview> {
  throw new Error('not built yet', { cause: [file, instance, caseId, a, b] })
}
