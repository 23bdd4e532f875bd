import t from 'tap'
import { type School, startSchool } from '../test/school.ts'

/** A letter to the guardians of the 5b by somebody, published; its id. */
async function letterTo5b(school: School, author: string): Promise<string> {
  const browser = await school.seated(author)
  await browser.get('/letters/new')
  const drafted = await browser.post('/letters', {
    title: 'Lesenacht',
    text: 'Wir lesen in der Schule.',
    audience: `${school.ids.groups['5b']}:guardians`,
    answer: 'acknowledgement',
    respond_by: '2026-11-27',
    next: 'preview',
  })
  const id = /\/letters\/([0-9a-z]{16})\/preview/.exec(drafted.headers.location ?? '')?.[1] ?? ''
  await browser.follow(drafted)
  await browser.post(`/letters/${id}/publication`)
  return id
}

const recorded = async (school: School, action: string) =>
  (await school.audit())
    .filter(entry => entry.k === action)
    .map(({ r, o, d }) => ({ r, o: o.map(([kind]) => kind), d }))

t.test('an admin creates a group once, fills it and names its leader', async t => {
  const school = await startSchool(t)
  const dora = await school.seated('dora')
  const list = await dora.get('/groups')
  t.match(list.body, /8c[\s\S]*fehlt noch/, 'a class without a leader stands out')
  t.notMatch(list.body, /Behrens|Kovač|eltern\.example/, 'and no pupil and no address is there')

  const nameless = await dora.post('/groups', { kind: 'club', name: ' ' })
  t.equal(nameless.status, 422)
  t.match(nameless.body, 'Geben Sie der Gruppe einen Namen')
  const twice = await dora.post('/groups', { kind: 'class', name: ' 5B ' })
  t.equal(twice.status, 422)
  t.match(twice.body, 'Eine solche Gruppe mit dem Namen 5b gibt es schon')
  t.match(twice.body, 'value=" 5B "', 'what was typed is still there')
  const created = await dora.post('/groups', { kind: 'club', name: 'AG  Schach' })
  const path = /^\/groups\/[0-9a-z]{16}/.exec(created.headers.location ?? '')?.[0] ?? ''
  t.match((await dora.follow(created)).body, 'AG Schach')

  const guardian = await dora.post(`${path}/staff`, { account: school.ids.accounts.bea ?? '' })
  t.equal(guardian.status, 422, 'a guardian without an appointment cannot work in a group')
  t.equal((await dora.post(`${path}/leader`, { account: school.ids.accounts.bea ?? '' })).status, 422, 'or lead one')
  t.equal((await dora.post(`${path}/staff`, { account: school.ids.accounts.otto ?? '' })).status, 303)
  await dora.post(`${path}/staff`, { account: school.ids.accounts.otto ?? '' })
  const led = await dora.follow(await dora.post(`${path}/leader`, { account: school.ids.accounts.carl ?? '' }))
  t.match(led.body, /Carl Brandt[\s\S]*Leitung[\s\S]*Otto Köhler/, 'whoever leads it works in it, too')
  t.equal(led.body.split('>Otto Köhler<').length, 2, 'and nobody works in it twice')
  const carl = await school.seated('carl')
  t.match((await carl.get('/letters/new')).body, 'AG Schach', 'and may write to it')

  t.match(
    (await recorded(school, 'group.create')).map(({ r, o }) => ({ r, o })),
    [
      { r: 'denied', o: [] },
      { r: 'denied', o: [] },
      { r: 'try', o: ['group'] },
    ],
  )
  t.match(await recorded(school, 'group.leader'), [{ r: 'denied' }, { r: 'try', o: ['group', 'account'] }])
})

t.test('groups are for admins only', async t => {
  const school = await startSchool(t)
  const path = `/groups/${school.ids.groups['5b']}`
  const account = school.ids.accounts.carl ?? ''
  for (const key of ['otto', 'hanna', 'carl', 'emil', 'kim', 'ada']) {
    const browser = await school.seated(key)
    for (const page of ['/groups', path]) t.equal((await browser.get(page)).status, 403, `${key} ${page}`)
    for (const act of ['staff', 'staff/end', 'leader', 'end', 'reopening'])
      t.equal((await browser.post(`${path}/${act}`, { account, confirm: '5b' })).status, 403, `${key} ${act}`)
    t.equal((await browser.post('/groups', { kind: 'club', name: 'AG Segeln' })).status, 403, key)
  }
  t.equal((await school.visitor().get('/groups')).headers.location, '/sign-in?next=%2Fgroups')
  const dora = await school.seated('dora')
  t.equal((await dora.get('/groups/0000000000000000')).status, 404)
  t.notMatch((await dora.get('/groups')).body, /AG Segeln|beendete/, 'and nothing happened')
  t.ok((await recorded(school, 'group.end')).every(entry => entry.r === 'denied'))
})

