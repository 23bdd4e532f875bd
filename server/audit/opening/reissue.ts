import type { File } from '../file.ts'
import type { Holder } from './period-key.ts'

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

  constructor(auditor: number) {
    this.auditor = auditor
  }

  wipe(): void {}
}

/** The own shares of every period that has not been shredded. Wiped by whoever asked, whatever happens. */
export async function openSharesToReissue(file: File, instance: Buffer, holder: Holder): Promise<SharesToReissue> {
  throw new Error('not built yet', { cause: [file, instance, holder] })
}

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
  throw new Error('not built yet', { cause: [file, instance, a, b] })
}
