import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t, { type Test } from 'tap'
import { ToldLog } from '../test/told-log.ts'
import { openForWriting } from './file.ts'
import { schemaRows } from './formats/schema.ts'
import { bringTo } from './test/small-case.ts'

/** The tables as the first version made them. */
const firstSchema = readFileSync(join(import.meta.dirname, 'test/first-schema.sql'), 'utf8')

/** A log as the first version left it: three auditors, records, a month that is over. */
async function firstLog(t: Test): Promise<ToldLog> {
  const log = new ToldLog(t.testdir(), '2026-11-10T07:00:00Z')
  await log.enrol()
  await log.append(7)
  await log.pass(24 * 30)
  await log.append(2)
  await log.pass(1)
  await log.backUp('now.db')
  const first = join(log.folder, 'first.db')
  const database = new DatabaseSync(first)
  database.exec('PRAGMA journal_mode = WAL')
  database.exec(firstSchema)
  database.exec(`PRAGMA foreign_keys = OFF; ATTACH '${join(log.folder, 'now.db')}' AS now`)
  for (const { name } of database.prepare("SELECT name FROM main.sqlite_schema WHERE type = 'table'").all())
    database.exec(`INSERT INTO main.${name} SELECT * FROM now.${name}`)
  database.close()
  await log.restore('first.db')
  return log
}

const linesOf = (path: string) => {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    return database
      .prepare(schemaRows)
      .all()
      .map(row => String(row.line))
  } finally {
    database.close()
  }
}

t.test('a file of the first version is brought up to date in its place, and is the same as a new one', async t => {
  const log = await firstLog(t)
  t.match(log.verify(), { whole: false, where: /Fassung/ }, 'the verifier speaks of what it knows')
  t.notMatch(linesOf(log.path).join('\n'), /audit_case/)
  const writer = await log.writer()
  await log.append(3)
  await bringTo('notify', writer, log.moment)
  await writer.appoint({ step: 'revoke', auditor: 3 }, log.moment)
  await log.close()
  t.match(log.verify(), { whole: true, records: 12 })
  const fresh = join(log.folder, 'fresh.db')
  await (await openForWriting(fresh)).close()
  t.same(linesOf(log.path), linesOf(fresh), 'byte for byte')
  const [sql] = log.look(database =>
    database
      .prepare("SELECT sql FROM sqlite_schema WHERE name = 'audit_share'")
      .all()
      .map(row => String(row.sql)),
  )
  t.match(sql, 'auditor_id INTEGER NOT NULL REFERENCES audit_auditor,')
  await (await openForWriting(log.path)).close()
})

t.test('where that cannot be done to the end, nothing of it was done', async t => {
  const log = await firstLog(t)
  const before = linesOf(log.path)
  const database = new DatabaseSync(log.path)
  database.exec('CREATE TABLE audit_report_key (other)')
  database.close()
  await t.rejects(openForWriting(log.path), /already exists/)
  t.same(
    linesOf(log.path).filter(line => !line.includes('audit_report_key')),
    before,
  )
  copyFileSync(join(log.folder, 'first.db'), log.path)
  await log.append(1)
  await log.close()
  t.match(log.verify(), { whole: true, records: 10 })
})

t.test('L5: no threshold but two, no number of shares that lets one person open, whatever sets it', async t => {
  const log = new ToldLog(t.testdir(), '2026-11-10T07:00:00Z')
  await log.enrol()
  await log.append(1)
  await log.close()
  const database = new DatabaseSync(log.path)
  for (const [column, values] of Object.entries({ t: [0, 1, 3, -2, 2.5, null, '2x'], n: [1, 2, 8, -3, null, 'three'] }))
    for (const value of values) {
      const set = database.prepare(`UPDATE audit_period SET ${column} = ?`)
      t.throws(() => set.run(value), /CHECK|NOT NULL|cannot store/, `${column} = ${value}`)
    }
  database.exec('PRAGMA ignore_check_constraints = ON')
  database.exec('UPDATE audit_period SET t = 1')
  database.close()
  t.match(log.verify(), { whole: false, where: /Zeitraum \d ist anders/ }, 'who switches the check off is found')

  const weaker = new DatabaseSync(log.path)
  const { sql } = weaker.prepare("SELECT sql FROM sqlite_schema WHERE name = 'audit_period'").get() ?? {}
  weaker.enableDefensive(false)
  weaker.exec('PRAGMA writable_schema = ON')
  weaker
    .prepare("UPDATE sqlite_schema SET sql = ? WHERE name = 'audit_period'")
    .run(String(sql).replace('CHECK (t = 2)', 'CHECK (t > 0)'))
  weaker.close()
  await t.rejects(openForWriting(log.path), { name: 'SchemaForeign' }, 'a file whose check is weaker is not opened')
})

t.test('L6: an account or a person with the name of an auditor who left is another auditor', async t => {
  const log = new ToldLog(t.testdir(), '2026-11-10T07:00:00Z')
  await log.enrol(4)
  await (await log.writer()).appoint({ step: 'revoke', auditor: 2 }, log.moment)
  await log.close()
  const database = new DatabaseSync(log.path)
  const again = (id: number, of: number) =>
    database.exec(`INSERT INTO audit_auditor SELECT ${id}, account_id, person, office, trained_on, pub, wrapped, nonce, salt,
      kdf, 'active', enrolled_idx, NULL FROM audit_auditor WHERE id = ${of}`)
  t.throws(() => again(5, 1), /UNIQUE/, 'nobody twice at the same time')
  again(5, 2)
  t.throws(() => database.exec("UPDATE audit_auditor SET state = 'active' WHERE id = 2"), /CHECK|UNIQUE/)
  database.close()
  t.match(log.verify(), { whole: false, where: /Prüfende Person 5/ }, 'the number comes from the ledger alone')
})
