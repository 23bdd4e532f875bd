import t from 'tap'
import { auditorPassphrases } from '../demo/auditors.ts'
import { auditorHealth } from '../people/auditor-care.ts'
import { findAuditor, listActiveAuditors, openAuditorKey } from '../people/auditors.ts'
import { passphraseWords } from '../people/passphrase.ts'
import { systemChange } from '../storage/change.ts'
import { dismissAuditor, makeAuditor, proposalOn, wordsOn } from '../test/auditors.ts'
import { type School, startSchool } from '../test/school.ts'

const account = (school: School, key: string): string => school.ids.accounts[key] ?? ''
const ledger = async (school: School): Promise<string[]> =>
  (await school.house.audit.reading.all<{ k: string }>("SELECT body ->> 'k' AS k FROM audit_ledger ORDER BY idx")).map(
    row => row.k,
  )
const names = async (school: School) => (await listActiveAuditors(school.house)).map(one => one.person)

t.test('everybody inside sees who the auditors are; how they are doing, only staff', async t => {
  const school = await startSchool(t)
  const ada = await school.seated('ada')
  const seen = (await ada.get('/auditors')).body
  for (const name of ['Emil Ernst', 'Finja Frank', 'Gero Graf']) t.match(seen, name)
  t.match(seen, 'Geschult am')
  t.notMatch(seen, /zuletzt benutzt|Abberufen|Vorschlagen|Vorschläge/)
  const carl = (await (await school.seated('carl')).get('/auditors')).body
  t.match(carl, 'zuletzt benutzt')
  t.notMatch(carl, /Abberufen|>Vorschlagen</)
  t.equal((await school.visitor().get('/auditors')).status, 303)
})

t.test('one auditor proposes, another agrees, the person makes the passphrase: then they are one of them', async t => {
  const school = await startSchool(t)
  const emil = await school.seated('emil')
  const finja = await school.seated('finja')
  const hanna = await school.seated('hanna')
  t.equal((await hanna.get('/auditors/enrolment')).status, 404, 'nobody has invited her')
  t.equal((await hanna.post('/auditors/enrolment', { step: 'make' })).status, 404)

  const person = account(school, 'hanna')
  for (const [fields, problem] of [
    [{ person: '', trained_on: '2026-11-02' }, 'Wählen Sie eine Person aus'],
    [{ person, trained_on: '' }, 'Geben Sie den Tag der Schulung an'],
    [{ person, trained_on: '2026-02-30' }, 'Geben Sie den Tag der Schulung an'],
    [{ person, trained_on: '2026-11-24' }, 'liegt in der Zukunft'],
    [{ person: account(school, 'emil'), trained_on: '2026-11-02' }, 'Sich selbst'],
    [{ person: account(school, 'gero'), trained_on: '2026-11-02' }, 'prüft schon'],
    [{ person: account(school, 'ada'), trained_on: '2026-11-02' }, 'Wählen Sie eine Person aus'],
  ] as const) {
    const refused = await emil.post('/auditors/invitations', fields)
    t.equal(refused.status, 422, problem)
    t.match(refused.body, problem)
  }
  t.equal((await emil.post('/auditors/invitations', { person, trained_on: '2026-11-02' })).status, 303)
  t.match((await emil.post('/auditors/invitations', { person, trained_on: '2026-11-02' })).body, 'schon vorgeschlagen')
  const id = proposalOn((await finja.get('/auditors')).body)
  t.not(id, '')
  t.equal((await hanna.get('/auditors/enrolment')).status, 404, 'one alone invites nobody')

  const agree = `/auditors/invitations/${id}/confirmation`
  t.match((await emil.post(agree)).body, 'Zustimmen muss eine andere Person', 'not whoever proposed')
  t.equal((await hanna.post(agree)).status, 403, 'not the person themselves')
  const dora = await school.seated('dora')
  t.equal((await dora.post(agree)).status, 403, 'and no admin: there are auditors')
  t.equal((await dora.post('/auditors/invitations', { person, trained_on: '2026-11-02' })).status, 403)
  t.equal((await finja.post(agree)).status, 303)
  t.not((await finja.post(agree)).status, 303, 'once')

  t.match((await hanna.get('/auditors')).body, 'Emil Ernst und Finja Frank laden Sie ein')
  const start = await hanna.get('/auditors/enrolment')
  t.match(start.body, 'Prüf-Kennwort erzeugen')
  const sheet = await hanna.post('/auditors/enrolment', { step: 'make' })
  t.equal(sheet.status, 200)
  t.match(sheet.headers['cache-control'], 'no-store')
  const words = wordsOn(sheet.body)
  t.equal(words.split(' ').length, 7)
  t.ok(words.split(' ').every(word => passphraseWords().includes(word)))
  t.same(await names(school), ['Emil Ernst', 'Finja Frank', 'Gero Graf'], 'not before it has been typed again')
  const typing = await hanna.get('/auditors/enrolment')
  t.match(typing.body, 'Wörter vom Blatt abtippen')
  t.notMatch(typing.body, words.split(' ')[0] ?? '-', 'no word is shown again')
  const wrong = await hanna.post('/auditors/enrolment', { step: 'type', passphrase: 'sieben falsche Wörter' })
  t.equal(wrong.status, 422)
  t.notMatch(wrong.body, 'falsche Wörter', 'what was typed is not sent back')
  const elsewhere = await school.seated('hanna')
  const before = (await ledger(school)).length
  const shouted = words.toUpperCase().replaceAll(' ', ',  ')
  const done = await hanna.post('/auditors/enrolment', { step: 'type', passphrase: shouted })
  t.equal(done.headers.location, '/auditors?ok=enrolled')
  t.match((await hanna.follow(done)).body, 'Sie prüfen jetzt mit', 'she is signed in anew')
  t.equal((await elsewhere.get('/account')).status, 303, 'and nowhere else any more')
  t.same(await names(school), ['Emil Ernst', 'Finja Frank', 'Gero Graf', 'Hanna Hartmann'])
  t.same((await ledger(school)).slice(before)[0], 'auditor_enrolled')
  t.ok((await ledger(school)).includes('auditor_invited'))
  t.ok((await ledger(school)).includes('auditor_confirmed'))
  const practised = await hanna.post('/auditors/drill', { passphrase: words })
  t.match(practised.body, 'Ihr Prüf-Kennwort funktioniert')
  t.match(practised.body, 'Nur Hanna Hartmann kann ihn lesen')
  t.equal((await hanna.get('/auditors/enrolment')).status, 404, 'the invitation has been used')

  const records = (await school.audit()).filter(one => one.k.startsWith('auditor.'))
  t.ok(records.some(one => one.k === 'auditor.enrol' && one.r === 'try'))
  t.notMatch(JSON.stringify(records), new RegExp(words.split(' ').join('|')), 'no record holds a word of it')
})

