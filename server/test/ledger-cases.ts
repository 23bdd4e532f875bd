import type { Case, Category, Result } from '../audit/cases.ts'
import { closingOf, stepsTo } from '../audit/test/small-case.ts'
import type { House } from '../house.ts'

/** A case that Emil and Finja have opened, in the ledger alone: what is sealed in it nobody reads here. */
export async function executedCase(house: House, category: Category = 'insult'): Promise<Case> {
  const id = await house.audit.nextCase()
  let found: Case | undefined
  for (const step of stepsTo('execute', id, { now: house.clock.now() }))
    found = await house.audit.step(step.step === 'request' ? { ...step, category } : step)
  if (!found) throw new Error('No step was taken')
  return found
}

/** The same, closed with this result. */
export async function closedCase(
  house: House,
  result: Result = 'confirmed',
  category: Category = 'insult',
): Promise<Case> {
  const { id } = await executedCase(house, category)
  return house.audit.step(closingOf(id, [1, 2, 3], { result }))
}
