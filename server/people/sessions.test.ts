import t from 'tap'
import { castPassword } from '../demo/cast.ts'
import type { Browser } from '../test/browser.ts'
import { type School, startSchool } from '../test/school.ts'
import { connect } from '../test/sqlite.ts'
import { sessionCookie } from '../web/session.ts'
import { endSession, findSession, sessionHash, updateSession } from './sessions.ts'

const minute = 60_000
const newPassword = 'Ahornblatt im Fruehlingsregen'

/** The same browser as it was a moment ago: its cookies are those of somebody who kept a copy. */
function copyOf(school: School, browser: Browser): Browser {
  const copy = school.visitor()
  for (const [name, value] of browser.cookies) copy.cookies.set(name, value)
  copy.csrf = browser.csrf
  return copy
}

async function isIn(browser: Browser): Promise<boolean> {
  const answer = await browser.get('/account')
  return answer.status === 200
}

t.test('how long a session holds, and for whom', async t => {
  const school = await startSchool(t)
  const file = await connect(t, school.house.database.file)
  const sid = (browser: Browser) => browser.cookies.get(sessionCookie) ?? ''

  t.test('the database holds no session name that a cookie carries, and names have 256 bits (B1)', async t => {
    const ada = await school.as('ada')
    t.match(sid(ada), /^[\w-]{43}$/)
    const rows = await file.all('SELECT * FROM sessions')
    t.ok(rows.length > 0)
    const dump = JSON.stringify(rows, (_key, value) =>
      value?.type === 'Buffer' ? Buffer.from(value).toString('latin1') : value,
    )
    t.notOk(dump.includes(sid(ada).slice(0, 16)), 'not even a part of it')
    const [row] = await file.all('SELECT length(id_hash) AS bytes FROM sessions LIMIT 1')
    t.equal(row?.bytes, 32, 'only a hash is kept')
    const stolen = school.visitor()
    const [first] = await file.all('SELECT lower(hex(id_hash)) AS hash, public_id FROM sessions LIMIT 1')
    for (const value of [first?.hash, first?.public_id]) {
      stolen.cookies.set(sessionCookie, String(value))
      t.notOk(await isIn(stolen), 'what the database holds opens nothing')
    }
  })

  t.test('a session name that the browser came with is worth nothing after the sign-in (B2)', async t => {
    const ada = school.visitor()
    const planted = 'A'.repeat(43)
    ada.cookies.set(sessionCookie, planted)
    await ada.get('/sign-in')
    await ada.post('/sign-in', { login: 'ada@eltern.example', password: castPassword })
    t.not(sid(ada), planted)
    const attacker = school.visitor()
    attacker.cookies.set(sessionCookie, planted)
    t.notOk(await isIn(attacker))
    t.ok(await isIn(ada))
  })

  t.test('a session from before a sign-in is worth nothing afterwards (B2)', async t => {
    const browser = await school.as('ada')
    const before = copyOf(school, browser)
    t.ok(await isIn(before))
    t.ok(await isIn(browser))
    const answer = await browser.post('/sign-in', { login: 'bea@eltern.example', password: castPassword })
    t.equal(answer.status, 303)
    t.not(sid(browser), sid(before))
    t.notOk(await isIn(before))
    t.match((await browser.get('/account')).body, 'Bea Behrens')
  })

  t.test('a guardian is signed out after an hour without a click, not before (B4)', async t => {
    const ada = await school.seated('ada')
    school.clock.now += 59 * minute
    t.ok(await isIn(ada), 'and this click begins the hour anew')
    school.clock.now += 59 * minute
    t.ok(await isIn(ada))
    school.clock.now += 61 * minute
    t.notOk(await isIn(ada))
    school.clock.now -= 61 * minute
  })

  t.test('staff are signed out after half an hour without a click, not before (B4)', async t => {
    const carl = await school.as('carl')
    school.clock.now += 29 * minute
    t.ok(await isIn(carl))
    school.clock.now += 31 * minute
    t.notOk(await isIn(carl))
  })

  for (const [key, hours] of [
    ['ada', 12],
    ['carl', 10],
  ] as const) {
    t.test(`${key} is signed out after ${hours} hours, however busy (B4)`, async t => {
      const browser = await (key === 'carl' ? school.as(key) : school.seated(key))
      for (let passed = 20; passed < hours * 60; passed += 20) {
        school.clock.now += 20 * minute
        t.ok(await isIn(browser), `after ${passed} minutes`)
      }
      school.clock.now += 20 * minute
      t.notOk(await isIn(browser))
    })
  }

  t.test('a new password ends every other session and every known device, and the epoch moves (B5)', async t => {
    const ada = await school.as('ada')
    const elsewhere = await school.as('ada')
    const [before] = await file.all("SELECT session_epoch FROM accounts WHERE login = 'ada@eltern.example'")
    await ada.get('/account')
    const changed = await ada.post('/account/password', { current_password: castPassword, password: newPassword })
    t.equal(changed.status, 303)
    t.ok(await isIn(ada), 'whoever changed it goes on')
    t.notOk(await isIn(elsewhere))
    const [after] = await file.all("SELECT session_epoch FROM accounts WHERE login = 'ada@eltern.example'")
    t.equal(after?.session_epoch, Number(before?.session_epoch) + 1)
    const devices = await file.all('SELECT epoch FROM devices WHERE account_id = ?', [school.ids.accounts.ada])
    t.same(devices, [{ epoch: after?.session_epoch }], 'only the browser at hand is still known')
    await ada.post('/account/password', { current_password: newPassword, password: castPassword })
  })

  t.test('a session of an older epoch and one of a locked account are over at the next request (B5)', async t => {
    const bea = await school.seated('bea')
    t.ok(await isIn(bea))
    await file.all("UPDATE accounts SET session_epoch = session_epoch + 1 WHERE login = 'bea@eltern.example'")
    t.notOk(await isIn(bea))
    const again = await school.seated('bea')
    t.ok(await isIn(again))
    await file.all("UPDATE accounts SET locked_at = '2026-11-23' WHERE login = 'bea@eltern.example'")
    t.notOk(await isIn(again))
    await file.all("UPDATE accounts SET locked_at = NULL WHERE login = 'bea@eltern.example'")
  })

  t.test('people see their own sessions and end one or all others, never somebody else’s (B6)', async t => {
    const [here, there, third] = [
      await school.seated('selin'),
      await school.seated('selin'),
      await school.seated('selin'),
    ]
    const stranger = await school.seated('deniz')
    const idsOn = (html: string) => [...html.matchAll(/name="session" value="([^"]+)"/g)].map(found => found[1] ?? '')
    const shown = await here.get('/account')
    t.equal(idsOn(shown.body).length, 2, 'the other two can be ended one by one')
    t.equal(idsOn((await stranger.get('/account')).body).length, 0)
    const [strange] = await file.all('SELECT public_id FROM sessions WHERE account_id = ?', [school.ids.accounts.deniz])
    await here.get('/account')
    const refused = await here.post('/account/sessions/end', { session: String(strange?.public_id) })
    t.equal(refused.status, 404)
    t.ok(await isIn(stranger))
    await here.get('/account')
    t.equal((await here.post('/account/sessions/end', { session: idsOn(shown.body)[0] ?? '' })).status, 303)
    t.same([await isIn(there), await isIn(third)].filter(Boolean).length, 1, 'one of them has ended')
    await here.get('/account')
    t.equal((await here.post('/account/sessions/end-others')).status, 303)
    t.same([await isIn(here), await isIn(there), await isIn(third)], [true, false, false])
    t.ok(await isIn(stranger))
  })

  t.test('signing out deletes the session, its cookie and what the browser kept of the pages (B7)', async t => {
    const ada = await school.seated('ada')
    const copy = copyOf(school, ada)
    const page = await ada.get('/account')
    t.equal(page.headers['cache-control'], 'no-store')
    const out = await ada.post('/sign-out')
    t.equal(out.status, 303)
    t.equal(out.headers['clear-site-data'], '"cache"', 'not the storage')
    t.match(out.headers['set-cookie']?.join('\n'), /__Host-pforte=; path=\/; expires=Thu, 01 Jan 1970/)
    t.notOk(await isIn(copy), 'a copy of the cookie is worth nothing')
    const left = await file.all('SELECT 1 FROM sessions WHERE id_hash = ?', [
      sessionHash(copy.cookies.get(sessionCookie) ?? ''),
    ])
    t.same(left, [])
    const [device] = await file.all('SELECT count(*) AS count FROM devices WHERE account_id = ?', [
      school.ids.accounts.ada,
    ])
    t.ok(Number(device?.count) > 0, 'the browser stays known')
  })

  t.test('a request that was on its way when its session ended cannot bring it back (B7)', async t => {
    const ada = await school.seated('ada')
    const id = sid(ada)
    const data = (await findSession(school.house, id))?.data
    if (!data) throw new Error('There is no session to bring back')
    await ada.get('/account')
    const copies = Array.from({ length: 10 }, () => copyOf(school, ada))
    await Promise.all([...copies.slice(0, 5).map(isIn), ada.post('/sign-out'), ...copies.slice(5).map(isIn)])
    t.equal(await findSession(school.house, id), undefined)
    await updateSession(school.house, id, data)
    t.equal(await findSession(school.house, id), undefined, 'writing it late changes nothing')
    await endSession(school.house, id)
    for (const copy of copies) t.notOk(await isIn(copy))
  })
})
