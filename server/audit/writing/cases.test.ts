import t, { type Test } from 'tap'
import { folderFor } from '../../test/folder.ts'
import { enrolHolders } from '../../test/sealed-log.ts'
import { ToldLog } from '../../test/told-log.ts'
import { caseEntries, caseLines, closedCounts, findCase, listCases, openCases, unfinishedCases } from '../cases.ts'
import { openForReading } from '../file.ts'
import { CaseRefused, type Refusal } from '../formats/refusal.ts'
import {
  bringTo,
  closingOf,
  copiesFor,
  executionOf,
  hashOf,
  reportFor,
  requestOf,
  reviewOf,
  stepsTo,
} from '../test/small-case.ts'
import type { CaseStep } from './case-steps.ts'

const hour = 3_600_000
const day = 24 * hour
t.setTimeout(120_000)

async function schoolLog(t: Test, auditors = 3) {
  const log = new ToldLog(folderFor(t), '2026-11-10T07:00:00Z')
  await log.enrol(auditors)
  await log.append(2)
  const writer = await log.writer()
  const reading = await openForReading(log.path)
  t.teardown(async () => {
    await reading.close()
    await log.close()
  })
  const refuses = async (step: CaseStep, reason: Refusal, why: string = step.step) => {
    const before = log.anchor
    const refused = await writer.step(step, log.moment).catch(error => error)
    t.ok(refused instanceof CaseRefused, why)
    t.match(refused, { name: 'CaseRefused', reason }, why)
    t.equal(log.anchor, before, `${why}: nothing was written`)
  }
  const take = (step: CaseStep) => writer.step(step, log.moment)
  const whole = async () => t.match(log.verify(), { whole: true })
  return { log, writer, refuses, take, whole, audit: { reading } }
}

t.test('a case from its request to its notice; each step is in the ledger, and nothing else', async t => {
  const { log, writer, take, whole, audit } = await schoolLog(t)
  const asked = log.now
  const states: string[] = []
  for (const step of stepsTo('notify', await writer.nextCase(), log.moment)) {
    log.now += 1000
    states.push((await take(step)).state)
    await whole()
  }
  t.same(states.slice(0, 5), ['requested', 'approved', 'approved', 'approved', 'executed'])
  t.same([...new Set(states.slice(5))], ['executed', 'closed'])
  t.match(await findCase(audit, 1), {
    id: 1,
    no: '2026-001',
    category: 'insult',
    requester: 1,
    reviewer: 2,
    state: 'closed',
    request: hashOf('request 1'),
    head: 'not-needed',
    requestedAt: asked + 1000,
    decidedAt: asked + 2000,
    executedAt: asked + 5000,
    closedAt: asked + 11_000,
    until: asked + 60 * day,
    result: 'unconfirmed',
    report: 'there',
    exportBy: 1,
    exported: true,
    extensionBy: null,
    told: 'told',
    deferredUntil: null,
  })
  const kinds = (await caseEntries(audit, 1)).map(entry => entry.k)
  t.equal(kinds.filter(kind => kind.startsWith('hold')).length, 2)
  t.same(
    (await caseLines(audit, 1)).map(line => line.kind),
    kinds,
  )
  t.match((await caseLines(audit, 1))[0]?.words.values, { no: '2026-001', requester: 'person-1' })
  t.same(await closedCounts(audit, 2026), [{ category: 'insult', offices: 'Schulleitung, Schulleitung', count: 1 }])
  t.same(await closedCounts(audit, 2025), [])
  t.same(await openCases(audit), [])
  t.equal((await unfinishedCases(audit)).length, 1, 'its report is still there')
  log.now += 61 * day
  t.equal((await take({ step: 'shred', case: 1 })).report, 'shredded')
  t.same(await unfinishedCases(audit), [])
  await whole()
  const left = log.look(database => database.prepare('SELECT count(*) AS n FROM audit_report_key').get())
  t.equal(left?.n, 0)
})

