import type { Standing } from './writing/standing.ts'

/** What nobody who works here should overlook: the log is not whole, an older one was put in its place, its clock is doubtful. */
export type Alarm = 'failed' | 'restored' | 'clock'

export function alarmIn({ verified, restore, doubt }: Standing): Alarm | null {
  if (verified?.ok === false) return 'failed'
  if (restore) return 'restored'
  return doubt === 'none' ? null : 'clock'
}
