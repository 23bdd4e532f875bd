import t from 'tap'
import { parseEntry } from '../audit/formats/entries.ts'
import { castPassword } from '../demo/cast.ts'
import type { House } from '../house.ts'
import { jobs, runJob } from '../jobs.ts'
import { lapseLocks } from '../people/lapses.ts'
import { systemChange } from '../storage/change.ts'
import { verifyFolder } from '../test/audit.ts'
import type { Browser } from '../test/browser.ts'
import { closedCase, executedCase } from '../test/ledger-cases.ts'
import { reopen } from '../test/reopened.ts'
import { type School, startSchool } from '../test/school.ts'

const hour = 3_600_000
const bea = 'bea@eltern.example'

/** What the ledger says about locks, the oldest first. */
async function linesIn(house: House) {
  const rows = await house.audit.reading.all<{ body: string }>('SELECT body FROM audit_ledger ORDER BY idx')
  return rows.map(({ body }) => parseEntry(body)).filter(entry => entry && /^(lock|lift)_/.test(entry.k))
}
const kindsIn = async (house: House) => (await linesIn(house)).map(entry => entry?.k)

const lockedAt = async (house: House, id = '') =>
  (await house.database.reader('accounts').where({ id }).first('locked_at')).locked_at

async function tryToSignIn(school: School, login: string, password = castPassword) {
  const browser = school.visitor()
  await browser.get('/sign-in')
  return browser.post('/sign-in', { login, password })
}

async function propose(school: School, auditor: Browser, account: string, caseId: number) {
  const answer = await auditor.post('/locks', { account: school.ids.accounts[account] ?? '', case: String(caseId) })
  return { answer, path: answer.headers.location?.split('?')[0] ?? '' }
}

