import t from 'tap'
import { draftIn } from '../test/letters.ts'
import { startSchool } from '../test/school.ts'

t.test('the office puts a child into a club and takes it out; both count from the next click', async t => {
  const school = await startSchool(t)
  const { anna = '', emir = '' } = school.ids.pupils
  const { chor = '', '5b': fiveB = '' } = school.ids.groups
  const [otto, ada, paula] = await Promise.all([school.seated('otto'), school.seated('ada'), school.seated('paula')])
  await paula.get('/letters/new')
  const draft = await paula.post('/letters', draftIn(chor, { title: 'Probenwochenende' }))
  const letter = (draft.headers.location ?? '').replace('/preview', '')
  await paula.post(`${letter}/publication`)
  t.equal((await ada.get(letter)).status, 404, 'Anna does not sing yet')

  const path = `/roll/pupils/${anna}`
  t.match((await otto.get(path)).body, 'AG: AG Chor')
  const joined = await otto.post(`${path}/groups`, { act: 'add', group: chor })
  t.equal(joined.headers.location, `${path}?ok=joined`)
  const page = await otto.follow(joined)
  t.match(page.body, 'Eingetragen. Es gilt ab sofort.')
  t.match(page.body, '<bdi>AG Chor</bdi>')
  t.notMatch(page.body, 'AG: AG Chor', 'it is no longer offered')
  t.equal((await ada.get(letter)).status, 200)
  t.match((await (await school.seated('dora')).get(`/groups/${chor}`)).body, '2 Kinder')

  t.equal((await otto.post(`${path}/groups`, { act: 'add', group: chor })).status, 422, 'not twice')
  t.equal((await otto.post(`${path}/groups`, { act: 'add', group: fiveB })).status, 422, 'a class comes with the list')
  t.equal((await otto.post(`${path}/groups`, { act: 'add', group: '' })).status, 422)
  t.equal((await otto.post(`${path}/groups`, { act: 'end', group: fiveB })).status, 422)

  const ended = await otto.post(`${path}/groups`, { act: 'end', group: chor })
  t.equal(ended.headers.location, `${path}?ok=left`)
  t.equal((await ada.get(letter)).status, 404)
  const places = await school.house.database.reader('group_pupils').where({ group_id: chor }).orderBy('pupil_id')
  t.same(
    places.map(place => place.pupil_id),
    [emir],
    'what began and ended today never was',
  )
  await otto.post(`/roll/pupils/${emir}/groups`, { act: 'end', group: chor })
  const [former] = await school.house.database.reader('group_pupils').where({ group_id: chor })
  t.equal(former.until_on, '2026-11-22', 'what lasted is remembered')

  const records = (await school.audit()).filter(entry => entry.k === 'roll.group.edit' && entry.r === 'try')
  t.same(
    records.map(({ o, d }) => [o, d]),
    [
      [
        [
          ['pupil', anna],
          ['group', chor],
        ],
        { act: 'add' },
      ],
      [
        [
          ['pupil', anna],
          ['group', chor],
        ],
        { act: 'end' },
      ],
      [
        [
          ['pupil', emir],
          ['group', chor],
        ],
        { act: 'end' },
      ],
    ],
  )
})
