import { caseEntries, findCase } from '../audit/cases.ts'
import { addDays, instant } from '../clock.ts'
import type { House } from '../house.ts'
import type { SystemChange } from '../storage/change.ts'
import type { Tables } from '../storage/tables.ts'
import { recipientOf } from './notices.ts'
import { refusalOf } from './refusals.ts'

/** What the portal does by itself, and what ends the closing that an auditor has just begun. */
type Giving = Pick<SystemChange, 'at' | 'today' | 'write'>
type InChange = <T>(work: (change: SystemChange) => Promise<T>) => Promise<T>
type Row = Tables['case_notices']
type Entries = Awaited<ReturnType<typeof caseEntries>>

const keptDays = 365
const day = 86_400_000
/** Longer than it takes from the writing of notices to the ledger's line about the opening. */
const abandoned = 3_600_000

/** Tells everybody whose case has ended and whose day has come; forgets what is a year old. Returns how many there were. */
export async function deliverNotices(house: House, inChange: InChange): Promise<number> {
  await house.audit.tick()
  const waiting = await inChange(change => change.write('case_notices').distinct('case_id').whereNull('told_at'))
  let settled = 0
  for (const { case_id } of waiting) {
    try {
      settled += await inChange(change => settleNotices(house, change, case_id))
    } catch (error) {
      // One case of which nobody can be told now keeps no other waiting.
      house.log.error({ job: 'case-notices', kind: (error as Error).constructor.name }, 'notices of a case wait')
    }
  }
  return inChange(async change => {
    const before = instant(Date.parse(`${addDays(change.today, -keptDays)}T00:00:00Z`))
    await change.write('case_notices').where('told_at', '<', before).delete()
    return settled
  })
}

/**
 * Brings the notices of one case to where the ledger is: those of an opening that never came about are dropped, those of
 * a case that has ended are given out when their day comes. Only the ledger's lines count, never the row of the case.
 */
export async function settleNotices(house: House, change: Giving, id: number): Promise<number> {
  const entries = await caseEntries(house.audit, id)
  const untold = await change.write('case_notices').where({ case_id: id }).whereNull('told_at')
  const [rows, dropped] = await dropLost(house, change, untold, entries)
  const end = entries.find(entry => entry.k === 'lookup_closed' || entry.k === 'lookup_ended')
  if (!end || rows.length === 0) return dropped
  const until = Number(entries.find(entry => entry.k === 'notice_deferred')?.until ?? 0)
  const due_on = end.told === 'deferred' ? instant(until - day).slice(0, 10) : instant(end.t).slice(0, 10)
  const result = end.k === 'lookup_closed' ? (end.result as Row['result']) : 'unclear'
  await change
    .write('case_notices')
    .where({ case_id: id })
    .whereNull('told_at')
    .update({ result, closed_at: instant(end.t), due_on })
  // Nobody is told too early because a clock is wrong; a day late does less harm.
  if (end.told === 'deferred' && (due_on > change.today || house.audit.standing.doubt !== 'none')) return dropped
  for (const row of rows) await deliver(house, change, row)
  if (!entries.some(entry => entry.k === 'subject_notified')) await sayTold(house, id, rows.length)
  return dropped + rows.length
}

async function dropLost({ clock }: House, change: Giving, rows: Row[], entries: Entries): Promise<[Row[], number]> {
  const opened = entries.find(entry => entry.k === 'lookup_executed')?.report
  const over = opened !== undefined || entries.some(entry => /^lookup_(denied|expired|cancelled)$/.test(entry.k))
  const stale = clock.now() - abandoned
  const lost = rows.filter(
    ({ execution, made_at }) => execution !== null && execution !== opened && (over || Date.parse(made_at) < stale),
  )
  for (const { id } of lost) await change.write('case_notices').where({ id }).delete()
  if (opened === undefined) return [[], lost.length]
  const stay = rows.filter(row => !lost.includes(row))
  if (stay.some(row => row.execution !== null))
    await change
      .write('case_notices')
      .where({ case_id: rows[0]?.case_id ?? 0, execution: String(opened) })
      .update({ execution: null })
  return [stay, lost.length]
}

async function deliver(house: House, change: Giving, { id, way, sealed }: Row): Promise<void> {
  const account_id = way === 'portal' ? recipientOf(house, { id, sealed }).account : null
  await change.write('case_notices').where({ id }).update({ account_id, told_at: change.at })
}

/** A file that somebody has changed cannot be written on; that is the verifier's to tell, and no reason to keep silent. */
async function sayTold({ audit, log }: House, id: number, people: number): Promise<void> {
  try {
    await audit.step({ step: 'notify', case: id, people })
  } catch (error) {
    log.error({ job: 'case-notices', kind: refusalOf(error) }, 'the ledger does not take that people were told')
  }
}

/** Deletes the reports whose time is over; whoever is told of the case is told of this, too. */
export async function shredReports(house: House, inChange: InChange): Promise<number> {
  const { audit, clock } = house
  await audit.tick()
  if (audit.standing.doubt !== 'none') return 0
  let shredded = 0
  for (const { id } of await audit.reading.all<{ id: number }>('SELECT case_id AS id FROM audit_report ORDER BY 1')) {
    const one = await findCase(audit, id)
    if (one?.report !== 'there' || one.until > clock.now()) continue
    try {
      await audit.step({ step: 'shred', case: id })
      shredded += 1
    } catch (error) {
      house.log.error({ job: 'case-reports', kind: refusalOf(error) }, 'a report stays')
    }
  }
  await inChange(change => sayShredded(house, change))
  return shredded
}

/** From the ledger each time, so that what was broken off between the two is made good. */
async function sayShredded({ audit }: House, change: Giving): Promise<void> {
  const open = await change.write('case_notices').distinct('case_id').whereNull('shredded_at').whereNull('execution')
  for (const { case_id } of open) {
    const said = (await caseEntries(audit, case_id)).find(entry => entry.k === 'report_shredded')
    if (said)
      await change
        .write('case_notices')
        .where({ case_id })
        .update({ shredded_at: instant(said.t) })
  }
}
