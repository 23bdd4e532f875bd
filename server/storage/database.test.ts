import { join } from 'node:path'
import t, { type Test } from 'tap'
import { schoolClock } from '../clock.ts'
import { folderFor } from '../test/folder.ts'
import { connect } from '../test/sqlite.ts'
import { systemChange } from './change.ts'
import { openDatabase } from './database.ts'
import { migrate } from './migrate.ts'
import { migrations } from './migrations/index.ts'

const clock = schoolClock('Europe/Berlin')

async function openEmpty(t: Test) {
  const database = await openDatabase(join(folderFor(t), 'pforte.db'))
  t.teardown(() => database.close())
  await migrate(database)
  return database
}

const group = (id: string, name: string) => ({ id, kind: 'club' as const, name, leader_id: null, ended_on: null })

t.test('the reading door refuses every write, and nothing can open it', async t => {
  const { reader, file } = await openEmpty(t)
  await reader.raw('PRAGMA query_only = 0')
  await reader.raw('PRAGMA writable_schema = 1')
  const writes = [
    "INSERT INTO groups (id, kind, name) VALUES ('a', 'club', 'A')",
    'UPDATE groups SET name = 1',
    'DELETE FROM groups',
    'CREATE TABLE mine (a)',
    'DROP TABLE letters',
    'PRAGMA user_version = 999',
    'REINDEX',
  ]
  for (const sql of writes) await t.rejects(Promise.resolve(reader.raw(sql)), { code: 'SQLITE_READONLY' }, sql)
  await t.rejects(Promise.resolve(reader.raw('PRAGMA journal_mode = DELETE')), { code: 'SQLITE_BUSY' })
  const other = await connect(t, file)
  t.match(await other.all('PRAGMA user_version'), [{ user_version: migrations.length }])
  t.match(await other.all('PRAGMA journal_mode'), [{ journal_mode: 'wal' }])
  t.same(await other.all('SELECT * FROM groups'), [])
})

t.test('every connection of both doors has the pragmas that keep what was acknowledged (R2)', async t => {
  const { reader, writer } = await openEmpty(t)
  const wanted = { journal_mode: 'wal', synchronous: 2, foreign_keys: 1, timeout: 5000, trusted_schema: 0 }
  const ask = async (door: typeof reader) => {
    const found: Record<string, unknown> = {}
    for (const name of ['journal_mode', 'synchronous', 'foreign_keys', 'busy_timeout', 'trusted_schema'])
      Object.assign(found, ((await door.raw(`PRAGMA ${name}`)) as object[])[0])
    return found
  }
  t.same(await ask(writer), wanted)
  for (const found of await Promise.all(Array.from({ length: 8 }, () => ask(reader)))) t.same(found, wanted)
})

t.test('a file that cannot keep them is not opened', async t => {
  await t.rejects(openDatabase(':memory:'), /journal_mode = memory where wal is needed; not starting/)
})

t.test('a second writer waits for the first; neither fails', async t => {
  const database = await openEmpty(t)
  const other = await connect(t, database.file)
  await other.all('BEGIN IMMEDIATE')
  await other.all("INSERT INTO groups (id, kind, name) VALUES ('a', 'club', 'A')")
  let done = false
  const waiting = systemChange(database, clock, 'demo', change => change.write('groups').insert(group('b', 'B'))).then(
    () => {
      done = true
    },
  )
  for (let reads = 0; reads < 20; reads++)
    t.same(await database.reader('groups').select('id'), [], 'readers see what was committed')
  t.notOk(done)
  await other.all('COMMIT')
  await waiting
  t.same(await database.reader('groups').select('id').orderBy('id'), [{ id: 'a' }, { id: 'b' }])
})

t.test('whoever reads first and writes then holds the lock from the start, so nobody comes between', async t => {
  const database = await openEmpty(t)
  const other = await connect(t, database.file)
  await other.all('PRAGMA busy_timeout = 0')
  await systemChange(database, clock, 'demo', async change => {
    const [count] = await change.write('groups').count({ count: '*' })
    await t.rejects(other.all("INSERT INTO groups (id, kind, name) VALUES ('a', 'club', 'A')"), { code: 'SQLITE_BUSY' })
    t.equal(count?.count, 0)
    await change.write('groups').insert(group('b', 'B'))
  })
  t.same(await database.reader('groups').select('id'), [{ id: 'b' }])
})

t.test('a row that points to nothing, or has a value of another type, is refused by the data themselves', async t => {
  const database = await openEmpty(t)
  const insert = (row: object) =>
    systemChange(database, clock, 'demo', change => change.write('groups').insert({ ...group('a', 'A'), ...row }))
  await t.rejects(insert({ leader_id: 'nobody' }), /FOREIGN KEY/)
  await t.rejects(insert({ kind: 'gang' }), /CHECK/)
  await t.rejects(insert({ name: Buffer.from('blob') }), /cannot store BLOB/)
})