t.test('a passphrase that was shown is forgotten after half an hour', async t => {
  const school = await startSchool(t)
  const [emil, finja] = [await school.seated('emil'), await school.seated('finja')]
  await emil.post('/auditors/invitations', { person: account(school, 'hanna'), trained_on: '2026-11-02' })
  await finja.post(`/auditors/invitations/${proposalOn((await finja.get('/auditors')).body)}/confirmation`)
  const words = wordsOn((await (await school.seated('hanna')).post('/auditors/enrolment', { step: 'make' })).body)
  school.clock.now += 31 * 60_000
  const late = await (await school.seated('hanna')).post('/auditors/enrolment', { step: 'type', passphrase: words })
  t.equal(late.status, 422)
  t.match(late.body, 'Die Wörter gelten nicht')
  t.equal((await names(school)).length, 3)
})

t.test('three make their sheets at one table: none of them is in vain, and each opens their own key', async t => {
  const school = await startSchool(t)
  const [emil, finja] = [await school.seated('emil'), await school.seated('finja')]
  for (const key of ['hanna', 'otto']) {
    await emil.post('/auditors/invitations', { person: account(school, key), trained_on: '2026-11-02' })
    const { id } = await school.house.database.reader('auditor_invitations').orderBy('id', 'desc').first('id')
    await finja.post(`/auditors/invitations/${id}/confirmation`)
  }
  const sheets = []
  for (const key of ['hanna', 'otto']) {
    const browser = await school.seated(key)
    sheets.push({ browser, words: wordsOn((await browser.post('/auditors/enrolment', { step: 'make' })).body) })
  }
  for (const { browser, words } of sheets) {
    const done = await browser.post('/auditors/enrolment', { step: 'type', passphrase: words })
    t.equal(done.headers.location, '/auditors?ok=enrolled')
    await browser.follow(done)
    t.match((await browser.post('/auditors/drill', { passphrase: words })).body, 'Ihr Prüf-Kennwort funktioniert')
  }
  t.same((await listActiveAuditors(school.house)).map(one => one.id).length, 5)
})

