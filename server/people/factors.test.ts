import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { routes } from '../app.ts'
import { castPassword, oneTimeSecrets } from '../demo/cast.ts'
import { systemChange } from '../storage/change.ts'
import type { Answer, Browser } from '../test/browser.ts'
import { type School, startSchool } from '../test/school.ts'
import { sessionCookie } from '../web/session.ts'
import { codeAt, secretFrom, stepOf } from './one-time.ts'

const minute = 60_000

/** A browser in which the password of somebody was right, and no more. */
async function half(school: School, login: string, password = castPassword): Promise<Browser> {
  const browser = school.visitor()
  await browser.get('/sign-in')
  const answer = await browser.post('/sign-in', { login, password })
  t.match(answer, { status: 303, headers: { location: '/sign-in/factor' } }, `${login} is asked for more`)
  await browser.get('/sign-in/factor')
  return browser
}

const dora = 'dora@lindenhof.example'
const emil = 'emil@lindenhof.example'
const code = (key: string, now: number) => codeAt(secretFrom(oneTimeSecrets[key] ?? ''), now)
const prove = (browser: Browser, proof: string) => browser.post('/sign-in/factor', { proof })

t.test('a code of the app lets in, at most once (B18)', async t => {
  const school = await startSchool(t)
  const { clock } = school
  const first = await half(school, dora)
  t.equal((await prove(first, code('dora', clock.now - 61_000))).status, 422, 'an old one is none')
  t.equal((await prove(first, code('dora', clock.now + 90_000))).status, 422, 'nor is one of later')
  t.equal((await prove(first, code('emil', clock.now))).status, 422, 'nor somebody else’s')
  t.match(await prove(first, ` ${code('dora', clock.now).replace(/^.../, '$& ')} `), {
    status: 303,
    headers: { location: '/' },
  })
  t.equal((await first.get('/')).status, 200)

  t.test('replay of a step', async t => {
    const second = await half(school, dora)
    const again = await prove(second, code('dora', clock.now))
    t.equal(again.status, 422)
    t.match(again.body, /schon benutzt/)
    t.equal((await prove(second, code('dora', clock.now - 30_000))).status, 422, 'an earlier step is over, too')
    t.equal((await prove(second, code('dora', clock.now + 30_000))).status, 303, 'the next one is not')
  })

  t.test('two logins race the same code', async t => {
    clock.now += 10 * minute
    const browsers = await Promise.all([half(school, dora), half(school, dora), half(school, dora)])
    const answers = await Promise.all(browsers.map(browser => prove(browser, code('dora', clock.now))))
    t.same(answers.map(answer => answer.status).sort(), [303, 422, 422])
  })
})

t.test('brute force stays at five tries in a quarter of an hour, while another account is free (B18)', async t => {
  const school = await startSchool(t)
  const { clock } = school
  const attacker = await half(school, emil)
  let looked = 0
  for (let tries = 0; tries < 40; tries++) {
    const answer = await prove(attacker, tries % 2 ? '000000' : 'AAAA-BBBB-CCCC-DDDD')
    if (answer.status === 422) looked += 1
    else t.match(answer, { status: 429, headers: { 'retry-after': /^\d+$/ } })
    clock.now += 10_000
  }
  t.equal(looked, 5, 'codes of all kinds have one budget')
  t.equal((await prove(attacker, await school.code('emil'))).status, 429, 'the right one is not even looked at')
  const parallel = await half(school, emil)
  t.equal((await prove(parallel, await school.code('emil'))).status, 429, 'nor in another browser')
  const other = await half(school, dora)
  t.equal((await prove(other, await school.code('dora'))).status, 303)
  clock.now += 15 * minute
  const later = await half(school, emil)
  t.equal((await prove(later, await school.code('emil'))).status, 303, 'after the pause it is')
})

