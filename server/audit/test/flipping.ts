import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { verifyContents } from '../verify.ts'

export interface Flipping {
  readonly path: string
  readonly anchor: string | null
  /** Every so many-th value, from this one on. */
  readonly step: number
  readonly first: number
  /** Every so many-th bit of a value, from the one that `seed` says on; 1 for all. */
  readonly bits: number
  readonly seed: number
}
export interface Flipped {
  /** Changes tried, by table. */
  readonly tried: Record<string, number>
  /** Where the verifier noticed nothing. */
  readonly unseen: string[]
  readonly wholeAfterwards: boolean
}

interface Value {
  readonly table: string
  readonly rowid: number | bigint
  readonly column: string
  readonly kind: string
}

/** The log in memory, without what SQLite itself would refuse: keys, checks, triggers. */
export function inMemory(path: string): DatabaseSync {
  const database = new DatabaseSync(':memory:')
  database.exec(`ATTACH '${path}' AS file`)
  for (const { name } of database.prepare("SELECT name FROM file.sqlite_schema WHERE type = 'table'").all()) {
    const columns = database.prepare('SELECT name, type FROM pragma_table_xinfo(?)').all(name ?? null)
    const list = columns.map(column => `${column.name} ${column.type}`)
    database.exec(`CREATE TABLE main.${name} (${list}) STRICT; INSERT INTO main.${name} SELECT * FROM file.${name}`)
  }
  database.exec('DETACH file; PRAGMA user_version = 2')
  return database
}

function valuesIn(database: DatabaseSync): Value[] {
  return database
    .prepare(
      `SELECT tab.name AS "table", col.name AS "column", col.type AS kind
       FROM sqlite_schema AS tab JOIN pragma_table_xinfo(tab.name) AS col WHERE tab.type = 'table'`,
    )
    .all()
    .flatMap(({ table, column, kind }) =>
      database
        .prepare(`SELECT rowid FROM ${table}`)
        .all()
        .map(({ rowid }) => ({ table, rowid, column, kind }) as Value),
    )
}

/** Everything that differs from this in a single bit; in the place of nothing, the least that could stand there. */
export function* neighbours(stored: unknown, kind: string): Generator<bigint | Uint8Array> {
  if (stored === null) yield kind === 'INTEGER' ? 0n : new Uint8Array(0)
  else if (typeof stored === 'bigint')
    for (let bit = 0n; bit < 64n; bit += 1n) yield BigInt.asIntN(64, stored ^ (1n << bit))
  else {
    const bytes = stored as Uint8Array
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Uint8Array.from(bytes)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      yield changed
    }
  }
}

function flip({ path, anchor, step, first, bits, seed }: Flipping): Flipped {
  const database = inMemory(path)
  const isWhole = () => verifyContents(database, { anchor, witnesses: [] }, null).whole
  const unseen: string[] = []
  const tried: Record<string, number> = {}
  for (const { table, rowid, column, kind } of valuesIn(database).filter((_, index) => index % step === first)) {
    const ask = database.prepare(
      `SELECT ${kind === 'TEXT' ? `CAST(${column} AS BLOB)` : column} AS value FROM ${table} WHERE rowid = ?`,
    )
    ask.setReadBigInts(true)
    const stored = ask.get(rowid)?.value ?? null
    const write = database.prepare(
      `UPDATE ${table} SET ${column} = ${kind === 'TEXT' ? 'CAST(? AS TEXT)' : '?'} WHERE rowid = ?`,
    )
    for (const [bit, value] of [...neighbours(stored, kind)].entries()) {
      if (stored !== null && (bit + seed) % bits !== 0) continue
      write.run(value, rowid)
      if (isWhole()) unseen.push(`${table}.${column} of row ${rowid}, bit ${bit}`)
      tried[table] = (tried[table] ?? 0) + 1
    }
    write.run(stored as bigint | Uint8Array | null, rowid)
  }
  return { tried, unseen, wholeAfterwards: isWhole() }
}

parentPort?.postMessage(flip(workerData as Flipping))
