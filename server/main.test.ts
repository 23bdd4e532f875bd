import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect as connectPlain, type Socket } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import t, { type Test } from 'tap'
import { startEmpty } from './test/empty.ts'
import { exchange, openWire, type Wire } from './test/wire.ts'

/** A form of which the portal has read the head and waits for the body: a request that is under way for certain. */
async function underWay(port: number, body: string): Promise<Wire> {
  const wire = await openWire(port)
  wire.socket.write(
    `POST /preferences HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
  )
  await wire.until(/100 Continue/)
  return wire
}

async function refused(port: number): Promise<boolean> {
  const socket = connectPlain({ host: '127.0.0.1', port })
  return new Promise(resolve => {
    socket.once('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.once('error', () => resolve(true))
  })
}

t.test('a stop lets what is under way end, takes nothing new, and does not wait for idle browsers (R14)', async t => {
  const { portal, visitor, restart } = await startEmpty(t)
  const idle = visitor()
  await idle.get('/help')
  const body = 'language=en'
  const [wire, silent] = [await underWay(portal.port, body), await openWire(portal.port)]
  const started = performance.now()
  const stopping = portal.stop()
  while (!(await refused(portal.port))) t.pass('it may take a moment until the door is closed')
  wire.socket.write(body)
  t.match(await wire.until(/<\/html>/), /HTTP\/1.1 403[\s\S]*<\/html>/, 'the answer is whole')
  await stopping
  t.equal(await silent.ended(), '')
  t.ok(performance.now() - started < 5000, `${Math.round(performance.now() - started)} ms`)
  await portal.stop()
  t.pass('asked again it has stopped already')
  await restart()
  t.equal((await visitor().get('/health')).status, 200, 'the data folder was given back')
})

t.test('the process', async t => {
  const { portal } = await startEmpty(t)
  const { data, origin, listen } = portal.house.config
  await portal.stop()
  const settings = join(data, 'pforte.toml')
  writeFileSync(
    settings,
    `data = "${data}"\norigin = "${origin}"\nnetworks = ["127.0.0.0/8"]\n[listen]\nport = ${listen.port}\n`,
  )

  async function serve(t: Test) {
    const program = join(import.meta.dirname, 'cli/pforte.ts')
    const child = spawn(process.execPath, [program, 'serve', '--config', settings], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    t.teardown(() => child.kill('SIGKILL'))
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString()
      })
    const ended = once(child, 'exit')
    while (!said.includes('"listening"')) await Promise.race([once(child.stdout, 'data'), ended])
    return { child, ended, said: () => said }
  }

  t.test('ends with 0 when it is asked to (R14)', async t => {
    const { child, ended, said } = await serve(t)
    child.kill('SIGTERM')
    t.same(await ended, [0, null])
    t.notMatch(said(), /Error|at .*\.ts:/)
  })

  for (const [first, second] of [
    ['SIGTERM', 'SIGTERM'],
    ['SIGTERM', 'SIGINT'],
  ] as const) {
    t.test(`waits for what is under way, and for nothing after a second signal: ${first}, ${second} (R14)`, async t => {
      const { child, ended } = await serve(t)
      const wire = await underWay(listen.port, 'never sent')
      child.kill(first)
      while (!(await refused(listen.port))) t.pass('it may take a moment until the door is closed')
      t.equal(child.exitCode, null)
      child.kill(second)
      t.same(await ended, [130, null])
      wire.socket.destroy()
    })
  }

  t.test('says in one sentence that another one has the data', async t => {
    const { said } = await serve(t)
    t.match(said(), /"listening"/)
    const program = join(import.meta.dirname, 'cli/pforte.ts')
    const second = spawn(process.execPath, [program, 'serve', '--config', settings], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let complaint = ''
    second.stderr.on('data', (chunk: Buffer) => {
      complaint += chunk.toString()
    })
    t.same(await once(second, 'close'), [2, null])
    t.match(
      complaint,
      /^Die Daten in .* gehören gerade einem anderen Pforte-Prozess\. Bitte zuerst diesen beenden\.\n$/,
    )
  })
})

t.test('clients that want too much', async t => {
  const { portal, visitor } = await startEmpty(t)
  const { port } = portal
  const head = `GET /help HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n`

  t.test('headers above 16 kB are refused, ordinary ones not (B34)', async t => {
    t.match(await exchange(port, `${head}X-Long: ${'a'.repeat(15_000)}\r\n\r\n`), /^HTTP\/1.1 200/)
    t.match(await exchange(port, `${head}X-Long: ${'a'.repeat(17_000)}\r\n\r\n`), /^HTTP\/1.1 431/)
    t.match(await exchange(port, `${head}${'X-Many: aaaaaaaaaaaaaaaaaa\r\n'.repeat(700)}\r\n`), /^HTTP\/1.1 431/)
    t.match(
      await exchange(port, `GET /${'a'.repeat(17_000)} HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`),
      /^HTTP\/1.1 431/,
    )
  })

  t.test('a request whose length can be read in two ways is refused (B34)', async t => {
    const post = `POST /preferences HTTP/1.1\r\nHost: localhost:${port}\r\n`
    for (const lengths of [
      'Content-Length: 5\r\nTransfer-Encoding: chunked',
      'Content-Length: 5\r\nContent-Length: 6',
      'Transfer-Encoding: chunked, identity',
      'Content-Length: +5',
      'Content-Length: 5\r\n Folded: 1',
    ])
      t.match(
        await exchange(port, `${post}${lengths}\r\n\r\n0\r\n\r\nGET /help HTTP/1.1\r\n\r\n`),
        /^HTTP\/1.1 400[^\0]*$/,
        lengths,
      )
  })

  t.test('one address has 256 connections, and leaves room for the others (B34)', async t => {
    const sockets: Socket[] = []
    t.teardown(() => {
      for (const socket of sockets) socket.destroy()
    })
    let closed = 0
    for (let number = 0; number < 300; number++) {
      const socket = connectPlain({ host: '127.0.0.1', port, localAddress: '127.0.0.7' })
      socket.on('close', () => {
        closed += 1
      })
      socket.on('error', () => undefined)
      sockets.push(socket)
    }
    while (closed < 44) await once(sockets[299] as Socket, 'close').catch(() => undefined)
    t.equal((await visitor('127.0.0.8').get('/help')).status, 200)
    t.equal(closed, 44)
    for (const socket of sockets) socket.destroy()
    let again = await visitor('127.0.0.7')
      .get('/help')
      .catch(() => null)
    while (again === null)
      again = await visitor('127.0.0.7')
        .get('/help')
        .catch(() => null)
    t.equal(again.status, 200, 'and they are given back')
  })

  t.test('old TLS and no TLS get no answer (B33)', async t => {
    const old = connectTls({
      host: '127.0.0.1',
      port,
      rejectUnauthorized: false,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    })
    const [error] = (await once(old, 'error')) as [Error]
    t.match(error.message, /version|alert/i)
    const plain = connectPlain({ host: '127.0.0.1', port })
    plain.write(`${head}\r\n`)
    let heard = ''
    plain.on('data', (chunk: Buffer) => {
      heard += chunk.toString('latin1')
    })
    plain.on('error', () => undefined)
    await once(plain, 'close')
    t.notMatch(heard, /html|Pforte/)
  })
})
