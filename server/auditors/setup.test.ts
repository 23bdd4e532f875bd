import t from 'tap'
import { issueCodes } from '../people/codes.ts'
import { systemChange } from '../storage/change.ts'
import { newId } from '../storage/ids.ts'
import { startEmpty } from '../test/empty.ts'
import { startSchool } from '../test/school.ts'

t.test('families cannot register before there are three auditors; their code stays valid, and staff can', async t => {
  const { portal, visitor } = await startEmpty(t)
  const { house } = portal
  const [family, invited] = await systemChange(house.database, house.clock, 'demo', async change => {
    const [guardian_id, pupil_id, guardianship_id, invitation_id] = [newId(), newId(), newId(), newId()]
    const name = { given_name: 'Jelena', family_name: 'Kovač' }
    for (const kind of ['terms', 'privacy'] as const)
      await change.write('documents').insert({ kind, version: 1, text: 'Text', in_force_from: '2026-01-01' })
    await change.write('guardians').insert({ id: guardian_id, ...name })
    await change
      .write('pupils')
      .insert({ id: pupil_id, given_name: 'Mila', family_name: 'Kovač', born_on: '2015-03-03' })
    const link = { guardian_id, pupil_id, custody: 'yes', may_read: 1, may_act: 1, from_on: '2026-01-01' } as const
    await change.write('guardianships').insert({ id: guardianship_id, ...link })
    await change.write('invitations').insert({
      id: invitation_id,
      given_name: 'Carl',
      family_name: 'Brandt',
      office: 'teacher',
      created_at: change.at,
    })
    return issueCodes(change, house, [{ guardianship_id }, { invitation_id }])
  })
  const jelena = visitor()
  await jelena.get('/register')
  const refused = await jelena.post('/register', { code: family?.code ?? '' })
  t.equal(refused.status, 422)
  t.match(refused.body, 'Die Schule richtet die Pforte noch ein')
  t.match(refused.body, 'Ihr Code gilt weiter')
  const carl = visitor()
  await carl.get('/register')
  t.equal((await carl.post('/register', { code: invited?.code ?? '' })).headers.location, '/register/account')
})

t.test('printed codes say that they do not work yet, only as long as that is so', async t => {
  const school = await startSchool(t)
  const { audit } = school.house
  const otto = await school.seated('otto')
  const letters = async () => {
    const issued = await otto.post('/roll/codes', { scope: 'all', which: 'again' })
    return (await otto.get(issued.headers.location ?? '')).body
  }
  t.notMatch(await letters(), 'Ihr Code gilt erst')
  Object.defineProperty(audit, 'standing', { value: { ...audit.standing, readable: false, auditors: [] } })
  const early = await letters()
  t.match(early, 'Ihr Code gilt erst, wenn die Schule ihre Prüfenden benannt hat')
  t.match(early, 'Your code works once the school has named its auditors')
})

t.test('the month to come is made ready a week before it begins, with nobody present', async t => {
  const school = await startSchool(t)
  const { audit } = school.house
  const ready = () => audit.reading.all<{ n: number }>("SELECT n FROM audit_period WHERE month = '2026-12'")
  await audit.tick()
  t.same(await ready(), [], 'eight days before')
  school.clock.now = Date.parse('2026-11-24T01:00:00Z')
  await audit.tick()
  t.same(await ready(), [{ n: 3 }], 'seven days before, a share for each of the three')
  const held = await audit.reading.all(
    "SELECT 1 FROM audit_share s JOIN audit_period p ON p.id = s.period_id WHERE month = '2026-12'",
  )
  t.equal(held.length, 3)
})
