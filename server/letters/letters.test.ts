import t from 'tap'
import { draftIn } from '../test/letters.ts'
import { type School, startSchool } from '../test/school.ts'

/** A letter by Paula to the parents of the 5b (Ben, Emir, Mila, Jonas), published. */
async function publish(school: School, fields: Readonly<Record<string, string>> = {}, group = '5b'): Promise<string> {
  const paula = await school.seated('paula')
  const drafted = await paula.post('/letters', draftIn(school.ids.groups[group], fields))
  const id = /\/letters\/([0-9a-z]{16})\/preview/.exec(drafted.headers.location ?? '')?.[1] ?? ''
  const published = await paula.post(`/letters/${id}/publication`)
  if (published.status !== 303) throw new Error(`Not published: ${drafted.status}, ${published.status}`)
  return id
}

const pupil = (school: School, key: string) => school.ids.pupils[key] ?? ''

t.test('a letter goes from draft to answer, and each step leaves its record', async t => {
  const school = await startSchool(t)
  const paula = await school.seated('paula')
  const drafted = await paula.post('/letters', draftIn(school.ids.groups['5b'], { next: 'draft' }))
  t.equal(drafted.headers.location, '/letters?written=1&ok=draft')
  t.match((await paula.follow(drafted)).body, 'Der Entwurf ist gespeichert.')
  const id = /\/letters\/([0-9a-z]{16})\/edit/.exec((await paula.get('/')).body)?.[1] ?? ''
  const changed = await paula.post(`/letters/${id}`, draftIn(school.ids.groups['5b'], { title: 'Ausflug ans Meer' }))
  t.match((await paula.follow(changed)).body, 'Ausflug ans Meer')
  t.equal((await (await school.seated('bea')).get(`/letters/${id}`)).status, 404, 'a draft is its author’s alone')
  const published = await paula.follow(await paula.post(`/letters/${id}/publication`))
  t.match(published.body, 'EB-2026-0001')
  t.match(published.body, /href="\/letters\/\w+\/paper\?only=unreached">2 Familien auf Papier/)
  t.equal((await paula.post(`/letters/${id}`, draftIn(school.ids.groups['5b']))).status, 409, 'its text stands')

  const bea = await school.seated('bea')
  t.match((await bea.get('/')).body, 'Ausflug ans Meer')
  t.match((await bea.get(`/letters/${id}`)).body, 'Antwort für Ben senden')
  const answered = await bea.post(`/letters/${id}/replies`, { pupil: pupil(school, 'ben'), value: 'yes' })
  t.match((await bea.follow(answered)).body, 'Ihre Antwort ist angekommen.')
  const returns = await paula.get(`/letters/${id}/returns`)
  t.match(returns.body, '3 Antworten fehlen noch')

  const trail = (await school.audit()).map(entry => entry.k as string)
  for (const action of ['draft', 'edit', 'preview', 'publish', 'read', 'reply', 'returns'])
    t.ok(trail.includes(`letter.${action}`), `letter.${action} is recorded`)
  const reply = (await school.audit()).find(entry => entry.k === 'letter.reply')
  t.same(
    reply?.o.toSorted(),
    [
      ['letter', id],
      ['pupil', pupil(school, 'ben')],
    ],
    'with the letter and the child',
  )
})

t.test('a letter that is not complete is refused with a sentence at each field', async t => {
  const school = await startSchool(t)
  const paula = await school.seated('paula')
  const group = school.ids.groups['5b']
  const refuse = async (fields: Readonly<Record<string, string>>, ...sentences: (string | RegExp)[]) => {
    const answer = await paula.post('/letters', draftIn(group, fields))
    t.equal(answer.status, 422, JSON.stringify(fields).slice(0, 60))
    for (const sentence of sentences) t.match(answer.body, sentence)
    return answer.body
  }
  await refuse({ title: '', text: ' ' }, 'Geben Sie dem Brief einen Titel.', 'Schreiben Sie den Text des Briefes.')
  const long = 'Wintersporttag '.repeat(12)
  t.match(await refuse({ title: long }, 'höchstens 150 Zeichen'), long.trim(), 'what was typed stays, uncut')
  await refuse({ audience: `${school.ids.groups['5a']}:guardians` }, 'Wählen Sie, an wen der Brief geht.')
  await refuse({ question: '' }, 'Schreiben Sie die Frage auf dem Rücklaufzettel.')
  await refuse({ answer: 'choice', choices: 'Nur eine' }, 'zwei bis sieben verschiedene Antworten')
  await refuse({ answer: 'choice', choices: 'A\nB\nC\nD\nE\nF\nG\nH' }, 'zwei bis sieben verschiedene Antworten')
  await refuse({ answer: 'choice', choices: 'Gleich\nGleich' }, 'zwei bis sieben verschiedene Antworten')
  await refuse({ respond_by: '' }, 'Wählen Sie den Tag')
  await refuse({ respond_by: '31.11.2026' }, 'Diesen Tag gibt es nicht')
  await refuse({ respond_by: '22.11.2026' }, 'Dieser Tag ist schon vorbei')
  await refuse({ respond_by: '2028-01-01' }, 'mehr als ein Jahr entfernt')
  const rows = await school.house.database.reader('letters').count({ count: '*' }).first()
  t.equal(rows?.count, 0, 'and nothing was saved')
  await refuse({ audience: `${group}:staff` }, 'Das Personal liest nur.')
})

