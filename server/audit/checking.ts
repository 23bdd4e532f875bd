import { execFile } from 'node:child_process'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import type { AuditLog } from './log.ts'

const verifier = join(import.meta.dirname, 'verify.ts')
const whole = 0
const notWhole = 'Das Protokoll ist NICHT unversehrt: '
/** For a failure that is not of one segment. */
const nowhere = 0

/**
 * Has the verifier read the whole log, in a process of its own: it brings its own SQLite, and two of them in one
 * process would undo each other's locks. The result becomes a line of the ledger. Returns how many records there
 * are; throws with the verifier's sentence where they are not whole, or where nothing can be said about them.
 * They are compared with the school's own witness folder, where it is to be reached.
 */
export async function checkLog(
  audit: AuditLog,
  folder: string,
  signal: AbortSignal,
  witnessFolder: string | null = null,
): Promise<number> {
  const { status, said } = await run(folder, witnessFolder, signal)
  if (said.startsWith(notWhole)) {
    await audit.note('verify_failed', { seg: nowhere })
    throw new NotWhole(said)
  }
  if (status !== whole) throw new NotChecked(said || 'Das Protokoll ließ sich nicht prüfen.')
  const [row] = await audit.reading.all<{ records: number | null }>(
    "SELECT sum(n) AS records FROM audit_segment WHERE state <> 'pruned'",
  )
  const records = row?.records ?? 0
  await audit.note('verify_ok', { records })
  return records
}

/** The log is not as it was written. The message says where; it names no person. */
export class NotWhole extends Error {}

/** The check came to no result: nothing is said about the log, and nothing is written into it. */
export class NotChecked extends Error {}

function run(
  folder: string,
  witnessFolder: string | null,
  signal: AbortSignal,
): Promise<{ status: number | null; said: string }> {
  const own = witnessFolder === null ? [] : ['--own', witnessFolder]
  return new Promise(resolve => {
    const child = execFile(process.execPath, [verifier, folder, ...own], { signal }, (_error, stdout) =>
      resolve({ status: child.exitCode, said: stdout.trim() }),
    )
    // Pages come first.
    if (child.pid) setPriority(child.pid, 10)
  })
}
