import type { IncomingHttpHeaders } from 'node:http'
import { Agent, request } from 'node:https'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

type Fields = Readonly<Record<string, string | readonly string[]>>

/** What a browser does over HTTP: keeps cookies, sends its own origin with forms, finds the form's token in the page. */
export class Browser {
  readonly port: number
  /** The address it calls from, where a test plays several; all of 127.0.0.0/8 is this machine. */
  readonly address: string | undefined
  readonly cookies = new Map<string, string>()
  readonly #agent = new Agent({ keepAlive: true, rejectUnauthorized: false })
  /** The token of the last page that had a form. */
  csrf = ''

  constructor(port: number, address?: string) {
    this.port = port
    this.address = address
  }

  close(): void {
    this.#agent.destroy()
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.send('GET', path, headers)
  }

  /** Follows redirects with GET, as browsers do after a form. */
  async follow(answer: Answer): Promise<Answer> {
    let current = answer
    while (current.status === 303) current = await this.get(current.headers.location ?? '/')
    return current
  }

  post(path: string, fields: Fields = {}, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const body = new URLSearchParams()
    for (const [name, value] of Object.entries({ csrf: this.csrf, ...fields }))
      for (const one of Array.isArray(value) ? value : [value]) body.append(name, one as string)
    return this.send(
      'POST',
      path,
      { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin', ...headers },
      body.toString(),
    )
  }

  /** Sends files the way a form with a file field does. */
  upload(
    path: string,
    files: readonly { field: string; name: string; bytes: Uint8Array }[],
    fields: Fields = {},
  ): Promise<Answer> {
    const boundary = 'a-boundary-that-does-not-occur'
    const parts: Buffer[] = []
    for (const [name, value] of Object.entries({ csrf: this.csrf, ...fields }))
      parts.push(Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`))
    for (const { field, name, bytes } of files)
      parts.push(
        Buffer.from(
          `--${boundary}\r\nContent-Disposition: form-data; name="${field}"; filename="${name}"\r\nContent-Type: text/csv\r\n\r\n`,
        ),
        Buffer.from(bytes),
        Buffer.from('\r\n'),
      )
    parts.push(Buffer.from(`--${boundary}--\r\n`))
    const headers = { 'content-type': `multipart/form-data; boundary=${boundary}`, 'sec-fetch-site': 'same-origin' }
    return this.send('POST', path, headers, Buffer.concat(parts))
  }

  send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: string | Uint8Array,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const sent = request(
        {
          host: '127.0.0.1',
          port: this.port,
          method,
          path,
          agent: this.#agent,
          ...(this.address && { localAddress: this.address }),
          headers: {
            host: `localhost:${this.port}`,
            ...(cookie && { cookie }),
            ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
            ...headers,
          },
        },
        answer => {
          const chunks: Buffer[] = []
          answer.on('data', (chunk: Buffer) => chunks.push(chunk))
          answer.on('error', reject)
          answer.on('end', () => {
            this.#keep(answer.headers['set-cookie'] ?? [])
            const text = Buffer.concat(chunks).toString()
            const token = /name="csrf" value="([^"]+)"/.exec(text)?.[1]
            if (token) this.csrf = token
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text })
          })
        },
      )
      sent.on('error', reject)
      sent.end(body)
    })
  }

  #keep(cookies: readonly string[]): void {
    for (const line of cookies) {
      const [pair = ''] = line.split(';')
      const [name = '', value = ''] = pair.split('=')
      const gone = value === '' || /expires=Thu, 01 Jan 1970/i.test(line)
      if (gone) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
  }
}
