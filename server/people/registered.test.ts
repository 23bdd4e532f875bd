import t from 'tap'
import { castPassword } from '../demo/cast.ts'
import { systemChange } from '../storage/change.ts'
import { newId } from '../storage/ids.ts'
import { type School, startSchool } from '../test/school.ts'
import { connect } from '../test/sqlite.ts'
import { issueCodes } from './codes.ts'

const news = 'Ein neues Elternkonto für Ihr Kind'

/** Somebody on paper becomes a guardian of a child; returns the code that is printed for them. */
async function onPaper(school: School, key: string, person: { given_name: string; family_name: string }, rights = {}) {
  const { house, ids } = school
  const [issued] = await systemChange(house.database, house.clock, 'demo', async change => {
    const contact = { email: 'nora@geheim.example', phone: '030 4711', address: 'Geheimweg 1' }
    const guardian = { id: newId(), ...person, ...contact, account_id: null }
    await change.write('guardians').insert(guardian)
    const link = {
      id: newId(),
      guardian_id: guardian.id,
      pupil_id: ids.pupils[key] ?? '',
      custody: 'yes' as const,
      may_read: 1 as const,
      may_act: 1 as const,
      from_on: '2026-01-01',
      until_on: null,
      address_block: 0 as const,
      ...rights,
    }
    await change.write('guardianships').insert(link)
    return issueCodes(change, house, [{ guardianship_id: link.id }])
  })
  return issued?.code ?? ''
}

/** The same, and registers with it. */
async function newGuardian(school: School, key: string, rights: object = {}): Promise<void> {
  const code = await onPaper(school, key, { given_name: 'Nora', family_name: 'Neumann' }, rights)
  const browser = school.visitor()
  await browser.get('/register')
  await browser.post('/register', { code })
  const done = await browser.post('/register/account', { login: `nora-${key}@eltern.example`, password: castPassword })
  if (done.status !== 303) throw new Error(`Not registered: ${done.status}`)
}

t.test('a new account of a guardian', async t => {
  const school = await startSchool(t)
  const file = await connect(t, school.house.database.file)
  const startPage = async (key: string) => (await (await school.seated(key)).get('/')).body

  t.test('is shown to the office and to guardians who may read, without any contact data (B21)', async t => {
    for (const key of ['otto', 'ada', 'anton', 'bea']) t.notMatch(await startPage(key), news, `${key} before`)
    await newGuardian(school, 'anna')
    t.match(await startPage('otto'), 'Anna Albers')
    const seen = await startPage('ada')
    t.match(seen, news)
    t.notMatch(seen, /Nora|Neumann|geheim|4711/i)
    for (const key of ['anton', 'bea', 'carl', 'dora', 'hanna'])
      t.notMatch(await startPage(key), news, `${key} has nothing to do with it`)
    t.match((await school.audit()).filter(entry => entry.k === 'auth.register').at(-1), {
      r: 'try',
      o: [['pupil', school.ids.pupils.anna]],
    })
  })

  t.test('is not shown to other guardians where an address is blocked (B21)', async t => {
    await newGuardian(school, 'ben', { address_block: 1 })
    t.notMatch(await startPage('bea'), news)
    t.match(await startPage('otto'), 'Ben Behrens', 'the office knows')
    await file.all('UPDATE guardianships SET address_block = 0')
    t.match(await startPage('bea'), news, 'it was the block')
  })

  t.test('is shown no longer to somebody whose right has ended (B21, B23)', async t => {
    const ada = await school.seated('ada')
    t.match((await ada.get('/')).body, news)
    await file.all(
      "UPDATE guardianships SET until_on = '2026-11-22' WHERE guardian_id IN (SELECT id FROM guardians WHERE account_id = ?)",
      [school.ids.accounts.ada],
    )
    t.notMatch((await ada.get('/')).body, news, 'at the next request')
  })
})