t.test('cases are numbered by year, and listed from the newest', async t => {
  const { log, writer, take, whole, audit } = await schoolLog(t)
  log.now = Date.parse('2026-12-31T20:00:00Z')
  for (const id of [1, 2]) {
    await take(requestOf(id, log.moment))
    await take({ step: 'cancel', case: id, auditor: 1 })
  }
  log.now = Date.parse('2027-01-01T00:30:00Z')
  await take(requestOf(await writer.nextCase(), log.moment))
  const nos = (await listCases(audit, 1000, 10)).map(one => one.no)
  t.same(nos, ['2027-001', '2026-002', '2026-001'])
  t.same(
    (await listCases(audit, 3, 1)).map(one => one.id),
    [2],
  )
  await whole()
})

t.test('L4: nobody approves their own request, under whatever number', async t => {
  const { refuses, take } = await schoolLog(t)
  await take(requestOf(1, { now: Date.parse('2026-11-10T07:00:00Z') }))
  await refuses(reviewOf(1, 'approve', 1), 'same-person')
  await refuses(reviewOf(1, 'deny', 1), 'same-person')
  await refuses(reviewOf(1, 'approve', 4), 'auditor')
  await refuses(reviewOf(1, 'approve', 0), 'auditor')
})

t.test('L4: the database itself refuses a case that one person opens, also by direct SQL', async t => {
  const { log, writer } = await schoolLog(t)
  await bringTo('request', writer, log.moment)
  await bringTo('execute', writer, log.moment)
  await log.close()
  const changes: Record<string, string> = {
    'reviewer is requester': "UPDATE audit_case SET state = 'approved', reviewer = requester WHERE id = 1",
    'approved by nobody': "UPDATE audit_case SET state = 'approved' WHERE id = 1",
    'executed by nobody': "UPDATE audit_case SET state = 'executed', executed_at = 1, report = 'there' WHERE id = 1",
    'closed by nobody': 'UPDATE audit_case SET reviewer = NULL WHERE id = 2',
    'executed without the head': "UPDATE audit_case SET head = 'needed' WHERE id = 2",
    'an unknown state': "UPDATE audit_case SET state = 'open' WHERE id = 1",
    'no requester': 'UPDATE audit_case SET requester = NULL WHERE id = 1',
    gone: 'DELETE FROM audit_case WHERE id = 1',
    'another paper': 'UPDATE audit_paper SET sealed = enc WHERE case_id = 1',
    'a paper less': 'DELETE FROM audit_paper WHERE auditor_id = 1',
    'a report gone': 'DELETE FROM audit_report',
    'a report key gone': 'DELETE FROM audit_report_key',
    'another report': 'UPDATE audit_report SET ct = nonce',
    'another report key': 'UPDATE audit_report_key SET sealed = enc',
  }
  const { DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(log.path)
  t.teardown(() => database.close())
  for (const [name, sql] of Object.entries(changes))
    t.throws(() => database.exec(sql), /CHECK|NOT NULL|append only/, name)
})

t.test('OpenBao 3666: zero approvals, or a threshold that is left out, open nothing', async t => {
  const { refuses, take, log } = await schoolLog(t)
  await take(requestOf(1, log.moment))
  await refuses(executionOf(1), 'state', 'without any approval')
  await refuses({ step: 'present', case: 1, auditor: 1 }, 'state')
  await take(reviewOf(1, 'approve'))
  await refuses(executionOf(1), 'shares', 'approved, but nobody is there')
  await take({ step: 'present', case: 1, auditor: 1 })
  await take({ step: 'present', case: 1, auditor: 1 })
  await refuses(executionOf(1), 'shares', 'one who comes twice')
  await refuses({ step: 'present', case: 1, auditor: 3 }, 'auditor', 'a third')
  await take({ step: 'present', case: 1, auditor: 2 })
  await take({ step: 'interrupt', case: 1, why: 'absent' })
  await refuses(executionOf(1), 'shares', 'after an interruption both come again')
  await take({ step: 'present', case: 1, auditor: 2 })
  await refuses(executionOf(1), 'shares')
  await take({ step: 'present', case: 1, auditor: 1 })
  await refuses(executionOf(1, reportFor(1, 3)), 'papers', 'a report for somebody else')
  await refuses(executionOf(1, reportFor(1, 2, 3)), 'papers', 'a report for a third, too')
  await refuses(executionOf(1, reportFor(1)), 'papers', 'a report for one')
  await take(executionOf(1))
  await refuses(executionOf(1), 'state', 'twice')
})

t.test('L7: a row that somebody edits between approval and opening stops the case', async t => {
  const { log, take } = await schoolLog(t)
  await take(requestOf(1, log.moment))
  await take(reviewOf(1, 'approve'))
  const { DatabaseSync } = await import('node:sqlite')
  const edit = async (change: string) => {
    await log.close()
    const database = new DatabaseSync(log.path)
    database.exec(`UPDATE audit_case SET ${change}`)
    database.close()
  }
  const edits: Record<string, string> = {
    'hour_from = hour_from - 100': 'hour_from = hour_from + 100',
    'reviewer = 3': 'reviewer = 2',
    'until = until + 1': 'until = until - 1',
    [`request = x'${'00'.repeat(32)}'`]: `request = x'${hashOf('request 1')}'`,
  }
  for (const [change, undo] of Object.entries(edits)) {
    await edit(change)
    const step = { step: 'present', case: 1, auditor: 1 } as const
    const refused = await (await log.writer()).step(step, log.moment).catch(error => error)
    t.match(refused, { name: 'CaseRefused', reason: 'changed' }, change)
    await edit(undo)
  }
  t.match(await (await log.writer()).step({ step: 'present', case: 1, auditor: 1 }, log.moment), { state: 'approved' })
})

t.test('a request must fit: number, people, window, copies', async t => {
  const { log, refuses, take } = await schoolLog(t)
  const now = Math.floor(log.now / hour)
  const asking = (changes: Parameters<typeof requestOf>[3]) => requestOf(1, log.moment, [1, 2, 3], changes)
  await refuses(asking({ case: 2 }), 'number')
  await refuses(asking({ case: 0 }), 'number')
  await refuses(asking({ requester: 4 }), 'auditor')
  await refuses(asking({ from: now, to: now - 1 }), 'window', 'a window that ends before it begins')
  await refuses(asking({ from: now - 745 }), 'window', 'more than 31 days')
  await refuses(asking({ to: now + 26 }), 'window', 'what has not happened yet')
  for (const auditors of [[], [1, 2], [1, 2, 3, 4], [1, 2, 2], [1, 2, 3, 3]])
    await refuses(asking({ papers: copiesFor(auditors) }), 'papers', `copies for ${auditors}`)
  const [first, ...others] = copiesFor([1, 2, 3])
  if (first) await refuses(asking({ papers: [{ ...first, enc: Buffer.alloc(31) }, ...others] }), 'papers')
  await take(asking({ from: now - 744 }))
  await refuses(asking({}), 'number', 'the same number again')
  t.match(await take(requestOf(2, log.moment, [2, 1, 3], { category: 'access', from: now - 4000 })), { requester: 2 })
})

t.test('three cases are open at most; from the seventh in thirty days on the head agrees, too', async t => {
  const { log, refuses, take, whole, audit } = await schoolLog(t)
  for (const id of [1, 2, 3]) await take(requestOf(id, log.moment))
  await refuses(requestOf(4, log.moment), 'too-many-open')
  t.equal((await openCases(audit)).length, 3)
  await take({ step: 'cancel', case: 1, auditor: 1 })
  await take(reviewOf(2, 'deny'))
  for (const id of [4, 5, 6]) {
    await take({ step: 'cancel', case: id - 1, auditor: 1 }).catch(() => undefined)
    t.equal((await take(requestOf(id, log.moment))).head, 'not-needed')
  }
  await take({ step: 'cancel', case: 6, auditor: 1 })
  t.equal((await take(requestOf(7, log.moment))).head, 'needed')
  await take(reviewOf(7, 'approve'))
  await refuses({ step: 'present', case: 7, auditor: 1 }, 'head')
  await refuses(executionOf(7), 'head')
  t.equal((await take({ step: 'endorse', case: 7 })).head, 'given')
  await refuses({ step: 'endorse', case: 7 }, 'already')
  for (const auditor of [1, 2]) await take({ step: 'present', case: 7, auditor })
  await take(executionOf(7))
  await take(closingOf(7))
  log.now += 30 * day
  t.equal((await take(requestOf(8, log.moment))).head, 'not-needed', 'a month later')
  await refuses({ step: 'endorse', case: 8 }, 'already', 'where nobody asked the head')
  await whole()
})

t.test('what is too late does not happen, what is too early neither', async t => {
  const { log, refuses, take, whole } = await schoolLog(t)
  const begun = log.now
  await take(requestOf(1, log.moment))
  await refuses({ step: 'expire', case: 1 }, 'early')
  log.now = begun + 72 * hour
  await refuses({ step: 'expire', case: 1 }, 'early', 'in the last moment')
  log.now += 1
  await refuses(reviewOf(1, 'approve'), 'late')
  await refuses(reviewOf(1, 'deny'), 'late')
  await take({ step: 'expire', case: 1 })
  await refuses({ step: 'expire', case: 1 }, 'state')

  await take(requestOf(2, log.moment))
  await take(reviewOf(2, 'approve'))
  for (const auditor of [1, 2]) await take({ step: 'present', case: 2, auditor })
  log.now += day + 1
  await refuses({ step: 'present', case: 2, auditor: 1 }, 'late')
  await refuses(executionOf(2), 'late')
  await refuses({ step: 'endorse', case: 2 }, 'late')
  await take({ step: 'expire', case: 2 })
  await refuses({ step: 'interrupt', case: 2, why: 'late' }, 'state')

  const executed = log.now
  await bringTo('execute', await log.writer(), log.moment)
  await refuses({ step: 'shred', case: 3 }, 'early')
  log.now += 14 * day + 1
  await refuses({ step: 'view', case: 3, auditor: 1 }, 'late', 'L17: a report after its time, though it is still there')
  await refuses({ step: 'propose-export', case: 3, auditor: 1 }, 'late')
  await refuses({ step: 'propose-extension', case: 3, auditor: 1 }, 'late')
  await take({ step: 'shred', case: 3 })
  await refuses({ step: 'shred', case: 3 }, 'report')
  await refuses({ step: 'view', case: 3, auditor: 1 }, 'report')
  const late = { told: 'deferred', until: log.now + 90 * day + 1 } as const
  await refuses(closingOf(3, [1, 2, 3], late), 'time', 'a notice put off for more than ninety days')
  await refuses(closingOf(3, [1, 2, 3], { ...late, until: null }), 'time')
  await refuses(closingOf(3, [1, 2, 3], { told: 'none', until: log.now + day }), 'time')
  await take(closingOf(3, [1, 2, 3], { told: 'none' }))
  await refuses({ step: 'notify', case: 3, people: 1 }, 'state', 'nobody to tell')
  t.ok(executed < log.now)
  await whole()
})

t.test('a report is printed or kept for longer only by two', async t => {
  const { log, refuses, take, whole } = await schoolLog(t)
  await bringTo('view', await log.writer(), log.moment)
  const executed = log.now
  await refuses({ step: 'view', case: 1, auditor: 3 }, 'auditor')
  await refuses({ step: 'export', case: 1, auditor: 1 }, 'not-proposed')
  await refuses({ step: 'propose-export', case: 1, auditor: 3 }, 'auditor')
  await take({ step: 'propose-export', case: 1, auditor: 1 })
  await refuses({ step: 'propose-export', case: 1, auditor: 2 }, 'already')
  await refuses({ step: 'export', case: 1, auditor: 1 }, 'same-person')
  await refuses({ step: 'export', case: 1, auditor: 3 }, 'auditor')
  await take({ step: 'export', case: 1, auditor: 2 })
  await refuses({ step: 'export', case: 1, auditor: 2 }, 'already')
  const until = executed + 90 * day
  await refuses({ step: 'extend', case: 1, auditor: 2, until }, 'not-proposed')
  await take({ step: 'propose-extension', case: 1, auditor: 1 })
  await refuses({ step: 'propose-extension', case: 1, auditor: 1 }, 'already')
  await refuses({ step: 'extend', case: 1, auditor: 1, until }, 'same-person')
  await refuses({ step: 'extend', case: 1, auditor: 3, until }, 'auditor')
  await refuses({ step: 'extend', case: 1, auditor: 2, until: until + 1 }, 'time')
  await refuses({ step: 'extend', case: 1, auditor: 2, until: executed + 14 * day }, 'time')
  t.match(await take({ step: 'extend', case: 1, auditor: 2, until }), { until, extensionBy: null })
  await refuses({ step: 'notify', case: 1, people: 1 }, 'state')
  await refuses(closingOf(1, [1, 2, 3], { auditor: 4 }), 'auditor')
  await take(closingOf(1))
  await refuses({ step: 'notify', case: 1, people: 0 }, 'number')
  await refuses(closingOf(1), 'state')
  await refuses({ step: 'view', case: 9, auditor: 1 }, 'unknown')
  await whole()
})

t.test('of two who act at the same time exactly one wins', async t => {
  const { log, writer, whole } = await schoolLog(t)
  const race = async (...steps: CaseStep[]) => {
    const results = await Promise.allSettled(
      steps.map((step, index) => turn(() => writer.step(step, { now: log.now + index, trusted: false }))),
    )
    const reasons = results.map(one => (one.status === 'fulfilled' ? 'won' : one.reason.reason))
    t.equal(reasons.filter(one => one === 'won').length, 1, `${steps.map(step => step.step)}: ${reasons}`)
  }
  // As the thread does it: one after the other, in the order in which they came.
  let queue: Promise<unknown> = Promise.resolve()
  const turn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = queue.then(work)
    queue = next.catch(() => undefined)
    return next
  }
  await race(requestOf(1, log.moment), requestOf(1, log.moment, [2, 1, 3], { requester: 2 }))
  await race(reviewOf(1, 'approve', 2), reviewOf(1, 'approve', 3))
  await race({ step: 'cancel', case: 1, auditor: 1 }, executionOf(1))
  await turn(() => writer.step(requestOf(2, log.moment), log.moment))
  await race({ step: 'cancel', case: 2, auditor: 1 }, reviewOf(2, 'approve'))
  await turn(() => writer.step(requestOf(3, log.moment), log.moment))
  await race(reviewOf(3, 'deny', 3), reviewOf(3, 'approve', 2))
  await turn(() => bringTo('view', writer, log.moment, 4))
  await race({ step: 'propose-export', case: 4, auditor: 1 }, { step: 'propose-export', case: 4, auditor: 2 })
  await race({ step: 'export', case: 4, auditor: 2 }, { step: 'export', case: 4, auditor: 3 })
  await whole()
})

