import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { schoolClock } from '../clock.ts'
import { verifyFolder } from '../test/audit.ts'
import { folderFor } from '../test/folder.ts'
import { connect } from '../test/sqlite.ts'
import { type AuditEntry, type AuditLog, AuditRefused, openAuditLog } from './log.ts'

const monday = Date.parse('2025-11-24T08:00:00Z')
const entry = (found: number): AuditEntry => ({
  action: 'roll.search',
  actor: null,
  session: null,
  address: null,
  concerns: [],
  outcome: 'ok',
  details: { found },
})

/** A log in a folder of its own, with a clock that the test sets; `again` closes it and opens it anew. */
async function openLog(t: Test) {
  const folder = folderFor(t)
  const time = { now: monday, steady: 0, trusted: false }
  const clock = {
    ...schoolClock('Europe/Berlin', () => time.now),
    steady: () => time.steady,
    trusted: () => time.trusted,
  }
  const key = generateKeyPairSync('ed25519').privateKey
  const software = { version: '1.0.0', tree: '0'.repeat(64) }
  const open = () =>
    openAuditLog({ folder, clock, key, host: 'portal.example', retentionDays: 90, reasonGiven: false, software })
  const held: { log: AuditLog | null } = { log: await open() }
  t.teardown(() => held.log?.close())
  const reader = await connect(t, join(folder, 'audit.db'))
  return {
    folder,
    time,
    get log() {
      if (!held.log) throw new Error('The log is closed')
      return held.log
    },
    async close() {
      const { log } = held
      held.log = null
      await log?.close()
    },
    async again() {
      await held.log?.close()
      held.log = null
      held.log = await open()
    },
    all: reader.all,
    records: async () => Number((await reader.all('SELECT count(*) AS n FROM audit_rec'))[0]?.n),
    ledger: async () => (await reader.all('SELECT body FROM audit_ledger ORDER BY idx')).map(row => kindOf(row.body)),
  }
}
const kindOf = (body: unknown) => (JSON.parse(String(body)) as { k: string }).k

/** How many transactions stand in a write-ahead log: the frames that end one say how large the database is then (SQLite file format, 4.1). */
function commits(wal: Buffer): number {
  const page = wal.readUInt32BE(8)
  let count = 0
  for (let at = 32; at + 24 <= wal.length; at += 24 + page)
    if (wal.readUInt32BE(at + 4) > 0 && wal.subarray(at + 8, at + 16).equals(wal.subarray(16, 24))) count += 1
  return count
}

t.test('an entry is in the file when append resolves, and what waits together is written together', async t => {
  const held = await openLog(t)
  await held.log.append(entry(0))
  t.equal(await held.records(), 1)
  await held.all('PRAGMA wal_checkpoint(TRUNCATE)')
  let least = 1
  await Promise.all(
    Array.from({ length: 500 }, async (_, number) => {
      await held.log.append(entry(number))
      least += 1
      if (number % 50 === 0) t.ok((await held.records()) >= least, 'whoever has an answer is in the file')
    }),
  )
  t.equal(await held.records(), 501)
  const transactions = commits(readFileSync(join(held.folder, 'audit.db-wal')))
  t.ok(transactions >= 2 && transactions <= 10, `500 entries took ${transactions} transactions`)
})

t.test('the log goes on after a restart, in a new segment, and is whole', async t => {
  const held = await openLog(t)
  for (let number = 0; number < 3; number++) await held.log.append(entry(number))
  await Promise.all(Array.from({ length: 1500 }, (_, number) => held.log.append(entry(number))))
  await held.again()
  await held.log.append(entry(1503))
  t.same(await held.all('SELECT id, n, state FROM audit_segment'), [
    { id: 1, n: 1503, state: 'closed' },
    { id: 2, n: 1, state: 'open' },
  ])
  const vv = await verifyFolder(held.folder)
  t.comment(JSON.stringify(vv))
  t.match(vv, { status: 0 })
  await held.close()
  t.match(await verifyFolder(held.folder), { status: 0 })
})

