import { watchedOffices } from '../audit/formats/entries.ts'
import type { House } from '../house.ts'
import type { Office } from '../storage/tables.ts'

/** Offices that agree to openings, watch them or give offices: nobody gives one to themselves, or takes one from themselves. */
export const isWatched = (office: Office): boolean => watchedOffices.some(watched => watched === office)

/** Everybody sees in the ledger that somebody got such an office or lost it; who, only the record says, which comes first. */
export async function tellOffices(
  house: Pick<House, 'audit'>,
  kind: 'office_granted' | 'office_ended',
  offices: readonly Office[],
): Promise<void> {
  for (const office of offices.filter(isWatched)) await house.audit.note(kind, { office })
}