t.test('a letter does not exist for those it is not for', async t => {
  const school = await startSchool(t)
  const id = await publish(school, {}, '5b')
  for (const key of ['ada', 'anton', 'berta', 'yusuf', 'meryem', 'dora', 'otto', 'emil', 'ole', 'kim']) {
    const browser = await school.seated(key)
    t.equal((await browser.get(`/letters/${id}`)).status, 404, `${key} by its address`)
    t.notMatch((await browser.get('/')).body, 'Ausflug in den Zoo', `${key} on the start page`)
    t.notMatch((await browser.get('/letters')).body, 'Ausflug in den Zoo', `${key} in the list`)
  }
  const carl = await school.seated('carl')
  t.equal((await carl.get(`/letters/${id}/returns`)).status, 404, 'nor its answers for who works there and leads not')
  const bea = await school.seated('bea')
  const other = await bea.post(`/letters/${id}/replies`, { pupil: pupil(school, 'emir'), value: 'no' })
  t.equal(other.status, 404, 'nobody answers for another family’s child')
})

t.test('either guardian answers, the other one sees it, and both may change it', async t => {
  const school = await startSchool(t)
  const id = await publish(school)
  const selin = await school.seated('selin')
  const deniz = await school.seated('deniz')
  const emir = pupil(school, 'emir')
  await selin.post(`/letters/${id}/replies`, { pupil: emir, value: 'yes' })
  const seen = await deniz.get(`/letters/${id}`)
  t.match(seen.body, /Beantwortet[\s\S]*Selin Yılmaz[\s\S]*<strong>Ja<\/strong>/)
  const changing = await deniz.get(`/letters/${id}?change=${emir}`)
  t.notMatch(changing.body, 'Der Zettel ist beantwortet.', 'no word of done above the open form')
  t.match(changing.body, `<a href="/letters/${id}#slip-${emir}">Abbrechen</a>`)
  school.clock.now += 60_000
  await deniz.post(`/letters/${id}/replies`, { pupil: emir, value: 'no' })
  t.match((await selin.get(`/letters/${id}`)).body, /Deniz Yılmaz[\s\S]*<strong>Nein<\/strong>/)
  const former = await school.house.database.reader('former_replies').where({ letter_id: id })
  t.match(former, [{ value: 'yes' }], 'and the first answer is kept')
})

t.test('the same answer sent twice counts once; one that is none of the letter’s is refused', async t => {
  const school = await startSchool(t)
  const id = await publish(school)
  const bea = await school.seated('bea')
  const ben = pupil(school, 'ben')
  const refused = await bea.post(`/letters/${id}/replies`, { pupil: ben, value: 'maybe' })
  t.equal(refused.status, 422)
  t.match(refused.body, 'Wählen Sie Ja oder Nein.')
  const send = () => bea.post(`/letters/${id}/replies`, { pupil: ben, value: 'yes' })
  const [first, second] = await Promise.all([send(), send()])
  t.ok(first.status === 303 && second.status === 303)
  t.equal((await send()).status, 303)
  const { reader } = school.house.database
  t.equal((await reader('replies').where({ letter_id: id })).length, 1)
})

