import t, { type Test } from 'tap'
import { ask, type CaseLog, caseLog, decide, requestOf, withoutBelts } from '../../test/approved-case.ts'
import type { Value } from '../file.ts'
import { hourOf, sha256 } from '../formats/layout.ts'
import { generateKeyPair } from '../sealing/hpke.ts'
import { type CaseRequest, canonical, openPaper, PaperStaysClosed, sealPaper } from './papers.ts'

async function logFor(t: Test): Promise<CaseLog> {
  const log = await caseLog(t.testdir({}))
  t.teardown(async () => {
    await log.file.close()
    await log.writer.close(log.moment)
  })
  return log
}

async function isClosed(asked: Promise<unknown>): Promise<boolean> {
  const error = await asked.then(
    () => null,
    (problem: unknown) => problem,
  )
  return error instanceof PaperStaysClosed && error.cause === undefined
}

t.test('each auditor reads a paper with their own key, and nobody else does', async t => {
  const log = await logFor(t)
  const { file, instance, holders } = log
  const [emil, finja, gero] = holders
  const id = await ask(log)
  await decide(log, id)
  for (const holder of holders) {
    t.same(await openPaper<CaseRequest>(file, instance, id, 'request', holder), requestOf())
    t.match(await openPaper(file, instance, id, 'review', holder), { decision: 'approve', ticks: ['necessary'] })
  }
  const other = await ask(log, requestOf({ reason: 'Etwas anderes' }))
  const pair = await generateKeyPair()
  const refused: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['a stranger', () => openPaper(file, instance, id, 'request', { auditor: 1, pair })],
    ['another number', () => openPaper(file, instance, id, 'request', { ...emil, auditor: 2 })],
    ['no auditor', () => openPaper(file, instance, id, 'request', { ...gero, auditor: 4 })],
    ['another log', () => openPaper(file, Buffer.alloc(16), id, 'request', emil)],
    ['a case that there is not', () => openPaper(file, instance, 99, 'request', emil)],
    ['a paper that there is not', () => openPaper(file, instance, other, 'review', emil)],
    ['one that comes later', () => openPaper(file, instance, id, 'result', finja)],
  ]
  for (const [why, asked] of refused) t.ok(await isClosed(asked()), why)
})

t.test('a dummy opens for nobody, and looks like the others', async t => {
  const log = await logFor(t)
  const { file, instance, writer, holders } = log
  const request = requestOf()
  const recipients = holders.map(({ auditor, pair }, at) => ({
    id: auditor,
    pub: pair.publicKey,
    ...(at === 2 && { dummy: true as const }),
  }))
  const { hash, papers } = await sealPaper(instance, recipients, 'request', request)
  t.same(new Set(papers.map(({ enc, sealed }) => `${enc.length}/${sealed.length}`)).size, 1)
  const hours = { from: hourOf(request.fromMs), to: hourOf(request.toMs - 1) }
  const id = await writer.nextCase()
  const about = { case: id, category: request.category, requester: 1, request: hash, papers, ...hours }
  await writer.step({ step: 'request', ...about }, log.moment)
  const [emil, finja, gero] = holders
  for (const holder of [emil, finja])
    t.same(await openPaper<CaseRequest>(file, instance, id, 'request', holder), request)
  t.ok(await isClosed(openPaper(file, instance, id, 'request', gero)), 'like any paper of somebody else')
})

