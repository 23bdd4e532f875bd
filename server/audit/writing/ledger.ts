import type { KeyObject } from 'node:crypto'
import { type File, store } from '../file.ts'
import { type Entry, type EntryKind, entryProblem, parseEntry } from '../formats/entries.ts'
import { Frontier, leafHash } from '../formats/merkle.ts'
import { checkpointText, parseCheckpoint, parseNote, publicKeyOf, signNote } from '../formats/note.ts'
import type { Anchor } from './anchor.ts'

/** An entry and its place. */
export interface Placed {
  readonly idx: number
  readonly entry: Entry
}

/** Somebody else has signed in our place, or the anchor was put back: nothing more is signed on top of it. */
export class Diverged extends Error {}

export type Fields = Readonly<Record<string, unknown>>
export type Add = (kind: EntryKind, fields: Fields) => Promise<number>

export interface Signed {
  readonly origin: string
  readonly size: number
  readonly root: Buffer
}

/** What a note says, without a look at its signature; null for anything else. */
export function saidBy(note: string | null): Signed | null {
  const parsed = note === null ? null : parseNote(note)
  return parsed && parseCheckpoint(parsed.text)
}

/**
 * The ledger: what everybody inside may read about the log. It grows only through `commit`, which signs a checkpoint
 * over the whole tree in the same transaction, and refuses where that would contradict what was signed before.
 */
export class Ledger {
  /** The name under which checkpoints are signed; another one for each generation. */
  origin = ''
  /** The last checkpoint, as a signed note. */
  note: string | null = null
  readonly #file: File
  readonly #anchor: Anchor
  readonly #key: KeyObject
  #frontier = Frontier.of([])
  #latest = new Map<EntryKind, Placed>()
  readonly #named = new Map<number, string>()
  #last: Entry | null = null
  #newest = 0
  /** Of the lines as they were read at the start: the first whose leaf is not its own. */
  #damaged: number | null = null

  private constructor(file: File, anchor: Anchor, key: KeyObject) {
    this.#file = file
    this.#anchor = anchor
    this.#key = key
  }

  /** Reads the whole ledger. `atAnchor` is the root of the tree that the anchor speaks of, where it is that large. */
  static async load(
    file: File,
    anchor: Anchor,
    key: KeyObject,
  ): Promise<{ ledger: Ledger; anchored: Signed | null; atAnchor: Buffer | null }> {
    const ledger = new Ledger(file, anchor, key)
    const anchored = saidBy(anchor.read())
    let atAnchor: Buffer | null = null
    for (;;) {
      const rows = await file.all<{ idx: number; body: string; leaf: Buffer }>(
        'SELECT idx, body, leaf FROM audit_ledger WHERE idx >= ? ORDER BY idx LIMIT 2000',
        ledger.size,
      )
      for (const { idx, body, leaf } of rows) {
        const entry = parseEntry(body)
        if (!entry || idx !== ledger.size || !leafHash(body).equals(leaf)) ledger.#damaged ??= ledger.size
        ledger.#frontier.add(leaf)
        if (entry) ledger.#remember({ idx, entry })
        if (anchored?.size === ledger.size) atAnchor = ledger.#frontier.root()
      }
      if (rows.length === 0) break
    }
    const [last] = await file.all<{ note: string }>('SELECT note FROM audit_checkpoint ORDER BY size DESC LIMIT 1')
    ledger.note = last?.note ?? null
    return { ledger, anchored, atAnchor }
  }

  get size(): number {
    return this.#frontier.size
  }
  get root(): Buffer {
    return this.#frontier.root()
  }
  get damaged(): number | null {
    return this.#damaged
  }
  /** The newest entry, whatever its kind. */
  get last(): Entry | null {
    return this.#last
  }
  /** The time before which no line can lie until the clock is seen to step. */
  get newest(): number {
    return this.#newest
  }
  latest(kind: EntryKind): Placed | undefined {
    return this.#latest.get(kind)
  }

  /** How the rows of those who are auditors are named, in hex. It is kept here: what somebody does to the file does not change it. */
  get named(): ReadonlyMap<number, string> {
    return this.#named
  }

  #remember(placed: Placed): void {
    const { k, auditor, row } = placed.entry
    if (k === 'auditor_enrolled' || k === 'passphrase_changed') this.#named.set(Number(auditor), String(row))
    if (k === 'auditor_revoked') this.#named.delete(Number(auditor))
    this.#latest.set(placed.entry.k, placed)
    this.#last = placed.entry
    this.#newest = placed.entry.k === 'clock_step' ? placed.entry.t : Math.max(this.#newest, placed.entry.t)
  }

  /**
   * One transaction on the whole file, with lines in the ledger and a checkpoint over them: all or nothing.
   * `add` returns the place of its line. When this rejects after the disk has it, the ledger goes on from there.
   * Times go back at a step of the clock and nowhere else: a line that comes before its step bears the newest time.
   */
  async commit<T>(now: number, work: (add: Add) => Promise<T>): Promise<T> {
    this.#refuseDivergence()
    const frontier = this.#frontier.copy()
    const placed: Placed[] = []
    let note = this.note
    let newest = this.#newest
    const result = await this.#file.atomically(async () => {
      const done = await work(async (kind, fields) => {
        newest = kind === 'clock_step' ? now : Math.max(now, newest)
        const entry: Entry = { t: newest, k: kind, ...fields }
        const problem = entryProblem(entry)
        if (problem) throw new Error(`The ledger takes no such line: ${problem}`)
        const body = JSON.stringify(entry)
        const leaf = leafHash(body)
        const idx = frontier.size
        await store(this.#file, 1, 'INSERT INTO audit_ledger (idx, body, leaf) VALUES (?, ?, ?)', idx, body, leaf)
        frontier.add(leaf)
        placed.push({ idx, entry })
        return idx
      })
      if (frontier.size > this.size) {
        note = signNote(checkpointText(this.origin, frontier.size, frontier.root()), this.origin, this.#key)
        await store(this.#file, 1, 'INSERT INTO audit_checkpoint (size, note) VALUES (?, ?)', frontier.size, note)
      }
      return done
    })
    this.#frontier = frontier
    this.note = note
    for (const one of placed) this.#remember(one)
    if (placed.length > 0 && note !== null) await this.#anchor.write(note)
    return result
  }

  /** C2SP: never two notes of one origin that contradict each other. */
  #refuseDivergence(): void {
    const said = saidBy(this.#anchor.read())
    if (!said || said.origin !== this.origin || said.size < this.size) return
    if (said.size > this.size || !said.root.equals(this.root))
      throw new Diverged('The anchor speaks of another ledger than this one')
  }

  get publicKey(): string {
    return publicKeyOf(this.#key).toString('hex')
  }
}