t.test('after the deadline nobody answers on the screen, but the slip on paper still counts', async t => {
  const school = await startSchool(t)
  const id = await publish(school)
  school.clock.now = Date.parse('2026-11-27T22:30:00Z')
  const bea = await school.seated('bea')
  const ben = pupil(school, 'ben')
  t.match((await bea.get(`/letters/${id}`)).body, 'Antwort für Ben senden', 'half an hour before midnight')
  school.clock.now = Date.parse('2026-11-27T23:30:00Z')
  const late = await bea.post(`/letters/${id}/replies`, { pupil: ben, value: 'yes' })
  t.equal(late.status, 422)
  t.match(late.body, 'Die Frist ist vorbei. Bitte rufen Sie die Schule an.')
  const paula = await school.seated('paula')
  const paper = await paula.post(`/letters/${id}/paper-replies`, { pupil: ben, value: 'no' })
  t.equal(paper.status, 303)
  t.match((await bea.get(`/letters/${id}`)).body, 'Auf Papier beantwortet')
})

t.test('a paper reply comes back to the same part of the list', async t => {
  const school = await startSchool(t)
  const id = await publish(school)
  const paula = await school.seated('paula')
  const group = school.ids.groups['5b'] ?? ''
  const part = { group, filter: 'unreached' }
  const mila = pupil(school, 'mila')
  const missing = await paula.post(`/letters/${id}/paper-replies`, { pupil: mila, value: '', ...part })
  t.equal(missing.status, 422)
  t.match(missing.body, /filter=unreached" aria-current="true"/, 'also when nothing was chosen')
  const saved = await paula.post(`/letters/${id}/paper-replies`, { pupil: mila, value: 'yes', ...part })
  t.equal(saved.headers.location, `/letters/${id}/returns?group=${group}&filter=unreached&ok=paper`)
  const odd = await paula.post(`/letters/${id}/paper-replies`, { pupil: mila, value: 'no', group: '//x', filter: 'y' })
  t.equal(odd.headers.location, `/letters/${id}/returns?ok=paper`)
  const ada = await paula.post(`/letters/${id}/paper-replies`, { pupil: pupil(school, 'anna'), value: 'yes' })
  t.equal(ada.status, 404, 'only for children whom the letter is for')
  const entry = (await school.audit()).find(one => one.k === 'letter.reply.paper' && one.r === 'try')
  t.match(entry?.o.toSorted(), [
    ['letter', id],
    ['pupil', mila],
  ])
})

t.test('a withdrawn letter asks nobody for anything', async t => {
  const school = await startSchool(t)
  const id = await publish(school)
  const bea = await school.seated('bea')
  const selin = await school.seated('selin')
  const ben = pupil(school, 'ben')
  await bea.post(`/letters/${id}/replies`, { pupil: ben, value: 'yes' })
  const paula = await school.seated('paula')
  const withdrawn = await paula.follow(await paula.post(`/letters/${id}/withdrawal`))
  t.match(withdrawn.body, 'Gegebene Antworten stehen weiter bei den Rückmeldungen.')
  t.notMatch(withdrawn.body, /Sie müssen nichts tun|Brief mit Zettel drucken|auf Papier: jetzt drucken/)
  t.equal((await paula.post(`/letters/${id}/withdrawal`)).status, 409, 'once')

  const returns = (await paula.get(`/letters/${id}/returns`)).body
  t.match(returns, 'Niemand muss mehr antworten.')
  t.notMatch(returns, /fehlen noch|class="(sheet edge|status) due|>Eintragen</)
  t.equal((await paula.post(`/letters/${id}/paper-replies`, { pupil: ben, value: 'no' })).status, 409)

  t.match((await bea.get(`/letters/${id}`)).body, 'Dieser Brief wurde am', 'who answered can still read it')
  const again = await bea.post(`/letters/${id}/replies`, { pupil: ben, value: 'no' })
  t.equal(again.status, 422)
  t.match(again.body, 'Dieser Brief wurde zurückgezogen.')
  t.notMatch((await bea.get('/')).body, 'Ausflug in den Zoo')
  t.equal((await selin.get(`/letters/${id}`)).status, 404, 'for the others it is gone')
})

t.test('a letter for reading only is counted by readers, and nobody is asked to answer', async t => {
  const school = await startSchool(t)
  const id = await publish(school, { answer: 'none' })
  const bea = await school.seated('bea')
  const page = (await bea.get(`/letters/${id}`)).body
  t.notMatch(page, /Rücklaufzettel|Antwort senden/)
  const paula = await school.seated('paula')
  t.match((await paula.get(`/letters/${id}`)).body, 'Wer hat gelesen?')
  const returns = (await paula.get(`/letters/${id}/returns`)).body
  t.match(returns, '1 von 4 haben gelesen')
  t.notMatch(returns, /fehlen noch|>Eintragen<|Auf Papier|Beantwortet/)
  const unread = (await paula.get(`/letters/${id}/returns?filter=unread`)).body
  t.match(unread, 'Yılmaz, Emir')
  t.notMatch(unread, 'Behrens, Ben')
  const reply = await paula.post(`/letters/${id}/paper-replies`, { pupil: pupil(school, 'ben'), value: 'read' })
  t.equal(reply.status, 409)
})

t.test('paper is printed for exactly the families whom nobody reaches', async t => {
  const school = await startSchool(t)
  const id = await publish(school)
  const paula = await school.seated('paula')
  const returns = (await paula.get(`/letters/${id}/returns`)).body
  const [, address = ''] = /href="(\/letters\/\w+\/paper\?[^"]*)"/.exec(returns) ?? []
  const paper = await paula.get(address.replaceAll('&amp;', '&'))
  t.equal(paper.status, 200)
  t.match(paper.body, 'Eltern von Mila Kovač')
  t.match(paper.body, 'Eltern von Jonas-Maximilian')
  t.notMatch(paper.body, /Ben Behrens|Emir/)
  t.equal((await paula.get(`/letters/${id}/paper`)).body.match(/<article/g)?.length, 4, 'or for all')
  t.ok((await school.audit()).some(entry => entry.k === 'letter.print' && entry.o.some(([, one]) => one === id)))
})

