import type { File } from '../file.ts'
import type { Ledger } from './ledger.ts'
import type { Moment } from './writer.ts'

/**
 * What is wrong with the clock, if anything. `behind`: it shows less than the log has seen already; `ahead`: it has
 * leapt over more than a day and a half, at once or in steps. Nothing is deleted and no period is opened until the clock is confirmed.
 */
export type Doubt = 'none' | 'behind' | 'ahead'

const minute = 60_000
const leap = 36 * 60 * minute

/** Judges a step of the clock from one reading to the next, in milliseconds. */
export function doubtAbout(before: number, after: number): Doubt {
  if (after < before - 5 * minute) return 'behind'
  return after > before + leap ? 'ahead' : 'none'
}

/** Whether the steps ahead that nobody has confirmed make a leap together, with one more that is to come. */
async function steppedTooFar(file: File, ledger: Ledger, step: number): Promise<boolean> {
  if (step <= 0) return false
  const [row] = await file.all<{ ahead: number | null }>(
    `SELECT sum(max(0, (body ->> 'after') - (body ->> 'before'))) AS ahead FROM audit_ledger
     WHERE idx > ? AND json_valid(body) AND body ->> 'k' = 'clock_step'`,
    ledger.latest('clock_confirmed')?.idx ?? -1,
  )
  return (row?.ahead ?? 0) + step > leap
}

/** The doubt in which the ledger stands: the last step that raised one, unless the clock was confirmed after it. */
export function doubtIn(ledger: Ledger): Doubt {
  const [step, confirmed] = [ledger.latest('clock_step'), ledger.latest('clock_confirmed')]
  if (!step || (confirmed && confirmed.idx > step.idx)) return 'none'
  return step.entry.doubt as Doubt
}

/**
 * A doubt stays until the clock is confirmed, whatever smaller steps follow. A leap ahead stands there as one even where
 * the network confirms it at once: so whoever reads the ledger sees that days are missing.
 */
export async function noteStep(
  file: File,
  ledger: Ledger,
  before: number,
  { now: after, trusted }: Moment,
  raised: Doubt,
): Promise<void> {
  const far = raised === 'ahead' || (await steppedTooFar(file, ledger, after - before))
  const doubt = far ? 'ahead' : trusted ? 'none' : raised
  const kept = doubt === 'none' ? doubtIn(ledger) : doubt
  await ledger.commit(after, async add => {
    await add('clock_step', { before, after, doubt: kept })
    if (trusted && far) await add('clock_confirmed', { by: 'network' })
  })
}
