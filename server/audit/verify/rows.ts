import type { DatabaseSync } from 'node:sqlite'

/** The log is not whole. The message is a German sentence that names the place. */
export class NotWhole extends Error {}

export function broken(where: string): never {
  throw new NotWhole(where)
}

/** Nothing can be said about the log: something that is needed for it cannot be read. */
export class NotChecked extends Error {}

/** Every column of every table, as it is read. */
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
  audit_case: {
    id: 'INTEGER',
    no: 'TEXT',
    category: 'TEXT',
    requester: 'INTEGER',
    reviewer: 'INTEGER?',
    state: 'TEXT',
    request: 'BLOB',
    hour_from: 'INTEGER',
    hour_to: 'INTEGER',
    until: 'INTEGER',
    head: 'TEXT',
    requested_at: 'INTEGER',
    decided_at: 'INTEGER?',
    executed_at: 'INTEGER?',
    closed_at: 'INTEGER?',
    result: 'TEXT?',
    report: 'TEXT',
    export_by: 'INTEGER?',
    exported: 'INTEGER',
    extension_by: 'INTEGER?',
    told: 'TEXT?',
    deferred_until: 'INTEGER?',
  },
  audit_paper: { case_id: 'INTEGER', kind: 'TEXT', auditor_id: 'INTEGER', enc: 'BLOB', sealed: 'BLOB' },
  audit_report: { case_id: 'INTEGER', ct: 'BLOB', nonce: 'BLOB' },
  audit_report_key: { case_id: 'INTEGER', auditor_id: 'INTEGER', enc: 'BLOB', sealed: 'BLOB' },
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

/** SQLite cannot make sense of the file: `SQLITE_CORRUPT`, `SQLITE_NOTADB`. */
export function isDamage(error: unknown): boolean {
  const { errcode } = error as { errcode?: unknown }
  return typeof errcode === 'number' && [11, 26].includes(errcode & 0xff)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function cell(value: unknown, kind: string): number | string | Buffer | null {
  if (value === null && kind.endsWith('?')) return null
  if (kind.startsWith('INTEGER')) {
    if (Number.isSafeInteger(value)) return value as number
  } else if (value instanceof Uint8Array) {
    return kind.startsWith('TEXT') ? utf8.decode(value) : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
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
  const list = columns.map(([name, kind]) => (kind.startsWith('TEXT') ? `CAST(${name} AS BLOB) AS ${name}` : name))
  // An index could show other rows than the table holds.
  const sql = `SELECT ${list} FROM ${table} NOT INDEXED WHERE ${which} ORDER BY ${order}`
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
    const { code } = error as { code?: unknown }
    if (code === 'ERR_OUT_OF_RANGE' || isDamage(error) || error instanceof TypeError)
      broken(`In ${table} steht etwas, das dort nicht stehen kann`)
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
    if (!due) broken(`${what} ${row[0]} ist im Verzeichnis nicht verzeichnet`)
    if (row[0] !== due[0]) broken(`${what} ${due[0]} fehlt oder steht an falscher Stelle`)
    if (row.length !== due.length || row.some((one, index) => one !== due[index]))
      broken(`${what} ${row[0]} ist anders als im Verzeichnis verzeichnet`)
    at += 1
  }
  if (wanted[at]) broken(`${what} ${wanted[at]?.[0]} fehlt`)
}