t.test('a pupil of age answers for themselves, without a word about children', async t => {
  const school = await startSchool(t)
  const hanna = await school.seated('hanna')
  const fields = draftIn(school.ids.groups['12'], {
    audience: `${school.ids.groups['12']}:pupils`,
    answer: 'acknowledgement',
    question: '',
  })
  const drafted = await hanna.post('/letters', fields)
  const id = /\/letters\/([0-9a-z]{16})\/preview/.exec(drafted.headers.location ?? '')?.[1] ?? ''
  await hanna.post(`/letters/${id}/publication`)
  const yusuf = await school.seated('yusuf')
  const page = (await yusuf.get(`/letters/${id}`)).body
  t.match(page, '>Kenntnisnahme bestätigen<')
  const answered = await yusuf.follow(
    await yusuf.post(`/letters/${id}/replies`, { pupil: pupil(school, 'yusuf'), value: 'read' }),
  )
  t.match(answered.body, /<dt>Bestätigt<\/dt><dd><strong>Mo\u00a023\.11\.2026, 09:00 Uhr/)
  t.notMatch(answered.body, /Ändern können Sie|Antwort ändern|Ihr Kind|Ihre Kinder/)
  const meryem = await school.seated('meryem')
  t.equal((await meryem.get(`/letters/${id}`)).status, 404, 'a parent no longer reads along')
})

t.test('the table for Excel guards against formulas, says what came on paper, and sorts by date', async t => {
  const school = await startSchool(t)
  const id = await publish(school, { answer: 'choice', choices: '=HYPERLINK("https://x.example")\nmit Leihgerät, 5 €' })
  const bea = await school.seated('bea')
  await bea.post(`/letters/${id}/replies`, { pupil: pupil(school, 'ben'), value: '0' })
  const paula = await school.seated('paula')
  await paula.post(`/letters/${id}/paper-replies`, { pupil: pupil(school, 'mila'), value: '1' })
  const csv = await paula.get(`/letters/${id}/returns.csv`)
  t.equal(csv.headers['content-type'], 'text/csv; charset=utf-8')
  const lines = csv.body.split('\r\n')
  t.equal(lines[0], '\ufeffKind;Gruppe;Stand;Antwort;Papier;Wann')
  t.equal(lines[1], `Behrens, Ben;5b;Beantwortet;"'=HYPERLINK(""https://x.example"")";Nein;2026-11-23 09:00`)
  t.ok(lines.includes('Kovač, Mila;5b;Beantwortet;mit Leihgerät, 5\u00a0€;Ja;2026-11-23 09:00'))
  t.ok((await school.audit()).some(entry => entry.k === 'letter.export'))
})
