import { join } from 'node:path'
import t from 'tap'
import { caseEntries, findCase } from '../audit/cases.ts'
import { openForWriting } from '../audit/file.ts'
import { sealPaper } from '../audit/opening/papers.ts'
import { instanceOf } from '../audit/opening/reading.ts'
import { comeTogether, openTogether, passphraseOf, requestAbout, sealedCase } from '../test/opened-case.ts'
import { type School, startSchool } from '../test/school.ts'

const kinds = async (school: School, id: number) => (await caseEntries(school.house.audit, id)).map(entry => entry.k)
const second = 1000

t.test('a case is opened by its two, each with their own part, in either order', async t => {
  for (const keys of [
    ['emil', 'finja'],
    ['finja', 'emil'],
  ]) {
    const school = await startSchool(t)
    const ada = await school.seated('ada')
    await ada.get('/letters')
    school.clock.now += 5 * second
    const one = await sealedCase(school)
    const [first, later] = await comeTogether(school, one, keys)
    const page = await first?.get(`/cases/${one.id}/opening`)
    t.match(page?.body, 'Teil noch verschlossen')
    t.match(page?.body, /Noch <b[^>]*>10:00<\/b> Minuten/)
    const part = { passphrase: passphraseOf(keys[0] ?? '') }
    t.equal((await first?.post(`/cases/${one.id}/opening/part`, part))?.status, 303)
    t.equal((await findCase(school.house.audit, one.id))?.state, 'approved', 'one part opens nothing')
    t.match((await later?.get(`/cases/${one.id}/opening`))?.body, 'Es fehlt nur noch Ihr Teil')
    await later?.post(`/cases/${one.id}/opening/part`, { passphrase: passphraseOf(keys[1] ?? '') })
    await school.house.ceremonies.find(`case ${one.id}`)?.settled
    t.same((await kinds(school, one.id)).slice(-3), ['share_presented', 'share_presented', 'lookup_executed'])
    t.equal((await findCase(school.house.audit, one.id))?.report, 'there')
    const led = await first?.get(`/cases/${one.id}/opening`)
    t.equal(led?.headers.location, `/cases/${one.id}/report`)
  }
})

t.test('a third auditor is refused and it is recorded', async t => {
  const school = await startSchool(t)
  const one = await sealedCase(school)
  await comeTogether(school, one)
  const gero = await school.seated('gero')
  t.match(await gero.get(`/cases/${one.id}/opening`), { status: 403, body: 'Diesen Vorgang öffnen nur zwei Personen' })
  t.equal((await gero.post(`/cases/${one.id}/opening`)).status, 403)
  t.equal((await gero.post(`/cases/${one.id}/opening/part`, { passphrase: passphraseOf('gero') })).status, 403)
  t.equal((await gero.post(`/cases/${one.id}/opening/stop`)).status, 403)
  t.equal((await gero.get(`/cases/${one.id}/report`)).status, 403)
  t.equal(school.house.ceremonies.find(`case ${one.id}`)?.state, 'waiting')
  const refused = (await school.audit()).filter(record => record.k.startsWith('case.') && record.r === 'denied')
  t.equal(refused.length, 5)
  t.ok(refused.every(record => record.a === school.ids.accounts.gero))
})

t.test('signs of life are not recorded; coming, opening, stopping and every refusal are', async t => {
  const school = await startSchool(t)
  const one = await sealedCase(school)
  const [emil] = await comeTogether(school, one)
  for (let times = 0; times < 3; times++) {
    await emil?.post(`/cases/${one.id}/opening/presence`)
    await emil?.get(`/cases/${one.id}/opening`)
  }
  await emil?.post(`/cases/${one.id}/opening/part`, { passphrase: passphraseOf('emil') })
  const gero = await school.seated('gero')
  t.equal((await gero.post(`/cases/${one.id}/opening/presence`)).status, 403)
  await school.visitor().post(`/cases/${one.id}/opening/presence`)
  const apart = await school.seated('finja')
  t.equal((await apart.post(`/cases/${one.id}/opening/presence`)).status, 200)
  await emil?.post(`/cases/${one.id}/opening/stop`)
  const { emil: emilId, finja: finjaId, gero: geroId } = school.ids.accounts
  t.same(
    (await school.audit())
      .filter(record => record.k.startsWith('case.opening.') || record.k === 'csrf.blocked')
      .map(({ k, a, r }) => [k, a, r]),
    [
      ['case.opening.come', emilId, 'try'],
      ['case.opening.come', finjaId, 'try'],
      ['case.opening.part', emilId, 'try'],
      ['case.opening.presence', geroId, 'denied'],
      ['csrf.blocked', 0, 'denied'],
      ['case.opening.show', finjaId, 'ok'],
      ['case.opening.stop', emilId, 'try'],
    ],
  )
})