t.test('a lock over a case', async t => {
  const school = await startSchool(t)
  const { house, ids } = school
  const { id: caseId } = await closedCase(house)
  const emil = await school.seated('emil')
  const finja = await school.seated('finja')

  await t.test('is proposed by one auditor, made by another, and ends every session and device at once', async t => {
    const parent = await school.as('bea')
    const found = await emil.post('/locks/new', { kind: 'case', name: 'behrens' })
    t.equal(found.status, 200)
    t.match(found.body, 'Bea Behrens')
    const { answer, path } = await propose(school, emil, 'bea', caseId)
    t.equal(answer.status, 303)
    t.equal(await lockedAt(house, ids.accounts.bea), null, 'nothing is locked yet')
    t.equal((await parent.get('/')).status, 200)
    t.equal((await emil.post(`${path}/confirmation`)).status, 422, 'who proposed it cannot make it')
    t.match((await emil.get(path)).body, 'Noch ist nichts gesperrt')
    const made = await finja.post(`${path}/confirmation`)
    t.equal(made.status, 303)
    t.equal((await parent.get('/')).status, 303, 'she is out')
    const left = await house.database.reader('devices').where({ account_id: ids.accounts.bea })
    t.same(left, [])
    t.same(await kindsIn(house), ['lock_proposed', 'lock_confirmed'])
    const record = (await school.audit()).find(one => one.k === 'lock.confirm' && one.r === 'try')
    t.match(record?.o, [['account', ids.accounts.bea]], 'the record says whom it concerns')
    t.equal((await finja.post(`${path}/confirmation`)).status, 422, 'and it is made once')
  })

  await t.test('shows its owner a neutral page, and a stranger what every stranger sees', async t => {
    const right = await tryToSignIn(school, bea)
    t.equal(right.status, 403)
    t.match(right.body, 'Ihr Passwort stimmt. Ihr Konto ist aber seit')
    t.match(right.body, '030 23125 040')
    t.notMatch(right.body, 'endet von selbst')
    t.notMatch(right.body, /Emil|Finja|2026-001|Missbrauch|Vorgang/)
    const wrong = await tryToSignIn(school, bea, 'Nicht das Passwort')
    const unknown = await tryToSignIn(school, 'niemand@eltern.example', 'Nicht das Passwort')
    t.equal(wrong.status, unknown.status)
    t.notMatch(wrong.body, 'gesperrt')
  })

  await t.test('is nothing for a third auditor, who has never read what the case is about', async t => {
    const gero = await school.seated('gero')
    const own = await propose(school, gero, 'carl', caseId)
    t.equal(own.answer.status, 422)
    t.match(own.answer.body, 'nur die beiden, die ihn geöffnet haben')
    const { path } = await propose(school, emil, 'carl', caseId)
    t.notMatch((await gero.get('/')).body, 'Sperre 2:')
    t.notMatch((await gero.get(path)).body, 'Konto sperren')
    t.equal((await gero.post(`${path}/confirmation`)).status, 422)
    t.equal(await lockedAt(house, ids.accounts.carl), null)
    const proposed = (await finja.get(path)).body
    t.match(proposed, 'Verfällt am', 'a proposal ends nothing')
    t.notMatch(proposed, /Endet spätestens|<select/, 'nor does anybody choose a case for it')
    t.match((await finja.get('/')).body, 'Sperre 2:')
    t.equal((await emil.post(`${path}/withdrawal`)).status, 303)
  })

  await t.test('is lifted by two, whoever they are, and then she is back', async t => {
    const gero = await school.seated('gero')
    const path = '/locks/1'
    t.equal((await gero.post(`${path}/lifting`, { case: String(caseId) })).status, 303)
    t.equal((await gero.post(`${path}/lifting/confirmation`)).status, 422, 'not by one alone')
    t.ok(await lockedAt(house, ids.accounts.bea))
    t.equal((await gero.post(`${path}/withdrawal`)).status, 303, 'a proposal can be taken back')
    t.equal((await emil.post(`${path}/lifting/confirmation`)).status, 422, 'and then nobody can agree to it')
    t.equal((await gero.post(`${path}/lifting`, { case: String(caseId) })).status, 303)
    t.equal((await emil.post(`${path}/lifting/confirmation`)).status, 303)
    t.equal(await lockedAt(house, ids.accounts.bea), null)
    t.equal((await tryToSignIn(school, bea)).status, 303)
    t.equal((await finja.post(`${path}/lifting`, { case: String(caseId) })).status, 422, 'what has ended has ended')
  })

  await t.test('rests on a case that bears it', async t => {
    const other = await closedCase(house, 'unconfirmed')
    t.equal((await propose(school, emil, 'bea', other.id)).answer.status, 422)
    t.equal((await propose(school, emil, 'bea', 999)).answer.status, 422)
    const disclosed = await closedCase(house, 'confirmed', 'access')
    t.equal((await propose(school, emil, 'bea', disclosed.id)).answer.status, 422, 'nobody is suspected there')
    t.notMatch((await emil.get(`/locks/new?case=${disclosed.id}`)).body, disclosed.no)
    const open = await executedCase(house)
    const { answer, path } = await propose(school, emil, 'bea', open.id)
    t.equal(answer.status, 303, 'a report that is being read is enough')
    t.equal((await emil.post(`${path}/withdrawal`)).status, 303)
  })

  await t.test('is either made or withdrawn, whoever is faster', async t => {
    const { path } = await propose(school, emil, 'carl', caseId)
    const answers = await Promise.all([finja.post(`${path}/confirmation`), emil.post(`${path}/withdrawal`)])
    t.same(answers.map(one => one.status).sort(), [303, 422])
    const made = answers[0]?.status === 303
    t.equal((await lockedAt(house, ids.accounts.carl)) !== null, made)
    if (made) {
      const number = Number(path.split('/').at(-1))
      await finja.post(`/locks/${number}/lifting`, { case: String(caseId) })
      t.equal((await emil.post(`/locks/${number}/lifting/confirmation`)).status, 303)
    }
  })

  await t.test('is never made twice for one account, however many propose at once', async t => {
    const answers = await Promise.all([propose(school, emil, 'ada', caseId), propose(school, finja, 'ada', caseId)])
    t.same(answers.map(({ answer }) => answer.status).sort(), [303, 422])
    const path = answers.find(({ answer }) => answer.status === 303)?.path ?? ''
    const confirmed = await Promise.all([emil, finja].map(one => one.post(`${path}/confirmation`)))
    t.same(confirmed.map(one => one.status).sort(), [303, 422], 'and by the other one of the two')
  })

  await t.test('leaves enough people to open it again, and nobody locks themselves', async t => {
    t.equal((await propose(school, emil, 'emil', caseId)).answer.status, 422)
    t.match((await propose(school, emil, 'dora', caseId)).answer.body, 'das letzte offene Konto der Administration')
    const { answer, path } = await propose(school, emil, 'gero', caseId)
    t.equal(answer.status, 303, 'two others are left of three')
    t.equal((await finja.post(`${path}/confirmation`)).status, 303)
    t.match((await propose(school, emil, 'finja', caseId)).answer.body, 'zwei andere Prüfende müssen übrig bleiben')
  })

  await t.test('can be made with somebody else when one of the two is an auditor no more', async t => {
    const [own] = await house.database.reader('locks').whereNull('ended_at').where({ account_id: ids.accounts.gero })
    await finja.post(`/locks/${own.id}/lifting`, { case: String(caseId) })
    t.equal((await emil.post(`/locks/${own.id}/lifting/confirmation`)).status, 303)
    await systemChange(house.database, house.clock, 'demo', change =>
      change
        .write('appointments')
        .where({ account_id: ids.accounts.finja ?? '', office: 'auditor' })
        .update({ until_on: '2026-11-22' }),
    )
    const { answer, path } = await propose(school, emil, 'bea', caseId)
    t.equal(answer.status, 303)
    t.equal((await (await school.seated('gero')).post(`${path}/confirmation`)).status, 303)
  })

  await t.test('is a thing that the verifier can follow', async t => {
    const { status, said } = await verifyFolder(house.config.data)
    t.equal(status, 0, said)
  })
})

