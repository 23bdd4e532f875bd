import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'
import { castPassword } from '../demo/cast.ts'
import { openDemoAuditors, readTrail, verifyFolder } from '../test/audit.ts'
import { Browser } from '../test/browser.ts'
import { folderFor } from '../test/folder.ts'
import { draftIn } from '../test/letters.ts'
import { connect } from '../test/sqlite.ts'

const kills = 8
const clients = 4

t.test('what was acknowledged is there after a kill -9, however often (R1)', async t => {
  const data = folderFor(t)
  const port = 10_000 + ((process.pid * 61) % 9_900)
  const env = { ...process.env, PFORTE_DATA: data, PFORTE_PORT: String(port), PFORTE_LOG: 'error' }
  const demo = join(import.meta.dirname, '../cli/demo.ts')
  let running: ChildProcess | null = null
  t.teardown(() => running?.kill('SIGKILL'))

  async function start(): Promise<ChildProcess> {
    const child = spawn(process.execPath, [demo], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    running = child
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    while (!said.includes('→ https://')) await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
    return child
  }

  let portal = await start()
  const carl = new Browser(port)
  await carl.get('/sign-in')
  t.equal((await carl.post('/sign-in', { login: 'carl@lindenhof.example', password: castPassword })).status, 303)
  const form = await carl.get('/letters/new')
  const [, group] = /value="(\w{16}):guardians"/.exec(form.body) ?? []
  const acknowledged = new Set<string>()

  for (let kill = 1; kill <= kills; kill++) {
    const least = acknowledged.size + 5 + kill
    const writing = Array.from({ length: clients }, async (_, number) => {
      for (let count = 0; ; count++) {
        const title = `Brief ${kill}.${number}.${count}`
        const answer = await carl.post('/letters', draftIn(group, { title })).catch(() => null)
        if (answer === null) return
        if (answer.status === 303) acknowledged.add(title)
        // In the middle of the others' requests, never between them.
        if (acknowledged.size >= least) portal.kill('SIGKILL')
      }
    })
    await Promise.all(writing)
    if (portal.exitCode === null && portal.signalCode === null) await once(portal, 'exit')
    portal = await start()
    t.equal((await carl.get('/letters/new')).status, 200, 'it comes back by itself, and nobody has to sign in again')
  }
  carl.close()
  const ended = once(portal, 'exit')
  portal.kill('SIGTERM')
  t.same((await ended)[0], 0)

  t.ok(acknowledged.size >= kills * 5, `${acknowledged.size} letters were acknowledged`)
  const file = await connect(t, join(data, 'pforte.db'))
  const stored = new Set(
    (await file.all("SELECT title FROM letters WHERE title LIKE 'Brief %'")).map(row => String(row.title)),
  )
  t.same(
    [...acknowledged].filter(title => !stored.has(title)),
    [],
    'each of them is there',
  )
  t.match(await file.all('PRAGMA integrity_check'), [{ integrity_check: 'ok' }])
  t.same(await file.all('PRAGMA foreign_key_check'), [])
  t.match(await verifyFolder(data), { status: 0 }, 'and the audit log is whole')
  const trail = await readTrail(data, await openDemoAuditors(data))
  const tries = trail.filter(record => record.k === 'letter.draft' && record.r === 'try')
  t.ok(tries.length >= stored.size, 'nothing was stored without a record of it')
})