t.test('a wrong passphrase is told to nobody else, and five of them mean a pause', async t => {
  const school = await startSchool(t)
  const one = await sealedCase(school)
  const [emil, finja] = await comeTogether(school, one)
  const before = (await finja?.post(`/cases/${one.id}/opening/presence`))?.body
  const wrong = await emil?.post(`/cases/${one.id}/opening/part`, { passphrase: passphraseOf('gero') })
  t.equal(wrong?.status, 422)
  t.match(wrong?.body, 'Das Prüf-Kennwort stimmt nicht')
  t.notMatch(wrong?.body, passphraseOf('gero'), 'it is not put back into the form')
  t.equal((await finja?.post(`/cases/${one.id}/opening/presence`))?.body, before, 'the other one sees nothing of it')
  for (let tries = 0; tries < 4; tries++)
    await emil?.post(`/cases/${one.id}/opening/part`, { passphrase: 'falsch falsch' })
  const paused = await emil?.post(`/cases/${one.id}/opening/part`, { passphrase: passphraseOf('emil') })
  t.match(paused?.body, 'zu viele Versuche')
  t.equal((await finja?.post(`/cases/${one.id}/opening/part`, { passphrase: passphraseOf('finja') }))?.status, 303)
})

t.test('L16: whoever is away for 45 seconds wipes everything, and the ledger says so', async t => {
  const school = await startSchool(t)
  const one = await sealedCase(school)
  const [emil, finja] = await comeTogether(school, one)
  await emil?.post(`/cases/${one.id}/opening/part`, { passphrase: passphraseOf('emil') })
  const ceremony = school.house.ceremonies.find(`case ${one.id}`)
  for (let passed = 0; passed < 40; passed += 20) {
    school.clock.now += 20 * second
    await emil?.post(`/cases/${one.id}/opening/presence`)
  }
  t.equal(ceremony?.state, 'waiting', 'forty seconds are not too long')
  school.clock.now += 6 * second
  await school.house.ceremonies.tick()
  t.equal(ceremony?.state, 'ended')
  t.same((await kinds(school, one.id)).at(-1), 'lookup_interrupted')
  t.match((await emil?.get(`/cases/${one.id}/opening`))?.body, /Finja [^<]* war länger als 45 Sekunden weg/)
  await finja?.post(`/cases/${one.id}/opening/part`, { passphrase: passphraseOf('finja') })
  t.equal((await findCase(school.house.audit, one.id))?.state, 'approved')
  await openTogether(school, one)
  t.equal((await findCase(school.house.audit, one.id))?.state, 'executed', 'both may try again')
})

t.test('signing out, saying stop and ten minutes wipe everything, too', async t => {
  const school = await startSchool(t)
  const one = await sealedCase(school)
  const begin = async () => {
    const [emil, finja] = await comeTogether(school, one)
    await emil?.post(`/cases/${one.id}/opening/part`, { passphrase: passphraseOf('emil') })
    return { emil, finja, ceremony: school.house.ceremonies.find(`case ${one.id}`) }
  }
  const stopped = await begin()
  await stopped.finja?.post(`/cases/${one.id}/opening/stop`)
  t.same(stopped.ceremony?.ending?.why, 'stopped')
  const left = await begin()
  await left.finja?.post('/sign-out')
  await school.house.ceremonies.tick()
  t.same(left.ceremony?.ending?.why, 'ended')
  const late = await begin()
  for (let passed = 0; passed < 620; passed += 40) {
    school.clock.now += 40 * second
    for (const one_ of [late.emil, late.finja]) await one_?.post(`/cases/${one.id}/opening/presence`)
  }
  t.same(late.ceremony?.ending?.why, 'late')
  const entries = await caseEntries(school.house.audit, one.id)
  t.same(
    entries.filter(entry => entry.k === 'lookup_interrupted').map(entry => entry.why),
    ['stopped', 'ended', 'late'],
  )
})

