import t from 'tap'
import { findCase } from '../audit/cases.ts'
import { jobs, runJob } from '../jobs.ts'
import { systemChange } from '../storage/change.ts'
import type { Browser } from '../test/browser.ts'
import { openTogether, passphraseOf, requestAbout, sealedCase } from '../test/opened-case.ts'
import { approve, askFor, openReading } from '../test/requested-case.ts'
import { startSchool } from '../test/school.ts'

const words = 'Der Ausdruck liegt bei und wurde im Sekretariat gegen Unterschrift ausgegeben.'

/** What Ada asked for has been opened; the two have yet to print it and to hand it over. */
async function openedDisclosure(t: Parameters<typeof startSchool>[0]) {
  const school = await startSchool(t)
  const ada = await school.seated('ada')
  await ada.post('/account/record')
  const { database, clock } = school.house
  await systemChange(database, clock, 'demo', change => change.write('disclosures').update({ taken_at: change.at }))
  school.clock.now += 60_000
  const one = await sealedCase(school, requestAbout(school, { category: 'access', asked: 'portal' }))
  const [emil, finja] = (await openTogether(school, one)) as [Browser, Browser]
  return { school, one, ada, emil, finja }
}

t.test('who asked to see their data gets it on paper before the case is closed as answered', async t => {
  const { school, one, ada, emil, finja } = await openedDisclosure(t)
  t.match((await ada.get('/account/record')).body, 'auf Papier, persönlich oder mit der Post')
  const form = await emil.get(`/cases/${one.id}/closing`)
  t.match(form.body, 'Die Auskunft ist noch nicht gedruckt')
  t.notMatch(form.body, 'name="when"', 'who asked is told at once')
  const fields = { result: 'confirmed', words, passphrase: passphraseOf('emil') }
  const handed = { handed: 'person', handed_on: '2026-11-23' }
  const early = await emil.post(`/cases/${one.id}/closing`, { ...fields, ...handed })
  t.equal(early.status, 422, 'nobody can have got what was never printed')
  await emil.post(`/cases/${one.id}/export`)
  await finja.post(`/cases/${one.id}/export/confirmation`)
  for (const lacking of [{}, { handed: 'person' }, { handed: 'pigeon', handed_on: '2026-11-23' }])
    t.equal((await emil.post(`/cases/${one.id}/closing`, { ...fields, ...lacking })).status, 422)
  const future = { ...fields, handed: 'post', handed_on: '2026-11-24' }
  t.equal((await emil.post(`/cases/${one.id}/closing`, future)).status, 422)
  const later = { ...fields, ...handed, when: 'later', until: '2026-12-20', reason: words }
  t.equal((await emil.post(`/cases/${one.id}/closing`, later)).status, 303)
  t.match(await findCase(school.house.audit, one.id), { state: 'closed', told: 'told' }, 'and nothing is put off')
  const row = await school.house.database.reader('case_notices').first()
  const notice = await ada.get(`/openings/${row.id}`)
  t.match(notice.body, /am Montag, 23\.[^<]*November 2026 persönlich bekommen/)
  t.match(notice.body, 'href="/privacy"')
  t.notMatch(notice.body, 'etwas falsch gemacht')
  const record = (await ada.get('/account/record')).body
  t.match(record, 'Abgeschlossen am')
  t.match(record, `href="/openings/${row.id}"`)
  t.notMatch(record, 'In Arbeit seit')
})

t.test('where there is nothing to hand over, or not everything, nothing has to be printed', async t => {
  const { school, one, emil } = await openedDisclosure(t)
  const fields = { result: 'unclear', words, passphrase: passphraseOf('emil') }
  t.equal((await emil.post(`/cases/${one.id}/closing`, fields)).status, 303)
  t.match(await findCase(school.house.audit, one.id), { state: 'closed' })
})

