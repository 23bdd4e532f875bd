import { execFile } from 'node:child_process'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import type { AuditLog } from './log.ts'

const verifier = join(import.meta.dirname, 'verify.ts')
const whole = 0
const broken = 2
/** For a failure that is not of one segment. */
const nowhere = 0

/**
 * Has the verifier read the whole log, in a process of its own: it brings its own SQLite, and two of them in one
 * process would undo each other's locks. The result becomes a line of the ledger. Returns how many records there
 * are; throws with the verifier's sentence where they are not whole.
 */
export async function checkLog(audit: AuditLog, folder: string, signal: AbortSignal): Promise<number> {
  const { status, said } = await run(folder, signal)
  if (status === broken) {
    await audit.note('verify_failed', { seg: nowhere })
    throw new NotWhole(said)
  }
  if (status !== whole) throw new Error('The verifier could not be run')
  const [row] = await audit.reading.all<{ records: number | null }>(
    "SELECT sum(n) AS records FROM audit_segment WHERE state <> 'pruned'",
  )
  const records = row?.records ?? 0
  await audit.note('verify_ok', { records })
  return records
}

/** The log is not as it was written. The message says where; it names no person. */
export class NotWhole extends Error {}

function run(folder: string, signal: AbortSignal): Promise<{ status: number | null; said: string }> {
  return new Promise(resolve => {
    const child = execFile(process.execPath, [verifier, folder], { signal }, (_error, stdout) =>
      resolve({ status: child.exitCode, said: stdout.trim() }),
    )
    // Pages come first.
    if (child.pid) setPriority(child.pid, 10)
  })
}
