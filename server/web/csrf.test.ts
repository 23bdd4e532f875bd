import t from 'tap'
import { routes } from '../app.ts'
import { newId } from '../storage/ids.ts'
import type { Browser } from '../test/browser.ts'
import { startSchool } from '../test/school.ts'

const posts = routes.filter(route => route.method === 'POST')
const form = { 'content-type': 'application/x-www-form-urlencoded' }

t.test('a POST that does not come from our own pages', async t => {
  const school = await startSchool(t)
  const own = `https://localhost:${school.portal.port}`
  const ada = await school.seated('ada')
  const blocked = async () => (await school.audit()).filter(entry => entry.k === 'csrf.blocked')

  function send(browser: Browser, path: string, headers: Record<string, string>, token: string | null) {
    const body = new URLSearchParams(token === null ? {} : { csrf: token })
    return browser.send('POST', path, { ...form, ...headers }, body.toString())
  }

  const token = ada.csrf
  const older = (await school.seated('ada')).csrf
  const nobodys = school.visitor()
  await nobodys.get('/sign-in')
  const attempts: readonly [string, Record<string, string>, string | null][] = [
    ['from another site', { 'sec-fetch-site': 'cross-site' }, token],
    ['from another host of the same site', { 'sec-fetch-site': 'same-site' }, token],
    ['typed or from a bookmark', { 'sec-fetch-site': 'none' }, token],
    ['from another site that claims our origin', { 'sec-fetch-site': 'cross-site', origin: own }, token],
    ['without any word where it comes from', {}, token],
    ['with a foreign origin', { origin: 'https://boese.example' }, token],
    ['with our name on another port', { origin: 'https://localhost:1' }, token],
    ['with our name without encryption', { origin: own.replace('https', 'http') }, token],
    ['with a hidden origin', { origin: 'null' }, token],
    ['without a token', { 'sec-fetch-site': 'same-origin' }, null],
    ['with an empty token', { 'sec-fetch-site': 'same-origin' }, ''],
    ['with a wrong token', { 'sec-fetch-site': 'same-origin' }, 'A'.repeat(token.length)],
    ['with the token of another session', { 'sec-fetch-site': 'same-origin' }, older],
    ['with the token of somebody not signed in', { 'sec-fetch-site': 'same-origin' }, nobodys.csrf],
  ]

  t.ok(posts.length > 15, 'the routes are those that the portal registers')
  for (const { path, action } of posts) {
    t.test(`POST ${path} is refused and recorded (B8)`, async t => {
      const before = (await school.audit()).length
      for (const [name, headers, sent] of attempts) {
        const answer = await send(ada, path.replaceAll(/:\w+/g, newId), headers, sent)
        t.equal(answer.status, 403, name)
      }
      const after = (await school.audit()).slice(before)
      t.equal(after.length, attempts.length, 'each is in the audit log, once')
      const record = {
        k: 'csrf.blocked',
        r: 'denied',
        a: school.ids.accounts.ada,
        d: { attempted: action, status: 403 },
      }
      for (const entry of after) t.match(entry, record)
    })
  }

  t.test('our own page’s form is let through, by either header and with its token (B8)', async t => {
    const before = (await blocked()).length
    const plain = await send(ada, '/account/preferences', { 'sec-fetch-site': 'same-origin' }, token)
    t.equal(plain.status, 303)
    const older = await send(ada, '/account/preferences', { origin: own }, token)
    t.equal(older.status, 303, 'a browser that sends no Sec-Fetch-Site')
    t.equal((await blocked()).length, before)
  })

  t.test('nobody can be signed in as somebody else from a foreign page (B8)', async t => {
    const victim = school.visitor()
    await victim.get('/sign-in')
    for (const path of ['/sign-in', '/register', '/register/account', '/setup', '/preferences']) {
      t.equal((await send(victim, path, { 'sec-fetch-site': 'cross-site' }, victim.csrf)).status, 403, path)
      t.equal((await send(victim, path, { 'sec-fetch-site': 'same-origin' }, nobodys.csrf)).status, 403, path)
    }
    const bare = school.visitor()
    t.equal((await send(bare, '/sign-in', { 'sec-fetch-site': 'same-origin' }, '')).status, 403, 'without any cookie')
    const forged = school.visitor()
    forged.cookies.set('__Host-pforte-device', `mine.${'A'.repeat(22)}`)
    t.equal(
      (await send(forged, '/sign-in', { 'sec-fetch-site': 'same-origin' }, '')).status,
      403,
      'or with one of one’s own making',
    )
  })

  t.test('no GET changes anything: what acts has a POST route only (B8)', async t => {
    const gets = new Set(routes.filter(route => route.method === 'GET').map(route => route.path))
    for (const { path } of posts.filter(route => !gets.has(route.path)))
      t.match((await ada.get(path.replaceAll(/:\w+/g, newId))).status, /^40[34]$/, path)
    for (const method of ['PUT', 'PATCH', 'DELETE', 'TRACE'])
      t.equal((await ada.send(method, '/sign-out', {})).status, 404, method)
    t.equal((await ada.get('/account')).status, 200, 'and she is still signed in')
  })
})
