/**
 * Whether the sealed log is whole: `node verify.ts DATA_FOLDER [--witness FILE…]`. Needs no key, changes nothing, and
 * can be read alone: it imports Node and the formats, nothing else of Pforte. Exit status 0 for whole, 2 for anything else.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import { splitNotes } from './formats/note.ts'
import { type Counts, checkRegisters, checkSegments } from './verify/contents.ts'
import { checkEvidence, type Evidence, readEvidence } from './verify/evidence.ts'
import { checkCheckpoints, checkSignatures, listCheckpoints, readLedger } from './verify/ledger.ts'
import { broken, checkTables, NotWhole } from './verify/rows.ts'

export type Verdict =
  | (Counts & {
      readonly whole: true
      /** Lines of the ledger. */
      readonly size: number
      /** The time of its last line, in milliseconds since 1970. */
      readonly until: number
      readonly notes: readonly string[]
    })
  | { readonly whole: false; readonly where: string }

/** Reads everything once, in one view of the file, so that the portal may go on writing. */
export function verifyLog(database: DatabaseSync, evidence: Evidence): Verdict {
  database.exec('BEGIN')
  try {
    checkTables(database)
    const statements = readEvidence(evidence)
    const checkpoints = listCheckpoints(database)
    const sizes = new Set([...checkpoints, ...statements.map(statement => statement.size)])
    const { history, states } = readLedger(database, sizes)
    checkCheckpoints(database, states, history.size)
    checkRegisters(database, history)
    const counts = checkSegments(database, history)
    checkSignatures(database, states)
    if (evidence.anchor === null && checkpoints.length > 1) broken('Der Anker fehlt (anchor/last)')
    const witnessed = checkEvidence(statements, history, states)
    const outside = witnessed === 0 ? 'Kein Zeugnis von außen wurde vorgelegt.' : `Bezeugt sind ${witnessed} Zeilen.`
    return { whole: true, ...counts, size: history.size, until: history.until, notes: [...history.remarks(), outside] }
  } catch (error) {
    if (error instanceof NotWhole) return { whole: false, where: error.message }
    throw error
  } finally {
    database.exec('COMMIT')
  }
}

/** A file, or the files of a folder that hold whole notes: a power cut leaves empty and unfinished ones behind. */
function readWitnesses(path: string): { name: string; text: string }[] {
  if (!statSync(path).isDirectory()) return [{ name: path, text: readFileSync(path, 'utf8') }]
  const names = readdirSync(path, { withFileTypes: true }).filter(
    entry => entry.isFile() && !entry.name.startsWith('.'),
  )
  return names
    .map(entry => entry.name)
    .sort()
    .flatMap(name => readWitnesses(join(path, name)))
    .filter(({ text }) => text.endsWith('\n') && splitNotes(text).length > 0)
}

function verifyFolder(folder: string, witnesses: readonly string[]): Verdict {
  // Before the view of the file begins: then a log that is whole knows everything that the anchor says.
  const anchor = join(folder, 'anchor/last')
  const evidence = {
    anchor: existsSync(anchor) ? readFileSync(anchor, 'utf8') : null,
    witnesses: witnesses.flatMap(readWitnesses),
  }
  const database = new DatabaseSync(join(folder, 'audit.db'), { readOnly: true, timeout: 5000 })
  try {
    return verifyLog(database, evidence)
  } finally {
    database.close()
  }
}

const count = (n: number, one: string, many: string): string => `${n.toLocaleString('de-DE')} ${n === 1 ? one : many}`

function sentence(verdict: Verdict): string {
  if (!verdict.whole) return `Das Protokoll ist NICHT unversehrt: ${verdict.where}.`
  const { records, segments, pruned, size, until } = verdict
  const time = new Date(until).toLocaleString('de-DE', { dateStyle: 'medium', timeStyle: 'long' })
  const gone = pruned === 0 ? '' : ` (${count(pruned, 'weiterer', 'weitere')} nach Ablauf gelöscht)`
  return (
    `Das Protokoll ist unversehrt: ${count(records, 'Aufzeichnung', 'Aufzeichnungen')}` +
    ` in ${count(segments, 'Abschnitt', 'Abschnitten')}${gone},` +
    ` ${count(size, 'Zeile', 'Zeilen')} im Hauptbuch, geprüft bis ${time}.`
  )
}

/** Says in one line whether the log in this folder is whole; what one should know besides goes to standard error. */
export function reportOn(folder: string, witnesses: readonly string[]): 0 | 2 {
  try {
    const verdict = verifyFolder(folder, witnesses)
    process.stdout.write(`${sentence(verdict)}\n`)
    if (verdict.whole) for (const note of verdict.notes) process.stderr.write(`Hinweis: ${note}\n`)
    return verdict.whole ? 0 : 2
  } catch (error) {
    process.stdout.write(`Das Protokoll ließ sich nicht prüfen: ${(error as Error).message}\n`)
    return 2
  }
}

if (import.meta.main) {
  const options = { witness: { type: 'string', multiple: true } } as const
  const { values, positionals } = parseArgs({ allowPositionals: true, options })
  const [folder, ...more] = positionals
  if (folder === undefined)
    process.stderr.write('So wird der Befehl benutzt: verify.ts DATENORDNER [--witness DATEI…]\n')
  process.exitCode = folder === undefined ? 2 : reportOn(folder, [...(values.witness ?? []), ...more])
}
