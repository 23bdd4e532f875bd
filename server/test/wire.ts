import { connect, type TLSSocket } from 'node:tls'

/** A TLS connection on which a test says exactly what it wants, well formed or not. */
export interface Wire {
  readonly socket: TLSSocket
  /** Everything that came back so far. */
  heard(): string
  /** Resolves once what came back fits. */
  until(pattern: RegExp): Promise<string>
  /** Resolves with everything that came back, once the other side has hung up. */
  ended(): Promise<string>
}

export function openWire(port: number): Promise<Wire> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
    let text = ''
    let closed = false
    const waiting = new Set<() => void>()
    const tell = () => {
      for (const look of waiting) look()
    }
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      tell()
    })
    socket.on('close', () => {
      closed = true
      tell()
    })
    const when = (ready: () => boolean) =>
      new Promise<string>(done => {
        const look = () => {
          if (!ready()) return
          waiting.delete(look)
          done(text)
        }
        waiting.add(look)
        look()
      })
    const early = (error: Error) => reject(error)
    socket.once('error', early)
    socket.once('secureConnect', () => {
      socket.off('error', early)
      // Being cut off in the middle is what some tests want to see; 'close' follows.
      socket.on('error', () => undefined)
      resolve({
        socket,
        heard: () => text,
        until: pattern => when(() => pattern.test(text) || closed),
        ended: () => when(() => closed),
      })
    })
  })
}

/** Sends this and returns everything that comes back until the other side hangs up. */
export async function exchange(port: number, text: string): Promise<string> {
  const wire = await openWire(port)
  wire.socket.write(text)
  return wire.ended()
}
