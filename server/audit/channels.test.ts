import { randomInt } from 'node:crypto'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect as connectPlain } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import t from 'tap'
import { routes } from '../app.ts'
import { castPassword } from '../demo/cast.ts'
import { readTrail } from '../test/audit.ts'
import type { Browser } from '../test/browser.ts'
import { draftIn } from '../test/letters.ts'
import { Served } from '../test/served.ts'
import { connect } from '../test/sqlite.ts'
import { filesIn, tracesIn } from '../test/traces.ts'
import { exchange } from '../test/wire.ts'
import { sessionCookie } from '../web/session.ts'

const root = join(import.meta.dirname, '../..')

/** A word that nobody else uses, and another one made of it for each place where it is typed. */
const stem = Array.from({ length: 12 }, () => String.fromCharCode(97 + randomInt(26))).join('')
const canary = (where: string) => `${stem}${where}`
/** What is typed here is meant to stay nowhere. */
const fleeting = [
  ...['path', 'query', 'header', 'cookie', 'host', 'method', 'body', 'guardian', 'nobody', 'search', 'login', 'token'],
  ...['password', 'code', 'reason', 'sni', 'upload'],
]

/** The name of every field that any form has or any handler asks for. */
const fields = [
  ...new Set(
    [
      ['server/**/*.ts', /\.(?:text|all)\('([\w-]+)'\)/g] as const,
      ['views/**/*.ejs', /\bname(?:="|: ')([\w-]+)["']/g] as const,
      ['views/**/*.ejs', /(?<=\bof \[[^\]]*')(\w+)(?=')/g] as const,
    ].flatMap(([files, name]) =>
      globSync(files, { cwd: root, exclude: ['**/*.test.ts'] }).flatMap(file =>
        [...readFileSync(join(root, file), 'utf8').matchAll(name)].map(match => match[1] ?? ''),
      ),
    ),
  ),
].filter(name => name !== 'csrf')

const headers = Object.fromEntries(
  [
    ...['user-agent', 'referer', 'accept-language', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'forwarded'],
    ...['authorization', 'proxy-authorization', 'x-request-id', 'traceparent', 'if-none-match', 'sec-purpose', 'via'],
    ...['sec-ch-ua', 'accept', 'from', 'x-original-url', 'x-http-method-override', `x-${stem}header`],
  ].map(name => [name, name === 'authorization' ? `Basic ${btoa(canary('header'))}` : canary('header')]),
)

/** Asks for every page and sends every form with the word in all that can be typed; what signs out comes last. */
async function everywhere(browser: Browser, word: string): Promise<number[]> {
  const statuses: number[] = []
  const order = [...routes].sort((a, b) => Number(a.path.includes('sign-out')) - Number(b.path.includes('sign-out')))
  for (const { method, path } of order) {
    const filled = path.replace(/:\w+/g, canary('path'))
    const query = new URLSearchParams([...fields, stem].map(name => [name, canary('query')]))
    const typed = Object.fromEntries([...fields, stem].map(name => [name, word]))
    const answer =
      method === 'GET'
        ? await browser.get(`${filled}?${query}`, headers)
        : await browser.post(`${filled}?${query}`, typed, headers)
    statuses.push(answer.status)
  }
  return statuses
}

/** What no browser sends: bodies of other kinds, foreign hosts, broken requests, and none that are HTTP or TLS at all. */
async function nonsense(browser: Browser, port: number): Promise<void> {
  for (const path of [
    'path',
    'static/path.css',
    'letters/path/x',
    '%2e%2e/path',
    'path%00',
    'path%E0%A4%A',
    '/path.example/',
  ])
    await browser.get(`/${path.replace('path', canary('path'))}`, headers)
  const word = canary('body')
  for (const type of ['text/plain', 'application/json', `text/${word}`, `multipart/form-data; boundary=${word}`])
    await browser.send('POST', '/letters', { ...headers, 'content-type': type }, `{"${word}":"${word}"}`)
  await browser.upload('/roll/imports', [
    { field: 'files', name: `${canary('upload')}.csv`, bytes: Buffer.from(canary('upload')) },
  ])
  for (const host of ['host.example', 'host', 'host:443'])
    await browser.get('/', { host: host.replace('host', canary('host')) })
  await browser.post('/letters', { csrf: canary('token') })
  const local = `Host: localhost:${port}\r\nConnection: close\r\n`
  for (const request of [
    `GET /${canary('path')} HTTP/1.1\r\n${local}X-Long: ${canary('header').repeat(2000)}\r\n\r\n`,
    `${canary('method').toUpperCase()} / HTTP/1.1\r\n${local}\r\n`,
    `GET /${canary('path')} HTTP/9.${canary('body')}\r\n${local}\r\n`,
    `GET /${canary('path')} HTTP/1.1\r\n${local}${canary('header')}\r\n\r\n`,
    `CONNECT ${canary('host')}:443 HTTP/1.1\r\n${local}\r\n`,
    `OPTIONS * HTTP/1.1\r\n${local}Origin: https://${canary('host')}.example\r\n\r\n`,
    `POST /letters HTTP/1.1\r\n${local}Content-Length: 3\r\nContent-Length: 4\r\n\r\n${word}`,
    `${word}\r\n\r\n`,
  ])
    await exchange(port, request)
  const ended = (socket: ReturnType<typeof connectPlain>) =>
    new Promise<void>(resolve => {
      socket.on('error', () => undefined)
      socket.on('close', () => resolve())
      socket.resume()
    })
  const plain = connectPlain({ host: '127.0.0.1', port })
  plain.write(`GET /${canary('path')} HTTP/1.1\r\n\r\n`)
  await ended(plain)
  const named = connectTls({
    host: '127.0.0.1',
    port,
    servername: `${canary('sni')}.example`,
    rejectUnauthorized: false,
  })
  named.write(`GET / HTTP/1.1\r\nHost: ${canary('host')}.example\r\nConnection: close\r\n\r\n`)
  await ended(named)
}

t.test('L21: what is typed does not reach the log of what people do, nor any other log', async t => {
  const witness = mkdtempSync(join(tmpdir(), 'pforte-witness-'))
  t.teardown(() => rmSync(witness, { recursive: true }))
  const served = await Served.prepare(t, { audit: { witness_folder: witness } })
  const { ids, data } = served
  t.equal(await served.start(), null)
  const people = new Map<string, Browser>()
  for (const key of ['ada', 'carl', 'otto', 'dora', 'emil', 'hanna', 'ole']) people.set(key, await served.as(key))
  const [ada, carl, otto] = [...people.values()] as [Browser, Browser, Browser]
  const file = await connect(t, join(data, 'pforte.db'))

  t.test('L21: a letter, an answer and an account, as people make them', async t => {
    await carl.get('/letters/new')
    const choices = [canary('choice'), canary('other')]
    const drafted = await carl.post(
      '/letters',
      draftIn(ids.groups['5a'], {
        ...{ title: canary('title'), text: canary('text'), answer: 'choice', question: canary('question') },
        ...{ choices: choices.join('\n'), respond_by: new Date(Date.now() + 9e8).toISOString().slice(0, 10) },
      }),
    )
    const letter = /letters\/(\w+)\//.exec(drafted.headers.location ?? '')?.[1]
    await carl.get(`/letters/${letter}/preview`)
    await carl.post(`/letters/${letter}/publication`)
    t.match((await ada.get(`/letters/${letter}`)).body, canary('text'))
    for (const value of ['0', '1', canary('guardian')])
      t.equal(
        (await ada.post(`/letters/${letter}/replies`, { pupil: ids.pupils.anna ?? '', value })).status,
        value.endsWith('guardian') ? 422 : 303,
      )
    t.match((await carl.get(`/letters/${letter}/returns.csv`)).body, canary('other'))
    const table = `Nachname;Vorname;Klasse\n${canary('family')};${canary('given')};5a\n`
    const files = [{ field: 'files', name: `${canary('file')}.csv`, bytes: Buffer.from(table) }]
    await otto.get('/roll/imports/new')
    t.equal((await otto.follow(await otto.upload('/roll/imports', files))).status, 200)

    const jelena = served.visitor()
    await jelena.get('/register')
    await jelena.post('/register', { code: canary('code') })
    t.equal((await jelena.post('/register', { code: ids.code.code })).status, 303)
    await jelena.get('/register/account')
    const account = { login: `${canary('account')}@eltern.example`, password: `${canary('password')} im Wald` }
    t.equal((await jelena.post('/register/account', account)).status, 303)
    await jelena.get('/terms/acceptance')
    await jelena.post('/sign-out')
    await jelena.get('/sign-in')
    for (const typed of [
      { ...account, password: canary('password') },
      { login: canary('login'), password: castPassword },
    ])
      t.equal((await jelena.post('/sign-in', typed)).status, 422)
    const agent = { ...headers, 'user-agent': `Mozilla/5.0 (Linux; ${canary('header')}) Firefox/140.0` }
    t.equal((await jelena.post('/sign-in', account, agent)).status, 303)
  })

  t.test('L21: while things break', async t => {
    await carl.get('/letters/new')
    await ada.get('/account')
    const tries = async (status: number) => {
      const draft = draftIn(ids.groups['5a'], { title: canary('reason'), text: canary('reason') })
      t.equal((await carl.post('/letters', draft, headers)).status, status)
      t.equal((await ada.get(`/letters/${canary('path')}?page=${canary('query')}`, headers)).status, status)
      t.equal(
        (await ada.post(`/letters/${canary('path')}/replies`, { value: canary('reason') }, headers)).status,
        status,
      )
    }
    await file.all('ALTER TABLE letters RENAME TO letters_elsewhere')
    await tries(500)
    await file.all('ALTER TABLE letters_elsewhere RENAME TO letters')
    await file.all(`CREATE TRIGGER fault BEFORE INSERT ON letters BEGIN SELECT RAISE(ABORT, '${canary('fault')}'); END`)
    t.equal((await carl.post('/letters', draftIn(ids.groups['5a'], { title: canary('reason') }))).status, 500)
    await file.all('DROP TRIGGER fault')
    const trail = await connect(t, join(data, 'audit.db'))
    await trail.all('BEGIN IMMEDIATE')
    await tries(503)
    await trail.all('ROLLBACK')
    await trail.close()
    t.equal((await ada.get('/')).status, 200)
  })

  t.test('L21: every page and every form, signed in as each, and as nobody', async t => {
    for (const name of ['login', 'password', 'code', 'title', 'text', 'value', 'name', 'family_name', 'confirm'])
      t.ok(fields.includes(name), `${name} is a field`)
    const visitor = served.visitor('127.0.0.9')
    await visitor.get('/sign-in')
    visitor.cookies.set(sessionCookie, canary('cookie'))
    visitor.cookies.set(canary('cookie'), canary('cookie'))
    const statuses = [...(await everywhere(visitor, canary('nobody')))]
    await nonsense(visitor, served.port)
    await nonsense(ada, served.port)
    await otto.post('/roll/search', { name: canary('search') })
    for (const [key, browser] of people) {
      await browser.get('/account')
      statuses.push(...(await everywhere(browser, canary(key === 'ada' ? 'guardian' : 'staff'))))
    }
    for (const status of [200, 303, 403, 404, 422]) t.ok(statuses.includes(status), `some answers were ${status}`)
    t.notOk(statuses.includes(500) || statuses.includes(503), 'and nothing broke')
  })

  t.test('L21: what stands afterwards in every file that the portal wrote, and in what it said', async t => {
    const search = (when: string, folder: string, isMeant: (path: string) => boolean) => {
      for (const [path, bytes] of filesIn(folder)) {
        const words = isMeant(path) ? fleeting.map(canary) : [stem]
        t.same(tracesIn(bytes, words), [], `${when}: ${path}`)
      }
    }
    search('while it runs', data, path => path.startsWith('pforte.db'))
    await file.close()
    await served.stop()
    search('after its end', data, path => path.startsWith('pforte.db'))
    search('outside', witness, () => false)
    t.ok(served.said.split('\n').length > 300, 'there is a line for each answer')
    t.same(tracesIn(Buffer.from(served.said), [stem]), [], 'in no line on either output')

    const records = await readTrail(data, ids.auditors)
    t.ok(records.length > 300 && new Set(records.map(record => record.k)).size > 40, 'what was done is on record')
    t.same(tracesIn(Buffer.from(JSON.stringify(records)), [stem]), [], 'and no word of it')
  })

  t.test('L21: in the portal’s own data it stands where a page must show it, and nowhere else', async t => {
    const database = await connect(t, join(data, 'pforte.db'))
    const found: string[] = []
    for (const { name } of await database.all("SELECT name FROM sqlite_schema WHERE type = 'table'"))
      for (const { name: column } of await database.all('SELECT name FROM pragma_table_info(?)', [name])) {
        const [row] = await database.all(
          `SELECT count(*) AS n FROM "${name}" WHERE instr(lower(CAST("${column}" AS TEXT)), '${stem}')`,
        )
        if (Number(row?.n) > 0) found.push(`${name}.${column}`)
      }
    t.same(found.sort(), [
      'accounts.email',
      'accounts.login',
      'documents.text',
      'import_files.bytes',
      'import_files.name',
      'letters.choices',
      'letters.question',
      'letters.text',
      'letters.title',
      ...['address', 'kind', 'name', 'office_hours', 'office_name', 'office_phone', 'town'].map(of => `school.${of}`),
    ])
  })
})
