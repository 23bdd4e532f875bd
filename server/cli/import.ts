import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { readConfig } from '../config.ts'
import type { House } from '../house.ts'
import { openHouse } from '../main.ts'
import { codeInGroups } from '../people/codes.ts'
import { largestFile } from '../roll/decode.ts'
import { type Field, fields } from '../roll/facts.ts'
import { type CaptionOf, openFile } from '../roll/files.ts'
import { type Imported, importFiles } from '../roll/importing.ts'
import { loadRoll } from '../roll/known-store.ts'
import type { Plan, PlanOptions, ReadFile } from '../roll/plan.ts'
import { makePlan } from '../roll/planning.ts'
import { planDocument, planLines } from '../roll/report.ts'
import { systemChange } from '../storage/change.ts'
import { csvFile } from '../web/csv.ts'
import type { Language } from '../web/i18n.ts'
import type { Verb } from './verb.ts'

const usage = `import DATEIEN… [--preview] [--json] [--complete [--leaving ZAHL]] [--confirm-custody]
                [--map feld=Spalte …] [--codes DATEI]   liest Schülerlisten ein`

const explained = `pforte ${usage}

Liest Listen der Schulverwaltung ein: DaNiS „Freie Liste“, Elterntabelle mit Kind-ID, Schülerliste mit Import-ID,
jede andere mit --map. Mehrere Dateien zusammen sind ein Vorgang: Entweder geht alles hinein oder nichts.

  --preview           zeigt nur, was geschähe
  --json              schreibt ein JSON-Dokument statt Text
  --complete          die Dateien sind die ganze Schule: Wer fehlt, hat sie verlassen
  --leaving ZAHL      bestätigt, wie viele Kinder mit --complete wegfallen
  --confirm-custody   die Dateien nennen nur Personen mit Sorgerecht
  --map feld=Spalte   sagt, was in einer Spalte steht; so oft wie nötig
  --codes DATEI       macht Codes und schreibt sie in eine neue Datei
  --config DATEI      nimmt diese Einstellungen

Felder für --map: ${fields.join(', ')}

Ende: 0 gut, 1 übernommen oder gezeigt mit Hinweisen, 2 abgelehnt.
`

interface Wishes {
  readonly files: readonly string[]
  readonly preview: boolean
  readonly json: boolean
  readonly options: PlanOptions
  readonly leaving: string | null
  readonly captions: CaptionOf | null
  readonly codes: string | null
}

/** Told to whoever typed the command: one sentence. Nothing was changed. */
class ImportRefused extends Error {}

/** Reads lists into the roll, as the office's page does; without `--codes` no codes are made. */
export const importRoll: Verb = {
  usage,
  async run(args, settings) {
    try {
      const wishes = readWishes(args)
      if (wishes !== 'help') return await importAll(wishes, settings)
      process.stdout.write(explained)
      return 0
    } catch (error) {
      if (!(error instanceof ImportRefused)) throw error
      process.stderr.write(`${error.message}\n`)
      return 2
    }
  },
}

async function importAll(wishes: Wishes, settings: string): Promise<number> {
  const { house, close } = await openHouse(readConfig(settings))
  try {
    const language = house.texts.language('de')
    const files = readAll(wishes, language)
    say('Die Dateien sind gelesen. Der Plan entsteht …')
    const plan = await preview(house, files, wishes)
    if (wishes.preview) return report(wishes, language, plan, null)
    confirmLeaving(wishes, language, plan)
    say('Der Plan wird ausgeführt …')
    const done = await carryOut(house, files, wishes, plan)
    return report(wishes, language, done.plan, done)
  } finally {
    await close()
  }
}

/** Progress is for people who watch. */
function say(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${line}\n`)
}

function readWishes(args: string[]): Wishes | 'help' {
  const { values, positionals } = parseWords(args)
  if (values.help) return 'help'
  if (positionals.length === 0) throw new ImportRefused(`So wird der Befehl benutzt: pforte ${usage}`)
  return {
    files: positionals,
    preview: values.preview,
    json: values.json,
    options: { complete: values.complete, custody: values['confirm-custody'] ? 'confirm-all' : 'as-in-file' },
    leaving: values.leaving ?? null,
    captions: values.map ? Object.fromEntries(values.map.map(mapping)) : null,
    codes: values.codes ?? null,
  }
}

/** What was typed, or one sentence about the word that the command does not know. */
function parseWords(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        preview: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        complete: { type: 'boolean', default: false },
        'confirm-custody': { type: 'boolean', default: false },
        leaving: { type: 'string' },
        map: { type: 'string', multiple: true },
        codes: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (!code?.startsWith('ERR_PARSE_ARGS')) throw error
    const word = args.find(arg => (error as Error).message.includes(`'${arg.split('=')[0]}`)) ?? ''
    throw new ImportRefused(`${word}: Diese Angabe ist unbekannt oder unvollständig. Hilfe: pforte import --help`)
  }
}

