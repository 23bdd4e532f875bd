import t from 'tap'
import { passphraseOf } from '../test/opened-case.ts'
import { askFor } from '../test/requested-case.ts'
import { type School, startSchool } from '../test/school.ts'

const minute = 60_000
const words = passphraseOf('emil')

async function refusals(school: School): Promise<number> {
  const [row] = await school.house.audit.reading.all<{ count: number }>(
    "SELECT count(*) AS count FROM audit_ledger WHERE body ->> 'k' = 'share_refused'",
  )
  return row?.count ?? 0
}

t.test('an empty passphrase is none: it costs no try and no line', async t => {
  const school = await startSchool(t)
  const emil = await school.seated('emil')
  const one = await askFor(school, emil)
  for (const path of ['/auditors/drill', '/auditors/passphrase', `/cases/${one.id}/reading`])
    for (const passphrase of ['', '  ', ' . ,']) {
      const answer = await emil.post(path, { passphrase, step: 'make' })
      t.match(answer, { status: 422, body: 'Geben Sie Ihr Prüf-Kennwort ein.' }, path)
      t.match(answer.body, 'name="passphrase"', 'the form is there again')
    }
  t.equal(await refusals(school), 0)
  t.match((await emil.post('/auditors/drill', { passphrase: words })).body, 'Ihr Prüf-Kennwort funktioniert')
})

t.test('the second factor is asked for before the passphrase, in the same form', async t => {
  const school = await startSchool(t)
  const emil = await school.seated('emil')
  t.notMatch((await emil.get('/auditors/drill')).body, 'name="proof"', 'not where it has just been proved')
  school.clock.now += 6 * minute
  const { body } = await emil.get('/auditors/drill')
  t.ok(body.indexOf('name="proof"') > 0 && body.indexOf('name="proof"') < body.indexOf('name="passphrase"'))
  const done = await emil.post('/auditors/drill', { passphrase: words, proof: await school.code('emil') })
  t.match(done.body, 'Ihr Prüf-Kennwort funktioniert')
})

t.test('who is asked for the factor after the passphrase types it once more; nothing was tried with none', async t => {
  const school = await startSchool(t)
  const emil = await school.seated('emil')
  school.clock.now += 6 * minute
  const asked = await emil.post('/auditors/drill', { passphrase: words })
  t.match(asked.body, 'tippen Sie danach bitte noch einmal', 'the question promises nothing else')
  t.notMatch(asked.body, 'bleibt erhalten')
  t.match(asked.body, 'name="passphrase" value=""')
  t.notMatch(asked.body, words.slice(0, 5))
  const wrong = await emil.post('/auditors/drill', { passphrase: '', proof: '000000' })
  t.match(wrong.body, 'tippen Sie danach bitte noch einmal', 'nor after a wrong code')
  const back = await emil.post('/auditors/drill', { passphrase: '', proof: await school.code('emil') })
  t.match(back, { status: 422, body: 'Geben Sie Ihr Prüf-Kennwort ein.' })
  t.equal(await refusals(school), 0)
  t.match((await emil.post('/auditors/drill', { passphrase: words })).body, 'Ihr Prüf-Kennwort funktioniert')
})
