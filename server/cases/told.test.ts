import { join } from 'node:path'
import t from 'tap'
import { caseEntries, closedCounts, findCase } from '../audit/cases.ts'
import { jobs, runJob } from '../jobs.ts'
import { systemChange } from '../storage/change.ts'
import { verifyFolder } from '../test/audit.ts'
import type { Browser } from '../test/browser.ts'
import { publishedLetter } from '../test/letters.ts'
import { openTogether, passphraseOf, requestAbout, sealedCase } from '../test/opened-case.ts'
import { type School, startSchool } from '../test/school.ts'
import { connect } from '../test/sqlite.ts'

const day = 86_400_000
const words = 'Die Einträge zeigen fremde Anmeldungen an zwei Abenden, das Kennwort wurde geändert.'
const fields = { result: 'confirmed', words, when: 'now', passphrase: passphraseOf('emil') }

async function run(school: School, name: string): Promise<number> {
  const job = jobs.find(one => one.name === name)
  if (!job) throw new Error(`There is no job ${name}`)
  return runJob(school.house, job)
}

async function wait(school: School, days: number): Promise<void> {
  school.clock.now += days * day
  await school.house.audit.note('clock_confirmed', { by: 'admin' })
}

const notices = (school: School) => school.house.database.reader('case_notices')
const kinds = async (school: School, id: number) => (await caseEntries(school.house.audit, id)).map(entry => entry.k)

t.test('a case that nobody closes is closed by the portal, told and counted, and gives its place back', async t => {
  const school = await startSchool(t)
  for (let count = 0; count < 3; count++) await openTogether(school, await sealedCase(school))
  await wait(school, 29)
  t.equal(await run(school, 'audit-cases'), 0)
  t.equal(await run(school, 'case-notices'), 0, 'nobody is told before')
  await wait(school, 1)
  t.equal(await run(school, 'audit-cases'), 3)
  t.equal(await run(school, 'case-notices'), 3)
  t.match(await findCase(school.house.audit, 1), { state: 'closed', result: 'unclear', told: 'told' })
  t.same(
    (await kinds(school, 1)).filter(kind => /ended|notified/.test(kind)),
    ['lookup_ended', 'subject_notified'],
  )
  t.match(await closedCounts(school.house.audit, 2026), [{ count: 3 }])
  const ada = await school.seated('ada')
  const [row] = await notices(school).where({ case_id: 1 })
  const notice = await ada.get(`/openings/${row.id}`)
  t.match(notice.body, 'Einträge zu Ihrem Konto gelesen')
  t.match(notice.body, 'haben die Frage nicht geklärt')
  const emil = await school.seated('emil')
  t.match((await emil.get('/cases/1')).body, 'Von der Pforte abgeschlossen')
  t.equal((await emil.post('/cases/1/closing', fields)).status, 303, 'nothing is left to close')
  t.equal((await sealedCase(school)).id, 4, 'others may ask again')
  t.match(await verifyFolder(school.house.config.data), { status: 0 })
})

t.test('whoever leaves between opening and closing is told; where nobody is left there is a letter', async t => {
  const about = (school: School) => ({ kind: 'pupil' as const, id: school.ids.pupils.anna ?? '', name: 'Anna Albers' })
  const leave = (school: School) =>
    systemChange(school.house.database, school.house.clock, 'demo', async change => {
      await change
        .write('guardianships')
        .where({ pupil_id: school.ids.pupils.anna ?? '' })
        .update({ until_on: '2026-11-22' })
    })
  const school = await startSchool(t)
  const one = await sealedCase(school, requestAbout(school, { subjects: [], object: about(school) }))
  const [emil] = (await openTogether(school, one)) as [Browser]
  await leave(school)
  t.equal((await emil.post(`/cases/${one.id}/closing`, fields)).status, 303)
  t.match(await notices(school).where({ account_id: school.ids.accounts.ada }), [
    { result: 'confirmed', way: 'portal' },
  ])
  t.match(await findCase(school.house.audit, one.id), { told: 'told' })

  const other = await sealedCase(school, requestAbout(school, { subjects: [], object: about(school) }))
  const [again] = (await openTogether(school, other)) as [Browser]
  await again.post(`/cases/${other.id}/closing`, fields)
  t.match(await notices(school).where({ case_id: other.id }), [{ way: 'paper' }])
  const letter = (await again.get(`/cases/${other.id}/notices?print=1`)).body
  t.match(letter, 'Anna Albers')
  t.match(letter, 'Einträge zu Ihnen gelesen')
})