t.test('a lock by one person', async t => {
  const school = await startSchool(t)
  const { house, ids } = school
  const dora = () => school.seated('dora')
  const account = ids.accounts.bea ?? ''

  await t.test('is there at once, and over after a day', async t => {
    const admin = await dora()
    const parent = await school.seated('bea')
    t.equal((await admin.post('/locks/emergency', { account })).status, 303)
    t.equal((await parent.get('/')).status, 303)
    t.match((await tryToSignIn(school, bea)).body, /endet von selbst, spätestens .*24\.11\.2026.*09:00/)
    school.clock.now += 24 * hour - 60_000
    t.equal((await tryToSignIn(school, bea)).status, 403)
    school.clock.now += 60_000
    t.equal((await tryToSignIn(school, bea)).status, 303, 'though no task has run')
    t.same(await kindsIn(house), ['lock_emergency', 'lock_lapsed'])
    t.equal(await lockedAt(house, account), null)
  })

  await t.test('cannot be had again and again', async t => {
    const again = await (await dora()).post('/locks/emergency', { account })
    t.equal(again.status, 422)
    t.match(again.body, 'in den letzten sieben Tagen')
    const emil = await school.seated('emil')
    t.equal((await emil.post('/locks/emergency', { account })).status, 422, 'by nobody')
    school.clock.now += 7 * 24 * hour
    t.equal((await (await dora()).post('/locks/emergency', { account })).status, 303)
  })

  await t.test('can be ended early by who made it, and by nobody else alone', async t => {
    const [{ id }] = await house.database.reader('locks').whereNull('ended_at')
    const emil = await school.seated('emil')
    t.equal((await emil.post(`/locks/${id}/withdrawal`)).status, 422)
    t.equal((await emil.post(`/locks/${id}/confirmation`)).status, 422, 'it becomes no other by one more')
    t.equal((await (await dora()).post(`/locks/${id}/withdrawal`)).status, 303)
    t.equal((await tryToSignIn(school, bea)).status, 303)
  })

  await t.test('goes on without a gap where two auditors make it one over a case', async t => {
    school.clock.now += 8 * 24 * hour
    const { id: caseId } = await closedCase(house)
    const emil = await school.seated('emil')
    t.equal((await emil.post('/locks/emergency', { account })).status, 303)
    const { path } = await propose(school, emil, 'bea', caseId)
    t.equal((await (await school.seated('finja')).post(`${path}/confirmation`)).status, 303)
    school.clock.now += 25 * hour
    t.equal(await lapseLocks(house), 1)
    t.ok(await lockedAt(house, account), 'the day is over, the lock is not')
    t.equal((await tryToSignIn(school, bea)).status, 403)
  })

  await t.test('ends by its own task, which leaves a record only then', async t => {
    const job = jobs.find(one => one.name === 'locks')
    if (!job) throw new Error('There is no such task')
    const before = (await school.audit()).length
    t.equal(await runJob(house, job), 0)
    t.equal((await school.audit()).length, before)
    const admin = await dora()
    t.equal((await admin.post('/locks/emergency', { account: ids.accounts.anton ?? '' })).status, 303)
    school.clock.now += 24 * hour
    t.equal(await runJob(house, job), 1)
    t.match((await school.audit()).at(-1), { k: 'job.run', d: { job: 'locks', count: 1 } })
  })

  await t.test('nobody alone locks an auditor, and the last admin stays', async t => {
    const refused = await (await dora()).post('/locks/emergency', { account: ids.accounts.gero ?? '' })
    t.equal(refused.status, 422)
    t.match(refused.body, 'wird nicht im Notfall gesperrt')
    const emil = await school.seated('emil')
    t.equal((await emil.post('/locks/emergency', { account: ids.accounts.finja ?? '' })).status, 422)
    t.equal((await emil.post('/locks/emergency', { account: ids.accounts.dora ?? '' })).status, 422)
  })
})

