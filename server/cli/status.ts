import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { type Config, readConfig } from '../config.ts'
import type { Finding } from './finding.ts'
import { logFindings } from './status-log.ts'
import type { Verb } from './verb.ts'

export const status: Verb = {
  usage: 'status                      sagt, ob alles in Ordnung ist',
  async run(_args, settings) {
    const config = readConfig(settings)
    const answer = await answering(config)
    const findings = [answer, certificate(config), ...(await logFindings(config, answer !== silent))]
    for (const { light, text, todo } of findings) {
      process.stdout.write(` ${light.padEnd(5)} ${text}\n${todo ? `       Was tun? ${todo}\n` : ''}`)
    }
    if (findings.some(finding => finding.light === 'ROT')) return 2
    return findings.some(finding => finding.light === 'GELB') ? 1 : 0
  },
}

const silent: Finding = {
  light: 'ROT',
  text: 'Das Portal antwortet nicht.',
  todo: 'Das Portal starten: systemctl restart pforte',
}
const mute = (data: string): Finding => ({
  light: 'ROT',
  text: 'Das Portal läuft, kann aber nichts aufzeichnen und zeigt deshalb fast keine Seite.',
  todo: `Platz und Rechte im Datenordner prüfen: df -h ${data}`,
})
const unready: Finding = {
  light: 'ROT',
  text: 'Das Portal läuft, ist aber nicht bereit.',
  todo: 'Das Portal neu starten: systemctl restart pforte',
}

/** Asks the portal itself, over its own address, the way a browser does. */
function answering({ listen, origin, data }: Config): Promise<Finding> {
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
        let said = ''
        answer.setEncoding('utf8').on('data', (text: string) => {
          said += text
        })
        answer.on('end', () => {
          if (answer.statusCode === 200) resolve({ light: 'GRÜN', text: `Das Portal läuft: ${origin}` })
          else resolve(said.includes('"recording":false') ? mute(data) : unready)
        })
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
