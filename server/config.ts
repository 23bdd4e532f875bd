import { readFileSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { isAbsolute, join, resolve } from 'node:path'
import { parse } from 'smol-toml'
import { z } from 'zod'

/** A setting that is missing, unknown or wrong; the sentence names it and what is allowed. */
export class ConfigRefused extends Error {}

const network = z.string().refine(text => parseNetwork(text) !== null, 'ein Netz wie "192.168.10.0/24" oder "fd00::/8"')

const listen = z.strictObject({
  address: z
    .string()
    .refine(text => isIP(text) !== 0, 'eine IP-Adresse')
    .default('127.0.0.1'),
  port: z.int().min(1).max(65535).default(8443),
})

const audit = z
  .strictObject({
    /** Days for which behaviour is recorded. */
    retention_days: z.literal([30, 60, 90, 180]).default(90),
    /** Why the school keeps records for longer than 90 days. */
    retention_reason: z.string().default(''),
    /** A folder outside this machine (NAS, municipal server) that gets a note of the log's state each day. */
    witness_folder: z.string().refine(isAbsolute, 'ein vollständiger Pfad wie "/mnt/witness"').optional(),
  })
  .refine(given => given.retention_days <= 90 || given.retention_reason.trim().length >= 20, {
    path: ['retention_reason'],
    message: 'Länger als 90 Tage nur mit einer schriftlichen Begründung (mindestens 20 Zeichen)',
  })

const schema = z.strictObject({
  /** Where both databases, keys and the certificate lie. */
  data: z.string().min(1),
  /** The address that people type, for links and for the check where a form came from. */
  origin: z.url({ protocol: /^https$/ }),
  /** Further host names under which the portal answers, with the port where it is not 443. */
  hosts: z.array(z.string().min(1)).default([]),
  /** Only these networks get an answer. */
  networks: z.array(network).min(1),
  listen: listen.prefault({}),
  audit: audit.prefault({}),
  /** Where the school is; days begin and end there. */
  time_zone: z.string().default('Europe/Berlin'),
  log_level: z.enum(['error', 'warn', 'info', 'debug']).default('info'),
})

export interface Config {
  readonly data: string
  readonly origin: string
  readonly hosts: ReadonlySet<string>
  readonly networks: BlockList
  readonly listen: { readonly address: string; readonly port: number }
  readonly audit: {
    readonly retentionDays: number
    readonly reasonGiven: boolean
    readonly witnessFolder: string | null
  }
  readonly timeZone: string
  readonly logLevel: string
}

function parseNetwork(text: string): { address: string; bits: number; family: 'ipv4' | 'ipv6' } | null {
  const [address = '', length, rest] = text.split('/')
  const version = isIP(address)
  const longest = version === 4 ? 32 : 128
  const bits = Number(length ?? longest)
  if (version === 0 || rest !== undefined || !/^\d+$/.test(length ?? '0') || bits > longest) return null
  return { address, bits, family: version === 4 ? 'ipv4' : 'ipv6' }
}

const sections: Readonly<Record<string, object>> = { listen: listen.shape, audit: audit.shape }

const german = { error: z.locales.de().localeError }

/** Names the setting first: `listen.port: Zu klein: erwartet, dass number >=1 ist`. */
function sentence(issue: z.core.$ZodIssue): string {
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys : []
  const allowed = Object.keys(sections[String(issue.path[0])] ?? schema.shape).join(', ')
  const also = unknown.length > 0 ? `. Es gibt: ${allowed}` : ''
  return `${[...issue.path, ...unknown].join('.') || 'Die Einstellungen'}: ${issue.message}${also}`
}

/** Checks settings as they come from a file (or from the demo) and freezes them. */
export function checkConfig(settings: unknown): Config {
  const checked = schema.safeParse(settings, german)
  if (!checked.success) throw new ConfigRefused(checked.error.issues.map(sentence).join('\n'))
  const { data, origin, hosts, networks, listen, audit, time_zone, log_level } = checked.data
  try {
    Temporal.Now.plainDateISO(time_zone)
  } catch {
    throw new ConfigRefused(`time_zone: "${time_zone}" ist keine Zeitzone wie "Europe/Berlin"`)
  }
  const witnessFolder = audit.witness_folder === undefined ? null : resolve(audit.witness_folder)
  if (witnessFolder !== null && join(witnessFolder, '/').startsWith(join(resolve(data), '/')))
    throw new ConfigRefused(
      'audit.witness_folder: liegt im Datenordner; ein Zeugnis gehört auf einen anderen Rechner, wie "/mnt/witness"',
    )
  const allowed = new BlockList()
  for (const text of networks) {
    const found = parseNetwork(text)
    if (found) allowed.addSubnet(found.address, found.bits, found.family)
  }
  return Object.freeze({
    data: resolve(data),
    origin: new URL(origin).origin,
    hosts: new Set([new URL(origin).host, ...hosts].map(host => host.toLowerCase())),
    networks: allowed,
    listen: Object.freeze(listen),
    audit: Object.freeze({
      retentionDays: audit.retention_days,
      reasonGiven: audit.retention_reason.trim() !== '',
      witnessFolder,
    }),
    timeZone: time_zone,
    logLevel: log_level,
  })
}

/** Reads the settings file. */
export function readConfig(file: string): Config {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new ConfigRefused(`Die Einstellungen ${file} sind nicht lesbar (${(error as NodeJS.ErrnoException).code}).`)
  }
  try {
    return checkConfig(parse(text))
  } catch (error) {
    if (error instanceof ConfigRefused) throw new ConfigRefused(`In ${file} stimmt etwas nicht:\n${error.message}`)
    throw new ConfigRefused(`${file} ist kein gültiges TOML: ${(error as Error).message.split('\n')[0]}`)
  }
}