t.test('who is taken out of a group sees nothing through it at the next request', async t => {
  const school = await startSchool(t)
  const letter = await letterTo5b(school, 'carl')
  const paula = await school.seated('paula')
  const carl = await school.seated('carl')
  const group = school.ids.groups['5b'] ?? ''
  t.equal((await paula.get(`/letters/${letter}/returns`)).status, 200, 'the leader sees who has answered')
  t.match((await carl.get('/letters/new')).body, `${group}:guardians`)

  const dora = await school.seated('dora')
  t.match((await dora.get(`/groups/${group}`)).body, 'Mit dem Austragen endet auch die Leitung')
  for (const key of ['paula', 'carl'])
    t.equal((await dora.post(`/groups/${group}/staff/end`, { account: school.ids.accounts[key] ?? '' })).status, 303)
  t.equal((await paula.get(`/letters/${letter}/returns`)).status, 404, 'without signing in anew')
  t.equal((await paula.get(`/letters/${letter}`)).status, 404)
  t.notMatch((await carl.get('/letters/new')).body, `${group}:guardians`)
  const tried = await carl.post('/letters', { title: 'T', text: 'T', audience: `${group}:guardians`, answer: 'none' })
  t.equal(tried.status, 422, 'and a remembered form reaches nobody')
  const page = await dora.get(`/groups/${group}`)
  t.match(page.body, 'Noch niemand arbeitet in dieser Gruppe')
  t.equal((await dora.post(`/groups/${group}/staff/end`, { account: school.ids.accounts.carl ?? '' })).status, 404)
  t.equal((await dora.post(`/groups/${group}/staff`, { account: school.ids.accounts.carl ?? '' })).status, 303)
  t.match((await carl.get('/letters/new')).body, `${group}:guardians`, 'until they are put in again')
  await dora.post(`/groups/${group}/staff/end`, { account: school.ids.accounts.carl ?? '' })
  t.notMatch((await carl.get('/letters/new')).body, `${group}:guardians`, 'also when that was on the same day')
})

t.test('a group ends for everybody, and opens again empty', async t => {
  const school = await startSchool(t)
  const letter = await letterTo5b(school, 'paula')
  const bea = await school.seated('bea')
  const carl = await school.seated('carl')
  t.equal((await bea.get(`/letters/${letter}`)).status, 200)
  const dora = await school.seated('dora')
  const path = `/groups/${school.ids.groups['5b']}`
  t.match((await dora.get(path)).body, /4 Kinder und 2 Personen vom Personal/, 'it says what would happen')
  const unsure = await dora.post(`${path}/end`, { confirm: '5a' })
  t.equal(unsure.status, 422)
  t.match(unsure.body, 'Tippen Sie genau den Namen der Gruppe ein: 5b')
  t.equal((await bea.get(`/letters/${letter}`)).status, 200, 'and does nothing without the name')

  t.equal((await dora.post(`${path}/end`, { confirm: '5b' })).status, 303)
  t.equal((await bea.get(`/letters/${letter}`)).status, 404)
  t.notMatch((await carl.get('/letters/new')).body, `${school.ids.groups['5b']}:guardians`)
  t.match((await dora.get('/groups')).body, '1 beendete Gruppe')
  t.equal((await dora.post(`${path}/staff`, { account: school.ids.accounts.carl ?? '' })).status, 409)
  const again = await dora.post('/groups', { kind: 'class', name: '5b' })
  t.match(again.body, 'Öffnen Sie sie unten bei den beendeten Gruppen wieder')
  const opened = await dora.follow(await dora.post(`${path}/reopening`))
  t.match(opened.body, 'Noch niemand arbeitet in dieser Gruppe')
  t.match(opened.body, 'Keine Kinder')
  t.equal((await bea.get(`/letters/${letter}`)).status, 404)
  t.match(await recorded(school, 'group.end'), [{ r: 'denied' }, { r: 'try', o: ['group'], d: { pupils: 4 } }])
})