t.test(
  'a proposal lapses after fourteen days, and so does one that nobody accepts; then it can be made anew',
  async t => {
    const school = await startSchool(t)
    const day = 86_400_000
    const person = account(school, 'hanna')
    const invite = async () =>
      (await school.seated('emil')).post('/auditors/invitations', { person, trained_on: '2026-11-02' })
    const agree = async (id: string) => (await school.seated('finja')).post(`/auditors/invitations/${id}/confirmation`)
    await invite()
    const seen = (await (await school.seated('finja')).get('/auditors')).body
    t.match(seen, /Gilt bis Montag, 7\.\sDezember 2026/)
    t.match((await (await school.seated('finja')).get('/')).body, 'Emil Ernst schlägt Hanna Hartmann')
    t.notMatch((await (await school.seated('emil')).get('/')).body, 'Stimmen Sie zu', 'not to whoever proposed')
    school.clock.now += 14 * day
    t.match((await (await school.seated('finja')).get('/auditors')).body, 'Zustimmen', 'on the last day')
    school.clock.now += day
    t.notMatch((await (await school.seated('finja')).get('/auditors')).body, 'Gilt bis')
    t.equal((await agree(proposalOn(seen))).status, 404)
    t.equal((await invite()).status, 303, 'the same person again')
    t.equal((await agree(proposalOn((await (await school.seated('finja')).get('/auditors')).body))).status, 303)
    const hanna = async () => (await school.seated('hanna')).get('/auditors/enrolment')
    school.clock.now += 14 * day
    t.equal((await hanna()).status, 200)
    school.clock.now += day
    t.equal((await hanna()).status, 404)
  },
)

t.test('once there were three they appoint the next ones; the school again only where no two are left', async t => {
  const school = await startSchool(t)
  const [emil, finja, gero] = school.ids.auditors.map(one => one.id)
  const person = account(school, 'carl')
  const invite = async (key: string) =>
    (await school.seated(key)).post('/auditors/invitations', { person, trained_on: '2026-11-02' })
  await dismissAuditor(school, gero, ['dora', 'emil'])
  t.match((await (await school.seated('dora')).get('/auditors')).body, 'Es fehlt noch eine prüfende Person')
  t.equal((await invite('dora')).status, 403, 'two are left, so that it is for them')
  await dismissAuditor(school, finja, ['dora', 'emil'])
  t.same(
    (await listActiveAuditors(school.house)).map(one => one.id),
    [emil],
  )
  t.equal((await invite('emil')).status, 403)
  t.equal((await invite('dora')).status, 303)
  const agree = `/auditors/invitations/${proposalOn((await (await school.seated('hanna')).get('/auditors')).body)}/confirmation`
  t.equal((await (await school.seated('dora')).post(agree)).status, 422)
  t.equal((await (await school.seated('emil')).post(agree)).status, 403)
  t.equal((await (await school.seated('hanna')).post(agree)).status, 303)
})

t.test(
  'what two people said cannot be changed in the database, and nobody is their own second person there',
  async t => {
    const school = await startSchool(t)
    const { house } = school
    const [emil, finja, hanna] = ['emil', 'finja', 'hanna'].map(key => account(school, key)) as [string, string, string]
    const row = {
      account_id: hanna,
      trained_on: '2026-11-02',
      invited_by: emil,
      invited_at: '2026-11-23T08:00:00.000Z',
    }
    const at = row.invited_at
    const insert = (more: object) =>
      systemChange(house.database, house.clock, 'demo', change =>
        change.write('auditor_invitations').insert({ ...row, ...more }),
      )
    const update = (more: object) =>
      systemChange(house.database, house.clock, 'demo', change =>
        change.write('auditor_invitations').where({ account_id: hanna }).update(more),
      )
    await t.rejects(insert({ invited_by: hanna }), /CHECK/)
    await t.rejects(insert({ confirmed_by: emil, confirmed_at: at }), /CHECK/, 'the same person twice')
    await t.rejects(insert({ confirmed_by: hanna, confirmed_at: at }), /CHECK/)
    await t.rejects(insert({ confirmed_by: null, confirmed_at: at }), /CHECK/)
    await t.rejects(insert({ auditor: 9, enrolled_at: at }), /CHECK/, 'nobody enrols unconfirmed')
    await t.rejects(insert({ trained_on: 'yesterday' }), /CHECK/)
    await insert({})
    await t.rejects(insert({}), /UNIQUE/, 'one open proposal a person')
    await t.rejects(update({ auditor: 9, enrolled_at: at }), /CHECK/)
    await t.rejects(update({ invited_by: finja }), /does not change/)
    await t.rejects(update({ account_id: finja }), /does not change/)
    await t.rejects(update({ trained_on: '2026-11-03' }), /does not change/)
    await update({ confirmed_by: finja, confirmed_at: at })
    await t.rejects(update({ confirmed_by: null, confirmed_at: null }), /does not change/)
    await update({ auditor: 9, enrolled_at: at })
    await t.rejects(update({ auditor: 10 }), /ends once/)
  },
)

