import { createRequire } from 'node:module'
import type { Knex } from 'knex'

interface RawConnection {
  close(done: (error: Error | null) => void): void
}
interface Driver {
  OPEN_READONLY: number
  Database: new (file: string, flags: number, done: (error: Error | null) => void) => RawConnection
}
interface SqliteClient extends Knex.Client {
  driver: Driver
  connectionSettings: { filename: string }
}
interface SqliteTransaction {
  query(connection: unknown, sql: string): Promise<unknown>
}

const require = createRequire(import.meta.url)
const Client = require('knex/lib/dialects/sqlite3/index.js') as new (config: Knex.Config) => SqliteClient
const Transaction = require('knex/lib/dialects/sqlite3/execution/sqlite-transaction.js') as new (
  ...args: unknown[]
) => SqliteTransaction

/** Takes the write lock at once: a plain BEGIN would read first and then fail when it wants to write. */
class ImmediateTransaction extends Transaction {
  begin(connection: unknown): Promise<unknown> {
    return this.query(connection, 'BEGIN IMMEDIATE')
  }
}

/** knex on SQLite for the one connection that writes. */
export class WritingClient extends Client {
  override transaction(...args: unknown[]): Knex.Transaction {
    return new ImmediateTransaction(this, ...args) as unknown as Knex.Transaction
  }
}

/** knex on SQLite for the readers: opened read-only, which no statement can undo (`query_only` can be switched off). */
export class ReadingClient extends Client {
  override acquireRawConnection(): Promise<RawConnection> {
    return new Promise((resolve, reject) => {
      const { Database, OPEN_READONLY } = this.driver
      const connection = new Database(this.connectionSettings.filename, OPEN_READONLY, error =>
        error ? reject(error) : resolve(connection),
      )
    })
  }
}
