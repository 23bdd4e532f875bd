import { readFileSync } from 'node:fs'
import t from 'tap'
import { systemChange } from '../storage/change.ts'
import type { Browser } from '../test/browser.ts'
import { type School, startSchool } from '../test/school.ts'

const wide = readFileSync(new URL('../test/fixtures/roll/danis-wide.csv', import.meta.url))
const parents = readFileSync(new URL('../test/fixtures/roll/parents.csv', import.meta.url))
const pupils = readFileSync(new URL('../test/fixtures/roll/danis-pupils-cp1252.csv', import.meta.url))
const magellan = readFileSync(new URL('../test/fixtures/roll/magellan.csv', import.meta.url))

type Files = Readonly<Record<string, Uint8Array>>

async function upload(otto: Browser, files: Files) {
  await otto.get('/roll/imports/new')
  return otto.upload(
    '/roll/imports',
    Object.entries(files).map(([name, bytes]) => ({ field: 'files', name, bytes })),
  )
}

/** Uploads and returns the address of the preview. */
async function begin(otto: Browser, files: Files): Promise<string> {
  const answer = await upload(otto, files)
  if (answer.status !== 303) throw new Error(`The upload was answered with ${answer.status}`)
  return answer.headers.location ?? ''
}

function stateIn(page: string): string {
  return /name="state" value="(\w+)"/.exec(page)?.[1] ?? ''
}

async function apply(otto: Browser, path: string, fields: Record<string, string> = {}) {
  const preview = await otto.get(path)
  return otto.post(`${path}/application`, { state: stateIn(preview.body), ...fields })
}

async function count(school: School, table: string): Promise<number> {
  const [row] = await school.house.database.reader(table).count({ count: '*' })
  return Number(row?.count)
}

async function rollCounts(school: School) {
  return {
    pupils: await count(school, 'pupils'),
    guardians: await count(school, 'guardians'),
    guardianships: await count(school, 'guardianships'),
    groups: await count(school, 'groups'),
    group_pupils: await count(school, 'group_pupils'),
    registration_codes: await count(school, 'registration_codes'),
  }
}

/** For tests that do not get into each other's way. */
const shared = startSchool(t)

