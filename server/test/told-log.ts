import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type File, openForWriting } from '../audit/file.ts'
import { type Entry, parseEntry } from '../audit/formats/entries.ts'
import { Frontier, leafHash } from '../audit/formats/merkle.ts'
import { checkpointText, signNote } from '../audit/formats/note.ts'
import { planConfirmed } from '../audit/test/confirmed.ts'
import { type Verdict, verifyLog } from '../audit/verify.ts'
import { anchorIn } from '../audit/writing/anchor.ts'
import { Writer } from '../audit/writing/writer.ts'
import { enrolHolders, recordOf } from './sealed-log.ts'

const hour = 3_600_000

/**
 * A sealed log to which a test lets things happen at the hours that it names, in one file and one folder. It is never
 * open in two libraries at once: whoever looks, or forges, does so while no writer has it.
 */
export class ToldLog {
  readonly folder: string
  now: number
  key: KeyObject = generateKeyPairSync('ed25519').privateKey
  #file: File | null = null
  #writer: Writer | null = null
  #told = 0

  constructor(folder: string, begins: string) {
    mkdirSync(folder, { recursive: true })
    this.folder = folder
    this.now = Date.parse(begins)
  }

  get path(): string {
    return join(this.folder, 'audit.db')
  }

  get anchor(): string | null {
    const path = join(this.folder, 'anchor/last')
    return existsSync(path) ? readFileSync(path, 'utf8') : null
  }

  get moment() {
    return { now: this.now, trusted: false }
  }

  async writer(): Promise<Writer> {
    if (this.#writer) return this.#writer
    const software = { version: '0.1.0', tree: '0'.repeat(64) }
    const settings = { key: this.key, host: 'p.example', retentionDays: 90, reasonGiven: false, software }
    this.#file = await openForWriting(this.path)
    this.#writer = new Writer(this.#file, anchorIn(join(this.folder, 'anchor')), { ...settings, segmentSize: 5 })
    await this.#writer.start(this.moment)
    return this.#writer
  }

  async enrol(count = 3): Promise<void> {
    await enrolHolders(await this.writer(), count, this.moment)
  }

  async append(count: number): Promise<void> {
    const records = Array.from({ length: count }, () => recordOf(this.now, `a${this.#told++}`, 'letter.read', []))
    await (await this.writer()).append(records, this.moment)
  }

  /** Lets time pass; the portal notices when it has. */
  async pass(hours: number): Promise<void> {
    this.now += hours * hour
    await (await this.writer()).tick(this.moment)
  }

  async prune(): Promise<number> {
    const writer = await this.writer()
    const { due } = await planConfirmed(writer, this.moment)
    for (const segment of due) await writer.prune(segment, this.moment)
    await writer.endPruning(this.moment)
    return due.length
  }

  async close(): Promise<void> {
    await this.#writer?.close(this.moment)
    this.#writer = null
  }

  /** The process ends without a word. */
  async crash(): Promise<void> {
    await this.#file?.close()
    this.#writer = null
  }

  /** Puts the file aside, as a backup; `restore` brings it back, the anchor stays. */
  async backUp(name: string): Promise<void> {
    await this.close()
    copyFileSync(this.path, join(this.folder, name))
  }

  async restore(name: string): Promise<void> {
    await this.close()
    for (const end of ['-wal', '-shm']) rmSync(`${this.path}${end}`, { force: true })
    copyFileSync(join(this.folder, name), this.path)
  }

  /** The newest note, as a witness keeps it. */
  witness(name: string): { name: string; text: string } {
    return { name, text: this.anchor ?? '' }
  }

  look<T>(work: (database: DatabaseSync) => T): T {
    const database = new DatabaseSync(this.path, { readOnly: true })
    try {
      return work(database)
    } finally {
      database.close()
    }
  }

  verify(witnesses: readonly { name: string; text: string }[] = [], now: number | null = this.now): Verdict {
    return this.look(database => verifyLog(database, { anchor: this.anchor, witnesses }, now))
  }

  /** What the verifier says about a copy that somebody with root's rights has changed. */
  forged(
    change: (database: DatabaseSync) => void,
    evidence: Parameters<typeof verifyLog>[1] = { anchor: this.anchor, witnesses: [] },
    now: number | null = this.now,
  ): Verdict {
    const copy = join(this.folder, 'forged.db')
    rmSync(copy, { force: true })
    copyFileSync(this.path, copy)
    const database = new DatabaseSync(copy, { enableForeignKeyConstraints: false })
    try {
      database.exec('PRAGMA ignore_check_constraints = ON; PRAGMA synchronous = OFF')
      const triggers = database.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").all()
      for (const { name } of triggers) database.exec(`DROP TRIGGER ${name}`)
      change(database)
      for (const { sql } of triggers) database.exec(String(sql))
      return verifyLog(database, evidence, now)
    } finally {
      database.close()
    }
  }
}

/** The lines of the ledger. */
export const linesOf = (database: DatabaseSync): Entry[] =>
  database
    .prepare('SELECT body FROM audit_ledger ORDER BY idx')
    .all()
    .map(row => parseEntry(String(row.body)) as Entry)

/**
 * Writes another ledger in the place of this one: leaves, roots and signatures are right, as if whoever owns the box
 * and its key had done it. Returns the last note. `origin` and `key` as they are after so many lines.
 */
export function rewrite(
  database: DatabaseSync,
  lines: readonly Entry[],
  origin: string,
  keyOf: KeyObject | ((size: number) => KeyObject),
): string {
  const frontier = Frontier.of([])
  let note = ''
  database.exec('DELETE FROM audit_ledger; DELETE FROM audit_checkpoint')
  for (const [idx, line] of lines.entries()) {
    const body = JSON.stringify(line)
    frontier.add(leafHash(body))
    database.prepare('INSERT INTO audit_ledger VALUES (?, ?, ?)').run(idx, body, leafHash(body))
    const key = typeof keyOf === 'function' ? keyOf(idx + 1) : keyOf
    note = signNote(checkpointText(origin, idx + 1, frontier.root()), origin, key)
    database.prepare('INSERT INTO audit_checkpoint VALUES (?, ?)').run(idx + 1, note)
  }
  return note
}
