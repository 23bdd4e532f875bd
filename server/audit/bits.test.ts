import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { ToldLog } from '../test/told-log.ts'
import type { Flipped, Flipping } from './test/flipping.ts'
import { inMemory, neighbours } from './test/flipping.ts'
import { bringTo, requestOf } from './test/small-case.ts'
import { verifyContents } from './verify.ts'

/** All of them with PFORTE_FULL; otherwise other ones each time, which PFORTE_SEED repeats. */
const bits = process.env.PFORTE_FULL === '1' ? 1 : 9
const seed = Number(process.env.PFORTE_SEED ?? Date.now() % 1_000_000)
t.setTimeout(bits === 1 ? 0 : 600_000)

async function flip(which: Flipping): Promise<Flipped> {
  const worker = new Worker(new URL('./test/flipping.ts', import.meta.url), { workerData: which })
  const [flipped] = (await once(worker, 'message')) as [Flipped]
  return flipped
}

t.test('every flipped bit of every value in every table is found', async t => {
  const log = new ToldLog(t.testdir(), '2026-07-14T07:59:00Z')
  await log.enrol()
  await log.append(1)
  await log.pass(24 * 95)
  t.equal(await log.prune(), 1)
  await log.append(2)
  await log.crash()
  await bringTo('execute', await log.writer(), log.moment)
  await (await log.writer()).step(requestOf(2, log.moment), log.moment)
  await log.append(1)
  await log.pass(1)
  await log.append(1)
  await log.crash()
  t.match(log.verify(), { whole: true, segments: 3, pruned: 1, records: 4 })
  const states = log.look(database => database.prepare('SELECT state FROM audit_segment ORDER BY id').all())
  t.same(
    states.map(row => row.state),
    ['pruned', 'recovered', 'closed', 'open'],
  )

  const { path, anchor } = log
  const halves = await Promise.all([0, 1].map(first => flip({ path, anchor, step: 2, first, bits, seed })))
  const tried = new Map<string, number>()
  for (const half of halves)
    for (const [table, bits] of Object.entries(half.tried)) tried.set(table, (tried.get(table) ?? 0) + bits)
  t.same(
    halves.flatMap(half => half.unseen),
    [],
    'no change goes unnoticed',
  )
  t.ok(
    halves.every(half => half.wholeAfterwards),
    'and everything is as it was again',
  )
  t.equal(tried.size, 13, 'every table had something in it')
  t.comment(`seed ${seed}`)
  for (const [table, bits] of tried) t.comment(`${table}: ${bits} bits`)
  t.comment(`${[...tried.values()].reduce((sum, bits) => sum + bits, 0)} bits, each found`)
})

t.test('every flipped bit of the anchor is found', async t => {
  const log = new ToldLog(t.testdir(), '2026-11-10T07:00:00Z')
  await log.append(1)
  await log.close()
  const database = inMemory(log.path)
  t.teardown(() => database.close())
  const unseen: number[] = []
  let bit = 0
  for (const changed of neighbours(Buffer.from(log.anchor ?? ''), 'TEXT')) {
    const anchor = Buffer.from(changed as Uint8Array).toString()
    if (verifyContents(database, { anchor, witnesses: [] }, null).whole) unseen.push(bit)
    bit += 1
  }
  t.same(unseen, [])
  t.comment(`${bit} bits, each found`)
})
