import type { File } from '../file.ts'
import type { Concern, Outcome } from '../kinds.ts'
import type { CaseRequest } from './papers.ts'
import type { Holder } from './period-key.ts'
import type { Verdict } from './reading.ts'
import type { OpenReview } from './review.ts'
import type { Scanned } from './scan.ts'

export interface ReportRecord {
  readonly at: number
  readonly kind: string
  /** An account, or null for nobody signed in and for the house itself. */
  readonly actor: string | null
  readonly concerns: readonly (readonly [Concern, string])[]
  readonly outcome: Outcome
  readonly details: Readonly<Record<string, string | number>>
  readonly address: string
  readonly session: string
  readonly seg: number
  readonly i: number
}

/** A time at which the clock could not be believed. `until` is null where nobody has confirmed it since. */
export interface ClockDoubt {
  readonly why: 'stepped' | 'behind' | 'ahead'
  readonly before: number
  readonly after: number
  readonly from: number
  readonly until: number | null
}

export interface ReportCounts {
  readonly scanned: number
  readonly opened: number
  readonly kept: number
  /** Segments that are not what was sealed, or that are missing. */
  readonly faults: number
}

/** What two auditors get to read. */
export interface Report {
  readonly version: 1
  readonly no: string
  readonly request: CaseRequest
  readonly madeAt: number
  /** In the order in which they were written. */
  readonly records: readonly ReportRecord[]
  /** Every segment of those hours; the hour is null where neither the file nor the ledger tells it. */
  readonly segments: readonly { readonly id: number; readonly hour: number | null; readonly verdict: Verdict }[]
  readonly gaps: {
    /** Segments that the ledger knows and the file lacks, wholly or in part. */
    readonly segments: readonly number[]
    /** First and last of hours (since 1970) of the window in which the ledger shows no sign of life. */
    readonly hours: readonly (readonly [number, number])[]
  }
  readonly doubts: readonly ClockDoubt[]
  readonly proofs: {
    /** The last checkpoint, signed; empty where there is none. */
    readonly note: string
    /** Whether the ledger's lines are the tree that this checkpoint signs. */
    readonly whole: boolean
    /** The ledger's line about each segment, its place, and the hashes (base64) that lead from it to the checkpoint (RFC 6962). */
    readonly segments: readonly {
      readonly id: number
      readonly idx: number
      readonly body: string
      readonly proof: readonly string[]
    }[]
  }
  readonly counts: ReportCounts
  /** There was more than a report holds; the first records are in it. */
  readonly cut: boolean
  /** What people and things were called when the report was made, by id. */
  readonly names: Readonly<Record<string, string>>
}

export interface SealedReport {
  readonly ct: Buffer
  readonly nonce: Buffer
  readonly keys: readonly { readonly auditor: number; readonly enc: Buffer; readonly sealed: Buffer }[]
}

export class ReportStaysClosed extends Error {}

/** Puts the report together and seals it to the two who opened the case, and to nobody else. */
export async function makeReport(
  file: File,
  instance: Buffer,
  review: OpenReview,
  scanned: Scanned,
  names: Readonly<Record<string, string>>,
  now: number,
): Promise<{ report: SealedReport; counts: ReportCounts }> {
  throw new Error('not built yet', { cause: [file, instance, review, scanned, names, now] })
}

/** The report, for one of the two to whom it is sealed, as long as it is there. */
export async function openReport(file: File, instance: Buffer, caseId: number, holder: Holder): Promise<Report> {
  throw new Error('not built yet', { cause: [file, instance, caseId, holder] })
}
