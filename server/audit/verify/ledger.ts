import type { DatabaseSync } from 'node:sqlite'
import { parseEntry } from '../formats/entries.ts'
import { Frontier, leafHash } from '../formats/merkle.ts'
import { noteIsSigned, parseCheckpoint, parseNote } from '../formats/note.ts'
import { History } from './history.ts'
import { broken, rows } from './rows.ts'

/** The log when the ledger had so many lines: what a checkpoint of that size must say. */
export interface State {
  readonly origin: string
  readonly root: Buffer
  readonly key: Buffer
}

/**
 * Reads every line: its place, its words, its hash, and what it tells. Keeps the states of the sizes asked
 * for. Lines of different times were never written in one transaction, so that a checkpoint stands between them.
 */
export function readLedger(
  database: DatabaseSync,
  sizes: ReadonlySet<number>,
  checkpoints: ReadonlySet<number>,
): { history: History; states: Map<number, State> } {
  const history = new History()
  const frontier = Frontier.of([])
  const states = new Map<number, State>()
  for (const { idx, body, leaf } of rows(database, 'audit_ledger', 'idx')) {
    if (idx !== history.size) broken(`Zeile ${history.size} des Verzeichnisses fehlt`)
    const entry = parseEntry(body)
    if (!entry || !leafHash(body).equals(leaf)) broken(`Zeile ${idx} des Verzeichnisses wurde verändert`)
    if (idx > 0 && entry.t !== history.until && !checkpoints.has(idx)) broken(`Der Stand von ${idx} Zeilen fehlt`)
    history.add(entry)
    frontier.add(leaf)
    if (sizes.has(history.size)) {
      const key = Buffer.from(history.keys.at(-1) ?? '', 'hex')
      states.set(history.size, { origin: history.origin, root: frontier.root(), key })
    }
  }
  if (history.size === 0) broken('Das Verzeichnis ist leer')
  return { history, states }
}

export const listCheckpoints = (database: DatabaseSync): number[] =>
  rows(database, 'audit_checkpoint', 'size')
    .map(({ size }) => size)
    .toArray()

/** Each checkpoint states the tree of its size, under the name of that time; the last covers all. */
export function checkCheckpoints(database: DatabaseSync, states: ReadonlyMap<number, State>, lines: number): void {
  let last = 0
  for (const { size, note } of rows(database, 'audit_checkpoint', 'size')) {
    const where = `Der Stand von ${size} Zeilen`
    const parsed = parseNote(note)
    const said = parsed && parseCheckpoint(parsed.text)
    const state = states.get(size)
    if (size === last) broken(`${where} steht doppelt`)
    if (!parsed || !said || said.size !== size) broken(`${where} ist nicht lesbar`)
    if (!state) broken(`${where} reicht über das Verzeichnis hinaus: Am Ende fehlen Zeilen`)
    if (said.origin !== state.origin) broken(`${where} gehört zu einem anderen Protokoll`)
    if (!said.root.equals(state.root)) broken(`${where} passt nicht zum Verzeichnis: Eine Zeile davor wurde verändert`)
    const [signature, ...more] = parsed.signatures
    if (signature?.name !== state.origin || more.length > 0) broken(`${where} ist nicht richtig unterschrieben`)
    last = size
  }
  if (last !== lines) broken(`Die Zeilen ab ${last} des Verzeichnisses hat niemand unterschrieben`)
}

/** Each checkpoint is signed with the key of its time. Nothing else takes as long, so it is looked at last. */
export function checkSignatures(database: DatabaseSync, states: ReadonlyMap<number, State>): void {
  for (const { size, note } of rows(database, 'audit_checkpoint', 'size')) {
    const { origin, key } = states.get(size) as State
    if (!noteIsSigned(note, origin, key)) broken(`Der Stand von ${size} Zeilen ist nicht richtig unterschrieben`)
  }
}