t.test('only who was under suspicion is not told that being concerned says nothing', async t => {
  const school = await startSchool(t)
  const { ada = '', bea = '' } = school.ids.accounts
  const subjects = [
    { kind: 'account' as const, id: ada, name: 'Ada Albers' },
    { kind: 'account' as const, id: bea, name: 'Bea Behrens' },
  ]
  const one = await sealedCase(school, requestAbout(school, { subjects }))
  const [emil] = (await openTogether(school, one)) as [Browser, Browser]
  const unread = (await emil.get(`/cases/${one.id}/closing`)).body
  t.notMatch(unread, 'Bea Behrens', 'before the report is open nobody is named')
  t.match(unread, 'Dann öffnen Sie zuerst den Bericht')
  await emil.post(`/cases/${one.id}/report`, { passphrase: passphraseOf('emil') })
  const form = (await emil.get(`/cases/${one.id}/closing`)).body
  t.match(form, 'Wer von diesen Konten stand unter Verdacht')
  const fields = { result: 'confirmed', words, when: 'now', suspects: bea, passphrase: passphraseOf('emil') }
  t.equal((await emil.post(`/cases/${one.id}/closing`, fields)).status, 303)
  const rows = await school.house.database.reader('case_notices').select('id', 'account_id')
  const told = async (key: string) => {
    const { id } = rows.find(row => row.account_id === school.ids.accounts[key]) ?? {}
    return (await (await school.as(key)).get(`/openings/${id}`)).body
  }
  t.match(await told('ada'), 'Das sagt nicht, dass Sie etwas falsch gemacht haben')
  t.notMatch(await told('bea'), 'etwas falsch gemacht haben')
})

t.test('who asked to see their data waits again where the case came to nothing', async t => {
  const school = await startSchool(t)
  const ada = await school.seated('ada')
  await ada.post('/account/record')
  const own = () => school.house.database.reader('disclosures')
  const [{ id: asker, asked_at }] = await own()
  const fields = { category: 'access', asker, subject: school.ids.accounts.ada ?? '' }
  const job = jobs.find(one => one.name === 'audit-cases')
  if (!job) throw new Error('There is no such task')
  const ends = {
    async cancelled(id: number) {
      await (await school.seated('emil')).post(`/cases/${id}/cancellation`)
    },
    async denied(id: number) {
      const finja = await school.seated('finja')
      await openReading(finja, id, 'finja')
      await finja.post(`/cases/${id}/review`, { decision: 'deny', words })
    },
    async expired() {
      await (await school.seated('ada')).post('/account/record')
      school.clock.now += 73 * 3_600_000
      await school.house.audit.note('clock_confirmed', { by: 'admin' })
      await runJob(school.house, job)
    },
  }
  for (const [state, end] of Object.entries(ends)) {
    const one = await askFor(school, await school.seated('emil'), fields)
    const [taken] = await own().whereNotNull('taken_at')
    t.not(taken.case_sealed.toString(), String(one.id), 'which case it is stands nowhere in clear')
    t.notMatch((await (await school.seated('gero')).get('/cases')).body, 'verlangt Auskunft')
    await end(one.id)
    t.match(await findCase(school.house.audit, one.id), { state })
    const [row, ...more] = await own()
    t.match(row, { asked_at, taken_at: null, case_sealed: null }, state)
    t.equal(more.length, 0)
    fields.asker = row.id
    t.match((await (await school.seated('gero')).get('/cases')).body, 'verlangt Auskunft')
  }
  const one = await askFor(school, await school.seated('emil'), fields)
  t.equal((await approve(await school.seated('finja'), one.id, 'finja')).status, 303)
  await runJob(school.house, job)
  t.ok((await own().first()).taken_at)
  const [emil] = (await openTogether(school, one)) as [Browser]
  const closing = { result: 'unclear', words, passphrase: passphraseOf('emil') }
  t.equal((await emil.post(`/cases/${one.id}/closing`, closing)).status, 303)
  await runJob(school.house, job)
  t.match(await own().first(), { taken_at: /./, case_sealed: null })
})
