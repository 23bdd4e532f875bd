import { type Case, findCase } from '../audit/cases.ts'
import { readStandings } from '../audit/standings.ts'
import type { House } from '../house.ts'
import type { Change } from '../storage/change.ts'
import type { Tables } from '../storage/tables.ts'
import { findAuditor, listActiveAuditors, listEnrolledAuditors } from './auditors.ts'
import { beginDay, endLock, isStale } from './lapses.ts'
import { endEverything } from './sessions.ts'
import { visibleTo } from './visibility.ts'

type Lock = Tables['locks']

/** One day after the other would be a lock without end by one person. */
const notAgainFor = 7 * 24 * 3_600_000
/**
 * Why a lock does not happen. self: nobody locks themselves · admin, auditors: too few would be left · there: it holds
 * already · again: one person alone had it locked lately · over: there is nothing to act on any more · second: it takes somebody else · tied: who is family may not decide · case: the case does not bear
 * it · pair: they have not opened it · auditing: no one person keeps an auditor out · auditor: the ledger does not know them.
 */
export type Refusal =
  | 'self'
  | 'admin'
  | 'auditors'
  | 'there'
  | 'again'
  | 'over'
  | 'second'
  | 'tied'
  | 'case'
  | 'pair'
  | 'auditing'
  | 'auditor'

export class LockRefused extends Error {
  readonly reason: Refusal
  constructor(reason: Refusal) {
    super(`No lock: ${reason}`)
    this.reason = reason
  }
}

/**
 * An auditor proposes to lock an account over a case whose misuse is confirmed, or whose report is being read.
 * Nothing is locked yet.
 */
export async function proposeLock(house: House, change: Change, account: string, caseId: number): Promise<number> {
  const auditor = await auditorIn(house, change)
  await requireLockable(change, account)
  await requireNoTie(change, account)
  const one = await requireCase(house, caseId, ['executed', 'confirmed'])
  if (!(await mayLockOver(house, one, account, [change.id]))) throw new LockRefused('pair')
  const open = await openLocks(change, account)
  if (open.some(one => one.kind === 'case')) throw new LockRefused('there')
  const id = await begin(house, change, { account_id: account, kind: 'case', case_id: caseId })
  await house.audit.note('lock_proposed', { lock: id, case: caseId, auditor })
  return id
}

/** Another auditor agrees: the account is locked and everything that it is signed in with ends at once. */
export async function confirmLock(house: House, change: Change, id: number): Promise<void> {
  const auditor = await auditorIn(house, change)
  const lock = await openLock(change, id)
  if (lock.kind !== 'case' || lock.confirmed_at !== null || isStale(house, lock.begun_at)) throw new LockRefused('over')
  if (lock.begun_by === change.id) throw new LockRefused('second')
  await requireLockable(change, lock.account_id)
  await requireNoTie(change, lock.account_id)
  const one = await requireCase(house, lock.case_id ?? 0, ['executed', 'confirmed'])
  if (!(await mayLockOver(house, one, lock.account_id, [lock.begun_by, change.id]))) throw new LockRefused('pair')
  await change.write('locks').where({ id }).update({ confirmed_by: change.id, confirmed_at: change.at })
  await shut(change, lock.account_id)
  await house.audit.note('lock_confirmed', { lock: id, auditor })
}

/** Whoever proposed a lock, or its end, takes it back; or ends the lock that they made alone. */
export async function withdrawLock(house: House, change: Change, id: number): Promise<void> {
  const lock = await openLock(change, id)
  const lifting = lock.confirmed_at !== null
  if ((lifting ? lock.lift_by : lock.begun_by) !== change.id) throw new LockRefused(lifting ? 'over' : 'second')
  if (lifting) await change.write('locks').where({ id }).update({ lift_by: null, lift_at: null, lift_case_id: null })
  else await endLock(change, lock, 'withdrawn')
  const auditor = await findAuditor(house, change)
  if (auditor) await house.audit.note('lock_withdrawn', { lock: id, auditor: auditor.id })
  else await house.audit.note('lock_lapsed', { lock: id })
}

/** One admin or auditor locks an account at once, for a day at most. Returns its number. */
export async function lockForNow(house: House, change: Change, account: string): Promise<number> {
  if (!change.holds('admin') && !(await findAuditor(house, change))) throw new LockRefused('auditor')
  await requireNoAuditor(house, account)
  await requireLockable(change, account)
  const open = await openLocks(change, account)
  if (open.some(one => one.kind === 'emergency' || one.confirmed_at !== null)) throw new LockRefused('there')
  const lately = new Date(house.clock.now() - notAgainFor).toISOString()
  const before = await change.write('locks').where({ account_id: account, kind: 'emergency' })
  if (before.some(one => one.begun_at > lately)) throw new LockRefused('again')
  const id = await begin(house, change, { account_id: account, kind: 'emergency', case_id: null })
  await shut(change, account)
  await house.audit.note('lock_emergency', { lock: id })
  beginDay(house, id)
  return id
}

/** An auditor proposes to open a locked account again, naming a case that was decided. */
export async function proposeLift(house: House, change: Change, id: number, caseId: number): Promise<void> {
  const auditor = await auditorIn(house, change)
  const lock = await openLock(change, id)
  if (lock.confirmed_at === null) throw new LockRefused('over')
  await requireNoTie(change, lock.account_id)
  if (lock.lift_at !== null && !isStale(house, lock.lift_at)) throw new LockRefused('there')
  await requireCase(house, caseId, ['executed', 'closed'])
  await change.write('locks').where({ id }).update({ lift_by: change.id, lift_at: change.at, lift_case_id: caseId })
  await house.audit.note('lift_proposed', { lock: id, case: caseId, auditor })
}

