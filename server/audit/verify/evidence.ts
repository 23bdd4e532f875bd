import { noteIsSigned, parseCheckpoint, parseNote, splitNotes } from '../formats/note.ts'
import { type History, say } from './history.ts'
import type { State } from './ledger.ts'
import { broken } from './rows.ts'

/** What lies outside the file: the last note beside it, and notes that others kept. */
export interface Evidence {
  readonly anchor: string | null
  readonly witnesses: readonly { readonly name: string; readonly text: string }[]
}

interface Statement {
  readonly from: string
  readonly outside: boolean
  readonly note: string
  readonly origin: string
  readonly size: number
  readonly root: Buffer
}

function read(from: string, note: string, outside: boolean): Statement {
  const parsed = parseNote(note)
  const said = parsed && parseCheckpoint(parsed.text)
  if (!said) broken(`${from} enthält keinen lesbaren Stand`)
  return { from, outside, note, ...said }
}

export function readEvidence({ anchor, witnesses }: Evidence): Statement[] {
  const statements = anchor === null ? [] : [read('Der Anker', anchor, false)]
  for (const { name, text } of witnesses) {
    const notes = splitNotes(text)
    if (notes.length === 0) broken(`Zeugnis ${name} enthält keinen Stand`)
    statements.push(...notes.map(note => read(`Zeugnis ${name}`, note, true)))
  }
  return statements
}

/** Holds each statement against the ledger. Returns for how many lines there is one from outside. */
export function checkEvidence(
  statements: readonly Statement[],
  history: History,
  states: ReadonlyMap<number, State>,
): number {
  const known = new Map<string, Statement>()
  for (const statement of statements) {
    const { from, note, origin, size, root } = statement
    if (origin !== history.name && !origin.startsWith(`${history.name}/g`))
      broken(`${from} gehört zu einem anderen Protokoll (${origin})`)
    if (!history.keys.some(key => noteIsSigned(note, origin, Buffer.from(key, 'hex'))))
      broken(`${from} trägt keine Unterschrift dieses Protokolls`)
    const other = known.get(`${origin} ${size}`)
    if (other && !other.root.equals(root))
      broken(`${other.from} und ${from} widersprechen sich: zwei verschiedene Stände von ${size} Zeilen`)
    known.set(`${origin} ${size}`, statement)
    checkStatement(statement, history, states.get(size))
  }
  return statements.reduce((most, { outside, size }) => (outside ? Math.max(most, size) : most), 0)
}

function checkStatement({ from, origin, size, root }: Statement, history: History, state: State | undefined): void {
  const generation = origin === history.name ? 1 : Number(origin.slice(history.name.length + 2))
  const restore = history.restores.find(one => one.generation > generation)
  if (restore && size > restore.idx)
    broken(
      `Am ${say(restore.t)} wurde ein älterer Stand eingespielt, die Zeilen ${restore.idx} bis ${size - 1} aus ${from} fehlen`,
    )
  if (!state) broken(`Am Ende fehlen Zeilen: ${from} nennt ${size}, das Hauptbuch hat ${history.size}`)
  if (origin !== state.origin) broken(`${from} nennt bei ${size} Zeilen einen Stand, den dieses Protokoll nie hatte`)
  if (!root.equals(state.root))
    broken(`${from} widerspricht dem Hauptbuch: Eine der ersten ${size} Zeilen wurde verändert`)
}
