import t from 'tap'
import type { Browser } from '../test/browser.ts'
import { openTogether, passphraseOf, requestAbout, sealedCase } from '../test/opened-case.ts'
import { startSchool } from '../test/school.ts'

const words = 'Die Einträge zeigen fremde Anmeldungen an zwei Abenden, Zimtschnecken inbegriffen.'

t.test('what comes after an opening', async t => {
  const school = await startSchool(t)
  const one = await sealedCase(school, requestAbout(school))
  const path = `/cases/${one.id}`
  const ready = (await (await school.seated('emil')).get(path)).body
  t.ok(ready.indexOf('Zum gemeinsamen Öffnen') < ready.indexOf('id="reading"'), 'what is to be done comes first')
  t.match(ready, /<details><summary>Antrag und Entscheidung lesen/)
  const [emil, finja] = (await openTogether(school, one)) as [Browser, Browser]
  const gero = await school.seated('gero')
  const ada = await school.seated('ada')

  await t.test('a proposal waits on the start page of the other, and of nobody else', async t => {
    await emil.post(`${path}/export`)
    await finja.post(`${path}/extension`)
    t.match((await finja.get('/')).body, 'Der Bericht soll gedruckt werden')
    t.notMatch((await finja.get('/')).body, 'soll länger bleiben')
    t.match((await emil.get('/')).body, 'soll länger bleiben')
    t.notMatch((await gero.get('/')).body, 'Der Bericht soll')
    await finja.post(`${path}/export/confirmation`)
    await emil.post(`${path}/extension/confirmation`)
    for (const browser of [emil, finja]) t.notMatch((await browser.get('/')).body, 'Der Bericht soll')
    await emil.post(`${path}/report`, { passphrase: passphraseOf('emil') })
    t.match((await emil.get(`${path}/report`)).body, /print-only">[^<]*Druckblatt, nicht diese Seite/)
  })

  await t.test('the end is told to the other, the result to all, the words to the two', async t => {
    await finja.post(`${path}/reading`, { passphrase: passphraseOf('finja') })
    const fields = { result: 'confirmed', words, when: 'now', passphrase: passphraseOf('emil') }
    t.equal((await emil.post(`${path}/closing`, fields)).status, 303)
    t.match((await finja.get('/')).body, 'Die andere Person hat ihn abgeschlossen')
    t.notMatch((await emil.get('/')).body, 'Die andere Person')
    await finja.get(`${path}/notices`)
    t.notMatch((await finja.get('/')).body, 'Die andere Person')
    t.match((await gero.get(path)).body, /Das Ergebnis<\/h2>\s*<p><strong>Bestätigt/)
    t.notMatch((await gero.get(path)).body, 'locks/new')
    const before = (await finja.get(path)).body
    t.notMatch(before, words, 'what was opened before the end lacks it')
    t.match(before, 'Antrag, Entscheidung und Ergebnis lesen')
    t.equal((await finja.post(`${path}/reading`, { passphrase: passphraseOf('finja') })).status, 303)
    t.match((await finja.get(path)).body, words)
    t.notMatch((await emil.get(path)).body, words)
  })

  await t.test('what was read or answered leaves the start page', async t => {
    const row = await school.house.database.reader('case_notices').first()
    t.match((await ada.get('/')).body, `/openings/${row.id}`)
    await ada.get(`/openings/${row.id}`)
    t.notMatch((await ada.get('/')).body, `/openings/${row.id}`)
    school.clock.now += 1000
    await ada.post(`/openings/${row.id}/reply`, { text: 'Das war ich nicht, ich war an beiden Abenden im Kino.' })
    for (const browser of [emil, finja]) {
      t.match((await browser.get('/')).body, 'Eine Stellungnahme ist da')
      school.clock.now += 1000
      await browser.get(`${path}/notices`)
      t.notMatch((await browser.get('/')).body, 'Eine Stellungnahme ist da')
    }
  })

  await t.test('its course names the reply, to the two, and what became of a lock', async t => {
    t.match((await emil.get(path)).body, `/locks/new?case=${one.id}`)
    await emil.post('/locks', { account: school.ids.accounts.carl ?? '', case: String(one.id) })
    await finja.post('/locks/1/confirmation')
    const course = (await finja.get(path)).body
    for (const line of ['Stellungnahme ist da', 'Sperre vorgeschlagen', 'Konto gesperrt']) t.match(course, line)
    t.ok(course.indexOf('Konto gesperrt') < course.indexOf('Sperre vorgeschlagen'), 'the newest first')
    const outside = (await gero.get(path)).body
    t.match(outside, 'Konto gesperrt')
    t.notMatch(outside, 'Stellungnahme ist da')
  })
})

t.test('a report says of each line how it went, in which sign-in, and what it was about', async t => {
  const school = await startSchool(t)
  const { accounts } = school.ids
  const first = await sealedCase(school, requestAbout(school))
  const emil = await school.seated('emil')
  await emil.get(`/cases/${first.id}`)
  await emil.post(`/cases/${first.id}/cancellation`)
  const elsewhere = await school.seated('emil')
  await elsewhere.get(`/cases/${first.id}`)
  t.equal((await elsewhere.get('/observer')).status, 403)
  school.clock.now += 1000
  const subjects = [{ kind: 'account' as const, id: accounts.emil ?? '', name: 'Emil Ernst' }]
  const asked = requestAbout(school, { subjects, areas: ['audit'] })
  const one = await sealedCase(school, asked, 'finja', 'gero')
  const [finja] = (await openTogether(school, one, ['finja', 'gero'])) as [Browser, Browser]
  await finja.post(`/cases/${one.id}/report`, { passphrase: passphraseOf('finja') })
  const report = (await finja.get(`/cases/${one.id}/report`)).body
  for (const said of ['Betrifft: Vorgang 2026-001', 'Anmeldung A', 'Anmeldung B', 'gelungen', 'abgelehnt'])
    t.match(report, said)
  t.notMatch(report, 'nicht mehr bekannt')
  t.match(report, /Noch ohne Beweis<\/dt><dd>\d+ Einträge stehen in einem Abschnitt/)
})
