import t from 'tap'
import { type Case, findCase } from '../audit/cases.ts'
import { jobs, runJob } from '../jobs.ts'
import { systemChange } from '../storage/change.ts'
import { approval, approve, askFor, openReading, reason, requestFields } from '../test/requested-case.ts'
import { monday, type School, startSchool } from '../test/school.ts'
import { filesIn, tracesIn } from '../test/traces.ts'

const hour = 3_600_000

async function stateOf(school: School, { id }: Case): Promise<string | undefined> {
  return (await findCase(school.house.audit, id))?.state
}

async function expire(school: School): Promise<number> {
  const job = jobs.find(one => one.name === 'audit-cases')
  if (!job) throw new Error('No job ends cases')
  return runJob(school.house, job)
}

t.test('a case ends by itself when nobody decides in 72 hours or opens within 24', async t => {
  const school = await startSchool(t)
  const one = await askFor(school, await school.seated('emil'))
  school.clock.now = monday + 71 * hour
  t.equal(await expire(school), 0)
  const second = await askFor(school, await school.seated('emil'))
  await approve(await school.seated('finja'), second.id, 'finja')
  school.clock.now = monday + 73 * hour
  const over = (await (await school.seated('finja')).get(`/cases/${one.id}`)).body
  t.match(over, /<h1[^>]*>\s*Die Zeit ist abgelaufen/, 'nobody is asked to decide any more, even before the job runs')
  t.equal(await expire(school), 1)
  t.equal(await stateOf(school, one), 'expired')
  t.equal(await stateOf(school, second), 'approved')
  const late = await approve(await school.seated('finja'), one.id, 'finja')
  t.equal(late.status, 422)
  t.match(late.body, /Die Zeit ist abgelaufen/)
  school.clock.now = monday + 96 * hour
  t.equal(await expire(school), 1)
  t.equal(await stateOf(school, second), 'expired')
  t.match((await (await school.seated('emil')).get(`/cases/${second.id}`)).body, /Die Zeit ist abgelaufen/)
})

t.test('who asked can take it back; after the approval either of the two can stop it, nobody else', async t => {
  const school = await startSchool(t)
  const [emil, finja, gero] = [await school.seated('emil'), await school.seated('finja'), await school.seated('gero')]
  const one = await askFor(school, emil)
  const foreign = await finja.post(`/cases/${one.id}/cancellation`)
  t.equal(foreign.status, 422)
  t.match(foreign.body, /können Sie nicht beenden/)
  t.equal((await emil.post(`/cases/${one.id}/cancellation`)).status, 303)
  t.equal(await stateOf(school, one), 'cancelled')
  t.equal((await emil.post(`/cases/${one.id}/cancellation`)).status, 422, 'it ends once')
  const second = await askFor(school, emil)
  await approve(finja, second.id, 'finja')
  t.equal((await gero.post(`/cases/${second.id}/cancellation`)).status, 422)
  t.equal((await finja.post(`/cases/${second.id}/cancellation`)).status, 303)
  t.equal(await stateOf(school, second), 'cancelled')
})

t.test('a denial ends the case, takes no ticks, and is read by who asked', async t => {
  const school = await startSchool(t)
  const [emil, finja] = [await school.seated('emil'), await school.seated('finja')]
  const one = await askFor(school, emil)
  await openReading(finja, one.id, 'finja')
  const words = 'Ein Gespräch mit der Familie genügt hier, der Verdacht ist vage.'
  t.equal((await finja.post(`/cases/${one.id}/review`, { decision: 'deny', words })).status, 303)
  t.equal(await stateOf(school, one), 'denied')
  t.match((await finja.get('/cases')).body, /Abgelehnt/)
  await openReading(emil, one.id, 'emil')
  t.match((await emil.get(`/cases/${one.id}`)).body, /der Verdacht ist vage/)
})

t.test('a passphrase opens a request for a quarter of an hour in one session, and a wrong one nothing', async t => {
  const school = await startSchool(t)
  const one = await askFor(school, await school.seated('emil'))
  const [finja, other] = [await school.seated('finja'), await school.seated('finja')]
  const wrong = await finja.post(`/cases/${one.id}/reading`, {
    passphrase: 'ampel brunnen dachs',
    words: 'Schon geschrieben',
  })
  t.equal(wrong.status, 422)
  t.match(wrong.body, /Prüf-Kennwort stimmt nicht/)
  t.notMatch(wrong.body, /ampel brunnen/)
  await openReading(finja, one.id, 'finja')
  t.match((await finja.get(`/cases/${one.id}`)).body, /Zimtschnecke/)
  t.notMatch((await other.get(`/cases/${one.id}`)).body, /Zimtschnecke/)
  school.clock.now += 4 * 60_000
  t.match((await finja.get(`/cases/${one.id}`)).body, /Zimtschnecke/)
  school.clock.now += 12 * 60_000
  t.notMatch((await finja.get(`/cases/${one.id}`)).body, /Zimtschnecke/)
  const fresh = await school.seated('finja')
  const late = await fresh.post(`/cases/${one.id}/review`, approval)
  t.equal(late.status, 422)
  t.match(late.body, /Antrag ist wieder verschlossen/)
  t.match(late.body, /der Zeitraum ist eng begrenzt/, 'what was written is kept')
  await openReading(fresh, one.id, 'finja', approval)
  t.match((await fresh.get(`/cases/${one.id}`)).body, /der Zeitraum ist eng begrenzt/)
})

