import t from 'tap'
import { systemChange } from '../storage/change.ts'
import { startSchool } from '../test/school.ts'
import { issueCodes } from './codes.ts'

t.test('an admin says who the school is, and it stands on every page at once', async t => {
  const school = await startSchool(t)
  const dora = await school.seated('dora')
  await dora.get('/school')
  const refused = await dora.post('/school', { name: '', office_name: 'Sekretariat', office_phone: '030 1' })
  t.equal(refused.status, 422)
  t.match(refused.body, 'Bitte füllen Sie dieses Feld aus.')
  const described = { name: 'Birkenschule', town: 'Neustadt', kind: '', address: 'Weg 1', office_hours: '' }
  const saved = await dora.post('/school', { ...described, office_name: 'Frau Birk', office_phone: '030 555' })
  t.equal(saved.status, 303)
  const visitor = school.visitor()
  t.match((await visitor.get('/sign-in')).body, /Birkenschule[\s\S]*Frau Birk/)
  t.match((await school.audit()).at(-1), { k: 'school.describe', r: 'try', a: school.ids.accounts.dora })
})

t.test('new terms are asked of everybody at their next page, also of who is signed in', async t => {
  const school = await startSchool(t)
  const dora = await school.seated('dora')
  const ada = await school.seated('ada')
  t.equal((await ada.get('/')).status, 200)
  t.equal((await dora.post('/school/documents', { kind: 'terms', text: 'Neue Regeln.' })).status, 303)
  t.match(await ada.get('/letters'), { status: 303, headers: { location: '/terms/acceptance' } })
  const asked = await ada.get('/terms/acceptance')
  t.match(asked.body, 'Neue Regeln.')
  t.equal((await ada.post('/terms/acceptance', {})).status, 422, 'not without the tick')
  t.equal((await ada.post('/terms/acceptance', { accept: 'yes' })).status, 303)
  t.equal((await ada.get('/letters')).status, 200)
  const rows = await school.house.database
    .reader('acceptances')
    .where({ account_id: school.ids.accounts.ada, kind: 'terms' })
  t.same(rows.map(row => row.version).sort(), [1, 2], 'both acceptances stay')
})

t.test('where there are no terms yet nobody registers, the code stays valid, and the pages say so', async t => {
  const school = await startSchool(t)
  await systemChange(school.house.database, school.house.clock, 'demo', async change => {
    await change.write('acceptances').delete()
    await change.write('documents').delete()
  })
  const visitor = school.visitor()
  for (const path of ['/terms', '/privacy', '/help', '/sign-in']) t.equal((await visitor.get(path)).status, 200, path)
  await visitor.get('/register')
  const refused = await visitor.post('/register', { code: school.ids.code.code })
  t.equal(refused.status, 422)
  t.match(refused.body, 'noch keine Nutzungsordnung')
  t.match(await school.house.database.reader('registration_codes').first('used_at'), { used_at: null })
})

t.test('the other parent’s code is refused and stays theirs; one’s own for a further child is taken', async t => {
  const school = await startSchool(t)
  const selin = await school.seated('selin')
  await selin.get('/account/children')
  const other = await selin.post('/account/children', { code: school.ids.code.code })
  t.equal(other.status, 422, 'Jelena’s letter in Selin’s hands')
  t.match(other.body, 'Dieser Code gehört einer anderen Person.')
  t.notMatch(other.body, /Mila|Jelena/, 'nothing of it is shown')
  const link = await school.house.database
    .reader('guardianships')
    .join('guardians', 'guardians.id', 'guardianships.guardian_id')
    .where({ account_id: school.ids.accounts.selin, pupil_id: school.ids.pupils.elif })
    .first('guardianships.id')
  const [own] = await systemChange(school.house.database, school.house.clock, 'demo', change =>
    issueCodes(change, school.house, [{ guardianship_id: link.id }]),
  )
  t.equal((await selin.post('/account/children', { code: own?.code ?? '' })).status, 303)
})
