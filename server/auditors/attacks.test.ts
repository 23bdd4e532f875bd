import { join } from 'node:path'
import t from 'tap'
import { findCase } from '../audit/cases.ts'
import { readStandings } from '../audit/standings.ts'
import { auditorPassphrases } from '../demo/auditors.ts'
import { castPassword } from '../demo/cast.ts'
import { listActiveAuditors } from '../people/auditors.ts'
import { verifyFolder } from '../test/audit.ts'
import { makeAuditor } from '../test/auditors.ts'
import type { Browser } from '../test/browser.ts'
import { askFor } from '../test/requested-case.ts'
import { type School, startSchool } from '../test/school.ts'
import { connect } from '../test/sqlite.ts'

const account = (school: School, key: string): string => school.ids.accounts[key] ?? ''
const day = 86_400_000

async function ledger(school: School): Promise<string[]> {
  const rows = await school.house.audit.reading.all<{ body: string }>('SELECT body FROM audit_ledger ORDER BY idx')
  return rows.map(row => {
    const { k, office, auditor } = JSON.parse(row.body) as Record<string, unknown>
    return [k, office ?? auditor].filter(one => one !== undefined).join(' ')
  })
}
const shares = (school: School) => school.house.audit.reading.all('SELECT 1 FROM audit_share')
const names = async (school: School) => (await listActiveAuditors(school.house)).map(one => one.person)

t.test('one admin with a head of her own making neither keeps auditors out nor makes others', async t => {
  const school = await startSchool(t)
  const dora = () => school.seated('dora')
  const [emil, finja, gero] = school.ids.auditors.map(one => one.id)
  const invite = async () =>
    (await dora()).post('/auditors/invitations', { person: account(school, 'carl'), trained_on: '2026-11-02' })
  const before = await shares(school)

  const locked = await (await dora()).post('/locks/emergency', { account: account(school, 'emil') })
  t.equal(locked.status, 422, 'nobody alone locks an auditor')
  t.match(locked.body, 'nicht im Notfall gesperrt')
  const late = await school.seated('gero')
  t.equal((await late.post('/locks/emergency', { account: account(school, 'finja') })).status, 422, 'no auditor either')

  t.equal((await (await dora()).post(`/auditors/${emil}/suspension`)).status, 422, 'unconfirmed')
  t.equal((await (await dora()).post(`/auditors/${emil}/suspension`, { confirm: 'yes' })).status, 303)
  t.equal((await invite()).status, 403, 'whoever is kept out still counts')
  t.equal((await (await school.seated('hanna')).post('/auditors/invitations', {})).status, 403, 'for the head, too')

  for (const [path, fields] of [
    [`/auditors/${finja}/suspension`, { confirm: 'yes' }],
    [`/staff/${account(school, 'finja')}/offices`, { act: 'end', office: 'auditor' }],
    [`/staff/${account(school, 'gero')}/end`, { confirm: 'Graf' }],
  ] as const) {
    const refused = await (await dora()).post(path, fields)
    t.equal(refused.status, 422, path)
    t.match(refused.body, 'Zuerst muss über die andere Aussetzung entschieden werden')
  }
  t.same(await names(school), ['Finja Frank', 'Gero Graf'])

  for (const key of ['dora', 'hanna', 'emil'])
    for (const act of ['revocation', 'reinstatement']) {
      const refused = await (await school.seated(key)).post(`/auditors/${emil}/${act}`, { confirm: 'yes' })
      t.not(refused.status, 303, `${key}: ${act}`)
    }
  t.same(await shares(school), before, 'no share of any month is lost')
  t.match((await (await school.seated('gero')).get('/')).body, 'hat Emil Ernst als prüfende Person ausgesetzt')
  t.equal((await (await school.seated('gero')).post(`/auditors/${emil}/reinstatement`)).status, 303)
  t.same(await names(school), ['Emil Ernst', 'Finja Frank', 'Gero Graf'])
  const practised = await (await school.seated('emil')).post('/auditors/drill', {
    passphrase: auditorPassphrases.emil ?? '',
  })
  t.match(practised.body, 'Ihr Prüf-Kennwort funktioniert')
  t.same((await ledger(school)).slice(-3), [
    `auditor_suspended ${emil}`,
    `auditor_reinstated ${emil}`,
    `drill_passed ${emil}`,
  ])

  t.equal((await (await dora()).post(`/auditors/${gero}/suspension`, { confirm: 'yes' })).status, 303)
  t.equal((await (await school.seated('emil')).post(`/auditors/${gero}/revocation`)).status, 422, 'unconfirmed')
  t.equal((await (await school.seated('emil')).post(`/auditors/${gero}/revocation`, { confirm: 'yes' })).status, 303)
  t.not((await shares(school)).length, before.length, 'two can')
  t.equal((await invite()).status, 403, 'and then two are left to appoint')
  t.equal((await (await dora()).post(`/auditors/${emil}/suspension`, { confirm: 'yes' })).status, 303)
  t.equal(
    (await (await dora()).post(`/auditors/${finja}/suspension`, { confirm: 'yes' })).status,
    422,
    'not both of two',
  )
  const hers = async () => (await school.seated('hanna')).post(`/auditors/${emil}/revocation`, { confirm: 'yes' })
  t.equal((await hers()).status, 422, 'while there is an auditor, no head decides')
  const stood = school.clock.now
  Object.assign(school.house.clock, { steady: () => stood })
  school.clock.now += 31 * day
  t.equal((await hers()).status, 422, 'nor as long as nobody knows what time it is')
  await school.house.audit.note('clock_confirmed', { by: 'admin' })
  t.equal((await hers()).status, 303, 'but where no auditor decides for a month, the school can go on')
  t.equal((await verifyFolder(school.house.config.data)).status, 0)
})

