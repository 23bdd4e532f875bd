import t from 'tap'
import { castPassword } from '../demo/cast.ts'
import { systemChange } from '../storage/change.ts'
import type { Browser } from '../test/browser.ts'
import { type School, startSchool } from '../test/school.ts'

const newcomer = { given_name: 'Nele', family_name: 'Neumann', office: 'teacher' }

const codeOn = (body: string) => /[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}/.exec(body)?.[0] ?? ''

/** Enters a code and makes an account with it; the last answer. */
async function register(school: School, code: string, login: string) {
  const browser = school.visitor()
  await browser.get('/register')
  const entered = await browser.post('/register', { code })
  if (entered.status !== 303) return { browser, answer: entered }
  await browser.follow(entered)
  const answer = await browser.post('/register/account', { login, password: castPassword })
  await browser.follow(answer)
  await browser.post('/terms/acceptance', { accept: 'yes' })
  return { browser, answer }
}

async function personPage(browser: Browser, name: string): Promise<string> {
  const list = await browser.get('/staff')
  return new RegExp(`href="(/staff/[0-9a-z]{16})"><bdi>${name}<`).exec(list.body)?.[1] ?? ''
}

t.test('an invited teacher registers with the code and writes to the group an admin puts them into', async t => {
  const school = await startSchool(t)
  const dora = await school.seated('dora')
  const empty = await dora.post('/staff/invitations', { given_name: 'Nele', family_name: ' ' })
  t.equal(empty.status, 422)
  t.match(empty.body, /Geben Sie den Nachnamen ein[\s\S]*Wählen Sie eine Aufgabe/)
  t.match(empty.body, 'value="Nele"')
  t.equal(
    (await dora.post('/staff/invitations', { ...newcomer, office: 'admin' })).status,
    422,
    'nobody is invited as admin',
  )
  const invited = await dora.post('/staff/invitations', newcomer)
  t.match(invited.headers.location, /^\/staff\/invitations\/[0-9a-z]{16}$/)
  const shown = await dora.follow(invited)
  t.match(shown.body, `https://localhost:${school.portal.port}/register`)
  t.match(shown.body, /Freitag, 22\.\s+Januar 2027/)
  t.match((await dora.get('/staff')).body, /Nele Neumann[\s\S]*Code gilt bis/)
  const twice = await dora.post('/staff/invitations', newcomer)
  t.match(twice.body, 'Nele Neumann ist schon eingeladen')

  const { browser: nele, answer } = await register(school, codeOn(shown.body), 'nele@lindenhof.example')
  t.equal(answer.headers.location, '/terms/acceptance')
  t.notMatch((await dora.get('/staff')).body, 'Code gilt bis', 'the invitation is used')
  const person = await personPage(dora, 'Neumann, Nele')
  t.match((await dora.get(person)).body, 'Lehrkraft')
  const group = school.ids.groups['5b'] ?? ''
  t.notMatch((await nele.get('/letters/new')).body, `${group}:guardians`)
  await dora.get(`/groups/${group}`)
  await dora.post(`/groups/${group}/staff`, { account: person.replace('/staff/', '') })
  t.match((await nele.get('/letters/new')).body, `${group}:guardians`)
  const drafted = await nele.post('/letters', {
    title: 'Guten Tag',
    text: 'Ich bin neu.',
    audience: `${group}:guardians`,
    answer: 'none',
    next: 'preview',
  })
  t.match((await nele.follow(drafted)).body, 'Guten Tag')

  const trail = await school.audit()
  t.match(
    trail.filter(entry => entry.k === 'staff.invite').map(({ r, o, d }) => [r, o.map(([kind]) => kind), d.office]),
    [
      ['denied', [], undefined],
      ['denied', [], undefined],
      ['try', ['invitation'], 'teacher'],
      ['denied', [], undefined],
    ],
  )
  t.notMatch(JSON.stringify(trail), /Nele|Neumann/, 'the record holds no name')
})

