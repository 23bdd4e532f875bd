import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { connect, type TLSSocket } from 'node:tls'

/** One request with its session, as it goes over the wire. */
export function requestBytes(port: number, path: string, cookie: string): Buffer {
  const cookies = cookie ? `cookie: ${cookie}\r\n` : ''
  return Buffer.from(`GET ${path} HTTP/1.1\r\nhost: localhost:${port}\r\n${cookies}accept: text/html\r\n\r\n`)
}

/** What one round of load brought. */
export interface Round {
  readonly perSecond: number
  /** Milliseconds, one for each answer. */
  readonly times: readonly number[]
}

/** How visitors behave who do not ask as fast as they can. */
export interface Visit {
  /** Milliseconds between an answer and the next question. */
  readonly thinkTime?: number
  /** Whether to end before the time is over. */
  readonly until?: () => boolean
}

/**
 * Asks on so many connections at once for so many seconds, each connection waiting for its answer before it asks
 * again; the requests are taken in turn. Any answer but 200 ends it.
 *
 * It lives on the same cores as the servers, so it does little: ready bytes out, headers and length in.
 */
export async function load(
  port: number,
  requests: readonly Buffer[],
  connections: number,
  seconds: number,
  { thinkTime = 0, until = () => false }: Visit = {},
): Promise<Round> {
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)))
  const times: number[] = []
  const began = performance.now()
  const end = began + seconds * 1000
  let turn = 0
  const next = () => requests[turn++ % requests.length] as Buffer
  try {
    await Promise.all(
      sockets.map(async (socket, index) => {
        // Visitors who think do not all begin at once.
        await wait((thinkTime * index) / connections)
        await keepAsking(socket, next, () => performance.now() >= end || until(), thinkTime, times)
      }),
    )
  } finally {
    for (const socket of sockets) socket.destroy()
  }
  return { perSecond: (times.length * 1000) / (performance.now() - began), times }
}

async function open(port: number): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', rejectUnauthorized: false })
  socket.setNoDelay(true)
  await once(socket, 'secureConnect')
  return socket
}

const endOfHeaders = Buffer.from('\r\n\r\n')

function keepAsking(
  socket: TLSSocket,
  next: () => Buffer,
  over: () => boolean,
  thinkTime: number,
  times: number[],
): Promise<void> {
  return new Promise((resolve, reject) => {
    let asked = 0
    let head: Buffer | null = null
    let missing = -1
    const ask = () => {
      asked = performance.now()
      missing = -1
      socket.write(next())
    }
    socket.on('data', (chunk: Buffer) => {
      if (missing < 0) {
        head = head ? Buffer.concat([head, chunk]) : chunk
        const at = head.indexOf(endOfHeaders)
        if (at < 0) return
        const text = head.toString('latin1', 0, at)
        const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1]
        if (!text.startsWith('HTTP/1.1 200 ') || length === undefined) {
          reject(new Error(`Not an answer to measure: ${text.split('\r\n')[0]}`))
          return
        }
        missing = Number(length) - (head.length - at - endOfHeaders.length)
        head = null
      } else missing -= chunk.length
      if (missing > 0) return
      times.push(performance.now() - asked)
      if (over()) resolve()
      else if (thinkTime > 0) setTimeout(ask, thinkTime)
      else ask()
    })
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('The server closed a connection')))
    ask()
  })
}

/** The value below which so many of a hundred lie; of sorted numbers. */
export function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil((sorted.length * percent) / 100) - 1)] ?? Number.NaN
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}
