import { join } from 'node:path'
import t from 'tap'
import { castPassword } from '../demo/cast.ts'
import { verifyFolder } from '../test/audit.ts'
import { draftIn } from '../test/letters.ts'
import { startSchool } from '../test/school.ts'
import { connect } from '../test/sqlite.ts'

t.test('while nothing can be recorded', async t => {
  const school = await startSchool(t)
  const { ids, house } = school
  const file = await connect(t, house.database.file)
  const trail = await connect(t, join(house.config.data, 'audit.db'))
  const [ada, carl] = [await school.seated('ada'), await school.seated('carl')]
  const visitor = school.visitor()
  await visitor.get('/sign-in')
  await carl.get('/letters/new')
  const drafted = await carl.post('/letters', draftIn(ids.groups['5a']))
  const letter = /letters\/(\w+)\//.exec(drafted.headers.location ?? '')?.[1]
  await carl.get(`/letters/${letter}/preview`)
  await carl.post(`/letters/${letter}/publication`)

  const hold = () => trail.all('BEGIN IMMEDIATE')
  const letGo = () => trail.all('ROLLBACK')
  const everything = async () => {
    const tables = await file.all("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'throttles'")
    return Promise.all(tables.map(async ({ name }) => [name, await file.all(`SELECT * FROM "${name}"`)]))
  }

  t.test('no page about people is shown and nothing is changed; what was typed stays, passwords do not', async t => {
    await ada.get('/account')
    const before = await everything()
    await hold()
    const typed = draftIn(ids.groups['5b'], { title: 'Mit "Anführung" & <b>', text: 'Zeile 1\nZeile 2' })
    const tries: readonly [string, Promise<{ status: number; headers: object; body: string }>][] = [
      ['the start page', ada.get('/')],
      ['a letter, whose first reading would be noted', ada.get(`/letters/${letter}`)],
      ['a table to save', carl.get(`/letters/${letter}/returns.csv`)],
      ['a new letter', carl.post('/letters', typed)],
      ['an answer', ada.post(`/letters/${letter}/replies`, { pupil: ids.pupils.anna ?? '', value: 'yes' })],
      ['a sign-in', visitor.post('/sign-in', { login: 'bea@eltern.example', password: castPassword })],
      [
        'a new password',
        ada.post('/account/password', { current_password: castPassword, password: 'Ahornblatt im Fruehlingsregen' }),
      ],
      ['a passphrase', ada.post('/auditors/drill', { passphrase: 'ampel brunnen', proof: ['', '123 456'] })],
      ['a code', visitor.post('/register', { code: ids.code.code })],
      ['a refusal', ada.get('/letters/new')],
    ]
    const answers = new Map<string, { status: number; headers: object; body: string }>()
    for (const [name, answer] of tries) answers.set(name, await answer)
    for (const [name, { status, headers, body }] of answers) {
      t.equal(status, 503, name)
      t.match(headers, { 'retry-after': /^\d+$/, 'content-type': /html/ }, name)
      t.notMatch(headers, { 'content-disposition': /./ }, `${name} is a page, not a file`)
      t.notMatch(body, /Anna|Ausflug/, `${name}: nothing is shown`)
    }
    await letGo()
    t.same(await everything(), before, 'the data are as they were')

    const draft = answers.get('a new letter')?.body ?? ''
    t.match(draft, /<form[^>]*method="post"[^>]*action="\/letters"/)
    t.match(draft, 'name="title" value="Mit &#34;Anführung&#34; &amp; &lt;b&gt;"')
    t.match(draft, 'name="text" value="Zeile 1\nZeile 2"')
    for (const name of ['audience', 'answer', 'question', 'respond_by', 'next'])
      t.match(draft, `name="${name}" value="${name === 'audience' ? `${ids.groups['5b']}:guardians` : typed[name]}"`)
    const signIn = answers.get('a sign-in')?.body ?? ''
    t.match(signIn, 'name="login" value="bea@eltern.example"')
    t.match(signIn, /<input[^>]*name="password"/, 'the password is asked for again')
    t.notMatch(signIn, castPassword)
    const passwords = answers.get('a new password')?.body ?? ''
    t.match(passwords, /name="current_password"[\s\S]*name="password"/)
    t.notMatch(passwords, /errors\.|Ahornblatt|Lindenblatt/, 'each has its name, none its value')
    const passphrase = answers.get('a passphrase')?.body ?? ''
    t.match(passphrase, /Prüf-Kennwort[\s\S]*<input[^>]*name="passphrase" type="password"/)
    t.notMatch(passphrase, /ampel|123 456|name="proof"/)
    const page = answers.get('the start page')?.body ?? ''
    t.notMatch(page, /<form[^>]*method="post"/, 'a page is asked for again, not sent')
    t.match(page, /<form[^>]*method="get"[^>]*action="\/"|<a[^>]*class="button[^"]*"[^>]*href="\/"/)

    const hidden = [...draft.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
      name,
      value.replaceAll('&#34;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'),
    ])
    const again = await carl.post('/letters', Object.fromEntries(hidden))
    t.equal(again.status, 303, 'sent again from that page it arrives')
    t.match(await file.all("SELECT title, text FROM letters WHERE title LIKE 'Mit%'"), [
      { title: 'Mit "Anführung" & <b>', text: 'Zeile 1\nZeile 2' },
    ])
  })

  t.test('the sign-in page, help, terms, files and health still work, and nobody waits for them', async t => {
    await hold()
    const started = performance.now()
    for (const path of [
      '/sign-in',
      '/help',
      '/terms',
      '/privacy',
      '/recording',
      '/accessibility',
      '/register',
      '/static/app.css',
      '/health',
    ])
      t.equal((await visitor.get(path)).status, 200, path)
    t.ok(performance.now() - started < 1500)
    await letGo()
  })

  t.test('who is outside gets the bare refusal, not a page (B9)', async t => {
    await hold()
    const answer = await visitor.get('/', { host: 'evil.example' })
    await letGo()
    t.equal(answer.status, 421)
    t.notMatch(answer.body, '<')
  })

  t.test('afterwards everything works again without a restart, and the log is whole', async t => {
    t.equal((await ada.get('/')).status, 200)
    await ada.get(`/letters/${letter}`)
    t.equal((await ada.post(`/letters/${letter}/replies`, { pupil: ids.pupils.anna ?? '', value: 'yes' })).status, 303)
    t.match(await verifyFolder(house.config.data), { status: 0 })
  })
})
