import { join } from 'node:path'
import t from 'tap'
import { enrolHolders, recordOf, writerIn } from '../../test/sealed-log.ts'
import { openForReading, openForWriting } from '../file.ts'
import { generateKeyPair } from '../sealing/hpke.ts'
import { type Holder, openPeriodKey, PeriodStaysClosed } from './period-key.ts'
import { instanceOf, readRecords } from './reading.ts'

const september = { now: Date.parse('2026-09-14T06:00:00Z'), trusted: true }
const october = { now: Date.parse('2026-10-05T06:00:00Z'), trusted: true }

/** Two months with a record each, and three auditors; the first period is from before they were appointed. */
async function twoMonths(folder: string): Promise<{ path: string; holders: Holder[] }> {
  const writer = await writerIn(folder)
  await writer.append([recordOf(september.now, 'nobody', 'health', [])], september)
  const holders = await enrolHolders(writer, 3, september)
  await writer.append([recordOf(september.now, 'anna', 'letter.read', [['letter', 'l1']])], september)
  await writer.tick({ ...october, now: october.now - 8 * 86_400_000 })
  await writer.append([recordOf(october.now, 'bert', 'letter.read', [['letter', 'l2']])], october)
  await writer.append([recordOf(october.now, 'anna', 'letter.read', [['letter', 'l2']])], october)
  await writer.close(october)
  return { path: join(folder, 'audit.db'), holders }
}

t.test('two auditors open a period, whichever two they are', async t => {
  const { path, holders } = await twoMonths(t.testdir({}))
  const file = await openForReading(path)
  t.teardown(() => file.close())
  const instance = await instanceOf(file)
  const keys = new Map()
  for (const { id } of await file.all<{ id: number }>('SELECT id FROM audit_period WHERE n > 0')) {
    for (const a of holders) {
      for (const b of holders.filter(other => other !== a)) {
        const pair = await openPeriodKey(file, instance, id, a, b)
        t.same(keys.get(id) ?? pair, pair)
        keys.set(id, pair)
      }
    }
  }
  t.equal(keys.size, 2)
  const records = await readRecords(file, keys)
  t.same(
    records.map(({ seg, i, body }) => [seg, i, JSON.parse(body).a]),
    [
      [2, 0, 'anna'],
      [3, 0, 'bert'],
      [3, 1, 'anna'],
    ],
  )
})

t.test('one auditor alone opens nothing, however often they come', async t => {
  const { path, holders } = await twoMonths(t.testdir({}))
  const file = await openForReading(path)
  t.teardown(() => file.close())
  const instance = await instanceOf(file)
  const [a, b] = holders as [Holder, Holder, Holder]
  const stranger = await generateKeyPair()
  const refused = async (period: number, one: Holder, other: Holder, why: string) => {
    const error = await openPeriodKey(file, instance, period, one, other).then(
      () => null,
      problem => problem as Error,
    )
    t.ok(error instanceof PeriodStaysClosed, why)
    t.equal(error?.cause, undefined, 'and it is not said why')
    return error?.message
  }
  await refused(2, a, a, 'twice the same')
  await refused(2, a, { ...a, auditor: b.auditor }, 'the same key under another number')
  await refused(2, a, { ...b, auditor: a.auditor }, 'another key under the same number')
  await refused(1, a, b, 'a period from before there were auditors')
  await refused(9, a, b, 'a period that there is not')
  const first = await refused(2, { ...a, pair: stranger }, b, 'the wrong key of the first')
  const second = await refused(2, a, { ...b, pair: stranger }, 'the wrong key of the second')
  t.equal(first, second, 'which one was wrong cannot be told')
})

t.test('what was moved or changed in the file stays closed', async t => {
  const { path, holders } = await twoMonths(t.testdir({}))
  const file = await openForWriting(path)
  t.teardown(() => file.close())
  const instance = await instanceOf(file)
  const [a, b] = holders as [Holder, Holder, Holder]
  const tamper = async (why: string, sql: string, expected = false) => {
    await file.script(`PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; SAVEPOINT before; ${sql}`)
    const opened = await openPeriodKey(file, instance, 2, a, b).then(
      () => true,
      error => {
        if (!(error instanceof PeriodStaysClosed)) throw error
        return false
      },
    )
    await file.script('ROLLBACK TO before; RELEASE before')
    t.equal(opened, expected, why)
  }
  const copy = (into: string, from: string) =>
    `UPDATE audit_share SET (enc, sealed) = (SELECT enc, sealed FROM audit_share WHERE ${from}) WHERE ${into}`
  await tamper('untouched', 'SELECT 1', true)
  await tamper(
    'the share of another month',
    copy('period_id = 2 AND auditor_id = 1', 'period_id = 3 AND auditor_id = 1'),
  )
  await tamper(
    'the share of another auditor',
    copy('period_id = 2 AND auditor_id = 1', 'period_id = 2 AND auditor_id = 2'),
  )
  await tamper(
    'another place on the line',
    'UPDATE audit_share SET share_no = 9 WHERE period_id = 2 AND auditor_id = 1',
  )
  await tamper('no share', 'DELETE FROM audit_share WHERE period_id = 2 AND auditor_id = 2')
  await tamper('another key', 'UPDATE audit_period SET pk = zeroblob(32) WHERE id = 2')
  await tamper('another number of shares', 'UPDATE audit_period SET n = 4 WHERE id = 2')
  await tamper(
    'another line of the ledger',
    'UPDATE audit_period SET opened_idx = (SELECT opened_idx FROM audit_period WHERE id = 3) WHERE id = 2',
  )
  await tamper(
    'the whole of another month',
    `DELETE FROM audit_share WHERE period_id = 2; UPDATE audit_share SET period_id = 2 WHERE period_id = 3;
     UPDATE audit_period SET id = 9 WHERE id = 2; UPDATE audit_period SET id = 2 WHERE id = 3`,
  )
})
