/**
 * Whether the sealed log is whole: `node verify.ts DATA_FOLDER [--witness FILE…]`. Needs no key, changes nothing, and
 * can be read alone: it imports Node and the formats, nothing else of Pforte. Exit status 0 for whole, 2 for anything else.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import { type Counts, checkRegisters, checkSegments } from './verify/contents.ts'
import { checkEvidence, type Evidence, readEvidence } from './verify/evidence.ts'
import { checkIntegrity, checkSchema } from './verify/file.ts'
import { checkCheckpoints, checkSignatures, listCheckpoints, readLedger } from './verify/ledger.ts'
import { broken, isDamage, NotChecked, NotWhole } from './verify/rows.ts'
import { say } from './verify/say.ts'
import { readWitnesses } from './verify/witness.ts'

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

/**
 * Reads everything once, in one view of the file, so that the portal may go on writing. `now` is the time of the
 * check; null where nobody knows it. Throws where nothing can be said.
 */
export function verifyLog(database: DatabaseSync, evidence: Evidence, now: number | null = Date.now()): Verdict {
  return inOneView(database, () => {
    checkSchema(database)
    const verdict = checkContents(database, evidence, now)
    checkIntegrity(database)
    return verdict
  })
}

/** The same without a look at how the file is made. */
export function verifyContents(database: DatabaseSync, evidence: Evidence, now: number | null): Verdict {
  return inOneView(database, () => checkContents(database, evidence, now))
}

function inOneView(database: DatabaseSync, check: () => Verdict): Verdict {
  try {
    database.exec('BEGIN')
    return check()
  } catch (error) {
    if (error instanceof NotWhole) return { whole: false, where: error.message }
    if (isDamage(error)) return { whole: false, where: 'Die Datei audit.db ist beschädigt' }
    throw error
  } finally {
    if (database.isTransaction) database.exec('COMMIT')
  }
}

function checkContents(database: DatabaseSync, evidence: Evidence, now: number | null): Verdict {
  const statements = readEvidence(evidence)
  const checkpoints = new Set(listCheckpoints(database))
  const sizes = new Set([...checkpoints, ...statements.map(statement => statement.size)])
  const { history, states } = readLedger(database, sizes, checkpoints)
  checkCheckpoints(database, states, history.size)
  checkRegisters(database, history)
  const counts = checkSegments(database, history)
  checkSignatures(database, states)
  if (evidence.anchor === null && checkpoints.size > 1) broken('Der Anker fehlt (anchor/last)')
  const said = checkEvidence(statements, history, states)
  if (now !== null) history.settle(now)
  return { whole: true, ...counts, size: history.size, until: history.until, notes: [...history.remarks(), ...said] }
}

/** What to compare the log in a folder with. */
export interface Check {
  readonly witnesses: readonly string[]
  /** The witness folder of the settings; it may be away. */
  readonly own?: string | null
  /** The time of the check; null where nobody knows it. */
  readonly now?: number | null
}

function verifyFolder(folder: string, { witnesses, own = null, now = Date.now() }: Check): Verdict {
  // Before the view of the file begins: then a log that is whole knows everything that the anchor says.
  const anchor = join(folder, 'anchor/last')
  const outside = readWitnesses(witnesses, own)
  const evidence = {
    anchor: existsSync(anchor) ? readFileSync(anchor, 'utf8') : null,
    witnesses: outside.notes.map(({ name, note, fromFolder }) => ({ name, text: note, fromFolder })),
  }
  const path = join(folder, 'audit.db')
  if (!existsSync(path)) throw new NotChecked(`${path} gibt es nicht`)
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
  try {
    const verdict = verifyLog(database, evidence, now)
    return verdict.whole ? { ...verdict, notes: [...outside.hints, ...verdict.notes] } : verdict
  } finally {
    database.close()
  }
}

const count = (n: number, one: string, many: string): string => `${n.toLocaleString('de-DE')} ${n === 1 ? one : many}`

function sentence(verdict: Verdict): string {
  if (!verdict.whole) return `Das Protokoll ist NICHT unversehrt: ${verdict.where}.`
  const { records, segments, pruned, size, until } = verdict
  const gone = pruned === 0 ? '' : ` (${count(pruned, 'weiterer', 'weitere')} nach Ablauf gelöscht)`
  return (
    `Das Protokoll ist unversehrt: ${count(records, 'Aufzeichnung', 'Aufzeichnungen')}` +
    ` in ${count(segments, 'Abschnitt', 'Abschnitten')}${gone},` +
    ` ${count(size, 'Zeile', 'Zeilen')} im Verzeichnis, geprüft bis ${say(until)}.`
  )
}

/** Why nothing can be said, in German where the reason is a usual one. */
function reason(error: unknown): string {
  const { code, path, errcode, message } = error as Error & { code?: string; path?: string; errcode?: number }
  if (code === 'ENOENT') return `${path} gibt es nicht`
  if (code === 'EACCES' || code === 'EPERM') return `${path} darf nicht gelesen werden`
  if (code === 'ELOOP') return `${path} verweist auf sich selbst`
  if (code === 'EIO' || code === 'ESTALE') return `${path ?? 'Ein Datenträger'} lässt sich nicht lesen`
  if (errcode === 14) return 'audit.db lässt sich nicht öffnen'
  if (errcode !== undefined && (errcode & 0xff) === 10) return 'audit.db lässt sich nicht lesen'
  if (errcode === 5) return 'audit.db ist gerade gesperrt'
  return message.replace(/\s+/g, ' ')
}

/** Says in one line whether the log in this folder is whole; what one should know besides goes to standard error. */
export function reportOn(folder: string, check: Check): 0 | 2 {
  try {
    const verdict = verifyFolder(folder, check)
    process.stdout.write(`${sentence(verdict)}\n`)
    if (verdict.whole) for (const note of verdict.notes) process.stderr.write(`Hinweis: ${note}\n`)
    return verdict.whole ? 0 : 2
  } catch (error) {
    process.stdout.write(`Das Protokoll ließ sich nicht prüfen: ${reason(error).replace(/\.$/, '')}.\n`)
    return 2
  }
}

const usage = 'So wird der Befehl benutzt: verify.ts DATENORDNER [--witness DATEI…] [--own ZEUGENORDNER]'

function main(): 0 | 2 {
  const options = { witness: { type: 'string', multiple: true }, own: { type: 'string' } } as const
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options })
    const [folder, ...more] = positionals
    if (folder !== undefined && (more.length === 0 || values.witness))
      return reportOn(folder, { witnesses: [...(values.witness ?? []), ...more], own: values.own ?? null })
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
  }
  process.stderr.write(`${usage}\n`)
  return 2
}

if (import.meta.main) process.exitCode = main()
