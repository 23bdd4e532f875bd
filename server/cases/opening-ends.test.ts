import t from 'tap'
import { caseEntries, findCase } from '../audit/cases.ts'
import { castPassword } from '../demo/cast.ts'
import type { Browser } from '../test/browser.ts'
import { comeTogether, openTogether, passphraseOf, sealedCase } from '../test/opened-case.ts'
import { type School, startSchool } from '../test/school.ts'

type Start = Parameters<typeof startSchool>[0]

/** Emil's part is open, Finja has come. */
async function halfOpen(t: Start) {
  const school = await startSchool(t)
  const one = await sealedCase(school)
  const [emil, finja] = (await comeTogether(school, one)) as [Browser, Browser]
  await emil.post(`/cases/${one.id}/opening/part`, { passphrase: passphraseOf('emil') })
  const ceremony = school.house.ceremonies.find(`case ${one.id}`)
  t.equal(ceremony?.presence(one.requester).open, true)
  return { school, one, emil, finja, ceremony }
}

const partOf = (browser: Browser, id: number, key: string) =>
  browser.post(`/cases/${id}/opening/part`, { passphrase: passphraseOf(key) })

async function lines(school: School, id: number): Promise<string[]> {
  return (await caseEntries(school.house.audit, id)).map(entry => entry.k)
}

/** Has a session say that it was proved by another authenticator, or by a recovery code. */
async function proveBy(school: School, key: string, factor: string | null): Promise<void> {
  const { writer } = school.house.database
  await writer.raw("UPDATE sessions SET data = json_set(data, '$.factor', ?) WHERE account_id = ?", [
    ...[factor, school.ids.accounts[key] ?? ''],
  ])
}

t.test('L16: signing out ends it and wipes the part that is open', async t => {
  const { school, one, emil, finja, ceremony } = await halfOpen(t)
  await emil.post('/sign-out')
  t.equal((await finja.post(`/cases/${one.id}/opening/presence`)).status, 200)
  t.same(ceremony?.ending, { why: 'ended', auditor: one.requester }, 'the next sign of life of the other one tells')
  t.match((await finja.get(`/cases/${one.id}/opening`)).body, /Emil Ernst ist nicht mehr angemeldet/)
  t.same((await lines(school, one.id)).at(-1), 'lookup_interrupted')
})

t.test('L16: a session that is ended elsewhere ends it, too', async t => {
  const { school, one, finja, ceremony } = await halfOpen(t)
  const elsewhere = await school.seated('emil')
  await elsewhere.get('/account')
  t.equal((await elsewhere.post('/account/sessions/end-others')).status, 303)
  await partOf(finja, one.id, 'finja')
  t.same(ceremony?.ending, { why: 'ended', auditor: one.requester })
  t.equal((await findCase(school.house.audit, one.id))?.state, 'approved', 'the last part opens nothing')
  t.notOk((await lines(school, one.id)).includes('lookup_executed'))
})

t.test('the open part of an auditor who is suspended is gone at once, however that happens', async t => {
  const suspended = await halfOpen(t)
  const dora = await suspended.school.seated('dora')
  const answer = await dora.post(`/auditors/${suspended.one.requester}/suspension`, { confirm: 'yes' })
  t.equal(answer.status, 303)
  t.same(suspended.ceremony?.ending, { why: 'ended', auditor: suspended.one.requester }, 'before anybody asks')
  await partOf(suspended.finja, suspended.one.id, 'finja')
  t.equal((await findCase(suspended.school.house.audit, suspended.one.id))?.state, 'approved')

  const dismissed = await halfOpen(t)
  const admin = await dismissed.school.seated('dora')
  const { emil = '' } = dismissed.school.ids.accounts
  t.equal(
    (await admin.post(`/staff/${emil}/offices`, { act: 'end', offices: 'auditor', office: 'auditor' })).status,
    303,
  )
  await partOf(dismissed.finja, dismissed.one.id, 'finja')
  t.same(dismissed.ceremony?.ending, { why: 'ended', auditor: dismissed.one.requester })
  t.notOk((await lines(dismissed.school, dismissed.one.id)).includes('lookup_executed'))
})

t.test('two people with the same second factor are not two people', async t => {
  const school = await startSchool(t)
  const one = await sealedCase(school)
  await comeTogether(school, one, ['emil'])
  const { emil = '' } = school.ids.accounts
  const factor = await school.house.database.reader('factors').where({ account_id: emil }).first('id')
  const finja = await school.seated('finja')
  await finja.get(`/cases/${one.id}/opening`)
  await proveBy(school, 'finja', factor.id)
  const answer = await finja.post(`/cases/${one.id}/opening`)
  t.equal(answer.status, 422)
  t.match(answer.body, 'denselben zweiten Faktor')
  t.notOk(school.house.ceremonies.find(`case ${one.id}`)?.presence(one.reviewer ?? 0).here)
})

t.test('a session that was proved by a recovery code opens nothing', async t => {
  const school = await startSchool(t)
  const one = await sealedCase(school)
  const emil = await school.seated('emil')
  await emil.post('/account/factors/codes')
  const [, code = ''] = /dir="ltr">((?:\w{4}-){3}\w{4})</.exec((await emil.get('/account/factors/codes')).body) ?? []
  await emil.post('/account/factors/codes/confirmation', { noted: 'yes' })
  const browser = school.visitor()
  await browser.get('/sign-in')
  await browser.post('/sign-in', { login: 'emil@lindenhof.example', password: castPassword })
  await browser.get('/sign-in/factor')
  t.equal((await browser.post('/sign-in/factor', { proof: code })).status, 303)
  await browser.get(`/cases/${one.id}/opening`)
  const answer = await browser.post(`/cases/${one.id}/opening`)
  t.equal(answer.status, 422)
  t.match(answer.body, 'mit einem Ersatzcode angemeldet')
  t.equal(school.house.ceremonies.find(`case ${one.id}`), undefined)
})

t.test('both may open again after whatever ended it', async t => {
  const { school, one, emil } = await halfOpen(t)
  await emil.post('/sign-out')
  await school.house.ceremonies.tick()
  await openTogether(school, one)
  t.equal((await findCase(school.house.audit, one.id))?.state, 'executed')
})
