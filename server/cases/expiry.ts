import { openCases, terms } from '../audit/cases.ts'
import type { House } from '../house.ts'
import { refusalOf } from './refusals.ts'

/**
 * Ends the cases on which nobody decided, or which nobody opened or closed, in time. While the clock is in doubt nothing
 * ends: it may be earlier than it seems. Of what was opened people are told, though no auditor has said what came of it.
 */
export async function expireCases({ audit, clock }: House): Promise<number> {
  await audit.tick()
  if (audit.standing.doubt !== 'none') return 0
  let count = 0
  for (const { id, state, until, executedAt } of await openCases(audit)) {
    const late = state === 'executed' ? (executedAt ?? 0) + terms.closing : until
    if (late > clock.now()) continue
    try {
      await audit.step(state === 'executed' ? { step: 'end', case: id, told: 'told' } : { step: 'expire', case: id })
      count += 1
    } catch (error) {
      // Somebody was quicker, or the writing thread has doubts about the time: the next run looks again.
      refusalOf(error)
    }
  }
  return count
}