t.test('three cases at once are the most, and from the seventh in thirty days on the head has to agree', async t => {
  const school = await startSchool(t)
  const [emil, hanna] = [await school.seated('emil'), await school.seated('hanna')]
  const open: Case[] = []
  for (let count = 0; count < 3; count += 1) open.push(await askFor(school, emil))
  t.match((await emil.get('/cases/new')).body, /Es laufen schon drei Vorgänge/)
  const fourth = await emil.post('/cases', requestFields(school))
  t.equal(fourth.status, 422)
  t.match(fourth.body, /Warten Sie, bis einer beendet ist/)
  t.match(fourth.body, /Zimtschnecke/)
  for (const one of open) await emil.post(`/cases/${one.id}/cancellation`)
  for (let count = 0; count < 3; count += 1) await emil.post(`/cases/${(await askFor(school, emil)).id}/cancellation`)
  t.match((await emil.get('/cases/new')).body, /gab es schon 6 Anträge/)
  const checked = await emil.post('/cases/new', { ...requestFields(school), act: 'check' })
  t.match(checked.body, 'Auch die Schulleitung muss zustimmen', 'said before the request is made')
  const seventh = await askFor(school, emil)
  t.equal(seventh.head, 'needed')
  await approve(await school.seated('finja'), seventh.id, 'finja')
  t.notMatch((await emil.get(`/cases/${seventh.id}`)).body, /Zum gemeinsamen Öffnen/)
  const page = await hanna.get(`/cases/${seventh.id}`)
  t.match(page.body, /Ihre Zustimmung ist nötig/)
  t.notMatch(page.body, /Zimtschnecke|Behrens/)
  t.equal((await hanna.post(`/cases/${seventh.id}/endorsement`, { words: 'Ja.' })).status, 422)
  const words = 'Der Anlass wurde mit mir besprochen und ist begründet.'
  t.equal((await hanna.post(`/cases/${seventh.id}/endorsement`, { words })).status, 303)
  t.equal((await hanna.post(`/cases/${seventh.id}/endorsement`, { words })).status, 422, 'once')
  t.equal((await findCase(school.house.audit, seventh.id))?.head, 'given')
  t.match((await emil.get(`/cases/${seventh.id}`)).body, /Zum gemeinsamen Öffnen/)
  t.match((await (await school.seated('ole')).get(`/cases/${seventh.id}`)).body, /mit mir besprochen/)
})

t.test('whoever asks what is recorded about them is found by the auditors, and a case answers only them', async t => {
  const school = await startSchool(t)
  const [ada, emil] = [await school.seated('ada'), await school.seated('emil')]
  t.match((await ada.get('/account/record')).body, /Auskunft verlangen/)
  t.equal((await ada.post('/account/record')).status, 303)
  t.equal((await ada.post('/account/record')).status, 303)
  const rows = await school.house.database.reader('disclosures')
  t.equal(rows.length, 1, 'asked twice, it waits once')
  t.match((await ada.get('/account/record')).body, /Noch nicht bearbeitet/)
  t.match((await emil.get('/cases')).body, /Eine Person verlangt Auskunft/)
  t.match((await emil.get('/cases/new')).body, /Ada Albers/)
  const fromStart = (await emil.get(`/cases/new?asker=${rows[0].id}`)).body
  t.match(fromStart, /value="access"[^>]*checked/)
  t.match(fromStart, new RegExp(`value="${rows[0].id}"[^>]*checked`))
  const access = { category: 'access', asker: rows[0].id as string, subject: school.ids.accounts.bea ?? '' }
  const checked = await emil.post('/cases/new', { ...access, act: 'check' })
  t.match(checked.body, /Ada Albers/)
  t.notMatch(checked.body, /Bea Behrens/, 'whoever else is named')
  const nobody = await emil.post('/cases', { category: 'access', subject: school.ids.accounts.bea ?? '' })
  t.match(nobody.body, /Wählen Sie, wer Auskunft verlangt/)
  const paper = { category: 'access', asker: 'paper', subject: school.ids.accounts.bea ?? '' }
  t.match((await emil.post('/cases', paper)).body, /wann jemand den Ausweis geprüft hat/)
  const one = await askFor(school, emil, { ...access, reason: '', source: '', from: '', to: '', areas: [] })
  t.equal(one.category, 'access')
  t.match((await ada.get('/account/record')).body, /In Arbeit seit/)
  t.equal((await emil.post('/cases', access)).status, 422, 'it is answered once')
  const finja = await school.seated('finja')
  await openReading(finja, one.id, 'finja')
  t.match((await finja.get(`/cases/${one.id}`)).body, /91 Tage/)
  const onPaper = await askFor(school, emil, { ...paper, shown_on: '2026-11-20', reason: '', source: '' })
  t.equal(onPaper.category, 'access')
})

