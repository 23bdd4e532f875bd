import t from 'tap'
import { caseEntries, findCase } from '../audit/cases.ts'
import { systemChange } from '../storage/change.ts'
import { makeAuditor } from '../test/auditors.ts'
import type { Browser } from '../test/browser.ts'
import { approval, approve, askFor, openReading, requestFields } from '../test/requested-case.ts'
import { startSchool } from '../test/school.ts'

t.test('a case goes from a suspicion to its approval', async t => {
  const school = await startSchool(t)
  const [emil, finja] = [await school.seated('emil'), await school.seated('finja')]
  t.match((await emil.get('/cases')).body, /Noch hat niemand das Protokoll geöffnet/)
  t.match((await emil.get('/cases/new')).body, /Fremdes Konto benutzt/)

  const searched = await emil.post('/cases/new', { act: 'search', name: 'behrens', reason: 'angefangen' })
  t.equal(searched.status, 200)
  t.match(searched.body, /Bea Behrens/)
  t.match(searched.body, /Familie: 5b/)
  t.match(searched.body, /angefangen/, 'what was typed is kept')

  const checked = await emil.post('/cases/new', { ...requestFields(school), act: 'check' })
  t.equal(checked.status, 200)
  t.match(checked.body, /Stimmt alles\?/)
  t.match(checked.body, /3 Tage/)
  t.match(checked.body, /Nicht geöffnet werden: /)

  const one = await askFor(school, emil)
  t.match(one, { no: '2026-001', state: 'requested', category: 'foreign_account', head: 'not-needed' })
  t.match((await emil.get(`/cases/${one.id}`)).body, /Ihr Antrag wartet auf eine zweite Person/)

  t.match((await finja.get('/cases')).body, /Bitte prüfen Sie den Antrag/)
  const closed = await finja.get(`/cases/${one.id}`)
  t.match(closed.body, /Bitte prüfen Sie diesen Antrag/)
  t.notMatch(closed.body, /Zimtschnecke|Behrens/, 'nothing of it is readable before the passphrase')
  t.match((await finja.follow(await openReading(finja, one.id, 'finja'))).body, /Zimtschnecke/)

  const unticked = await finja.post(`/cases/${one.id}/review`, { ...approval, ticks: ['necessary'], words: 'Zu kurz' })
  t.equal(unticked.status, 422)
  t.match(unticked.body, /bestätigen Sie alle drei Punkte/)
  t.match(unticked.body, /Zimtschnecke/, 'the request stays open beside the refused form')
  t.match(unticked.body, /Zu kurz/)

  const approved = await finja.post(`/cases/${one.id}/review`, approval)
  t.equal(approved.status, 303)
  t.match((await finja.follow(approved)).body, /Sie haben den Antrag freigegeben/)
  t.match(await findCase(school.house.audit, one.id), { state: 'approved' })
  await openReading(emil, one.id, 'emil')
  t.match(
    (await emil.get(`/cases/${one.id}`)).body,
    /der Zeitraum ist eng begrenzt/,
    'the requester reads the decision',
  )

  const gero = await school.seated('gero')
  const third = await gero.get(`/cases/${one.id}`)
  t.match(third.body, /Der Antrag ist freigegeben/)
  t.equal((await openReading(gero, one.id, 'gero')).status, 403, 'a third auditor reads nothing of it')

  const trail = await school.audit()
  const about = trail.filter(entry => entry.k.startsWith('case.'))
  t.ok(about.some(entry => entry.k === 'case.request' && entry.r === 'try'))
  t.ok(about.some(entry => entry.k === 'case.review' && entry.d.decision === 'approve'))
  t.same([...new Set(about.flatMap(entry => entry.o.map(([kind]) => kind)))], ['case'], 'records name the case alone')
  const ledger = await caseEntries(school.house.audit, one.id)
  t.same(
    ledger.map(entry => entry.k),
    ['lookup_requested', 'hold_set', 'lookup_approved'],
  )
})

t.test('a request has to say everything, within its limits, and nothing typed is lost', async t => {
  const school = await startSchool(t)
  const emil = await school.seated('emil')
  await emil.get('/cases/new')
  const people = ['ada', 'bea', 'selin', 'deniz', 'paula', 'carl'].map(key => school.ids.accounts[key] ?? '')
  for (const [changes, sentence] of [
    [{ category: '' }, /Wählen Sie einen Anlass/],
    [{ category: 'anything' }, /Wählen Sie einen Anlass/],
    [{ reason: 'Zu wenig' }, /mindestens 80 Zeichen/],
    [{ source: '' }, /woher der Hinweis kam/],
    [{ subject: [] }, /Suchen und wählen Sie, um wen es geht/],
    [{ subject: 'nobody' }, /Suchen und wählen Sie, um wen es geht/],
    [{ subject: people }, /höchstens 5 Konten/],
    [{ subject: [people[0] ?? '', school.ids.pupils.ben ?? ''] }, /entweder Konten oder ein Kind/],
    [{ subject: [school.ids.pupils.anna ?? '', school.ids.pupils.ben ?? ''] }, /nur ein Kind/],
    [{ letter: 'EB-1999-0001' }, /mit dieser Nummer gibt es nicht/],
    [{ from: '' }, /Geben Sie einen Tag an/],
    [{ from: '2026-08-01', to: '2026-08-03' }, /So alt ist kein Eintrag/],
    [{ from: '2026-10-01', to: '2026-11-20' }, /Höchstens 31 sind erlaubt/],
    [{ to: '2026-11-24' }, /liegt in der Zukunft/],
    [{ from: '2026-11-20', to: '2026-11-19' }, /liegt vor dem ersten/],
    [{ areas: [] }, /mindestens einen Bereich/],
  ] as const) {
    for (const [path, act] of [
      ['/cases', ''],
      ['/cases/new', 'check'],
    ] as const) {
      const answer = await emil.post(path, { ...requestFields(school, changes), act })
      t.equal(answer.status, 422, sentence.source)
      t.match(answer.body, sentence)
      if (!('reason' in changes)) t.match(answer.body, /Zimtschnecke/)
    }
  }
  t.equal(await school.house.audit.nextCase(), 1, 'there is no case')
})

