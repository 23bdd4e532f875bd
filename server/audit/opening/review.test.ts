import { cpSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import {
  approvedCase,
  ask,
  begin,
  type CaseLog,
  caseLog,
  decide,
  end,
  people,
  present,
  requestOf,
  withoutBelts,
} from '../../test/approved-case.ts'
import type { RecordBody } from '../entry.ts'
import { openForReading } from '../file.ts'
import { hour, hourOf } from '../formats/layout.ts'
import { kinds } from '../kinds.ts'
import { generateKeyPair } from '../sealing/hpke.ts'
import { Dice } from '../test/dice.ts'
import { type CaseRequest, PaperStaysClosed } from './papers.ts'
import type { Holder } from './period-key.ts'
import { OpenReview, openReview, ReviewStaysClosed } from './review.ts'
import { type Scanned, scan } from './scan.ts'
import { SearchStopped } from './search.ts'
import { type OpenedShares, openShares } from './shares.ts'

async function logFor(t: Test): Promise<CaseLog> {
  const log = await caseLog(join(t.testdir({ log: {} }), 'log'))
  t.teardown(async () => {
    await log.file.close()
    await log.writer.close(log.moment)
  })
  return log
}

async function openBoth({ file, instance, holders }: CaseLog, id: number, a: Holder = holders[0], b = holders[1]) {
  const [first, second] = [await openShares(file, instance, id, a), await openShares(file, instance, id, b)]
  return [first, second] as const
}

async function open(log: CaseLog, id: number): Promise<OpenReview> {
  const [a, b] = await openBoth(log, id)
  const review = await openReview(log.file, id, a, b)
  a.wipe()
  b.wipe()
  return review
}

async function find(log: CaseLog, content: CaseRequest): Promise<Scanned> {
  const review = await open(log, await approvedCase(log, content))
  try {
    return await scan(review, log.path)
  } finally {
    review.wipe()
    await log.writer.step({ step: 'cancel', case: review.case.id, auditor: 1 }, log.moment)
  }
}

const bodies = ({ records }: Scanned): RecordBody[] => records.map(record => record.body)

async function closedFor(t: Test, asked: Promise<unknown>, why: string): Promise<string> {
  const error = await asked.then(
    () => null,
    (problem: unknown) => problem as Error,
  )
  t.ok(error instanceof ReviewStaysClosed || error instanceof PaperStaysClosed, `${why}: ${error}`)
  t.equal(error?.cause, undefined, 'and it is not said why')
  return error?.message ?? ''
}

t.test('two auditors read exactly what their request asks for', async t => {
  const log = await logFor(t)
  const review = await open(log, await approvedCase(log))
  t.same(review.request, requestOf())
  t.same(review.unopened, [])
  t.match(review.case, { no: '2026-001', requester: 1, reviewer: 2, category: 'foreign_account' })
  const progress: number[] = []
  const found = await scan(review, log.path, done => progress.push(done))
  const all = log.written.map(record => JSON.parse(record.body) as RecordBody)
  t.same(
    bodies(found),
    all.filter(body => body.a === 'person-5'),
  )
  t.ok(found.records.length >= 16 && found.segments.length >= 16)
  t.same(progress.at(-1), found.segments.length)
  t.equal(found.cut, false)
  t.ok(found.counts.opened < found.counts.scanned / 2, 'most records stay closed')
})

t.test('whatever is asked for, no more and no less is found', async t => {
  const log = await logFor(t)
  const all = log.written.map(record => JSON.parse(record.body) as RecordBody)
  const numbers = new Dice(20_261_122)
  const roll = (below: number) => numbers.between(0, below - 1)
  for (let turn = 0; turn < 12; turn += 1) {
    const [one, other] = [begin + roll(96) * hour + roll(60) * 60_000, begin + roll(96) * hour + roll(60) * 60_000]
    const [fromMs, toMs] = [Math.min(one, other), Math.max(one, other) + 1]
    const about = roll(3)
    const subjects = people
      .filter(() => roll(6) === 0)
      .slice(0, 5)
      .map(id => ({ kind: 'account' as const, id, name: id }))
    const object =
      about === 0 || subjects.length === 0
        ? ({ kind: 'letter', id: `letter-${roll(10)}`, name: 'Ein Brief' } as const)
        : null
    const areas = (['letters', 'roll', 'account'] as const).filter(() => roll(2) === 0)
    const content = requestOf({ subjects: object ? [] : subjects, object, fromMs, toMs, areas: [...areas, 'groups'] })
    const ids: readonly string[] = object ? [object.id] : subjects.map(({ id }) => id)
    const wanted = all.filter(
      body =>
        (ids.includes(String(body.a)) || body.o.some(([, id]) => ids.includes(id))) &&
        body.t >= fromMs &&
        body.t < toMs &&
        content.areas.includes(kinds[body.k].area),
    )
    t.same(bodies(await find(log, content)), wanted, `${wanted.length} of ${ids}`)
  }
  const access = requestOf({ category: 'access', areas: [], fromMs: begin - 150 * 24 * hour, asked: 'portal' })
  t.same(
    bodies(await find(log, access)),
    all.filter(body => body.a === 'person-5'),
    'who asks about themselves gets all of it, over the whole time',
  )
})

t.test('a request that asks for too much opens nothing, whatever the portal let through', async t => {
  const log = await logFor(t)
  const subject = (id: string) => ({ kind: 'account', id, name: id }) as const
  const object = { kind: 'pupil', id: 'pupil-1', name: 'Anna' } as const
  const wrong: readonly (readonly [string, Partial<CaseRequest>])[] = [
    ['nobody', { subjects: [] }],
    ['six people', { subjects: people.slice(0, 6).map(subject) }],
    ['a person and a thing', { object }],
    ['no kinds', { areas: [] }],
    ['two people in an access case', { category: 'access', subjects: people.slice(0, 2).map(subject) }],
  ]
  for (const [why, changes] of wrong) {
    const id = await approvedCase(log, requestOf(changes))
    await closedFor(t, open(log, id), why)
    await log.writer.step({ step: 'cancel', case: id, auditor: 1 }, log.moment)
  }
})

t.test('L3: the same auditor twice is one auditor', async t => {
  const log = await logFor(t)
  const { file, instance, holders } = log
  const [emil, finja, gero] = holders
  const id = await approvedCase(log)
  const [a, b] = await openBoth(log, id)
  const again = await openShares(file, instance, id, emil)
  await closedFor(t, openReview(file, id, a, a), 'the same shares')
  await closedFor(t, openReview(file, id, a, again), 'opened twice, as in two sessions')
  await closedFor(t, openShares(file, instance, id, gero), 'a third auditor')
  await closedFor(t, openShares(file, instance, id, { ...emil, auditor: finja.auditor }), 'under the other’s number')
  await closedFor(t, openShares(file, instance, id, { ...finja, auditor: emil.auditor }), 'the other way round')
  const posing = Object.create(a, { auditor: { value: finja.auditor } }) as OpenedShares
  await closedFor(t, openReview(file, id, a, posing), 'shares that pose as the other’s').catch(() => undefined)
  const other = await approvedCase(log)
  await closedFor(t, openReview(file, other, a, b), 'shares of another case')
  await closedFor(t, openReview(file, id, a, (await openBoth(log, other))[1]), 'of two cases')
  const swapped = await openReview(file, id, b, a)
  t.same(swapped.unopened, [], 'who comes first does not matter')
})

t.test('L9: which of the two was wrong cannot be told', async t => {
  const log = await logFor(t)
  const { file, instance, holders } = log
  const [emil, finja] = holders
  const id = await approvedCase(log)
  const pair = await generateKeyPair()
  const [a, b] = await openBoth(log, id)
  const first = await closedFor(t, openShares(file, instance, id, { ...emil, pair }), 'the wrong key of the first')
  const second = await closedFor(t, openShares(file, instance, id, { ...finja, pair }), 'the wrong key of the second')
  t.equal(first, second)
  const said = new Set<string>()
  for (const wrong of [a, b]) {
    const before = wrong.periods.map(period => Buffer.from(wrong.shareOf(period) ?? ''))
    wrong.wipe()
    const review = await openReview(file, id, a, b)
    said.add(JSON.stringify([review.unopened, review.case]))
    for (const [at, period] of wrong.periods.entries()) before[at]?.copy(wrong.shareOf(period) as Buffer)
    t.ok(review.unopened.length >= 2, 'a wrong share gives no key')
    const found = await scan(review, log.path)
    t.match(found, { records: [], counts: { scanned: 0, opened: 0 } })
    t.ok(found.segments.every(({ verdict }) => verdict === 'locked'))
  }
  t.equal(said.size, 1, 'nor by what is left closed')
})

t.test('only an approved case opens, and only while it is open', async t => {
  const log = await logFor(t)
  const { writer, moment } = log
  const id = await ask(log)
  await closedFor(t, open(log, id), 'requested only')
  await decide(log, id)
  const [a, b] = await openBoth(log, id)
  const attempt = () => openReview(log.file, id, a, b)
  await closedFor(t, attempt(), 'nobody has said that they came')
  await present(log, id, 1)
  await closedFor(t, attempt(), 'one of them has')
  await present(log, id, 2)
  const review = await attempt()
  t.same(review.unopened, [])
  await writer.step({ step: 'interrupt', case: id, why: 'absent' }, moment)
  await closedFor(t, attempt(), 'broken off')
  await present(log, id, 1, 2)
  await attempt()
  await writer.step({ step: 'cancel', case: id, auditor: 1 }, moment)
  await closedFor(t, attempt(), 'cancelled after both had come')
  const denied = await ask(log)
  await decide(log, denied, 2, 'deny')
  await closedFor(t, open(log, denied), 'denied')
  await closedFor(t, open(log, 99), 'a case that there is not')
})

t.test('who is no auditor any more opens nothing', async t => {
  const log = await logFor(t)
  const id = await approvedCase(log)
  const [a, b] = await openBoth(log, id)
  await log.writer.appoint({ step: 'revoke', auditor: 2 }, log.moment)
  await closedFor(t, openReview(log.file, id, a, b), 'revoked after both had come')
  await closedFor(t, openShares(log.file, log.instance, id, log.holders[1]), 'and comes again')
})

/** A copy of the log, changed by hand with every belt of the database taken off. */
async function changed(t: Test, log: CaseLog, name: string, sql: string): Promise<CaseLog> {
  const folder = join(t.testdirName, name)
  cpSync(log.folder, folder, { recursive: true })
  const path = join(folder, 'audit.db')
  const file = await withoutBelts(path)
  await file.script(sql)
  await file.close()
  const reading = await openForReading(path)
  t.teardown(() => reading.close())
  return { ...log, folder, path, file: reading }
}

t.test('L7: what was edited between approval and opening opens nothing more', async t => {
  const log = await logFor(t)
  const id = await approvedCase(log)
  const other = await approvedCase(log, requestOf({ subjects: [{ kind: 'account', id: 'person-9', name: 'Neun' }] }))
  const line = (kind: string, of = id) => `body ->> 'k' = '${kind}' AND body ->> 'case' = ${of}`
  const requested = line('lookup_requested')
  const closing: readonly (readonly [string, string])[] = [
    [
      'another request',
      `UPDATE audit_paper SET (enc, sealed) = (SELECT enc, sealed FROM audit_paper AS p
       WHERE p.case_id = ${other} AND p.kind = 'request' AND p.auditor_id = audit_paper.auditor_id)
       WHERE case_id = ${id} AND kind = 'request';`,
    ],
    [
      'another hash',
      `UPDATE audit_ledger SET body = json_set(body, '$.request',
       (SELECT body ->> 'request' FROM audit_ledger WHERE ${line('lookup_requested', other)})) WHERE ${requested};`,
    ],
    ['another window in the ledger', `UPDATE audit_ledger SET body = json_set(body, '$.from', 1) WHERE ${requested};`],
    [
      'another reviewer',
      `UPDATE audit_ledger SET body = json_set(body, '$.reviewer', 3) WHERE ${line('lookup_approved')};`,
    ],
    ['another category', `UPDATE audit_ledger SET body = json_set(body, '$.category', 'access') WHERE ${requested};`],
    ['no approval', `DELETE FROM audit_ledger WHERE ${line('lookup_approved')};`],
    ['no request', `DELETE FROM audit_paper WHERE case_id = ${id};`],
  ]
  for (const [why, sql] of closing) await closedFor(t, open(await changed(t, log, why, sql), id), why)
  const row = await changed(
    t,
    log,
    'a row',
    `UPDATE audit_case SET hour_from = 1, hour_to = 900000, category = 'access', reviewer = 3 WHERE id = ${id};`,
  )
  const review = await open(row, id)
  t.same(review.request, requestOf(), 'a row that was edited is not asked')
  t.match(review.case, { reviewer: 2, category: 'foreign_account', from: hourOf(begin), to: hourOf(end - 1) })
})

t.test('L8: shares that were moved or that are missing keep their month closed, and not the rest', async t => {
  const log = await logFor(t)
  const id = await approvedCase(log)
  const [first = 0, second = 0] = (await openBoth(log, id))[0].periods
  const copy = (into: string, from: string) =>
    `UPDATE audit_share SET (enc, sealed) = (SELECT enc, sealed FROM audit_share WHERE ${from}) WHERE ${into};`
  const of = (period: number, auditor: number) => `period_id = ${period} AND auditor_id = ${auditor}`
  const tries: readonly (readonly [string, string])[] = [
    ['of another month', copy(of(first, 1), of(second, 1))],
    ['of another auditor', copy(of(first, 2), of(first, 3))],
    ['missing', `DELETE FROM audit_share WHERE ${of(first, 1)};`],
    ['at another place', `UPDATE audit_share SET share_no = 9 WHERE ${of(first, 2)};`],
    ['of another generation', `UPDATE audit_share SET gen = 1 WHERE ${of(first, 2)};`],
    ['for another key', `UPDATE audit_period SET pk = zeroblob(32) WHERE id = ${first};`],
    ['for nobody', `UPDATE audit_period SET n = 0 WHERE id = ${first};`],
  ]
  for (const [why, sql] of tries) {
    const copied = await changed(t, log, why, sql)
    const review = await open(copied, id)
    t.same(review.unopened, [first], why)
    const found = await scan(review, copied.path)
    const locked = found.segments.filter(({ verdict }) => verdict === 'locked')
    t.ok(locked.length > 0 && locked.length < found.segments.length, 'the verdict says so, the rest is read')
    t.ok(found.segments.every(({ verdict }) => verdict === 'locked' || verdict === 'intact' || verdict === 'open'))
    review.wipe()
  }
})

t.test('nobody widens what two have opened', async t => {
  const log = await logFor(t)
  const id = await approvedCase(log)
  const [a, b] = await openBoth(log, id)
  Object.assign(a.request, { toMs: Number.MAX_SAFE_INTEGER, areas: ['audit'] })
  const review = await openReview(log.file, id, a, b)
  t.throws(() => Object.assign(review.request, { fromMs: 0 }), TypeError)
  t.throws(() => Object.assign(review.request.subjects[0] ?? {}, { id: 'person-9' }), TypeError)
  t.throws(() => Object.assign(review.case, { id: 2 }), TypeError)
  const found = bodies(await scan(review, log.path))
  t.ok(found.length > 0 && found.every(body => body.a === 'person-5'), 'what is asked was taken from the paper')
  const Maker = OpenReview as unknown as new (...given: readonly unknown[]) => OpenReview
  const forged = new Maker(review.case, review.request, [])
  await closedFor(t, scan(forged, log.path), 'what openReview has not made is no review')
  await closedFor(t, scan(Object.create(review) as OpenReview, log.path), 'nor what looks like one')
  review.wipe()
  await closedFor(t, scan(review, log.path), 'nor is one that has been wiped')
  review.wipe()
})

async function stoppedFor(t: Test, running: Promise<unknown>): Promise<void> {
  const error = await running.catch((problem: unknown) => problem)
  t.ok(error instanceof SearchStopped, String(error))
}

t.test('a look-up ends at once when its review is wiped', async t => {
  const log = await logFor(t)
  const review = await open(log, await approvedCase(log))
  const running = scan(review, log.path)
  review.wipe()
  await stoppedFor(t, running)
  const late = await open(log, await approvedCase(log))
  const halfway = scan(late, log.path, () => late.wipe())
  await stoppedFor(t, halfway)
})
