import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sqlite3 from 'sqlite3'
import { runToEnd } from './children.ts'

const server = join(import.meta.dirname, '..')
const monthDays = 31

/** The large demo, made once a day and for each state of the program that makes it; what runs uses copies. */
export async function prepareGround(folder: string, say: (text: string) => void): Promise<string> {
  const ground = join(folder, 'ground')
  const mark = join(folder, 'ground.txt')
  const state = stateOf(['demo', 'storage/migrations'])
  if (existsSync(mark) && readFileSync(mark, 'utf8') === state) return ground
  say('Making the large demo …')
  mkdirSync(folder, { recursive: true })
  rmSync(mark, { force: true })
  const args = [join(server, 'cli/demo.ts'), '--fresh', '--size', 'large', '--prepare']
  await runToEnd(args, { ...process.env, PFORTE_DATA: ground })
  writeFileSync(mark, state)
  return ground
}

/** Of the programs that make the data, and of the day: what is made lies around today, so yesterday's is no longer good. */
export function stateOf(places: readonly string[]): string {
  const hash = createHash('sha256').update(new Date().toDateString())
  for (const place of places) {
    const names = place.endsWith('.ts')
      ? ['']
      : readdirSync(join(server, place)).filter(name => /(?<!\.test)\.ts$/.test(name))
    for (const name of names.sort()) hash.update(readFileSync(join(server, place, name)))
  }
  return hash.digest('hex')
}

/** Copies a data folder, compact, also while a portal works with it; the copy has an empty audit log. */
export async function copyData(from: string, to: string): Promise<void> {
  mkdirSync(to, { recursive: true, mode: 0o700 })
  for (const name of ['keys', 'tls']) cpSync(join(from, name), join(to, name), { recursive: true })
  await withFile(join(from, 'pforte.db'), sqlite3.OPEN_READONLY, ask => ask('VACUUM INTO ?', [join(to, 'pforte.db')]))
}

/** Leaves only the letters of the last month in a copy, as if the school had begun then. */
export async function forgetOldLetters(data: string): Promise<void> {
  const begin = new Date(Date.now() - monthDays * 86_400_000).toISOString()
  await withFile(join(data, 'pforte.db'), sqlite3.OPEN_READWRITE, async ask => {
    const [trigger] = await ask<{ sql: string }>("SELECT sql FROM sqlite_schema WHERE name = 'letters_published_stay'")
    await ask('DROP TRIGGER letters_published_stay')
    for (const table of ['receipts', 'replies', 'former_replies'])
      await ask(`DELETE FROM ${table} WHERE letter_id IN (SELECT id FROM letters WHERE published_at < ?)`, [begin])
    await ask('DELETE FROM letters WHERE published_at < ?', [begin])
    await ask('DELETE FROM audience_parts WHERE audience_id NOT IN (SELECT audience_id FROM letters)')
    await ask('DELETE FROM audiences WHERE id NOT IN (SELECT audience_id FROM letters)')
    await ask(trigger?.sql ?? 'SELECT 1')
    await ask('VACUUM')
  })
}

type Ask = <R>(sql: string, values?: readonly string[]) => Promise<R[]>

export async function withFile<T>(file: string, mode: number, work: (ask: Ask) => Promise<T>): Promise<T> {
  const database = await new Promise<sqlite3.Database>((resolve, reject) => {
    const opened = new sqlite3.Database(file, mode, error => (error ? reject(error) : resolve(opened)))
  })
  const ask: Ask = <R>(sql: string, values: readonly string[] = []) =>
    new Promise<R[]>((resolve, reject) =>
      database.all<R>(sql, [...values], (error, rows) => (error ? reject(error) : resolve(rows))),
    )
  try {
    return await work(ask)
  } finally {
    await new Promise<void>((resolve, reject) => database.close(error => (error ? reject(error) : resolve())))
  }
}
