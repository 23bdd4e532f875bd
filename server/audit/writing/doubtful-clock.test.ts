import { join } from 'node:path'
import t from 'tap'
import { quickFolder } from '../../test/folder.ts'
import { hour, hourOf } from '../formats/layout.ts'
import { planConfirmed } from '../test/confirmed.ts'
import { Reading } from '../test/reading.ts'
import { at, makeAuditors, nameIn, recordOf, SmallLog, trusted } from '../test/small-log.ts'
import { verdictOn } from '../test/verdict.ts'
import type { Moment, Writer } from './writer.ts'

const home = quickFolder(t)
const auditors = await makeAuditors(3)
const day = 24 * hour
const began = Date.parse('2026-10-01T08:00:00Z')
const usual = Date.parse('2026-11-20T08:00:00Z')

/** A log with one old record and one of today; of the two only the old one is due. */
async function logOfTwo(name: string): Promise<{ log: SmallLog; writer: Writer }> {
  const log = new SmallLog(join(home, name))
  const writer = await log.writer(at(began))
  for (const { row } of auditors) await writer.enrol(row, at(began))
  await writer.append([recordOf('old')], at(began))
  for (let time = began; time < usual; time += day) await writer.tick(at(time))
  await writer.append([recordOf('new')], at(usual))
  return { log, writer }
}

const ledgerOf = (log: SmallLog): Promise<Record<string, unknown>[]> =>
  log.look(database =>
    database
      .prepare('SELECT body FROM audit_ledger ORDER BY idx')
      .all()
      .map(({ body }) => JSON.parse(String(body))),
  )

async function namesIn(log: SmallLog): Promise<string[]> {
  const found = await log.look(database => new Reading(database, auditors).segments())
  return found.flatMap(({ texts }) => (texts ?? []).map(nameIn))
}

async function prune(writer: Writer, moment: Moment): Promise<string | null> {
  const { due, refused } = await planConfirmed(writer, moment)
  for (const segment of due) await writer.prune(segment, moment)
  await writer.endPruning(moment)
  return refused
}

const cases = [
  { name: 'a day back', to: usual - day, doubt: 'behind' },
  { name: 'forty days ahead', to: usual + 40 * day, doubt: 'ahead' },
  { name: 'back to 1970', to: 12_000, doubt: 'behind' },
]
const ways = ['while it runs', 'at a start'] as const

for (const { name, to, doubt } of cases)
  for (const way of ways)
    t.test(`L20: a clock that goes ${name} ${way}: records go on, nothing is pruned, the ledger says so`, async t => {
      const { log, writer: first } = await logOfTwo(`${name} ${way}`)
      let writer = first
      if (way === 'at a start') {
        await writer.close(at(usual))
        writer = await log.writer(at(to))
      } else await writer.clockStepped(usual, at(to))
      t.match(await writer.standing(at(to)), { doubt })
      for (const later of [0, 2 * hour, 30 * hour]) {
        await writer.append([recordOf(`in doubt ${later}`)], at(to + later))
        await writer.tick(at(to + later))
        t.equal(await prune(writer, at(to + later)), 'clock')
      }
      await writer.close(at(to + 30 * hour))
      t.equal(await verdictOn(log), null)
      const all = ['old', 'new', 'in doubt 0', `in doubt ${2 * hour}`, `in doubt ${30 * hour}`]
      t.same(await namesIn(log), all)
      const steps = (await ledgerOf(log)).filter(({ k }) => k === 'clock_step')
      t.match(steps, [{ after: to, doubt }])

      t.comment('the clock is set right, and the doubt stays until somebody says so')
      const right = usual + 2 * day
      writer = await log.writer(at(to + 31 * hour))
      await writer.clockStepped(to + 31 * hour, at(right))
      t.equal(await prune(writer, at(right)), 'clock')
      await writer.note('clock_confirmed', { by: 'admin' }, at(right))
      t.equal(await prune(writer, at(right)), null)
      await writer.append([recordOf('right')], at(right))
      await writer.close(at(right))
      t.equal(await verdictOn(log), null)
      t.same(await namesIn(log), [...all.slice(1), 'right'], 'only what is old has gone')

      t.comment('what was recorded in doubt is as old as the day on which the clock was confirmed')
      writer = await log.writer(trusted(right + 29 * day))
      t.equal(await prune(writer, trusted(right + 29 * day)), null)
      t.match(await writer.standing(at(right)), { doubt: 'none' })
      await writer.tick(trusted(right + 32 * day))
      t.equal(await prune(writer, trusted(right + 32 * day)), null)
      await writer.close(at(right + 32 * day))
      t.equal(await verdictOn(log), null)
      t.same(await namesIn(log), [])
    })

for (const night of ['2026-10-25', '2027-03-28'])
  t.test(`L20: the night of ${night}, when the clocks on the wall change, is a night like any other`, async t => {
    const log = new SmallLog(join(home, night))
    const start = Date.parse(`${night}T00:00:00+02:00`)
    const writer = await log.writer(at(start))
    for (const { row } of auditors) await writer.enrol(row, at(start))
    const names: string[] = []
    for (let time = start; time < start + 6 * hour; time += hour / 6) {
      await writer.tick(at(time))
      names.push(new Date(time).toISOString())
      await writer.append([recordOf(names.at(-1) ?? '')], at(time))
    }
    await writer.close(at(start + 6 * hour))
    t.equal(await verdictOn(log), null)
    t.same(
      (await ledgerOf(log)).filter(({ k }) => k === 'clock_step'),
      [],
    )
    const found = await log.look(database => new Reading(database, auditors).segments())
    t.same(
      found.map(segment => segment.hour),
      [0, 1, 2, 3, 4, 5].map(later => hourOf(start) + later),
    )
    t.same(await namesIn(log), names)
  })

t.test('the network’s word ends a doubt at the next minute', async t => {
  const { log, writer } = await logOfTwo('network')
  await writer.clockStepped(usual, at(usual - day))
  t.equal(await prune(writer, at(usual - day)), 'clock')
  await writer.tick(trusted(usual - day))
  t.equal(await prune(writer, at(usual - day)), null)
  await writer.close(at(usual - day))
  t.match(
    (await ledgerOf(log)).filter(({ k }) => k === 'clock_confirmed'),
    [{ by: 'network' }],
  )
  t.equal(await verdictOn(log), null)
})

t.test('steps ahead that nobody confirms make a leap together', async t => {
  const { log, writer } = await logOfTwo('in steps')
  let now = usual
  for (const doubt of ['none', 'ahead']) {
    await writer.clockStepped(now, at(now + 35 * hour))
    now += 35 * hour
    t.match(await writer.standing(at(now)), { doubt })
  }
  t.equal((await writer.planPruning(null, at(now))).refused, 'clock')
  await writer.note('clock_confirmed', { by: 'admin' }, at(now))
  await writer.clockStepped(now, at(now + 35 * hour))
  t.match(await writer.standing(at(now)), { doubt: 'none' }, 'counted from the confirmation on')
  await writer.close(at(now + 35 * hour))
  t.equal(await verdictOn(log), null)
})

t.test('a clock that becomes doubtful after a plan was made stops it', async t => {
  const { log, writer } = await logOfTwo('planned')
  const { due } = await planConfirmed(writer, at(usual))
  t.equal(due.length, 1)
  await writer.clockStepped(usual, at(usual - day))
  for (const segment of due) await writer.prune(segment, at(usual))
  await writer.close(at(usual - day))
  t.same(await namesIn(log), ['old', 'new'])
  t.equal(await verdictOn(log), null)
})
