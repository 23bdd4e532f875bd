import { generateKeyPairSync } from 'node:crypto'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { verifyFolder } from '../../test/audit.ts'
import { folderFor } from '../../test/folder.ts'
import { enrolHolders } from '../../test/sealed-log.ts'
import { openForReading, openForWriting } from '../file.ts'
import { hour } from '../formats/layout.ts'
import { requestOf } from '../test/small-case.ts'
import { anchorIn } from './anchor.ts'
import { Writer } from './writer.ts'

const start = Date.parse('2025-11-23T08:00:00Z')
const day = 24 * hour
t.setTimeout(120_000)
const record = { body: '{"v":1}', actor: '0', concerned: [] }

/** A log with `perDay` records on each of some days. */
async function filled(t: Test, days: number, perDay: number, retentionDays = 30) {
  const folder = folderFor(t)
  const file = await openForWriting(join(folder, 'audit.db'))
  const options = {
    key: generateKeyPairSync('ed25519').privateKey,
    host: 'portal.example',
    retentionDays,
    reasonGiven: false,
    software: { version: '1.0.0', tree: '0'.repeat(64) },
  }
  const anchor = anchorIn(join(folder, 'anchor'))
  const writer = new Writer(file, anchor, options)
  const at = (day_: number) => ({ now: start + day_ * day, trusted: true })
  t.teardown(() => file.close())
  for (let one = 0; one < days; one++)
    await writer.append(
      Array.from({ length: perDay }, () => record),
      at(one),
    )
  const pruner =
    (with_: Writer) =>
    async (on: number, confirmed: number | null = null) => {
      const plan = await with_.planPruning(confirmed, at(on))
      for (const due of plan.due) await with_.prune(due, at(on))
      if (plan.due.length > 0) await with_.endPruning(at(on))
      return { segments: plan.due.length, refused: plan.refused }
    }
  const kinds = async () =>
    (await file.all<{ k: string }>("SELECT body ->> 'k' AS k FROM audit_ledger ORDER BY idx")).map(row => row.k)
  const count = async (sql: string) => (await file.all<{ n: number }>(`SELECT count(*) AS n FROM ${sql}`))[0]?.n
  const reopen = async (on: number, days_: number) => {
    const other = new Writer(file, anchor, { ...options, retentionDays: days_ })
    await other.start(at(on))
    return { writer: other, prune: pruner(other) }
  }
  return { folder, writer, file, at, prune: pruner(writer), reopen, kinds, count }
}

t.test('each day one day goes, records and key; the ledger keeps that it was there', async t => {
  const log = await filled(t, 34, 5)
  t.same(await log.prune(29), { segments: 0, refused: null }, 'nothing is old enough')
  t.same(await log.prune(31), { segments: 1, refused: null })
  t.same(await log.prune(31), { segments: 0, refused: null })
  t.same(await log.prune(32), { segments: 1, refused: null })
  t.equal(await log.count('audit_rec WHERE seg <= 2'), 0)
  t.equal(await log.count('audit_rec'), 32 * 5)
  t.same(await log.file.all('SELECT DISTINCT enc, sealed, n FROM audit_segment WHERE id <= 2'), [
    { enc: null, sealed: null, n: 5 },
  ])
  t.same((await log.kinds()).filter(kind => kind === 'segment_pruned').length, 2)
  t.match(await verifyFolder(log.folder), { status: 0 })
})

t.test('what the days explain in which the log was there goes by itself', async t => {
  const log = await filled(t, 34, 5)
  await log.prune(31)
  t.same(await log.prune(33), { segments: 2, refused: null })
  const sudden = await filled(t, 60, 5)
  t.same(await sudden.prune(59 + 1), { segments: 30, refused: null }, 'thirty days explain thirty days')
})

t.test('after weeks in which the box was off, somebody confirms once', async t => {
  const log = await filled(t, 34, 5)
  t.same(await log.prune(33), { segments: 3, refused: null })
  const again = await log.reopen(80, 30)
  t.match(await again.writer.standing(log.at(80)), { doubt: 'none' }, 'the network vouches for the time')
  t.same(await again.prune(80), { segments: 0, refused: 'too-much' })
  const due = (await again.writer.standing(log.at(80)))?.pruneRefused?.due
  t.equal(due, 31 * 5)
  t.same(await again.prune(80.2, 31 * 5), { segments: 31, refused: null })
  t.match(await verifyFolder(log.folder), { status: 0 })
})

t.test('a clock that leaps deletes nothing more than usual, also where the network vouches for it', async t => {
  const log = await filled(t, 40, 5, 90)
  await log.writer.clockStepped(log.at(39).now, log.at(240))
  t.ok((await log.kinds()).includes('clock_confirmed'))
  await log.writer.tick(log.at(240))
  t.same(await log.prune(240), { segments: 0, refused: 'too-much' })
  t.equal(await log.count('audit_rec'), 40 * 5)
  t.match(await verifyFolder(log.folder), { status: 0 })
})

