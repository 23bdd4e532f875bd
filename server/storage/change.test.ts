import t from 'tap'
import { findSession } from '../people/sessions.ts'
import { draftIn } from '../test/letters.ts'
import { startSchool } from '../test/school.ts'
import { connect } from '../test/sqlite.ts'
import { sessionCookie } from '../web/session.ts'
import { change, systemChange } from './change.ts'
import { newId } from './ids.ts'

t.test('a change', async t => {
  const school = await startSchool(t)
  const { database, clock } = school.house
  const file = await connect(t, database.file)
  const club = (name: string) => ({ id: newId(), kind: 'club' as const, name, leader_id: null, ended_on: null })
  const clubs = async () => (await file.all("SELECT name FROM groups WHERE name LIKE 'Probe%'")).map(row => row.name)

  t.test('happens as a whole or not at all', async t => {
    await t.rejects(
      systemChange(database, clock, 'demo', async change => {
        await change.write('groups').insert(club('Probe 1'))
        throw new Error('halfway')
      }),
      { message: 'halfway' },
    )
    t.same(await clubs(), [])
    await systemChange(database, clock, 'demo', change => change.write('groups').insert(club('Probe 2')))
    t.same(await clubs(), ['Probe 2'], 'and the next one works')
  })

  t.test('inside a change is refused at once instead of waiting for itself', async t => {
    const dora = await school.seated('dora')
    const found = await findSession(school.house, dora.cookies.get(sessionCookie) ?? '')
    const viewer = found?.viewer
    if (!viewer) throw new Error('Dora is away')
    const inner = [
      () => systemChange(database, clock, 'demo', async () => undefined),
      () => change(database, clock, viewer, async () => undefined),
      async () => {
        await database.reader.raw('SELECT 1')
        await systemChange(database, clock, 'demo', async () => undefined)
      },
    ]
    for (const nested of inner) {
      const started = performance.now()
      await t.rejects(systemChange(database, clock, 'demo', nested), /change inside a change/)
      await t.rejects(change(database, clock, viewer, nested), /change inside a change/)
      t.ok(performance.now() - started < 1000)
    }
    await Promise.all(
      [1, 2, 3].map(number =>
        systemChange(database, clock, 'demo', change => change.write('groups').insert(club(`Probe 3.${number}`))),
      ),
    )
    t.same((await clubs()).length, 4, 'beside each other they only wait')
  })

  t.test('that cannot be committed leaves nothing, tells, and keeps nobody else from changing things', async t => {
    await file.all('CREATE TABLE fault (of TEXT REFERENCES accounts (id) DEFERRABLE INITIALLY DEFERRED)')
    await file.all(
      "CREATE TRIGGER fault_at_commit AFTER INSERT ON letters BEGIN INSERT INTO fault VALUES ('nobody'); END",
    )
    const carl = await school.seated('carl')
    await carl.get('/letters/new')
    const failed = await carl.post('/letters', draftIn(school.ids.groups['5a']))
    t.equal(failed.status, 500)
    t.same(await file.all('SELECT * FROM letters'), [])
    const [attempt, outcome] = (await school.audit()).slice(-2)
    t.match(attempt, { k: 'letter.draft', r: 'try' }, 'the attempt is on record: it was before the commit')
    t.match(outcome, { k: 'letter.draft', r: 'error', d: { status: 500 } }, 'and that it failed')
    await file.all('DROP TRIGGER fault_at_commit')
    t.equal((await carl.post('/letters', draftIn(school.ids.groups['5a']))).status, 303)
    t.equal((await file.all('SELECT * FROM letters')).length, 1)
  })

  const endings: readonly [string, string, string, Record<string, string>, string][] = [
    [
      'the account has been locked',
      'carl',
      '/letters',
      draftIn(school.ids.groups['5a']),
      "UPDATE accounts SET locked_at = '2026-11-23' WHERE id = ?",
    ],
    [
      'the office has ended',
      'hanna',
      '/letters',
      draftIn(school.ids.groups['5a']),
      "UPDATE appointments SET until_on = '2026-11-22' WHERE account_id = ?",
    ],
    [
      'the admin has ended',
      'dora',
      '/groups',
      { kind: 'club', name: 'Probe von Dora' },
      "UPDATE appointments SET until_on = '2026-11-22' WHERE account_id = ?",
    ],
  ]
  for (const [why, key, path, fields, sql] of endings) {
    t.test(`that waited while ${why} is refused with 403 (B23)`, async t => {
      const browser = await school.seated(key)
      await browser.get('/letters/new')
      const before = await file.all(
        'SELECT (SELECT count(*) FROM letters) AS letters, (SELECT count(*) FROM groups) AS groups',
      )
      await file.all('BEGIN IMMEDIATE')
      await file.all(sql, [school.ids.accounts[key]])
      const lines = school.log.length
      const answer = browser.post(path, fields)
      // The gate has admitted the request: it is past every reading, and waits for the lock that is held here.
      for (let reads = 0; reads < 30; reads++) await database.reader.raw('SELECT 1')
      t.notMatch(school.log.slice(lines).join(''), '"POST"', 'it waits')
      await file.all('COMMIT')
      t.equal((await answer).status, 403)
      t.same(
        await file.all('SELECT (SELECT count(*) FROM letters) AS letters, (SELECT count(*) FROM groups) AS groups'),
        before,
      )
      t.match((await school.audit()).at(-1), { r: 'denied', a: school.ids.accounts[key], d: { status: 403 } })
    })
  }
})
