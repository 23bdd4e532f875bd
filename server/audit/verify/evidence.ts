import { noteIsSigned, parseCheckpoint, parseNote, splitNotes } from '../formats/note.ts'
import type { History } from './history.ts'
import type { State } from './ledger.ts'
import { broken, NotChecked } from './rows.ts'
import { say } from './say.ts'

/** What lies outside the file: the last note beside it, and notes that others kept. */
export interface Evidence {
  readonly anchor: string | null
  readonly witnesses: readonly { readonly name: string; readonly text: string; readonly fromFolder?: boolean }[]
}

interface Statement {
  readonly from: string
  readonly outside: boolean
  /** One of many that may be of other logs. */
  readonly fromFolder: boolean
  readonly note: string
  readonly origin: string
  readonly size: number
  readonly root: Buffer
}

function read(from: string, note: string): Statement {
  const parsed = parseNote(note)
  const said = parsed && parseCheckpoint(parsed.text)
  if (!said) broken(`${from} enthält keinen lesbaren Stand`)
  return { from, outside: false, fromFolder: false, note, ...said }
}

export function readEvidence({ anchor, witnesses }: Evidence): Statement[] {
  const statements = anchor === null ? [] : [read('Der Anker', anchor)]
  for (const { name, text, fromFolder = false } of witnesses) {
    const notes = splitNotes(text).filter(note => parseNote(note))
    if (notes.length === 0) throw new NotChecked(`Zeuge ${name} enthält keine Notiz`)
    for (const note of new Set(notes)) statements.push({ ...read(`Zeugnis ${name}`, note), outside: true, fromFolder })
  }
  return statements
}

/** Holds each statement against the ledger. Says for how many lines there is one from outside, and what was left out. */
export function checkEvidence(
  statements: readonly Statement[],
  history: History,
  states: ReadonlyMap<number, State>,
): string[] {
  const known = new Map<string, Statement>()
  let [foreign, witnessed] = [0, 0]
  for (const statement of statements) {
    const { from, note, origin, size, root, outside } = statement
    if (origin !== history.name && !origin.startsWith(`${history.name}/g`)) {
      if (!outside) broken(`${from} gehört zu einem anderen Protokoll (${origin})`)
      if (!statement.fromFolder) throw new NotChecked(`${from} gehört nicht zu diesem Protokoll (${origin})`)
      foreign += 1
      continue
    }
    if (!history.keys.some(key => noteIsSigned(note, origin, Buffer.from(key, 'hex'))))
      broken(`${from} trägt keine Unterschrift dieses Protokolls`)
    const other = known.get(`${origin} ${size}`)
    if (other && !other.root.equals(root))
      broken(`${other.from} und ${from} widersprechen sich: zwei verschiedene Stände von ${size} Zeilen`)
    known.set(`${origin} ${size}`, statement)
    checkStatement(statement, history, states.get(size))
    if (outside) witnessed = Math.max(witnessed, size)
  }
  const left = foreign === 0 ? [] : [`Notizen anderer Protokolle wurden nicht beachtet: ${foreign}.`]
  return [...left, witnessed === 0 ? 'Kein Zeugnis von außen wurde vorgelegt.' : `Bezeugt sind ${witnessed} Zeilen.`]
}

function checkStatement({ from, origin, size, root }: Statement, history: History, state: State | undefined): void {
  const generation = origin === history.name ? 1 : Number(origin.slice(history.name.length + 2))
  const restore = history.restores.find(one => one.generation > generation)
  if (restore && size > restore.idx)
    broken(
      `Am ${say(restore.t)} wurde ein älterer Stand eingespielt, die Zeilen ${restore.idx} bis ${size - 1} aus ${from} fehlen`,
    )
  if (!state) broken(`Am Ende fehlen Zeilen: ${from} nennt ${size}, das Verzeichnis hat ${history.size}`)
  if (origin !== state.origin) broken(`${from} nennt bei ${size} Zeilen einen Stand, den dieses Protokoll nie hatte`)
  if (!root.equals(state.root))
    broken(`${from} widerspricht dem Verzeichnis: Eine der ersten ${size} Zeilen wurde verändert`)
}
