import type { Pruning } from '../writing/retention.ts'
import type { Moment, Writer } from '../writing/writer.ts'

/** What is to be deleted, where an admin confirms whatever number the log names. */
export async function planConfirmed(writer: Writer, moment: Moment): Promise<Pruning> {
  let plan = await writer.planPruning(null, moment)
  // What a refusal has named before may be another number by now; the next one then names it.
  for (let left = 2; left > 0 && plan.refused === 'too-much'; left -= 1) {
    const due = (await writer.standing(moment))?.pruneRefused?.due ?? null
    plan = await writer.planPruning(due, moment)
  }
  return plan
}
