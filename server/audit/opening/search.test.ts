import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import t from 'tap'
import { enrolHolders, recordOf, writerIn } from '../../test/sealed-log.ts'
import { openForReading, openForWriting } from '../file.ts'
import { hour, hourOf } from '../formats/layout.ts'
import type { Sealable } from '../sealing/segment.ts'
import { type Holder, openPeriodKey } from './period-key.ts'
import { instanceOf, readRecords, readSegment } from './reading.ts'
import { type Search, search } from './search.ts'

const begin = Date.parse('2026-11-23T08:00:00Z')
const at = (now: number) => ({ now, trusted: true })
const people = Array.from({ length: 100 }, (_, index) => `person-${index}`)
const nobody = Array.from({ length: 100 }, (_, index) => `letter-${index}`)

type Keys = Search['periods']

async function keysOf(path: string, [a, b]: readonly Holder[]): Promise<Keys> {
  const file = await openForReading(path)
  try {
    const instance = await instanceOf(file)
    const rows = await file.all<{ id: number }>('SELECT id FROM audit_period WHERE n > 0')
    return await Promise.all(
      rows.map(async ({ id }) => ({ id, ...(await openPeriodKey(file, instance, id, a as Holder, b as Holder)) })),
    )
  } finally {
    await file.close()
  }
}

/** A log of six hours, each with 600 records of a hundred people, every seventh an acknowledgement. */
async function sixHours(folder: string): Promise<{ path: string; periods: Keys; written: Sealable[] }> {
  const writer = await writerIn(folder)
  await writer.start(at(begin))
  const holders = await enrolHolders(writer, 3, at(begin))
  const written: Sealable[] = []
  for (let hours = 0; hours < 6; hours += 1) {
    const records = Array.from({ length: 600 }, (_, index) => {
      const who = people[(index * 7 + hours) % 100] as string
      const letter = nobody[(index * 3) % 100] as string
      const concerned = [['letter', letter] as const, ...(index % 50 === 0 ? [['pupil', 'pupil-1'] as const] : [])]
      return recordOf(begin + hours * hour + index * 6000, who, index % 7 ? 'letter.read' : 'letter.reply', concerned)
    })
    await writer.append(records, at(begin + hours * hour))
    written.push(...records)
  }
  await writer.close(at(begin + 6 * hour))
  const path = join(folder, 'audit.db')
  return { path, periods: await keysOf(path, holders), written }
}

const whole: Pick<Search, 'hours' | 'keep'> = {
  hours: [hourOf(begin), hourOf(begin) + 6],
  keep: { from: 0, to: Number.MAX_SAFE_INTEGER },
}
const bodies = (records: readonly Sealable[]) => records.map(record => JSON.parse(record.body))

t.test('a look-up opens what concerns its subject and little else', async t => {
  const { path, periods, written } = await sixHours(t.testdir({}))
  const progress: number[] = []
  const found = await search({ path, periods, ...whole, subjects: ['person-5'] }, done => progress.push(done))
  t.same(found.counts.scanned, 3600)
  const wanted = bodies(written).filter(body => body.a === 'person-5')
  t.same(
    found.records.map(record => record.body),
    wanted,
    'all of it, in order',
  )
  t.equal(found.counts.kept, wanted.length)
  // A bucket for who acted and one or two for what it concerns: about two in sixteen of the others.
  const others = (found.counts.opened - found.counts.kept) / (3600 - wanted.length)
  t.ok(others > 0.04 && others < 0.22, `${others} of what is not theirs was opened`)
  t.same(
    found.segments.map(segment => segment.verdict),
    Array(6).fill('intact'),
  )
  t.same(progress, [1, 2, 3, 4, 5, 6])

  const pupil = await search({ path, periods, ...whole, subjects: ['pupil-1'] })
  t.equal(pupil.records.length, 72, 'whom it concerns, as well as who acted')
  const both = await search({ path, periods, ...whole, subjects: ['person-5', 'pupil-1'] })
  t.ok(both.records.length > pupil.records.length)
  const all = await search({ path, periods, ...whole, subjects: people })
  t.same(
    all.records.map(record => record.body),
    bodies(written),
  )
  t.equal(all.counts.opened, 3600)
  const stranger = await search({ path, periods, ...whole, subjects: ['somebody else'] })
  t.same(stranger.records, [])
})

