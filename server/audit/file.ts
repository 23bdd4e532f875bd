import sqlite3 from 'sqlite3'
import { pragmas, schema, schemaVersion } from './formats/schema.ts'

export type Value = string | number | Buffer | null

/** One connection to `audit.db`. */
export interface File {
  run(sql: string, ...values: readonly Value[]): Promise<void>
  /** Several statements, without values. */
  script(sql: string): Promise<void>
  all<Row>(sql: string, ...values: readonly Value[]): Promise<Row[]>
  /** All or nothing; work that fails leaves no trace. Not to be nested. */
  atomically<T>(work: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** The file was written by a newer Pforte. */
export class SchemaTooNew extends Error {}

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
            await new Promise<void>((done, failed) =>
              statement.run(values, problem => (problem ? failed(problem) : done())),
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

/** A connection that cannot write, for pages and look-ups; it never waits for the writer. */
export const openForReading = (path: string): Promise<File> => connect(path, sqlite3.OPEN_READONLY)

/** The one connection that writes. Makes the tables in a new file; refuses to write with other settings than ours. */
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
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}
