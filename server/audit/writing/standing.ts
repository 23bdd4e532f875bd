import type { File } from '../file.ts'
import type { EntryKind } from '../formats/entries.ts'
import { differing } from '../formats/layout.ts'
import { type Doubt, doubtIn } from './doubt.ts'
import type { Ledger } from './ledger.ts'
import { activeAuditors } from './periods.ts'

/** What pages and the command line say about the log as it stands. Times in milliseconds since 1970. */
export interface Standing {
  /** The last checkpoint, signed. */
  readonly note: string
  readonly origin: string
  readonly size: number
  /** Base64. */
  readonly root: string
  readonly at: number
  /** When the log began. */
  readonly since: number
  readonly doubt: Doubt
  /** Accounts of the active auditors. */
  readonly auditors: readonly string[]
  /** How the ledger names what stands about each of them, in hex, as the writing thread keeps it. */
  readonly named: ReadonlyMap<number, string>
  /**
   * When the file said something else about an auditor than the ledger, and who has opened their share since. It is
   * over when nothing differs any more and two of them have: then their keys are the ones that count.
   */
  readonly differed: { readonly at: number; readonly drilled: readonly number[] } | null
  /** Whether what is recorded now can be opened by two auditors; false until there are three of them. */
  readonly readable: boolean
  /** A restore that fewer than two auditors have acknowledged. */
  readonly restore: { readonly at: number; readonly lost: number; readonly acknowledged: readonly number[] } | null
  readonly pruneRefused: { readonly at: number; readonly due: number; readonly usual: number } | null
  readonly verified: { readonly at: number; readonly ok: boolean; readonly records: number } | null
}

export async function standingOf(file: File, ledger: Ledger): Promise<Standing> {
  const [period] = await file.all<{ n: number }>('SELECT n FROM audit_period ORDER BY id DESC LIMIT 1')
  const auditors = await activeAuditors(file)
  return {
    note: ledger.note ?? '',
    origin: ledger.origin,
    size: ledger.size,
    root: ledger.root.toString('base64'),
    at: ledger.last?.t ?? 0,
    since: ledger.latest('instance_created')?.entry.t ?? 0,
    doubt: doubtIn(ledger),
    auditors: auditors.map(auditor => auditor.account_id),
    named: ledger.named,
    differed: await differenceIn(file, ledger, differing(auditors, ledger.named).length > 0),
    readable: (period?.n ?? 0) > 0,
    restore: await restoreOf(file, ledger),
    pruneRefused: refusalOf(ledger),
    verified: verifiedOf(ledger),
  }
}

async function differenceIn(file: File, ledger: Ledger, still: boolean): Promise<Standing['differed']> {
  const differed = ledger.latest('auditor_differs')
  if (!differed) return null
  const drilled = await auditorsSince(file, differed.idx, 'drill_passed')
  return !still && drilled.length >= 2 ? null : { at: differed.entry.t, drilled }
}

/** Those of whom the ledger has a line of this kind after this one. */
async function auditorsSince(file: File, idx: number, kind: EntryKind): Promise<number[]> {
  const rows = await file.all<{ auditor: number }>(
    `SELECT DISTINCT body ->> 'auditor' AS auditor FROM audit_ledger
     WHERE idx > ? AND json_valid(body) AND body ->> 'k' = ?`,
    ...[idx, kind],
  )
  return rows.map(row => row.auditor)
}

async function restoreOf(file: File, ledger: Ledger): Promise<Standing['restore']> {
  const restored = ledger.latest('restore_detected')
  if (!restored) return null
  const acknowledged = await auditorsSince(file, restored.idx, 'restore_acknowledged')
  if (acknowledged.length >= 2) return null
  const { t: at, old_size: known, new_size: size } = restored.entry
  return {
    at,
    lost: Math.max(0, Number(known) - Number(size)),
    acknowledged,
  }
}

function refusalOf(ledger: Ledger): Standing['pruneRefused'] {
  const [refused, pruned] = [ledger.latest('prune_refused'), ledger.latest('segment_pruned')]
  if (!refused || (pruned && pruned.idx > refused.idx)) return null
  return { at: refused.entry.t, due: Number(refused.entry.due), usual: Number(refused.entry.usual) }
}

function verifiedOf(ledger: Ledger): Standing['verified'] {
  const [ok, failed] = [ledger.latest('verify_ok'), ledger.latest('verify_failed')]
  const last = (ok?.idx ?? -1) > (failed?.idx ?? -1) ? ok : failed
  if (!last) return null
  return { at: last.entry.t, ok: last.entry.k === 'verify_ok', records: Number(last.entry.records ?? 0) }
}
