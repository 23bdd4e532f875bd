import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { checkConfig } from '../config.ts'
import { startPortal } from '../main.ts'
import { settingsFor } from '../test/empty.ts'
import { folderFor } from '../test/folder.ts'
import { connect } from '../test/sqlite.ts'
import { openDatabase } from './database.ts'
import { migrate, SchemaRefused } from './migrate.ts'
import { migrations } from './migrations/index.ts'

const more = {
  name: '999_more',
  sql: "-- Words; with a semicolon?\nCREATE TABLE more (a TEXT) STRICT;\nINSERT INTO more VALUES ('Was? Ja.');\nCREATE TRIGGER more_stay BEFORE DELETE ON more BEGIN SELECT RAISE(ABORT, 'stay'); END;\n",
}
const broken = { name: '999_broken', sql: 'CREATE TABLE half (a TEXT) STRICT;\nINSERT INTO nowhere VALUES (1);\n' }

async function open(t: Test, file: string) {
  const database = await openDatabase(file)
  t.teardown(() => database.close())
  return database
}

/** The command as an operator types it. */
async function pforte(args: string[]): Promise<{ status: number | null; said: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../cli/pforte.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, said }
}

t.test('data of a newer or an older version are refused in one sentence, and nothing is touched (R10)', async t => {
  const settings = await settingsFor(t)
  const config = checkConfig(settings)
  await t.rejects(startPortal(config), {
    constructor: SchemaRefused,
    message: new RegExp(
      `älteren Pforte \\(Schema 0, gebraucht wird ${migrations.length}\\)\\. Bitte zuerst: scripts/pforte migrate$`,
    ),
  })
  const file = await connect(t, join(settings.data, 'pforte.db'))
  t.same(await file.all('SELECT * FROM sqlite_schema'), [])
  await file.all('PRAGMA user_version = 77')
  const newer = {
    constructor: SchemaRefused,
    message: `Die Daten gehören zu einer neueren Pforte (Schema 77, dieses Programm kennt ${migrations.length}). Bitte die neuere Version starten.`,
  }
  await t.rejects(startPortal(config), newer)
  await t.rejects(startPortal(config, { migrate: true }), newer, 'nor is it brought back')
  t.match(await file.all('PRAGMA user_version'), [{ user_version: 77 }])

  const toml = join(settings.data, 'pforte.toml')
  writeFileSync(
    toml,
    `data = "${settings.data}"\norigin = "${settings.origin}"\nnetworks = ["127.0.0.0/8"]\nlog_level = "error"\n[listen]\nport = ${settings.listen.port}\n`,
  )
  const { status, said } = await pforte(['serve', '--config', toml])
  t.equal(status, 2, 'the command ends, and says why')
  t.equal(said, `${newer.message}\n`)
})

t.test('data that are there are copied before they are changed, every time anew (R10)', async t => {
  const folder = folderFor(t)
  const database = await open(t, join(folder, 'pforte.db'))
  t.same(
    await migrate(database),
    migrations.map(migration => migration.name),
  )
  t.same(
    readdirSync(folder).filter(name => name.includes('before')),
    [],
    'an empty file needs no copy',
  )
  t.same(await migrate(database), [], 'a second time there is nothing to do')
  await database.writer.raw("INSERT INTO groups (id, kind, name) VALUES ('a', 'club', 'Vorher')")
  const copy = join(folder, `pforte.db.before-${String(migrations.length).padStart(3, '0')}`)
  writeFileSync(copy, 'what an interrupted copy left behind')
  writeFileSync(`${copy}.part`, 'half')
  t.same(await migrate(database, [...migrations, more]), ['999_more'])
  t.notOk(existsSync(`${copy}.part`))
  const before = await connect(t, copy)
  t.match(await before.all('PRAGMA user_version'), [{ user_version: migrations.length }])
  t.match(await before.all('SELECT name FROM groups'), [{ name: 'Vorher' }])
  t.match(await before.all('PRAGMA integrity_check'), [{ integrity_check: 'ok' }])
  t.same(await before.all("SELECT name FROM sqlite_schema WHERE name = 'more'"), [])
  t.match(await database.reader('more').select('a'), [{ a: 'Was? Ja.' }])
  await t.rejects(Promise.resolve(database.writer.raw('DELETE FROM more')), /stay/)
})

t.test('a step that fails changes nothing, and the steps before it stay (R10)', async t => {
  const database = await open(t, join(folderFor(t), 'pforte.db'))
  await t.rejects(migrate(database, [...migrations, more, broken]), /nowhere/)
  const [row] = (await database.reader.raw('PRAGMA user_version')) as { user_version: number }[]
  t.equal(row?.user_version, migrations.length + 1)
  t.same(await database.reader.raw("SELECT name FROM sqlite_schema WHERE name = 'half'"), [])
  t.same(
    await migrate(database, [...migrations, more, { name: '999_mended', sql: 'CREATE TABLE whole (a TEXT) STRICT;' }]),
    ['999_mended'],
    'the next try goes on from there',
  )
})
