import t from 'tap'
import { castPassword } from '../demo/cast.ts'
import { systemChange } from '../storage/change.ts'
import { startSchool } from '../test/school.ts'
import { connect } from '../test/sqlite.ts'

const day = 86_400_000
const otto = 'otto@lindenhof.example'

t.test('who has lost everything starts anew once two people have seen them (B18)', async t => {
  const school = await startSchool(t)
  const { house, clock, ids } = school
  const file = await connect(t, house.database.file)
  const [dora, hanna] = [await school.seated('dora'), await school.seated('hanna')]
  const open = async () =>
    (await house.database.reader('factor_losses').whereNull('confirmed_at').whereNull('withdrawn_at')) as {
      id: string
    }[]
  const name = (browser: typeof dora, login: string, seen = 'yes') => browser.post('/factors/losses', { login, seen })

  t.equal((await name(dora, '')).status, 422)
  t.equal((await name(dora, otto, '')).status, 422, 'a call is not enough')
  t.match((await name(dora, 'ada@eltern.example')).body, 'keinen zweiten Faktor')
  t.match((await name(dora, 'niemand@eltern.example')).body, 'keinen zweiten Faktor')
  t.match((await name(dora, 'dora@lindenhof.example')).body, 'Den eigenen Verlust melden andere')
  t.same(await open(), [])

  const working = await school.as('otto')
  t.equal((await name(dora, ` ${otto.toUpperCase()} `)).status, 303)
  t.match((await name(hanna, otto)).body, 'schon gemeldet')
  const [loss] = await open()
  const path = `/factors/losses/${loss?.id}`
  t.match((await hanna.get('/')).body, 'Otto Köhler hat den zweiten Faktor verloren')
  t.notMatch((await dora.get('/')).body, 'zweiten Faktor verloren')
  t.equal((await working.get('/roll')).status, 200, 'until it is confirmed nothing happens')
  t.equal((await dora.post(`${path}/confirmation`, { seen: 'yes' })).status, 422, 'the same person never confirms')
  t.notMatch((await dora.get('/factors/losses')).body, '/confirmation')
  t.equal((await hanna.post(`${path}/confirmation`)).status, 422)
  for (const key of ['otto', 'emil', 'carl', 'ada'])
    t.equal((await (await school.seated(key)).post(`${path}/confirmation`, { seen: 'yes' })).status, 403, key)
  await t.rejects(
    file.all(`UPDATE factor_losses SET confirmed_by = named_by, confirmed_at = '2026-11-23' WHERE id = '${loss?.id}'`),
    /CHECK/,
    'nor does the database let them',
  )
  await t.rejects(
    file.all(
      `UPDATE factor_losses SET confirmed_by = account_id, confirmed_at = '2026-11-23' WHERE id = '${loss?.id}'`,
    ),
    /CHECK/,
  )
  t.equal((await hanna.post(`${path}/confirmation`, { seen: 'yes' })).status, 303)
  t.equal((await hanna.post(`${path}/confirmation`, { seen: 'yes' })).status, 404, 'once')
  t.equal((await working.get('/roll')).status, 303, 'every session has ended')

  const again = school.visitor()
  await again.get('/sign-in')
  t.equal((await again.post('/sign-in', { login: otto, password: 'falsch' })).status, 422, 'the password stays')
  t.equal((await again.post('/sign-in', { login: otto, password: castPassword })).status, 303)
  t.equal((await again.get('/roll')).headers.location, '/account/factors', 'and leads to a new factor only')

  const kinds = (await school.audit()).filter(entry => entry.k.startsWith('factor.loss') && entry.r === 'try')
  t.same(
    kinds.map(entry => [entry.k, entry.a]),
    [
      ['factor.loss.name', ids.accounts.dora],
      ['factor.loss.confirm', ids.accounts.hanna],
    ],
  )
  for (const entry of kinds)
    t.ok(
      entry.o.some(([, id]) => id === ids.accounts.otto),
      'the record names whom it is about',
    )

  t.test('nobody confirms their own, who is admin or head as well', async t => {
    t.equal((await name(dora, 'hanna@lindenhof.example')).status, 303)
    const [own] = await open()
    t.equal((await hanna.post(`/factors/losses/${own?.id}/confirmation`, { seen: 'yes' })).status, 422)
    t.equal((await dora.post(`/factors/losses/${own?.id}/withdrawal`)).status, 303, 'it can be withdrawn')
    t.same(await open(), [])
  })

  t.test('a loss that nobody confirms is over after a week', async t => {
    t.equal((await name(dora, 'emil@lindenhof.example')).status, 303)
    const [waiting] = await open()
    clock.now += 7 * day + 1
    const later = await school.seated('hanna')
    t.equal((await later.post(`/factors/losses/${waiting?.id}/confirmation`, { seen: 'yes' })).status, 404)
    t.match((await later.get('/factors/losses')).body, 'Zurzeit wartet niemand')
    t.equal((await name(later, 'emil@lindenhof.example')).status, 303, 'and can be said anew')
  })

  t.test('two who confirm at once', async t => {
    await systemChange(house.database, house.clock, 'demo', change =>
      change
        .write('appointments')
        .insert({ account_id: ids.accounts.carl ?? '', office: 'head', from_on: '2026-01-01', until_on: null }),
    )
    const [fresh] = await open()
    t.ok(fresh)
    const doraLater = await school.seated('dora')
    const answers = await Promise.all(
      [1, 2, 3].map(() => doraLater.post(`/factors/losses/${fresh?.id}/confirmation`, { seen: 'yes' })),
    )
    const statuses = answers.map(answer => answer.status)
    t.equal(statuses.filter(status => status === 303).length, 1, statuses.join())
    const carl = await school.seated('carl')
    t.equal((await carl.get('/factors/losses')).headers.location, '/account/factors', 'a new head needs a factor first')
  })
})