t.test(
  'L6 an account of the same name, or the office alone, makes nobody an auditor (OpenBao 3815, Teleport)',
  async t => {
    const school = await startSchool(t)
    const { house } = school
    await systemChange(house.database, house.clock, 'demo', async change => {
      await change
        .write('accounts')
        .where({ id: account(school, 'carl') })
        .update({ given_name: 'Emil', family_name: 'Ernst' })
      await change
        .write('appointments')
        .insert({ account_id: account(school, 'carl'), office: 'auditor', from_on: '2026-11-01', until_on: null })
    })
    t.equal(await findAuditor(house, { id: account(school, 'carl') }), undefined)
    const carl = await school.seated('carl')
    for (const path of ['/auditors/drill', '/auditors/passphrase', '/auditors/reissue'])
      t.not((await carl.get(path)).status, 200, path)
    const passphrase = auditorPassphrases.emil ?? ''
    t.not((await carl.post('/auditors/drill', { passphrase })).status, 200, 'not even with Emil’s own words')

    const finja = await school.seated('finja')
    const twice = await finja.post('/auditors/invitations', {
      person: account(school, 'carl'),
      trained_on: '2026-11-02',
    })
    t.equal(twice.status, 422)
    t.match(twice.body, 'nur zwei Augen', 'one human with two identities is not appointed')
  },
)

t.test('L24 five wrong passphrases in a quarter of an hour, then a pause; nobody else waits', async t => {
  const school = await startSchool(t)
  const { house } = school
  const emil = await school.seated('emil')
  const words = auditorPassphrases.emil ?? ''
  for (let tries = 0; tries < 5; tries += 1) {
    const wrong = await emil.post('/auditors/drill', { passphrase: 'falsch falsch falsch' })
    t.equal(wrong.status, 422)
    t.match(wrong.body, 'stimmt nicht')
  }
  const paused = await emil.post('/auditors/drill', { passphrase: words })
  t.match(paused.body, 'Zu viele Fehlversuche', 'not even the right one is looked at')
  const all = await Promise.all(
    Array.from({ length: 4 }, () => emil.post('/auditors/passphrase', { step: 'make', passphrase: words })),
  )
  t.ok(
    all.every(one => one.body.includes('Zu viele Fehlversuche')),
    'on no page, and not at once',
  )
  const finja = await school.seated('finja')
  t.match((await finja.post('/auditors/drill', { passphrase: auditorPassphrases.finja ?? '' })).body, 'funktioniert')
  t.equal((await ledger(school)).filter(kind => kind === 'share_refused').length, 5, 'each stands in the ledger')
  school.clock.now += 15 * 60_000 + 1000
  const again = await school.seated('emil')
  t.match((await again.post('/auditors/drill', { passphrase: words })).body, 'funktioniert')
  const [row] = await listActiveAuditors(house)
  if (!row) throw new Error('Emil is an auditor')
  const tried = await Promise.all(Array.from({ length: 9 }, () => openAuditorKey(house, row, 'nein nein nein')))
  t.equal(tried.filter(one => one.kind === 'wrong').length, 5, 'tries at the same time count, too')
})

t.test('a passphrase is changed with the old one, and the old one opens nothing any more', async t => {
  const school = await startSchool(t)
  const emil = await school.seated('emil')
  const old = auditorPassphrases.emil ?? ''
  t.match(
    (await emil.post('/auditors/passphrase', { step: 'make', passphrase: 'nicht das alte' })).body,
    'stimmt nicht',
  )
  const words = wordsOn((await emil.post('/auditors/passphrase', { step: 'make', passphrase: old })).body)
  t.equal(words.split(' ').length, 7)
  t.match((await emil.post('/auditors/drill', { passphrase: old })).body, 'funktioniert', 'until it has been typed')
  const typed = await emil.post('/auditors/passphrase', { step: 'type', passphrase: words })
  t.equal(typed.headers.location, '/auditors?ok=passphrase')
  t.match((await emil.post('/auditors/drill', { passphrase: old })).body, 'stimmt nicht')
  t.match((await emil.post('/auditors/drill', { passphrase: words })).body, 'funktioniert')
  t.ok((await ledger(school)).includes('passphrase_changed'))
})

