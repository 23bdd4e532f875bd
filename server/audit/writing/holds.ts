import { type File, store } from '../file.ts'
import type { Add } from './ledger.ts'

/** What a case needs is not deleted while it runs: hours since 1970, UTC, both included. */
export interface Hold {
  readonly caseId: number
  readonly from: number
  readonly to: number
  /** The hour after which it no longer holds, whatever happens to the case. */
  readonly until: number
}

export async function setHold(file: File, add: Add, { caseId, from, to, until }: Hold): Promise<void> {
  await add('hold_set', { case: caseId, from, to, until })
  await store(
    file,
    1,
    'INSERT INTO audit_hold (case_id, hour_from, hour_to, until) VALUES (?, ?, ?, ?)',
    ...[caseId, from, to, until],
  )
}

/** Ends everything that a case holds back. */
export async function releaseHolds(file: File, add: Add, caseId: number): Promise<void> {
  const held = await file.all<{ from: number }>('SELECT hour_from AS "from" FROM audit_hold WHERE case_id = ?', caseId)
  for (const { from } of held) await add('hold_released', { case: caseId, from })
  await file.run('DELETE FROM audit_hold WHERE case_id = ?', caseId)
}