/** Another auditor agrees: the person may sign in again. */
export async function confirmLift(house: House, change: Change, id: number): Promise<void> {
  const auditor = await auditorIn(house, change)
  const lock = await openLock(change, id)
  if (lock.lift_at === null || isStale(house, lock.lift_at)) throw new LockRefused('over')
  if (lock.lift_by === change.id) throw new LockRefused('second')
  await requireNoTie(change, lock.account_id)
  await endLock(change, lock, 'lifted')
  await house.audit.note('lock_lifted', { lock: id, auditor })
}

async function auditorIn(house: House, change: Change): Promise<number> {
  const auditor = await findAuditor(house, change)
  if (!auditor) throw new LockRefused('auditor')
  return auditor.id
}

/** Their key opens nothing alone, so that nothing is lost; but who keeps auditors out one by one decides who audits. */
async function requireNoAuditor(house: House, account: string): Promise<void> {
  const { active } = await readStandings(house.audit.reading)
  const enrolled = await listEnrolledAuditors(house)
  if (enrolled.some(one => one.account_id === account && !active.get(one.id)?.suspended))
    throw new LockRefused('auditing')
}

async function requireNoTie(change: Change, account: string): Promise<void> {
  const [tie] = await visibleTo(change, 'ties').where({ kind: 'account', id: account }).whereNot({ tie: 'self' })
  if (tie) throw new LockRefused('tied')
}

/**
 * Whether these may lock an account over a case: only the two who have read what it is about. In the place of one who is
 * no auditor any more, or who is to be locked, anybody else can.
 */
export async function mayLockOver(
  house: House,
  { requester, reviewer }: Pick<Case, 'requester' | 'reviewer'>,
  account: string | null,
  actors: readonly string[],
): Promise<boolean> {
  const pair = (await listActiveAuditors(house)).filter(
    one => (one.id === requester || one.id === reviewer) && one.account_id !== account,
  )
  const strangers = actors.filter(actor => pair.every(one => one.account_id !== actor))
  return strangers.length <= 2 - pair.length
}

type Bearing = 'executed' | 'confirmed' | 'closed'

/** Whether a case can carry a lock, or its end. Who asked to see their own data is under no suspicion. */
export function bearsLock({ category, state, result }: Case, needs: readonly Bearing[]): boolean {
  const states: readonly unknown[] = needs
  return category !== 'access' && (states.includes(state) || (state === 'closed' && states.includes(result)))
}

async function requireCase(house: House, id: number, needs: readonly Bearing[]): Promise<Case> {
  const found = await findCase(house.audit, id)
  if (!found || !bearsLock(found, needs)) throw new LockRefused('case')
  return found
}

/** Nobody locks themselves, and whoever could open the account again must be left. */
async function requireLockable(change: Change, account: string): Promise<void> {
  if (account === change.id) throw new LockRefused('self')
  const [found] = await change.write('accounts').where({ id: account })
  if (!found) throw new LockRefused('over')
  const others = await change
    .write('appointments')
    .join('accounts', 'accounts.id', 'appointments.account_id')
    .whereNull('accounts.locked_at')
    .whereRaw('? BETWEEN from_on AND coalesce(until_on, ?)', [change.today, change.today])
    .whereIn('office', ['admin', 'auditor'])
    .select('account_id', 'office')
  const left = (office: string) => others.filter(one => one.office === office && one.account_id !== account).length
  const holds = (office: string) => others.some(one => one.office === office && one.account_id === account)
  if (holds('admin') && left('admin') < 1) throw new LockRefused('admin')
  if (holds('auditor') && left('auditor') < 2) throw new LockRefused('auditors')
}

const openLocks = (change: Change, account: string): Promise<Lock[]> =>
  change.write('locks').where({ account_id: account }).whereNull('ended_at')

async function openLock(change: Change, id: number): Promise<Lock> {
  const [lock] = await change.write('locks').where({ id }).whereNull('ended_at')
  if (!lock) throw new LockRefused('over')
  return lock
}

async function begin(
  house: House,
  change: Change,
  lock: Pick<Lock, 'account_id' | 'kind' | 'case_id'>,
): Promise<number> {
  const id = await nextNumber(house, change)
  await change.write('locks').insert({ id, ...lock, begun_by: change.id, begun_at: change.at, served_ms: 0 })
  return id
}

/** After an older copy of the portal's data was put back the ledger still knows numbers that the table does not. */
async function nextNumber(house: House, change: Change): Promise<number> {
  const [row] = await house.audit.reading.all<{ last: number | null }>(
    `SELECT max(body ->> 'lock') AS last FROM audit_ledger
     WHERE json_valid(body) AND body ->> 'k' IN ('lock_proposed', 'lock_emergency')`,
  )
  const [own] = await change.write('locks').max({ last: 'id' })
  return 1 + Math.max(row?.last ?? 0, Number(own?.last ?? 0))
}

async function shut(change: Change, account: string): Promise<void> {
  await change.write('accounts').where({ id: account }).whereNull('locked_at').update({ locked_at: change.at })
  await endEverything(change, account)
}
