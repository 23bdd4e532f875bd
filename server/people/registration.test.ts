import t from 'tap'
import { castPassword } from '../demo/cast.ts'
import type { House } from '../house.ts'
import { systemChange } from '../storage/change.ts'
import { newId } from '../storage/ids.ts'
import type { Answer, Browser } from '../test/browser.ts'
import { startSchool } from '../test/school.ts'
import { connect } from '../test/sqlite.ts'
import { codeInGroups, issueCodes } from './codes.ts'

const day = 86_400_000

/** A guardian on paper for these children, with a code for each; rights as told. */
async function onPaper(house: House, name: string, pupils: readonly (string | undefined)[], rights: object = {}) {
  return systemChange(house.database, house.clock, 'demo', async change => {
    const guardian = {
      id: newId(),
      given_name: 'Neu',
      family_name: name,
      email: null,
      phone: null,
      address: null,
      account_id: null,
    }
    await change.write('guardians').insert(guardian)
    const links = pupils.map(pupil => ({
      id: newId(),
      guardian_id: guardian.id,
      pupil_id: pupil ?? '',
      custody: 'yes' as const,
      may_read: 1 as const,
      may_act: 1 as const,
      from_on: '2026-01-01',
      until_on: null,
      address_block: 0 as const,
      ...rights,
    }))
    await change.write('guardianships').insert(links)
    const codes = await issueCodes(
      change,
      house,
      links.map(link => ({ guardianship_id: link.id })),
    )
    return { links, codes: codes.map(issued => issued.code) }
  })
}