t.test(
  'L25: a lock by one person is over after a day, whatever the clock does and however often the portal starts',
  async t => {
    /** The clock on the wall goes its own way; `run` lets time really pass. */
    async function lockedSchool(t: Parameters<typeof startSchool>[0]) {
      const school = await startSchool(t)
      let steady = 1_000_000
      const slow = (house: House) => Object.assign(house.clock, { steady: () => steady })
      slow(school.house)
      const dora = await school.seated('dora')
      const answer = await dora.post('/locks/emergency', { account: school.ids.accounts.bea ?? '' })
      t.equal(answer.status, 303)
      const run = async (house: House, hours: number) => {
        steady += hours * hour
        return lapseLocks(house)
      }
      return { school, slow, run }
    }
    const isLocked = async (school: School, house: House) => (await lockedAt(house, school.ids.accounts.bea)) !== null

    await t.test('the clock is set back an hour after the other: time that passed counts', async t => {
      const { school, run } = await lockedSchool(t)
      const { house } = school
      for (let passed = 1; passed < 24; passed += 1) {
        school.clock.now += passed % 2 === 0 ? -hour : hour
        await run(house, 1)
        if (!(await isLocked(school, house))) t.fail(`open after ${passed} hours`)
      }
      await run(house, 1)
      t.notOk(await isLocked(school, house))
    })

    await t.test('the portal starts anew with a clock that was set back: what it had served stays served', async t => {
      const { school, slow, run } = await lockedSchool(t)
      await run(school.house, 20)
      const started = school.clock.now
      const setBack = () => {
        school.clock.now = started + hour
      }
      let last = await reopen(t, school, school.portal, { happens: setBack })
      slow(last.house)
      await lapseLocks(last.house)
      await run(last.house, 3)
      t.ok(await isLocked(school, last.house))
      last = await reopen(t, school, last.portal)
      slow(last.house)
      await lapseLocks(last.house)
      await run(last.house, 1)
      t.notOk(await isLocked(school, last.house))
    })

    await t.test('the clock leaps ahead: it is over, too', async t => {
      const { school } = await lockedSchool(t)
      school.clock.now += 40 * 24 * hour
      t.equal((await tryToSignIn(school, bea)).status, 303)
    })

    await t.test('the clock stands before the beginning: it proves nothing for the lock', async t => {
      const { school } = await lockedSchool(t)
      school.clock.now -= 60_000
      t.equal((await tryToSignIn(school, bea)).status, 403, 'a clock set right by a minute changes nothing')
      school.clock.now -= 24 * hour
      t.equal((await tryToSignIn(school, bea)).status, 303)
    })
  },
)
