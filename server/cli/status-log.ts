import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type File, openForReading } from '../audit/file.ts'
import { type Entry, type EntryKind, parseEntry } from '../audit/formats/entries.ts'
import { namedAuditors } from '../audit/ledger-lines.ts'
import type { Config } from '../config.ts'
import type { Finding } from './finding.ts'

const hour = 3_600_000
const day = 24 * hour
const fewestAuditors = 3

interface Line {
  readonly idx: number
  readonly entry: Entry
}

/**
 * How the sealed log stands, from what lies in clear in its file: no key, no check of signatures, nothing written.
 * `running`: whether the portal answers, so that there must be new lines.
 */
export async function logFindings(config: Config, running: boolean, now = Date.now()): Promise<Finding[]> {
  let file: File | null = null
  try {
    file = await openForReading(join(config.data, 'audit.db'))
    return [...(await ledgerFindings(file, running, now)), ...(await witnessFindings(config, now))]
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const todo = 'Den Befehl als Benutzer des Dienstes ausführen, und das Portal einmal gestartet haben'
    return [{ light: 'ROT', text: `Das Protokoll ist nicht lesbar${code ? ` (${code})` : ''}.`, todo }]
  } finally {
    await file?.close()
  }
}

async function newest(file: File, kind: EntryKind): Promise<Line | null> {
  const [row] = await file.all<{ idx: number; body: string }>(
    `SELECT idx, body FROM audit_ledger WHERE json_valid(body) AND body ->> 'k' = ? ORDER BY idx DESC LIMIT 1`,
    kind,
  )
  const entry = row ? parseEntry(row.body) : null
  return row && entry ? { idx: row.idx, entry } : null
}

const after = (one: Line | null, other: Line | null): boolean => one !== null && one.idx > (other?.idx ?? -1)

async function ledgerFindings(file: File, running: boolean, now: number): Promise<Finding[]> {
  const [ok, failed] = [await newest(file, 'verify_ok'), await newest(file, 'verify_failed')]
  const [step, confirmed] = [await newest(file, 'clock_step'), await newest(file, 'clock_confirmed')]
  const [last] = await file.all<{ body: string }>('SELECT body FROM audit_ledger ORDER BY idx DESC LIMIT 1')
  const [people] = await file.all<{ n: number }>("SELECT count(*) AS n FROM audit_auditor WHERE state = 'active'")
  const began = (await newest(file, 'instance_created'))?.entry.t ?? now
  const auditors = people?.n ?? 0
  const found: Finding[] = []
  if (after(failed, ok))
    found.push({
      light: 'ROT',
      text: 'Das Protokoll ist NICHT unversehrt: Die letzte Prüfung ist gescheitert.',
      todo: 'Nichts löschen und nichts zurückspielen; die Stelle nennt: scripts/pforte audit verify',
    })
  else if (now - (ok?.entry.t ?? began) > 3 * day)
    found.push({
      light: 'GELB',
      text: 'Das Protokoll ist seit über drei Tagen nicht geprüft worden.',
      todo: 'Jetzt prüfen: scripts/pforte audit verify; das Portal nachts laufen lassen',
    })
  if (await hasDiffered(file))
    found.push({
      light: 'ROT',
      text: 'Über eine prüfende Person sagt oder sagte die Datei etwas anderes als das Verzeichnis.',
      todo: 'Klären, wer am Server gearbeitet hat; danach machen zwei Prüfende die Übung',
    })
  if (await isRestored(file))
    found.push({
      light: 'ROT',
      text: 'Das Protokoll ist durch ein älteres ersetzt worden; zwei Prüfende haben das noch nicht bestätigt.',
      todo: 'Klären, wer wann zurückgespielt hat; beide bestätigen es auf der Seite „Protokoll“',
    })
  if (after(step, confirmed) && step?.entry.doubt !== 'none')
    found.push({
      light: 'GELB',
      text: 'Der Uhr dieses Rechners ist nicht zu trauen; so lange wird nichts gelöscht.',
      todo: 'Die Uhr stellen (timedatectl) und sie auf der Seite „Protokoll“ bestätigen',
    })
  if (running && now - (last ? (parseEntry(last.body)?.t ?? 0) : 0) > 2 * hour)
    found.push({
      light: 'ROT',
      text: 'Das Portal läuft, aber das Protokoll steht seit über zwei Stunden.',
      todo: 'Platz und Rechte des Datenordners prüfen, dann: systemctl restart pforte',
    })
  if (auditors < fewestAuditors)
    found.push({
      light: 'GELB',
      text: `Es gibt ${auditors} Prüfende, nötig sind drei: Was jetzt aufgezeichnet wird, kann nie jemand lesen.`,
      todo: 'Drei Personen zu Prüfenden bestellen',
    })
  if (found.length > 0) return found
  const checked = ok ? `, zuletzt unversehrt gefunden am ${new Date(ok.entry.t).toISOString().slice(0, 10)}` : ''
  return [{ light: 'GRÜN', text: `Das Protokoll wird geführt${checked}.` }]
}

const isRestored = (file: File) => waitsForTwo(file, 'restore_detected', 'restore_acknowledged')

/** Whether something happened to which two auditors have not answered since. */
async function waitsForTwo(file: File, happened: EntryKind, answer: EntryKind): Promise<boolean> {
  const last = await newest(file, happened)
  if (!last) return false
  const [row] = await file.all<{ n: number }>(
    `SELECT count(DISTINCT body ->> 'auditor') AS n FROM audit_ledger
     WHERE idx > ? AND json_valid(body) AND body ->> 'k' = ?`,
    ...[last.idx, answer],
  )
  return (row?.n ?? 0) < 2
}

/** Whether an auditor's row is, or was until two have practised, another than the ledger names. */
async function hasDiffered(file: File): Promise<boolean> {
  return (await namedAuditors(file)) === null || (await waitsForTwo(file, 'auditor_differs', 'drill_passed'))
}

const noteName = /-(\d{4}-\d\d-\d\d)-\d+(-[0-9a-f]{8})?\.txt$/

async function witnessFindings({ audit, data }: Config, now: number): Promise<Finding[]> {
  const folder = audit.witnessFolder
  if (folder === null) return []
  const todo = `Ist der Ordner eingehängt, und darf der Dienst darin schreiben? ${folder}`
  try {
    if ((await stat(folder)).dev === (await stat(data)).dev)
      return [{ light: 'GELB', text: 'Der Ordner für Zeugnisse liegt auf demselben Datenträger wie die Daten.', todo }]
    const today = new Date(now + day).toISOString().slice(0, 10)
    const days = (await readdir(folder)).flatMap(name => noteName.exec(name)?.[1] ?? []).filter(one => one <= today)
    const last = days.sort().at(-1)
    if (last !== undefined && now - Date.parse(last) < 3 * day)
      return [{ light: 'GRÜN', text: `Das letzte Zeugnis im Ordner außerhalb ist vom ${last}.` }]
    const text = last
      ? `Das letzte Zeugnis im Ordner außerhalb ist alt: ${last}.`
      : 'Außerhalb liegt noch kein Zeugnis.'
    return [{ light: 'GELB', text, todo }]
  } catch {
    return [{ light: 'GELB', text: 'Der Ordner für Zeugnisse fehlt oder ist nicht lesbar.', todo }]
  }
}
