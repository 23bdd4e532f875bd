import t from 'tap'
import { findCase } from '../audit/cases.ts'
import { jobs, runJob } from '../jobs.ts'
import type { Browser } from '../test/browser.ts'
import { openTogether, passphraseOf, requestAbout, sealedCase } from '../test/opened-case.ts'
import { reopen } from '../test/reopened.ts'
import { type School, startSchool } from '../test/school.ts'

const day = 86_400_000
const words = 'Die Einträge zeigen fremde Anmeldungen an zwei Abenden, das Kennwort wurde geändert.'

async function run({ house }: Pick<School, 'house'>, name: string): Promise<number> {
  const job = jobs.find(one => one.name === name)
  if (!job) throw new Error(`There is no job ${name}`)
  return runJob(house, job)
}

const believe = ({ house }: Pick<School, 'house'>) => house.audit.note('clock_confirmed', { by: 'admin' })

t.test('while the clock is in doubt nothing expires, nothing is deleted and nobody is told early', async t => {
  const school = await startSchool(t)
  const waiting = await sealedCase(school)
  const one = await sealedCase(school)
  const [emil] = (await openTogether(school, one)) as [Browser]
  const later = { result: 'unclear', words, when: 'later', until: '2026-11-28', reason: words }
  const closed = await emil.post(`/cases/${one.id}/closing`, { ...later, passphrase: passphraseOf('emil') })
  t.equal(closed.status, 303)
  const leapt = await reopen(t, school, school.portal, {
    happens() {
      school.clock.now += 20 * day
    },
  })
  const { house } = leapt
  t.equal(house.audit.standing.doubt, 'ahead')
  for (const name of ['audit-cases', 'case-notices', 'case-reports']) t.equal(await run(leapt, name), 0, name)
  t.equal((await findCase(house.audit, waiting.id))?.state, 'approved')
  t.equal((await findCase(house.audit, one.id))?.report, 'there')
  t.equal((await house.database.reader('case_notices').first()).told_at, null)
  await t.rejects(house.audit.step({ step: 'expire', case: waiting.id }), /clock/)
  await t.rejects(house.audit.step({ step: 'shred', case: one.id }), /clock/)
  await believe(leapt)
  t.equal(await run(leapt, 'audit-cases'), 1)
  t.equal(await run(leapt, 'case-notices'), 1)
  t.equal(await run(leapt, 'case-reports'), 1)
})

t.test('a case that was opened a fortnight ago and is not closed is before everybody who can see to it', async t => {
  const school = await startSchool(t)
  const one = await sealedCase(school)
  await openTogether(school, one)
  school.clock.now += 15 * day
  await believe(school)
  const [emil, gero] = [await school.seated('emil'), await school.seated('gero')]
  for (const path of ['/', '/cases']) {
    t.match((await emil.get(path)).body, 'Vorgang 2026-001: Bitte schließen Sie ihn ab.', path)
    t.match((await gero.get(path)).body, 'Vorgang 2026-001 ist seit 14 Tagen geöffnet', path)
  }
  t.match((await emil.get(`/cases/${one.id}`)).body, `href="/cases/${one.id}/closing"`)
  await run(school, 'case-reports')
  const fields = { result: 'unclear', words, when: 'now', passphrase: passphraseOf('emil') }
  t.equal((await emil.post(`/cases/${one.id}/closing`, fields)).status, 303, 'without its report, too')
  t.notMatch((await gero.get('/cases')).body, 'seit 14 Tagen')
})

t.test('who has no account gets a letter, as soon as it is time and not before', async t => {
  const school = await startSchool(t)
  const mila = { kind: 'pupil' as const, id: school.ids.pupils.mila ?? '', name: 'Mila Kovač' }
  const one = await sealedCase(school, requestAbout(school, { subjects: [], object: mila }))
  const [emil, finja] = (await openTogether(school, one)) as [Browser, Browser]
  await emil.post(`/cases/${one.id}/closing`, {
    ...{ result: 'confirmed', words, when: 'later', until: '2026-11-28', reason: words },
    passphrase: passphraseOf('emil'),
  })
  const print = `/cases/${one.id}/notices?print=1`
  t.notMatch((await emil.get(print)).body, '<article class="paper')
  school.clock.now += 6 * day
  await believe(school)
  t.ok((await run(school, 'case-notices')) > 0)
  const later = await school.seated('finja')
  t.match((await later.get('/')).body, /Vorgang 2026-001: Ein Brief ist zu drucken/)
  await later.get(`/cases/${one.id}/notices`)
  t.match((await later.get('/')).body, 'Ein Brief ist zu drucken', 'seeing that there is one is not printing it')
  const { body } = await later.get(print)
  t.match(body, 'Jelena Kovač')
  t.match(
    body,
    /<article class="paper[\s\S]*Stellungnahme zum Vorgang 2026-001[\s\S]*Zurück in einem verschlossenen Umschlag an: Lindenhofschule/,
  )
  t.match(body, 'Einträge zu Mila Kovač gelesen')
  t.match(body, 'Prüfung des Protokolls')
  t.match(body, 'Das Ergebnis: Der Verdacht hat sich bestätigt.')
  t.notMatch((await later.get('/')).body, /ist zu drucken/, 'she has opened it')
  for (const key of ['finja', 'emil'])
    t.notMatch((await (await school.seated(key)).get('/')).body, 'Ein Brief ist zu drucken', `printed, to ${key}`)
  t.equal((await (await school.seated('gero')).get(print)).status, 403)
  t.equal((await finja.get(print)).status, 303, 'and an old session is over')
})
