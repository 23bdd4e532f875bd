import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { type Config, readConfig } from '../config.ts'
import type { Verb } from './verb.ts'

type Light = 'GRÜN' | 'GELB' | 'ROT'

interface Finding {
  readonly light: Light
  readonly text: string
  readonly todo?: string
}

export const status: Verb = {
  usage: 'status                      sagt, ob alles in Ordnung ist',
  async run(_args, settings) {
    const config = readConfig(settings)
    const findings = [await answering(config), certificate(config)]
    for (const { light, text, todo } of findings) {
      process.stdout.write(` ${light.padEnd(5)} ${text}\n${todo ? `       → ${todo}\n` : ''}`)
    }
    if (findings.some(finding => finding.light === 'ROT')) return 2
    return findings.some(finding => finding.light === 'GELB') ? 1 : 0
  },
}

/** Asks the portal itself, over its own address, the way a browser does. */
function answering({ listen, origin }: Config): Promise<Finding> {
  const silent: Finding = {
    light: 'ROT',
    text: 'Das Portal antwortet nicht.',
    todo: 'Das Portal starten: systemctl restart pforte',
  }
  return new Promise(resolve => {
    const asked = request(
      {
        host: listen.address === '0.0.0.0' || listen.address === '::' ? '127.0.0.1' : listen.address,
        port: listen.port,
        path: '/health',
        headers: { host: new URL(origin).host },
        // Who answers on our own socket is us; the certificate is judged on its own below.
        rejectUnauthorized: false,
        timeout: 5000,
      },
      answer => {
        answer.resume()
        resolve(
          answer.statusCode === 200
            ? { light: 'GRÜN', text: `Das Portal läuft: ${origin}` }
            : {
                light: 'ROT',
                text: 'Das Portal läuft, ist aber nicht bereit.',
                todo: 'Das Portal neu starten: systemctl restart pforte',
              },
        )
      },
    )
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => resolve(silent))
    asked.end()
  })
}

function certificate({ data }: Config): Finding {
  const file = join(data, 'tls/cert.pem')
  if (!existsSync(file))
    return {
      light: 'ROT',
      text: 'Es gibt kein Zertifikat.',
      todo: `Zertifikat und Schlüssel nach ${join(data, 'tls')} legen`,
    }
  const until = new X509Certificate(readFileSync(file)).validToDate
  const days = Math.floor((until.getTime() - Date.now()) / 86_400_000)
  const text = `Zertifikat gültig bis ${until.toLocaleDateString('de-DE', { timeZone: 'UTC' })}`
  if (days < 7) return { light: 'ROT', text, todo: 'Sofort ein neues Zertifikat einspielen' }
  return days < 30 ? { light: 'GELB', text, todo: 'Ein neues Zertifikat einspielen' } : { light: 'GRÜN', text }
}
