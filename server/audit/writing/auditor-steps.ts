import { type File, store } from '../file.ts'
import { type AuditorRow, auditorHash, differing, shareHash } from '../formats/layout.ts'
import { CaseRefused, type Refusal } from '../formats/refusal.ts'
import type { Add, Ledger } from './ledger.ts'
import { activeAuditors, fewestAuditors, mostAuditors } from './periods.ts'

interface OfAuditor {
  readonly auditor: number
}

/** What can happen to an auditor after their appointment. */
export type AuditorStep =
  | (OfAuditor & { readonly step: 'revoke' })
  | (OfAuditor & {
      readonly step: 'passphrase'
      readonly wrapped: Buffer
      readonly nonce: Buffer
      readonly salt: Buffer
      readonly kdf: string
    })
  | {
      readonly step: 'reissue'
      readonly period: number
      readonly shares: readonly {
        readonly auditor: number
        readonly no: number
        readonly enc: Buffer
        readonly sealed: Buffer
      }[]
    }

const lengths = { enc: 32, share: 49, wrapped: 48, nonce: 12, salt: 16 }

function need(condition: boolean, reason: Refusal): asserts condition {
  if (!condition) throw new CaseRefused(reason)
}

/** The number of the next auditor: their wrapped key is bound to it. */
export async function nextAuditor(file: File): Promise<number> {
  const [next] = await file.all<{ id: number }>('SELECT coalesce(max(id), 0) + 1 AS id FROM audit_auditor')
  return next?.id ?? 1
}

/** Appoints a person with the key pair that they made, its private half only wrapped. */
export async function enrolAuditor(file: File, ledger: Ledger, row: AuditorRow, now: number): Promise<void> {
  await ledger.commit(now, async add => {
    need(row.id === (await nextAuditor(file)), 'number')
    need((await activeAuditors(file)).length < mostAuditors, 'too-many-auditors')
    const enrolled = await add('auditor_enrolled', { auditor: row.id, row: auditorHash(row).toString('hex') })
    await store(
      file,
      1,
      `INSERT INTO audit_auditor (id, account_id, person, office, trained_on, pub, wrapped, nonce, salt, kdf, state, enrolled_idx)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'active', ?)`,
      ...[row.id, row.account_id, row.person, row.office, row.trained_on],
      ...[row.pub, row.wrapped, row.nonce, row.salt, row.kdf, enrolled],
    )
  })
}

/** What happens to auditors after they were appointed; all or nothing. */
export function appoint(file: File, ledger: Ledger, step: AuditorStep, now: number): Promise<void> {
  return ledger.commit(now, add => {
    if (step.step === 'revoke') return revoke(file, add, step.auditor)
    if (step.step === 'passphrase') return changePassphrase(file, ledger, add, step)
    return reissue(file, ledger, add, step)
  })
}

async function findActive(file: File, id: number): Promise<AuditorRow> {
  const [row] = await file.all<AuditorRow>("SELECT * FROM audit_auditor WHERE id = ? AND state = 'active'", id)
  if (!row) throw new CaseRefused('auditor')
  return row
}

/** From here on the file holds no share of any month for this person, and no later one will. */
async function revoke(file: File, add: Add, auditor: number): Promise<void> {
  await findActive(file, auditor)
  const revoked = await add('auditor_revoked', { auditor })
  await store(file, 1, "UPDATE audit_auditor SET state = 'revoked', revoked_idx = ? WHERE id = ?", revoked, auditor)
  await file.run('DELETE FROM audit_share WHERE auditor_id = ?', auditor)
}

/** The key pair stays; its private half is wrapped anew. */
async function changePassphrase(
  file: File,
  { named }: Ledger,
  add: Add,
  { auditor, wrapped, nonce, salt, kdf }: AuditorStep & { step: 'passphrase' },
): Promise<void> {
  const before = await findActive(file, auditor)
  // Otherwise the new line would name what somebody has put into the row.
  need(auditorHash(before).toString('hex') === named.get(auditor), 'keys')
  const fits =
    wrapped.length === lengths.wrapped && nonce.length === lengths.nonce && salt.length === lengths.salt && kdf !== ''
  need(fits && !salt.equals(before.salt), 'shares')
  const row = auditorHash({ ...before, wrapped, nonce, salt, kdf }).toString('hex')
  await add('passphrase_changed', { auditor, row })
  await store(
    file,
    1,
    'UPDATE audit_auditor SET wrapped = ?, nonce = ?, salt = ?, kdf = ? WHERE id = ?',
    ...[wrapped, nonce, salt, kdf, auditor],
  )
}

/** Other shares of the same key, for those who are auditors now; the old ones are deleted. */
async function reissue(
  file: File,
  { named }: Ledger,
  add: Add,
  { period, shares }: AuditorStep & { step: 'reissue' },
): Promise<void> {
  const [opened] = await file.all<{ n: number }>(
    'SELECT n FROM audit_period WHERE id = ? AND n > 0 AND shredded_idx IS NULL',
    period,
  )
  const auditors = await activeAuditors(file)
  need(differing(auditors, named).length === 0, 'keys')
  const active = new Set(auditors.map(({ id }) => id))
  const holders = new Set(shares.map(share => share.auditor))
  const n = shares.length
  need(opened !== undefined, 'unknown')
  need(n >= fewestAuditors && n <= mostAuditors && holders.size === n, 'shares')
  for (const [index, { auditor, no, enc, sealed }] of shares.entries())
    need(
      active.has(auditor) && no === index + 1 && enc.length === lengths.enc && sealed.length === lengths.share,
      'shares',
    )
  const [last] = await file.all<{ gen: number | null }>(
    `SELECT max(body ->> 'gen') AS gen FROM audit_ledger
     WHERE json_valid(body) AND body ->> 'k' = 'shares_reissued' AND body ->> 'period' = ?`,
    period,
  )
  const gen = (last?.gen ?? 0) + 1
  const lines = shares.map(share => [share.auditor, share.no, shareHash(share.enc, share.sealed).toString('hex')])
  await add('shares_reissued', { period, gen, n, shares: lines })
  await file.run('DELETE FROM audit_share WHERE period_id = ?', period)
  await store(file, 1, 'UPDATE audit_period SET n = ? WHERE id = ?', n, period)
  for (const { auditor, no, enc, sealed } of shares)
    await store(
      file,
      1,
      'INSERT INTO audit_share (period_id, gen, auditor_id, share_no, enc, sealed) VALUES (?, ?, ?, ?, ?, ?)',
      ...[period, gen, auditor, no, enc, sealed],
    )
}