t.test(
  'the office reads a list in: preview, application, letters with codes, and a guardian comes in with one',
  async t => {
    const school = await startSchool(t)
    const otto = await school.seated('otto')
    const before = await rollCounts(school)
    const path = await begin(otto, { 'schule.csv': wide })
    t.match(path, /^\/roll\/imports\/\w{16}$/)
    const preview = await otto.get(path)
    t.equal(preview.status, 200)
    for (const text of ['Elif Özdemir (6b)', 'Renée Weiß', 'Ayse Özdemir', 'DaNiS', 'Es entstehen 5 Codes', 'E-Mail'])
      t.match(preview.body, text)
    t.same(await rollCounts(school), before, 'a preview stores nothing of it')

    const applied = await apply(otto, path)
    t.equal(applied.status, 303)
    t.same(await rollCounts(school), {
      ...before,
      pupils: before.pupils + 3,
      guardians: before.guardians + 4,
      guardianships: before.guardianships + 6,
      groups: before.groups + 2,
      group_pupils: before.group_pupils + 3,
      registration_codes: before.registration_codes + 5,
    })
    const result = await otto.get(applied.headers.location ?? '')
    t.match(result.body, '5 Briefe drucken')
    t.equal(await count(school, 'import_files'), 0, 'the files are gone once they are in')
    t.notMatch(
      JSON.stringify(await school.house.database.reader('imports')),
      /Özdemir/,
      'and no name stays with the import',
    )

    const printed = await otto.get(/href="(\/roll\/codes\/\w+)"/.exec(result.body)?.[1] ?? '')
    t.equal(printed.status, 200)
    const letters = printed.body.split('<article').slice(1)
    t.equal(letters.length, 5)
    const letter =
      letters.find(one => one.includes('gehört zu Emir Özdemir') && one.includes('<p>Kemal Özdemir</p>')) ?? ''
    t.match(letter, '<p>02763 Auental</p>')
    t.match(letter, /<path d="M4 4h7v1h-7z/, 'the code as a picture')
    t.match(letter, 'bis Freitag')
    const code = /\w{4}(-\w{4}){3}/.exec(letter)?.[0] ?? ''
    const hashes = JSON.stringify(await school.house.database.reader('registration_codes'))
    t.notMatch(hashes, code.replaceAll('-', ''), 'codes are stored nowhere')

    const kemal = school.visitor()
    await kemal.get('/register')
    const entered = await kemal.post('/register', { code })
    t.equal(entered.status, 303)
    await kemal.follow(entered)
    const made = await kemal.post('/register/account', { login: 'kemal.o', password: 'Ein Baum am Fluss 4711' })
    t.equal(made.status, 303, made.body.slice(0, 500))
    await kemal.follow(made)
    await kemal.post('/terms/acceptance', { accept: 'yes' })
    const home = await kemal.get('/')
    t.match(home.body, 'Emir')
    t.match(home.body, 'Elif')
    t.equal((await kemal.get('/roll')).status, 403)
    const emir = await school.house.database.reader('pupils').where({ external_id: '0714402' }).first('id')
    t.match(
      (await otto.get('/')).body,
      `href="/roll/pupils/${emir.id}"`,
      'the office is told, one click from the child',
    )
  },
)

t.test('the same file a second time changes nothing', async t => {
  const school = await startSchool(t)
  const otto = await school.seated('otto')
  await apply(otto, await begin(otto, { 'a.csv': wide }))
  const tables = ['pupils', 'guardians', 'guardianships', 'groups', 'group_pupils', 'registration_codes']
  const all = () => Promise.all(tables.map(table => school.house.database.reader(table).orderByRaw('1, 2')))
  const before = await all()
  const path = await begin(otto, { 'a.csv': wide })
  const again = await otto.get(path)
  t.match(again.body, 'Alles ist schon da.')
  t.match(again.body, 'Es entstehen keine Codes.')
  t.notMatch(again.body, /bekommt einen Code|bekommen einen Code/)
  t.equal((await apply(otto, path)).status, 303)
  t.same(await all(), before)
  t.equal((await otto.post(`${path}/application`, {})).status, 303, 'pressing again leads to the result')

  const without = wide.toString().replace(/Özdemir;Kemal;Mühlgasse 4;02763;Auental;;0152 0000111;Ja/, ';;;;;;;')
  const later = await begin(otto, { 'a.csv': Buffer.from(without) })
  await otto.get(later)
  await otto.post(`${later}/options`, { options: ['complete'] })
  const missing = (await otto.get(later)).body
  t.match(missing, 'Verbindung steht nicht mehr in der Datei')
  t.match(missing, '<bdi>Kemal Özdemir → Emir Özdemir</bdi>')
})

t.test('a parent who is known and joined to another child is named, loudly where nothing fits', async t => {
  const school = await shared
  const otto = await school.seated('otto')
  const numbers = await school.house.database.reader('pupils').whereIn('given_name', ['Anna', 'Ben'])
  const [anna, ben] = ['Anna', 'Ben'].map(name => numbers.find(one => one.given_name === name)?.external_id)
  const list = [
    'Vorname;Nachname;Adresse;E-Mail;Telefonnummer;Kind-ID',
    `Bea;Behrens;;bea@eltern.example;;${ben}`,
    `Bea;Behrens;;bea@eltern.example;;${anna}`,
  ].join('\n')
  const path = await begin(otto, { 'eltern.csv': Buffer.from(list) })
  const preview = await otto.get(path)
  t.match(preview.body, /<b class="">1<\/b><span><strong>neue Verbindung Eltern – Kind/)
  t.match(preview.body, /<b class="">1<\/b><span><strong>Verbindung Eltern – Kind bleibt gleich/)
  t.match(preview.body, 'Bitte prüfen: Eine neue Verbindung passt nicht')
  t.match(preview.body, '<strong><bdi>Bea Behrens → Anna Albers</bdi></strong>')
  t.match(preview.body, 'passen nicht zu Anna Albers')
  t.notMatch(preview.body, 'neue Kinder', 'a list of parents says nothing about children')
})

t.test('parents with their pupils, custody unknown until the office confirms, codes after that', async t => {
  const school = await startSchool(t)
  const otto = await school.seated('otto')
  const before = await count(school, 'registration_codes')
  const path = await begin(otto, { 'eltern.csv': parents, 'kinder.csv': pupils })
  const preview = await otto.get(path)
  t.match(preview.body, /6 <span class="hint">eltern\.csv</)
  t.match(preview.body, 'Dieses Kind gibt es weder im Portal noch in den Dateien.')
  await apply(otto, path)
  t.equal(await count(school, 'registration_codes'), before)
  const waiting = await otto.get('/roll/custody?class=6b')
  const everybody = (await school.house.database.reader('guardianships').where({ custody: 'unknown' })).length
  t.match(waiting.body, 'Maike Lüdtke')
  const wrong = await otto.post('/roll/custody', { scope: 'all', custody: 'yes', count: '3', class: '6b' })
  t.equal(wrong.status, 422)
  const unticked = await otto.post('/roll/custody', { scope: 'some', custody: 'yes', class: '6b' })
  t.equal(unticked.status, 422, 'nobody ticked')
  for (const page of [waiting, wrong, unticked]) {
    t.match(page.body, '<h2>Klasse 6b</h2>')
    t.match(page.body, 'Maike Lüdtke')
    t.equal(page.body.match(/name="class" value="6b"/g)?.length, 2)
  }
  const all = { scope: 'all', custody: 'yes', count: String(everybody), class: '6b' }
  const confirmed = await otto.post('/roll/custody', all)
  t.equal(confirmed.status, 303)
  t.equal(confirmed.headers.location, '/roll/custody?class=6b&ok=confirmed')
  const rights = await school.house.database.reader('guardianships').where({ custody: 'unknown' })
  t.same(rights, [])
  const issued = await otto.post('/roll/codes', { scope: 'class:6b', which: 'new' })
  t.equal(issued.status, 303)
  t.equal((await otto.get(issued.headers.location ?? '')).body.split('<article').length - 1, 3)
  t.equal((await otto.post('/roll/codes', { scope: 'class:6b', which: 'new' })).status, 422, 'everybody has one')
  const again = await otto.post('/roll/codes', { scope: 'class:6b', which: 'again' })
  t.equal(again.status, 303)
  const open = await school.house.database.reader('registration_codes').whereNull('revoked_at').whereNull('used_at')
  t.equal(open.length, before + 3, 'the former codes are void')
})

t.test('confirming in bulk with the import gives the codes at once', async t => {
  const school = await startSchool(t)
  const otto = await school.seated('otto')
  const path = await begin(otto, { 'eltern.csv': parents, 'kinder.csv': pupils })
  await otto.get(path)
  t.equal((await otto.post(`${path}/options`, { options: ['confirm-all'] })).status, 303)
  t.match((await otto.get(path)).body, 'Es entstehen 4 Codes')
  t.match((await otto.follow(await apply(otto, path))).body, '4 Briefe drucken')
})

t.test('whoever is missing from the whole school leaves only behind the typed number, and is out at once', async t => {
  const school = await startSchool(t)
  const otto = await school.seated('otto')
  const ada = await school.seated('ada')
  t.match((await ada.get('/')).body, 'Anna')
  const path = await begin(otto, { 'a.csv': wide })
  await otto.get(path)
  await otto.post(`${path}/options`, { options: ['complete'] })
  const preview = await otto.get(path)
  const leaving = Number(/<span class="status">(\d+)<\/span>/.exec(preview.body)?.[1])
  t.ok(leaving >= 9)
  for (const typed of ['', '1', 'alle']) {
    const refused = await apply(otto, path, { leaving: typed })
    t.equal(refused.status, 422, typed)
    t.match(refused.body, /value="complete"[^>]* checked/, 'what was said about the file stays ticked')
    t.notMatch(refused.body, /value="confirm-all"[^>]* checked/)
  }
  t.equal((await apply(otto, path, { leaving: String(leaving) })).status, 303)
  t.notMatch((await ada.get('/')).body, 'Anna')
})

t.test('an import that was previewed before somebody else changed the roll is refused and changes nothing', async t => {
  const school = await startSchool(t)
  const otto = await school.seated('otto')
  const first = await begin(otto, { 'a.csv': wide })
  const second = await begin(otto, { 'a.csv': wide })
  const state = stateIn((await otto.get(second)).body)
  await apply(otto, first)
  const before = await rollCounts(school)
  const late = await otto.post(`${second}/application`, { state })
  t.equal(late.status, 422)
  t.match(late.body, 'Der Bestand hat sich seit der Vorschau geändert')
  t.same(await rollCounts(school), before)
})

t.test('a row with two faults stands in one list: it is left out, or it goes in', async t => {
  const otto = await (await shared).seated('otto')
  const rows = ['0714401;Ida;Strübing;5a;Kern;Ute;a@b@c', '0714402;Ulf;StrÃ¼bing;5a;Kern;Uwe;x@y']
  const list = [
    'SchuelerIdentNummer;SchuelerRufname;SchuelerNachname;GruppeBezeichnung;Verantw1Nachname;Verantw1Vorname;Verantw1EMail',
    ...rows,
  ]
  const preview = (await otto.get(await begin(otto, { 'a.csv': Buffer.from(list.join('\n')) }))).body
  const [before = '', after = ''] = preview.split('Diese Zeilen werden übernommen.')
  t.match(before, 'x@y')
  t.notMatch(before, 'a@b@c')
  t.match(after, 'a@b@c')
  t.notMatch(after, 'x@y')
})

t.test('a file of another program is mapped by hand', async t => {
  const school = await shared
  const otto = await school.seated('otto')
  const path = await begin(otto, { 'magellan.csv': magellan })
  const asked = await otto.get(path)
  t.match(asked.body, 'Spalten zuordnen')
  t.match(asked.body, 'Elif · Elif · Emir')
  t.match(asked.body, /<option value="SorgebeVorname" selected>/, 'what the captions say is chosen already')
  t.match(asked.body, '<details class="sheet group"><summary>Zweite', 'who is not there is folded')
  t.equal((await otto.post(`${path}/application`, {})).status, 409, 'nothing can be applied before')
  const columns = {
    map_pupil_given_name: 'SchuelerVorname',
    map_pupil_family_name: 'SchuelerNachname',
    map_guardian_given_name: 'SorgebeVorname',
    map_guardian_family_name: 'SorgebeNachname',
  }
  const short = await otto.post(`${path}/mapping`, { file: '0', ...columns })
  t.equal(short.status, 422)
  t.match(short.body, /<option value="SchuelerVorname" selected>/, 'what was chosen stays')
  const mapped = await otto.post(`${path}/mapping`, {
    file: '0',
    ...columns,
    map_pupil_born_on: 'SchuelerGeburtsdatum',
  })
  t.equal(mapped.status, 303)
  t.match((await otto.get(path)).body, 'Emir Özdemir')
  t.equal((await apply(otto, path)).status, 303)
})

t.test('wrong, empty, binary and huge files get one sentence and change nothing', async t => {
  const school = await shared
  const otto = await school.seated('otto')
  const before = [await rollCounts(school), await count(school, 'imports')]
  const files: [string, Uint8Array, string][] = [
    ['leer.csv', Buffer.alloc(0), 'ist leer'],
    ['liste.xlsx', Buffer.from('PK\x03\x04irgendwas'), 'Excel- oder Calc-Datei'],
    ['liste.pdf', Buffer.from('%PDF-1.7'), 'ist ein PDF'],
    ['bild.csv', Buffer.from([0, 1, 2, 3, 4]), 'keine Textdatei'],
    ['brief.txt', Buffer.from('Liebe Eltern,\nmorgen ist frei.'), 'nur eine Spalte'],
  ]
  for (const [name, bytes, sentence] of files) {
    const answer = await upload(otto, { [name]: bytes })
    t.equal(answer.status, 422, name)
    t.match(answer.body, sentence)
    t.match(answer.body, `„${name}“`)
  }
  t.equal((await otto.upload('/roll/imports', [])).status, 422)
  const big = await otto.upload('/roll/imports', [
    { field: 'files', name: 'a.csv', bytes: Buffer.alloc(12 * 1024 * 1024, 'a;b\n') },
  ])
  t.equal(big.status, 413)
  t.match(big.body, 'größer als erlaubt')
  t.same([await rollCounts(school), await count(school, 'imports')], before)
})

t.test('the office finds people by name, looks at a class, and changes rights; they end at the next click', async t => {
  const school = await shared
  const otto = await school.seated('otto')
  const overview = await otto.get('/roll')
  t.match(overview.body, '5a')
  const found = await otto.post('/roll/search', { name: 'kovac' })
  t.equal(found.status, 200)
  t.match(found.body, 'Mila Kovač')
  t.match((await otto.post('/roll/search', { name: 'niemand' })).body, 'Niemand heißt so')
  const group = /href="(\/roll\/classes\/\w+)">5a/.exec(overview.body)?.[1] ?? ''
  t.match((await otto.get(group)).body, 'Albers, Anna')

  const anna =
    /href="(\/roll\/pupils\/\w+)"/.exec((await otto.post('/roll/search', { name: 'Anna Alb' })).body)?.[1] ?? ''
  const page = await otto.get(anna)
  t.match(page.body, 'Ada Albers')
  const links = await school.house.database.reader('guardianships').where({ pupil_id: anna.split('/').at(-1) })
  const guardians = await school.house.database.reader('guardians').where({ given_name: 'Ada' })
  const link = links.find(one => one.guardian_id === guardians[0].id)
  const editing = await otto.get(`${anna}?edit=${link.id}`)
  t.match(editing.body, 'Rechte speichern')
  const rights = { custody: 'yes', from_on: '2026-08-01', until_on: '' }
  t.equal((await otto.post(`/roll/guardianships/${link.id}`, { ...rights, rights: ['act'] })).status, 422)
  t.equal((await otto.post(`/roll/guardianships/${link.id}`, { ...rights, until_on: '2026-07-01' })).status, 422)
  const ada = await school.seated('ada')
  t.match((await ada.get('/')).body, 'Anna')
  t.equal(
    (await otto.post(`/roll/guardianships/${link.id}`, { ...rights, until_on: '22.11.2026', rights: ['read', 'act'] }))
      .status,
    303,
  )
  t.notMatch((await ada.get('/')).body, 'Anna')
})

t.test('everything leaves its record, with no name in it', async t => {
  const school = await startSchool(t)
  const otto = await school.seated('otto')
  const path = await begin(otto, { 'a.csv': wide })
  await otto.get(path)
  const result = await otto.follow(await apply(otto, path))
  await otto.get(/href="(\/roll\/codes\/\w+)"/.exec(result.body)?.[1] ?? '')
  await otto.get('/roll')
  await otto.post('/roll/search', { name: 'Özdemir' })
  const entries = await school.audit()
  const mine = entries.filter(one => one.a === school.ids.accounts.otto).map(one => one.k)
  for (const action of [
    'roll.import.upload',
    'roll.import.preview',
    'roll.import.apply',
    'roll.code.print',
    'roll.list',
    'roll.search',
  ]) {
    t.ok(mine.includes(action as never), action)
  }
  t.same(entries.find(one => one.k === 'roll.import.apply')?.d, { rows: 4, codes: 5 })
  t.notMatch(JSON.stringify(entries), /Özdemir|schule\.csv/)
  t.notMatch(school.log.join('\n'), /Özdemir|\/roll\/imports\/\w{16}/)
})

t.test('letters are only for whoever made their codes, and for an hour', async t => {
  const school = await shared
  const otto = await school.seated('otto')
  const issued = await otto.get('/roll/codes')
  t.match(issued.body, 'Codes und Briefe')
  const batch = await otto.post('/roll/codes', { scope: 'all', which: 'again' })
  const where = batch.headers.location ?? ''
  t.match((await otto.get(where)).body, '<article')
  school.clock.now += 8 * 60_000
  const ready = (await otto.get('/roll/codes')).body
  t.match(ready, `href="${where}"`)
  t.match(ready, 'Noch 52 Minuten druckbar')
  school.clock.now += 53 * 60_000
  const late = await (await school.seated('otto')).get(where)
  t.match(late.body, 'Diese Briefe gibt es nicht mehr')
})

t.test('children for whom nobody is registered are listed with the reason', async t => {
  const school = await startSchool(t, async (house, ids) => {
    await systemChange(house.database, house.clock, 'demo', async change => {
      await change.write('pupils').insert({
        ...{ id: 'lonely', external_id: null, given_name: 'Lia', family_name: 'Alt', born_on: null, left_on: null },
        ...{ account_id: null, guardians_allowed_at: null },
      })
      await change
        .write('group_pupils')
        .insert({ group_id: ids.groups['5a'] ?? '', pupil_id: 'lonely', from_on: '2026-08-01', until_on: null })
    })
  })
  const otto = await school.seated('otto')
  const why = async (name: string) => {
    const { body } = await otto.get('/roll/codes')
    return new RegExp(`${name}</bdi>.*?<span>([^<]+)</span></span></td></tr>`, 's').exec(body)?.[1]
  }
  t.equal(await why('Alt, Lia'), 'kein Elternteil eingetragen')
  t.equal(await why('Kovač, Mila'), 'Code unterwegs')
  t.equal(await why('Freiherr von Hohenlohe-Öhringen, Jonas-Maximilian'), 'Sorgerecht prüfen')
  t.equal(await why('Bergmann, Boris'), 'kein Elternteil eingetragen', 'whose guardianship has ended')
  t.equal(await why('Albers, Anna'), undefined)
  school.clock.now += 70 * 24 * 60 * 60_000
  const later = await school.seated('otto')
  t.match((await later.get('/roll/codes')).body, 'noch kein Code')
})