t.test('a half session gets nowhere (B18)', async t => {
  const school = await startSchool(t)
  const browser = await half(school, dora)
  const nobody = school.visitor()
  await nobody.get('/help')
  await nobody.get('/register')
  for (const { method, path } of routes) {
    if (path.startsWith('/sign-in')) continue
    const [mine, theirs] = [browser, nobody].map(one => (method === 'GET' ? one.get(path) : one.post(path))) as [
      Promise<Answer>,
      Promise<Answer>,
    ]
    const [found, wanted] = [await mine, await theirs]
    if (found.status !== wanted.status || found.headers.location !== wanted.headers.location)
      t.fail(`${method} ${path} answers ${found.status} where nobody gets ${wanted.status}`)
    t.notMatch(found.body, 'Dora Dahl', `${method} ${path}`)
  }

  t.test('lasts ten minutes', async t => {
    const waiting = await half(school, dora)
    school.clock.now += 10 * minute + 1
    t.match(await prove(waiting, await school.code('dora')), { status: 303 })
    t.match(await waiting.get('/'), { status: 303, headers: { location: '/sign-in' } })
  })

  t.test('ends when the password is changed meanwhile (B5)', async t => {
    const waiting = await half(school, dora)
    const own = await school.as('dora')
    await own.get('/account')
    await own.post('/account/password', { current_password: castPassword, password: 'Ahornblatt im Winterregen' })
    const { status, headers } = await prove(waiting, await school.code('dora'))
    t.match({ status, to: headers.location }, { status: 303, to: /^\/sign-in\?ok=again$/ })
    t.match(await waiting.get('/'), { status: 303, headers: { location: '/sign-in' } })
  })
})

t.test('fixation: each step has a session of its own name (B2)', async t => {
  const school = await startSchool(t)
  const browser = await half(school, dora)
  const between = browser.cookies.get(sessionCookie) ?? ''
  t.equal((await prove(browser, await school.code('dora'))).status, 303)
  const after = browser.cookies.get(sessionCookie) ?? ''
  t.not(after, between)
  const thief = school.visitor()
  thief.cookies.set(sessionCookie, between)
  t.match(await thief.get('/'), { status: 303, headers: { location: '/sign-in' } })
  t.match(await thief.get('/sign-in/factor'), { status: 303, headers: { location: '/sign-in' } })
  school.clock.now += 6 * minute
  await browser.get('/account/proof?next=/factors/losses')
  const answer = await browser.post('/account/proof', { proof: await school.code('dora'), next: '/factors/losses' })
  t.match(answer, { status: 303, headers: { location: '/factors/losses' } })
  const renewed = browser.cookies.get(sessionCookie) ?? ''
  t.not(renewed, after, 'proving oneself again renews it as well')
  thief.cookies.set(sessionCookie, after)
  t.equal((await thief.get('/')).status, 303)
  school.clock.now += 10 * 60 * minute
  t.equal((await browser.get('/')).status, 303, 'and makes it last no longer (B4)')
})

t.test('a changed password still asks for the factor (B18)', async t => {
  const school = await startSchool(t)
  const browser = await school.as('dora')
  await browser.get('/account')
  const password = 'Ahornblatt im Winterregen'
  const changed = await browser.post('/account/password', { current_password: castPassword, password })
  t.equal(changed.status, 303)
  t.equal((await browser.get('/factors/losses')).status, 200, 'the session that changed it goes on, proved as it was')
  await half(school, dora, password)
})

