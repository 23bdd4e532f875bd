import { broken } from './rows.ts'

/** Auditor, number and hash of a share. */
type Share = readonly [number, number, string]

export interface Period {
  readonly idx: number
  readonly month: string
  readonly pk: string
  n: number
  /** How often its shares were handed out anew. */
  gen: number
  shares: readonly Share[]
  readonly extensions: { readonly from: number; readonly until: number }[]
  shredded: number | null
  /** Segments that are not pruned. */
  segments: number
}

interface Auditor {
  readonly idx: number
  row: string
  revoked: number | null
  suspended: boolean
}

/** Who could open what, as the ledger tells of it: auditors, periods and the shares of their keys. */
export class Keys {
  readonly auditors: Auditor[] = []
  readonly periods: Period[] = []

  /** Those who are auditors at this line. */
  get active(): ReadonlySet<number> {
    return new Set(this.auditors.flatMap(({ revoked }, index) => (revoked === null ? [index + 1] : [])))
  }

  /** Those of them who may act at this line. */
  get acting(): ReadonlySet<number> {
    return new Set([...this.active].filter(auditor => this.auditors[auditor - 1]?.suspended === false))
  }

  enrol(idx: number, auditor: number, row: string): void {
    if (auditor !== this.auditors.length + 1) refuse(idx, 'diese Nummer ist nicht an der Reihe')
    this.auditors.push({ idx, row, revoked: null, suspended: false })
  }

  /** Shares of theirs are gone, whatever the period. */
  revoke(idx: number, auditor: number): void {
    this.#auditor(idx, auditor).revoked = idx
    for (const period of this.periods) period.shares = period.shares.filter(([holder]) => holder !== auditor)
  }

  /** From here on they may not act, or may again; their shares stay as they are. */
  suspend(idx: number, auditor: number, suspended: boolean): void {
    const found = this.#auditor(idx, auditor)
    if (found.suspended === suspended) refuse(idx, 'diese Person war es schon')
    found.suspended = suspended
  }

  rewrap(idx: number, auditor: number, row: string): void {
    this.#auditor(idx, auditor).row = row
  }

  needAuditor(idx: number, auditor: number): void {
    this.#auditor(idx, auditor)
  }

  #auditor(idx: number, auditor: number): Auditor {
    const found = this.auditors[auditor - 1]
    if (!found || found.revoked !== null) refuse(idx, 'diese Person prüfte damals nicht')
    return found
  }

  period(idx: number, id: number): Period {
    return this.periods[id - 1] ?? refuse(idx, 'diesen Zeitraum gibt es nicht')
  }

  open(idx: number, period: number, { month, pk, n, shares }: Pick<Period, 'month' | 'pk' | 'n' | 'shares'>): void {
    if (period !== this.periods.length + 1) refuse(idx, 'diese Nummer ist nicht an der Reihe')
    this.#checkShares(idx, n, shares, n === 0)
    this.periods.push({ idx, month, pk, n, gen: 0, shares, extensions: [], shredded: null, segments: 0 })
  }

  /** Only of a key that somebody could open, and that was not destroyed. */
  reissue(idx: number, id: number, { gen, n, shares }: Pick<Period, 'gen' | 'n' | 'shares'>): void {
    const period = this.period(idx, id)
    if (period.n === 0 || period.shredded !== null || gen !== period.gen + 1)
      refuse(idx, 'diese Anteile konnte so niemand verteilen')
    this.#checkShares(idx, n, shares, false)
    Object.assign(period, { gen, n, shares })
  }

  #checkShares(idx: number, n: number, shares: readonly Share[], forNobody: boolean): void {
    const { active } = this
    const holders = new Set(shares.map(([auditor]) => auditor))
    const good =
      (forNobody || (n >= 3 && n <= 7)) &&
      shares.length === n &&
      holders.size === n &&
      shares.every(([auditor, no], index) => no === index + 1 && active.has(auditor))
    if (!good) refuse(idx, 'die Anteile am Schlüssel stimmen nicht')
  }

  shred(idx: number, id: number): void {
    const period = this.period(idx, id)
    if (period.shredded !== null || period.segments > 0) refuse(idx, 'dieser Zeitraum durfte nicht vernichtet werden')
    period.shredded = idx
  }
}

export function refuse(idx: number, why: string): never {
  broken(`Zeile ${idx} des Verzeichnisses: ${why}`)
}