t.test('a code for somebody who is signed in', async t => {
  const school = await startSchool(t)
  const { house, ids } = school
  const issue = (subject: object) =>
    systemChange(house.database, house.clock, 'demo', change => issueCodes(change, house, [subject])).then(
      ([issued]) => issued?.code ?? '',
    )

  t.test('adds the child to the account they have (B21)', async t => {
    const code = await onPaper(school, 'mila', { given_name: 'Bea', family_name: 'Behrens' })
    const bea = await school.seated('bea')
    t.notMatch((await bea.get('/account/children')).body, 'Mila')
    const added = await bea.post('/account/children', { code })
    t.equal(added.headers.location, '/account/children?ok=added')
    t.match((await bea.follow(added)).body, /Mila Kova/)
    t.equal((await bea.post('/account/children', { code })).status, 422, 'once')
    t.match((await (await school.seated('otto')).get('/')).body, 'Mila Kova')
  })

  t.test(
    'of an invitation makes no child of a colleague, but ends every session that was not one of staff (B2, B5, B21)',
    async t => {
      const invitation = newId()
      await systemChange(house.database, house.clock, 'demo', async change => {
        await change.write('invitations').insert({
          id: invitation,
          given_name: 'Bea',
          family_name: 'Behrens',
          office: 'teacher',
          created_at: change.at,
          used_at: null,
        })
      })
      const code = await issue({ invitation_id: invitation })
      const bea = await school.seated('bea')
      const elsewhere = await school.seated('bea')
      await bea.get('/account/children')
      const before = bea.cookies.get('__Host-pforte')
      t.equal((await bea.post('/account/children', { code })).status, 303)
      t.not(bea.cookies.get('__Host-pforte'), before)
      t.equal((await bea.get('/letters/new')).status, 200, 'she may write letters now')
      t.equal((await elsewhere.get('/account')).status, 303)
      t.notMatch((await bea.get('/account/children')).body, 'Behrens, Bea')
      school.clock.now += 31 * 60_000
      t.equal((await bea.get('/account')).status, 303, 'and her session has the limits of staff')
    },
  )

  t.test('of an invitation makes one colleague, however many type it at the same moment (B21)', async t => {
    const invitation = newId()
    await systemChange(house.database, house.clock, 'demo', async change => {
      const person = { given_name: 'Lena', family_name: 'Lehrerin', office: 'teacher' as const }
      await change.write('invitations').insert({ id: invitation, ...person, created_at: change.at, used_at: null })
    })
    const code = await issue({ invitation_id: invitation })
    const crowd = Array.from({ length: 5 }, (_, number) => ({
      browser: school.visitor(),
      login: `lena${number}@schule.example`,
    }))
    for (const { browser } of crowd) {
      await browser.get('/register')
      t.equal((await browser.post('/register', { code })).status, 303)
    }
    const short = await crowd[0]?.browser.post('/register/account', {
      login: 'lena@schule.example',
      password: 'Zaunkönig 777',
    })
    t.equal(short?.status, 422, 'a colleague’s password has fifteen characters')
    const answers = await Promise.all(
      crowd.map(({ browser, login }) => browser.post('/register/account', { login, password: castPassword })),
    )
    t.same(answers.map(answer => answer.status).sort(), [303, 422, 422, 422, 422])
  })

  t.test('of a pupil of age is theirs alone (B21)', async t => {
    const code = await issue({ pupil_id: ids.pupils.pia })
    const pia = school.visitor()
    await pia.get('/register')
    t.equal((await pia.post('/register', { code })).headers.location, '/register/account')
    t.equal((await pia.post('/register/account', { login: 'pia.petersen', password: castPassword })).status, 303)
    t.equal((await pia.post('/register', { code })).status, 403, 'the form of before the registration is worth nothing')
    const other = school.visitor()
    await other.get('/register')
    t.equal((await other.post('/register', { code })).status, 422)
  })
})
