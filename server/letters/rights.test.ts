import t from 'tap'
import { systemChange } from '../storage/change.ts'
import { newId } from '../storage/ids.ts'
import { draftIn } from '../test/letters.ts'
import { type School, startSchool } from '../test/school.ts'

async function draftBy(school: School, key: string, groups: readonly string[], fields: Record<string, string> = {}) {
  const author = await school.seated(key)
  const audience = groups.map(group => `${school.ids.groups[group]}:guardians`)
  const drafted = await author.post('/letters', { ...draftIn(school.ids.groups[groups[0] ?? ''], fields), audience })
  return { author, drafted, id: /\/letters\/([0-9a-z]{16})\//.exec(drafted.headers.location ?? '')?.[1] ?? '' }
}

t.test('whose work in a group has ended publishes nothing there, and sees and answers for nobody of it', async t => {
  const school = await startSchool(t)
  const first = await draftBy(school, 'carl', ['5a', '5b'])
  await first.author.post(`/letters/${first.id}/publication`)
  const second = await draftBy(school, 'carl', ['5a', '5b'], { title: 'Noch ein Brief' })
  t.match((await first.author.get(`/letters/${first.id}/returns.csv`)).body, /Albers, Anna[\s\S]*Behrens, Ben/)

  const dora = await school.seated('dora')
  await dora.get('/groups')
  await dora.post(`/groups/${school.ids.groups['5b']}/staff/end`, { account: school.ids.accounts.carl ?? '' })
  const returns = await first.author.get(`/letters/${first.id}/returns.csv`)
  t.match(returns.body, 'Albers, Anna')
  t.notMatch(returns.body, 'Behrens, Ben', 'the children of the class that is no longer his are gone')
  t.notMatch((await second.author.get(`/letters/${second.id}/preview`)).body, 'Kovač, Mila')
  const refused = await second.author.post(`/letters/${second.id}/publication`)
  t.equal(refused.status, 422)
  t.match(refused.body, 'Sie gehören nicht mehr zu jeder dieser Gruppen.')
  const ben = { pupil: school.ids.pupils.ben ?? '', value: 'yes' }
  t.equal((await first.author.post(`/letters/${first.id}/paper-replies`, ben)).status, 404)
  const anna = { pupil: school.ids.pupils.anna ?? '', value: 'yes' }
  t.equal((await first.author.post(`/letters/${first.id}/paper-replies`, anna)).status, 303, 'his own class goes on')
  t.equal(
    (await first.author.post(`/letters/${first.id}/withdrawal`)).status,
    303,
    'and he may take back what he wrote',
  )
})

t.test('a slip on paper never goes over what guardians answered themselves', async t => {
  const school = await startSchool(t)
  const { author, id } = await draftBy(school, 'carl', ['5a'])
  await author.post(`/letters/${id}/publication`)
  const ada = await school.seated('ada')
  const pupil = school.ids.pupils.anna ?? ''
  t.equal((await ada.post(`/letters/${id}/replies`, { pupil, value: 'yes' })).status, 303)
  const refused = await author.post(`/letters/${id}/paper-replies`, { pupil, value: 'no' })
  t.equal(refused.status, 422)
  t.match(refused.body, 'Die Eltern haben selbst geantwortet.')
  t.match(await school.house.database.reader('replies').where({ letter_id: id }), [{ value: 'yes', paper: 0 }])
})

t.test('a day is a day: no calendar, time or long year gets into a letter', async t => {
  const school = await startSchool(t)
  for (const respond_by of ['2026-12-20[u-ca=hebrew]', '2026-12-20T10:00', '20261220', '+002026-12-20', '٢٠٢٦-١٢-٢٠']) {
    const { drafted } = await draftBy(school, 'carl', ['5a'], { respond_by })
    t.equal(drafted.status, 422, respond_by)
    t.match(drafted.body, 'Diesen Tag gibt es nicht')
  }
  const { id } = await draftBy(school, 'carl', ['5a'])
  await t.rejects(
    systemChange(school.house.database, school.house.clock, 'demo', change =>
      change.write('letters').where({ id }).update({ respond_by: '2026-12-20[u-ca=hebrew]' }),
    ),
    /CHECK/,
    'and the table refuses it, too',
  )
})

t.test('a letter to more groups than a record holds goes out all the same', async t => {
  const school = await startSchool(t)
  const courses = Array.from({ length: 80 }, (_, index) => ({ id: newId(), name: `Kurs ${index}` }))
  await systemChange(school.house.database, school.house.clock, 'demo', change =>
    change
      .write('groups')
      .insert(courses.map(course => ({ ...course, kind: 'course', leader_id: null, ended_on: null }))),
  )
  const otto = await school.seated('otto')
  const audience = courses.map(({ id }) => `${id}:guardians`)
  const drafted = await otto.post('/letters', { ...draftIn(school.ids.groups['5a']), audience })
  t.equal(drafted.status, 303)
  const id = /\/letters\/([0-9a-z]{16})\//.exec(drafted.headers.location ?? '')?.[1] ?? ''
  t.equal((await otto.post(`/letters/${id}/publication`)).status, 303)
  t.equal((await otto.get(`/letters/${id}/returns`)).status, 200)
  t.match(
    (await school.audit()).find(entry => entry.k === 'letter.publish'),
    { d: { groups: 80 } },
  )
})
