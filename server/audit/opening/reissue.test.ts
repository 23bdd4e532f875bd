import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import {
  approvedCase,
  ask,
  type CaseLog,
  caseLog,
  decide,
  end,
  present,
  withoutBelts,
} from '../../test/approved-case.ts'
import { enrolHolders } from '../../test/sealed-log.ts'
import type { Value } from '../file.ts'
import { hour } from '../formats/layout.ts'
import { generateKeyPair } from '../sealing/hpke.ts'
import { type Holder, openPeriodKey, PeriodStaysClosed } from './period-key.ts'
import { openSharesToReissue, reissueShares } from './reissue.ts'
import { openReview } from './review.ts'
import { openShares } from './shares.ts'

async function logFor(t: Test): Promise<CaseLog> {
  const log = await caseLog(t.testdir({}))
  t.teardown(async () => {
    await log.file.close()
    await log.writer.close(log.moment)
  })
  return log
}

const periodsWithShares = async ({ file }: CaseLog) =>
  (await file.all<{ id: number }>('SELECT id FROM audit_period WHERE n > 0')).map(row => row.id)

/** Hands the shares out anew; returns the periods. */
async function reissue(log: CaseLog, one: Holder, other: Holder): Promise<number[]> {
  const { file, instance, writer, moment } = log
  const [a, b] = [await openSharesToReissue(file, instance, one), await openSharesToReissue(file, instance, other)]
  const { periods, unopened } = await reissueShares(file, instance, a, b)
  a.wipe()
  b.wipe()
  if (unopened.length > 0) throw new PeriodStaysClosed(`not ${unopened}`)
  for (const { period, shares } of periods) await writer.appoint({ step: 'reissue', period, shares }, moment)
  return periods.map(({ period }) => period)
}

const opens = ({ file, instance }: CaseLog, period: number, a: Holder, b: Holder) =>
  openPeriodKey(file, instance, period, a, b).then(
    () => true,
    error => {
      if (!(error instanceof PeriodStaysClosed)) throw error
      return false
    },
  )

t.test('two auditors hand out new shares, and who came later can open what was before', async t => {
  const log = await logFor(t)
  const [emil, finja, gero] = log.holders
  const before = await periodsWithShares(log)
  const [hanna] = (await enrolHolders(log.writer, 1, log.moment)) as [Holder]
  t.notOk(await opens(log, before[0] ?? 0, emil, hanna), 'months from before an appointment stay closed')
  t.same((await reissue(log, gero, finja)).slice(0, before.length), before)
  const all = [emil, finja, gero, hanna]
  for (const period of before)
    for (const a of all) for (const b of all) if (a !== b) t.ok(await opens(log, period, a, b))
  t.same(await log.file.all('SELECT DISTINCT gen FROM audit_share WHERE period_id <= ?', before.at(-1) ?? 0), [
    { gen: 1 },
  ])
  await reissue(log, hanna, emil)
  t.ok(await opens(log, before[0] ?? 0, finja, hanna), 'as often as one likes')
})

t.test('old shares and new ones give nothing together, and old rows that are put back open nothing', async t => {
  const log = await logFor(t)
  const [emil, finja, gero] = log.holders
  const [period = 0] = await periodsWithShares(log)
  type Row = Record<'period_id' | 'gen' | 'auditor_id' | 'share_no' | 'enc' | 'sealed', Value>
  const old = await log.file.all<Row>('SELECT * FROM audit_share WHERE period_id = ?', period)
  await reissue(log, emil, finja)
  const writing = await withoutBelts(log.path)
  t.teardown(() => writing.close())
  const putBack = async (auditor: number, gen: number) => {
    const row = old.find(one => one.auditor_id === auditor)
    await writing.run('DELETE FROM audit_share WHERE period_id = ? AND auditor_id = ?', period, auditor)
    await writing.run(
      'INSERT INTO audit_share (period_id, gen, auditor_id, share_no, enc, sealed) VALUES (?, ?, ?, ?, ?, ?)',
      ...[period, gen, auditor, row?.share_no ?? 0, row?.enc ?? null, row?.sealed ?? null],
    )
  }
  t.ok(await opens(log, period, emil, gero))
  await putBack(1, 0)
  t.notOk(await opens(log, period, emil, gero), 'under its old generation')
  await putBack(1, 1)
  t.notOk(await opens(log, period, emil, gero), 'under the new one')
  await putBack(3, 1)
  t.notOk(await opens(log, period, emil, gero), 'two old ones')
  t.notOk(await opens(log, period, emil, finja), 'an old one and a new one')
})