t.test('a case that nobody closes is closed by the portal after thirty days, and those concerned are told', async t => {
  const { log, writer, refuses, take, whole } = await schoolLog(t)
  const end = (id: number, told: 'told' | 'none' = 'told') => ({ step: 'end', case: id, told }) as const
  await take(requestOf(1, log.moment))
  await refuses(end(1), 'state', 'never opened')
  await take({ step: 'cancel', case: 1, auditor: 1 })
  await bringTo('execute', writer, log.moment)
  await bringTo('execute', writer, log.moment)
  log.now += 30 * day - 1
  await refuses(end(2), 'early')
  log.now += 1
  const ended = { state: 'closed', result: 'unclear', closedAt: log.now, report: 'there' }
  t.match(await take(end(2)), { ...ended, told: 'told' })
  t.match(await take(end(3, 'none')), { ...ended, told: 'none' })
  await refuses(end(2), 'state', 'once')
  await refuses(closingOf(2), 'state', 'nobody closes it again')
  await refuses({ step: 'notify', case: 3, people: 1 }, 'state', 'nobody to tell')
  await take({ step: 'notify', case: 2, people: 3 })
  await take({ step: 'shred', case: 2 })
  await whole()
})

t.test('while the clock is in doubt nothing runs out', async t => {
  const { log, writer, take, refuses, whole } = await schoolLog(t)
  await bringTo('execute', writer, log.moment)
  await take(requestOf(2, log.moment))
  const before = log.now
  log.now += 40 * day
  await writer.clockStepped(before, log.moment)
  await refuses({ step: 'expire', case: 2 }, 'clock')
  await refuses({ step: 'shred', case: 1 }, 'clock')
  await refuses({ step: 'end', case: 1, told: 'none' }, 'clock')
  await writer.note('clock_confirmed', { by: 'admin' }, log.moment)
  await take({ step: 'expire', case: 2 })
  await take({ step: 'shred', case: 1 })
  await whole()
})

