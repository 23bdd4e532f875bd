import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { cast, children, onPaper } from '../demo/cast.ts'
import { loginOf } from '../demo/seed.ts'
import type { Portal } from '../main.ts'
import { draftIn } from '../test/letters.ts'
import { reopen } from '../test/reopened.ts'
import { type School, startSchool } from '../test/school.ts'
import type { AuditEntry } from './log.ts'

const hour = 3_600_000
const day = 24 * hour
const read: AuditEntry = {
  action: 'letter.read',
  actor: null,
  session: null,
  address: null,
  concerns: [],
  outcome: 'ok',
  details: {},
}

/** What the nightly check writes where it finds nothing; the time in these tests is another than the verifier's. */
const check = ({ audit }: Portal['house']) => audit.note('verify_ok', { records: 7 })
const kinds = async ({ house }: { house: Portal['house'] }) =>
  (await house.audit.reading.all<{ k: string }>("SELECT body ->> 'k' AS k FROM audit_ledger ORDER BY idx")).map(
    row => row.k,
  )

t.test('everybody who works here reads the ledger in plain words, parents do not', async t => {
  const school = await startSchool(t)
  await check(school.house)
  const carl = await school.seated('carl')
  await carl.get('/letters/new')
  await carl.post('/letters', draftIn(school.ids.groups['5a']))
  for (let hours = 0; hours < 30; hours++) {
    school.clock.now += hour
    await school.house.audit.append(read)
    await school.house.audit.tick()
  }
  const [ada, kim] = [await school.seated('ada'), await school.seated('kim')]
  const page = await kim.get('/audit')
  t.equal(page.status, 200)
  for (const said of [
    /Stand geprüft[\s\S]*Unversehrt/,
    /Jede Zeile und jeder verschlossene Eintrag wurde nachgerechnet\. Alles passt zusammen/,
    /Das Protokoll beginnt\. Es unterschreibt als localhost\/audit\/[0-9a-f]{8}\./,
    /Ein neuer Schlüssel für November 2026 ist auf 3 Personen verteilt/,
    /Emil Ernst kann das Protokoll zusammen mit einer zweiten Person öffnen/,
    /Montag, 23\.\sNovember 2026[\s\S]*Einträge aufgezeichnet, in \d+ Abschnitten/,
    /Einträge bleiben 90 Tage/,
    /Kein Ordner ist dafür eingerichtet/,
    new RegExp(school.house.audit.standing.note.split('\n')[2]?.replace(/[+/]/g, '\\$&') ?? 'no root'),
  ])
    t.match(page.body, said)
  t.notMatch(page.body, /audit\.(line|ledger|note)\.|undefined|NaN/, 'nothing is left without words')
  t.match((await school.audit()).at(-1), { k: 'audit.ledger.show', a: school.ids.accounts.kim, r: 'ok', d: {} })
  t.equal((await ada.get('/audit')).status, 403)
  t.equal((await ada.get('/audit/sheet')).status, 403)
  t.notMatch((await ada.get('/')).body, 'href="/audit"')
  t.match((await kim.get('/')).body, 'href="/audit"')

  const english = await kim.get('/preferences')
  t.equal(english.status, 200)
  await kim.post('/account/preferences', { language: 'en', theme: 'system' })
  const translated = await kim.get('/audit')
  t.match(translated.body, 'Everything fits together and fits the signatures')
  t.match(translated.body, 'A new key for November 2026 is shared among 3 people')

  for (const body of [page.body, translated.body, (await kim.get('/audit/sheet')).body]) {
    const strangers = [...cast.filter(person => !person.offices), ...children, ...onPaper]
    for (const { given_name, family_name } of strangers)
      t.notMatch(body, `${given_name} ${family_name}`, 'L23: nobody who does not work here is named')
    for (const person of cast.filter(person => !person.offices)) t.notMatch(body, loginOf(person))
    for (const id of [...Object.values(school.ids.pupils), ...Object.values(school.ids.accounts)])
      t.notMatch(body, id, 'L23: and no number stands for anybody')
  }
})

