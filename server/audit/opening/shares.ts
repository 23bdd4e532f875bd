import type { File } from '../file.ts'
import { zero } from '../sealing/auditor-key.ts'
import { findApproved, periodsOf, ReviewStaysClosed } from './approved.ts'
import { type CaseRequest, openPaperText } from './papers.ts'
import { type Holder, openShare, PeriodStaysClosed } from './period-key.ts'

/**
 * What one auditor brings to the opening of a case: their own shares of the months it needs, and nothing that opens
 * anything alone.
 */
export class OpenedShares {
  readonly auditor: number
  readonly caseId: number
  /** The auditor's public key: to it the report is sealed. */
  readonly publicKey: Buffer
  /** The request as it was hashed. */
  readonly text: string
  readonly #shares: ReadonlyMap<number, Buffer>

  private constructor({ auditor, pair }: Holder, caseId: number, text: string, shares: ReadonlyMap<number, Buffer>) {
    this.auditor = auditor
    this.caseId = caseId
    this.publicKey = pair.publicKey
    this.text = text
    this.#shares = shares
  }

  static async open(file: File, instance: Buffer, caseId: number, holder: Holder): Promise<OpenedShares> {
    const { requester, reviewer, from, to } = await findApproved(file, caseId)
    if (![requester, reviewer].includes(holder.auditor)) throw new ReviewStaysClosed(caseId)
    const text = await openPaperText(file, instance, caseId, 'request', holder)
    return new OpenedShares(
      holder,
      caseId,
      text,
      await ownShares(file, instance, await periodsOf(file, from, to), holder),
    )
  }

  get request(): CaseRequest {
    return (JSON.parse(this.text) as { content: CaseRequest }).content
  }
  /** The periods of which there is a share. */
  get periods(): readonly number[] {
    return [...this.#shares.keys()]
  }
  shareOf(period: number): Buffer | undefined {
    return this.#shares.get(period)
  }

  /** Overwrites the shares; to be called whatever happens. */
  wipe(): void {
    zero(...this.#shares.values())
  }
}

/**
 * Opens the request of an approved case and the own shares of exactly the periods it needs. `PaperStaysClosed` with a
 * wrong key, `ReviewStaysClosed` where this auditor has no part in opening the case.
 */
export const openShares = (file: File, instance: Buffer, caseId: number, holder: Holder): Promise<OpenedShares> =>
  OpenedShares.open(file, instance, caseId, holder)

/** The own shares of these periods. One that cannot be opened is left out; it does not stop the rest. */
export async function ownShares(
  file: File,
  instance: Buffer,
  periods: readonly number[],
  holder: Holder,
): Promise<Map<number, Buffer>> {
  const opened = await Promise.allSettled(periods.map(period => openShare(file, instance, period, holder)))
  const shares = new Map<number, Buffer>()
  const problems: unknown[] = []
  for (const [at, result] of opened.entries()) {
    if (result.status === 'fulfilled') shares.set(periods[at] as number, result.value)
    else if (!(result.reason instanceof PeriodStaysClosed)) problems.push(result.reason)
  }
  if (problems.length === 0) return shares
  zero(...shares.values())
  throw problems[0]
}
