import t, { type Test } from 'tap'
import { routes } from '../app.ts'
import { newId } from '../storage/ids.ts'
import type { Answer } from '../test/browser.ts'
import { startSchool } from '../test/school.ts'
import { connect } from '../test/sqlite.ts'
import { exchange } from '../test/wire.ts'
import { sessionCookie } from './session.ts'

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'"

t.test('what every answer carries', async t => {
  const school = await startSchool(t)
  const visitor = school.visitor()
  await visitor.get('/sign-in')
  const people = [visitor, await school.seated('ada'), await school.seated('otto'), await school.seated('dora')]
  const cookies: string[] = []

  function check(t: Test, answer: Answer, name: string, status?: number) {
    const { headers } = answer
    t.equal(headers['content-security-policy'], policy, `${name}: content security policy`)
    t.match(
      headers,
      {
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'permissions-policy': /camera=\(\), microphone=\(\), geolocation=\(\)/,
        'strict-transport-security': 'max-age=31536000',
      },
      `${name}: the other headers`,
    )
    if (!name.includes('/static/')) t.equal(headers['cache-control'], 'no-store', `${name}: is not kept`)
    for (const talkative of ['server', 'x-powered-by', 'via', 'etag-weak'])
      t.notOk(headers[talkative], `${name}: ${talkative}`)
    if (status !== undefined) t.equal(answer.status, status, `${name}: status`)
    if (/html/.test(headers['content-type'] ?? '')) {
      t.notMatch(answer.body, /<script(?![^>]*\ssrc="\/static\/)/, `${name}: no script of its own`)
      t.notMatch(answer.body, /<style|\sstyle=|<[^>]+\son[a-z]+=|javascript:/i, `${name}: no inline style or handler`)
      t.notMatch(answer.body, /(src|href)="(https?:)?\/\//, `${name}: nothing from elsewhere`)
    }
    cookies.push(...(headers['set-cookie'] ?? []))
  }

  t.test('every page that the portal registers, for everybody (B10, B11)', async t => {
    for (const { path } of routes.filter(route => route.method === 'GET')) {
      for (const browser of people) check(t, await browser.get(path.replaceAll(/:\w+/g, newId)), `GET ${path}`)
    }
  })

  t.test('every form, sent empty (B10, B11)', async t => {
    for (const { path } of routes.filter(route => route.method === 'POST' && route.path !== '/sign-out')) {
      for (const browser of people.slice(0, 2))
        check(t, await browser.post(path.replaceAll(/:\w+/g, newId)), `POST ${path}`)
    }
  })

  t.test('refusals, failures and files (B10, B11)', async t => {
    const [, ada] = people
    if (!ada) throw new Error('Nobody is here')
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    check(t, await visitor.get('/no-such-page'), 'an unknown page', 404)
    check(t, await visitor.get('/static/no-such-file.css'), 'an unknown file', 404)
    check(t, await visitor.get('/static/../server/app.ts'), 'a file that is not for the world', 404)
    check(t, await visitor.get('/help', { host: 'evil.example' }), 'a foreign host', 421)
    check(t, await visitor.send('POST', '/sign-in', form, ''), 'a forged form', 403)
    check(t, await visitor.send('POST', '/sign-in', { 'content-type': 'text/plain' }, 'a'), 'a wrong content type', 415)
    check(t, await visitor.send('POST', '/sign-in', form, 'a'.repeat(100_001)), 'a long body', 413)
    check(t, await visitor.send('TRACE', '/', {}), 'TRACE', 404)
    check(t, await visitor.send('OPTIONS', '/', {}), 'OPTIONS', 404)
    check(t, await visitor.send('HEAD', '/help', {}), 'HEAD', 200)
    check(t, await visitor.get('/health'), 'health', 200)
    check(t, await visitor.get('/static/app.css'), 'GET /static/app.css', 200)
    check(t, await ada.get('/letters/new'), 'a page for others', 403)
    const file = await connect(t, school.house.database.file)
    await file.all('ALTER TABLE letters RENAME TO letters_elsewhere')
    check(t, await ada.get('/letters'), 'a failure', 500)
    await file.all('ALTER TABLE letters_elsewhere RENAME TO letters')
    check(t, await ada.get('/letters'), 'and afterwards', 200)
  })

  t.test('files that have their content’s hash in the address may be kept, pages never (B7, B11)', async t => {
    const page = await visitor.get('/help')
    const [, address = ''] = /href="(\/static\/app\.css\?v=[\w-]+)"/.exec(page.body) ?? []
    t.match((await visitor.get(address)).headers['cache-control'], 'immutable')
  })

  t.test('cookies are ours alone, encrypted only and out of reach of scripts (B3)', async t => {
    const signedIn = await school.as('ada')
    await signedIn.get('/account')
    for (const answer of [
      await signedIn.post('/preferences', { language: 'en', theme: 'dark' }),
      await signedIn.post('/sign-out'),
    ])
      cookies.push(...(answer.headers['set-cookie'] ?? []))
    const again = school.visitor()
    await again.get('/sign-in')
    const inside = await again.post('/sign-in', { login: 'ada@eltern.example', password: 'Lindenblatt im Herbstwind' })
    cookies.push(...(inside.headers['set-cookie'] ?? []))
    const names = new Set(cookies.map(line => line.split('=')[0]))
    t.same([...names].sort(), ['__Host-pforte', '__Host-pforte-device', 'pforte-language', 'pforte-theme'])
    for (const line of cookies) {
      for (const attribute of [/; path=\/(;|$)/i, /; secure/i, /; httponly/i, /; samesite=lax/i])
        t.match(line, attribute)
      t.notMatch(line, /; domain=/i)
    }
    const session = again.cookies.get(sessionCookie) ?? ''
    again.cookies.delete(sessionCookie)
    t.equal((await again.get('/account')).status, 303, 'no other cookie opens anything')
    const other = school.visitor()
    other.cookies.set(sessionCookie, session)
    t.equal((await other.get('/account')).status, 200, 'and this one alone does')
  })

  t.test('what is not HTTP gets a bare refusal that says nothing about us (B11)', async t => {
    const answer = await exchange(school.portal.port, 'NONSENSE\r\n\r\n')
    t.match(answer, /^HTTP\/1.1 400 Bad Request\r\nConnection: close\r\n\r\n$/)
  })
})
