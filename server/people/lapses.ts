import { instant } from '../clock.ts'
import type { House } from '../house.ts'
import { type Change, type SystemChange, systemChange } from '../storage/change.ts'
import type { Tables } from '../storage/tables.ts'

type Lock = Tables['locks']

const hour = 3_600_000
/** So long one person alone may keep another out. */
export const longestAlone = 24 * hour
/** Nobody confirms what was proposed longer ago: the case is no longer before their eyes. */
export const longestProposal = 7 * 24 * hour
/** A clock that is set right by less has not been set back. */
const smallStep = 5 * 60_000
/** Ended locks are forgotten after a year. */
const keptFor = 365 * 24 * hour

/** How many accounts are locked today: over a case, and for a day. */
export async function countLocks(house: House): Promise<{ cases: number; emergencies: number }> {
  const rows = await house.database.reader<Lock>('locks').whereNull('ended_at')
  return {
    cases: rows.filter(one => one.confirmed_at !== null).length,
    emergencies: rows.filter(one => one.kind === 'emergency').length,
  }
}

/**
 * Since when an account that is marked as locked really is, and until when where it is for a day only; null where that
 * day is over.
 */
export async function lockOn(house: House, account: string): Promise<{ since: string; until: string | null } | null> {
  await lapseLocks(house)
  const { reader } = house.database
  const row = await reader<Tables['accounts']>('accounts').where({ id: account }).first('locked_at')
  if (!row?.locked_at) return null
  const open = await reader<Lock>('locks').where({ account_id: account }).whereNull('ended_at')
  const alone = open.every(one => one.confirmed_at === null) && open.find(one => one.kind === 'emergency')
  return { since: row.locked_at, until: alone ? instant(Date.parse(alone.begun_at) + longestAlone) : null }
}

/** When each lock of a day was last looked at, on the steady clock of this process. */
const looks = new WeakMap<House, Map<number, number>>()

function steadySince(house: House): Map<number, number> {
  const known = looks.get(house) ?? new Map<number, number>()
  looks.set(house, known)
  return known
}

/** A lock of a day begins now. */
export function beginDay(house: House, id: number): void {
  steadySince(house).set(id, house.clock.steady())
}

/**
 * Ends what one person alone may not keep up any longer, and proposals that nobody answered. A day is over when the
 * clock says so, or when it has really passed while the portal ran, whatever the clock says; and a clock that stands
 * before the beginning proves nothing in favour of the lock. Returns how many ended.
 */
export async function lapseLocks(house: House): Promise<number> {
  const open = await house.database.reader<Lock>('locks').whereNull('ended_at').whereNull('confirmed_at')
  const [now, steady, seen] = [house.clock.now(), house.clock.steady(), steadySince(house)]
  const served = open.map(lock => {
    const passed = Math.max(0, steady - (seen.get(lock.id) ?? steady))
    return { lock, ms: lock.served_ms + (lock.kind === 'emergency' ? Math.round(passed) : 0) }
  })
  for (const { lock } of served) seen.set(lock.id, steady)
  const changed = served.filter(({ lock, ms }) => ms > lock.served_ms || isOver(lock, ms, now))
  if (changed.length === 0) return 0
  return systemChange(house.database, house.clock, 'lock', async change => {
    let ended = 0
    for (const { lock, ms } of changed) {
      // Confirmed or ended meanwhile, by somebody who was faster.
      const [still] = await change.write('locks').where({ id: lock.id }).whereNull('ended_at').whereNull('confirmed_at')
      if (!still) continue
      await change.write('locks').where({ id: lock.id }).update({ served_ms: ms })
      if (!isOver(lock, ms, now)) continue
      await endLock(change, still, 'lapsed')
      await house.audit.note('lock_lapsed', { lock: lock.id })
      seen.delete(lock.id)
      ended += 1
    }
    return ended
  })
}

/** Forgets locks that ended long ago. */
export async function forgetLocks(change: SystemChange): Promise<number> {
  const before = new Date(Date.parse(change.at) - keptFor).toISOString()
  return change.write('locks').where('ended_at', '<', before).delete()
}

function isOver(lock: Lock, served: number, now: number): boolean {
  const since = now - Date.parse(lock.begun_at)
  if (lock.kind === 'case') return since > longestProposal
  return since >= longestAlone || served >= longestAlone || since < -smallStep
}

/** Proposed so long ago that nobody may agree any more. */
export const isStale = (house: House, at: string): boolean => house.clock.now() - Date.parse(at) > longestProposal

/** Ends a lock, and opens the account unless another one holds. */
export async function endLock(
  change: Change | SystemChange,
  lock: Lock,
  how: 'lifted' | 'lapsed' | 'withdrawn',
): Promise<void> {
  const by = how === 'lifted' && 'id' in change ? { lifted_by: change.id } : {}
  await change
    .write('locks')
    .where({ id: lock.id })
    .update({ ended_at: change.at, ended_how: how, ...by })
  const others = await change.write('locks').where({ account_id: lock.account_id }).whereNull('ended_at')
  const holds = others.some(one => one.kind === 'emergency' || one.confirmed_at !== null)
  if (!holds) await change.write('accounts').where({ id: lock.account_id }).update({ locked_at: null })
}
