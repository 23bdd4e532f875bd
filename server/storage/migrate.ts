import { renameSync, rmSync } from 'node:fs'
import type { Database } from './database.ts'
import { type Migration, migrations } from './migrations/index.ts'

/** Said to the operator in one sentence; never a stack trace. */
export class SchemaRefused extends Error {}

const wanted = migrations.length

async function version(database: Database): Promise<number> {
  const [row] = await database.writer.raw<{ user_version: number }[]>('PRAGMA user_version')
  return row?.user_version ?? 0
}

/** Refuses a schema that is older or newer than this program. */
export async function requireCurrentSchema(database: Database): Promise<void> {
  const found = await version(database)
  if (found > wanted)
    throw new SchemaRefused(
      `Die Daten gehören zu einer neueren Pforte (Schema ${found}, dieses Programm kennt ${wanted}). Bitte die neuere Version starten.`,
    )
  if (found < wanted)
    throw new SchemaRefused(
      `Die Daten gehören zu einer älteren Pforte (Schema ${found}, gebraucht wird ${wanted}). Bitte zuerst: scripts/pforte migrate`,
    )
}

/**
 * Brings the schema up to date, one transaction a step, and says which steps ran.
 *
 * Data that is already there is copied beside the file first (`pforte.db.before-<version>`).
 */
export async function migrate(database: Database, steps: readonly Migration[] = migrations): Promise<string[]> {
  const from = await version(database)
  if (from > steps.length) await requireCurrentSchema(database)
  if (from > 0 && from < steps.length) await copyBefore(database, from)
  const ran: string[] = []
  for (const [index, migration] of steps.entries()) {
    if (index < from) continue
    await database.writer.transaction(async transaction => {
      for (const statement of statements(migration.sql)) await transaction.raw(statement)
      await transaction.raw(`PRAGMA user_version = ${index + 1}`)
    })
    ran.push(migration.name)
  }
  return ran
}

/** The copy gets its name only once it is whole: one that a power cut left half is never taken for good. */
async function copyBefore(database: Database, from: number): Promise<void> {
  const copy = `${database.file}.before-${String(from).padStart(3, '0')}`
  rmSync(`${copy}.part`, { force: true })
  await database.writer.raw('VACUUM INTO ?', [`${copy}.part`])
  renameSync(`${copy}.part`, copy)
}

/** Splits at the semicolons that end a statement; those inside a trigger's BEGIN … END belong to it. */
function statements(sql: string): string[] {
  const found: string[] = []
  let rest = sql.replace(/^\s*--.*$/gm, '')
  while (rest.trim() !== '') {
    const trigger = /^\s*CREATE TRIGGER\b/.test(rest)
    const end = trigger ? rest.search(/END;/) + 4 : rest.indexOf(';') + 1
    if (end < 1) throw new Error(`A migration ends in the middle of a statement: ${rest.trim().slice(0, 60)}`)
    found.push(rest.slice(0, end).trim())
    rest = rest.slice(end)
  }
  return found
}
