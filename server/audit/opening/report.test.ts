import { join } from 'node:path'
import t, { type Test } from 'tap'
import { approvedCase, begin, type CaseLog, caseLog, end, requestOf, withoutBelts } from '../../test/approved-case.ts'
import { hour, hourOf } from '../formats/layout.ts'
import { includes, inclusionProof, leafHash } from '../formats/merkle.ts'
import { noteIsSigned, parseCheckpoint, parseNote } from '../formats/note.ts'
import { generateKeyPair } from '../sealing/hpke.ts'
import { Tree } from './evidence.ts'
import type { Holder } from './period-key.ts'
import { makeReport, openReport, type Report, ReportStaysClosed } from './report.ts'
import { openReview } from './review.ts'
import { scan } from './scan.ts'
import { openShares } from './shares.ts'

async function logFor(t: Test): Promise<CaseLog> {
  const log = await caseLog(join(t.testdir({ log: {} }), 'log'))
  t.teardown(async () => {
    await log.file.close()
    await log.writer.close(log.moment)
  })
  return log
}

/** Opens the case, leaves its report in the log, and wipes what was opened. */
async function execute(log: CaseLog, id: number): Promise<void> {
  const { file, instance, holders, path, writer, moment } = log
  const [a, b] = [await openShares(file, instance, id, holders[0]), await openShares(file, instance, id, holders[1])]
  const review = await openReview(file, id, a, b)
  const found = await scan(review, path)
  const { report, counts } = await makeReport(file, instance, review, found, { 'person-5': 'Ömer Öztürk' }, end)
  await writer.step({ step: 'execute', case: id, report, ...counts }, moment)
  review.wipe()
}

async function isClosed(asked: Promise<unknown>): Promise<boolean> {
  const error = await asked.then(
    () => null,
    (problem: unknown) => problem,
  )
  return error instanceof ReportStaysClosed && error.cause === undefined
}

t.test('the two who opened a case read its report, and nobody else', async t => {
  const log = await logFor(t)
  const { file, instance, holders } = log
  const id = await approvedCase(log)
  await t.rejects(openReport(file, instance, id, holders[0]), 'there is none before')
  await execute(log, id)
  const report = await openReport(file, instance, id, holders[0])
  t.same(await openReport(file, instance, id, holders[1]), report, 'both read the same')
  t.match(report, { version: 1, no: '2026-001', request: requestOf(), madeAt: end, cut: false, doubts: [] })
  t.same(report.names, { 'person-5': 'Ömer Öztürk' })
  const own = log.written.map(one => JSON.parse(one.body)).filter(body => body.a === 'person-5')
  t.same(
    report.records.map(({ at, kind, actor, address, outcome }) => ({ at, kind, actor, address, outcome })),
    own.map(({ t: at, k: kind, a: actor, ip: address, r: outcome }) => ({ at, kind, actor, address, outcome })),
  )
  t.same(report.counts, { ...report.counts, kept: own.length, faults: 0 })
  t.ok(report.segments.every(({ verdict }) => verdict === 'intact' || verdict === 'open'))
  t.ok(report.segments.every(({ hour: of }) => of !== null && of >= hourOf(begin) - 1 && of <= hourOf(end) + 1))

  const [emil, finja, gero] = holders
  const pair = await generateKeyPair()
  const others: readonly (readonly [string, Holder])[] = [
    ['the third auditor', gero],
    ['the third under another number', { ...gero, auditor: 1 }],
    ['one of the two under the other’s number', { ...emil, auditor: finja.auditor }],
    ['a stranger', { auditor: 1, pair }],
  ]
  for (const [why, holder] of others) t.ok(await isClosed(openReport(file, instance, id, holder)), why)
  t.ok(await isClosed(openReport(file, Buffer.alloc(16), id, emil)), 'in another log')
  t.ok(await isClosed(openReport(file, instance, 99, emil)), 'of a case that there is not')
})

t.test('a report proves from the checkpoint that each segment is the one that was signed', async t => {
  const log = await logFor(t)
  const id = await approvedCase(log)
  await execute(log, id)
  const { proofs, segments } = await openReport(log.file, log.instance, id, log.holders[0])
  t.equal(proofs.whole, true)
  const said = parseCheckpoint(parseNote(proofs.note)?.text ?? '')
  const [line] = await log.file.all<{ key: string }>("SELECT body ->> 'key' AS key FROM audit_ledger WHERE idx = 0")
  t.ok(said && noteIsSigned(proofs.note, said.origin, Buffer.from(line?.key ?? '', 'hex')))
  const closed = segments.filter(({ verdict }) => verdict === 'intact')
  t.same(
    proofs.segments.map(one => one.id),
    closed.map(one => one.id),
    'each segment that has ended',
  )
  for (const { idx, body, proof } of proofs.segments) {
    const steps = proof.map(step => Buffer.from(step, 'base64'))
    const [size, root] = [said?.size ?? 0, said?.root ?? Buffer.alloc(32)]
    t.ok(includes(leafHash(body), idx, size, steps, root))
    t.notOk(includes(leafHash(body.replace('"n":20', '"n":19')), idx, size, steps, root))
  }
  for (let size = 1; size <= 40; size += 1) {
    const leaves = Array.from({ length: size }, (_, at) => leafHash(String(at)))
    const tree = new Tree(leaves)
    for (const at of leaves.keys())
      if (!sameSteps(tree.proof(at), inclusionProof(leaves, at))) t.fail(`${at} of ${size}`)
  }
})

const sameSteps = (a: readonly Buffer[], b: readonly Buffer[]) => Buffer.concat(a).equals(Buffer.concat(b))

