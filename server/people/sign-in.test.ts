import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { castPassword } from '../demo/cast.ts'
import type { Answer } from '../test/browser.ts'
import { startSchool } from '../test/school.ts'
import { connect } from '../test/sqlite.ts'

const server = join(import.meta.dirname, '..')

t.test('passwords are compared in one place only (B14)', async t => {
  const importing = (pattern: RegExp) =>
    globSync('**/*.ts', { cwd: server })
      .filter(file => !file.endsWith('.test.ts') && pattern.test(readFileSync(join(server, file), 'utf8')))
      .sort()
  t.same(importing(/from 'argon2'/), ['people/passwords.ts'])
  t.same(importing(/\bpasswordFits\b/), ['people/credentials.ts', 'people/passwords.ts'])
  t.same(importing(/\bverifyCredential\b/), [
    'people/account.ts',
    'people/credentials.ts',
    'people/factors-pages.ts',
    'people/sign-in.ts',
  ])
  t.same(importing(/\bpassword_hash\b.*[=!]==|select\('password_hash'/), [], 'nobody compares hashes')
})

t.test('who fails to sign in learns nothing', async t => {
  const school = await startSchool(t)
  const file = await connect(t, school.house.database.file)
  await file.all("UPDATE accounts SET locked_at = '2026-11-20' WHERE login = 'bea@eltern.example'")
  const browser = school.visitor()
  await browser.get('/sign-in')

  /** An answer without what differs by nature: what was typed. */
  const bare = (answer: Answer, typed: string) => ({
    status: answer.status,
    headers: { ...answer.headers, date: '', 'content-length': '' },
    body: answer.body.replaceAll(typed, 'TYPED'),
  })

  t.test('an unknown login and a wrong password give the same bytes, for a locked account, too (B16)', async t => {
    const tries: readonly [string, string][] = [
      ['niemand@eltern.example', 'ganz falsch'],
      ['ada@eltern.example', 'ganz falsch'],
      ['bea@eltern.example', 'ganz falsch'],
    ]
    const answers: object[] = []
    for (const [login, password] of tries)
      answers.push(bare(await browser.post('/sign-in', { login, password }), login))
    const [first] = answers
    t.match(first, { status: 422, headers: { 'content-type': /html/ } })
    for (const answer of answers) t.same(answer, first)
    t.match(
      (await school.audit()).slice(-3),
      Array(3).fill({ k: 'auth.sign-in', a: 0, r: 'denied', d: { status: 422 } }),
      'each is recorded, without a name',
    )
  })

  t.test('only who knows the password of a locked account learns that it is locked', async t => {
    const answer = await browser.post('/sign-in', { login: 'bea@eltern.example', password: castPassword })
    t.equal(answer.status, 403)
    t.match(answer.body, 'gesperrt')
    t.notOk(
      answer.headers['set-cookie']?.some(cookie => cookie.includes('session')),
      'and there is no session',
    )
    t.match((await school.audit()).at(-1), {
      k: 'auth.sign-in',
      a: school.ids.accounts.bea,
      r: 'denied',
      d: { status: 403 },
    })
  })

  t.test('unknown and known accounts have to wait for the same time with the same words (B15, B16)', async t => {
    const waits: object[] = []
    for (const login of ['keiner@eltern.example', 'deniz@eltern.example', 'bea@eltern.example']) {
      let answer = await browser.post('/sign-in', { login, password: 'ganz falsch' })
      for (let tries = 0; tries < 9 && answer.status === 422; tries++)
        answer = await browser.post('/sign-in', { login, password: 'ganz falsch' })
      waits.push(bare(answer, login))
      school.clock.now += 31_000
    }
    const [first, second, third] = waits
    t.match(first, { status: 429, headers: { 'retry-after': /^\d+$/ } })
    t.same(second, first)
    t.match(third, { status: 429 })
  })

  t.test('the password is exact, the login is not: case and blanks around do not matter (B17)', async t => {
    school.clock.now += 3_600_000
    for (const password of [
      ` ${castPassword}`,
      `${castPassword} `,
      castPassword.toLowerCase(),
      castPassword.slice(0, -1),
    ])
      t.equal((await browser.post('/sign-in', { login: 'ada@eltern.example', password })).status, 422)
    t.equal((await browser.post('/sign-in', { login: '  ADA@Eltern.Example ', password: castPassword })).status, 303)
    const [row] = await file.all("SELECT password_hash FROM accounts WHERE login = 'ada@eltern.example'")
    t.match(row?.password_hash, /^\$argon2id\$v=19\$m=65536,p=1,t=3\$/)
  })

  t.test('a hash of former parameters is renewed at the next sign-in (B17)', async t => {
    const { default: argon2 } = await import('argon2')
    const weak = await argon2.hash(castPassword, { type: argon2.argon2id, memoryCost: 8192, timeCost: 2 })
    await file.all("UPDATE accounts SET password_hash = ? WHERE login = 'selin@eltern.example'", [weak])
    const hash = async () =>
      (await file.all("SELECT password_hash FROM accounts WHERE login = 'selin@eltern.example'"))[0]?.password_hash
    const selin = school.visitor()
    await selin.get('/sign-in')
    t.equal((await selin.post('/sign-in', { login: 'selin@eltern.example', password: 'ganz falsch' })).status, 422)
    t.equal(await hash(), weak)
    t.equal((await selin.post('/sign-in', { login: 'selin@eltern.example', password: castPassword })).status, 303)
    const renewed = await hash()
    t.match(renewed, /m=65536,p=1,t=3/)
    await selin.get('/account')
    await selin.post('/sign-out')
    await selin.get('/sign-in')
    t.equal((await selin.post('/sign-in', { login: 'selin@eltern.example', password: castPassword })).status, 303)
  })

  t.test('changing the password asks for the old one, and counts tries like the door (B14, B15)', async t => {
    const paula = await school.as('paula')
    const change = (current_password: string, password: string) =>
      paula.post('/account/password', { current_password, password })
    await paula.get('/account')
    const wrong = await change('ganz falsch', 'Ahornblatt im Fruehlingsregen')
    t.equal(wrong.status, 422)
    t.notMatch(wrong.body, /ganz falsch|Ahornblatt/, 'no password comes back')
    for (const [password, why] of [
      ['kurz', /15/],
      ['x'.repeat(129), /128/],
      ['aaaaaaaaaaaaaaaaaaaaaa', /./],
      ['paula petersen paula', /./],
    ] as const) {
      const answer = await change(castPassword, password)
      t.equal(answer.status, 422, password)
      t.match(answer.body, why)
    }
    let answer = await change('ganz falsch', 'Ahornblatt im Fruehlingsregen')
    for (let tries = 0; tries < 6 && answer.status === 422; tries++)
      answer = await change('ganz falsch', 'Ahornblatt im Fruehlingsregen')
    t.equal(answer.status, 429)
    t.match(answer.headers['retry-after'], /^\d+$/)
    t.equal((await change(castPassword, 'Ahornblatt im Fruehlingsregen')).status, 429, 'even with the right one')
    t.equal((await paula.get('/account')).status, 200, 'she stays signed in')
  })
})
