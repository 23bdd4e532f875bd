import { request } from 'node:https'

/** Bytes of a page and of every file of ours that it names, as they are sent to a browser that knows gzip and brotli. */
export async function pageWeight(port: number, path: string, cookie: string): Promise<number> {
  const plain = await fetchPage(port, path, { cookie })
  const files = new Set([...plain.text.matchAll(/(?:href|src)="(\/static\/[^"#]+)/g)].map(match => match[1] ?? ''))
  const encoding = { 'accept-encoding': 'gzip, deflate, br' }
  const sent = await Promise.all([
    fetchPage(port, path, { cookie, ...encoding }),
    ...[...files].map(file => fetchPage(port, file.replaceAll('&amp;', '&'), encoding)),
  ])
  return sent.reduce((sum, { bytes }) => sum + bytes, 0)
}

function fetchPage(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ bytes: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port,
        path,
        agent: false,
        rejectUnauthorized: false,
        headers: { host: `localhost:${port}`, ...headers },
      },
      answer => {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.once('error', reject)
        answer.once('end', () => {
          const body = Buffer.concat(parts)
          if (answer.statusCode === 200) resolve({ bytes: body.length, text: body.toString() })
          else reject(new Error(`${path} answers ${answer.statusCode}`))
        })
      },
    )
    asked.once('error', reject)
    asked.end()
  })
}
