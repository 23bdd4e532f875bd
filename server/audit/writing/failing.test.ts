import { rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { quickFolder } from '../../test/folder.ts'
import { openForReading, openForWriting } from '../file.ts'
import { planConfirmed } from '../test/confirmed.ts'
import { FailingLog } from '../test/failing-log.ts'
import { Reading } from '../test/reading.ts'
import { closing, goingOn, script } from '../test/scripted-life.ts'
import { at, makeAuditors, nameIn, recordOf, SmallLog, trusted } from '../test/small-log.ts'
import { Told } from '../test/told.ts'
import { verdictOn } from '../test/verdict.ts'
import { Writer } from './writer.ts'

t.setTimeout(600_000)
const home = quickFolder(t)
const auditors = await makeAuditors(3)

/** Lives the script with one failure; each act that fails is tried again at once, and must then work. */
async function liveWith(name: string, fuse: number): Promise<{ steps: number; failures: number }> {
  const log = new SmallLog(join(home, name))
  log.segmentSize = 8
  const told = new Told(join(log.folder, 'told'))
  log.watch = (key, plaintext) => told.key(key, plaintext)
  const disk = new FailingLog(log)
  disk.fuse = fuse
  const stage = async () => ({
    writer: await disk.writer(),
    auditors,
    reached: told.reached.bind(told),
    acknowledged: told.acknowledged.bind(told),
  })
  for (const act of script) {
    const next = await stage()
    if (await disk.act(() => act(next, 0))) continue
    if (!(await disk.act(() => act(next, 1)))) throw new Error('the second time failed, too')
  }
  const done = { steps: disk.steps, failures: disk.failures }
  await disk.end(async () => closing(told.lastTime)(await stage(), 0))
  for (const act of goingOn(told.lastTime)) await act(await stage(), 0)
  await disk.end()
  const verdict = await verdictOn(log)
  if (verdict !== null) throw new Error(verdict)
  told.checkRecords(await log.look(database => new Reading(database, auditors).segments()))
  told.checkKeys()
  told.end()
  rmSync(log.folder, { recursive: true })
  return done
}

t.test('a disk that refuses any one step costs one act, and nothing that was acknowledged', async t => {
  const { steps } = await liveWith('dry', 0)
  t.ok(steps >= 500)
  // The seed says which ninth it is this time.
  const each = process.env.PFORTE_FULL === '1' ? 1 : 9
  const seed = Number(process.env.PFORTE_SEED ?? Date.now() % 1_000_000)
  for (let fuse = 1 + (seed % each); fuse <= steps; fuse += each) {
    const { failures } = await liveWith(`at-${fuse}`, fuse).catch(cause => {
      throw new Error(`failed at step ${fuse}`, { cause })
    })
    t.equal(failures, 1, `step ${fuse}`)
  }
})

t.test('L18: read-only, full or locked: the act is refused, and the next one works', async t => {
  const now = at('2026-11-23T10:00:00Z')
  const log = new SmallLog(join(home, 'refusing'))
  const file = await log.open()
  const writer = new Writer(file, log.anchor, log.options)
  for (const { row } of auditors) await writer.enrol(row, now)
  const other = await openForWriting(log.path)
  const names: string[] = []
  const append = async (count: number) => {
    const wanted = Array.from({ length: count }, (_, number) => `r${names.length + number}`)
    await writer.append(wanted.map(recordOf), now)
    names.push(...wanted)
  }
  await append(3)

  const refusals = [
    {
      code: 'SQLITE_READONLY',
      begin: () => file.run('PRAGMA query_only = ON'),
      end: () => file.run('PRAGMA query_only = OFF'),
    },
    {
      code: 'SQLITE_FULL',
      begin: () => file.run('PRAGMA max_page_count = 1'),
      end: () => file.run('PRAGMA max_page_count = 1073741823'),
    },
    { code: 'SQLITE_BUSY', begin: () => other.run('BEGIN IMMEDIATE'), end: () => other.run('ROLLBACK') },
  ]
  for (const { code, begin, end } of refusals) {
    await begin()
    await t.rejects(append(40), { code })
    await end()
    await append(1)
    t.pass(code)
  }
  await other.close()
  await writer.close(now)
  t.equal(await verdictOn(log), null)
  const found = await log.look(database => new Reading(database, auditors).segments())
  t.same(
    found.flatMap(({ texts }) => (texts ?? []).map(nameIn)),
    names,
  )
})

t.test('a file that cannot be written at all refuses from the start', async t => {
  const log = new SmallLog(join(home, 'for-readers'))
  await (await log.writer(at('2026-11-23T10:00:00Z'))).close(at('2026-11-23T10:00:00Z'))
  const writer = new Writer(await openForReading(log.path), log.anchor, log.options)
  await t.rejects(writer.append([recordOf('one')], at('2026-11-23T10:01:00Z')), { code: 'SQLITE_READONLY' })
  await writer.close(at('2026-11-23T10:02:00Z'))
  t.equal(await verdictOn(log), null)
})

t.test('an anchor that could not be written, from the first note on, is no restore', async t => {
  const log = new SmallLog(join(home, 'no-anchor'))
  const now = at('2026-11-23T10:00:00Z')
  const file = await log.open()
  const { anchor } = log
  let left = 3
  const writer = new Writer(
    file,
    {
      ...anchor,
      async write(note) {
        left -= 1
        if (left >= 0) throw new Error('no space left on device')
        await anchor.write(note)
      },
    },
    log.options,
  )
  for (const _ of [1, 2, 3]) await t.rejects(writer.append([recordOf('one')], now), { message: /no space/ })
  await writer.append([recordOf('two')], now)
  t.match(await writer.standing(now), { restore: null })
  await writer.close(now)
  t.equal(await verdictOn(log), null)
})

t.test('what is pruned already is not pruned again', async t => {
  const log = new SmallLog(join(home, 'pruned'))
  const [now, later] = [at('2026-11-23T10:00:00Z'), trusted('2027-02-01T10:00:00Z')]
  const writer = await log.writer(now)
  await writer.append([recordOf('one')], now)
  await writer.tick(later)
  const { due } = await planConfirmed(writer, later)
  t.equal(due.length, 1)
  for (const segment of [...due, ...due]) await writer.prune(segment, later)
  await writer.endPruning(later)
  await writer.close(later)
  t.equal(await verdictOn(log), null)
})
