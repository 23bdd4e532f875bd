import { type Case, listCases } from '../audit/cases.ts'
import type { Reading } from '../audit/lines.ts'
import type { House } from '../house.ts'
import { bearsLock, mayLockOver } from '../people/locks.ts'
import type { Viewer } from '../people/viewer.ts'
import { visibleTo } from '../people/visibility.ts'
import type { Visible } from '../people/visible.ts'
import { asSubject, fold, type Subject } from './subjects.ts'

export type Lock = Visible['locks']

/** How a lock stands. lifting: it holds, and somebody proposes to end it. */
export type LockState = 'proposed' | 'locked' | 'lifting' | 'emergency' | 'lifted' | 'lapsed' | 'withdrawn'

export function stateOf(lock: Lock): LockState {
  if (lock.ended_how) return lock.ended_how
  if (lock.kind === 'emergency') return 'emergency'
  if (lock.lift_at) return 'lifting'
  return lock.confirmed_at ? 'locked' : 'proposed'
}

const mostFound = 12
const mostCases = 50

/** The newest first. */
export const listLocks = async (viewer: Viewer): Promise<Lock[]> => visibleTo(viewer, 'locks').orderBy('id', 'desc')

export async function findLock(viewer: Viewer, id: string): Promise<Lock | undefined> {
  if (!/^\d{1,9}$/.test(id)) return undefined
  const [lock] = await visibleTo(viewer, 'locks').where({ id: Number(id) })
  return lock
}

/** Accounts of others whose name contains every word that was typed. */
export async function searchAccounts(viewer: Viewer, typed: string): Promise<Subject[]> {
  const words = fold(typed).split(/\s+/).filter(Boolean)
  // One letter would list the school.
  if (words.join('').length < 2) return []
  const rows = await visibleTo(viewer, 'lockable').whereNot({ id: viewer.id })
  return rows
    .filter(row => words.every(word => fold(row.name).includes(word)))
    .slice(0, mostFound)
    .map(asSubject)
}

export async function findAccount(viewer: Viewer, id: string): Promise<Subject | undefined> {
  const [row] = await visibleTo(viewer, 'lockable').where({ id })
  return row && asSubject(row)
}

/** Cases over which this auditor may propose a lock: misuse is confirmed, or the report is being read. */
export async function casesForLock(house: House, account: string): Promise<Case[]> {
  const latest = await listCases(house.audit, Number.MAX_SAFE_INTEGER, mostCases)
  const bearing = latest.filter(one => bearsLock(one, ['executed', 'confirmed']))
  const own = await Promise.all(bearing.map(one => mayLockOver(house, one, null, [account])))
  return bearing.filter((_, index) => own[index])
}

/** Cases that bear the end of a lock: whatever came of them. */
export async function casesForLift(log: Reading): Promise<Case[]> {
  const latest = await listCases(log, Number.MAX_SAFE_INTEGER, mostCases)
  return latest.filter(one => bearsLock(one, ['executed', 'closed']))
}
