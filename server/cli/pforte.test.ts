import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import t from 'tap'
import { ensureSelfSigned } from '../self-signed.ts'
import { Browser } from '../test/browser.ts'
import { folderFor } from '../test/folder.ts'

const command = join(import.meta.dirname, 'pforte.ts')

function run(...args: string[]): Promise<{ code: number | null; out: string; said: string }> {
  return new Promise(resolve => {
    const child = spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    let said = ''
    child.stdout.on('data', text => (out += text))
    child.stderr.on('data', text => (said += text))
    child.on('close', code => resolve({ code, out, said }))
  })
}

function settings(
  t: Pick<typeof import('tap').default, 'testdir' | 'teardown'>,
  port: number,
): { file: string; data: string } {
  const folder = folderFor(t)
  const file = join(folder, 'pforte.toml')
  const data = join(folder, 'data')
  const lines = [
    `data = "${data}"`,
    `origin = "https://localhost:${port}"`,
    'networks = ["127.0.0.0/8"]',
    `listen = { port = ${port} }`,
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  return { file, data }
}

t.test('the command without a verb, or with a wrong one, says what there is', async t => {
  for (const args of [[], ['nothing']]) {
    const { code, said } = await run(...args)
    t.equal(code, 2)
    for (const verb of ['serve', 'migrate', 'import', 'admin create', 'job', 'status']) t.match(said, verb)
  }
  const { code, said } = await run('status', '--config', '/nowhere/pforte.toml')
  t.equal(code, 2)
  t.match(said, /nicht lesbar/)
  t.notMatch(said, /\n\s+at /, 'a sentence, not a stack')
})

t.test('from empty data to a first admin who signs in: migrate, admin create, serve, /setup, status (B22)', async t => {
  const port = 41_000 + (process.pid % 2_000)
  const { file, data } = settings(t, port)
  t.match(await run('serve', '--config', file), { code: 2, said: /migrate/ }, 'without data it says what to do first')
  t.match(await run('migrate', '--config', file), { code: 0 })
  await ensureSelfSigned(data, ['localhost'])
  const made = await run('admin', 'create', '--config', file)
  const token = /[0-9A-Z]{4}(-[0-9A-Z]{4}){7}/.exec(made.out)?.[0] ?? ''
  t.not(token, '')

  const server = spawn(process.execPath, [command, 'serve', '--config', file], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => server.kill('SIGKILL'))
  await new Promise<void>(resolve =>
    server.stdout.on('data', (line: Buffer) => /listening/.test(line.toString()) && resolve()),
  )
  t.match(
    await run('job', 'sessions', '--config', file),
    { code: 2, said: /anderen Pforte-Prozess/ },
    'one owner of the data at a time',
  )
  t.match(await run('status', '--config', file), {
    code: 1,
    out: /GRÜN[\s\S]*GELB {2}Es gibt 0 Prüfende[\s\S]*Was tun\?/,
  })

  const browser = new Browser(port)
  t.teardown(() => browser.close())
  await browser.get('/setup')
  const person = {
    given_name: 'Dora',
    family_name: 'Dahl',
    login: 'dora@schule.example',
    password: 'ein Kalender voller Wolken',
  }
  t.equal((await browser.post('/setup', { ...person, token: 'AAAA-BBBB' })).status, 422)
  const done = await browser.post('/setup', { ...person, token })
  t.equal(done.status, 303)
  t.equal((await browser.follow(done)).status, 200, 'signed in at once')
  const late = new Browser(port)
  t.teardown(() => late.close())
  t.equal((await late.get('/setup')).headers.location, '/sign-in', 'nobody else can set up')

  const ended = new Promise(resolve => server.on('exit', resolve))
  server.kill('SIGTERM')
  t.equal(await ended, 0, 'and it stops cleanly')
  t.match(await run('admin', 'create', '--config', file), { code: 2 }, 'no second token once an admin exists')
})

t.test(
  'a socket that systemd hands over is served, with TLS, without listening on the port of the settings',
  async t => {
    const held = createServer().listen(0, '127.0.0.1')
    await once(held, 'listening')
    const { port } = held.address() as AddressInfo
    const { fd } = (held as unknown as { _handle: { fd: number } })._handle
    const { file, data } = settings(t, port)
    t.match(await run('migrate', '--config', file), { code: 0 })
    await ensureSelfSigned(data, ['localhost'])
    // sd_listen_fds(3): the first descriptor is 3, and the process that it is for is named.
    const named = 'LISTEN_PID=$$ exec "$@"'
    const server = spawn('/bin/sh', ['-c', named, 'sh', process.execPath, command, 'serve', '--config', file], {
      stdio: ['ignore', 'pipe', 'inherit', fd],
      env: { ...process.env, LISTEN_FDS: '1' },
    })
    t.teardown(() => server.kill('SIGKILL'))
    await once(server.stdout as Readable, 'data')
    held.close()
    const browser = new Browser(port)
    t.teardown(() => browser.close())
    t.match(await browser.get('/health'), { status: 200, body: /"ok":true/ })
  },
)
