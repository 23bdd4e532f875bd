import { addDays } from '../clock.ts'
import type { Trouble, Witness } from './witness.ts'
import type { Standing } from './writing/standing.ts'

/** The log is read through each night. */
const lateCheck = 48 * 3_600_000
/** Clocks of two starts may differ by so much. */
const slack = 60_000

/**
 * What nobody who works here should overlook: the log is not whole, an auditor was not the one that the ledger names, an
 * older log was put in its place, its clock is doubtful.
 */
export type Alarm = 'failed' | 'differed' | 'restored' | 'clock'

export function alarmIn(standing: Standing): Alarm | null {
  return alarmsIn(standing)[0] ?? null
}

/** All that there are, the worst first. */
export function alarmsIn({ verified, differed, restore, doubt }: Standing): Alarm[] {
  const found: Alarm[] = []
  if (verified?.ok === false) found.push('failed')
  if (differed) found.push('differed')
  if (restore) found.push('restored')
  if (doubt !== 'none') found.push('clock')
  return found
}

/** When the last check was: too long ago, or at a time that has yet to come. */
export const checkedAt = (at: number, now: number) => ({ late: now - at > lateCheck, future: at - now > slack })

/** Why the folder outside is no witness at the moment. */
export function problemIn({ trouble, inside, newest }: Witness, today: string): Trouble | 'inside' | 'late' | null {
  if (trouble) return trouble
  if (inside) return 'inside'
  return newest && newest.day < addDays(today, -2) ? 'late' : null
}
