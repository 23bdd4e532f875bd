import type { File } from '../file.ts'
import { parseEntry } from '../formats/entries.ts'
import { shareAad, shareHash } from '../formats/layout.ts'
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
  readonly body: string | null
}
interface ShareRow extends Sealed {
  readonly auditor: number
  readonly no: number
}

/**
 * The key of a period, put together from the shares of two different auditors. It is the one that the ledger named
 * when the period was opened, or there is none: wrong shares would quietly give a wrong key.
 */
export async function openPeriodKey(
  file: File,
  instance: Buffer,
  period: number,
  a: Holder,
  b: Holder,
): Promise<KeyPair> {
  if (a.auditor === b.auditor || a.pair.publicKey.equals(b.pair.publicKey))
    throw new PeriodStaysClosed('two different auditors are needed')
  const row = await periodRow(file, period)
  // Both are tried in any case, so that the time tells nobody whose failed.
  const opened = await Promise.allSettled([a, b].map(holder => openShare(file, instance, period, row, holder)))
  const shares = opened.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
  let seed: Buffer | null = null
  try {
    const [first, second] = shares
    if (!first || !second) throw closed(period)
    seed = await combine(first, second)
    const pair = await deriveKeyPair(seed)
    if (pair.publicKey.equals(row.pk)) return pair
    zero(pair.privateKey)
    throw closed(period)
  } catch {
    throw closed(period)
  } finally {
    zero(...shares, seed ?? Buffer.alloc(0))
  }
}

const closed = (period: number) => new PeriodStaysClosed(`period ${period} cannot be opened`)

/** The period with the ledger's line about it, which must say the same. */
async function periodRow(file: File, period: number): Promise<PeriodRow> {
  const [row] = await file.all<PeriodRow>(
    'SELECT pk, n, body FROM audit_period LEFT JOIN audit_ledger ON idx = opened_idx WHERE id = ?',
    period,
  )
  const entry = parseEntry(row?.body ?? '')
  const named = entry?.k === 'period_opened' && entry.period === period && entry.pk === row?.pk.toString('hex')
  if (!row || !named || entry.n !== row.n) throw closed(period)
  return row
}

async function openShare(
  file: File,
  instance: Buffer,
  period: number,
  { pk, n, body }: PeriodRow,
  { auditor, pair }: Holder,
): Promise<Buffer> {
  const [share] = await file.all<ShareRow>(
    'SELECT auditor_id AS auditor, share_no AS no, enc, sealed FROM audit_share WHERE period_id = ? AND auditor_id = ?',
    ...[period, auditor],
  )
  const named = JSON.stringify(parseEntry(body ?? '')?.shares)
  if (
    !share ||
    !named?.includes(JSON.stringify([auditor, share.no, shareHash(share.enc, share.sealed).toString('hex')]))
  )
    throw closed(period)
  return open(pair, 'share', instance, shareAad(period, auditor, share.no, n, pk), share)
}
