import { DatabaseSync } from 'node:sqlite'
import { schema, schemaRows, schemaVersion } from '../formats/schema.ts'
import { broken, isDamage } from './rows.ts'

/**
 * The file holds our tables, indexes and triggers, byte for byte, and nothing else: no view, no generated column, no
 * statistics. Each of these could show a reader other rows than are stored, or keep new ones out.
 */
export function checkSchema(database: DatabaseSync): void {
  orDamaged(() => {
    database.exec('PRAGMA trusted_schema = OFF')
    if (database.prepare('PRAGMA user_version').get()?.user_version !== schemaVersion)
      broken('Diese Fassung der Datei kennt die Prüfung nicht')
    const found = linesOf(database)
    const wanted = expected()
    const foreign = found.find((line, at) => !wanted.includes(line) || found.indexOf(line) !== at)
    if (foreign !== undefined) broken(`In audit.db steht etwas, das nicht zum Protokoll gehört: ${nameOf(foreign)}`)
    const missing = wanted.find(line => !found.includes(line))
    if (missing !== undefined) broken(`In audit.db fehlt etwas: ${nameOf(missing)}`)
  })
}

/** Pages, tables and indexes agree with each other: look-ups read through the indexes, this check does not. */
export function checkIntegrity(database: DatabaseSync): void {
  orDamaged(() => {
    const [row] = database.prepare('PRAGMA integrity_check(1)').all()
    if (row?.integrity_check !== 'ok') broken('Die Datei audit.db widerspricht sich selbst')
  })
}

const linesOf = (database: DatabaseSync): string[] =>
  database
    .prepare(schemaRows)
    .all()
    .map(row => String(row.line))

function expected(): string[] {
  const fresh = new DatabaseSync(':memory:')
  try {
    fresh.exec(schema)
    return linesOf(fresh)
  } finally {
    fresh.close()
  }
}

const nameOf = (line: string): string =>
  line
    .slice(0, line.indexOf(':'))
    .replaceAll(/[^ -~]/g, '?')
    .slice(0, 120)

function orDamaged(look: () => void): void {
  try {
    look()
  } catch (error) {
    if (isDamage(error)) broken('Die Datei audit.db ist beschädigt')
    throw error
  }
}