t.test('a report says what is missing, what was changed, and when nobody could have recorded', async t => {
  const log = await logFor(t)
  const { writer, moment } = log
  const step = { now: moment.now + 3 * hour, trusted: false }
  await writer.clockStepped(moment.now, step)
  const writing = await withoutBelts(log.path)
  t.teardown(() => writing.close())
  const id = await approvedCase({ ...log, moment: step }, requestOf({ toMs: end + 2 * hour }))
  const [third, fifth] = (
    await log.file.all<{ id: number }>("SELECT id FROM audit_segment WHERE state = 'closed' AND n > 0 ORDER BY id")
  ).filter((_, at) => at === 2 || at === 4)
  await writing.script(`DELETE FROM audit_rec WHERE seg = ${third?.id};
    UPDATE audit_rec SET ab = (ab + 1) & 15 WHERE seg = ${fifth?.id} AND i = 3;`)
  await execute({ ...log, moment: step }, id)
  const report = await openReport(log.file, log.instance, id, log.holders[0])
  t.same(report.gaps.segments, [third?.id])
  t.equal(report.counts.faults, 2)
  t.same(
    report.segments.filter(({ verdict }) => verdict === 'changed' || verdict === 'gap').map(({ verdict }) => verdict),
    ['gap', 'changed'],
  )
  const silent = report.gaps.hours.reduce((sum, [from, to]) => sum + to - from + 1, 0)
  t.ok(silent > 40, `${silent} hours without a sign of life: the test's clock leaps six hours at a time`)
  const alive = new Set(
    (await log.file.all<{ t: number }>("SELECT body ->> 't' AS t FROM audit_ledger")).map(line => hourOf(line.t)),
  )
  for (const [from, to] of report.gaps.hours)
    for (let one = from; one <= to; one += 1) if (alive.has(one)) t.fail(`hour ${one} is not silent`)
  t.match(report.doubts, [{ before: moment.now, after: step.now }])
})

t.test('L8: every byte of a report that is changed is found, and nothing can be put in its place', async t => {
  const log = await logFor(t)
  const { file, instance, holders } = log
  const [id, other] = [await approvedCase(log), await approvedCase(log, requestOf({ reason: 'Etwas anderes' }))]
  await execute(log, id)
  await execute(log, other)
  const writing = await withoutBelts(log.path)
  t.teardown(() => writing.close())
  const stays = async (why: string, sql: string, expected = true) => {
    await writing.script(`SAVEPOINT before; ${sql}`)
    const closed = await isClosed(openReport(writing, instance, id, holders[0]))
    await writing.script('ROLLBACK TO before; RELEASE before')
    if (closed !== expected) t.fail(why)
  }
  await stays('untouched', 'SELECT 1', false)
  const [row] = await file.all<{ length: number }>(
    `SELECT length(ct) AS length FROM audit_report WHERE case_id = ${id}`,
  )
  const flip = (table: string, column: string, at: number, where: string) =>
    `UPDATE ${table} SET ${column} = CAST(substr(${column}, 1, ${at}) ||
     CASE WHEN substr(${column}, ${at + 1}, 1) = x'00' THEN x'01' ELSE x'00' END || substr(${column}, ${at + 2}) AS BLOB)
     WHERE case_id = ${id} AND ${where}`
  let flips = 0
  const each = async (table: string, column: string, length: number, where: string, every = 1) => {
    for (let at = 0; at < length; at += every) {
      flips += 1
      await stays(`${table}.${column} ${at}`, flip(table, column, at, where))
    }
  }
  for (const auditor of [1, 2]) {
    await each('audit_report_key', 'enc', 32, `auditor_id = ${auditor}`)
    await each('audit_report_key', 'sealed', 48, `auditor_id = ${auditor}`)
  }
  await each('audit_report', 'nonce', 12, 'TRUE')
  await each('audit_report', 'ct', row?.length ?? 0, 'TRUE', 1 + Math.floor((row?.length ?? 0) / 300))
  t.ok(flips > 450, `${flips} places`)
  const copy = (table: string, columns: string, from: string, into: string) =>
    `UPDATE ${table} SET (${columns}) = (SELECT ${columns} FROM ${table} AS o WHERE ${from}) WHERE ${into}`
  const whole = copy('audit_report', 'ct, nonce', `o.case_id = ${other}`, `case_id = ${id}`)
  const keys = copy(
    'audit_report_key',
    'enc, sealed',
    `o.case_id = ${other} AND o.auditor_id = audit_report_key.auditor_id`,
    `case_id = ${id}`,
  )
  await stays('the content of another case', whole)
  await stays('the keys of another case', keys)
  await stays('the whole report of another case', `${whole}; ${keys}`)
  const ledger = `UPDATE audit_ledger SET body = json_set(body, '$.report', (SELECT body ->> 'report' FROM audit_ledger
    WHERE body ->> 'k' = 'lookup_executed' AND body ->> 'case' = ${other}))
    WHERE body ->> 'k' = 'lookup_executed' AND body ->> 'case' = ${id}`
  await stays('and the line with it', `${whole}; ${keys}; ${ledger}`)
  await stays(
    'the other’s key',
    copy(
      'audit_report_key',
      'enc, sealed',
      `o.case_id = ${id} AND o.auditor_id = 2`,
      `case_id = ${id} AND auditor_id = 1`,
    ),
  )
  await stays('no key', `DELETE FROM audit_report_key WHERE case_id = ${id} AND auditor_id = 1`)
  const report: Report = await openReport(file, instance, id, holders[0])
  t.equal(report.request.reason, requestOf().reason, 'untouched it opens')
})
