import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { folderFor } from '../../test/folder.ts'
import { enrolHolders } from '../../test/sealed-log.ts'
import { ToldLog } from '../../test/told-log.ts'
import { makeAuditor } from '../test/small-log.ts'
import type { AuditorStep } from './auditor-steps.ts'

async function schoolLog(t: Test, auditors = 4) {
  const log = new ToldLog(folderFor(t), '2026-11-10T07:00:00Z')
  await log.enrol(auditors)
  await log.append(2)
  const writer = await log.writer()
  t.teardown(() => log.close())
  const rows = (sql: string) =>
    log.look(database =>
      database
        .prepare(sql)
        .all()
        .map(row => ({ ...row })),
    )
  const take = (step: AuditorStep) => writer.appoint(step, log.moment)
  const refuses = async (step: AuditorStep, reason: string, why: string) => {
    const before = log.anchor
    t.match(await take(step).catch(error => error), { name: 'CaseRefused', reason }, why)
    t.equal(log.anchor, before, `${why}: nothing was written`)
  }
  const whole = () => t.match(log.verify(), { whole: true })
  return { log, writer, rows, take, refuses, whole }
}

/** As long as shares are; whether they open anything, nobody looks here. */
const sharesFor = (...auditors: number[]) =>
  auditors.map((auditor, index) => ({ auditor, no: index + 1, enc: randomBytes(32), sealed: randomBytes(49) }))

t.test('whoever is revoked has no share of any month, and gets none of the next', async t => {
  const { log, rows, take, refuses, whole } = await schoolLog(t)
  log.now = Date.parse('2026-11-26T07:00:00Z')
  await log.pass(0)
  // This month's was opened when there were three, that of the next when there were four.
  t.same(rows('SELECT n FROM audit_period ORDER BY id'), [{ n: 3 }, { n: 4 }])
  await take({ step: 'revoke', auditor: 2 })
  whole()
  t.same(rows('SELECT * FROM audit_share WHERE auditor_id = 2'), [])
  t.equal(rows('SELECT * FROM audit_share').length, 5)
  t.match(rows('SELECT state, revoked_idx FROM audit_auditor WHERE id = 2'), [{ state: 'revoked' }])
  await refuses({ step: 'revoke', auditor: 2 }, 'auditor', 'twice')
  await refuses({ step: 'revoke', auditor: 9 }, 'auditor', 'nobody')
  log.now = Date.parse('2026-12-26T07:00:00Z')
  await log.pass(0)
  await (await log.writer()).note('clock_confirmed', { by: 'admin' }, log.moment)
  await log.pass(1)
  t.same(rows('SELECT auditor_id AS a FROM audit_share WHERE period_id = 3 ORDER BY 1'), [{ a: 1 }, { a: 3 }, { a: 4 }])
  whole()
})

t.test('a person who comes back gets a new number', async t => {
  const { log, writer, rows, take, whole } = await schoolLog(t)
  await take({ step: 'revoke', auditor: 2 })
  const { row } = await makeAuditor(await writer.nextAuditor())
  await writer.enrol({ ...row, account_id: 'account-2', person: 'person-2' }, log.moment)
  t.match(rows("SELECT id FROM audit_auditor WHERE person = 'person-2'"), [{ id: 2 }, { id: 5 }])
  const twice = await makeAuditor(await writer.nextAuditor())
  await t.rejects(writer.enrol({ ...twice.row, account_id: 'account-2' }, log.moment), /UNIQUE/)
  await t.rejects(writer.enrol({ ...twice.row, id: 9 }, log.moment), { name: 'CaseRefused', reason: 'number' })
  whole()
})

t.test('there are seven at most', async t => {
  const { log, writer, take, whole } = await schoolLog(t, 7)
  const eighth = (await makeAuditor(await writer.nextAuditor())).row
  await t.rejects(writer.enrol(eighth, log.moment), { name: 'CaseRefused', reason: 'too-many-auditors' })
  await take({ step: 'revoke', auditor: 1 })
  await writer.enrol(eighth, log.moment)
  whole()
})