t.test('what concerns more than one record can name is kept in several', async t => {
  const held = await openLog(t)
  const concerns = Array.from({ length: 64 }, (_, number) => ['pupil', `k3fq9t2m5n8p${1000 + number}`] as const)
  await held.log.append({ ...entry(0), action: 'roll.show', details: {}, concerns, address: 'fd12:3456:789a::1' })
  t.equal(await held.records(), 2)
  await t.rejects(held.log.append({ ...entry(0), details: { found: Number.NaN } }))
  await t.rejects(held.log.append({ ...entry(0), details: { name: 'Ada' } }), /no detail name/, 'text does not get in')
})

t.test('lengths tell four sizes apart and no more', async t => {
  const held = await openLog(t)
  for (let count = 0; count <= 40; count++)
    await held.log.append({
      ...entry(0),
      action: 'roll.show',
      details: {},
      concerns: Array.from({ length: count }, () => ['pupil', 'k3fq9t2m5n8p1000'] as const),
    })
  const lengths = await held.all('SELECT DISTINCT length(ct) - 16 AS length FROM audit_rec ORDER BY 1')
  t.same(
    lengths.map(row => row.length),
    [192, 448, 960, 1984],
  )
})

t.test('records, ledger and checkpoints cannot be changed or deleted, not even by the log itself', async t => {
  const held = await openLog(t)
  await held.log.append(entry(0))
  for (const sql of [
    'UPDATE audit_rec SET ab = 1',
    'DELETE FROM audit_rec',
    "UPDATE audit_ledger SET body = ''",
    'DELETE FROM audit_ledger',
    'DELETE FROM audit_checkpoint',
    'DELETE FROM audit_segment',
    "INSERT OR REPLACE INTO audit_ledger SELECT 0, 'x', leaf FROM audit_ledger LIMIT 1",
  ])
    await t.rejects(held.all(sql), /append only|not pruned/, sql)
})

t.test('while the file cannot be written entries are refused within seconds, and afterwards it goes on', async t => {
  const held = await openLog(t)
  await held.log.append(entry(0))
  await held.all('BEGIN IMMEDIATE')
  const started = performance.now()
  const refused = await Promise.allSettled(Array.from({ length: 600 }, (_, n) => held.log.append(entry(n + 1))))
  t.ok(refused.every(result => result.status === 'rejected' && /audit log/.test(String(result.reason))))
  t.ok(performance.now() - started < 5000)
  await held.all('ROLLBACK')
  await held.log.append(entry(1000))
  await Promise.all([1, 2, 3].map(number => held.log.append(entry(2000 + number))))
  t.ok((await held.ledger()).includes('segment_recovered'), 'in a new segment: no key is used twice')
  t.match(await verifyFolder(held.folder), { status: 0 })
})

t.test('each hour has its segment, and a quiet hour its line in the ledger', async t => {
  const held = await openLog(t)
  await held.log.append(entry(0))
  const before = (await held.ledger()).length
  for (let hours = 1; hours <= 3; hours++) {
    held.time.now += 3_600_000
    held.time.steady += 3_600_000
    await held.log.tick()
    await held.log.tick()
  }
  t.same((await held.ledger()).slice(before), ['segment_closed', 'heartbeat', 'heartbeat'])
  t.equal((await held.all('SELECT count(*) AS n FROM audit_checkpoint'))[0]?.n, held.log.standing.size - 2)
})

t.test('L20: when the clock is set, the ledger says so, and nothing old is deleted until it is confirmed', async t => {
  const held = await openLog(t)
  await held.log.append(entry(0))
  held.time.now += 100 * 86_400_000
  await held.log.tick()
  t.equal(held.log.standing.doubt, 'ahead')
  await held.log.append(entry(1))
  t.match(await held.log.prune(null), { records: 0, refused: 'clock' })
  held.time.trusted = true
  await held.log.tick()
  t.equal(held.log.standing.doubt, 'none', 'the network vouches for the time')
  t.match(await held.log.prune(1), { records: 1, refused: null })
  t.equal(await held.records(), 1)
  held.time.trusted = false
  held.time.now -= 86_400_000
  await held.log.tick()
  t.equal(held.log.standing.doubt, 'behind')
  await held.log.note('clock_confirmed', { by: 'admin' })
  t.equal(held.log.standing.doubt, 'none')
  held.time.now += 60_000
  held.time.steady += 30_000
  await held.log.tick()
  t.match((await held.ledger()).at(-1), 'clock_step', 'a minute is on record, and no reason to doubt')
  t.equal(held.log.standing.doubt, 'none')
  t.match(await verifyFolder(held.folder), { status: 0 })
})

