import { type AuditorRow, differing } from './formats/layout.ts'
import { CaseRefused } from './formats/refusal.ts'
import type { AuditLog } from './log.ts'

/**
 * To whom papers are sealed: every auditor that the ledger knows, in office today or not. Each row is compared with what
 * the writing thread remembers of the ledger; `CaseRefused` where one is not as it was named, and nothing is sealed.
 */
export async function listRecipients(audit: Pick<AuditLog, 'reading' | 'standing' | 'tick'>): Promise<AuditorRow[]> {
  const read = async () => {
    const rows = await audit.reading.all<AuditorRow>("SELECT * FROM audit_auditor WHERE state = 'active' ORDER BY id")
    return differing(rows, audit.standing.named).length === 0 ? rows : null
  }
  const rows = await read()
  if (rows) return rows
  // Somebody may just have changed their passphrase; otherwise this has the ledger say at once what was found.
  await audit.tick()
  const again = await read()
  if (!again) throw new CaseRefused('keys')
  return again
}