t.test('nobody suspends and decides in one person, and an auditor who goes can say so', async t => {
  const school = await startSchool(t)
  const [emil] = school.ids.auditors.map(one => one.id)
  const own = await school.seated('emil')
  const gone = await own.post(`/auditors/${emil}/suspension`, { confirm: 'yes' })
  t.equal(gone.status, 303)
  t.equal((await own.follow(gone)).status, 200, 'still signed in')
  t.equal((await own.get('/auditors/drill')).status, 403)
  t.equal((await (await school.seated('dora')).post(`/auditors/${emil}/suspension`, { confirm: 'yes' })).status, 422)
  t.equal((await (await school.seated('finja')).post(`/auditors/${emil}/revocation`, { confirm: 'yes' })).status, 303)
  t.equal((await (await school.seated('finja')).post(`/auditors/${emil}/revocation`, { confirm: 'yes' })).status, 404)
})

t.test('a suspended auditor takes no step in a case, even where the office is given back in the database', async t => {
  const school = await startSchool(t)
  const emil = await school.seated('emil')
  const { id } = await askFor(school, emil)
  const number = school.ids.auditors[0]?.id ?? 0
  await (await school.seated('dora')).post(`/auditors/${number}/suspension`, { confirm: 'yes' })
  const db = await connect(t, school.house.database.file)
  await db.all("UPDATE appointments SET until_on = NULL WHERE account_id = ? AND office = 'auditor'", [
    account(school, 'emil'),
  ])
  t.equal((await (await school.seated('emil')).post(`/cases/${id}/cancellation`)).status, 403)
  await t.rejects(school.house.audit.step({ step: 'cancel', case: id, auditor: number }), { name: 'CaseRefused' })
  t.equal((await findCase(school.house.audit, id))?.state, 'requested')
})

t.test('two newcomers open nothing, and a newcomer decides for neither of those who made them one', async t => {
  const school = await startSchool(t)
  t.ok([...(await readStandings(school.house.audit.reading)).active.values()].every(one => one.founder))
  await makeAuditor(school, 'hanna', ['emil', 'finja'])
  await makeAuditor(school, 'otto', ['emil', 'finja'])
  const asked = async (key: string) => (await askFor(school, await school.seated(key))).id
  const reads = async (key: string, id: number) => (await (await school.seated(key)).get(`/cases/${id}`)).body
  const bySomebodyNew = await asked('hanna')
  t.match(await reads('otto', bySomebodyNew), 'prüfen beide noch keine 14 Tage')
  const byInviter = await asked('emil')
  const byConfirmer = await asked('finja')
  for (const id of [byInviter, byConfirmer])
    t.match(await reads('otto', id), 'zur Prüfung eingeladen oder dem zugestimmt')
  for (const id of [bySomebodyNew, byInviter, byConfirmer]) {
    const review = await (await school.seated('otto')).post(`/cases/${id}/review`, { decision: 'approve' })
    t.equal(review.status, 422)
    t.equal((await findCase(school.house.audit, id))?.state, 'requested')
    t.notMatch(
      await reads('gero', id),
      /prüfen beide|oder dem zugestimmt/,
      'whoever has been one from the first hour may',
    )
  }
  school.clock.now += 14 * day + 1000
  await school.house.audit.note('clock_confirmed', { by: 'admin' })
  t.notMatch(await reads('otto', bySomebodyNew), 'prüfen beide')
})

