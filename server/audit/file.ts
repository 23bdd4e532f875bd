import sqlite3 from 'sqlite3'
import { pragmas, schema, schemaRows, schemaVersion, upgrade } from './formats/schema.ts'

export type Value = string | number | Buffer | null

/** One connection to `audit.db`. */
export interface File {
  /** Returns how many rows it changed. */
  run(sql: string, ...values: readonly Value[]): Promise<number>
  /** Several statements, without values. */
  script(sql: string): Promise<void>
  all<Row>(sql: string, ...values: readonly Value[]): Promise<Row[]>
  /** All or nothing; work that fails leaves no trace. Not to be nested. */
  atomically<T>(work: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** The file was written by a newer Pforte. */
export class SchemaTooNew extends Error {
  // By this name it is known on the other side of the thread.
  override readonly name = 'SchemaTooNew'
}

/** The file holds more or other tables, indexes or triggers than ours: nobody knows what becomes of what is written. */
export class SchemaForeign extends Error {
  // By this name it is known on the other side of the thread.
  override readonly name = 'SchemaForeign'
}

/** Statements of every batch of records: prepared once and kept, which halves the ways to SQLite's thread and back. */
const everyBatch = /^(BEGIN|COMMIT|INSERT|UPDATE)\b/

const finalize = (statement: sqlite3.Statement): Promise<void> => new Promise(done => statement.finalize(() => done()))

function connect(path: string, mode: number): Promise<File> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(path, mode, error => {
      if (error) return reject(error)
      const statements = new Map<string, Promise<sqlite3.Statement>>()
      const prepare = (sql: string) =>
        new Promise<sqlite3.Statement>((done, failed) => {
          const statement = database.prepare(sql, problem => (problem ? failed(problem) : done(statement)))
        })
      const file: File = {
        run: async (sql, ...values) => {
          const prepared = statements.get(sql) ?? prepare(sql)
          if (everyBatch.test(sql)) statements.set(sql, prepared)
          try {
            const statement = await prepared
            return await new Promise<number>((done, failed) =>
              statement.run(values, function (problem) {
                return problem ? failed(problem) : done(this.changes)
              }),
            )
          } catch (problem) {
            // One that failed may still hold a lock.
            statements.delete(sql)
            throw problem
          } finally {
            if (!statements.has(sql)) await prepared.then(finalize, () => undefined)
          }
        },
        script: sql =>
          new Promise((done, failed) => database.exec(sql, problem => (problem ? failed(problem) : done()))),
        all: <Row>(sql: string, ...values: readonly Value[]) =>
          new Promise<Row[]>((done, failed) =>
            database.all<Row>(sql, values, (problem, rows) => (problem ? failed(problem) : done(rows))),
          ),
        async atomically(work) {
          await file.run('BEGIN IMMEDIATE')
          try {
            const result = await work()
            await file.run('COMMIT')
            return result
          } catch (problem) {
            // SQLite itself has rolled back after some errors; then there is nothing left to end.
            await file.run('ROLLBACK').catch(() => undefined)
            throw problem
          }
        },
        async close() {
          for (const prepared of statements.values()) await prepared.then(finalize, () => undefined)
          statements.clear()
          await new Promise<void>((done, failed) => database.close(problem => (problem ? failed(problem) : done())))
        },
      }
      resolve(file)
    })
  })
}

/** Writes so many rows. A trigger of somebody else's could swallow them without an error. */
export async function store(file: File, rows: number, sql: string, ...values: readonly Value[]): Promise<void> {
  const stored = await file.run(sql, ...values)
  if (stored !== rows) throw new Error(`SQLite stored ${stored} rows of ${rows}`)
}

/** Tables, indexes and triggers as they are, beside what a new file would have. */
async function refuseForeign(file: File): Promise<void> {
  const rows = async (from: File) => (await from.all<{ line: string }>(schemaRows)).map(row => row.line)
  const fresh = await connect(':memory:', sqlite3.OPEN_READWRITE | sqlite3.OPEN_CREATE)
  const wanted = await fresh
    .script(schema)
    .then(() => rows(fresh))
    .finally(() => fresh.close())
  const found = await rows(file)
  const [foreign] = found.filter((line, at) => !wanted.includes(line) || found.indexOf(line) !== at)
  const [missing] = wanted.filter(line => !found.includes(line))
  const nameOf = (line: string) => line.slice(0, line.indexOf(':'))
  if (foreign !== undefined)
    throw new SchemaForeign(`In audit.db steht etwas, das nicht von Pforte stammt: ${nameOf(foreign)}.`)
  if (missing !== undefined) throw new SchemaForeign(`In audit.db fehlt etwas: ${nameOf(missing)}.`)
}

/** Brings a file of the first version up to date, all or nothing; references to a table that is renamed keep their text. */
async function upgradeFile(file: File): Promise<void> {
  await file.script('PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON')
  await file.atomically(() => file.script(upgrade))
  await file.script(`PRAGMA legacy_alter_table = OFF; PRAGMA foreign_keys = ${pragmas.foreign_keys}`)
  const broken = await file.all('PRAGMA foreign_key_check')
  if (broken.length > 0) throw new SchemaForeign('In audit.db passt etwas nicht zusammen.')
}

/** A connection that cannot write, for pages and look-ups; it never waits for the writer. */
export const openForReading = (path: string): Promise<File> => connect(path, sqlite3.OPEN_READONLY)

/** The one connection that writes. Makes the tables in a new file; refuses to write with other settings or tables than ours. */
export async function openForWriting(path: string): Promise<File> {
  const file = await connect(path, sqlite3.OPEN_READWRITE | sqlite3.OPEN_CREATE)
  try {
    for (const [name, wanted] of Object.entries(pragmas)) {
      await file.run(`PRAGMA ${name} = ${wanted}`)
      const [row] = await file.all<Record<string, unknown>>(`PRAGMA ${name}`)
      const found = Object.values(row ?? {})[0]
      if (found !== wanted) throw new Error(`SQLite keeps ${name} = ${found} where ${wanted} is needed; not starting`)
    }
    const [row] = await file.all<{ user_version: number }>('PRAGMA user_version')
    const version = row?.user_version ?? 0
    if (version > schemaVersion)
      throw new SchemaTooNew('Das Protokoll in audit.db stammt von einer neueren Pforte. Bitte diese benutzen.')
    if (version === 0) await file.atomically(() => file.script(`DROP TABLE IF EXISTS audit_entries;\n${schema}`))
    if (version === 1) await upgradeFile(file)
    await refuseForeign(file)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}
