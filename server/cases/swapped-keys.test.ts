import { join } from 'node:path'
import t, { type Test } from 'tap'
import { findCase } from '../audit/cases.ts'
import { openShare } from '../audit/opening/period-key.ts'
import { instanceOf } from '../audit/opening/reading.ts'
import { generateKeyPair } from '../audit/sealing/hpke.ts'
import { verifyFolder } from '../test/audit.ts'
import { openTogether, passphraseOf, sealedCase } from '../test/opened-case.ts'
import { approval, askFor, openReading, requestFields } from '../test/requested-case.ts'
import { type School, startSchool } from '../test/school.ts'
import { connect } from '../test/sqlite.ts'

const day = 86_400_000
const refusal = /An den Schlüsseln der Prüfenden wurde etwas geändert/

/** Somebody beside the portal, who knows SQL and whom Gero's and Finja's keys are in the way. */
async function intruder(t: Test, school: School) {
  const file = await connect(t, join(school.house.config.data, 'audit.db'))
  const before = await file.all('SELECT id, pub FROM audit_auditor')
  const pair = await generateKeyPair()
  return {
    file,
    pair,
    swap: async (...ids: number[]) => {
      for (const id of ids) await file.all('UPDATE audit_auditor SET pub = ? WHERE id = ?', [pair.publicKey, id])
    },
    putBack: async () => {
      for (const { id, pub } of before) await file.all('UPDATE audit_auditor SET pub = ? WHERE id = ?', [pub, id])
    },
  }
}

t.test('public keys that are swapped while the next month is made open nothing of it', async t => {
  const school = await startSchool(t)
  const { audit } = school.house
  const { file, pair, swap, putBack } = await intruder(t, school)
  const periods = () => audit.reading.all<{ n: number }>('SELECT n FROM audit_period ORDER BY id')
  const [first = { id: 0 }, second = { id: 0 }] = school.ids.auditors
  const before = await periods()
  await swap(first.id, second.id)
  school.clock.now += 9 * day
  await audit.note('clock_confirmed', { by: 'admin' })
  const ada = await school.seated('ada')
  t.equal((await ada.get('/letters')).status, 200, 'people go on working')
  t.same(await periods(), before, 'records go on into the old month')
  await putBack()
  await audit.tick()
  const made = await periods()
  t.equal(made.length, before.length + 1)
  const own = { auditor: first.id, pair }
  await t.rejects(openShare(audit.reading, await instanceOf(audit.reading), made.length, own))
  t.match(await verifyFolder(school.house.config.data), { status: 0 })
  t.match(await file.all("SELECT idx FROM audit_ledger WHERE body ->> 'k' = 'auditor_differs'"), { length: 2 })
  const page = await (await school.seated('gero')).get('/audit')
  t.match(
    page.body,
    /stand anders in der Datei/,
    'though everything is as it was, everybody who works here reads of it',
  )
})

t.test('nothing is asked, decided, opened or closed in papers that somebody else could read', async t => {
  const school = await startSchool(t)
  const { audit } = school.house
  const { swap, putBack } = await intruder(t, school)
  const third = school.ids.auditors.find(one => one.key === 'gero')?.id ?? 0
  const [emil, finja] = [await school.seated('emil'), await school.seated('finja')]
  const one = await askFor(school, emil)
  await openReading(finja, one.id, 'finja')
  await swap(third)
  const asked = await emil.post('/cases', requestFields(school))
  t.equal(asked.status, 422)
  t.match(asked.body, refusal)
  t.match(asked.body, /Zimtschnecke/, 'what was typed is kept')
  const decided = await finja.post(`/cases/${one.id}/review`, approval)
  t.equal(decided.status, 422)
  t.match(decided.body, refusal)
  t.match(await findCase(audit, one.id), { state: 'requested' })
  t.match(audit.standing.differed, { drilled: [] }, 'the ledger has it without waiting for the next minute')
  await putBack()

  const open = await sealedCase(school)
  await swap(third)
  await openTogether(school, open)
  t.match(await findCase(audit, open.id), { state: 'approved', report: 'none' })
  await putBack()
  const [again] = await openTogether(school, open)
  t.match(await findCase(audit, open.id), { state: 'executed' })
  await swap(third)
  const closing = {
    result: 'unclear',
    words: 'Aus dem Bericht ließ sich nicht klären, wer es war.',
    when: 'now',
    passphrase: passphraseOf('emil'),
  }
  const closed = await again?.post(`/cases/${open.id}/closing`, closing)
  t.equal(closed?.status, 422)
  t.match(closed?.body, refusal)
  t.match(await findCase(audit, open.id), { state: 'executed' })
})