t.test(
  'of a case about a letter everybody in its report is told, in words that say that it was not about them',
  async t => {
    const school = await startSchool(t)
    const letter = await publishedLetter(school)
    for (const key of ['bea', 'selin', 'gero']) {
      const reader = await school.seated(key)
      await reader.get(`/letters/${letter.id}`)
    }
    school.clock.now += 1000
    const object = { kind: 'letter' as const, id: letter.id, name: letter.number }
    const one = await sealedCase(school, requestAbout(school, { subjects: [], object }))
    const [emil] = (await openTogether(school, one)) as [Browser]
    await emil.post(`/cases/${one.id}/report`, { passphrase: passphraseOf('emil') })
    const report = (await emil.get(`/cases/${one.id}/report`)).body
    for (const name of ['Bea Behrens', 'Selin Yılmaz']) t.match(report, name)
    const form = (await emil.get(`/cases/${one.id}/closing`)).body
    t.match(form, 'Paula Petersen')
    t.match(form, /weitere Personen kommen im Bericht vor/)
    await emil.post(`/cases/${one.id}/closing`, fields)
    const { bea, paula, emil: own, finja } = school.ids.accounts
    const told = (await notices(school)).map(row => row.account_id as string)
    for (const account of [bea, paula, school.ids.accounts.selin]) t.ok(told.includes(account ?? ''))
    for (const account of [own, finja]) t.notOk(told.includes(account ?? ''), 'not who opened it')
    t.equal(told.length, new Set(told).size, 'each once')
    const [row] = await notices(school).where({ account_id: bea })
    const { body } = await (await school.seated('bea')).get(`/openings/${row.id}`)
    t.match(body, 'Um Sie ging es nicht, aber Sie kommen darin vor')
    t.notMatch(body, letter.number)
    const [author] = await notices(school).where({ account_id: paula })
    t.match(
      (await (await school.seated('paula')).get(`/openings/${author.id}`)).body,
      `zu Ihrem Brief ${letter.number}`,
    )
  },
)

t.test(
  'notices that somebody took out of the file are made anew where they can be, and missed where they cannot',
  async t => {
    const school = await startSchool(t)
    const one = await sealedCase(school)
    const [emil] = (await openTogether(school, one)) as [Browser]
    const file = await connect(t, school.house.database.file)
    await file.all('DELETE FROM case_notices')
    await emil.post(`/cases/${one.id}/closing`, fields)
    t.match(await notices(school), [{ account_id: school.ids.accounts.ada }])

    const two = await sealedCase(school)
    await openTogether(school, two)
    await file.all(`DELETE FROM case_notices WHERE case_id = ${two.id}`)
    await wait(school, 31)
    await run(school, 'audit-cases')
    await run(school, 'case-notices')
    t.match(await findCase(school.house.audit, two.id), { told: 'told' })
    t.notOk((await kinds(school, two.id)).includes('subject_notified'), 'which the verifier says')
  },
)

t.test('one case that somebody edited keeps nobody from being told of another, nor of itself', async t => {
  const school = await startSchool(t)
  const later = { ...fields, when: 'later', until: '2026-12-01', reason: words }
  for (let count = 0; count < 2; count++) {
    const one = await sealedCase(school)
    const [emil] = (await openTogether(school, one)) as [Browser]
    await emil.post(`/cases/${one.id}/closing`, later)
  }
  const file = await connect(t, join(school.house.config.data, 'audit.db'))
  await file.all("UPDATE audit_case SET result = 'unclear' WHERE id = 1")
  await wait(school, 9)
  t.equal(await run(school, 'case-notices'), 2)
  t.match(await notices(school).orderBy('case_id'), [{ result: 'confirmed', told_at: /./ }, { told_at: /./ }])
  t.notOk((await kinds(school, 1)).includes('subject_notified'))
  t.ok((await kinds(school, 2)).includes('subject_notified'))
})

t.test('that a report is deleted is said, though the portal died between deleting and saying so', async t => {
  const school = await startSchool(t)
  const one = await sealedCase(school)
  const [emil] = (await openTogether(school, one)) as [Browser]
  await emil.post(`/cases/${one.id}/closing`, fields)
  const file = await connect(t, school.house.database.file)
  await file.all(
    "CREATE TRIGGER killed BEFORE UPDATE OF shredded_at ON case_notices BEGIN SELECT RAISE(ABORT, 'killed'); END",
  )
  await wait(school, 15)
  await t.rejects(run(school, 'case-reports'))
  t.match(await findCase(school.house.audit, one.id), { report: 'shredded' })
  await file.all('DROP TRIGGER killed')
  t.equal(await run(school, 'case-reports'), 0)
  t.match(await notices(school), [{ shredded_at: /^2026-12/ }])
})
