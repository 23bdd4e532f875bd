import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { File } from '../file.ts'
import { reportHash, type SealedReport } from '../formats/cases.ts'
import { sha256, u64 } from '../formats/layout.ts'
import type { Concern, Outcome } from '../kinds.ts'
import { linesOfCase, namedAuditors } from '../ledger-lines.ts'
import { zero } from '../sealing/auditor-key.ts'
import { open, type Sealed, seal } from '../sealing/hpke.ts'
import { findEvidence } from './evidence.ts'
import type { CaseRequest } from './papers.ts'
import type { Holder } from './period-key.ts'
import type { Verdict } from './reading.ts'
import { insideOf, type OpenReview, ReviewStaysClosed } from './review.ts'
import type { Scanned, ScannedRecord } from './scan.ts'

export type { SealedReport } from '../formats/cases.ts'

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
    /** When the log was begun, where that is within the window: before it there was nothing to record. */
    readonly began: number | null
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

/** There is no report, it is not for this auditor, or it is not the one that the ledger names. It is never said which. */
export class ReportStaysClosed extends Error {}

const algorithm = 'aes-256-gcm'
const tagLength = 16

const bodyAad = (instance: Buffer, caseId: number): Buffer =>
  Buffer.concat([Buffer.from('pforte-report/1'), instance, u64(caseId)])
/** What a copy of the report's key is bound to: its case, its reader, and this very report. */
const keyAad = (caseId: number, auditor: number, ct: Buffer): Buffer =>
  Buffer.concat([u64(caseId, auditor), sha256(ct)])

/** Puts the report together and seals it to the two who opened the case, and to nobody else. `now`: when it is made. */
export async function makeReport(
  file: File,
  instance: Buffer,
  review: OpenReview,
  scanned: Scanned,
  names: Readonly<Record<string, string>>,
  now: number,
): Promise<{ report: SealedReport; counts: ReportCounts }> {
  const { readers } = insideOf(review)
  const auditors = await namedAuditors(file)
  const known = readers.every(reader => auditors?.find(one => one.id === reader.auditor)?.pub.equals(reader.publicKey))
  if (!known) throw new ReviewStaysClosed(review.case.id)
  const report = await compose(file, review, scanned, names, now)
  const plain = Buffer.from(JSON.stringify(report))
  const key = randomBytes(32)
  try {
    const caseId = review.case.id
    const nonce = randomBytes(12)
    const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagLength })
    cipher.setAAD(bodyAad(instance, caseId))
    const ct = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    const keys = await Promise.all(
      readers.map(async ({ auditor, publicKey }) => ({
        auditor,
        ...(await seal(publicKey, 'rep', instance, keyAad(caseId, auditor, ct), key)),
      })),
    )
    return { report: { ct, nonce, keys }, counts: report.counts }
  } finally {
    zero(plain, key)
  }
}

async function compose(
  file: File,
  { case: { no }, request }: OpenReview,
  { records, segments, counts, cut }: Scanned,
  names: Readonly<Record<string, string>>,
  now: number,
): Promise<Report> {
  const evidence = await findEvidence(
    file,
    segments.map(({ id }) => id),
    request.fromMs,
    request.toMs,
  )
  const missing = segments.filter(({ verdict }) => verdict === 'gap').map(({ id }) => id)
  const changed = segments.filter(({ verdict }) => verdict === 'changed').length
  return {
    ...{ version: 1, no, request, madeAt: now },
    records: records.map(inReport),
    segments: segments.map(({ id, verdict }) => ({ id, hour: evidence.hours.get(id) ?? null, verdict })),
    gaps: { segments: missing, began: evidence.began, hours: evidence.silent },
    ...{ doubts: evidence.doubts, proofs: evidence.proofs },
    counts: { ...counts, faults: missing.length + changed },
    ...{ cut, names },
  }
}

const inReport = ({ seg, i, body }: ScannedRecord): ReportRecord => ({
  ...{ at: body.t, kind: body.k, actor: body.a === 0 ? null : body.a, concerns: body.o },
  ...{ outcome: body.r, details: body.d, address: body.ip, session: body.s, seg, i },
})

/** The report, for one of the two to whom it is sealed, as long as it is there. */
export async function openReport(
  file: File,
  instance: Buffer,
  caseId: number,
  { auditor, pair }: Holder,
): Promise<Report> {
  const closed = new ReportStaysClosed(`the report of case ${caseId} cannot be read`)
  const [executed, ...more] = (await linesOfCase(file, caseId)).filter(line => line.k === 'lookup_executed')
  const [row] = await file.all<{ ct: Buffer; nonce: Buffer }>(
    'SELECT ct, nonce FROM audit_report WHERE case_id = ?',
    caseId,
  )
  const keys = await file.all<Sealed & { auditor: number }>(
    'SELECT auditor_id AS auditor, enc, sealed FROM audit_report_key WHERE case_id = ?',
    caseId,
  )
  const own = keys.find(one => one.auditor === auditor)
  if (!row || !own || !executed || more.length > 0) throw closed
  if (reportHash({ ...row, keys }).toString('hex') !== executed.report) throw closed
  const key = await open(pair, 'rep', instance, keyAad(caseId, auditor, row.ct), own).catch(() => {
    throw closed
  })
  try {
    return JSON.parse(decrypt(key, bodyAad(instance, caseId), row)) as Report
  } catch {
    throw closed
  } finally {
    zero(key)
  }
}

function decrypt(key: Buffer, aad: Buffer, { ct, nonce }: { ct: Buffer; nonce: Buffer }): string {
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagLength })
  decipher.setAAD(aad)
  decipher.setAuthTag(ct.subarray(-tagLength))
  const plain = Buffer.concat([decipher.update(ct.subarray(0, -tagLength)), decipher.final()])
  const text = plain.toString('utf8')
  zero(plain)
  return text
}