t.test('whoever has not practised for half a year is overdue, and practising mends it', async t => {
  const school = await startSchool(t)
  const { house } = school
  t.match(await auditorHealth(house), { active: 3, healthy: 3 })
  school.clock.now += 184 * 86_400_000
  await house.audit.tick()
  const { overdue, healthy } = await auditorHealth(house)
  t.equal(healthy, 0)
  t.same(
    overdue.map(one => one.person),
    ['Emil Ernst', 'Finja Frank', 'Gero Graf'],
  )
  const emil = await school.seated('emil')
  t.match((await emil.get('/auditors')).body, 'überfällig')
  await emil.post('/auditors/drill', { passphrase: auditorPassphrases.emil ?? '' })
  t.match(await auditorHealth(house), { healthy: 1 })
  t.match((await emil.get('/')).body, 'Nur eine Person kann das Protokoll sicher noch öffnen')
})

t.test('there are never more than seven', async t => {
  const school = await startSchool(t)
  const emil = await school.seated('emil')
  for (const key of ['hanna', 'otto', 'carl', 'paula'])
    t.equal(
      (await emil.post('/auditors/invitations', { person: account(school, key), trained_on: '2026-11-02' })).status,
      303,
    )
  const eighth = await emil.post('/auditors/invitations', { person: account(school, 'kim'), trained_on: '2026-11-02' })
  t.match(eighth.body, 'Mehr als sieben')
})

t.test('L22 somebody who was an auditor is one nowhere any more, however the office ended', async t => {
  const school = await startSchool(t)
  const { reading } = school.house.audit
  const ends = {
    dismissed: async () => {
      const row = (await listActiveAuditors(school.house)).find(one => one.person === 'Emil Ernst')
      return (await school.seated('finja')).post(`/auditors/${row?.id}/suspension`, { confirm: 'yes' })
    },
    'office ended': async () =>
      (await school.seated('dora')).post(`/staff/${account(school, 'finja')}/offices`, {
        act: 'end',
        office: 'auditor',
      }),
    'left the school': async () =>
      (await school.seated('dora')).post(`/staff/${account(school, 'gero')}/end`, { confirm: 'Graf' }),
  }
  for (const [key, [how, end]] of Object.entries(ends).map(
    (one, at) => [['emil', 'finja', 'gero'][at] ?? '', one] as const,
  )) {
    const id = school.ids.auditors.find(one => one.key === key)?.id ?? 0
    const before = await school.seated(key)
    t.equal((await before.get('/auditors/drill')).status, 200)
    t.equal((await end()).status, 303, how)
    t.equal((await before.get('/auditors/drill')).status, 303, `${how}: signed out`)
    const after = await school.seated(key)
    for (const path of [
      '/auditors/drill',
      '/auditors/passphrase',
      '/auditors/reissue',
      '/cases',
      '/cases/new',
      '/cases/1',
    ])
      t.not((await after.get(path)).status, 200, `${how}: GET ${path}`)
    for (const path of [
      '/auditors/drill',
      '/auditors/passphrase',
      '/auditors/reissue',
      '/auditors/reissue/part',
      '/auditors/reissue/presence',
      '/auditors/invitations',
      '/cases',
      '/cases/1/opening',
      '/cases/1/opening/part',
      '/cases/1/report',
    ])
      t.equal(
        (await after.post(path, { passphrase: auditorPassphrases[key] ?? '' })).status,
        403,
        `${how}: POST ${path}`,
      )
    const shares = () => reading.all('SELECT 1 FROM audit_share WHERE auditor_id = ?', id)
    t.not((await shares()).length, 0, `${how}: by one person no share is deleted`)
    const second = await school.seated({ emil: 'gero', finja: 'gero', gero: 'hanna' }[key] ?? '')
    t.equal((await second.post(`/auditors/${id}/revocation`, { confirm: 'yes' })).status, 303)
    t.same(await shares(), [], `${how}: no share is left`)
    t.notMatch((await (await school.seated('ada')).get('/auditors')).body, new RegExp(`<bdi>${key}`, 'i'))
  }
  t.equal((await ledger(school)).filter(kind => kind === 'auditor_revoked').length, 3)
})

t.test('who comes back is appointed anew, by two, with a number of their own', async t => {
  const school = await startSchool(t)
  const old = (await listActiveAuditors(school.house)).find(one => one.person === 'Gero Graf')
  await makeAuditor(school, 'hanna', ['emil', 'finja'])
  await dismissAuditor(school, old?.id, ['dora', 'finja'])
  await systemChange(school.house.database, school.house.clock, 'demo', change =>
    change
      .write('appointments')
      .insert({ account_id: account(school, 'gero'), office: 'teacher', from_on: '2026-11-01', until_on: null }),
  )
  await makeAuditor(school, 'gero', ['finja', 'hanna'])
  const now = (await listActiveAuditors(school.house)).find(one => one.person === 'Gero Graf')
  t.ok(now && old && now.id > old.id)
})