t.test('L22: a revoked auditor’s old key with old rows opens nothing new, and no case', async t => {
  const log = await logFor(t)
  const { file, instance, writer } = log
  const [emil, finja, gero] = log.holders
  const before = await periodsWithShares(log)
  const old = await file.all<Record<string, Value>>('SELECT * FROM audit_share WHERE auditor_id = 3')
  await enrolHolders(writer, 1, log.moment)
  await writer.appoint({ step: 'revoke', auditor: 3 }, log.moment)
  for (const period of before) t.notOk(await opens(log, period, emil, gero), 'their shares are gone')
  const later = { now: end + 32 * 24 * hour, trusted: true }
  await writer.tick({ now: end + 28 * 24 * hour, trusted: true })
  await writer.tick(later)
  const writing = await withoutBelts(log.path)
  t.teardown(() => writing.close())
  const news = (await periodsWithShares(log)).filter(period => !before.includes(period))
  t.ok(news.length > 0, 'there is a month from after')
  for (const row of old) {
    for (const period of [...before, ...news])
      await writing.run(
        'INSERT OR REPLACE INTO audit_share (period_id, gen, auditor_id, share_no, enc, sealed) VALUES (?, 0, 3, 9, ?, ?)',
        ...[period, row.enc ?? null, row.sealed ?? null],
      )
    for (const period of news)
      for (const other of [emil, finja]) t.notOk(await opens(log, period, other, gero), 'a month from after')
  }
  const [a, b] = [await openSharesToReissue(file, instance, gero), await openSharesToReissue(file, instance, emil)]
  await t.rejects(reissueShares(file, instance, a, b), { message: 'both have to be auditors today' })
  const id = await ask({ ...log, holders: [emil, finja, gero], moment: later }).catch(() => null)
  t.equal(id, null, 'a request is sealed to exactly those who are auditors today')
})

t.test('L3: one alone hands out nothing, and nobody to a key that was slipped in', async t => {
  const log = await logFor(t)
  const { file, instance } = log
  const [emil, finja] = log.holders
  const [a, b] = [await openSharesToReissue(file, instance, emil), await openSharesToReissue(file, instance, finja)]
  const again = await openSharesToReissue(file, instance, emil)
  const refused = async (asked: Promise<unknown>, why: string) => {
    const error = await asked.catch((problem: unknown) => problem)
    t.ok(error instanceof PeriodStaysClosed, `${why}: ${error}`)
  }
  await refused(reissueShares(file, instance, a, a), 'the same')
  await refused(reissueShares(file, instance, a, again), 'the same, opened twice')
  const posing = await openSharesToReissue(file, instance, { ...emil, auditor: 2 })
  await refused(reissueShares(file, instance, a, posing), 'under the other’s number')
  const stranger = await openSharesToReissue(file, instance, { auditor: 2, pair: await generateKeyPair() })
  await refused(reissueShares(file, instance, a, stranger), 'with a stranger')
  const writing = await withoutBelts(log.path)
  t.teardown(() => writing.close())
  await writing.run('UPDATE audit_auditor SET pub = ? WHERE id = 3', (await generateKeyPair()).publicKey)
  await refused(reissueShares(file, instance, a, b), 'another key in the third auditor’s row')
  await writing.run(
    'UPDATE audit_auditor SET pub = ?, wrapped = ? WHERE id = 3',
    log.holders[2].pair.publicKey,
    randomBytes(48),
  )
  await refused(reissueShares(file, instance, a, b), 'another wrapped key in it')
})

t.test('a case is opened with shares that were handed out after it was approved', async t => {
  const log = await logFor(t)
  const { file, instance, holders } = log
  const id = await ask(log)
  await decide(log, id)
  await reissue(log, holders[2], holders[0])
  await present(log, id, 1, 2)
  const [a, b] = [await openShares(file, instance, id, holders[0]), await openShares(file, instance, id, holders[1])]
  t.same((await openReview(file, id, a, b)).unopened, [])
  const other = await approvedCase(log)
  const early = await openShares(file, instance, other, holders[0])
  await reissue(log, holders[2], holders[0])
  const late = await openShares(file, instance, other, holders[1])
  const review = await openReview(file, other, early, late)
  t.ok(review.unopened.length >= 2, 'shares of two generations give nothing together')
})
