import { findCase } from '../audit/cases.ts'
import { addDays, instant } from '../clock.ts'
import type { House } from '../house.ts'
import type { SystemChange } from '../storage/change.ts'
import { recipientOf } from './notices.ts'

type InChange = <T>(work: (change: SystemChange) => Promise<T>) => Promise<T>

const atOnce = 200
const keptDays = 365

/** Delivers the notices whose day has come, and forgets those that are a year old. Returns how many were delivered. */
export async function deliverNotices(house: House, inChange: InChange): Promise<number> {
  // Nobody is told too early because a clock is wrong; a day late does less harm.
  if (house.audit.standing.doubt !== 'none') return 0
  return inChange(async change => {
    const due = await change
      .write('case_notices')
      .select('id', 'case_id', 'way', 'sealed')
      .whereNull('told_at')
      .where('due_on', '<=', change.today)
      .limit(atOnce)
    const people = new Map<number, number>()
    for (const { id, case_id, way, sealed } of due) {
      const account_id = way === 'portal' ? recipientOf(house, { id, sealed }).account : null
      await change.write('case_notices').where({ id }).update({ account_id, told_at: change.at })
      people.set(case_id, (people.get(case_id) ?? 0) + 1)
    }
    await change
      .write('case_notices')
      .where('told_at', '<', instant(Date.parse(`${addDays(change.today, -keptDays)}T00:00:00Z`)))
      .delete()
    for (const [id, count] of people) await house.audit.step({ step: 'notify', case: id, people: count })
    return due.length
  })
}

/** Deletes the reports whose time is over; whoever was told of the case is told of this, too. */
export async function shredReports(house: House, inChange: InChange): Promise<number> {
  const { audit, clock } = house
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
