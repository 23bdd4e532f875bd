import type { DatabaseSync } from 'node:sqlite'
import { papersHash, reportHash, type SealedPaper } from '../formats/cases.ts'
import type { Cases } from './cases.ts'
import { checkSame, rows } from './rows.ts'

const hex = (bytes: Buffer): string => bytes.toString('hex')
const byId = (a: { readonly id: number }, b: { readonly id: number }) => a.id - b.id

/** Each case is as the ledger tells of it; what is sealed in it is what the ledger names, for exactly those people. */
export function checkCases(database: DatabaseSync, cases: Cases): void {
  checkSame(
    rows(database, 'audit_case', 'id').map(row => Object.values({ ...row, request: hex(row.request) })),
    [...cases.all.values()].map(({ case: one }) => [
      ...[one.id, one.no, one.category, one.requester, one.reviewer, one.state, one.request],
      ...[one.from, one.to, one.until, one.head, one.requestedAt, one.decidedAt, one.executedAt, one.closedAt],
      ...[one.result, one.report, one.exportBy, Number(one.exported), one.extensionBy, one.told, one.deferredUntil],
    ]),
    'Vorgang',
  )
  checkPapers(database, cases)
  checkReports(database, cases)
  cases.settle()
}

interface Stored {
  readonly auditor_id: number
  readonly enc: Buffer
  readonly sealed: Buffer
}

const copyOf = ({ auditor_id, enc, sealed }: Stored): SealedPaper => ({ auditor: auditor_id, enc, sealed })
const namesOf = (copies: readonly SealedPaper[]) => copies.map(copy => copy.auditor).join(', ')
/** No auditor has such a number; then there is nothing that could be named. */
const isSound = (copies: readonly SealedPaper[]) => copies.every(({ auditor }) => auditor > 0)

function checkPapers(database: DatabaseSync, { papers }: Cases): void {
  const found = new Map<string, { readonly kind: string; readonly copies: SealedPaper[] }>()
  for (const row of rows(database, 'audit_paper', 'case_id, kind, auditor_id')) {
    const key = `${row.case_id}/${row.kind}`
    const one = found.get(key) ?? { kind: row.kind, copies: [] }
    found.set(key, one)
    one.copies.push(copyOf(row))
  }
  checkSame(
    [...found].map(([key, { kind, copies }]) => {
      return [key, namesOf(copies), isSound(copies) && hex(papersHash(kind as 'request', copies))]
    }),
    [...papers]
      .sort((a, b) => a.id - b.id || (a.kind < b.kind ? -1 : 1))
      .map(({ id, kind, hash, auditors }) => [`${id}/${kind}`, auditors.join(', '), hash]),
    'Unterlage',
  )
}

function checkReports(database: DatabaseSync, { all, reports }: Cases): void {
  const keys = new Map<number, SealedPaper[]>()
  for (const row of rows(database, 'audit_report_key', 'case_id, auditor_id'))
    keys.set(row.case_id, [...(keys.get(row.case_id) ?? []), copyOf(row)])
  const found = [...rows(database, 'audit_report', 'case_id')].map(({ case_id: id, ct, nonce }) => {
    const copies = keys.get(id) ?? []
    keys.delete(id)
    const hash = isSound(copies) && hex(reportHash({ ct, nonce, keys: copies }))
    return { id, line: [id, namesOf(copies), hash] }
  })
  const alone = [...keys].map(([id, copies]) => ({ id, line: [id, namesOf(copies), 'no report'] }))
  checkSame(
    [...found, ...alone].sort(byId).map(({ line }) => line),
    [...reports]
      .map(([id, hash]) => ({ id, hash }))
      .sort(byId)
      .map(({ id, hash }) => {
        const { requester = 0, reviewer = 0 } = all.get(id)?.case ?? {}
        return [id, [requester, reviewer ?? 0].sort((a, b) => a - b).join(', '), hash]
      }),
    'Bericht',
  )
}
