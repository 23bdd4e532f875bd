import knexPackage, { type Knex } from 'knex'
import { ReadingClient, WritingClient } from './dialect.ts'
import type { Tables } from './tables.ts'

const knex = knexPackage.default ?? knexPackage

export type Table = keyof Tables
export type Rows<T extends Table> = Knex.QueryBuilder<Tables[T], Tables[T][]>

/** `synchronous=2` is FULL: with NORMAL a power cut loses acknowledged commits. `busy_timeout` in milliseconds. */
const pragmas = {
  journal_mode: 'wal',
  synchronous: 2,
  foreign_keys: 1,
  busy_timeout: 5000,
  trusted_schema: 0,
} as const

export interface Database {
  /** Readers, opened read-only. Only people/, storage/ and the command line hold this; features get a Viewer. */
  readonly reader: Knex
  /** The one writing connection. Only `change()` uses it. */
  readonly writer: Knex
  readonly file: string
  close(): Promise<void>
}

interface RawConnection {
  all(sql: string, done: (error: Error | null, rows: Record<string, unknown>[]) => void): void
}

function ask(connection: RawConnection, sql: string): Promise<Record<string, unknown>[]> {
  return new Promise((resolve, reject) => connection.all(sql, (error, rows) => (error ? reject(error) : resolve(rows))))
}

async function setPragmas(connection: RawConnection): Promise<void> {
  for (const [name, wanted] of Object.entries(pragmas)) {
    await ask(connection, `PRAGMA ${name} = ${wanted}`)
    const [row] = await ask(connection, `PRAGMA ${name}`)
    const found = Object.values(row ?? {})[0]
    if (found !== wanted) throw new Error(`SQLite keeps ${name} = ${found} where ${wanted} is needed; not starting`)
  }
}

function door(client: typeof Knex.Client, file: string, connections: number): Knex {
  return knex({
    client,
    connection: { filename: file },
    useNullAsDefault: true,
    acquireConnectionTimeout: 10_000,
    pool: {
      min: connections,
      max: connections,
      idleTimeoutMillis: 2 ** 31 - 1,
      afterCreate(connection: RawConnection, done: (error: Error | null, connection: RawConnection) => void) {
        setPragmas(connection).then(
          () => done(null, connection),
          (error: Error) => done(error, connection),
        )
      },
    },
  })
}

/**
 * Opens both doors on a database file: four read-only connections, and one that writes.
 *
 * Every connection sets its pragmas and reads them back; one that differs refuses to open.
 */
export async function openDatabase(file: string): Promise<Database> {
  const writer = door(WritingClient as unknown as typeof Knex.Client, file, 1)
  try {
    await writer.raw('SELECT 1')
  } catch (error) {
    await writer.destroy()
    throw error
  }
  const reader = door(ReadingClient as unknown as typeof Knex.Client, file, 4)
  return {
    reader,
    writer,
    file,
    async close() {
      await reader.destroy()
      await writer.destroy()
    },
  }
}
