import type { Followed } from './case-rules.ts'
import { type Case, terms } from './cases.ts'

/** What should have been done about a case, and since when (milliseconds since 1970). */
export interface Overdue {
  readonly what: 'closing' | 'notice'
  readonly since: number
}

/** The portal does these things each hour where nothing is in their way. */
const grace = 24 * 3_600_000

/** What has been due about a case for more than a day. */
export function overdueIn({ case: one, notified }: Pick<Followed, 'case' | 'notified'>, now: number): Overdue | null {
  const due = dueIn(one, notified)
  return due && now > due.since + grace ? due : null
}

function dueIn({ state, told, executedAt, closedAt, deferredUntil }: Case, notified: boolean): Overdue | null {
  if (state === 'executed') return { what: 'closing', since: (executedAt ?? 0) + terms.closing }
  if (told === 'deferred') return { what: 'notice', since: deferredUntil ?? closedAt ?? 0 }
  return told === 'told' && !notified ? { what: 'notice', since: closedAt ?? 0 } : null
}
