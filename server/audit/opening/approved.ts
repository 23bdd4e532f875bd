import type { File } from '../file.ts'
import type { Category } from '../formats/cases.ts'
import type { Entry } from '../formats/entries.ts'
import { linesOfCase, linesWith } from '../ledger-lines.ts'

/** An approved case as the ledger tells it, as far as opening it needs to know. */
export interface ApprovedCase {
  readonly id: number
  readonly no: string
  readonly category: Category
  readonly requester: number
  readonly reviewer: number
  /** The hash of the request, hex. */
  readonly request: string
  /** Hours since 1970, both included. */
  readonly from: number
  readonly to: number
  /** Who has brought their shares since the last interruption. */
  readonly present: readonly number[]
}

/** The case stays closed. Why is not said: to the other of the two, that would be a hint. */
export class ReviewStaysClosed extends Error {
  constructor(caseId: number) {
    super(`case ${caseId} cannot be opened`)
  }
}

const endings = [
  'lookup_denied',
  'lookup_expired',
  'lookup_cancelled',
  'lookup_executed',
  'lookup_closed',
  'lookup_ended',
]

/**
 * The case, if two people may open it now. Only the ledger's lines count: a row that somebody edited between approval
 * and opening changes nothing.
 */
export async function findApproved(file: File, caseId: number): Promise<ApprovedCase> {
  const lines = await linesOfCase(file, caseId)
  const request = only(lines, 'lookup_requested')
  const approval = only(lines, 'lookup_approved')
  const ended = lines.some(line => endings.includes(line.k))
  const endorsed = request?.head !== 1 || only(lines, 'lookup_endorsed') !== undefined
  if (!request || !approval || ended || !endorsed || lines.indexOf(request) !== 0) throw new ReviewStaysClosed(caseId)
  const [requester, reviewer] = [Number(request.requester), Number(approval.reviewer)]
  const revoked = await Promise.all([requester, reviewer].map(id => linesWith(file, 'auditor_revoked', 'auditor', id)))
  if (requester === reviewer || revoked.flat().length > 0) throw new ReviewStaysClosed(caseId)
  const last = lines.findLastIndex(line => line.k === 'lookup_interrupted')
  return {
    id: caseId,
    no: String(request.no),
    category: request.category as Category,
    requester,
    reviewer,
    request: String(request.request),
    from: Number(request.from),
    to: Number(request.to),
    present: lines.slice(last + 1).flatMap(line => (line.k === 'share_presented' ? [Number(line.auditor)] : [])),
  }
}

/** The line of this kind where there is exactly one. */
function only(lines: readonly Entry[], kind: Entry['k']): Entry | undefined {
  const [line, ...more] = lines.filter(one => one.k === kind)
  return more.length === 0 ? line : undefined
}

/** The periods of the segments in these hours, and in one more at each end, where records of their edges may lie. */
export async function periodsOf(file: File, from: number, to: number): Promise<number[]> {
  const rows = await file.all<{ id: number }>(
    `SELECT DISTINCT period_id AS id FROM audit_segment WHERE hour BETWEEN ? AND ? AND state <> 'pruned' ORDER BY 1`,
    ...[from - 1, to + 1],
  )
  return rows.map(row => row.id)
}
