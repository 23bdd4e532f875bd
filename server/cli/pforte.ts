import { parseArgs } from 'node:util'
import { NotChecked, NotWhole } from '../audit/checking.ts'
import { AuditRefused, AuditUnavailable } from '../audit/log.ts'
import { type Trouble, WitnessFailed } from '../audit/witness.ts'
import { ConfigRefused } from '../config.ts'
import { KeysMissing } from '../secrets.ts'
import { DataInUse } from '../storage/lock.ts'
import { SchemaRefused } from '../storage/migrate.ts'
import { NoCertificate } from '../tls.ts'
import { CommandRefused, type Verb } from './verb.ts'

const verbs: Readonly<Record<string, () => Promise<Verb>>> = {
  serve: async () => (await import('./serve.ts')).serve,
  migrate: async () => (await import('./migrate.ts')).migrateData,
  import: async () => (await import('./import.ts')).importRoll,
  admin: async () => (await import('./admin.ts')).admin,
  job: async () => (await import('./job.ts')).job,
  status: async () => (await import('./status.ts')).status,
  audit: async () => (await import('./audit.ts')).audit,
}

async function main(): Promise<number> {
  const { tokens } = parseArgs({ strict: false, tokens: true, options: { config: { type: 'string' } } })
  const config = tokens.find(token => token.kind === 'option' && token.name === 'config')
  const settings = (config?.kind === 'option' && config.value) || process.env.PFORTE_CONFIG || '/etc/pforte/pforte.toml'
  const args = process.argv
    .slice(2)
    .filter((arg, index, all) => !/^--config(=|$)/.test(arg) && all[index - 1] !== '--config')
  const [name = '', ...rest] = args
  const load = verbs[name]
  if (!load) {
    const lines = await Promise.all(Object.values(verbs).map(async one => `  pforte ${(await one()).usage}`))
    process.stderr.write(`So wird der Befehl benutzt:\n${lines.join('\n')}\n  (immer möglich: --config DATEI)\n`)
    return 2
  }
  return (await load()).run(rest, settings)
}

const witnessTroubles: Readonly<Record<Trouble, string>> = {
  missing: 'Kein Zeugnis abgelegt: Der Ordner dafür (audit.witness_folder) fehlt. Ist er eingehängt?',
  failed: 'Kein Zeugnis abgelegt: Der Ordner dafür (audit.witness_folder) lässt sich nicht lesen oder beschreiben.',
  slow: 'Kein Zeugnis abgelegt: Der Ordner dafür (audit.witness_folder) antwortet nicht.',
}

function sentence(error: unknown): string | null {
  const told = [
    AuditRefused,
    CommandRefused,
    ConfigRefused,
    DataInUse,
    KeysMissing,
    NoCertificate,
    NotChecked,
    NotWhole,
    SchemaRefused,
  ]
  if (told.some(kind => error instanceof kind)) return (error as Error).message
  if (error instanceof AuditUnavailable)
    return 'Das Protokoll lässt sich nicht beschreiben; deshalb ist nichts geschehen.'
  if (error instanceof WitnessFailed) return witnessTroubles[error.trouble]
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return 'An diesem Anschluss antwortet schon ein anderes Programm.'
  if (code?.startsWith('ERR_PARSE_ARGS_')) return (error as Error).message
  if (/\bSQLITE_(FULL|IOERR|READONLY|CANTOPEN)\b/.test((error as Error).message))
    return 'Der Datenordner lässt sich nicht beschreiben: Der Datenträger ist voll, schreibgeschützt oder defekt.'
  return null
}

try {
  process.exitCode = await main()
} catch (error) {
  const said = sentence(error)
  if (said === null) throw error
  process.stderr.write(`${said}\n`)
  process.exitCode = 2
}