t.test('what was confirmed goes, and not what has become due since', async t => {
  const log = await filled(t, 66, 5, 60)
  await log.prune(61)
  const shortened = await log.reopen(65, 30)
  t.same(await shortened.prune(65), { segments: 0, refused: 'too-much' })
  const due = (await shortened.writer.standing(log.at(65)))?.pruneRefused?.due ?? 0
  t.same(await shortened.prune(66.5, due - 1), { segments: 0, refused: 'too-much' }, 'another number')
  const now = (await shortened.writer.standing(log.at(66.5)))?.pruneRefused?.due ?? 0
  t.equal(now, due + 5 * 2, 'said anew')
  t.same(
    await shortened.prune(67.5, due),
    { segments: 0, refused: 'too-much' },
    'what was confirmed is no longer what is due',
  )
  const last = (await shortened.writer.standing(log.at(67.5)))?.pruneRefused?.due ?? 0
  t.same(await shortened.prune(69.5, last), { segments: last / 5, refused: null })
  t.ok(((await log.count('audit_rec')) ?? 0) > 27 * 5 - 1, 'what is due since then is still there')
  t.match(await verifyFolder(log.folder), { status: 0 })
})

t.test('far more than usual is refused, said once, and done when somebody confirms it', async t => {
  const log = await filled(t, 66, 5, 60)
  for (const on of [61, 62, 63, 64]) t.same(await log.prune(on), { segments: 1, refused: null })
  const shortened = await log.reopen(65, 30)
  t.same(await shortened.prune(65), { segments: 0, refused: 'too-much' })
  t.same(await shortened.prune(65.1), { segments: 0, refused: 'too-much' })
  t.equal((await log.kinds()).filter(kind => kind === 'prune_refused').length, 1)
  t.match((await shortened.writer.standing(log.at(65)))?.pruneRefused, { due: 31 * 5, usual: 2 * 5 })
  t.same(await shortened.prune(65, 31 * 5), { segments: 31, refused: null })
  t.equal((await shortened.writer.standing(log.at(65)))?.pruneRefused, null)
  t.match(await verifyFolder(log.folder), { status: 0 })
})

t.test('what a case holds stays until it lets go, or until the hold ends by itself', async t => {
  const log = await filled(t, 34, 5)
  const first = start / hour
  const window = { from: Math.floor(first), to: Math.floor(first) + 2 }
  await enrolHolders(log.writer, 3, log.at(31))
  const { due } = await log.writer.planPruning(null, log.at(31))
  await log.writer.step(requestOf(1, log.at(31), [1, 2, 3], window), log.at(31))
  for (const one of due) await log.writer.prune(one, log.at(31))
  t.equal(await log.count('audit_rec WHERE seg = 1'), 5, 'not even when the deleting was planned before')
  t.same(await log.prune(32), { segments: 1, refused: null }, 'the second day goes, the first is held')
  t.equal(await log.count('audit_rec WHERE seg = 1'), 5)
  t.match(await verifyFolder(log.folder), { status: 0 })
  await log.writer.step({ step: 'cancel', case: 1, auditor: 1 }, log.at(32))
  t.same(await log.prune(32), { segments: 1, refused: null })
  t.same(
    (await log.kinds()).filter(kind => kind.startsWith('hold')),
    ['hold_set', 'hold_released'],
  )
  t.match(await verifyFolder(log.folder), { status: 0 })
  const forgotten = await filled(t, 2, 5)
  await enrolHolders(forgotten.writer, 3, forgotten.at(2))
  await forgotten.writer.step(requestOf(1, forgotten.at(2), [1, 2, 3], window), forgotten.at(2))
  t.same(await forgotten.prune(30.9), { segments: 0, refused: null })
  t.same(await forgotten.prune(32.1), { segments: 1, refused: null }, 'after thirty days')
})

t.test('what was deleted leaves the write-ahead log as soon as nobody reads any more', async t => {
  const log = await filled(t, 34, 5)
  const reader = await openForReading(join(log.folder, 'audit.db'))
  await reader.all('BEGIN')
  await reader.all('SELECT count(*) FROM audit_rec')
  t.same(await log.prune(33), { segments: 3, refused: null })
  const size = () => statSync(join(log.folder, 'audit.db-wal')).size
  await log.writer.tick(log.at(33))
  t.ok(size() > 0)
  await reader.all('COMMIT')
  await log.writer.tick(log.at(33))
  t.equal(size(), 0)
  await reader.close()
})

t.test('a month of which nothing is left loses its shares for ever', async t => {
  const log = await filled(t, 50, 1)
  t.same(await log.prune(39), { segments: 9, refused: null })
  t.same(
    (await log.kinds()).filter(kind => kind === 'period_shredded'),
    ['period_shredded'],
  )
  t.same(await log.count('audit_period WHERE shredded_idx IS NOT NULL'), 1)
  t.match(await verifyFolder(log.folder), { status: 0 })
})
