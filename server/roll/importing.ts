import type { House } from '../house.ts'
import { type IssuedCode, issueCodes } from '../people/codes.ts'
import type { Change, SystemChange } from '../storage/change.ts'
import { applyPlan } from './applying.ts'
import { loadRoll } from './known-store.ts'
import type { Plan, PlanOptions, ReadFile } from './plan.ts'
import { makePlan } from './planning.ts'

/** What was previewed is not what would happen now. */
export class RollChanged extends Error {}

export interface Imported {
  readonly plan: Plan
  /** Made once and stored nowhere. */
  readonly codes: readonly IssuedCode[]
}

/**
 * Plans anew within the transaction, carries the plan out and makes the codes, where somebody is there to take them.
 *
 * Throws `RollChanged`, and so changes nothing, where the plan is not the one with the mark `previewed`.
 */
export async function importFiles(
  change: Change | SystemChange,
  house: Pick<House, 'secrets' | 'clock'>,
  files: readonly ReadFile[],
  options: PlanOptions,
  { previewed, withCodes }: { readonly previewed: string; readonly withCodes: boolean },
): Promise<Imported> {
  const plan = makePlan(files, await loadRoll(change, change.at), options)
  if (plan.stateHash !== previewed) throw new RollChanged()
  const entitled = await applyPlan(change, plan)
  if (!withCodes) return { plan, codes: [] }
  const codes = await issueCodes(change, house, [
    ...entitled.guardianships.map(guardianship_id => ({ guardianship_id })),
    ...entitled.pupils.map(pupil_id => ({ pupil_id })),
  ])
  return { plan, codes }
}
