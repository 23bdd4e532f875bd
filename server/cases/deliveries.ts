import { caseEntries, findCase } from '../audit/cases.ts'
import { addDays, instant } from '../clock.ts'
import type { House } from '../house.ts'
import type { SystemChange } from '../storage/change.ts'
import type { Tables } from '../storage/tables.ts'
import { recipientOf } from './notices.ts'

/** What the portal does by itself, and what ends the closing that an auditor has just begun. */
type Giving = Pick<SystemChange, 'at' | 'write'>
type InChange<C> = <T>(work: (change: C) => Promise<T>) => Promise<T>

const atOnce = 200
const keptDays = 365

/** Delivers the notices whose day has come, and forgets those that are a year old. Returns how many were delivered. */
export async function deliverNotices(house: House, inChange: InChange<SystemChange>): Promise<number> {
  // Nobody is told too early because a clock is wrong, not even in the minute before the log notices; a day late does less harm.
  await house.audit.tick()
  if (house.audit.standing.doubt !== 'none') return 0
  return inChange(async change => {
    const due = await change
      .write('case_notices')
      .select('id', 'case_id', 'way', 'sealed')
      .whereNull('told_at')
      .whereNull('closing')
      .where('due_on', '<=', change.today)
      .limit(atOnce)
    for (const notice of due) await deliver(house, change, notice)
    await change
      .write('case_notices')
      .where('told_at', '<', instant(Date.parse(`${addDays(change.today, -keptDays)}T00:00:00Z`)))
      .delete()
    await sayTold(house, due)
    return due.length
  })
}

type Due = Pick<Tables['case_notices'], 'id' | 'case_id' | 'way' | 'sealed'>

async function deliver(house: House, change: Giving, { id, way, sealed }: Due): Promise<void> {
  const account_id = way === 'portal' ? recipientOf(house, { id, sealed }).account : null
  await change.write('case_notices').where({ id }).update({ account_id, told_at: change.at, closing: null })
}

async function sayTold({ audit }: House, told: readonly Due[]): Promise<void> {
  for (const [id, some] of Map.groupBy(told, one => one.case_id))
    await audit.step({ step: 'notify', case: id, people: some.length })
}

/** Longer than any closing takes. */
const abandoned = 3_600_000

/**
 * Gives out the notices of closings that the ledger names by now, and drops those of closings that never came about.
 * Every closing ends with this; what one left behind that was broken off, the next run finds. Returns how many.
 */
export async function settleClosings(house: House, inChange: InChange<Giving>): Promise<number> {
  return inChange(async change => {
    let settled = 0
    const drafts = await change.write('case_notices').whereNotNull('closing')
    for (const [closing, some] of Map.groupBy(drafts, one => one.closing)) {
      const said = (await caseEntries(house.audit, some[0]?.case_id ?? 0)).find(entry => entry.k === 'lookup_closed')
      const own = said?.paper === closing
      const old = some.every(one => Date.parse(one.closed_at) < house.clock.now() - abandoned)
      if (own && said.told === 'told') {
        for (const notice of some) await deliver(house, change, notice)
        await sayTold(house, some)
      } else if (own) await change.write('case_notices').where({ closing }).update({ closing: null })
      else if (said || old) await change.write('case_notices').where({ closing }).delete()
      else continue
      settled += some.length
    }
    return settled
  })
}

/** Deletes the reports whose time is over; whoever was told of the case is told of this, too. */
export async function shredReports(house: House, inChange: InChange<SystemChange>): Promise<number> {
  const { audit, clock } = house
  await audit.tick()
  if (audit.standing.doubt !== 'none') return 0
  let shredded = 0
  for (const { id } of await audit.reading.all<{ id: number }>('SELECT case_id AS id FROM audit_report ORDER BY 1')) {
    const one = await findCase(audit, id)
    if (one?.report !== 'there' || one.until > clock.now()) continue
    await audit.step({ step: 'shred', case: id })
    await inChange(change => change.write('case_notices').where({ case_id: id }).update({ shredded_at: change.at }))
    shredded += 1
  }
  return shredded
}