t.test('a registration code', async t => {
  const school = await startSchool(t)
  const { house, ids } = school
  const file = await connect(t, house.database.file)
  const enter = async (browser: Browser, code: string) => {
    await browser.get('/register')
    return browser.post('/register', { code })
  }
  const register = async (browser: Browser, code: string, login: string): Promise<Answer> => {
    await enter(browser, code)
    return browser.post('/register/account', { login, password: castPassword })
  }
  const rest = () => {
    school.clock.now += 11 * 60_000
  }

  t.test('is forgiving to type: case, O and 0, I, L and 1, blanks and dashes (B21)', async t => {
    const written = ids.code.code
    const forms = [
      written,
      codeInGroups(written),
      written.toLowerCase(),
      codeInGroups(written).toLowerCase().replaceAll('-', ' '),
      `  ${written}\n`,
      codeInGroups(written).replaceAll('-', ' – '),
      written.replaceAll('0', 'O').replaceAll('1', 'I'),
      written.replaceAll('0', 'o').replaceAll('1', 'l'),
      [...written].join('.'),
      written.replaceAll('V', 'U'),
      [...written].map(character => String.fromCodePoint((character.codePointAt(0) ?? 0) + 0xfee0)).join(''),
    ]
    for (const form of forms) t.equal((await enter(school.visitor(), form)).headers.location, '/register/account', form)
    const wrong = written.startsWith('A') ? `B${written.slice(1)}` : `A${written.slice(1)}`
    for (const form of [wrong, written.slice(1), `${written}A`, '', '0'.repeat(16), `${written}${written}`])
      t.equal((await enter(school.visitor(), form)).status, 422, form)
    rest()
  })

  t.test('unknown, used, replaced, expired and foreign ones give the same bytes (B16, B21)', async t => {
    const [used, replaced, expired, ended] = [
      await onPaper(house, 'Used', [ids.pupils.pia]),
      await onPaper(house, 'Replaced', [ids.pupils.pia]),
      await onPaper(house, 'Expired', [ids.pupils.pia]),
      await onPaper(house, 'Ended', [ids.pupils.pia], { until_on: '2026-01-02' }),
    ]
    t.equal((await register(school.visitor(), used.codes[0] ?? '', 'used@eltern.example')).status, 303)
    const again = await systemChange(house.database, house.clock, 'demo', change =>
      issueCodes(change, house, [{ guardianship_id: replaced.links[0]?.id ?? '' }]),
    )
    await file.all("UPDATE registration_codes SET expires_at = '2026-11-01T22:00:00.000Z' WHERE guardianship_id = ?", [
      expired.links[0]?.id,
    ])
    const browser = school.visitor()
    const answers: object[] = []
    for (const code of ['ABCDEFGHJKMNPQRS', used.codes[0], replaced.codes[0], expired.codes[0], ended.codes[0]]) {
      const answer = await enter(browser, code ?? '')
      answers.push({
        status: answer.status,
        body: answer.body.replaceAll(code ?? '', 'TYPED'),
        headers: { ...answer.headers, date: '', 'content-length': '' },
      })
    }
    t.match(answers[0], { status: 422 })
    for (const answer of answers) t.same(answer, answers[0])
    t.equal((await enter(browser, again[0]?.code ?? '')).status, 303, 'the newly printed one is good')
    rest()
  })

  t.test('holds sixty days (B21)', async t => {
    const { codes } = await onPaper(house, 'Patient', [ids.pupils.pia])
    const start = school.clock.now
    school.clock.now = start + 60 * day
    t.equal((await enter(school.visitor(), codes[0] ?? '')).status, 303)
    school.clock.now = start + 61 * day
    t.equal((await enter(school.visitor(), codes[0] ?? '')).status, 422)
    school.clock.now = start
  })

  t.test('used twenty times at the same moment makes exactly one account (B21)', async t => {
    const { codes, links } = await onPaper(house, 'Parallel', [ids.pupils.ben])
    const crowd = Array.from({ length: 20 }, (_, number) => ({
      browser: school.visitor(),
      login: `zwilling${number}@eltern.example`,
    }))
    for (const { browser } of crowd) t.equal((await enter(browser, codes[0] ?? '')).status, 303)
    const answers = await Promise.all(
      crowd.map(({ browser, login }) => browser.post('/register/account', { login, password: castPassword })),
    )
    t.same(answers.map(answer => answer.status).sort(), [303, ...Array(19).fill(422)])
    t.match(await file.all("SELECT count(*) AS n FROM accounts WHERE login LIKE 'zwilling%'"), [{ n: 1 }])
    t.match(await file.all('SELECT count(*) AS n FROM registrations WHERE guardianship_id = ?', [links[0]?.id]), [
      { n: 1 },
    ])
    rest()
  })

  t.test('a slip for the second child never moves the first child to somebody else (B21)', async t => {
    const { codes } = await onPaper(house, 'Doppelt', [ids.pupils.emir, ids.pupils.elif])
    const [first = '', second = ''] = codes
    const thief = school.visitor()
    t.equal((await enter(thief, second)).status, 303, 'both slips are open')
    const mother = school.visitor()
    t.equal((await register(mother, first, 'doppelt@eltern.example')).headers.location, '/terms/acceptance')
    t.equal(
      (await thief.post('/register/account', { login: 'dieb@eltern.example', password: castPassword })).status,
      422,
    )
    t.equal((await enter(thief, second)).status, 422, 'the other slip is of no use to anybody else any more')
    await mother.get('/terms/acceptance')
    await mother.post('/terms/acceptance', { accept: 'yes' })
    t.match((await mother.get('/account')).body, /Emir[\s\S]*Elif|Elif[\s\S]*Emir/)
    t.match(await file.all("SELECT count(*) AS n FROM accounts WHERE login = 'dieb@eltern.example'"), [{ n: 0 }])
    rest()
  })

  t.test('is nowhere in the data, neither as typed nor as printed (B21)', async t => {
    const { codes } = await onPaper(house, 'Geheim', [ids.pupils.pia])
    await enter(school.visitor(), codes[0] ?? '')
    const tables = await file.all("SELECT name FROM sqlite_schema WHERE type = 'table'")
    const dump: string[] = []
    for (const { name } of tables)
      for (const row of await file.all(`SELECT * FROM "${name}"`))
        for (const value of Object.values(row))
          dump.push(Buffer.isBuffer(value) ? value.toString('latin1') : String(value))
    const text = dump.join('\n')
    t.ok(text.includes('Geheim'))
    for (const secret of [codes[0] ?? '', codeInGroups(codes[0] ?? ''), (codes[0] ?? '').toLowerCase(), ids.code.code])
      t.notOk(text.includes(secret))
    t.notMatch(JSON.stringify(await school.audit()) + school.log.join(''), codes[0])
    rest()
  })

  t.test('shows nothing of the child or the guardian before the registration has succeeded (B21)', async t => {
    const jelena = school.visitor()
    const pages = [
      await jelena.get('/register'),
      await enter(jelena, ids.code.code),
      await jelena.get('/register/account'),
    ]
    pages.push(await jelena.post('/register/account', { login: 'x', password: 'kurz' }))
    for (const page of pages) t.notMatch(page.body, /Mila|Kova|Jelena|5b/)
    t.equal(
      (await school.visitor().get('/register/account')).headers.location,
      '/register',
      'no step without the one before',
    )
    rest()
  })

  t.test(
    'forty guardians in the school’s Wi-Fi register without waiting; forty wrong codes do not get through (B15, B21)',
    async t => {
      for (let number = 0; number < 40; number++) t.equal((await enter(school.visitor(), ids.code.code)).status, 303)
      let refused = 0
      for (let number = 0; number < 40; number++)
        if ((await enter(school.visitor(), newId())).status === 429) refused += 1
      t.equal(refused, 10)
      t.match((await enter(school.visitor(), ids.code.code)).headers['retry-after'], /^\d+$/)
      rest()
    },
  )

  t.test('somebody with a code cannot try out logins without end (B16)', async t => {
    const jelena = school.visitor()
    await enter(jelena, ids.code.code)
    const taken = await jelena.post('/register/account', { login: 'ada@eltern.example', password: castPassword })
    t.equal(taken.status, 422)
    for (let number = 0; number < 29; number++) await enter(school.visitor(), newId())
    const stopped = await jelena.post('/register/account', { login: 'bea@eltern.example', password: castPassword })
    t.equal(stopped.status, 429)
    rest()
  })
})
