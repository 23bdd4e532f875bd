import type { File } from '../file.ts'
import { type Entry, parseEntry } from '../formats/entries.ts'
import { shareAad, shareHash } from '../formats/layout.ts'
import { linesWith } from '../ledger-lines.ts'
import { zero } from '../sealing/auditor-key.ts'
import { deriveKeyPair, type KeyPair, open, type Sealed } from '../sealing/hpke.ts'
import { combine } from '../sealing/shares.ts'

/** An auditor whose own key is open: the passphrase was right. */
export interface Holder {
  readonly auditor: number
  readonly pair: KeyPair
}

/** The period stays closed. Whose share was wrong is not said: to the other, that would be a hint. */
export class PeriodStaysClosed extends Error {}

interface PeriodRow {
  readonly pk: Buffer
  readonly n: number
}
interface ShareRow extends Sealed {
  readonly auditor: number
  readonly gen: number
  readonly no: number
}

/** A period as the ledger names it, and the line that names the shares which count today. */
interface NamedPeriod extends PeriodRow {
  readonly gen: number
  readonly named: Entry
}

const closed = (period: number) => new PeriodStaysClosed(`period ${period} cannot be opened`)

/** The period with the ledger's lines about it, which must say the same. */
async function namedPeriod(file: File, period: number): Promise<NamedPeriod> {
  const [row] = await file.all<PeriodRow & { body: string | null }>(
    'SELECT pk, n, body FROM audit_period LEFT JOIN audit_ledger ON idx = opened_idx WHERE id = ?',
    period,
  )
  const opened = parseEntry(row?.body ?? '')
  if (!row || opened?.k !== 'period_opened' || opened.period !== period || opened.pk !== row.pk.toString('hex'))
    throw closed(period)
  const [reissued] = (await linesWith(file, 'shares_reissued', 'period', period)).slice(-1)
  const named = reissued ?? opened
  if (named.n !== row.n) throw closed(period)
  return { pk: row.pk, n: row.n, gen: Number(reissued?.gen ?? 0), named }
}

/** An auditor's own share of a period: the one that the ledger names, or none. */
export async function openShare(
  file: File,
  instance: Buffer,
  period: number,
  { auditor, pair }: Holder,
): Promise<Buffer> {
  const { pk, n, gen, named } = await namedPeriod(file, period)
  const [share] = await file.all<ShareRow>(
    `SELECT auditor_id AS auditor, gen, share_no AS no, enc, sealed FROM audit_share
     WHERE period_id = ? AND auditor_id = ? AND gen = ?`,
    ...[period, auditor, gen],
  )
  const line = share && JSON.stringify([auditor, share.no, shareHash(share.enc, share.sealed).toString('hex')])
  if (!share || !line || !JSON.stringify(named.shares).includes(line)) throw closed(period)
  try {
    return await open(pair, 'share', instance, shareAad(period, auditor, share.no, n, pk), share)
  } catch {
    throw closed(period)
  }
}

/** Whether an auditor's own share of a period is there and opens. It is forgotten at once and never put together. */
export async function ownShareOpens(file: File, instance: Buffer, period: number, holder: Holder): Promise<boolean> {
  try {
    zero(await openShare(file, instance, period, holder))
    return true
  } catch (problem) {
    if (problem instanceof PeriodStaysClosed) return false
    throw problem
  }
}

/**
 * What two shares give: the seed and the key of a period. It is the one that the ledger named when the period was
 * opened, or there is none: wrong shares would quietly give a wrong key. Whoever asks wipes both.
 */
export async function joinShares(
  file: File,
  period: number,
  a: Buffer,
  b: Buffer,
): Promise<{ seed: Buffer; pair: KeyPair }> {
  const { pk } = await namedPeriod(file, period)
  const seed = await combine(a, b).catch(() => {
    throw closed(period)
  })
  const pair = await deriveKeyPair(seed)
  if (pair.publicKey.equals(pk)) return { seed, pair }
  zero(seed, pair.privateKey)
  throw closed(period)
}

/** The key of a period from two auditors' keys. For tests and the bench only: the portal opens cases (`openReview`). */
export async function openPeriodKey(
  file: File,
  instance: Buffer,
  period: number,
  a: Holder,
  b: Holder,
): Promise<KeyPair> {
  if (a.auditor === b.auditor || a.pair.publicKey.equals(b.pair.publicKey))
    throw new PeriodStaysClosed('two different auditors are needed')
  // Both are tried in any case, so that the time tells nobody whose failed.
  const opened = await Promise.allSettled([a, b].map(holder => openShare(file, instance, period, holder)))
  const shares = opened.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
  try {
    const [first, second] = shares
    if (!first || !second) throw closed(period)
    const { seed, pair } = await joinShares(file, period, first, second)
    zero(seed)
    return pair
  } finally {
    zero(...shares)
  }
}
