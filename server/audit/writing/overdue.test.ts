import t, { type Test } from 'tap'
import { quickFolder } from '../../test/folder.ts'
import { ToldLog } from '../../test/told-log.ts'
import { caseEntries, caseLines, findCase, overdueCases } from '../cases.ts'
import { openForReading, openForWriting } from '../file.ts'
import { listLines } from '../lines.ts'
import { closingOf, stepsTo } from '../test/small-case.ts'

const day = 24 * 3_600_000

async function schoolLog(t: Test) {
  const log = new ToldLog(quickFolder(t), '2026-11-10T07:00:00Z')
  await log.enrol(3)
  const writer = await log.writer()
  const reading = await openForReading(log.path)
  t.teardown(async () => {
    await reading.close()
    await log.close()
  })
  const take = async (...steps: ReturnType<typeof stepsTo>) => {
    for (const step of steps) await writer.step(step, log.moment)
  }
  const due = async () => (await overdueCases({ reading }, log.now)).map(({ no, what }) => `${no} ${what}`)
  const notes = () => {
    const verdict = log.verify()
    return verdict.whole ? verdict.notes.filter(note => note.startsWith('Vorgang')) : [verdict.where]
  }
  return { log, writer, reading, take, due, notes }
}

t.test('whoever should have been told and was not, is named to everybody who checks, with the date', async t => {
  const { log, take, due, notes } = await schoolLog(t)
  await take(...stepsTo('execute', 1, log.moment), closingOf(1))
  await take(...stepsTo('close', 2, log.moment))
  await take(...stepsTo('execute', 3, log.moment), closingOf(3, [1, 2, 3], { told: 'none' }))
  log.now += day
  t.same([await due(), notes()], [[], []], 'a day is left for it')
  log.now += 1
  t.same(await due(), ['2026-001 notice'])
  t.match(notes(), [/^Vorgang 2026-001: .*nicht im Verzeichnis.* 10\.11\.2026/])
  await take({ step: 'notify', case: 1, people: 1 })
  t.same([await due(), notes()], [[], []])
  log.now += 30 * day
  t.same(await due(), ['2026-002 notice'], 'put off, and the day is over')
  t.match(notes(), [/^Vorgang 2026-002: .*nicht im Verzeichnis.* 10\.12\.2026/])
  await take({ step: 'notify', case: 2, people: 1 })
  t.same([await due(), notes()], [[], []])
})

t.test('a case that neither its two nor the portal close is named, too', async t => {
  const { log, take, due, notes } = await schoolLog(t)
  await take(...stepsTo('execute', 1, log.moment))
  log.now += 31 * day
  t.same([await due(), notes()], [[], []])
  log.now += 1
  t.same(await due(), ['2026-001 closing'])
  t.match(notes(), [/^Vorgang 2026-001: .*nie geschlossen.* 10\.12\.2026/])
  await take({ step: 'end', case: 1, told: 'told' })
  t.same([await due(), notes()], [[], []])
})

t.test('a line that is no line any more breaks nothing that reads the others', async t => {
  const { log, writer, reading, take, due } = await schoolLog(t)
  await take(...stepsTo('close', 1, log.moment))
  const before = await caseEntries({ reading }, 1)
  const hand = await openForWriting(log.path)
  await hand.script('DROP TRIGGER audit_ledger_stays; DROP INDEX audit_ledger_case')
  await hand.run("UPDATE audit_ledger SET body = 'nonsense' WHERE idx = 2")
  await hand.close()
  t.same(await caseEntries({ reading }, 1), before)
  t.equal((await caseLines({ reading }, 1)).length, before.length)
  t.match(await findCase({ reading }, 1), { state: 'closed' })
  t.match(
    (await listLines({ reading }, 3, 1)).map(line => line.kind),
    [null],
    'it is shown as unreadable',
  )
  log.now += 40 * day
  t.same(await due(), ['2026-001 notice'])
  await writer.note('lock_proposed', { lock: 1, case: 1, auditor: 1 }, log.moment)
  await writer.clockStepped(log.now - 1000, log.moment)
  t.ok(await writer.standing(log.moment))
  t.ok(await writer.planPruning(null, log.moment))
  await log.close()
})