t.test('L8: papers that were moved between cases, auditors and kinds stay closed', async t => {
  const log = await logFor(t)
  const { file, instance, holders } = log
  const [emil] = holders
  const id = await ask(log)
  await decide(log, id)
  const other = await ask(log, requestOf({ reason: 'Etwas anderes' }))
  await decide(log, other)
  const writing = await withoutBelts(log.path)
  t.teardown(() => writing.close())
  const place = (of: number, kind: string, auditor: number) =>
    `case_id = ${of} AND kind = '${kind}' AND auditor_id = ${auditor}`
  const own = place(id, 'request', 1)
  const moved: readonly (readonly [string, string])[] = [
    ['another case', place(other, 'request', 1)],
    ['another auditor', place(id, 'request', 2)],
    ['another kind', place(id, 'review', 1)],
  ]
  const [before] = await writing.all<{ enc: Buffer; sealed: Buffer }>(
    `SELECT enc, sealed FROM audit_paper WHERE ${own}`,
  )
  const put = (enc: Value, sealed: Value) =>
    writing.run(`UPDATE audit_paper SET enc = ?, sealed = ? WHERE ${own}`, enc, sealed)
  for (const [why, from] of moved) {
    await writing.run(
      `UPDATE audit_paper SET (enc, sealed) = (SELECT enc, sealed FROM audit_paper WHERE ${from}) WHERE ${own}`,
    )
    t.ok(await isClosed(openPaper(file, instance, id, 'request', emil)), why)
    await put(before?.enc ?? null, before?.sealed ?? null)
  }
  // Sealed by somebody who knows the public keys, and named by no line.
  const forged = await sealPaper(instance, [{ id: 1, pub: emil.pair.publicKey }], 'request', requestOf())
  await put(forged.papers[0]?.enc ?? null, forged.papers[0]?.sealed ?? null)
  t.ok(await isClosed(openPaper(file, instance, id, 'request', emil)), 'the same words, sealed anew')
  await put(before?.enc ?? null, before?.sealed ?? null)
  t.same(await openPaper(file, instance, id, 'request', emil), requestOf(), 'put back, it opens')
})

t.test('every byte of a paper that is changed is found', async t => {
  const log = await logFor(t)
  const { instance, holders } = log
  const id = await ask(log)
  const writing = await withoutBelts(log.path)
  t.teardown(() => writing.close())
  const [row] = await writing.all<{ enc: Buffer; sealed: Buffer }>(
    `SELECT enc, sealed FROM audit_paper WHERE case_id = ${id} AND auditor_id = 1`,
  )
  if (!row) throw new Error('There is no paper')
  let opened = 0
  for (const column of ['enc', 'sealed'] as const) {
    for (let at = 0; at < row[column].length; at += 1) {
      const bytes = Buffer.from(row[column])
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8))
      await writing.run(`UPDATE audit_paper SET ${column} = ? WHERE case_id = ? AND auditor_id = 1`, bytes, id)
      if (!(await isClosed(openPaper(writing, instance, id, 'request', holders[0])))) opened += 1
    }
    await writing.run(`UPDATE audit_paper SET ${column} = ? WHERE case_id = ? AND auditor_id = 1`, row[column], id)
  }
  t.equal(opened, 0)
  t.same(await openPaper(writing, instance, id, 'request', holders[0]), requestOf())
})

t.test('the same content has the same bytes, and never the same hash', async t => {
  t.equal(canonical({ b: [2, { d: null, c: 'ü' }], a: 1 }), '{"a":1,"b":[2,{"c":"ü","d":null}]}')
  t.equal(canonical({ a: 1, b: { d: 1, c: 2 } }), canonical({ b: { c: 2, d: 1 }, a: 1 }))
  const pair = await generateKeyPair()
  const recipients = [{ id: 1, pub: pair.publicKey }]
  const [one, other] = [
    await sealPaper(Buffer.alloc(16), recipients, 'request', requestOf()),
    await sealPaper(Buffer.alloc(16), recipients, 'request', requestOf()),
  ]
  t.not(one.hash, other.hash, 'nobody finds out by guessing')
  t.notSame(one.hash, sha256(canonical(requestOf())).toString('hex'))
  const lengths = new Set<number>()
  for (const words of [1, 20, 80, 200]) {
    const { papers } = await sealPaper(Buffer.alloc(16), recipients, 'review', { words: 'Wort '.repeat(words) })
    lengths.add(papers[0]?.sealed.length ?? 0)
  }
  t.ok(lengths.size <= 2, 'short or long: the length says little')
})