t.test('one device, one session or a recovery code does not make two people', async t => {
  const school = await startSchool(t)
  const one = await sealedCase(school)
  const [emil] = await comeTogether(school, one, ['emil'])
  const finja = await school.seated('finja')
  for (const [name, value] of emil?.cookies ?? []) if (name.includes('device')) finja.cookies.set(name, value)
  const same = await finja.post(`/cases/${one.id}/opening`)
  t.equal(same.status, 422)
  t.match(same.body, 'an demselben Gerät')
  t.notOk(school.house.ceremonies.find(`case ${one.id}`)?.presence(2).here)
})

t.test('a stopped portal opens nothing, and a part that a crash took does not count', async t => {
  const school = await startSchool(t)
  const one = await sealedCase(school)
  const [emil] = await comeTogether(school, one)
  await emil?.post(`/cases/${one.id}/opening/part`, { passphrase: passphraseOf('emil') })
  await school.house.ceremonies.close()
  t.same((await kinds(school, one.id)).slice(-2), ['share_presented', 'lookup_interrupted'])

  const crashed = await startSchool(t)
  const two = await sealedCase(crashed)
  await crashed.house.audit.step({ step: 'present', case: two.id, auditor: two.requester })
  await openTogether(crashed, two)
  t.same((await kinds(crashed, two.id)).slice(-5), [
    'share_presented',
    'lookup_interrupted',
    'share_presented',
    'share_presented',
    'lookup_executed',
  ])
})

t.test('L7: a request that is edited after its approval opens nothing', async t => {
  const school = await startSchool(t)
  const one = await sealedCase(school)
  const wider = requestAbout(school, { areas: ['letters', 'sign-in', 'account', 'roll'] })
  const { reading } = school.house.audit
  const keys = await reading.all<{ id: number; pub: Buffer }>('SELECT id, pub FROM audit_auditor')
  const { papers } = await sealPaper(await instanceOf(reading), keys, 'request', wider)
  const file = await openForWriting(join(school.house.config.data, 'audit.db'))
  const guards = await file.all<{ name: string; sql: string }>(
    "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_paper'",
  )
  for (const { name } of guards) await file.run(`DROP TRIGGER ${name}`)
  for (const { auditor, enc, sealed } of papers)
    await file.run(
      "UPDATE audit_paper SET enc = ?, sealed = ? WHERE case_id = ? AND kind = 'request' AND auditor_id = ?",
      ...[enc, sealed, one.id, auditor],
    )
  for (const { sql } of guards) await file.run(sql)
  await file.close()
  await openTogether(school, one)
  t.equal((await findCase(school.house.audit, one.id))?.state, 'approved')
  t.notOk((await kinds(school, one.id)).includes('lookup_executed'))
})

t.test('two last parts at once open a case once', async t => {
  const school = await startSchool(t)
  const one = await sealedCase(school)
  const [emil, finja] = await comeTogether(school, one)
  const open = (browser: typeof emil, key: string) =>
    browser?.post(`/cases/${one.id}/opening/part`, { passphrase: passphraseOf(key) })
  await Promise.all([open(emil, 'emil'), open(finja, 'finja'), open(emil, 'emil'), open(finja, 'finja')])
  await school.house.ceremonies.find(`case ${one.id}`)?.settled
  const all = await kinds(school, one.id)
  t.equal(all.filter(kind => kind === 'lookup_executed').length, 1)
  t.equal((await findCase(school.house.audit, one.id))?.state, 'executed')
})