t.test('an entry that fits nowhere is refused alone, and the others of its batch are kept', async t => {
  const held = await openLog(t)
  const long = { ...entry(1), session: 'x'.repeat(3000) }
  const [one, two, three] = await Promise.allSettled([entry(0), long, entry(2)].map(each => held.log.append(each)))
  t.match([one?.status, two?.status, three?.status], ['fulfilled', 'rejected', 'fulfilled'])
  t.match(two, { reason: { name: 'RangeError' } })
  t.equal(await held.records(), 2)
})

t.test('a clock that shows less than 1970 is doubtful, and what happens is recorded', async t => {
  const held = await openLog(t)
  await held.log.append(entry(0))
  held.time.now = -86_400_000
  await held.log.tick()
  t.equal(held.log.standing.doubt, 'behind')
  await held.log.append(entry(1))
  await held.again()
  await held.log.append(entry(2))
  t.equal(await held.records(), 3)
  await held.close()
  t.match(await verifyFolder(held.folder), { status: 0 })
})

t.test('a step of the clock that could not be noted is noted at the next look', async t => {
  const held = await openLog(t)
  await held.log.append(entry(0))
  await held.all('BEGIN IMMEDIATE')
  held.time.now += 600_000
  await t.rejects(held.log.tick())
  await held.all('ROLLBACK')
  await held.log.tick()
  t.ok((await held.ledger()).includes('clock_step'))
})

t.test('a stop in the middle of deleting ends it; what is left is deleted later', async t => {
  const held = await openLog(t)
  for (let hour = 0; hour < 60; hour += 1) {
    held.time.now += 3_600_000
    held.time.steady += 3_600_000
    await held.log.append(entry(hour))
  }
  held.time.now += 100 * 86_400_000
  held.time.steady += 100 * 86_400_000
  held.time.trusted = true
  await held.log.append(entry(60))
  await held.log.tick()
  const pruning = held.log.prune(60)
  await new Promise(done => setTimeout(done, 10))
  await held.close()
  const { segments, records } = await pruning
  t.equal(segments, records)
  t.ok(segments < 60, `${segments} were gone at the stop`)
  t.equal(await held.records(), 61 - segments)
  t.match(await verifyFolder(held.folder), { status: 0 })
})

const swallowing = 'CREATE TRIGGER swallow BEFORE INSERT ON audit_rec BEGIN SELECT RAISE(IGNORE); END'

t.test('a file with a trigger of somebody else’s, or without one of ours, is not written to', async t => {
  for (const [change, sentence] of [
    [swallowing, /nicht von Pforte stammt: trigger swallow/],
    ['CREATE TABLE other (x)', /nicht von Pforte stammt: table other/],
    ['DROP TRIGGER audit_rec_stays', /fehlt etwas: trigger audit_rec_stays/],
  ] as const) {
    const held = await openLog(t)
    await held.log.append(entry(0))
    await held.all(change)
    const error = await held.again().catch(error => error)
    t.ok(error instanceof AuditRefused, String(error))
    t.match(error, { message: sentence })
  }
})

t.test('what a trigger swallows while the log is open is not acknowledged', async t => {
  const held = await openLog(t)
  await held.log.append(entry(0))
  await held.all(swallowing)
  await t.rejects(held.log.append(entry(1)))
  await held.all('DROP TRIGGER swallow')
  await held.log.append(entry(2))
  t.equal(await held.records(), 2)
})
