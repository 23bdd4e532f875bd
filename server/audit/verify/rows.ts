import type { DatabaseSync } from 'node:sqlite'

/** The log is not whole. The message is a German sentence that names the place. */
export class NotWhole extends Error {}

export function broken(where: string): never {
  throw new NotWhole(where)
}

/** The version of the tables below. */
const version = 1

/** Every table with every column; what is not among them must not be in the file. */
const tables = {
  audit_instance: { id: 'BLOB', gen: 'INTEGER', name: 'TEXT', created_at: 'INTEGER' },
  audit_auditor: {
    id: 'INTEGER',
    account_id: 'TEXT',
    person: 'TEXT',
    office: 'TEXT',
    trained_on: 'TEXT',
    pub: 'BLOB',
    wrapped: 'BLOB',
    nonce: 'BLOB',
    salt: 'BLOB',
    kdf: 'TEXT',
    state: 'TEXT',
    enrolled_idx: 'INTEGER',
    revoked_idx: 'INTEGER?',
  },
  audit_period: {
    id: 'INTEGER',
    month: 'TEXT',
    pk: 'BLOB',
    suite: 'TEXT',
    t: 'INTEGER',
    n: 'INTEGER',
    opened_idx: 'INTEGER',
    shredded_idx: 'INTEGER?',
  },
  audit_share: {
    period_id: 'INTEGER',
    gen: 'INTEGER',
    auditor_id: 'INTEGER',
    share_no: 'INTEGER',
    enc: 'BLOB',
    sealed: 'BLOB',
  },
  audit_segment: {
    id: 'INTEGER',
    period_id: 'INTEGER',
    hour: 'INTEGER',
    suite: 'TEXT',
    enc: 'BLOB?',
    sealed: 'BLOB?',
    n: 'INTEGER',
    head: 'BLOB',
    state: 'TEXT',
    closed_idx: 'INTEGER?',
  },
  audit_rec: { seg: 'INTEGER', i: 'INTEGER', ab: 'INTEGER', ob: 'INTEGER', ct: 'BLOB' },
  audit_ledger: { idx: 'INTEGER', body: 'TEXT', leaf: 'BLOB' },
  audit_checkpoint: { size: 'INTEGER', note: 'TEXT' },
  audit_hold: { case_id: 'INTEGER', hour_from: 'INTEGER', hour_to: 'INTEGER', until: 'INTEGER' },
} as const

type Cell<Kind> = Kind extends `${infer Sure}?`
  ? Cell<Sure> | null
  : Kind extends 'INTEGER'
    ? number
    : Kind extends 'TEXT'
      ? string
      : Buffer
export type Table = keyof typeof tables
export type Row<Name extends Table> = {
  readonly [Column in keyof (typeof tables)[Name]]: Cell<(typeof tables)[Name][Column]>
}

/** The file has exactly these tables, and they hold only what their columns say. */
export function checkTables(database: DatabaseSync): void {
  if (database.prepare('PRAGMA user_version').get()?.user_version !== version)
    broken('Diese Fassung der Datei kennt die Prüfung nicht')
  const found = database
    .prepare(
      `SELECT of.name || CASE of.strict WHEN 1 THEN '.' ELSE ' (nicht streng).' END || col.name || ' ' || col.type AS line
       FROM pragma_table_list AS of JOIN pragma_table_xinfo(of.name) AS col
       WHERE of.schema = 'main' AND of.name NOT GLOB 'sqlite_*'`,
    )
    .all()
    .map(row => String(row.line))
  const wanted = Object.entries(tables).flatMap(([table, columns]) =>
    Object.entries(columns).map(([column, kind]) => `${table}.${column} ${kind.replace('?', '')}`),
  )
  const missing = wanted.find(line => !found.includes(line))
  if (missing) broken(`Die Spalte ${missing} fehlt`)
  const foreign = found.find(line => !wanted.includes(line))
  if (foreign) broken(`Die Spalte ${foreign} gehört nicht zum Protokoll`)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function cell(value: unknown, kind: string): number | string | Buffer | null {
  if (value === null && kind.endsWith('?')) return null
  if (kind.startsWith('INTEGER')) {
    if (Number.isSafeInteger(value)) return value as number
  } else if (value instanceof Uint8Array) {
    return kind === 'TEXT' ? utf8.decode(value) : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  }
  throw new TypeError(`not ${kind}`)
}

/**
 * The rows of a table, one at a time. Text is read as the bytes that are stored: SQLite itself would mend what is not
 * UTF-8.
 */
export function* rows<Name extends Table>(
  database: DatabaseSync,
  table: Name,
  order: string,
  which = '1',
  ...given: readonly number[]
): Generator<Row<Name>, void> {
  const columns = Object.entries(tables[table])
  const list = columns.map(([name, kind]) => (kind === 'TEXT' ? `CAST(${name} AS BLOB) AS ${name}` : name))
  const sql = `SELECT ${list} FROM ${table} WHERE ${which} ORDER BY ${order}`
  try {
    const statement = database.prepare(sql)
    statement.setReturnArrays(true)
    for (const values of statement.iterate(...given) as Iterable<unknown>) {
      const row: Record<string, unknown> = {}
      for (let at = 0; at < columns.length; at += 1) {
        const [name, kind] = columns[at] as [string, string]
        row[name] = cell((values as unknown[])[at], kind)
      }
      yield row as Row<Name>
    }
  } catch (error) {
    const { code, errcode } = error as { code?: unknown; errcode?: unknown }
    const damaged = code === 'ERR_OUT_OF_RANGE' || errcode === 11 || errcode === 26
    if (damaged || error instanceof TypeError) broken(`In ${table} steht etwas, das dort nicht stehen kann`)
    throw error
  }
}

/** That two lists of rows, each its place and then its cells, are the same. */
export function checkSame(
  found: Iterable<readonly unknown[]>,
  wanted: readonly (readonly unknown[])[],
  what: string,
): void {
  let at = 0
  for (const row of found) {
    const due = wanted[at]
    if (!due) broken(`${what} ${row[0]} ist im Hauptbuch nicht verzeichnet`)
    if (row[0] !== due[0]) broken(`${what} ${due[0]} fehlt oder steht an falscher Stelle`)
    if (row.length !== due.length || row.some((one, index) => one !== due[index]))
      broken(`${what} ${row[0]} ist anders als im Hauptbuch verzeichnet`)
    at += 1
  }
  if (wanted[at]) broken(`${what} ${wanted[at]?.[0]} fehlt`)
}
