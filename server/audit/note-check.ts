import { parseEntry } from './formats/entries.ts'
import { Frontier, leafHash } from './formats/merkle.ts'
import { type Checkpoint, noteIsSigned, parseCheckpoint, parseNote, splitNotes } from './formats/note.ts'
import type { AuditLog } from './log.ts'

/**
 * Whether the ledger still contains the state that a note speaks of.
 *
 * contained: it does · changed: one of its lines is another now · short: lines at its end are missing · restored:
 * lines were lost when an older ledger was put in its place · foreign: it speaks of another log · unsigned: no key
 * of this log has signed it as it reads.
 */
export type Found = 'contained' | 'changed' | 'short' | 'restored' | 'foreign' | 'unsigned'

export interface NoteVerdict {
  readonly found: Found
  readonly origin: string
  /** How many lines the note speaks of, and how many there are. */
  readonly size: number
  readonly present: number
  /** When the ledger had come to the note's last line, and when the older one was put in its place. */
  readonly at: number | null
  readonly restoredAt: number | null
  /** The first line that was lost then. */
  readonly lostFrom: number | null
}

const linesAtOnce = 2000

/** Compares the first note in a text with the ledger; null where there is none. Reads in parts, so that nobody waits. */
export async function checkNote({ reading }: Pick<AuditLog, 'reading'>, text: string): Promise<NoteVerdict | null> {
  const note = firstNote(text)
  if (!note) return null
  const past = await retell(reading, note.said.size)
  const [row] = await reading.all<{ present: number }>('SELECT max(idx) + 1 AS present FROM audit_ledger')
  const { origin, size } = note.said
  const restore = past.restores.find(one => one.generation > generationOf(origin, past.name))
  return {
    found: verdictOn(note, past, restore !== undefined),
    origin,
    size,
    present: row?.present ?? 0,
    at: past.lines === size ? past.at : null,
    restoredAt: restore?.at ?? null,
    lostFrom: restore?.idx ?? null,
  }
}

interface Told {
  readonly text: string
  readonly said: Checkpoint
}

/** Copying and mailing indents lines, and drops the empty one before the signature. */
function firstNote(text: string): Told | null {
  const plain = text.replace(/^[^\S\n]+|[^\S\n]+$/gm, '').replace(/^(?!— )(.+)\n(?=— )/gm, '$1\n\n')
  for (const note of splitNotes(plain)) {
    const parsed = parseNote(note)
    const said = parsed && parseCheckpoint(parsed.text)
    if (said) return { text: note, said }
  }
  return null
}

/** The ledger when it had a certain number of lines, or all of it where it never had so many. */
interface Past {
  readonly name: string
  readonly keys: readonly Buffer[]
  readonly restores: readonly { readonly idx: number; readonly at: number; readonly generation: number }[]
  readonly lines: number
  readonly at: number
  readonly root: Buffer
}

async function retell(reading: AuditLog['reading'], size: number): Promise<Past> {
  const frontier = Frontier.of([])
  const keys: Buffer[] = []
  const restores: Past['restores'][number][] = []
  let [name, last] = ['', '']
  while (frontier.size < size) {
    const rows = await reading.all<{ idx: number; body: string }>(
      'SELECT idx, body FROM audit_ledger WHERE idx >= ? ORDER BY idx LIMIT ?',
      ...[frontier.size, Math.min(linesAtOnce, size - frontier.size)],
    )
    for (const { idx, body } of rows) {
      frontier.add(leafHash(body))
      last = body
      if (!/"k":"(instance_created|checkpoint_key_rotated|restore_detected)"/.test(body)) continue
      const entry = parseEntry(body)
      if (entry?.k === 'instance_created') name = String(entry.name)
      if (entry?.key) keys.push(Buffer.from(String(entry.key), 'hex'))
      if (entry?.k === 'restore_detected') restores.push({ idx, at: entry.t, generation: Number(entry.generation) })
    }
    if (rows.length === 0) break
  }
  return { name, keys, restores, lines: frontier.size, at: parseEntry(last)?.t ?? 0, root: frontier.root() }
}

/** Under which generation of this log a note was signed; 0 for another log. */
function generationOf(origin: string, name: string): number {
  if (origin === name) return 1
  const [, number] = (origin.startsWith(name) && /^\/g([1-9]\d*)$/.exec(origin.slice(name.length))) || []
  return Number(number ?? 0)
}

function verdictOn({ text, said }: Told, past: Past, lost: boolean): Found {
  const generation = generationOf(said.origin, past.name)
  if (generation === 0) return 'foreign'
  if (!past.keys.some(key => noteIsSigned(text, said.origin, key))) return 'unsigned'
  if (lost) return 'restored'
  if (past.lines < said.size) return 'short'
  return generation === (past.restores.at(-1)?.generation ?? 1) && past.root.equals(said.root) ? 'contained' : 'changed'
}
