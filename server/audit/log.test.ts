import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { schoolClock } from '../clock.ts'
import { connect } from '../test/sqlite.ts'
import { type AuditEntry, openAuditLog } from './log.ts'

const clock = schoolClock('Europe/Berlin')
const entry = (number: number): AuditEntry => ({
  action: 'letter.read',
  actor: null,
  session: null,
  address: null,
  concerns: [],
  outcome: 'ok',
  details: { number },
})

async function openLog(t: Test) {
  const file = join(t.testdir(), 'audit.db')
  const log = await openAuditLog(file, clock)
  let open = true
  const close = async () => {
    if (open) await log.close()
    open = false
  }
  t.teardown(close)
  return { file, log, close }
}

/** How many transactions stand in a write-ahead log: the frames that end one say how large the database is then (SQLite file format, 4.1). */
function commits(wal: Buffer): number {
  const page = wal.readUInt32BE(8)
  let count = 0
  for (let at = 32; at + 24 <= wal.length; at += 24 + page)
    if (wal.readUInt32BE(at + 4) > 0 && wal.subarray(at + 8, at + 16).equals(wal.subarray(16, 24))) count += 1
  return count
}

t.test('entries are chained in the order in which they came, over a restart too', async t => {
  const { file, log, close } = await openLog(t)
  t.same(await log.verify(), { entries: 0, broken: null })
  for (let number = 0; number < 3; number++) await log.append(entry(number))
  await Promise.all(Array.from({ length: 1500 }, (_, number) => log.append(entry(number + 3))))
  await close()
  const again = await openAuditLog(file, clock)
  await again.append(entry(1503))
  t.same(await again.verify(), { entries: 1504, broken: null })
  const reader = await connect(t, file)
  const rows = await reader.all('SELECT number, body FROM audit_entries ORDER BY number')
  t.same(
    rows.map(row => JSON.parse(String(row.body)).d.number),
    Array.from({ length: 1504 }, (_, number) => number),
  )
  await again.close()
})

t.test('an entry is in the file when append resolves, and what waits together is written together', async t => {
  const { file, log } = await openLog(t)
  const reader = await connect(t, file)
  await log.append(entry(0))
  t.match(await reader.all('SELECT count(*) AS n FROM audit_entries'), [{ n: 1 }])
  await reader.all('PRAGMA wal_checkpoint(TRUNCATE)')
  await Promise.all(
    Array.from({ length: 500 }, async (_, number) => {
      await log.append(entry(number))
      if (number % 50 === 0)
        t.match(await reader.all('SELECT 1 AS there FROM audit_entries WHERE body ->> ? = ?', ['$.d.number', number]), [
          { there: 1 },
        ])
    }),
  )
  t.match(await reader.all('SELECT count(*) AS n FROM audit_entries'), [{ n: 501 }])
  const transactions = commits(readFileSync(`${file}-wal`))
  t.ok(transactions >= 2 && transactions <= 10, `500 entries took ${transactions} transactions`)
})

t.test('any byte that was changed afterwards is found, and so is an entry that is gone or new', async t => {
  const tampering: readonly [string, string][] = [
    [
      'a changed body',
      'UPDATE audit_entries SET body = replace(body, \'"number":7\', \'"number":8\') WHERE number = 8',
    ],
    [
      'a single digit of a hash',
      "UPDATE audit_entries SET hash = unhex(iif(hex(hash) LIKE '0%', '1', '0') || substr(hex(hash), 2)) WHERE number = 8",
    ],
    ['a missing entry', 'DELETE FROM audit_entries WHERE number = 8'],
    [
      'two entries that changed places',
      'UPDATE audit_entries SET body = (SELECT body FROM audit_entries b WHERE b.number = 17 - audit_entries.number) WHERE number IN (8, 9)',
    ],
    [
      'an entry from elsewhere',
      'INSERT INTO audit_entries SELECT number + 100, body, hash FROM audit_entries WHERE number = 8',
    ],
  ]
  for (const [name, sql] of tampering) {
    await t.test(name, async t => {
      const { file, log } = await openLog(t)
      for (let number = 0; number < 20; number++) await log.append(entry(number))
      t.same(await log.verify(), { entries: 20, broken: null })
      const intruder = await connect(t, file)
      for (const name of ['stay', 'remain', 'follow']) await intruder.all(`DROP TRIGGER audit_entries_${name}`)
      await intruder.all(sql)
      const { broken } = await log.verify()
      t.equal(broken, name === 'an entry from elsewhere' ? 21 : 8)
    })
  }
})

t.test('entries cannot be changed or deleted, not even by the log itself', async t => {
  const { file, log } = await openLog(t)
  await log.append(entry(0))
  const other = await connect(t, file)
  for (const sql of [
    "UPDATE audit_entries SET body = ''",
    'UPDATE audit_entries SET number = 9',
    'DELETE FROM audit_entries',
  ])
    await t.rejects(other.all(sql), /append only/, sql)
  await t.rejects(
    other.all("INSERT OR REPLACE INTO audit_entries SELECT number, 'x', hash FROM audit_entries"),
    /append only/,
    'nor replaced',
  )
  await t.rejects(
    other.all("INSERT INTO audit_entries SELECT 3, 'x', hash FROM audit_entries"),
    /append only/,
    'nor skipped',
  )
  t.same(await log.verify(), { entries: 1, broken: null })
})

t.test('while the file cannot be written entries are refused within seconds, and afterwards it goes on', async t => {
  const { file, log } = await openLog(t)
  await log.append(entry(0))
  const other = await connect(t, file)
  await other.all('BEGIN IMMEDIATE')
  const started = performance.now()
  const refused = await Promise.allSettled(Array.from({ length: 600 }, (_, number) => log.append(entry(number + 1))))
  t.ok(refused.every(result => result.status === 'rejected' && /audit log/.test(String(result.reason))))
  t.ok(performance.now() - started < 5000)
  await other.all('ROLLBACK')
  await log.append(entry(1000))
  const { entries, broken } = await log.verify()
  t.equal(broken, null, 'the chain has no gap')
  t.ok(entries >= 2)
  await Promise.all([1, 2, 3].map(number => log.append(entry(2000 + number))))
  t.equal((await log.verify()).broken, null)
})
