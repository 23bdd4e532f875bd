import { parseArgs } from 'node:util'
import { reportOn } from '../audit/verify.ts'
import { readConfig } from '../config.ts'
import { CommandRefused, type Verb } from './verb.ts'

export const audit: Verb = {
  usage: 'audit verify                prüft, ob das Protokoll unversehrt ist (--witness DATEI…: auch gegen Zeugnisse)',
  async run(args, settings) {
    const options = { witness: { type: 'string', multiple: true } } as const
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options })
    const [act, ...more] = positionals
    if (act !== 'verify' || (more.length > 0 && !values.witness))
      throw new CommandRefused(`So wird der Befehl benutzt: pforte ${audit.usage}`)
    return reportOn(readConfig(settings).data, [...(values.witness ?? []), ...more])
  },
}