t.test('a lock takes two auditors and a case; an emergency one ends by itself', async t => {
  const { log, writer, whole } = await schoolLog(t)
  await bringTo('execute', writer, log.moment)
  const note = (...[kind, fields]: [Parameters<typeof writer.note>[0], Record<string, number>]) =>
    writer.note(kind, fields, log.moment)
  const refuses = async (...[kind, fields, reason]: [Parameters<typeof note>[0], Record<string, number>, string]) =>
    t.match(await note(kind, fields).catch(error => error), { name: 'CaseRefused', reason }, kind)
  await refuses('lock_confirmed', { lock: 1, auditor: 2 }, 'state')
  await refuses('lock_proposed', { lock: 1, case: 2, auditor: 1 }, 'unknown')
  await refuses('lock_proposed', { lock: 1, case: 1, auditor: 4 }, 'auditor')
  await refuses('lift_proposed', { lock: 1, case: 1, auditor: 1 }, 'state')
  await refuses('lock_lapsed', { lock: 1 }, 'state')
  await refuses('lock_withdrawn', { lock: 1, auditor: 1 }, 'state')
  await note('lock_proposed', { lock: 1, case: 1, auditor: 1 })
  await refuses('lock_confirmed', { lock: 1, auditor: 1 }, 'state')
  await note('lock_confirmed', { lock: 1, auditor: 2 })
  await refuses('lock_lapsed', { lock: 1 }, 'state')
  await refuses('lock_lifted', { lock: 1, auditor: 2 }, 'state')
  await note('lift_proposed', { lock: 1, case: 1, auditor: 2 })
  await note('lock_withdrawn', { lock: 1, auditor: 2 })
  await note('lift_proposed', { lock: 1, case: 1, auditor: 2 })
  await refuses('lock_lifted', { lock: 1, auditor: 2 }, 'state')
  await note('lock_lifted', { lock: 1, auditor: 3 })
  await note('lock_emergency', { lock: 2 })
  await note('lock_proposed', { lock: 2, case: 1, auditor: 1 })
  await note('lock_lapsed', { lock: 2 })
  await note('lock_confirmed', { lock: 2, auditor: 3 })
  await note('lock_emergency', { lock: 3 })
  await note('lock_withdrawn', { lock: 3, auditor: 1 })
  await refuses('share_refused', { auditor: 9 }, 'auditor')
  await note('drill_passed', { auditor: 3 })
  await writer.appoint({ step: 'revoke', auditor: 3 }, log.moment)
  await refuses('drill_passed', { auditor: 3 }, 'auditor')
  await note('lock_proposed', { lock: 3, case: 1, auditor: 1 })
  await refuses('lock_confirmed', { lock: 3, auditor: 3 }, 'auditor')
  await note('lock_confirmed', { lock: 3, auditor: 2 })
  await whole()
})

t.test('whoever is revoked takes no part any more, not even in what they began', async t => {
  const { log, writer, refuses, take, whole } = await schoolLog(t)
  await enrolHolders(writer, 1, log.moment)
  await take(requestOf(1, log.moment, [1, 2, 3, 4]))
  await take(requestOf(2, log.moment, [2, 1, 3, 4]))
  await take(reviewOf(2, 'approve', 1, [1, 2, 3, 4]))
  for (const auditor of [1, 2]) await take({ step: 'present', case: 2, auditor })
  await writer.appoint({ step: 'revoke', auditor: 1 }, log.moment)
  await refuses(reviewOf(1, 'approve', 2, [2, 3, 4]), 'auditor', 'nobody is left who could open it')
  await refuses({ step: 'cancel', case: 1, auditor: 1 }, 'auditor')
  await refuses(executionOf(2), 'auditor')
  await refuses({ step: 'present', case: 2, auditor: 1 }, 'auditor')
  await refuses(reviewOf(1, 'deny', 2, [1, 2, 3, 4]), 'papers', 'nothing is sealed to them')
  await take(reviewOf(1, 'deny', 2, [2, 3, 4]))
  await take({ step: 'cancel', case: 2, auditor: 2 })
  await whole()
})
