import sqlite3 from 'sqlite3'
import type { Test } from 'tap'

/** A second connection to a database file, as an intruder, an administrator or another program would have it. */
export interface Connection {
  all(sql: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>
  close(): Promise<void>
}

/** Opens one until the test ends. */
export function connect(t: Test, file: string): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(file, error => {
      if (error) return reject(error)
      let open = true
      const connection: Connection = {
        all: (sql, values = []) =>
          new Promise((done, failed) =>
            database.all<Record<string, unknown>>(sql, values, (problem, rows) =>
              problem ? failed(problem) : done(rows),
            ),
          ),
        close: () =>
          new Promise((done, failed) => {
            if (!open) return done()
            open = false
            database.close(problem => (problem ? failed(problem) : done()))
          }),
      }
      t.teardown(() => connection.close())
      resolve(connection)
    })
  })
}
