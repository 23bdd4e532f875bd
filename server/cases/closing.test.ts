import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { caseEntries, findCase } from '../audit/cases.ts'
import { jobs, runJob } from '../jobs.ts'
import { verifyFolder } from '../test/audit.ts'
import type { Browser } from '../test/browser.ts'
import { openTogether, passphraseOf, requestAbout, sealedCase } from '../test/opened-case.ts'
import { type School, startSchool } from '../test/school.ts'

const day = 86_400_000
const words = 'Die Einträge zeigen fremde Anmeldungen an zwei Abenden, das Kennwort wurde geändert.'

async function run(school: School, name: string): Promise<number> {
  const job = jobs.find(one => one.name === name)
  if (!job) throw new Error(`There is no job ${name}`)
  return runJob(school.house, job)
}

/** A case about Ada that Emil and Finja have opened, after Ada read letters. */
async function openedCase(t: Parameters<typeof startSchool>[0], more = {}) {
  const school = await startSchool(t)
  const ada = await school.seated('ada')
  await ada.get('/letters')
  await ada.get('/account')
  school.clock.now += 1000
  const one = await sealedCase(school, requestAbout(school, more))
  const [emil, finja] = (await openTogether(school, one)) as [Browser, Browser]
  return { school, one, emil, finja, ada }
}

