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
const mostNotes = 20

/** So long may a text be that is searched for notes; a note has about 200 characters. */
export const longestText = 4096

/** Compares every note in a text with the ledger, in their order. Reads it once and in parts, so that nobody waits. */
export async function checkNotes({ reading }: Pick<AuditLog, 'reading'>, text: string): Promise<NoteVerdict[]> {
  const notes = notesIn(text)
  if (notes.length === 0) return []
  const sizes = notes.map(note => note.said.size)
  const ledger = await retell(reading, sizes)
  const [row] = await reading.all<{ present: number }>('SELECT max(idx) + 1 AS present FROM audit_ledger')
  return notes.map(note => {
    const { origin, size } = note.said
    const past = pastOf(ledger, size)
    const restore = past.restores.find(one => one.generation > generationOf(origin, past.name))
    return {
      found: verdictOn(note, past, restore !== undefined),
      origin,
      size,
      present: row?.present ?? 0,
      at: past.state?.at ?? null,
      restoredAt: restore?.at ?? null,
      lostFrom: restore?.idx ?? null,
    }
  })
}

interface Told {
  readonly text: string
  readonly said: Checkpoint
}

function notesIn(text: string): Told[] {
  const told = splitNotes(unbent(text)).flatMap(note => {
    const parsed = parseNote(note)
    const said = parsed && parseCheckpoint(parsed.text)
    return said ? [{ text: note, said }] : []
  })
  return told.filter(({ text: own }, place) => told.findIndex(one => one.text === own) === place).slice(0, mostNotes)
}

/** Copying and mailing indents lines, and drops the empty one before the signature. */
function unbent(text: string): string {
  const lines: string[] = []
  for (const line of text.split('\n').map(line => line.trim())) {
    const last = lines.at(-1) ?? ''
    if (line.startsWith('— ') && last !== '' && !last.startsWith('— ')) lines.push('')
    lines.push(line)
  }
  return lines.join('\n')
}

/** What the ledger says of itself as far as it was read, and its state when it had certain numbers of lines. */
interface Retold {
  readonly name: string
  readonly keys: readonly { readonly idx: number; readonly key: Buffer }[]
  readonly restores: readonly { readonly idx: number; readonly at: number; readonly generation: number }[]
  readonly states: ReadonlyMap<number, State>
}
interface State {
  readonly at: number
  readonly root: Buffer
}

async function retell(reading: AuditLog['reading'], sizes: readonly number[]): Promise<Retold> {
  const frontier = Frontier.of([])
  const keys: Retold['keys'][number][] = []
  const restores: Retold['restores'][number][] = []
  const states = new Map<number, State>()
  const wanted = new Set(sizes)
  const most = Math.max(...sizes)
  let [name, last] = ['', '']
  const keep = () => {
    if (wanted.has(frontier.size)) states.set(frontier.size, { at: parseEntry(last)?.t ?? 0, root: frontier.root() })
  }
  keep()
  while (frontier.size < most) {
    const rows = await reading.all<{ idx: number; body: string }>(
      'SELECT idx, body FROM audit_ledger WHERE idx >= ? ORDER BY idx LIMIT ?',
      ...[frontier.size, Math.min(linesAtOnce, most - frontier.size)],
    )
    for (const { idx, body } of rows) {
      frontier.add(leafHash(body))
      last = body
      keep()
      if (!/"k":"(instance_created|checkpoint_key_rotated|restore_detected)"/.test(body)) continue
      const entry = parseEntry(body)
      if (entry?.k === 'instance_created') name = String(entry.name)
      if (entry?.key) keys.push({ idx, key: Buffer.from(String(entry.key), 'hex') })
      if (entry?.k === 'restore_detected') restores.push({ idx, at: entry.t, generation: Number(entry.generation) })
    }
    if (rows.length === 0) break
  }
  return { name, keys, restores, states }
}

/** The ledger when it had a certain number of lines; `state` is null where it never had so many. */
interface Past extends Pick<Retold, 'name' | 'keys' | 'restores'> {
  readonly state: State | null
}

const pastOf = ({ name, keys, restores, states }: Retold, size: number): Past => ({
  name,
  keys: keys.filter(one => one.idx < size),
  restores: restores.filter(one => one.idx < size),
  state: states.get(size) ?? null,
})

/** Under which generation of this log a note was signed; 0 for another log. */
function generationOf(origin: string, name: string): number {
  if (origin === name) return 1
  const [, number] = (origin.startsWith(name) && /^\/g([1-9]\d*)$/.exec(origin.slice(name.length))) || []
  return Number(number ?? 0)
}

function verdictOn({ text, said }: Told, past: Past, lost: boolean): Found {
  const generation = generationOf(said.origin, past.name)
  if (generation === 0) return 'foreign'
  if (!past.keys.some(({ key }) => noteIsSigned(text, said.origin, key))) return 'unsigned'
  if (lost) return 'restored'
  if (!past.state) return 'short'
  const latest = past.restores.at(-1)?.generation ?? 1
  return generation === latest && past.state.root.equals(said.root) ? 'contained' : 'changed'
}
