import { openCases } from '../audit/cases.ts'
import type { House } from '../house.ts'
import { refusalOf } from './refusals.ts'

/**
 * Ends the cases on which nobody decided, or which nobody opened, in time. While the clock is in doubt nothing ends:
 * it may be earlier than it seems.
 */
export async function expireCases({ audit, clock }: House): Promise<number> {
  await audit.tick()
  if (audit.standing.doubt !== 'none') return 0
  const late = (await openCases(audit)).filter(
    one => (one.state === 'requested' || one.state === 'approved') && one.until <= clock.now(),
  )
  let count = 0
  for (const one of late) {
    try {
      await audit.step({ step: 'expire', case: one.id })
      count += 1
    } catch (error) {
      // Somebody was quicker, or the writing thread has doubts about the time: the next run looks again.
      refusalOf(error)
    }
  }
  return count
}