t.test('L4: whoever is concerned, tied, or owes their office to the requester has no part in a case', async t => {
  const school = await startSchool(t)
  const emil = await school.seated('emil')
  const own = await emil.post('/cases', requestFields(school, { subject: school.ids.accounts.emil ?? '' }))
  t.equal(own.status, 422)
  t.match(own.body, /Es geht um Sie selbst/)
  const one = await askFor(school, emil)
  const reviewsOwn = await emil.post(`/cases/${one.id}/review`, approval)
  t.equal(reviewsOwn.status, 422)
  t.match(reviewsOwn.body, /Entscheiden muss eine andere Person/)

  const aboutFinja = await askFor(school, emil, { subject: school.ids.accounts.finja ?? '' })
  const finja = await school.seated('finja')
  const read = await openReading(finja, aboutFinja.id, 'finja')
  t.equal(read.status, 422)
  t.match(read.body, /Dieser Vorgang steht Ihnen nicht offen/)
  t.notMatch(read.body, /Es geht um Sie selbst/, 'nobody is warned')
  t.notMatch(read.body, /Zimtschnecke/, 'nor do they read why')
  t.equal((await approve(finja, aboutFinja.id, 'finja')).status, 422)
  t.match(await findCase(school.house.audit, aboutFinja.id), { state: 'requested' })
})

t.test('L4: a shared child or household keeps people out, as requester and as reviewer', async t => {
  const school = await startSchool(t, async (house, ids) => {
    await systemChange(house.database, house.clock, 'demo', async change => {
      // Gero is Ben's father, and lives with Selin; Ben's mother Bea lives elsewhere.
      await change.write('guardians').insert([
        {
          id: 'gero-1',
          given_name: 'Gero',
          family_name: 'Graf',
          email: null,
          phone: null,
          address: 'Am Bach 3\n12345 Auental',
          account_id: ids.accounts.gero ?? '',
        },
      ])
      await change.write('guardianships').insert({
        id: 'gero-ben',
        guardian_id: 'gero-1',
        pupil_id: ids.pupils.ben ?? '',
        custody: 'no',
        may_read: 0,
        may_act: 0,
        from_on: '2020-01-01',
        until_on: '2021-01-01',
        address_block: 0,
      })
      await change
        .write('guardians')
        .where({ account_id: ids.accounts.selin ?? '' })
        .update({ address: 'am  Bach 3, 12345 AUENTAL' })
    })
  })
  const gero = await school.seated('gero')
  const refusals = [
    ['bea', /über ein Kind verbunden/],
    ['selin', /dieselbe Anschrift/],
  ] as const
  for (const [key, sentence] of refusals) {
    const answer = await gero.post('/cases', requestFields(school, { subject: school.ids.accounts[key] ?? '' }))
    t.equal(answer.status, 422)
    t.match(answer.body, sentence)
  }
  for (const [pupil, sentence] of [
    ['ben', /über ein Kind/],
    ['emir', /dieselbe Anschrift/],
  ] as const)
    t.match(
      (await gero.post('/cases', requestFields(school, { subject: school.ids.pupils[pupil] ?? '' }))).body,
      sentence,
    )
  const emil = await school.seated('emil')
  const one = await askFor(school, emil)
  const read = await openReading(gero, one.id, 'gero')
  t.equal(read.status, 422)
  t.match(read.body, /Dieser Vorgang steht Ihnen nicht offen/)
  t.equal((await gero.post(`/cases/${one.id}/review`, approval)).status, 422)
  t.equal((await approve(await school.seated('finja'), one.id, 'finja')).status, 303, 'somebody else can')
})

t.test('L4: a new auditor decides on nothing of those who made them one for a fortnight', async t => {
  const school = await startSchool(t)
  const { browser: otto, passphrase } = await makeAuditor(school, 'otto', ['emil', 'finja'])
  const decide = async (browser: Browser, id: number) => {
    await browser.post(`/cases/${id}/reading`, { passphrase })
    return browser.post(`/cases/${id}/review`, approval)
  }
  for (const key of ['emil', 'finja']) {
    const one = await askFor(school, await school.seated(key))
    t.match((await otto.get(`/cases/${one.id}`)).body, /vor weniger als 14 Tagen zur Prüfung eingeladen oder dem/)
    t.equal((await otto.post(`/cases/${one.id}/reading`, { passphrase })).status, 403)
    t.equal((await decide(otto, one.id)).status, 422)
    t.notMatch((await otto.get('/cases')).body, /Bitte prüfen Sie den Antrag/)
    await (await school.seated(key)).post(`/cases/${one.id}/cancellation`)
  }
  const byGero = await askFor(school, await school.seated('gero'))
  t.equal((await decide(otto, byGero.id)).status, 303, 'of others he decides')
  school.clock.now += 14.5 * 86_400_000
  const later = await askFor(school, await school.seated('emil'))
  t.equal((await decide(await school.seated('otto'), later.id)).status, 303, 'and after two weeks of all')
})