t.test('a new code ends the old one, a withdrawn invitation opens nothing', async t => {
  const school = await startSchool(t)
  const dora = await school.seated('dora')
  const first = await dora.post('/staff/invitations', newcomer)
  const lost = codeOn((await dora.follow(first)).body)
  const list = await dora.get('/staff')
  const invitation = /name="invitation" value="([0-9a-z]{16})"/.exec(list.body)?.[1] ?? ''
  const second = codeOn((await dora.follow(await dora.post('/staff/invitations/again', { invitation }))).body)
  t.not(second, lost)
  t.equal((await register(school, lost, 'nele')).answer.status, 422)
  t.equal((await dora.post('/staff/invitations/end', { invitation })).status, 303)
  t.equal((await register(school, second, 'nele')).answer.status, 422)
  t.match((await dora.get('/staff')).body, 'Zurzeit ist niemand eingeladen')
  t.equal((await dora.post('/staff/invitations/again', { invitation })).status, 404)

  const third = await dora.post('/staff/invitations', newcomer)
  const batch = third.headers.location ?? ''
  t.not(codeOn((await dora.get(batch)).body), '')
  school.clock.now += 61 * 60_000
  const gone = await (await school.seated('dora')).get(batch)
  t.equal(gone.status, 404, 'after an hour the code is shown no more')
  t.equal(codeOn(gone.body), '')
  t.match(gone.body, 'Stellen Sie beim Personal einen neuen Code aus')
})

t.test('the staff is for admins only', async t => {
  const school = await startSchool(t)
  const person = `/staff/${school.ids.accounts.carl}`
  for (const key of ['otto', 'hanna', 'carl', 'finja', 'ole', 'bea']) {
    const browser = await school.seated(key)
    for (const page of ['/staff', person, '/staff/invitations/0000000000000000'])
      t.equal((await browser.get(page)).status, 403, `${key} ${page}`)
    for (const act of ['offices', 'sessions/end', 'end'])
      t.equal(
        (await browser.post(`${person}/${act}`, { office: 'head', act: 'add', confirm: 'Brandt' })).status,
        403,
        `${key} ${act}`,
      )
    for (const act of ['', '/again', '/end'])
      t.equal((await browser.post(`/staff/invitations${act}`, newcomer)).status, 403, `${key} ${act}`)
  }
  const dora = await school.seated('dora')
  const bea = school.ids.accounts.bea ?? ''
  t.equal((await dora.get(`/staff/${bea}`)).status, 404, 'and a guardian is not among the staff')
  t.equal((await dora.post(`/staff/${bea}/offices`, { office: 'teacher', act: 'add' })).status, 404)
  t.notMatch(
    (await dora.get(`/staff/${school.ids.accounts.paula}`)).body,
    /Pia|lindenhof\.example/,
    'nor is whose mother a teacher is',
  )
})

t.test('an appointment that is given or ended ends the sessions and counts at the next request', async t => {
  const school = await startSchool(t)
  const dora = await school.seated('dora')
  const person = `/staff/${school.ids.accounts.ole}`
  const ole = await school.seated('ole')
  for (const office of ['auditor', 'admin', 'king', ''])
    t.equal(
      (await dora.post(`${person}/offices`, { office, act: 'add' })).status,
      422,
      `${office || 'nothing'} cannot be given here`,
    )
  t.equal(
    (await dora.post(`${person}/offices`, { office: 'teacher', act: 'end' })).status,
    422,
    'nor ended what is not held',
  )
  t.equal((await ole.get('/account')).status, 200)
  t.equal((await dora.post(`${person}/offices`, { office: 'teacher', act: 'add' })).status, 303)
  t.equal((await ole.get('/account')).status, 303, 'Ole is signed out')
  const again = await school.seated('ole')
  t.equal((await again.get('/letters/new')).status, 200)
  t.equal((await dora.post(`${person}/offices`, { office: 'teacher', act: 'end' })).status, 303)
  t.equal((await again.get('/letters/new')).status, 303)
  const former = await school.seated('ole')
  t.equal((await former.get('/letters/new')).status, 403)
  t.equal((await dora.post(`${person}/offices`, { office: 'teacher', act: 'add' })).status, 303, 'on the same day, too')
  t.equal((await (await school.seated('ole')).get('/letters/new')).status, 200)
  t.equal((await dora.get('/staff')).status, 200, 'Dora stays signed in')
  t.match(
    (await school.audit())
      .filter(entry => entry.k === 'staff.office' && entry.r === 'try')
      .map(({ o, d }) => [o[0]?.[0], d.office, d.act]),
    [
      ['account', 'teacher', 'add'],
      ['account', 'teacher', 'end'],
      ['account', 'teacher', 'add'],
    ],
  )
})

