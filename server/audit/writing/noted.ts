import { findCase } from '../cases.ts'
import type { File } from '../file.ts'
import { type Entry, type EntryKind, parseEntry } from '../formats/entries.ts'
import { followLock, isLockKind, type Lock, type LockKind } from '../formats/lock-rules.ts'
import { CaseRefused } from '../formats/refusal.ts'
import { readStandings } from '../standings.ts'
import type { Fields, Ledger } from './ledger.ts'
import { actingAuditors } from './periods.ts'

/** Lines that change nothing else in this file. */
export type NotedKind =
  | LockKind
  | Extract<
      EntryKind,
      | 'clock_confirmed'
      | 'restore_acknowledged'
      | 'verify_ok'
      | 'verify_failed'
      | 'auditor_invited'
      | 'auditor_confirmed'
      | 'auditor_suspended'
      | 'auditor_reinstated'
      | 'office_granted'
      | 'office_ended'
      | 'drill_passed'
      | 'share_refused'
    >

/** Adds a line, or rejects with `CaseRefused` where it names somebody who is no auditor, or cannot follow about a lock. */
export async function noteLine(
  file: File,
  ledger: Ledger,
  kind: NotedKind,
  fields: Fields,
  now: number,
): Promise<void> {
  await ledger.commit(now, async add => {
    const acting = await actingAuditors(file)
    if (kind === 'auditor_reinstated') await checkSuspended(file, Number(fields.auditor))
    else if ('auditor' in fields && !acting.has(Number(fields.auditor))) throw new CaseRefused('auditor')
    if (isLockKind(kind)) await checkLock(file, { t: now, k: kind, ...fields }, acting)
    await add(kind, fields)
  })
}

async function checkSuspended(file: File, auditor: number): Promise<void> {
  const { active } = await readStandings(file)
  if (!active.get(auditor)?.suspended) throw new CaseRefused('auditor')
}

async function checkLock(file: File, entry: Entry, active: ReadonlySet<number>): Promise<void> {
  const rows = await file.all<{ body: string }>(
    "SELECT body FROM audit_ledger WHERE json_valid(body) AND body ->> 'lock' = ? ORDER BY idx",
    Number(entry.lock),
  )
  const known = entry.case === undefined ? undefined : await findCase({ reading: file }, Number(entry.case))
  // Of those before nothing is judged again: an auditor of then may have gone.
  let lock: Lock | undefined
  for (const { body } of rows) {
    const line = parseEntry(body)
    if (line) lock = followLock(lock, line, null, () => true)
  }
  followLock(lock, entry, active, () => known !== undefined)
}