t.test('a new passphrase wraps the same key anew, and leaves the shares as they are', async t => {
  const { rows, take, refuses, whole } = await schoolLog(t)
  const before = rows('SELECT * FROM audit_share')
  const wrapping = { wrapped: randomBytes(48), nonce: randomBytes(12), salt: randomBytes(16), kdf: '{}' }
  await take({ step: 'passphrase', auditor: 1, ...wrapping })
  whole()
  t.same(rows('SELECT * FROM audit_share'), before)
  t.match(rows('SELECT kdf FROM audit_auditor WHERE id = 1'), [{ kdf: '{}' }])
  await refuses({ step: 'passphrase', auditor: 1, ...wrapping }, 'shares', 'the same salt again')
  await refuses({ step: 'passphrase', auditor: 1, ...wrapping, wrapped: randomBytes(32) }, 'shares', 'too short')
  await refuses({ step: 'passphrase', auditor: 7, ...wrapping }, 'auditor', 'nobody')
  await take({ step: 'revoke', auditor: 1 })
  await refuses({ step: 'passphrase', auditor: 1, ...wrapping, salt: randomBytes(16) }, 'auditor', 'revoked')
})

t.test('shares that are handed out anew take the place of the old ones', async t => {
  const { log, writer, rows, take, refuses, whole } = await schoolLog(t)
  await enrolHolders(writer, 1, log.moment)
  await take({ step: 'revoke', auditor: 2 })
  const reissue = (...shares: ReturnType<typeof sharesFor>) => ({ step: 'reissue', period: 1, shares }) as const
  await take(reissue(...sharesFor(1, 3, 5)))
  whole()
  t.match(rows('SELECT gen, auditor_id AS a FROM audit_share ORDER BY 2'), [
    { gen: 1, a: 1 },
    { gen: 1, a: 3 },
    { gen: 1, a: 5 },
  ])
  await take(reissue(...sharesFor(5, 4, 3, 1)))
  t.match(rows('SELECT n FROM audit_period WHERE id = 1'), [{ n: 4 }])
  t.equal(rows('SELECT * FROM audit_share WHERE gen = 2').length, rows('SELECT * FROM audit_share').length)
  whole()
  await refuses(reissue(...sharesFor(1, 3)), 'shares', 'for two')
  await refuses(reissue(...sharesFor(1, 3, 3)), 'shares', 'L3: two for one person')
  await refuses(reissue(...sharesFor(1, 3, 2)), 'shares', 'for somebody who was revoked')
  await refuses(reissue(...sharesFor(1, 3, 9)), 'shares', 'for nobody')
  const [a, b, c] = sharesFor(1, 3, 5)
  if (a && b && c) {
    await refuses(reissue(a, b, { ...c, no: 2 }), 'shares', 'L3: the same number twice')
    await refuses(reissue(a, b, { ...c, sealed: randomBytes(48) }), 'shares', 'one that is too short')
  }
  await refuses({ ...reissue(...sharesFor(1, 3, 5)), period: 9 }, 'unknown', 'no such month')
  for (const days of [25, 40, 60]) {
    log.now += days * 24 * 3_600_000
    await log.pass(0)
    await writer.note('clock_confirmed', { by: 'admin' }, log.moment)
    await log.append(1)
  }
  await log.pass(1)
  await log.prune()
  t.same(
    rows('SELECT * FROM audit_share WHERE period_id = 1'),
    [],
    'a month that is over loses those of every generation',
  )
  whole()
})

t.test('a month that nobody could ever open gets no shares', async t => {
  const log = new ToldLog(folderFor(t), '2026-11-10T07:00:00Z')
  await log.append(1)
  await log.enrol()
  const writer = await log.writer()
  const reissue = { step: 'reissue', period: 1, shares: sharesFor(1, 2, 3) } as const
  await t.rejects(writer.appoint(reissue, log.moment), { name: 'CaseRefused', reason: 'unknown' })
  await log.close()
})