t.test('a look-up keeps to its kinds, its moments and its hours', async t => {
  const { path, periods, written } = await sixHours(t.testdir({}))
  const answers = await search({
    ...{ path, periods, ...whole, subjects: people },
    keep: { ...whole.keep, kinds: ['letter.reply'] },
  })
  t.ok(answers.records.length > 500 && answers.records.every(record => record.body.k === 'letter.reply'))

  const [from, to] = [begin + 2 * hour, begin + 2 * hour + 60_000]
  const minute = await search({ path, periods, hours: whole.hours, subjects: people, keep: { from, to } })
  t.same(
    minute.records.map(record => record.body.t),
    Array.from({ length: 10 }, (_, index) => from + index * 6000),
    'the first moment is in it, the last is not',
  )
  const third = hourOf(begin) + 2
  const narrow = await search({ path, periods, hours: [third, third], subjects: people, keep: whole.keep })
  t.equal(narrow.counts.scanned, 1800, 'one hour, and one at each side of it')
  t.same(
    narrow.segments.map(segment => segment.id),
    [2, 3, 4],
  )
  const none = await search({ path, periods, hours: [1, 2], subjects: people, keep: whole.keep })
  t.same(none, { records: [], cut: false, counts: { scanned: 0, opened: 0, kept: 0 }, segments: [] })
  const locked = await search({ path, periods: [], ...whole, subjects: people })
  t.same(
    locked.segments.map(segment => segment.verdict),
    Array(6).fill('locked'),
  )
  t.equal(locked.counts.scanned, 0)
  t.equal(written.length, 3600)
})

t.test('of more than can be kept the first ones are, whichever thread was faster', async t => {
  const { path, periods, written } = await sixHours(t.testdir({}))
  for (const most of [1, 599, 600, 1300, 3599]) {
    const found = await search({ path, periods, ...whole, subjects: people, most })
    t.same(
      found.records.map(record => record.body),
      bodies(written.slice(0, most)),
      `${most} of 3600`,
    )
    t.match(found, { cut: true, counts: { scanned: 3600, kept: most } }, 'the rest is checked nevertheless')
  }
  t.equal((await search({ path, periods, ...whole, subjects: people, most: 3600 })).cut, false)
})

/** Changes a copy of the log by hand, with every belt of the database taken off. */
async function tamper(from: string, to: string, sql: string): Promise<string> {
  cpSync(from, to, { recursive: true })
  const path = join(to, 'audit.db')
  const file = await openForWriting(path)
  const triggers = ['audit_rec_stays', 'audit_rec_remains', 'audit_segment_remains', 'audit_ledger_stays']
  const dropped = triggers.map(name => `DROP TRIGGER ${name};`).join('')
  await file.script(`PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; ${dropped} ${sql}`)
  await file.close()
  return path
}

const inThird = (change: string) => `UPDATE audit_rec SET ${change} WHERE seg = 3 AND i = 300;`
const swapped = [
  [10, 1000],
  [11, 10],
  [1000, 11],
].map(([from, to]) => `UPDATE audit_rec SET i = ${to} WHERE seg = 3 AND i = ${from};`)
const tampering: readonly (readonly [string, string, string])[] = [
  ['a byte', inThird("ct = CAST(substr(ct, 1, 20) || x'00' || substr(ct, 22) AS BLOB)"), 'changed'],
  ['who acted', inThird('ab = (ab + 1) & 15'), 'changed'],
  ['whom it concerns', inThird('ob = (ob + 1) & 65535'), 'changed'],
  ['an empty record', inThird("ct = x'00'"), 'changed'],
  ['the first one is missing', 'DELETE FROM audit_rec WHERE seg = 3 AND i = 0;', 'gap'],
  ['one in the middle is missing', 'DELETE FROM audit_rec WHERE seg = 3 AND i = 300;', 'gap'],
  ['the last ones are missing', 'DELETE FROM audit_rec WHERE seg = 3 AND i >= 598;', 'gap'],
  ['all are missing', 'DELETE FROM audit_rec WHERE seg = 3;', 'gap'],
  [
    'one twice',
    'INSERT INTO audit_rec SELECT seg, 600, ab, ob, ct FROM audit_rec WHERE seg = 3 AND i = 599;',
    'changed',
  ],
  ['two have changed places', swapped.join(''), 'changed'],
  [
    'the key of another segment',
    'UPDATE audit_segment SET (enc, sealed) = (SELECT enc, sealed FROM audit_segment WHERE id = 4) WHERE id = 3;',
    'changed',
  ],
  ['another hour', 'UPDATE audit_segment SET hour = hour + 1 WHERE id = 3;', 'changed'],
  ['another end', 'UPDATE audit_segment SET head = zeroblob(32) WHERE id = 3;', 'changed'],
  ['another number', 'UPDATE audit_segment SET n = n - 1 WHERE id = 3;', 'gap'],
  ['another line of the ledger', 'UPDATE audit_segment SET closed_idx = closed_idx + 1 WHERE id = 3;', 'changed'],
  ['no line of the ledger', 'UPDATE audit_segment SET closed_idx = 9999 WHERE id = 3;', 'gap'],
]

