import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { stringify } from 'smol-toml'
import { checkConfig } from '../config.ts'
import { auditorPassphrases } from '../demo/auditors.ts'
import { cast, castPassword, oneTimeSecrets } from '../demo/cast.ts'
import { growLarge } from '../demo/large.ts'
import { seedLetters } from '../demo/letters.ts'
import { loginOf, seedSmallSchool } from '../demo/seed.ts'
import type { House } from '../house.ts'
import { openHouse, startPortal } from '../main.ts'
import { codeInGroups } from '../people/codes.ts'
import { codeAt, secretFrom } from '../people/one-time.ts'
import { findOpenCode } from '../people/registration.ts'
import { ensureSelfSigned } from '../self-signed.ts'
import { DataInUse } from '../storage/lock.ts'
import { untilStopped } from './serve.ts'

const usage = 'scripts/demo [--fresh] [--size small|large] [--prepare] [--codes]\n'
const marker = 'demo.json'

interface Made {
  readonly size: 'small' | 'large'
  readonly code: string
}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        fresh: { type: 'boolean' },
        size: { type: 'string' },
        prepare: { type: 'boolean' },
        codes: { type: 'boolean' },
      },
    })
    const { fresh = false, prepare = false, codes = false, size } = values
    if (size === undefined || size === 'small' || size === 'large') return { fresh, prepare, codes, size } as const
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
  }
  process.stderr.write(usage)
  return process.exit(2)
}

const { fresh, size, prepare, codes } = options()
const data = resolve(process.env.PFORTE_DATA ?? 'data/demo')
const port = Number(process.env.PFORTE_PORT ?? 8443)
const settings = {
  data,
  origin: `https://localhost:${port}`,
  hosts: [`127.0.0.1:${port}`, `[::1]:${port}`],
  networks: ['127.0.0.0/8', '::1/128'],
  listen: { address: '127.0.0.1', port },
  log_level: process.env.PFORTE_LOG ?? 'warn',
}
const config = checkConfig(settings)
const settingsFile = join(data, 'pforte.toml')

/** Only a folder that this command made is ever emptied. */
function clear(): void {
  if (!existsSync(data)) return
  if (!existsSync(join(data, marker)) && readdirSync(data).some(name => name.endsWith('.db'))) {
    process.stderr.write(`${data} enthält Daten, die nicht von der Vorführung stammen. Nichts wurde verändert.\n`)
    process.exit(2)
  }
  for (const name of readdirSync(data)) if (name !== 'tls') rmSync(join(data, name), { recursive: true })
}

function writeLogins(house: House): void {
  const logins = cast.map(person => ({
    name: `${person.given_name} ${person.family_name}`,
    role: person.role,
    login: loginOf(person),
    password: castPassword,
    ...(oneTimeSecrets[person.key] ? { totp_secret: oneTimeSecrets[person.key] } : {}),
    ...(auditorPassphrases[person.key] ? { auditor_passphrase: auditorPassphrases[person.key] } : {}),
    groups: [...(person.works ?? []), ...(person.leads ?? [])].filter(
      (group, index, all) => all.indexOf(group) === index,
    ),
  }))
  writeFileSync(join(house.config.data, 'logins.json'), `${JSON.stringify(logins, null, 2)}\n`, { mode: 0o600 })
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function table(code: string | null): void {
  const width = Math.max(...cast.map(person => loginOf(person).length))
  say('\nWen Sie ausprobieren können:\n')
  for (const person of cast)
    say(`  ${loginOf(person).padEnd(width)}  ${person.given_name} ${person.family_name}, ${person.role}`)
  say(`\n  Passwort für alle: ${castPassword}`)
  const second = cast.filter(person => oneTimeSecrets[person.key]).map(person => person.given_name)
  say(`  Zweiter Schritt:   ${second.join(', ')} brauchen dazu einen Code. Die Codes von jetzt: scripts/demo --codes`)
  say('  Prüf-Kennwörter:   je sieben Wörter. Zwei davon öffnen zusammen das Protokoll.')
  tellPassphrases('    ')
  say(
    code
      ? `  Zum Registrieren:  ${codeInGroups(code)}  (Jelena Kovač, Mutter von Mila, 5b; einmal gültig)`
      : '  Der Code zum Registrieren ist schon benutzt. Von vorn: scripts/demo --fresh',
  )
}

/** With which the auditors of the demo open their keys. */
function tellPassphrases(before: string): void {
  for (const person of cast) {
    const passphrase = auditorPassphrases[person.key]
    if (passphrase) say(`${before}${person.given_name.padEnd(6)} ${passphrase}`)
  }
}

/** What the apps of the cast show at this moment, and for how long. Opens nothing: the secrets stand in the program. */
function tellCodes(): void {
  const now = Date.now()
  for (const person of cast) {
    const secret = oneTimeSecrets[person.key]
    if (secret) say(`  ${codeAt(secretFrom(secret), now).replace(/^.../, '$& ')}  ${loginOf(person)}`)
  }
  say(`  Noch ${30 - (Math.floor(now / 1000) % 30)} Sekunden. Jeder Code gilt einmal.`)
  say('\n  Prüf-Kennwörter:')
  tellPassphrases('  ')
}

async function make(): Promise<Made> {
  mkdirSync(data, { recursive: true, mode: 0o700 })
  const { house, close } = await openHouse(config, { migrate: true })
  try {
    writeFileSync(join(data, marker), JSON.stringify({ unfinished: true }))
    const small = await seedSmallSchool(house)
    await seedLetters(house, small)
    if (size === 'large') await growLarge(house, text => process.stderr.write(`${text}\n`))
    writeLogins(house)
    const made: Made = { size: size === 'large' ? size : 'small', code: small.code.code }
    writeFileSync(join(data, marker), JSON.stringify(made))
    return made
  } finally {
    await close()
  }
}

async function main(): Promise<void> {
  const before = existsSync(join(data, marker))
    ? (JSON.parse(readFileSync(join(data, marker), 'utf8')) as Made | { unfinished: true })
    : null
  const keep = before !== null && !('unfinished' in before) && !fresh && (size === undefined || before.size === size)
  if (!keep) clear()
  await ensureSelfSigned(data, ['localhost', '127.0.0.1', '::1'])
  const made = keep ? before : await make()
  // With it every command works on this school, too.
  writeFileSync(settingsFile, stringify(settings), { mode: 0o600 })
  if (prepare) return
  const portal = await startPortal(config, { migrate: true })
  say('Pforte: Vorführung mit einer erfundenen Schule. Nur auf diesem Rechner erreichbar.')
  table((await findOpenCode(portal.house, made.code)) ? made.code : null)
  say(
    `\n  → https://localhost:${portal.port}   (selbst gemachtes Zertifikat: der Browser fragt einmal nach)\n  Das Protokoll prüfen: scripts/pforte --config ${relative('', settingsFile) || settingsFile} audit verify\n  Beenden mit Strg+C`,
  )
  await untilStopped(portal)
}

try {
  if (codes) tellCodes()
  else await main()
} catch (error) {
  const { code } = error as NodeJS.ErrnoException
  if (!(error instanceof DataInUse) && code !== 'EADDRINUSE') throw error
  process.stderr.write(
    `${code === 'EADDRINUSE' ? `An Anschluss ${port} antwortet schon ein Programm. Ein anderer: PFORTE_PORT=8444 scripts/demo` : (error as Error).message}\n`,
  )
  process.exitCode = 2
}
