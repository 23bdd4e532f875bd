import { parseArgs } from 'node:util'
import { reportOn } from '../audit/verify.ts'
import { readConfig } from '../config.ts'
import { CommandRefused, type Verb } from './verb.ts'

export const audit: Verb = {
  usage: 'audit verify                prüft, ob das Protokoll unversehrt ist (--witness DATEI…: auch gegen Zeugnisse)',
  async run(args, settings) {
    const { data, audit: rules, timeZone } = readConfig(settings)
    // The verifier knows nothing of settings; its times are those of the process.
    process.env.TZ = timeZone
    return reportOn(data, { witnesses: readWitnesses(args), own: rules.witnessFolder })
  },
}

function readWitnesses(args: string[]): string[] {
  const options = { witness: { type: 'string', multiple: true } } as const
  try {
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options })
    const [act, ...more] = positionals
    if (act === 'verify' && (more.length === 0 || values.witness)) return [...(values.witness ?? []), ...more]
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
  }
  throw new CommandRefused(`So wird der Befehl benutzt: pforte ${audit.usage.replace(/ +/g, ' ')}`)
}
