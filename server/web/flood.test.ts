import t from 'tap'
import type { AuditEntry } from '../audit/log.ts'
import { AuditUnavailable } from '../audit/log.ts'
import type { House } from '../house.ts'
import { startSchool } from '../test/school.ts'
import { Refusals } from './refused.ts'

const minute = 60_000

function listening() {
  const written: AuditEntry[] = []
  const state = { steady: 0, broken: false }
  const house = {
    // A wall clock that is set back all the time changes nothing.
    clock: { steady: () => state.steady, now: () => -state.steady },
    audit: {
      append: async (entry: AuditEntry) => {
        if (state.broken) throw new AuditUnavailable('broken')
        written.push(entry)
      },
    },
  } as unknown as House
  const refusals = new Refusals(house)
  const call = (address: string, action: AuditEntry['action'] = 'network.refused') =>
    refusals.append({
      action,
      actor: null,
      session: null,
      address,
      concerns: [],
      outcome: 'denied',
      details: { status: 403 },
    })
  const stoodFor = () => written.reduce((sum, { details }) => sum + 1 + Number(details.unrecorded ?? 0), 0)
  return { written, state, call, stoodFor }
}

t.test('of one network the first is recorded, the rest of its minute counted, the count never lost', async t => {
  const { written, state, call, stoodFor } = listening()
  for (let time = 0; time < 500; time += 1) await call('192.0.2.1')
  t.equal(written.length, 1)
  await call('192.0.2.1', 'letter.list')
  t.equal(written.length, 2, 'another kind is recorded on its own')
  state.steady += minute
  await call('192.0.2.2')
  t.match(written.slice(2), [
    { address: '192.0.2.1', details: { status: 403, unrecorded: 498 } },
    { address: '192.0.2.2', details: { status: 403 } },
  ])
  t.equal(stoodFor(), 502)
  state.steady += minute
  await call('192.0.2.2')
  t.equal(written.length, 5, 'nothing was left out, so nothing is said')
})

t.test('ten thousand networks make no more than sixty records a minute, and make nobody forgotten', async t => {
  const { written, state, call, stoodFor } = listening()
  await call('192.0.2.1')
  for (let n = 0; n < 20_000; n += 1) await call(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`)
  for (let n = 0; n < 100; n += 1) await call('192.0.2.1')
  t.equal(written.length, 60)
  for (let turn = 0; turn < 3; turn += 1) {
    state.steady += minute
    await call('192.0.2.9')
  }
  t.equal(stoodFor(), 20_104, 'each one stands in a record, or is counted in one')
})

t.test('what could not be recorded is tried again, and counted when it can', async t => {
  const { written, state, call, stoodFor } = listening()
  state.broken = true
  for (let time = 0; time < 100; time += 1) await t.rejects(call('192.0.2.1'), { message: 'broken' })
  state.broken = false
  await call('192.0.2.1')
  t.equal(written.length, 1)
  state.steady += minute
  await call('192.0.2.2')
  t.equal(stoodFor(), 102)
})

t.test('inside, visitors who are not signed in cannot flood the log; what counts is recorded each time', async t => {
  const school = await startSchool(t)
  const visitor = school.visitor()
  const records = async () => (await school.audit()).length
  const start = await records()
  for (let time = 0; time < 30; time += 1) t.equal((await visitor.get('/letters')).status, 303)
  t.equal(await records(), start + 1)
  school.clock.now += minute
  await visitor.get('/letters')
  t.match((await school.audit()).slice(start), [
    { k: 'letter.list', a: 0, r: 'denied', d: {} },
    { k: 'letter.list', a: 0, r: 'denied', d: { unrecorded: 29 } },
  ])

  await visitor.get('/sign-in')
  const tries = await records()
  for (let time = 0; time < 3; time += 1) await visitor.post('/sign-in', { login: 'a@b.example', password: 'x' })
  t.equal(await records(), tries + 3, 'each try to sign in')
  visitor.csrf = 'forged'
  for (let time = 0; time < 3; time += 1) await visitor.post('/sign-in', { login: 'a@b.example', password: 'x' })
  t.equal(await records(), tries + 6, 'each forgery')
  const ada = await school.seated('ada')
  const before = await records()
  for (let time = 0; time < 3; time += 1) t.equal((await ada.get('/groups')).status, 403)
  t.equal(await records(), before + 3, 'whatever somebody does who is signed in')
})