function mapping(text: string): [Field, string] {
  const [, name, caption] = /^([^=]+)=(.+)$/s.exec(text) ?? []
  const field = fields.find(one => one === name)
  if (!field || !caption)
    throw new ImportRefused(`--map ${text}: gebraucht wird feld=Spalte, mit feld eines von ${fields.join(', ')}.`)
  return [field, caption]
}

function readAll({ files, captions }: Wishes, { t }: Language): ReadFile[] {
  return files.map((path, position) => {
    const name = basename(path)
    const opened = openFile(position, name, readBytes(path, name, t), captions)
    if (opened.state === 'read') return opened.file
    const refusal = opened.refusal
    if (refusal) throw new ImportRefused(t(refusal.key, { ...refusal.values, file: name }))
    const columns = opened.state === 'unmapped' ? opened.table.header.join(', ') : ''
    throw new ImportRefused(t('roll.file.unknown', { file: name, columns }))
  })
}

function readBytes(path: string, name: string, t: Language['t']): Buffer {
  try {
    if (statSync(path).size > largestFile) {
      throw new ImportRefused(t('roll.file.large', { file: name, megabytes: largestFile / 1024 / 1024 }))
    }
    return readFileSync(path)
  } catch (error) {
    if (error instanceof ImportRefused) throw error
    throw new ImportRefused(`Die Datei ${path} ist nicht lesbar (${(error as NodeJS.ErrnoException).code}).`)
  }
}

async function note(house: House, plan: Plan, outcome: 'ok' | 'try'): Promise<void> {
  await house.audit.append({
    action: 'command.import',
    actor: null,
    session: null,
    address: null,
    concerns: [],
    outcome,
    details: { files: plan.files.length, rows: plan.rows.read, preview: outcome === 'ok' ? 1 : 0 },
  })
}

function preview(house: House, files: readonly ReadFile[], { options }: Wishes): Promise<Plan> {
  return systemChange(house.database, house.clock, 'command', async change => {
    const plan = makePlan(files, await loadRoll(change, change.at), options)
    await note(house, plan, 'ok')
    return plan
  })
}

/** As on the page: whoever takes children away says how many. */
function confirmLeaving({ leaving }: Wishes, { t }: Language, plan: Plan): void {
  const count = plan.pupils.leaving.length
  if (count === 0 || leaving === String(count)) return
  const names = plan.pupils.leaving.slice(0, 10).map(pupil => pupil.name)
  throw new ImportRefused(
    `${count} ${t('roll.preview.leaving', { count })}: ${names.join(', ')}${count > names.length ? ' …' : ''}.\nEs wurde nichts geändert. Wenn das stimmt, wiederholen Sie den Befehl mit --leaving ${count}.`,
  )
}

function carryOut(house: House, files: readonly ReadFile[], wishes: Wishes, plan: Plan): Promise<Imported> {
  return systemChange(house.database, house.clock, 'command', async change => {
    const how = { previewed: plan.stateHash, withCodes: wishes.codes !== null }
    const done = await importFiles(change, house, files, wishes.options, how)
    await note(house, plan, 'try')
    if (wishes.codes === null) return done
    const links = await change.write('guardianships').select('id', 'guardian_id', 'pupil_id')
    const pupils = new Map((await change.write('pupils')).map(pupil => [pupil.id, pupil]))
    const guardians = new Map((await change.write('guardians')).map(guardian => [guardian.id, guardian]))
    const linkOf = new Map(links.map(link => [link.id, link]))
    const rows = done.codes.map(({ guardianship_id, pupil_id, code, expires_at }) => {
      const link = linkOf.get(guardianship_id ?? '')
      const pupil = pupils.get(link?.pupil_id ?? pupil_id ?? '')
      const person = guardians.get(link?.guardian_id ?? '') ?? pupil
      const address = guardians.get(link?.guardian_id ?? '')?.address ?? ''
      return [
        pupil?.given_name ?? '',
        pupil?.family_name ?? '',
        person?.given_name ?? '',
        person?.family_name ?? '',
        address,
        codeInGroups(code),
        expires_at.slice(0, 10),
      ]
    })
    const heading = ['Vorname Kind', 'Nachname Kind', 'Vorname', 'Nachname', 'Adresse', 'Code', 'Gültig bis']
    writeCodes(wishes.codes, csvFile([heading, ...rows]))
    return done
  })
}

/** A file of codes is as good as the codes: for its owner only, and never over another one. */
function writeCodes(path: string, content: string): void {
  try {
    writeFileSync(path, content, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    throw new ImportRefused(
      `Die Codes lassen sich nicht nach ${path} schreiben (${(error as NodeJS.ErrnoException).code}). Es wurde nichts geändert.`,
    )
  }
}

function report(wishes: Wishes, language: Language, plan: Plan, done: Imported | null): number {
  const applied = done !== null
  const made = done?.codes.length ?? 0
  if (wishes.json) process.stdout.write(`${JSON.stringify(planDocument(language, plan, applied, made), null, 2)}\n`)
  else process.stdout.write(`${planLines(language, plan, applied, made).join('\n')}\n`)
  return plan.problems.length > 0 ? 1 : 0
}
