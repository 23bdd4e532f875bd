import type { House } from '../house.ts'
import { type AuditorRow, listActiveAuditors } from './auditors.ts'

/** After so many days without having opened anything, nobody knows whether a passphrase is still there. */
export const drillDays = 183
/** With two that are left, one lost passphrase closes the past for ever. */
const tooFew = 2
/** Set-up is complete with so many. */
export const wantedAuditors = 3

export interface AuditorHealth {
  readonly healthy: number
  readonly active: number
  /** Neither enrolled nor practised for half a year. */
  readonly overdue: readonly AuditorRow[]
}

export async function auditorHealth(house: House): Promise<AuditorHealth> {
  const [auditors, shown] = await Promise.all([listActiveAuditors(house), lastShown(house)])
  const since = house.clock.now() - drillDays * 86_400_000
  const overdue = auditors.filter(auditor => (shown.get(auditor.id) ?? 0) < since)
  return { healthy: auditors.length - overdue.length, active: auditors.length, overdue }
}

/** When each auditor last showed that their passphrase opens their key, in milliseconds since 1970. */
export async function lastShown(house: House): Promise<ReadonlyMap<number, number>> {
  const rows = await house.audit.reading.all<{ auditor: number; at: number }>(
    `SELECT body ->> 'auditor' AS auditor, max(body ->> 't') AS at FROM audit_ledger
     WHERE json_valid(body) AND body ->> 'k' IN ('auditor_enrolled', 'passphrase_changed', 'drill_passed', 'share_presented') GROUP BY 1`,
  )
  return new Map(rows.map(({ auditor, at }) => [auditor, at]))
}

/** What pages say about the auditors without asking the ledger each time. */
export interface AuditorCare {
  current: Pick<AuditorHealth, 'healthy' | 'active'>
}

export async function refreshAuditorCare(house: House): Promise<number> {
  const { healthy, active } = await auditorHealth(house)
  house.auditorCare.current = { healthy, active }
  return healthy
}

/** Once there are three, what is recorded can be opened, and families may come in. */
export function auditorsAreSetUp({ audit }: Pick<House, 'audit'>): boolean {
  return audit.standing.readable || audit.standing.auditors.length >= wantedAuditors
}

/** What nobody who works here should overlook about the auditors. */
export function auditorAlarm(house: House): 'setup' | 'few' | null {
  if (!auditorsAreSetUp(house)) return 'setup'
  return house.auditorCare.current.healthy <= tooFew ? 'few' : null
}
