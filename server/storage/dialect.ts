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
/** knex's transaction, with the parts of its inside that are used below. */
interface SqliteTransaction {
  query(connection: unknown, sql: string): Promise<unknown>
  trxClient: { query(connection: unknown, sql: string): Promise<unknown> }
  _completed: boolean
  _resolver(value: unknown): void
  _rejecter(error: unknown): void
}

const require = createRequire(import.meta.url)
const Client = require('knex/lib/dialects/sqlite3/index.js') as new (config: Knex.Config) => SqliteClient
const Transaction = require('knex/lib/dialects/sqlite3/execution/sqlite-transaction.js') as new (
  ...args: unknown[]
) => SqliteTransaction

/** Takes the write lock at once (a plain BEGIN would read first and then fail when it wants to write), and always ends. */
class ImmediateTransaction extends Transaction {
  begin(connection: unknown): Promise<unknown> {
    return this.query(connection, 'BEGIN IMMEDIATE')
  }

  /** knex would leave a transaction open whose COMMIT failed, and every later change would fail with it. */
  async commit(connection: Disposable, value: unknown): Promise<void> {
    try {
      await this.#end(connection, 'COMMIT')
    } catch (error) {
      return this.rollback(connection, error)
    }
    this._resolver(value)
  }

  /** Tells what went wrong, also where SQLite has rolled back by itself and has nothing left to roll back. */
  async rollback(connection: Disposable, error: unknown): Promise<void> {
    try {
      await this.#end(connection, 'ROLLBACK')
    } catch (another) {
      if (!/no transaction is active/.test(String(another))) connection.__knex__disposed = another
    }
    this._rejecter(error ?? new Error('Rolled back'))
  }

  #end(connection: Disposable, sql: string): Promise<unknown> {
    this._completed = false
    const ending = this.trxClient.query(connection, sql)
    this._completed = true
    return ending
  }
}

/** The pool closes a connection that carries this, and opens another. */
interface Disposable {
  __knex__disposed?: unknown
}

/** knex on SQLite for the one connection that writes. */
export class WritingClient extends Client {
  override transaction(...args: unknown[]): Knex.Transaction {
    return new ImmediateTransaction(this, ...args) as unknown as Knex.Transaction
  }
}

interface Statement {
  all(values: readonly unknown[], done: (error: Error | null, rows: unknown[]) => void): void
  finalize(done: () => void): void
}
interface PreparingConnection extends RawConnection {
  prepare(sql: string, done: (error: Error | null) => void): Statement
}
interface Query {
  readonly sql: string
  readonly bindings: readonly unknown[]
  response?: unknown[]
}
const mostPrepared = 40

/**
 * knex on SQLite for the readers: opened read-only, which no statement can undo (`query_only` can be switched off).
 *
 * Each connection keeps its statements prepared: to read and plan SQL costs more than to run it.
 */
export class ReadingClient extends Client {
  readonly #prepared = new WeakMap<PreparingConnection, Map<string, Statement>>()

  override acquireRawConnection(): Promise<RawConnection> {
    return new Promise((resolve, reject) => {
      const { Database, OPEN_READONLY } = this.driver
      const connection = new Database(this.connectionSettings.filename, OPEN_READONLY, error =>
        error ? reject(error) : resolve(connection),
      )
    })
  }

  async _query(connection: PreparingConnection, query: Query): Promise<Query> {
    const statement = await this.#prepare(connection, query.sql)
    return new Promise((resolve, reject) =>
      statement.all(query.bindings ?? [], (error, rows) => {
        if (error) return reject(error)
        query.response = rows
        resolve(query)
      }),
    )
  }

  async #prepare(connection: PreparingConnection, sql: string): Promise<Statement> {
    const known = this.#prepared.get(connection) ?? new Map<string, Statement>()
    this.#prepared.set(connection, known)
    const found = known.get(sql)
    if (found) return found
    const statement = await new Promise<Statement>((resolve, reject) => {
      const made: Statement = connection.prepare(sql, error => (error ? reject(error) : resolve(made)))
    })
    if (known.size >= mostPrepared) {
      const [oldest] = known
      if (oldest) {
        known.delete(oldest[0])
        oldest[1].finalize(() => undefined)
      }
    }
    known.set(sql, statement)
    return statement
  }

  override async destroyRawConnection(connection: PreparingConnection): Promise<void> {
    for (const statement of this.#prepared.get(connection)?.values() ?? [])
      await new Promise<void>(resolve => statement.finalize(resolve))
    await new Promise<void>((resolve, reject) => connection.close(error => (error ? reject(error) : resolve())))
  }
}
