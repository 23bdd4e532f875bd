import t, { type Test } from 'tap'
import { caseEntries, findCase } from '../audit/cases.ts'
import { jobs, runJob } from '../jobs.ts'
import { verifyFolder } from '../test/audit.ts'
import type { Browser } from '../test/browser.ts'
import { openTogether, passphraseOf, sealedCase } from '../test/opened-case.ts'
import { type School, startSchool } from '../test/school.ts'

const words = 'Die Einträge zeigen fremde Anmeldungen an zwei Abenden, das Kennwort wurde geändert.'
const now = { result: 'confirmed', words, when: 'now', passphrase: passphraseOf('emil') }
type Step = Parameters<School['house']['audit']['step']>[0]

async function openedCase(t: Test) {
  const school = await startSchool(t)
  const one = await sealedCase(school)
  const [emil, finja] = (await openTogether(school, one)) as [Browser, Browser]
  return { school, one, emil, finja }
}

/** The portal dies at this step: before it, or when the ledger has it and nobody has heard of it yet. */
function dieAt(school: School, name: Step['step'], when: 'before' | 'after'): { live(): void } {
  const { audit } = school.house
  const step = audit.step.bind(audit)
  audit.step = async asked => {
    if (asked.step !== name) return step(asked)
    if (when === 'after') await step(asked)
    throw new Error('killed')
  }
  return {
    live() {
      audit.step = step
    },
  }
}

async function settle(school: School): Promise<number> {
  const job = jobs.find(one => one.name === 'case-notices')
  return job ? runJob(school.house, job) : -1
}

const notices = (school: School) => school.house.database.reader('case_notices')
const kinds = async (school: School, id: number) => (await caseEntries(school.house.audit, id)).map(entry => entry.k)
const told = async (school: School) => (await (await school.seated('ada')).get('/openings')).body

t.test('a portal that dies when the ledger has closed a case tells everybody once it is back', async t => {
  for (const name of ['close', 'notify'] as const) {
    const { school, one, emil } = await openedCase(t)
    const killed = dieAt(school, name, 'after')
    t.equal((await emil.post(`/cases/${one.id}/closing`, now)).status, 500)
    killed.live()
    t.equal((await findCase(school.house.audit, one.id))?.state, 'closed')
    const [draft] = await notices(school)
    t.equal(draft.account_id, null, 'nobody stands there in clear')
    t.notMatch(await told(school), '2026-001 ')
    t.notMatch((await emil.get(`/cases/${one.id}/notices`)).body, 'Ada Albers')
    t.equal(await settle(school), 1)
    t.equal(await settle(school), 0)
    const ada = await school.seated('ada')
    t.match((await ada.get(`/openings/${draft.id}`)).body, 'Das Protokoll wurde geöffnet')
    t.ok((await kinds(school, one.id)).includes('subject_notified'))
    t.match(await verifyFolder(school.house.config.data), { status: 0 })
  }
})

t.test('a portal that dies before the ledger has closed a case tells nobody, and closing works again', async t => {
  const { school, one, emil } = await openedCase(t)
  const killed = dieAt(school, 'close', 'before')
  t.equal((await emil.post(`/cases/${one.id}/closing`, now)).status, 500)
  killed.live()
  school.clock.now += 61 * 60_000
  t.equal(await settle(school), 0)
  const [row] = await notices(school)
  t.match(row, { result: null, told_at: null, account_id: null }, 'whom it concerns is not forgotten')
  const unclear = { ...now, result: 'unclear', passphrase: passphraseOf('finja') }
  const finja = await school.seated('finja')
  t.equal((await finja.post(`/cases/${one.id}/closing`, unclear)).status, 303)
  t.match(await notices(school), [{ result: 'unclear', account_id: school.ids.accounts.ada }])
})

t.test('a portal that dies while it opens a case keeps whom it concerns if, and only if, it was opened', async t => {
  for (const when of ['before', 'after'] as const) {
    const school = await startSchool(t)
    const one = await sealedCase(school)
    const killed = dieAt(school, 'execute', when)
    await openTogether(school, one)
    killed.live()
    const [draft] = await notices(school)
    t.match(draft, { execution: /^[0-9a-f]{64}$/, told_at: null, account_id: null })
    t.equal(await settle(school), 0, 'it could still be under way')
    school.clock.now += 61 * 60_000
    t.equal(await settle(school), when === 'before' ? 1 : 0)
    const rows = await notices(school)
    t.equal(rows.length, when === 'before' ? 0 : 1)
    if (when === 'after') t.equal(rows[0].execution, null)
  }
})

t.test('a notice that is put off waits for its day after a crash, too', async t => {
  const { school, one, emil } = await openedCase(t)
  const killed = dieAt(school, 'close', 'after')
  await emil.post(`/cases/${one.id}/closing`, { ...now, when: 'later', until: '2026-12-01', reason: words })
  killed.live()
  await settle(school)
  const [row] = await notices(school)
  t.match(row, { execution: null, told_at: null, account_id: null, due_on: '2026-12-01' })
  t.match((await emil.get(`/cases/${one.id}/notices`)).body, 'Erfährt es später')
})

t.test('two who close at once close once, and everybody is told once', async t => {
  const { school, one, emil, finja } = await openedCase(t)
  const answers = await Promise.all([
    emil.post(`/cases/${one.id}/closing`, now),
    finja.post(`/cases/${one.id}/closing`, { ...now, passphrase: passphraseOf('finja') }),
  ])
  t.same(answers.map(answer => answer.status).sort(), [303, 409])
  t.equal((await notices(school)).length, 1)
})