t.test('with the last duty the work in groups ends; who leaves keeps what they have as a parent', async t => {
  const school = await startSchool(t)
  const dora = await school.seated('dora')
  t.equal(
    (await dora.post(`/staff/${school.ids.accounts.carl}/offices`, { office: 'teacher', act: 'end' })).status,
    303,
  )
  t.notMatch((await dora.get(`/groups/${school.ids.groups['5a']}`)).body, '>Carl Brandt<')
  t.match((await dora.get('/groups')).body, /5a[\s\S]*?fehlt noch[\s\S]*?5b/)

  const paula = await school.seated('paula')
  const person = `/staff/${school.ids.accounts.paula}`
  const unsure = await dora.post(`${person}/end`, { confirm: 'Peters' })
  t.equal(unsure.status, 422)
  t.match(unsure.body, 'Tippen Sie genau den Nachnamen ein: Petersen')
  t.equal((await paula.get('/letters/new')).status, 200)
  t.equal((await dora.post(`${person}/end`, { confirm: 'petersen' })).status, 303)
  t.equal((await paula.get('/letters/new')).status, 303)
  const mother = await school.seated('paula')
  t.equal((await mother.get('/letters/new')).status, 403)
  t.match((await mother.get('/')).body, 'Pia')
  const list = await dora.get('/staff')
  t.match(list.body, /2 Personen arbeiten nicht mehr hier[\s\S]*Brandt, Carl[\s\S]*Petersen, Paula/)
  t.match((await dora.get(person)).body, /1 frühere Aufgabe[\s\S]*bis Sonntag, 22\.\s+November/)
})

t.test('sessions of others can be ended, the own administration cannot', async t => {
  const school = await startSchool(t)
  const dora = await school.seated('dora')
  const otto = await school.seated('otto')
  t.equal((await dora.post(`/staff/${school.ids.accounts.otto}/sessions/end`)).status, 303)
  t.equal((await otto.get('/account')).status, 303)
  t.equal((await (await school.seated('otto')).get('/letters/new')).status, 200, 'the duty remains')

  const own = `/staff/${school.ids.accounts.dora}`
  const refused = await dora.post(`${own}/offices`, { office: 'admin', act: 'end' })
  t.equal(refused.status, 422)
  t.match(refused.body, 'Ihre eigene Administration können Sie nicht beenden')
  t.equal((await dora.post(`${own}/end`, { confirm: 'Dahl' })).status, 422)
  t.equal((await dora.get('/groups')).status, 200, 'so one admin always remains')
  t.equal((await dora.post(`${own}/offices`, { office: 'teacher', act: 'add' })).status, 303)
  t.equal(
    (await dora.get('/staff')).headers.location,
    '/sign-in?next=%2Fstaff',
    'a new duty of the own asks to sign in again',
  )
})

t.test('two admins who end each other at the same moment do not both succeed', async t => {
  const school = await startSchool(t, (house, ids) =>
    systemChange(house.database, house.clock, 'demo', async change => {
      const { otto = '' } = ids.accounts
      await change
        .write('appointments')
        .insert({ account_id: otto, office: 'admin', from_on: change.today, until_on: null })
    }),
  )
  const dora = await school.seated('dora')
  const otto = await school.seated('otto')
  const end = (browser: Browser, whom: string) =>
    browser.post(`/staff/${school.ids.accounts[whom]}/offices`, { office: 'admin', act: 'end' })
  const answers = await Promise.all([end(dora, 'otto'), end(otto, 'dora')])
  t.equal(answers.filter(answer => /^\/staff\//.test(answer.headers.location ?? '')).length, 1)
  const left = await Promise.all(
    ['dora', 'otto'].map(async key => (await (await school.seated(key)).get('/staff')).status),
  )
  t.same(left.sort(), [200, 403])
})
