import t from 'tap'
import { systemChange } from '../storage/change.ts'
import type { Browser } from '../test/browser.ts'
import { startEmpty } from '../test/empty.ts'
import { connect } from '../test/sqlite.ts'
import { issueSetupToken } from './setup.ts'

const minute = 60_000

t.test('the very first account', async t => {
  const school = await startEmpty(t)
  const { clock, visitor } = school
  const { house } = school.portal
  const file = await connect(t, house.database.file)
  const issue = () => systemChange(house.database, house.clock, 'command', issueSetupToken)
  const setUp = async (browser: Browser, token: string, fields: object = {}) => {
    await browser.get('/setup')
    return browser.post('/setup', {
      token,
      given_name: 'Erste',
      family_name: 'Person',
      login: 'erste@schule.example',
      password: 'Ahornblatt im Fruehlingsregen',
      ...fields,
    })
  }

  t.test('there is none before, and no default password opens anything (B22)', async t => {
    t.same(await file.all('SELECT * FROM accounts'), [])
    const browser = visitor()
    await browser.get('/sign-in')
    for (const login of ['admin', 'root', 'administrator'])
      t.equal((await browser.post('/sign-in', { login, password: login })).status, 422)
    clock.now += 60 * minute
  })

  t.test('without a token, with a wrong, a late or a replaced one there is none either (B22)', async t => {
    const replaced = (await issue()) ?? ''
    const late = (await issue()) ?? ''
    for (const token of ['', 'ABCD-EFGH', '0'.repeat(32), replaced])
      t.equal((await setUp(visitor(), token)).status, 422)
    clock.now += 30 * minute
    t.equal((await setUp(visitor(), late)).status, 422, 'thirty minutes are over')
    t.same(await file.all('SELECT * FROM accounts'), [])
    const rows = await file.all('SELECT * FROM setup_tokens')
    const dump = rows
      .map(row =>
        Object.values(row)
          .map(value => (Buffer.isBuffer(value) ? value.toString('latin1') : String(value)))
          .join(' '),
      )
      .join('\n')
    t.equal(rows.length, 1)
    t.notMatch(dump, late.replaceAll('-', ''), 'the data hold no token')
  })

  t.test('the password of the first admin has the length of staff, and the names are not empty (B17, B22)', async t => {
    const token = (await issue()) ?? ''
    for (const fields of [
      { password: 'Zaunkönig 777' },
      { given_name: ' ' },
      { family_name: '' },
      { login: 'a b' },
      { login: 'x\0@schule.example' },
      { login: '\u202ea@schule.example' },
    ])
      t.equal((await setUp(visitor(), token, fields)).status, 422, JSON.stringify(fields))
    t.same(await file.all('SELECT * FROM accounts'), [])
  })

  t.test('of ten at the same moment with the same token one succeeds (B22)', async t => {
    clock.now += 60 * minute
    const token = (await issue()) ?? ''
    const crowd = Array.from({ length: 10 }, (_, number) => ({
      browser: visitor(`127.0.0.${number + 2}`),
      login: `erste${number}@schule.example`,
    }))
    await Promise.all(crowd.map(({ browser }) => browser.get('/setup')))
    const answers = await Promise.all(crowd.map(({ browser, login }) => setUp(browser, token.toLowerCase(), { login })))
    t.same(answers.map(answer => answer.status).sort(), [303, ...Array(9).fill(422)])
    t.match(await file.all('SELECT office FROM appointments'), [{ office: 'admin' }])
    t.equal((await file.all('SELECT 1 FROM accounts')).length, 1)
    const first = crowd[answers.findIndex(answer => answer.status === 303)]
    await first?.browser.get('/account/factors')
    const password = await first?.browser.post('/groups', { name: 'x' })
    t.match(password?.headers.location, '/account/factors', 'and is an admin at once, who needs a second factor')
  })

  t.test('afterwards no token is made and none works (B22)', async t => {
    t.equal(await issue(), undefined)
    await file.all('DELETE FROM setup_tokens')
    const page = await visitor().get('/setup')
    t.equal(page.headers.location, '/sign-in')
    const appointments = await file.all('SELECT * FROM appointments')
    await file.all('UPDATE appointments SET until_on = from_on')
    t.equal(await issue(), undefined, 'not even when that admin has left')
    t.equal(appointments.length, 1)
  })
})