t.test('what waits is said to whom it waits for, and nothing secret with it', async t => {
  const school = await startSchool(t)
  const one = await askFor(school, await school.seated('emil'))
  for (const [key, sentence] of [
    ['finja', /Bitte prüfen Sie den Antrag/],
    ['gero', /Bitte prüfen Sie den Antrag/],
    ['ole', /Jemand beantragt Einsicht/],
  ] as const) {
    const page = (await (await school.seated(key)).get('/cases')).body
    t.match(page, sentence, key)
    t.notMatch(page, /Zimtschnecke|Behrens/)
  }
  t.notMatch((await (await school.seated('emil')).get('/cases')).body, /Das wartet auf Sie/)
  t.notMatch((await (await school.seated('hanna')).get('/cases')).body, /Das wartet auf Sie/)
  t.equal((await (await school.seated('ole')).get(`/cases/${one.id}`)).status, 200)
})

t.test('of two who decide, approve and cancel, or ask at the same time, the log takes what can be', async t => {
  const school = await startSchool(t)
  const [emil, finja, gero] = [await school.seated('emil'), await school.seated('finja'), await school.seated('gero')]
  const asked = await Promise.all(
    Array.from({ length: 5 }, () => emil.post('/cases', requestFields(school))).concat(
      gero.post('/cases', requestFields(school)),
    ),
  )
  t.same(asked.map(answer => answer.status).sort(), [303, 303, 303, 422, 422, 422], 'three, whoever comes first')
  const one = await findCase(school.house.audit, 1)
  if (!one) throw new Error('There is no case')
  const second = one.requester === 3 ? emil : gero
  await openReading(finja, one.id, 'finja')
  await openReading(second, one.id, one.requester === 3 ? 'emil' : 'gero')
  const decided = await Promise.all([
    finja.post(`/cases/${one.id}/review`, approval),
    second.post(`/cases/${one.id}/review`, approval),
    finja.post(`/cases/${one.id}/review`, approval),
  ])
  t.same(decided.map(answer => answer.status).sort(), [303, 422, 422], 'one decision')
  const next = await findCase(school.house.audit, 2)
  if (!next) throw new Error('There is no second case')
  const owner = next.requester === 3 ? gero : emil
  await openReading(finja, next.id, 'finja')
  const raced = await Promise.all([
    finja.post(`/cases/${next.id}/review`, approval),
    owner.post(`/cases/${next.id}/cancellation`),
  ])
  t.ok(raced.some(answer => answer.status === 303))
  t.ok(['approved', 'cancelled'].includes((await stateOf(school, next)) ?? ''))
})

t.test('an office without the ledger, a name, or an address makes nobody an auditor', async t => {
  const school = await startSchool(t)
  const { house, ids } = school
  const one = await askFor(school, await school.seated('emil'))
  await systemChange(house.database, house.clock, 'demo', async change => {
    // Dora writes herself the office into the table, and takes Finja's name.
    await change
      .write('appointments')
      .insert({ account_id: ids.accounts.dora ?? '', office: 'auditor', from_on: '2026-01-01', until_on: null })
    await change
      .write('accounts')
      .where({ id: ids.accounts.dora ?? '' })
      .update({ given_name: 'Finja', family_name: 'Frank' })
  })
  const dora = await school.seated('dora')
  await dora.get('/')
  for (const path of ['/cases', '/cases/new', `/cases/${one.id}`]) t.equal((await dora.get(path)).status, 403, path)
  for (const path of [
    '/cases',
    '/cases/new',
    `/cases/${one.id}/reading`,
    `/cases/${one.id}/review`,
    `/cases/${one.id}/cancellation`,
  ])
    t.equal(
      (await dora.post(path, { passphrase: 'insel jacke kerze laterne mantel nadel ofen', ...approval })).status,
      403,
      path,
    )
})

t.test('neither who it is about nor why stands in a file, the log, a URL or a page of others', async t => {
  const school = await startSchool(t)
  const emil = await school.seated('emil')
  await emil.post('/cases/new', { ...requestFields(school), act: 'search', name: 'behrens' })
  await emil.post('/cases/new', { ...requestFields(school), act: 'check' })
  const one = await askFor(school, emil)
  const finja = await school.seated('finja')
  t.notMatch((await openReading(finja, one.id, 'finja')).headers.location, /Behrens|Zimt|\?/)
  await finja.post(`/cases/${one.id}/review`, approval)
  await school.audit()
  const secret = [reason, 'Zimtschnecke', 'Von der Mutter selbst, im Sekretariat', 'der Zeitraum ist eng begrenzt']
  for (const [path, bytes] of filesIn(school.house.config.data)) t.same(tracesIn(bytes, secret), [], path)
  t.same(tracesIn(Buffer.from(school.log.join('')), [...secret, 'Behrens', school.ids.accounts.bea ?? '']), [])
  const audit = [...filesIn(school.house.config.data)].filter(([path]) => path.startsWith('audit.db'))
  t.ok(audit.length > 0)
  for (const [path, bytes] of audit) t.same(tracesIn(bytes, ['Behrens', school.ids.accounts.bea ?? '']), [], path)
})
