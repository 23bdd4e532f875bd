import { isDeepStrictEqual } from 'node:util'
import { caseEntries, findCase, openCases } from '../cases.ts'
import { type File, store } from '../file.ts'
import { type Followed, type Requests, replayCase } from '../formats/case-rules.ts'
import { type Case, caseName, monthly, type PaperKind, type SealedPaper, type SealedReport } from '../formats/cases.ts'
import { CaseRefused } from '../formats/refusal.ts'

/**
 * A case as the ledger tells of it; null where there is none. Where its row says something else, somebody has edited it:
 * then nothing follows any more.
 */
export async function readCase(file: File, id: number): Promise<Followed | null> {
  const row = await findCase({ reading: file }, id)
  const told = replayCase(await caseEntries({ reading: file }, id))
  if (!isDeepStrictEqual(row, told?.case)) throw new CaseRefused('changed')
  return told
}

export async function nextCase(file: File): Promise<number> {
  const [next] = await file.all<{ id: number }>('SELECT coalesce(max(id), 0) + 1 AS id FROM audit_case')
  return next?.id ?? 1
}

/** What the next request depends on at this time. */
export async function readRequests(file: File, t: number): Promise<Requests> {
  const year = new Date(t).getUTCFullYear()
  const [counted] = await file.all<{ yearly: number; recent: number }>(
    `SELECT sum(requested_at >= ? AND requested_at < ?) AS yearly, sum(requested_at > ?) AS recent FROM audit_case`,
    ...[Date.UTC(year, 0), Date.UTC(year + 1, 0), t - monthly.within],
  )
  return {
    next: await nextCase(file),
    no: caseName(t, counted?.yearly ?? 0),
    open: (await openCases({ reading: file })).length,
    recent: counted?.recent ?? 0,
  }
}

const stored: Readonly<Record<string, (one: Case) => string | number | Buffer | null>> = {
  id: one => one.id,
  no: one => one.no,
  category: one => one.category,
  requester: one => one.requester,
  reviewer: one => one.reviewer,
  state: one => one.state,
  request: one => Buffer.from(one.request, 'hex'),
  hour_from: one => one.from,
  hour_to: one => one.to,
  until: one => one.until,
  head: one => one.head,
  requested_at: one => one.requestedAt,
  decided_at: one => one.decidedAt,
  executed_at: one => one.executedAt,
  closed_at: one => one.closedAt,
  result: one => one.result,
  report: one => one.report,
  export_by: one => one.exportBy,
  exported: one => Number(one.exported),
  extension_by: one => one.extensionBy,
  told: one => one.told,
  deferred_until: one => one.deferredUntil,
}

export async function storeCase(file: File, one: Case): Promise<void> {
  const names = Object.keys(stored)
  await store(
    file,
    1,
    `INSERT INTO audit_case (${names}) VALUES (${names.map(() => '?')})
     ON CONFLICT (id) DO UPDATE SET ${names.slice(1).map(name => `${name} = excluded.${name}`)}`,
    ...Object.values(stored).map(value => value(one)),
  )
}

export async function storePapers(
  file: File,
  id: number,
  kind: PaperKind,
  papers: readonly SealedPaper[],
): Promise<void> {
  for (const { auditor, enc, sealed } of papers)
    await store(
      file,
      1,
      'INSERT INTO audit_paper (case_id, kind, auditor_id, enc, sealed) VALUES (?, ?, ?, ?, ?)',
      ...[id, kind, auditor, enc, sealed],
    )
}

export async function storeReport(file: File, id: number, { ct, nonce, keys }: SealedReport): Promise<void> {
  await store(file, 1, 'INSERT INTO audit_report (case_id, ct, nonce) VALUES (?, ?, ?)', id, ct, nonce)
  for (const { auditor, enc, sealed } of keys)
    await store(
      file,
      1,
      'INSERT INTO audit_report_key (case_id, auditor_id, enc, sealed) VALUES (?, ?, ?, ?)',
      ...[id, auditor, enc, sealed],
    )
}

/** Its keys first: from here on nobody reads it, even where a copy of the rest is left. */
export async function deleteReport(file: File, id: number): Promise<void> {
  await store(file, 2, 'DELETE FROM audit_report_key WHERE case_id = ?', id)
  await store(file, 1, 'DELETE FROM audit_report WHERE case_id = ?', id)
}