/** Whether this text stands in any file of the data folder, the write-ahead logs included. */
function stands(school: School, text: string | Buffer): string[] {
  const { data } = school.house.config
  return readdirSync(data, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .filter(path => readFileSync(path).includes(text))
}

t.test('each of the two reads the report with their own passphrase, for a quarter of an hour', async t => {
  const { school, one, emil, finja } = await openedCase(t)
  const closed = await emil.get(`/cases/${one.id}/report`)
  t.match(closed.body, 'Öffnen Sie den Bericht mit Ihrem Prüf-Kennwort')
  t.notMatch(closed.body, 'Ada Albers')
  const wrong = await emil.post(`/cases/${one.id}/report`, { passphrase: passphraseOf('finja') })
  t.equal(wrong.status, 422)
  t.equal((await emil.post(`/cases/${one.id}/report`, { passphrase: passphraseOf('emil') })).status, 303)
  const report = await emil.get(`/cases/${one.id}/report`)
  t.match(report.body, 'Das Protokoll ist in dieser Zeit vollständig und unverändert')
  t.match(report.body, /Das Protokoll begann am Mo[^<]*23\.11\.2026/, 'before that it was not silent')
  t.notMatch(report.body, 'Ohne Lebenszeichen')
  t.match(report.body, 'Die Liste der Briefe wurde geöffnet')
  t.match(report.body, 'Ada Albers')
  t.notMatch(report.body, 'Die Seite des eigenen Kontos', 'only the areas that were asked for')
  t.match(report.body, /class="watermark">Vorgang 2026-001 · gelesen von Emil/)
  t.notMatch((await finja.get(`/cases/${one.id}/report`)).body, 'Ada Albers', 'not in the other session')
  t.match((await emil.get(`/cases/${one.id}/report?area=sign-in`)).body, 'Zu diesem Antrag gibt es keine Einträge')
  t.match((await emil.get(`/cases/${one.id}/report?area=letters&person=0`)).body, 'Die Liste der Briefe')
  const views = (await caseEntries(school.house.audit, one.id)).filter(entry => entry.k === 'report_viewed')
  t.equal(views.length, 1, 'one line for one opening')
  school.clock.now += 16 * 60_000
  t.notMatch((await emil.get(`/cases/${one.id}/report`)).body, 'Ada Albers')
})

t.test('a report is printed only when both agree, with its proof', async t => {
  const { one, emil, finja } = await openedCase(t)
  await emil.post(`/cases/${one.id}/report`, { passphrase: passphraseOf('emil') })
  t.equal((await emil.get(`/cases/${one.id}/report/sheet`)).status, 303)
  t.equal((await emil.post(`/cases/${one.id}/export/confirmation`)).status, 409, 'nobody has proposed it')
  t.equal((await emil.post(`/cases/${one.id}/export`)).status, 303)
  t.equal((await emil.post(`/cases/${one.id}/export/confirmation`)).status, 409, 'not alone')
  t.equal((await finja.post(`/cases/${one.id}/export/confirmation`)).status, 303)
  const sheet = await emil.get(`/cases/${one.id}/report/sheet`)
  t.match(sheet.body, 'Bericht zum Vorgang 2026-001')
  t.match(sheet.body, 'class="qr"')
  t.match(sheet.body, 'segment_closed')
  t.equal((await finja.get(`/cases/${one.id}/report/sheet`)).status, 303, 'the other one opens the report first')
})

t.test('a case is closed with a result, and the person concerned reads it and replies once', async t => {
  const { school, one, emil, finja, ada } = await openedCase(t)
  const empty = await emil.post(`/cases/${one.id}/closing`, {})
  t.equal(empty.status, 422)
  for (const sentence of ['Wählen Sie ein Ergebnis', 'mindestens 30 Zeichen', 'Wählen Sie, wann', 'Prüf-Kennwort ein'])
    t.match(empty.body, sentence)
  const fields = { result: 'confirmed', words, when: 'now' }
  const wrong = await emil.post(`/cases/${one.id}/closing`, { ...fields, passphrase: 'falsch' })
  t.match(wrong.body, 'Das Prüf-Kennwort stimmt nicht')
  t.match(wrong.body, words, 'nothing typed is lost')
  const done = await emil.post(`/cases/${one.id}/closing`, { ...fields, passphrase: passphraseOf('emil') })
  t.equal(done.headers.location, `/cases/${one.id}/notices?ok=closed`)
  const found = await findCase(school.house.audit, one.id)
  t.match(found, { state: 'closed', result: 'confirmed', told: 'told' })
  const again = await finja.post(`/cases/${one.id}/closing`, { ...fields, passphrase: passphraseOf('finja') })
  t.equal(again.status, 303, 'it is closed already')

  const row = await school.house.database.reader('case_notices').first()
  const notice = await ada.get(`/openings/${row.id}`)
  t.match(notice.body, 'Einträge zu Ihrem Konto gelesen')
  t.match(notice.body, 'Fremdes Konto benutzt')
  t.match(notice.body, 'Der Verdacht hat sich bestätigt')
  t.notMatch(notice.body, words, 'the words of the auditors are theirs')
  for (const key of ['bea', 'carl', 'gero', 'emil'])
    t.equal((await (await school.seated(key)).get(`/openings/${row.id}`)).status, 404, `not to ${key}`)
  t.equal((await ada.post(`/openings/${row.id}/reply`, { text: '' })).status, 422)
  const reply = 'Ich war an diesen Abenden bei der Arbeit und habe nichts davon getan.'
  t.equal((await ada.post(`/openings/${row.id}/reply`, { text: reply })).status, 303)
  t.equal((await ada.post(`/openings/${row.id}/reply`, { text: `${reply} Noch etwas.` })).status, 422)
  t.match((await finja.get(`/cases/${one.id}/notices`)).body, reply)
  t.match((await emil.get('/')).body, 'Vorgang 2026-001: Eine Stellungnahme ist da')
  t.notMatch((await finja.get('/')).body, 'Eine Stellungnahme ist da', 'she has just read it')
  t.equal((await (await school.seated('gero')).get(`/cases/${one.id}/notices`)).status, 403)
  t.same(stands(school, reply), [], 'the reply is nowhere in clear')
  t.same(stands(school, words), [], 'nor is the result')
  t.equal((await school.house.audit.reading.all('SELECT * FROM audit_hold')).length, 0, 'nothing is held any more')
})

t.test('a notice that is put off cannot be read by anybody before its day, and comes by itself', async t => {
  const { school, one, emil, ada } = await openedCase(t)
  const fields = { result: 'unclear', words, when: 'later', reason: words, passphrase: passphraseOf('emil') }
  for (const until of ['', '2026-11-23', '2027-11-01', '2026-02-30'])
    t.equal((await emil.post(`/cases/${one.id}/closing`, { ...fields, until })).status, 422, until)
  t.equal((await emil.post(`/cases/${one.id}/closing`, { ...fields, until: '2026-12-01' })).status, 303)
  const row = await school.house.database.reader('case_notices').first()
  t.equal(row.account_id, null)
  t.notOk(row.sealed.includes(school.ids.accounts.ada), 'not even in the file')
  t.equal((await ada.get(`/openings/${row.id}`)).status, 404)
  t.equal(await run(school, 'case-notices'), 0)
  school.clock.now += 8 * day
  await school.house.audit.note('clock_confirmed', { by: 'admin' })
  t.equal(await run(school, 'case-notices'), 1)
  t.equal((await (await school.seated('ada')).get(`/openings/${row.id}`)).status, 200)
  t.same((await caseEntries(school.house.audit, one.id)).at(-1)?.k, 'subject_notified')
})

t.test('L17: after its time nobody reads a report, and nothing of it is left in the files', async t => {
  const { school, one, emil, ada } = await openedCase(t)
  const fields = { result: 'unconfirmed', words, when: 'now', passphrase: passphraseOf('emil') }
  await emil.post(`/cases/${one.id}/closing`, fields)
  const [{ ct }] = (await school.house.audit.reading.all<{ ct: Buffer }>('SELECT ct FROM audit_report')) as [
    { ct: Buffer },
  ]
  const piece = ct.subarray(0, 64)
  t.not(stands(school, piece).length, 0)
  t.equal(await run(school, 'case-reports'), 0, 'not before its time')
  school.clock.now += 15 * day
  await school.house.audit.note('clock_confirmed', { by: 'admin' })
  const late = await school.seated('emil')
  t.equal(await run(school, 'case-reports'), 1)
  t.same(stands(school, piece), [])
  t.match(await verifyFolder(school.house.config.data), { status: 0 }, 'and the ledger still agrees')
  t.match((await late.get(`/cases/${one.id}/report`)).body, 'Der Bericht ist gelöscht')
  await late.post(`/cases/${one.id}/report`, { passphrase: passphraseOf('emil') })
  t.notMatch((await late.get(`/cases/${one.id}/report`)).body, 'Ada Albers')
  const row = await school.house.database.reader('case_notices').first()
  t.match((await (await school.seated('ada')).get(`/openings/${row.id}`)).body, 'Die Unterlagen wurden')
  t.equal((await ada.get('/')).status, 303, 'and the old session is long over')
})

t.test('a report stays longer only when both agree, and never longer than ninety days', async t => {
  const { school, one, emil, finja } = await openedCase(t)
  const before = (await findCase(school.house.audit, one.id))?.until ?? 0
  await emil.post(`/cases/${one.id}/extension`)
  t.equal((await emil.post(`/cases/${one.id}/extension/confirmation`)).status, 409)
  t.equal((await finja.post(`/cases/${one.id}/extension/confirmation`)).status, 303)
  t.equal((await findCase(school.house.audit, one.id))?.until, before + 30 * day)
  for (let times = 0; times < 4; times++) {
    await emil.post(`/cases/${one.id}/extension`)
    await finja.post(`/cases/${one.id}/extension/confirmation`)
  }
  const end = await findCase(school.house.audit, one.id)
  t.equal(end?.until, (end?.executedAt ?? 0) + 90 * day)
})

t.test('about a child its guardians are told, with a letter for who has no account', async t => {
  const anna = { kind: 'pupil' as const, id: '', name: 'Anna Albers' }
  const school = await startSchool(t)
  anna.id = school.ids.pupils.anna ?? ''
  const one = await sealedCase(school, requestAbout(school, { subjects: [], object: anna }))
  const [emil] = (await openTogether(school, one)) as [Browser, Browser]
  await emil.post(`/cases/${one.id}/closing`, {
    ...{ result: 'unclear', words, when: 'now', passphrase: passphraseOf('emil') },
  })
  const rows = await school.house.database.reader('case_notices').select('account_id', 'way')
  t.ok(rows.some(row => row.account_id === school.ids.accounts.ada))
  t.notOk(
    rows.some(row => row.account_id === school.ids.accounts.anton),
    'not who may not read',
  )
  if (rows.some(row => row.way === 'paper')) {
    const letters = await emil.get(`/cases/${one.id}/notices?print=1`)
    t.match(letters.body, 'Einträge zu Anna Albers gelesen')
  }
})
