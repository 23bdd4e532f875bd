import { join } from 'node:path'
import t from 'tap'
import { castPassword } from '../demo/cast.ts'
import { verifyFolder } from '../test/audit.ts'
import { draftIn } from '../test/letters.ts'
import { startSchool } from '../test/school.ts'
import { connect } from '../test/sqlite.ts'

t.test('what leaves a record, and when', async t => {
  const school = await startSchool(t)
  const { ids } = school
  const [ada, carl] = [await school.seated('ada'), await school.seated('carl')]
  const trail = await connect(t, join(school.house.config.data, 'audit.db'))
  /** The newest record, opened at the very moment the answer is there. */
  const newest = async () => {
    const last = (await school.audit()).at(-1)
    if (!last) throw new Error('There is no record')
    return last
  }
  const count = async () => Number((await trail.all('SELECT count(*) AS n FROM audit_rec'))[0]?.n)

  t.test('a page that was shown is on record when it arrives: who, when, from where, about whom', async t => {
    t.equal((await ada.get('/')).status, 200)
    t.match(await newest(), {
      v: 1,
      t: school.clock.now,
      k: 'home.show',
      a: ids.accounts.ada,
      s: /^[0-9a-f]{16}$/,
      ip: '127.0.0.1',
      o: [['pupil', ids.pupils.anna]],
      r: 'ok',
      d: {},
    })
    const before = await count()
    for (const path of [
      '/help',
      '/accessibility',
      '/terms',
      '/privacy',
      '/recording',
      '/static/app.css',
      '/health',
      '/preferences',
    ])
      await ada.get(path)
    t.equal(await count(), before, 'what is the same for everybody and about nobody is not recorded')
  })

  t.test('a change is on record when its answer arrives', async t => {
    await carl.get('/letters/new')
    const drafted = await carl.post('/letters', draftIn(ids.groups['5a']))
    const id = /letters\/(\w+)\//.exec(drafted.headers.location ?? '')?.[1]
    t.match(await newest(), {
      k: 'letter.draft',
      a: ids.accounts.carl,
      o: [
        ['group', ids.groups['5a']],
        ['letter', id],
      ],
      r: 'try',
    })
    await carl.get(`/letters/${id}/preview`)
    await carl.post(`/letters/${id}/publication`)
    t.match(await newest(), { k: 'letter.publish', r: 'try' })
    const before = await count()
    await ada.get(`/letters/${id}`)
    t.equal(await count(), before + 1, 'reading a letter for the first time is one record, not two')
    t.match(await newest(), {
      k: 'letter.read',
      a: ids.accounts.ada,
      o: [
        ['letter', id],
        ['pupil', ids.pupils.anna],
      ],
    })
    await ada.get(`/letters/${id}`, { 'sec-purpose': 'prefetch' })
  })

  t.test('every refusal is on record as denied: 403, 404, 409, 422, and who must sign in first', async t => {
    const cases: readonly [string, () => Promise<{ status: number }>, number, object][] = [
      [
        'a page for others',
        () => ada.get('/letters/new'),
        403,
        { k: 'letter.draft', a: ids.accounts.ada, d: { status: 403 } },
      ],
      [
        'a letter that does not exist',
        () => ada.get('/letters/0000000000000000'),
        404,
        { k: 'letter.read', d: { status: 404 } },
      ],
      [
        'a form that is not right',
        () => carl.post('/letters', {}),
        422,
        { k: 'letter.draft', a: ids.accounts.carl, d: { status: 422 } },
      ],
      ['somebody who is not signed in', () => school.visitor().get('/letters'), 303, { k: 'letter.list', a: 0 }],
      [
        'a body that is no form',
        () => carl.send('POST', '/letters', { 'content-type': 'text/plain' }, 'x'),
        415,
        { k: 'letter.draft', d: { status: 415 } },
      ],
      [
        'a foreign host',
        () => carl.get('/', { host: 'evil.example' }),
        421,
        { k: 'network.refused', a: 0, d: { status: 421 } },
      ],
    ]
    for (const [name, act, status, record] of cases) {
      const before = await count()
      t.equal((await act()).status, status, name)
      t.equal(await count(), before + 1, `${name}: one record`)
      t.match(await newest(), { r: 'denied', ip: '127.0.0.1', ...record }, name)
    }
  })

  t.test('who must accept new terms first leaves a record, too', async t => {
    const file = await connect(t, school.house.database.file)
    await file.all("INSERT INTO documents VALUES ('terms', 2, 'Neu', '2026-11-23')")
    const before = await count()
    t.equal((await ada.get('/letters')).headers.location, '/terms/acceptance')
    t.equal(await count(), before + 1)
    t.match(await newest(), { k: 'letter.list', a: ids.accounts.ada, r: 'denied' })
    await file.all('DELETE FROM documents WHERE version = 2')
  })

  t.test('signing in and out, well or badly, is on record, without a login or a name', async t => {
    const bea = school.visitor()
    await bea.get('/sign-in')
    await bea.post('/sign-in', { login: 'bea@eltern.example', password: 'falsch' })
    t.match(await newest(), { k: 'auth.sign-in', a: 0, r: 'denied', d: { status: 422 } })
    await bea.post('/sign-in', { login: 'bea@eltern.example', password: castPassword })
    t.match(await newest(), { k: 'auth.sign-in', a: ids.accounts.bea, r: 'try' })
    await bea.get('/account')
    const { s } = await newest()
    await bea.post('/sign-out')
    t.match(await newest(), { k: 'auth.sign-out', a: ids.accounts.bea, s })
    const whole = JSON.stringify(await school.audit())
    t.notMatch(whole, /@|falsch|Lindenblatt|Zoo|Bea|Mozilla/)
  })

  t.test('sessions of one account are told apart without their names', async t => {
    const [one, other] = [await school.seated('deniz'), await school.seated('deniz')]
    await one.get('/')
    const first = await newest()
    await other.get('/')
    const second = await newest()
    t.not(first.s, second.s)
    t.notOk((one.cookies.get('__Host-pforte') ?? '').includes(first.s))
  })

  t.test('after all that the log is whole', async t => {
    t.match(await verifyFolder(school.house.config.data), { status: 0 })
  })
})
