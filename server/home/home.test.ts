import t from 'tap'
import { systemChange } from '../storage/change.ts'
import { draftIn } from '../test/letters.ts'
import { type School, startSchool } from '../test/school.ts'

/** Changes data as no page would, to have the state that a test needs. */
function arrange(school: School, work: Parameters<typeof systemChange<unknown>>[3]): Promise<unknown> {
  return systemChange(school.house.database, school.house.clock, 'demo', work)
}

t.test('who has no child here gets a sentence and a way on, not an empty page', async t => {
  const school = await startSchool(t)
  for (const key of ['anton', 'berta', 'meryem']) {
    const { body } = await (await school.seated(key)).get('/')
    t.match(
      body,
      /Zurzeit ist hier kein Kind für Sie eingetragen[\s\S]*href="\/account\/children">Ein Kind fehlt hier\?/,
    )
    t.notMatch(body, /Anna|Boris|Yusuf|Ihre Kinder|Alles erledigt/, `${key} learns nothing about a child`)
  }
})

t.test('a pupil of age reads about their own class', async t => {
  const school = await startSchool(t)
  const yusuf = await school.seated('yusuf')
  const { body } = await yusuf.get('/')
  t.match(body, /<h2>Ihre Klasse<\/h2>[\s\S]*<strong>12<\/strong>/)
  t.match(body, 'Alles erledigt.')
  t.notMatch(body, /Ihre Kinder|Ein Kind fehlt/)
  t.notMatch((await yusuf.get('/account')).body, /Ihre Kinder|Ein Kind hinzufügen/)
})

t.test('an admin starts with what is to be set up', async t => {
  const school = await startSchool(t)
  const dora = await school.seated('dora')
  const { body } = await dora.get('/')
  t.match(body, /<b class="">2<\/b>[\s\S]*Klassen ohne Leitung[\s\S]*href="\/groups"/, '8c and 12')
  t.match(body, /href="\/staff"[\s\S]*href="\/school"/)
  t.notMatch(body, 'kein Kind')
  await arrange(school, change => change.write('groups').where({ kind: 'class' }).update({ ended_on: '2026-11-01' }))
  t.match((await dora.get('/')).body, 'Es gibt noch keine Gruppen.')
})

t.test('a teacher sees every group they lead, and who has none is told whom to ask', async t => {
  const school = await startSchool(t)
  const paula = await school.seated('paula')
  t.match((await paula.get('/')).body, '<h2>Ihre Klassen</h2>')
  await arrange(school, change =>
    change
      .write('groups')
      .where({ id: school.ids.groups.chor ?? '' })
      .update({ leader_id: school.ids.accounts.paula ?? '' }),
  )
  t.match((await paula.get('/')).body, /<h2>Ihre Gruppen<\/h2>[\s\S]*5b[\s\S]*AG Chor[\s\S]*1 Kind ·/)

  const carl = await school.seated('carl')
  t.match((await carl.get('/')).body, 'href="/letters/new"')
  await arrange(school, async change => {
    const carlId = school.ids.accounts.carl ?? ''
    await change.write('group_staff').where({ account_id: carlId }).delete()
    await change.write('groups').where({ leader_id: carlId }).update({ leader_id: null })
  })
  const none = 'Sie gehören noch zu keiner Gruppe. Die Administration trägt Sie ein.'
  for (const path of ['/', '/letters?written=1']) {
    const { body } = await carl.get(path)
    t.notMatch(body, 'href="/letters/new"', path)
  }
  t.match((await carl.get('/')).body, none)
  const form = await carl.get('/letters/new')
  t.match(form.body, none)
  t.match(form.body, '<title>Neuer Brief')
})

t.test('English has European dates, and says that German texts are binding', async t => {
  const school = await startSchool(t)
  const paula = await school.seated('paula')
  const drafted = await paula.post('/letters', draftIn(school.ids.groups['5b']))
  const id = /\/letters\/([0-9a-z]{16})\/preview/.exec(drafted.headers.location ?? '')?.[1]
  await paula.post(`/letters/${id}/publication`)
  const bea = await school.seated('bea')
  await bea.post('/account/preferences', { language: 'en', theme: 'system' })
  const start = (await bea.get('/')).body
  t.match(start, 'by Fri\u00a027/11')
  t.match(start, /<span lang="de">Sekretariat, Herr Köhler<\/span>/, 'the office’s name stays as the school wrote it')
  const letter = (await bea.get(`/letters/${id}`)).body
  t.match(letter, /Friday,? 27\u00a0November/)
  t.match(letter, 'Mon\u00a023/11/2026')
  for (const path of ['/terms', '/privacy']) {
    const { body } = await bea.get(path)
    t.match(body, 'The German text is binding.', path)
    t.match(body, /<div class="text" lang="de"/, path)
    t.notMatch((await paula.get(path)).body, 'Der deutsche Text gilt.', 'no word of it to German readers')
  }
})

t.test('help leads on with real links, in every language', async t => {
  const school = await startSchool(t)
  for (const language of school.house.texts.languages) {
    const browser = school.visitor()
    for (const path of ['/help', '/accessibility']) {
      const { body } = await browser.get(path, { 'accept-language': language.code })
      t.match(body, `<html lang="${language.code}"`)
      t.notMatch(body, /\]\(/, `${path} in ${language.code} shows no raw link`)
    }
    t.match((await browser.get('/help')).body, /href="\/account\/children"[\s\S]*<section[\s\S]*href="\/preferences"/)
  }
})

t.test('the way to the languages comes back to a page that exists', async t => {
  const school = await startSchool(t)
  const bea = await school.seated('bea')
  t.match((await bea.get('/letters')).body, 'href="/preferences?next=%2Fletters"')
  const refused = await bea.post('/account/children', { code: 'x' })
  t.equal(refused.status, 422)
  t.match(refused.body, 'href="/preferences?next=%2F"')
})

t.test('the office’s desk counts who waits for custody only among children who are still here', async t => {
  const school = await startSchool(t)
  const otto = await school.seated('otto')
  t.match((await otto.get('/')).body, /<b class="">1<\/b><span><strong>Person wartet auf die Prüfung/)
  await systemChange(school.house.database, school.house.clock, 'demo', change =>
    change
      .write('pupils')
      .where({ id: school.ids.pupils.jonas ?? '' })
      .update({ left_on: '2026-11-20' }),
  )
  t.match((await otto.get('/')).body, /<b class="">0<\/b><span><strong>/)
})
