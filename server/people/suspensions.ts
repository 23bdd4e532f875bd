import { readStandings } from '../audit/standings.ts'
import type { House } from '../house.ts'
import type { Change } from '../storage/change.ts'
import type { Tables } from '../storage/tables.ts'
import { type AuditorRow, listActiveAuditors, listEnrolledAuditors } from './auditors.ts'
import { endOffice, grantOffice } from './staff.ts'
import type { Viewer } from './viewer.ts'

/** So many others, where there are, must be able to act while somebody is suspended: one to decide, whoever it was that suspended. */
const fewestLeft = 2
/** When no auditor has decided for so long, there seems to be none; until then every one of them can say no. */
const longestWait = 30 * 86_400_000

/** The auditors as they stand. Whoever is suspended or locked out does nothing, and still counts as one of them. */
export interface Bench {
  readonly enrolled: readonly AuditorRow[]
  readonly acting: readonly AuditorRow[]
  /**
   * Head and administration appoint: there have never been enough auditors, or of those whom the ledger knows no two
   * are left. Nobody brings that about by keeping auditors out.
   */
  readonly founding: boolean
  /** Null while nobody knows what time it is. */
  readonly now: number | null
}

export async function readBench(house: House): Promise<Bench> {
  const [enrolled, acting, { founded }] = await Promise.all([
    listEnrolledAuditors(house),
    listActiveAuditors(house),
    readStandings(house.audit.reading),
  ])
  const now = house.audit.standing.doubt === 'none' ? house.clock.now() : null
  return { enrolled, acting, founding: !founded || enrolled.length < 2, now }
}

/**
 * Why an auditor is not suspended, or nothing is decided. few: nobody would be left to decide · over: there is nothing
 * to act on any more · second: it takes somebody else · gone: they no longer work here.
 */
export class SuspensionRefused extends Error {
  readonly reason: 'few' | 'over' | 'second' | 'gone'
  constructor(reason: SuspensionRefused['reason']) {
    super(`No suspension: ${reason}`)
    this.reason = reason
  }
}

type Suspension = Tables['auditor_suspensions']
type Case = Pick<Suspension, 'account_id' | 'begun_by' | 'begun_at'>

const without = (auditors: readonly AuditorRow[], account: string): AuditorRow[] =>
  auditors.filter(one => one.account_id !== account)

/** Whether somebody can be suspended now without leaving nobody who decides on it. */
export function maySuspend({ enrolled, acting }: Bench, account: string): boolean {
  return without(acting, account).length >= Math.min(fewestLeft, without(enrolled, account).length)
}

/** Never whoever suspended, and never the person: another auditor. Where there is none, or none decided, head or administration. */
export function mayDecide(viewer: Pick<Viewer, 'id' | 'holds'>, one: Case, { acting, now }: Bench): boolean {
  if (viewer.id === one.begun_by || viewer.id === one.account_id) return false
  const others = acting.map(auditor => auditor.account_id).filter(id => id !== one.begun_by && id !== one.account_id)
  if (others.includes(viewer.id)) return true
  const waited = now !== null && now - Date.parse(one.begun_at) > longestWait
  return (others.length === 0 || waited) && viewer.holds('admin', 'head')
}

async function openSuspension(change: Change, auditor: number): Promise<Suspension | undefined> {
  const [row] = await change.write('auditor_suspensions').where({ auditor }).whereNull('decided_at')
  return row
}

/**
 * Ends what an auditor may do, at once. Their shares stay until a second person has decided. Returns the number for
 * `tellSuspended`, or null for somebody whom the ledger does not know as one.
 */
export async function suspendAuditor(
  house: House,
  change: Change,
  account: string,
  how: Suspension['how'],
): Promise<number | null> {
  const bench = await readBench(house)
  const own = bench.enrolled.find(one => one.account_id === account)
  if (own && !(await openSuspension(change, own.id))) {
    if (!maySuspend(bench, account)) throw new SuspensionRefused('few')
    const row = { auditor: own.id, account_id: account, how, begun_by: change.id, begun_at: change.at }
    await change.write('auditor_suspensions').insert(row)
  } else if (own && how === 'suspended') throw new SuspensionRefused('over')
  await endOffice(change, account, 'auditor')
  return own?.id ?? null
}

/** The ledger's line, once the record is there. Where a crash let it stand alone it is not told twice. */
export async function tellSuspended(house: House, auditor: number): Promise<void> {
  const { active } = await readStandings(house.audit.reading)
  if (active.get(auditor)?.suspended === false) await house.audit.note('auditor_suspended', { auditor })
}

/** What the second person decides: the shares go for ever, or the person is an auditor again. */
export async function decideSuspension(
  house: House,
  change: Change,
  auditor: number,
  outcome: NonNullable<Suspension['outcome']>,
): Promise<void> {
  const one = await openSuspension(change, auditor)
  if (!one) throw new SuspensionRefused('over')
  if (!mayDecide(change, one, await readBench(house))) throw new SuspensionRefused('second')
  await change
    .write('auditor_suspensions')
    .where({ id: one.id })
    .update({ decided_by: change.id, decided_at: change.at, outcome })
  if (outcome === 'revoked') return
  if (one.how === 'left' && !(await worksHere(change, one.account_id))) throw new SuspensionRefused('gone')
  await grantOffice(change, one.account_id, 'auditor')
}

async function worksHere(change: Change, account: string): Promise<boolean> {
  const [office] = await change
    .write('appointments')
    .where({ account_id: account })
    .whereRaw('? BETWEEN from_on AND coalesce(until_on, ?)', [change.today, change.today])
  return office !== undefined
}

/** The same in the ledger, once the record is there. */
export async function tellDecided(house: House, auditor: number, outcome: Suspension['outcome']): Promise<void> {
  const { active } = await readStandings(house.audit.reading)
  const standing = active.get(auditor)
  if (standing && outcome === 'revoked') await house.audit.appoint({ step: 'revoke', auditor })
  else if (standing?.suspended) await house.audit.note('auditor_reinstated', { auditor })
}