t.test('a segment that is not what was sealed has its verdict', async t => {
  const origin = t.testdir({ log: {} })
  const { periods } = await sixHours(join(origin, 'log'))
  const keys = new Map(periods.map(({ id, ...pair }) => [id, pair]))
  for (const [what, sql, verdict] of tampering) {
    const path = await tamper(join(origin, 'log'), join(origin, what), sql)
    const file = await openForReading(path)
    const instance = await instanceOf(file)
    const read = async (mask: number) => {
      const verdicts: string[] = []
      for (let seg = 1; seg <= 6; seg += 1)
        verdicts.push(await readSegment(file, instance, keys, seg, { mask: () => mask, take: () => undefined }))
      return verdicts.join(' ')
    }
    t.equal(await read(0xffff), `intact intact ${verdict} intact intact intact`, what)
    t.match(await read(0), /^intact intact (gap|changed) intact intact intact$/, 'also where no record is opened')
    await t.rejects(readRecords(file, keys), { message: `Segment 3 cannot be read: ${verdict}` })
    await file.close()
  }
})

t.test('what is broken does not keep a look-up from the rest', async t => {
  const origin = t.testdir({ log: {} })
  const { periods } = await sixHours(join(origin, 'log'))
  const path = await tamper(
    join(origin, 'log'),
    join(origin, 'copy'),
    `${inThird('ab = (ab + 1) & 15')} UPDATE audit_segment SET hour = 1 WHERE id = 4;
     DELETE FROM audit_rec WHERE seg = 5; DELETE FROM audit_segment WHERE id = 5;
     DROP INDEX IF EXISTS audit_ledger_case; UPDATE audit_ledger SET body = 'x' WHERE idx = 3;`,
  )
  const found = await search({ path, periods, ...whole, subjects: people })
  t.same(
    found.segments.map(segment => segment.verdict),
    ['intact', 'intact', 'changed', 'changed', 'gap', 'intact'],
    'also those that only the ledger knows of, or places in these hours',
  )
  t.equal(found.counts.kept, 3 * 600 + 300, 'what lies before the change is genuine')
})

t.test('a segment that is being written is read as far as it goes, one that a crash left open to its end', async t => {
  const folder = t.testdir({})
  const path = join(folder, 'audit.db')
  const writer = await writerIn(folder)
  await writer.start(at(begin))
  const holders = await enrolHolders(writer, 3, at(begin))
  const one = (second: number) => recordOf(begin + second * 1000, 'anna', 'letter.read', [['letter', 'l1']])
  await writer.append([one(0), one(1)], at(begin))
  const periods = await keysOf(path, holders)
  const found = await search({ path, periods, ...whole, subjects: ['anna'] })
  t.same(found.segments, [{ id: 1, verdict: 'open' }])
  t.equal(found.records.length, 2)
  // Nobody closes the first writer: it is dropped as in a crash.
  const second = await writerIn(folder)
  await second.append([one(2)], at(begin + 1000))
  await second.close(at(begin + 2000))
  const after = await search({ path, periods, ...whole, subjects: ['anna'] })
  t.same(
    after.segments.map(segment => segment.verdict),
    ['intact', 'intact'],
  )
  t.equal(after.records.length, 3)
  const file = await openForReading(path)
  const records = await readRecords(file, new Map(periods.map(({ id, ...pair }) => [id, pair])))
  t.same(
    records.map(({ seg, i }) => [seg, i]),
    [
      [1, 0],
      [1, 1],
      [2, 0],
    ],
  )
  await file.close()
  await writer.close(at(begin)).catch(() => undefined)
})

t.test('the thread that serves pages is not kept busy by a look-up', async t => {
  const { path, periods } = await sixHours(t.testdir({}))
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  for (let turn = 0; turn < 3; turn += 1) await search({ path, periods, ...whole, subjects: people })
  delay.disable()
  t.ok(delay.percentile(99) / 1e6 < 50, `99 of a hundred times it waits less than ${delay.percentile(99) / 1e6} ms`)
})

t.test('a look-up in a file that is none fails, with its threads', async t => {
  const { path, periods } = await sixHours(t.testdir({}))
  await t.rejects(search({ path: `${path}-elsewhere`, periods, ...whole, subjects: people }))
  const wrong = periods.map(period => ({ ...period, privateKey: Buffer.alloc(32, 7) }))
  const found = await search({ path, periods: wrong, ...whole, subjects: people })
  t.ok(
    found.segments.every(segment => segment.verdict === 'changed'),
    'a wrong key opens nothing',
  )
})
