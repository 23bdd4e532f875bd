import { hash, randomBytes } from 'node:crypto'
import sqlite3 from 'sqlite3'
import type { Clock } from '../clock.ts'
import type { Action, Concern } from './kinds.ts'

/** One thing that somebody did or tried. Never text, reasons, search terms, secrets or full user agents. */
export interface AuditEntry {
  readonly action: Action
  /** The account that acts, or null for nobody signed in and for the house itself. */
  readonly actor: string | null
  /** Eight bytes of the session's hash, hex; tells two sessions of one account apart. */
  readonly session: string | null
  readonly address: string | null
  readonly concerns: readonly (readonly [Concern, string])[]
  readonly outcome: 'ok' | 'try' | 'denied' | 'error'
  readonly details: Readonly<Record<string, string | number>>
}

export interface AuditLog {
  /**
   * Resolves once the entry is durable. Rejects with `AuditUnavailable` where that does not happen within
   * two seconds: the act that was to be recorded must then not take place.
   */
  append(entry: AuditEntry): Promise<void>
  /** Reads the whole chain. Returns how many entries it holds, or the number of the first that does not fit. */
  verify(): Promise<{ readonly entries: number; readonly broken: number | null }>
  close(): Promise<void>
}

/** What happens cannot be recorded, so it must not happen. */
export class AuditUnavailable extends Error {}

const longestWait = 2_000
const largestBatch = 256

const schema = `
PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF; PRAGMA busy_timeout = 1000;
CREATE TABLE IF NOT EXISTS audit_entries (
  number INTEGER PRIMARY KEY,
  body TEXT NOT NULL,
  hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE TRIGGER IF NOT EXISTS audit_entries_stay BEFORE UPDATE ON audit_entries BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER IF NOT EXISTS audit_entries_follow BEFORE INSERT ON audit_entries
  WHEN NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM audit_entries) BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER IF NOT EXISTS audit_entries_remain BEFORE DELETE ON audit_entries BEGIN SELECT RAISE(ABORT, 'append only'); END;
`
const genesis = Buffer.alloc(32)

interface Row {
  number: number
  body: string
  hash: Buffer
}
interface Waiting {
  readonly body: string
  done(): void
  failed(error: Error): void
}

function open(file: string): Promise<sqlite3.Database> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(file, error => (error ? reject(error) : resolve(database)))
  })
}

function execute(database: sqlite3.Database, sql: string): Promise<void> {
  return new Promise((resolve, reject) => database.exec(sql, error => (error ? reject(error) : resolve())))
}

function rows(database: sqlite3.Database, sql: string, values: unknown[] = []): Promise<Row[]> {
  return new Promise((resolve, reject) =>
    database.all<Row>(sql, values, (error, found) => (error ? reject(error) : resolve(found))),
  )
}

function insert(database: sqlite3.Database, entries: readonly Row[]): Promise<void> {
  const sql = `INSERT INTO audit_entries (number, body, hash) VALUES ${entries.map(() => '(?, ?, ?)').join(', ')}`
  const values = entries.flatMap(entry => [entry.number, entry.body, entry.hash])
  return new Promise((resolve, reject) => database.run(sql, values, error => (error ? reject(error) : resolve())))
}

function link(previous: Buffer, body: string): Buffer {
  return hash('sha256', Buffer.concat([previous, Buffer.from(body)]), 'buffer')
}

/**
 * Opens the log in its own file, apart from the business data.
 *
 * Entries that arrive while a write is on its way go together into the next one, so durability costs one
 * sync for all who wait, and an idle log needs no timer.
 */
export async function openAuditLog(file: string, clock: Clock): Promise<AuditLog> {
  const database = await open(file)
  await execute(database, schema)
  const boot = randomBytes(4).toString('hex')
  const waiting: Waiting[] = []
  let head = await lastOf(database)
  let writing: Promise<void> | null = null

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, largestBatch)
      const entries: Row[] = []
      let last = head
      for (const { body } of batch) {
        last = { number: last.number + 1, hash: link(last.hash, body) }
        entries.push({ ...last, body })
      }
      try {
        await insert(database, entries)
        head = last
        for (const entry of batch) entry.done()
      } catch (error) {
        for (const entry of batch)
          entry.failed(new AuditUnavailable('The audit log cannot be written', { cause: error }))
      }
    }
    // In the same turn as the last look at who waits: whoever comes later starts the next writing.
    writing = null
  }

  return {
    append(entry) {
      const body = JSON.stringify({
        v: 1,
        t: clock.now(),
        m: Math.round(performance.now()),
        b: boot,
        k: entry.action,
        a: entry.actor ?? 0,
        s: entry.session ?? '',
        ip: entry.address ?? '',
        o: entry.concerns,
        r: entry.outcome,
        d: entry.details,
      })
      return new Promise((resolve, reject) => {
        const own: Waiting = {
          body,
          done() {
            clearTimeout(late)
            resolve()
          },
          failed(error) {
            clearTimeout(late)
            reject(error)
          },
        }
        const late = setTimeout(() => {
          const place = waiting.indexOf(own)
          if (place >= 0) waiting.splice(place, 1)
          reject(new AuditUnavailable('The audit log is too slow'))
        }, longestWait)
        waiting.push(own)
        writing ??= write()
      })
    },

    async verify() {
      let previous: Buffer = genesis
      let number = 0
      for (;;) {
        const page = await rows(database, 'SELECT * FROM audit_entries WHERE number > ? ORDER BY number LIMIT 1000', [
          number,
        ])
        if (page.length === 0) return { entries: number, broken: null }
        for (const row of page) {
          const expected = link(previous, row.body)
          if (row.number !== number + 1 || !expected.equals(row.hash)) return { entries: number, broken: number + 1 }
          previous = expected
          number = row.number
        }
      }
    },

    async close() {
      while (writing) await writing
      await new Promise<void>((resolve, reject) => database.close(error => (error ? reject(error) : resolve())))
    },
  }
}

async function lastOf(database: sqlite3.Database): Promise<{ number: number; hash: Buffer }> {
  const [last] = await rows(database, 'SELECT * FROM audit_entries ORDER BY number DESC LIMIT 1')
  return last ? { number: last.number, hash: last.hash } : { number: 0, hash: genesis }
}
