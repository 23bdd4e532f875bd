import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { quickFolder } from '../../test/folder.ts'
import { enrolHolders } from '../../test/sealed-log.ts'
import { ToldLog } from '../../test/told-log.ts'
import { alarmIn } from '../alarm.ts'
import { openForWriting } from '../file.ts'
import { parseEntry } from '../formats/entries.ts'
import { auditorHash } from '../formats/layout.ts'
import { leafHash } from '../formats/merkle.ts'
import { namedAuditors } from '../ledger-lines.ts'
import { openPeriodKey, ownShareOpens } from '../opening/period-key.ts'
import { instanceOf } from '../opening/reading.ts'
import { generateKeyPair } from '../sealing/hpke.ts'
import { bringTo, requestOf } from '../test/small-case.ts'
import { activeAuditors } from './periods.ts'

/** A log with three auditors, and a second connection in the hands of somebody who knows SQL. */
async function attackedLog(t: Test) {
  const log = new ToldLog(quickFolder(t), '2026-11-20T07:00:00Z')
  const writer = await log.writer()
  const holders = await enrolHolders(writer, 3, log.moment)
  await log.append(2)
  const hand = await openForWriting(log.path)
  t.teardown(async () => {
    await hand.close()
    await log.close()
  })
  const instance = await instanceOf(hand)
  const pairs = await Promise.all([1, 2].map(() => generateKeyPair()))
  const swap = async () => {
    for (const [at, pair] of pairs.entries())
      await hand.run('UPDATE audit_auditor SET pub = ? WHERE id = ?', pair.publicKey, at + 1)
  }
  const putBack = async () => {
    for (const { auditor, pair } of holders)
      await hand.run('UPDATE audit_auditor SET pub = ? WHERE id = ?', pair.publicKey, auditor)
  }
  const periods = () => hand.all<{ id: number; n: number }>('SELECT id, n FROM audit_period ORDER BY id')
  const differs = async () => {
    const rows = await hand.all<{ body: string }>(
      "SELECT body FROM audit_ledger WHERE instr(body, 'auditor_differs') > 0",
    )
    return rows.map(({ body }) => parseEntry(body)?.auditor)
  }
  const alarm = async () => {
    const standing = await writer.standing(log.moment)
    return standing && alarmIn(standing)
  }
  return { log, writer, holders, hand, instance, pairs, swap, putBack, periods, differs, alarm }
}

t.test('keys that are swapped while the next month is made, and put back, get no share of it', async t => {
  const { log, holders, hand, instance, pairs, swap, putBack, periods, differs, alarm } = await attackedLog(t)
  const [first, second] = holders
  if (!first || !second) throw new Error('no auditors')
  await swap()
  log.now = Date.parse('2026-11-26T07:00:00Z')
  await log.pass(0)
  t.same(await periods(), [{ id: 1, n: 3 }], 'no month is made ready')
  t.same(await differs(), [1, 2], 'and the ledger says why')
  t.equal(await alarm(), 'differed')
  await log.pass(1)
  t.same(await differs(), [1, 2], 'once')
  await putBack()
  await log.pass(1)
  t.same(await periods(), [
    { id: 1, n: 3 },
    { id: 2, n: 3 },
  ])
  for (const holder of holders) t.ok(await ownShareOpens(hand, instance, 2, holder), 'the real ones can open it')
  const own = pairs.map((pair, at) => ({ auditor: at + 1, pair }))
  for (const holder of own) t.notOk(await ownShareOpens(hand, instance, 2, holder), 'the others cannot')
  t.ok(await openPeriodKey(hand, instance, 2, first, second))
  await log.close()
  const verdict = log.verify()
  t.match(verdict, { whole: true })
  t.match(verdict.whole && verdict.notes.filter(note => /anders in der Datei/.test(note)).length, 2, 'for ever')
})

t.test('swapped over the end of the month: the old period goes on', async t => {
  const { log, writer, swap, periods, hand } = await attackedLog(t)
  await swap()
  for (; log.now < Date.parse('2026-12-02T07:00:00Z'); ) await log.pass(24)
  await log.append(2)
  t.same(await periods(), [{ id: 1, n: 3 }])
  const [last] = await hand.all<{ period: number }>('SELECT max(period_id) AS period FROM audit_segment')
  t.equal(last?.period, 1)
  t.ok((await writer.standing(log.moment))?.readable)
})

