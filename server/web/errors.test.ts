import t from 'tap'
import { cast, castPassword } from '../demo/cast.ts'
import { loginOf } from '../demo/seed.ts'
import { draftIn } from '../test/letters.ts'
import { startSchool } from '../test/school.ts'
import { connect } from '../test/sqlite.ts'

t.test('what goes wrong, and what is written about it', async t => {
  const school = await startSchool(t)
  const file = await connect(t, school.house.database.file)

  t.test('an unforeseen error shows a code that is found in the log, and nothing else of it (R16)', async t => {
    const ada = await school.seated('ada')
    await file.all('ALTER TABLE letters RENAME TO letters_elsewhere')
    const answer = await ada.get('/letters?page=2')
    t.equal(answer.status, 500)
    const [code = 'none'] = /F-[0-9A-Z]{4}/.exec(answer.body) ?? []
    t.match(code, /^F-/)
    t.notMatch(answer.body, /SQLITE|no such table|SELECT|letters_elsewhere|\.ts:|at async/)
    t.match(answer.body, 'href="/"', 'the page leads on')
    const lines = school.log.filter(line => line.includes(code))
    t.equal(lines.length, 1)
    t.match(JSON.parse(lines[0] ?? ''), {
      level: 50,
      route: '/letters',
      failure: { type: 'Error', message: 'SQLITE_ERROR' },
    })
    t.match(
      (await school.audit()).at(-1),
      { k: 'letter.list', r: 'error', d: { status: 500 } },
      'it is in the audit log, too',
    )
    const other = await ada.get('/letters')
    t.notMatch(other.body, code, 'every failure has a code of its own')
    await file.all('ALTER TABLE letters_elsewhere RENAME TO letters')
    t.equal((await ada.get('/letters')).status, 200, 'and life goes on')
  })

  t.test('an error keeps nothing of what was typed or asked for, whatever it looks like (B36)', async t => {
    const carl = await school.seated('carl')
    await carl.get('/letters/new')
    await file.all(
      "CREATE TRIGGER fault BEFORE INSERT ON letters BEGIN SELECT RAISE(ABORT, 'canary of the fault'); END",
    )
    const text = 'Guten Tag,\n    at Mila Kovač (canary.ts:1:1)\n    at SQLITE_CANARY\nEnde'
    const answer = await carl.post(
      '/letters',
      draftIn(school.ids.groups['5a'], { title: 'Canary SQLITE_CANARY', text }),
    )
    await file.all('DROP TRIGGER fault')
    t.equal(answer.status, 500)
    const written = school.log.filter(line => line.includes('F-')).join('')
    t.ok(written)
    t.notMatch(written, /canary|Mila|Guten Tag|insert into/i)
    t.notMatch(answer.body, /canary/i)
  })

  t.test('an unknown page, a forbidden one and a missing thing have pages that lead on (B23)', async t => {
    const ada = await school.seated('ada')
    for (const [path, status] of [
      ['/nowhere', 404],
      ['/letters/0000000000000000', 404],
      ['/letters/new', 403],
      ['/letters/%E0%A4%A', 404],
      ['/%', 404],
      ['/letters/..%2f..%2fetc', 404],
      ['//evil.example/letters', 404],
    ] as const) {
      const answer = await ada.get(path)
      t.equal(answer.status, status, path)
      t.match(answer.body, /<a class="button" href="\/"/, path)
      t.notMatch(answer.body, /F-[0-9A-Z]{4}/, 'nothing is broken, so there is no code')
    }
  })

  t.test('a whole day in the log: no login, name, address, id, query, password or code (B36)', async t => {
    const visitor = school.visitor()
    await visitor.get('/sign-in?next=/letters&canary=asked')
    await visitor.post('/sign-in', { login: 'canary@typed.example', password: 'canary of a password' })
    await visitor.post('/register', { code: school.ids.code.code })
    await visitor.get('/register/account')
    for (const key of ['ada', 'carl', 'otto', 'dora']) {
      const browser = key === 'ada' ? await school.as(key) : await school.seated(key)
      for (const path of [
        '/',
        '/account',
        '/letters?page=1&canary=asked',
        '/roll',
        `/letters/${school.ids.pupils.anna}`,
        '/canary-path',
      ])
        await browser.get(path, {
          'user-agent': 'canary-agent',
          referer: 'https://canary.example/',
          'x-forwarded-for': '10.9.8.7',
        })
      await browser.post('/account/preferences', { theme: 'canary' })
      await browser.send('POST', '/letters', { 'content-type': 'text/canary' }, 'canary')
    }
    const carl = await school.seated('carl')
    await carl.get('/letters/new')
    await carl.post('/letters', draftIn(school.ids.groups['5a'], { title: 'canary title' }))
    const log = school.log.join('')
    t.ok(school.log.length > 40, 'there is a line for each answer')
    const secrets = [
      'canary',
      'typed.example',
      '127.0.0.1',
      '10.9.8.7',
      'localhost',
      'Firefox',
      castPassword,
      school.ids.code.code,
      ...cast.flatMap(person => [loginOf(person), person.family_name, `"${person.given_name}"`]),
      ...Object.values(school.ids.accounts),
      ...Object.values(school.ids.pupils),
      ...Object.values(school.ids.groups),
      ...visitor.cookies.values(),
      ...carl.cookies.values(),
      carl.csrf,
    ]
    for (const secret of secrets) t.notOk(log.includes(secret), `not ${secret}`)
    t.notMatch(log, /[0-9a-hjkmnp-tv-z]{16}/, 'no id of any kind')
    for (const line of school.log) JSON.parse(line)
  })
})