t.test('who holds an office that opens much is led to the second factor first (B18)', async t => {
  const school = await startSchool(t)
  const { accounts } = school.ids
  await systemChange(school.house.database, school.house.clock, 'demo', change =>
    change
      .write('factors')
      .where({ account_id: accounts.otto ?? '' })
      .delete(),
  )
  const otto = await school.as('otto')
  for (const path of ['/', '/roll', '/letters', '/account', '/account/children', '/account/proof'])
    t.match(await otto.get(path), { status: 303, headers: { location: '/account/factors' } }, path)
  const page = await otto.get('/account/factors')
  t.match(await otto.post('/roll/search', { name: 'A' }), { status: 303, headers: { location: '/account/factors' } })
  t.match(page.body, /reicht Ihr Passwort allein nicht aus/)
  for (const path of ['/help', '/privacy', '/recording']) t.equal((await otto.get(path)).status, 200, path)

  const wrong = await otto.post('/account/factors', { kind: 'totp', current_password: 'ganz falsch' })
  t.equal(wrong.status, 422, 'a browser left open is not enough')
  t.notMatch(wrong.body, 'ganz falsch')
  const begun = await otto.post('/account/factors', { kind: 'totp', current_password: castPassword })
  const path = begun.headers.location ?? ''
  t.match(path, /^\/account\/factors\/new\//)
  const shown = await otto.get(path)
  const secret = /<p class="code" dir="ltr">([A-Z2-7 ]+)<\/p>/.exec(shown.body)?.[1]?.replaceAll(' ', '') ?? ''
  t.equal(secretFrom(secret).length, 20)
  t.equal((await otto.post(path, { code: '000000' })).status, 422, 'it counts only once it works')
  t.equal((await otto.get('/')).status, 303)

  const elsewhere = await school.seated('otto')
  const done = await otto.post(path, { code: codeAt(secretFrom(secret), school.clock.now), name: 'Diensthandy' })
  t.match(done, { status: 303, headers: { location: '/account/factors/codes' } })
  t.match((await elsewhere.get('/account/factors')).headers.location, /^\/sign-in/, 'other sessions have ended (B5)')
  const codes = [...(await otto.get('/account/factors/codes')).body.matchAll(/dir="ltr">((?:\w{4}-){3}\w{4})</g)].map(
    match => match[1] ?? '',
  )
  t.equal(new Set(codes).size, 10)
  t.equal((await otto.post('/account/factors/codes/confirmation')).status, 422)
  t.equal((await otto.post('/account/factors/codes/confirmation', { noted: 'yes' })).status, 303)
  t.equal((await otto.get('/account/factors/codes')).headers.location, '/account/factors', 'they stood there once')
  t.equal((await otto.get('/roll')).status, 200)

  const file = JSON.stringify([
    await school.house.database.reader('factors').where({ account_id: accounts.otto ?? '' }),
    await school.house.database.reader('recovery_codes'),
  ])
  for (const secretThing of [secret, secretFrom(secret).toString('hex'), ...codes.map(one => one.replaceAll('-', ''))])
    if (file.includes(secretThing)) t.fail('the database tells a secret')

  t.test('a recovery code is used once, and leaves no authenticator behind', async t => {
    const browser = await half(school, 'otto@lindenhof.example')
    t.equal((await prove(browser, (codes[0] ?? '').toLowerCase())).status, 303)
    t.match((await browser.get('/account/factors')).body, /noch 9 Codes/)
    const again = await half(school, 'otto@lindenhof.example')
    t.equal((await prove(again, codes[0] ?? '')).status, 422)
    const races = await Promise.all([1, 2, 3].map(() => half(school, 'otto@lindenhof.example')))
    const answers = await Promise.all(races.map(one => prove(one, codes[1] ?? '')))
    t.same(answers.map(answer => answer.status).sort(), [303, 422, 422], 'three at once get in once')
    await browser.post('/account/factors/codes')
    const killed = await half(school, 'otto@lindenhof.example')
    t.equal((await prove(killed, codes[2] ?? '')).status, 422, 'a new set kills the old')
  })

  t.test('the last factor stays, another may go', async t => {
    const id = (
      await school.house.database
        .reader('factors')
        .where({ account_id: accounts.otto ?? '' })
        .first('id')
    ).id
    school.clock.now += 16 * minute
    const browser = await half(school, 'otto@lindenhof.example')
    t.equal((await prove(browser, codeAt(secretFrom(secret), school.clock.now))).status, 303)
    await browser.get('/account/factors')
    t.equal((await browser.post('/account/factors/removal', { factor: id })).status, 422)
    const next = (await browser.post('/account/factors', { kind: 'totp' })).headers.location ?? ''
    const added = await browser.get(next)
    const second = /<p class="code" dir="ltr">([A-Z2-7 ]+)<\/p>/.exec(added.body)?.[1]?.replaceAll(' ', '') ?? ''
    const kept = await browser.post(next, { code: codeAt(secretFrom(second), school.clock.now) })
    t.match(kept, { status: 303, headers: { location: '/account/factors?ok=added' } })
    await browser.get('/account/factors')
    t.equal((await browser.post('/account/factors/removal', { factor: id })).status, 303)
    await browser.get('/account/factors')
    t.equal((await browser.post('/account/factors/removal', { factor: id })).status, 404)
    const foreign = await school.house.database
      .reader('factors')
      .where({ account_id: accounts.dora ?? '' })
      .first('id')
    t.equal((await browser.post('/account/factors/removal', { factor: foreign.id })).status, 404, 'nobody else’s')
  })
})

t.test('everybody else is offered one, and nothing more (B18)', async t => {
  const school = await startSchool(t)
  const ada = await school.as('ada')
  t.match((await ada.get('/account')).body, /Er ist freiwillig/)
  t.equal((await ada.get('/account/factors')).status, 200)
  const path =
    (await ada.post('/account/factors', { kind: 'totp', current_password: castPassword })).headers.location ?? ''
  const secret = /<p class="code" dir="ltr">([A-Z2-7 ]+)<\/p>/
    .exec((await ada.get(path)).body)?.[1]
    ?.replaceAll(' ', '')
  const app = secretFrom(secret ?? '')
  t.equal((await (await school.as('bea')).get(path)).headers.location, '/account/factors?ok=late', 'for nobody else')
  t.equal((await ada.post(path, { code: codeAt(app, school.clock.now) })).status, 303)
  await half(school, 'ada@eltern.example')
  const id = (
    await school.house.database
      .reader('factors')
      .where({ account_id: school.ids.accounts.ada ?? '' })
      .first('id')
  ).id
  await ada.get('/account/factors')
  t.equal((await ada.post('/account/factors/removal', { factor: id })).status, 303, 'and may leave it again')
  await school.as('ada')
  t.same(await school.house.database.reader('recovery_codes'), [], 'with the codes that belonged to it')
})

t.test('dangerous pages ask for a factor that was proved in the last five minutes (B4, B24)', async t => {
  const school = await startSchool(t)
  const { clock } = school
  const browser = await school.as('dora')
  t.equal((await browser.get('/factors/losses')).status, 200)
  clock.now += 5 * minute
  t.equal((await browser.get('/factors/losses')).status, 200, 'five minutes are five minutes')
  clock.now += 1
  t.match(await browser.get('/factors/losses'), {
    status: 303,
    headers: { location: '/account/proof?next=%2Ffactors%2Flosses' },
  })
  t.equal((await browser.get('/groups')).status, 200, 'other pages do not')

  const asked = await browser.post('/factors/losses', {
    login: 'ümläut <b>',
    seen: 'yes',
    some_password: 'geheim',
    passphrase: 'sieben',
  })
  t.equal(asked.status, 422)
  t.match(asked.body, 'action="/factors/losses"')
  t.match(asked.body, 'name="login" value="ümläut &lt;b&gt;"', 'nothing typed is lost')
  t.match(asked.body, 'name="seen" value="yes"')
  t.notMatch(asked.body, /geheim|sieben/, 'except secrets')
  const wrong = await browser.post('/factors/losses', { login: 'otto@lindenhof.example', seen: 'yes', proof: '000000' })
  t.equal(wrong.status, 422)
  t.match(wrong.body, 'value="otto@lindenhof.example"')
  t.notMatch(wrong.body, '000000')
  t.same(await school.house.database.reader('factor_losses'), [])
  const right = await browser.post('/factors/losses', {
    login: 'otto@lindenhof.example',
    seen: 'yes',
    proof: ['', await school.code('dora')],
  })
  t.match(right, { status: 303, headers: { location: '/factors/losses?ok=named' } })
  t.equal((await browser.get('/factors/losses')).status, 200, 'and it holds for what comes next')
  clock.now -= 2 * minute
  t.equal((await browser.get('/factors/losses')).status, 303, 'a clock that went back makes nothing fresh')
  clock.now += 2 * minute
  const last = (await school.audit()).filter(entry => entry.k === 'factor.loss.name')
  t.same(
    last.map(entry => entry.r),
    ['denied', 'denied', 'try'],
  )
})

t.test('no session is bound to the life of a browser (B4)', t => {
  const session = readFileSync(join(import.meta.dirname, '../web/session.ts'), 'utf8')
  t.match(session, 'maxAge: longestSession,')
  t.notMatch(session, /maxAge: 'session'/)
  t.end()
})

t.test('the codes are those of RFC 6238', t => {
  const secret = Buffer.from('12345678901234567890')
  for (const [seconds, expected] of [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_234_567_890, '005924'],
    [20_000_000_000, '353130'],
  ] as const) {
    t.equal(codeAt(secret, seconds * 1000), expected)
    t.equal(stepOf(secret, expected, seconds * 1000), Math.floor(seconds / 30))
  }
  t.end()
})