t.test('an auditor of the file alone gets nothing, and one who is missing there is noticed', async t => {
  const { log, hand, periods, differs } = await attackedLog(t)
  await hand.run(
    `INSERT INTO audit_auditor SELECT 9, 'nobody', 'Niemand', office, trained_on, pub, wrapped, nonce, salt, kdf, state, enrolled_idx, NULL
     FROM audit_auditor WHERE id = 1`,
  )
  await hand.run("UPDATE audit_auditor SET state = 'revoked', revoked_idx = 1 WHERE id = 3")
  log.now = Date.parse('2026-11-26T07:00:00Z')
  await log.pass(0)
  t.same(await periods(), [{ id: 1, n: 3 }])
  t.same(await differs(), [3, 9])
})

t.test('whoever changes the line of the ledger as well deceives nobody who has read it before', async t => {
  const { log, hand, pairs, periods, differs } = await attackedLog(t)
  await hand.script('DROP TRIGGER audit_ledger_stays')
  await hand.run('UPDATE audit_auditor SET pub = ? WHERE id = 1', pairs[0]?.publicKey ?? null)
  const row = (await activeAuditors(hand)).find(one => one.id === 1)
  const [line] = await hand.all<{ idx: number; body: string }>(
    `SELECT idx, body FROM audit_ledger WHERE instr(body, '"k":"auditor_enrolled","auditor":1,') > 0`,
  )
  if (!row || !line) throw new Error('no such auditor')
  const body = JSON.stringify({ ...JSON.parse(line.body), row: auditorHash(row).toString('hex') })
  await hand.run('UPDATE audit_ledger SET body = ?, leaf = ? WHERE idx = ?', body, leafHash(body), line.idx)
  t.ok(await namedAuditors(hand), 'the file alone agrees with itself')
  log.now = Date.parse('2026-11-26T07:00:00Z')
  await log.pass(0)
  t.same(await periods(), [{ id: 1, n: 3 }])
  t.same(await differs(), [1])
})

t.test('nothing is sealed while it differs: no paper, no report, no new shares, no other passphrase', async t => {
  const { log, writer, swap, putBack, hand } = await attackedLog(t)
  await bringTo('present', writer, log.moment)
  await swap()
  t.equal(await namedAuditors(hand), null)
  const size = log.anchor
  const refused = async (work: Promise<unknown>, what: string) =>
    t.match(await work.catch(error => error), { name: 'CaseRefused', reason: 'keys' }, what)
  await refused(writer.step(requestOf(2, log.moment), log.moment), 'a request')
  const [salt, wrapped, nonce] = [randomBytes(16), randomBytes(48), randomBytes(12)]
  const passphrase = { step: 'passphrase', auditor: 1, wrapped, nonce, salt, kdf: '{}' } as const
  await refused(writer.appoint(passphrase, log.moment), 'a passphrase, by which the ledger would name the other key')
  const shares = [1, 2, 3].map(no => ({ auditor: no, no, enc: randomBytes(32), sealed: randomBytes(49) }))
  await refused(writer.appoint({ step: 'reissue', period: 1, shares }, log.moment), 'new shares')
  t.equal(log.anchor, size, 'and nothing was written')
  await putBack()
  t.match(await writer.step(requestOf(2, log.moment), log.moment), { state: 'requested' })
})

t.test('the alarm stays until two have opened their share, and nothing differs any more', async t => {
  const { log, writer, swap, putBack, alarm } = await attackedLog(t)
  await swap()
  await log.pass(1)
  for (const auditor of [1, 2]) await writer.note('drill_passed', { auditor }, log.moment)
  t.equal(await alarm(), 'differed', 'the other key is still there')
  await putBack()
  await log.pass(1)
  t.equal(await alarm(), null)
  await swap()
  await log.pass(1)
  await putBack()
  await writer.note('drill_passed', { auditor: 3 }, log.moment)
  await writer.note('drill_passed', { auditor: 3 }, log.moment)
  t.equal(await alarm(), 'differed', 'one alone does not end it')
  await writer.note('drill_passed', { auditor: 1 }, log.moment)
  t.equal(await alarm(), null)
})