t.test('older lines are a page away, and every line is on one of them', async t => {
  const school = await startSchool(t)
  const { audit } = school.house
  await check(school.house)
  while (audit.standing.size < 320) {
    school.clock.now += hour
    await audit.tick()
  }
  const kim = await school.seated('kim')
  let path: string | null = '/audit'
  const numbers: number[] = []
  for (let pages = 0; path !== null && pages < 9; pages++) {
    const { body, status } = await kim.get(path)
    t.equal(status, 200)
    const folded = body.replace(/<li class="item[^>]*>(?:(?!<\/li>)[\s\S])*?\d+ Zeilen<\/span>/g, '')
    numbers.push(...[...folded.matchAll(/Zeile ([\d.]+)</g)].map(([, number]) => Number(number?.replace('.', ''))))
    path = /href="(\/audit\?before=\d+)#lines"/.exec(body)?.[1] ?? null
  }
  t.ok(numbers.length >= 320)
  t.same([...new Set(numbers)].toSorted((a, b) => a - b).slice(0, 320), [...Array(320).keys()])
  for (const before of ['0', '-1', 'x', '1.5', '1e9', '99999999999999999999', ''])
    t.equal((await kim.get(`/audit?before=${before}`)).status, 200, before)
})

/** A portal whose log was put back by a few lines, as by a backup. */
async function restored(t: Parameters<typeof reopen>[0], school: School) {
  await check(school.house)
  const kept = join(school.house.config.data, 'kept.db')
  const file = join(school.house.config.data, 'audit.db')
  const early = await reopen(t, school, school.portal, { happens: () => copyFileSync(file, kept) })
  school.clock.now += hour
  await early.house.audit.append(read)
  await early.house.audit.tick()
  const lost = early.house.audit.standing.note
  const late = await reopen(t, school, early.portal, {
    happens: () => {
      for (const end of ['-wal', '-shm']) rmSync(`${file}${end}`, { force: true })
      copyFileSync(kept, file)
    },
  })
  return { late, lost }
}

t.test('a restore is shown to all who work here until two auditors have seen it (A14)', async t => {
  const school = await startSchool(t)
  const { late, lost } = await restored(t, school)
  const [ada, otto, dora, emil, finja] = [
    await late.as('ada'),
    await late.as('otto'),
    await late.as('dora'),
    await late.as('emil'),
    await late.as('finja'),
  ]
  const banner = 'Ein älterer Stand des Protokolls wurde eingespielt'
  t.match((await otto.get('/')).body, banner)
  t.notMatch((await ada.get('/')).body, banner, 'parents are not asked to do anything about it')
  const page = (await otto.get('/audit')).body
  t.match(page, /Ein älterer Stand wurde eingespielt[\s\S]*\d+ Zeilen des Verzeichnisses fehlen/)
  t.notMatch(page, 'action="/audit/restore"', 'who is no auditor is not asked')
  for (const browser of [ada, otto, dora]) t.equal((await browser.post('/audit/restore')).status, 403)

  t.match(page, 'Auch Einträge aus der Zeit davor können fehlen')
  t.match((await otto.get('/audit/sheet')).body, /Darum muss sich jemand kümmern[\s\S]*älterer Stand eingespielt/)

  await otto.get('/audit')
  t.match((await otto.post('/audit/check', { note: lost })).body, /Nein[\s\S]*älterer Stand eingespielt\. Die Zeilen/)

  t.match((await emil.get('/audit')).body, 'action="/audit/restore"')
  for (let times = 0; times < 3; times++) t.equal((await emil.post('/audit/restore')).status, 303)
  const acknowledged = (await kinds(late)).filter(kind => kind === 'restore_acknowledged')
  t.equal(acknowledged.length, 1, 'the same person counts once')
  t.match((await otto.get('/audit')).body, 'Emil Ernst hat es zur Kenntnis genommen')
  t.match((await otto.get('/')).body, banner)
  await late.house.audit.note('verify_ok', { records: 7 })
  t.match((await otto.get('/audit')).body, /edge info" aria-labelledby="checked"[\s\S]*fehlt weiterhin/, 'not green')
  await finja.get('/audit')
  t.equal((await finja.post('/audit/restore')).headers.location, '/audit?ok=seen')
  t.notMatch((await otto.get('/')).body, banner)
  t.match((await otto.get('/audit')).body, 'Was dadurch wegfiel, fehlt weiterhin', 'that stays true')
  t.match((await otto.get('/recording')).body, 'Was dadurch wegfiel, fehlt')
  t.match((await otto.get('/audit')).body, 'Finja Frank hat die Wiederherstellung zur Kenntnis genommen')
  t.match((await school.audit()).at(-4), { k: 'audit.restore.acknowledge', a: school.ids.accounts.finja, r: 'try' })
  const size = late.house.audit.standing.size
  t.equal((await emil.post('/audit/restore')).status, 303)
  t.equal(late.house.audit.standing.size, size, 'there is nothing left to acknowledge')
})

t.test('a doubtful clock is shown, and confirmed by an admin who has read the time', async t => {
  const school = await startSchool(t)
  await check(school.house)
  school.clock.now -= 2 * hour
  const behind = await reopen(t, school, school.portal)
  const [otto, dora] = [await behind.as('otto'), await behind.as('dora')]
  t.match((await otto.get('/')).body, 'Die Uhr des Servers stimmt vielleicht nicht')
  const page = (await otto.get('/audit')).body
  t.match(page, /Sie zeigt weniger, als das Protokoll schon erlebt hat/)
  t.notMatch(page, 'action="/audit/clock"')
  t.equal((await otto.post('/audit/clock', { shown: String(school.clock.now) })).status, 403)

  const asked = (await dora.get('/audit')).body
  t.match(asked, /Die Uhr stimmt: Mo\s23\.11\.2026, 07:00 Uhr/)
  const shown = /name="shown" value="(\d+)"/.exec(asked)?.[1] ?? ''
  for (const wrong of ['', '0', 'x', String(Number(shown) + hour), String(Number(shown) - hour)]) {
    const answer = await dora.post('/audit/clock', { shown: wrong })
    t.equal(answer.status, 422, 'what was not on the screen just now cannot be confirmed')
    t.match(answer.body, 'Vergleichen Sie die Uhrzeit noch einmal')
  }
  t.notOk((await kinds(behind)).includes('clock_confirmed'))
  t.equal((await dora.post('/audit/clock', { shown })).headers.location, '/audit?ok=clock')
  t.equal(behind.house.audit.standing.doubt, 'none')
  t.match((await otto.get('/audit')).body, 'Die Administration hat die Uhr bestätigt')
  t.notMatch((await otto.get('/')).body, 'stimmt vielleicht nicht')
  const size = behind.house.audit.standing.size
  t.equal((await dora.post('/audit/clock', { shown })).headers.location, '/audit', 'a second time is no time')
  t.equal(behind.house.audit.standing.size, size)
})

t.test('what failed and what cannot be read yet is said in red, on every page and with what to do', async t => {
  const school = await startSchool(t)
  await check(school.house)
  const [ada, ole] = [await school.seated('ada'), await school.seated('ole')]
  await school.house.audit.note('verify_failed', { seg: 0 })
  t.match((await ole.get('/letters')).body, 'Das Protokoll ist nicht unversehrt')
  t.match(
    (await ole.get('/audit')).body,
    /Das Protokoll ist nicht unversehrt[\s\S]*Was tun\?[\s\S]*pforte audit verify/,
  )
  t.match((await ole.get('/audit')).body, /Geprüft und nicht unversehrt\. Die genaue Stelle nennt der Befehl/)
  t.match((await ole.get('/audit/sheet')).body, /Die letzte Prüfung hat eine Abweichung[\s\S]*Nicht unversehrt, Mo/)
  t.match((await ole.get('/recording')).body, 'Die Schule klärt, was geschehen ist')
  t.notMatch((await ada.get('/letters')).body, 'nicht unversehrt')
  await school.house.audit.note('verify_ok', { records: 7 })
  const sheet = (await ole.get('/audit/sheet')).body
  t.match(sheet, /Zuletzt geprüft[\s\S]*Unversehrt, Mo/)
  t.notMatch(sheet, 'Darum muss sich jemand kümmern')
  school.clock.now -= hour
  t.match((await ole.get('/audit')).body, 'Diese Prüfung trägt ein Datum in der Zukunft')
  school.clock.now += hour
  t.notMatch((await ole.get('/letters')).body, 'nicht unversehrt')
  school.clock.now += 3 * day
  t.match((await (await school.seated('ole')).get('/audit')).body, 'Die nächtliche Prüfung ist ausgeblieben')
})

t.test('far more than usual is deleted only when an admin types how much', async t => {
  const school = await startSchool(t)
  await check(school.house)
  const { audit, config } = school.house
  for (let days = 0; days < 92; days++) {
    school.clock.now += day
    await audit.append(read)
    await audit.tick()
  }
  await audit.prune(null)
  const settings = { audit: { ...config.audit, retentionDays: 30 } }
  const shorter = await reopen(t, school, school.portal, { settings })
  t.match(await shorter.house.audit.prune(null), { refused: 'too-much' })
  const { due } = shorter.house.audit.standing.pruneRefused ?? { due: 0 }
  const [otto, dora] = [await shorter.as('otto'), await shorter.as('dora')]
  const seen = (await otto.get('/audit')).body
  t.match(seen, /Das Löschen wartet[\s\S]*Die Administration kann das Löschen bestätigen/)
  t.notMatch(seen, 'action="/audit/pruning"')
  t.equal((await otto.post('/audit/pruning', { due: String(due) })).status, 403)
  t.match((await dora.get('/audit')).body, `${due} Einträge löschen`)
  for (const wrong of ['', '0', String(due - 1), 'alle']) {
    const answer = await dora.post('/audit/pruning', { due: wrong })
    t.equal(answer.status, 422)
    t.match(answer.body, 'Das ist nicht die Zahl, um die es geht')
  }
  t.notOk((await kinds(shorter)).slice(-3).includes('segment_pruned'), 'nothing has gone yet')
  t.equal((await dora.post('/audit/pruning', { due: `${due}` })).headers.location, '/audit?ok=pruning')
  t.equal(shorter.house.audit.standing.pruneRefused, null)
  t.match((await otto.get('/audit')).body, /Abschnitte mit \d+ Einträgen nach Ablauf der Frist gelöscht/)
  t.equal((await dora.post('/audit/pruning', { due: '1' })).headers.location, '/audit', 'nothing waits any more')
})

t.test('/recording says how it stands now; who the auditors are it tells those who are signed in', async t => {
  const school = await startSchool(t)
  await check(school.house)
  const open = (await school.visitor().get('/recording')).body
  t.match(open, /Ältester Eintrag[\s\S]*Montag, 23\.\sNovember\s2026/)
  t.match(open, `${school.house.audit.standing.size} Zeilen`)
  t.match(open, /Zuletzt geprüft[\s\S]*Unversehrt/)
  t.match(open, '3 geschulte Personen')
  t.match(open, 'Ein Ordner dafür ist hier nicht eingerichtet')
  t.notMatch(open, 'kann nie jemand lesen')
  t.notMatch(open, /Emil Ernst|href="\/audit"/)
  const ada = (await (await school.seated('ada')).get('/recording')).body
  t.match(ada, 'Emil Ernst, Finja Frank und Gero Graf')
  t.notMatch(ada, 'href="/audit"')
  t.match((await (await school.seated('kim')).get('/recording')).body, 'href="/audit"')
})
