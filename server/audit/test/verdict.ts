import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { verifyLog } from '../verify.ts'
import type { SmallLog } from './small-log.ts'

/** What the verifier has to say against this log, or null. No writer of this process may have it open. */
export function verdictOn(
  log: SmallLog,
  witnesses: readonly { readonly name: string; readonly text: string }[] = [],
): Promise<string | null> {
  const last = join(log.anchorFolder, 'last')
  const anchor = existsSync(last) ? readFileSync(last, 'utf8') : null
  return log.look(database => {
    const verdict = verifyLog(database, { anchor, witnesses }, null)
    return verdict.whole ? null : verdict.where
  })
}