t.test('a share that was sealed to another key is found by its owner’s trial case', async t => {
  const school = await startSchool(t)
  const db = await connect(t, join(school.house.config.data, 'audit.db'))
  await db.all('UPDATE audit_share SET sealed = randomblob(49) WHERE auditor_id = 2')
  const drill = async (key: string) =>
    (await school.seated(key)).post('/auditors/drill', { passphrase: auditorPassphrases[key] ?? '' })
  const found = await drill('finja')
  t.equal(found.status, 422)
  t.match(found.body, /Ihr Teil für November 2026 öffnet sich damit aber nicht/)
  t.notOk((await ledger(school)).includes('drill_passed 2'))
  t.equal((await drill('emil')).status, 200)
})

const codeOn = (body: string) => /[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}/.exec(body)?.[0] ?? ''
async function inviteAs(browser: Browser, given_name: string, family_name: string, office: string): Promise<string> {
  return codeOn(
    (await browser.follow(await browser.post('/staff/invitations', { given_name, family_name, office }))).body,
  )
}

t.test('nobody makes themselves head or observer, and everybody sees that somebody became one', async t => {
  const school = await startSchool(t)
  const dora = () => school.seated('dora')
  const offices = `/staff/${account(school, 'dora')}/offices`
  for (const office of ['head', 'observer'])
    t.equal((await (await dora()).post(offices, { act: 'add', office })).status, 422)
  const code = await inviteAs(await dora(), 'Dora', 'Doppel', 'head')
  const redeemed = await (await dora()).post('/account/children', { code })
  t.equal(redeemed.status, 422, 'not by an invitation of her own either')
  t.match(redeemed.body, 'gibt oder nimmt sich niemand selbst')
  t.equal((await (await dora()).get('/observer')).status, 403)
  t.notMatch((await (await dora()).get(`/staff/${account(school, 'dora')}`)).body, 'value="head"')

  const size = (await ledger(school)).length
  const told = async () => (await ledger(school)).slice(size)
  const carl = `/staff/${account(school, 'carl')}/offices`
  t.equal((await (await dora()).post(carl, { act: 'add', office: 'head' })).status, 303)
  t.equal((await (await dora()).post(carl, { act: 'add', office: 'office' })).status, 303)
  t.equal(
    (await (await dora()).post(`/staff/${account(school, 'ole')}/offices`, { act: 'end', office: 'observer' })).status,
    303,
  )
  t.equal((await (await dora()).post(`/staff/${account(school, 'carl')}/end`, { confirm: 'Carstens' })).status, 422)
  t.same(await told(), ['office_granted head', 'office_ended observer'])
  const puppet = school.visitor()
  await puppet.get('/register')
  await puppet.follow(
    await puppet.post('/register', { code: await inviteAs(await dora(), 'Hubert', 'Heimlich', 'head') }),
  )
  await puppet.follow(
    await puppet.post('/register/account', { login: 'hubert@lindenhof.example', password: castPassword }),
  )
  t.same(await told(), ['office_granted head', 'office_ended observer', 'office_granted head'])
  t.match(
    (await (await school.seated('hanna')).get('/audit')).body,
    'Eine Person hat eine Aufgabe bekommen: Schulleitung',
  )
})

t.test('sessions of others end only with a second factor that was proved just now', async t => {
  const school = await startSchool(t)
  const dora = await school.seated('dora')
  const finja = await school.seated('finja')
  school.clock.now += 20 * 60_000
  const asked = await dora.post(`/staff/${account(school, 'finja')}/sessions/end`)
  t.not(asked.headers.location, `/staff/${account(school, 'finja')}?ok=signed-out`)
  t.equal((await finja.get('/account')).status, 200)
  t.equal((await dora.post('/staff/invitations/again', { invitation: '0' })).status, asked.status, 'nor is a code made')
})
