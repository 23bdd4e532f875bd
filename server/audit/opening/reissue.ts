import type { File } from '../file.ts'
import { type AuditorRow, shareAad } from '../formats/layout.ts'
import { namedAuditors } from '../ledger-lines.ts'
import { zero } from '../sealing/auditor-key.ts'
import { seal } from '../sealing/hpke.ts'
import { fewestShares, split } from '../sealing/shares.ts'
import { type Holder, joinShares, PeriodStaysClosed } from './period-key.ts'
import { ownShares } from './shares.ts'

/** A share of a period that is handed out anew. */
export interface NewShare {
  readonly auditor: number
  readonly no: number
  readonly enc: Buffer
  readonly sealed: Buffer
}

/** One auditor's own shares of all periods that can still be opened, for handing them out anew. They open nothing alone. */
export class SharesToReissue {
  readonly auditor: number
  readonly publicKey: Buffer
  readonly #shares: ReadonlyMap<number, Buffer>

  private constructor({ auditor, pair }: Holder, shares: ReadonlyMap<number, Buffer>) {
    this.auditor = auditor
    this.publicKey = pair.publicKey
    this.#shares = shares
  }

  static async open(file: File, instance: Buffer, holder: Holder): Promise<SharesToReissue> {
    return new SharesToReissue(holder, await ownShares(file, instance, await periodsLeft(file), holder))
  }

  shareOf(period: number): Buffer | undefined {
    return this.#shares.get(period)
  }

  /** Overwrites the shares; to be called whatever happens. */
  wipe(): void {
    zero(...this.#shares.values())
  }
}

/** Those of which there are shares. */
async function periodsLeft(file: File): Promise<number[]> {
  const rows = await file.all<{ id: number }>(
    'SELECT id FROM audit_period WHERE n > 0 AND shredded_idx IS NULL ORDER BY id',
  )
  return rows.map(row => row.id)
}

/** The own shares of every period that has not been shredded. Wiped by whoever asked, whatever happens. */
export const openSharesToReissue = (file: File, instance: Buffer, holder: Holder): Promise<SharesToReissue> =>
  SharesToReissue.open(file, instance, holder)

/**
 * Splits each period anew for all active auditors, from the shares of two of them. What comes back is for
 * `AuditLog.appoint({ step: 'reissue' })`, period by period. `unopened`: periods that these two cannot open.
 */
export async function reissueShares(
  file: File,
  instance: Buffer,
  a: SharesToReissue,
  b: SharesToReissue,
): Promise<{ periods: { readonly period: number; readonly shares: NewShare[] }[]; unopened: number[] }> {
  if (a.auditor === b.auditor || a.publicKey.equals(b.publicKey))
    throw new PeriodStaysClosed('two different auditors are needed')
  const recipients = await namedAuditors(file)
  if (recipients && recipients.length < fewestShares)
    throw new RangeError('shares are handed out to three auditors at least')
  if (!recipients) throw new PeriodStaysClosed('an auditor is not the one that the ledger names')
  const present = [a, b].every(({ auditor, publicKey }) =>
    recipients.some(one => one.id === auditor && one.pub.equals(publicKey)),
  )
  if (!present) throw new PeriodStaysClosed('both have to be auditors today')
  const periods: { period: number; shares: NewShare[] }[] = []
  const unopened: number[] = []
  for (const period of await periodsLeft(file)) {
    const seedAndKey = await join(file, period, a.shareOf(period), b.shareOf(period))
    if (seedAndKey) periods.push({ period, shares: await handOut(instance, period, seedAndKey, recipients) })
    else unopened.push(period)
  }
  return { periods, unopened }
}

async function join(file: File, period: number, a?: Buffer, b?: Buffer): Promise<{ seed: Buffer; pk: Buffer } | null> {
  if (!a || !b) return null
  try {
    const { seed, pair } = await joinShares(file, period, a, b)
    zero(pair.privateKey)
    return { seed, pk: pair.publicKey }
  } catch (problem) {
    if (problem instanceof PeriodStaysClosed) return null
    throw problem
  }
}

/** Another line through the same seed: with the shares that were, the new ones give nothing. */
async function handOut(
  instance: Buffer,
  period: number,
  { seed, pk }: { seed: Buffer; pk: Buffer },
  recipients: readonly AuditorRow[],
): Promise<NewShare[]> {
  const n = recipients.length
  const parts = await split(seed, n).finally(() => zero(seed))
  try {
    return await Promise.all(
      recipients.map(async ({ id, pub }, at) => {
        const no = at + 1
        const part = parts[at] as Buffer
        return { auditor: id, no, ...(await seal(pub, 'share', instance, shareAad(period, id, no, n, pk), part)) }
      }),
    )
  } finally {
    zero(...parts)
  }
}
