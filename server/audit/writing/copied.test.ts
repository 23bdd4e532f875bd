import { hash } from 'node:crypto'
import { cpSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { quickFolder } from '../../test/folder.ts'
import { Reading } from '../test/reading.ts'
import { at, makeAuditors, nameIn, recordOf, SmallLog } from '../test/small-log.ts'
import { verdictOn } from '../test/verdict.ts'
import { Writer } from './writer.ts'

const home = quickFolder(t)
const now = at('2026-11-23T10:00:00Z')
const later = at('2026-11-23T10:30:00Z')
const noteOf = (log: SmallLog) => ({ name: log.folder, text: readFileSync(join(log.anchorFolder, 'last'), 'utf8') })

t.test('L14: a machine that is restored twice from one image uses no key twice, and cannot hide the other', async t => {
  const auditors = await makeAuditors(3)
  const original = new SmallLog(join(home, 'original'))
  const keys: string[] = []
  const watch = (key: Buffer) => void keys.push(hash('sha256', key))
  original.watch = watch
  const writer = new Writer(await original.open(), original.anchor, original.options)
  for (const { row } of auditors) await writer.enrol(row, now)
  const common = Array.from({ length: 20 }, (_, number) => `common-${number}`)
  await writer.append(common.map(recordOf), now)

  const copies = ['first', 'second'].map(name => {
    const copy = new SmallLog(join(home, name), original.key)
    copy.watch = watch
    return copy
  })
  // In the middle of a segment, with the log open, as an image of the whole machine is taken.
  for (const copy of copies) cpSync(original.folder, copy.folder, { recursive: true })
  const image = { name: 'image', text: noteOf(original).text }

  for (const [place, copy] of copies.entries()) {
    const own = await copy.writer(later)
    await own.append([recordOf(`only-${place}`)], later)
    await own.append(
      Array.from({ length: 30 }, (_, number) => recordOf(`more-${place}-${number}`)),
      later,
    )
    await own.close(later)
  }
  await writer.append([recordOf('in the original')], later)
  await writer.close(later)
  t.equal(keys.length, 20 + 2 * 31 + 1)
  t.equal(new Set(keys).size, keys.length, 'no key is used twice')

  const logs = [original, ...copies]
  for (const log of logs) {
    t.equal(await verdictOn(log), null, 'each is whole by itself')
    t.equal(await verdictOn(log, [image, noteOf(log)]), null, 'and goes on from what was common')
    for (const other of logs)
      if (other !== log) t.type(await verdictOn(log, [noteOf(other)]), 'string', 'but not with the word of another')
  }
  const [first, second] = copies as [SmallLog, SmallLog]
  t.match(await verdictOn(first, [noteOf(second)]), /widerspr/)
  for (const [place, copy] of copies.entries()) {
    const found = await copy.look(database => new Reading(database, auditors).segments())
    const names = found.flatMap(({ texts }) => (texts ?? []).map(nameIn))
    t.same(names.slice(0, 21), [...common, `only-${place}`])
    t.equal(names.length, 51)
  }
})

t.test('an older image in the place of the log: no key is used twice, and its records are missed', async t => {
  const auditors = await makeAuditors(3)
  const log = new SmallLog(join(home, 'put-back'))
  const keys: string[] = []
  log.watch = key => void keys.push(hash('sha256', key))
  const writer = await log.writer(now)
  for (const { row } of auditors) await writer.enrol(row, now)
  await writer.append([recordOf('kept')], now)
  await writer.close(now)
  const kept = noteOf(log)
  cpSync(log.path, join(log.folder, 'image.db'))
  const second = await log.writer(later)
  await second.append([recordOf('lost')], later)
  await second.close(later)
  const lost = noteOf(log)
  cpSync(join(log.folder, 'image.db'), log.path)
  t.type(await verdictOn(log), 'string', 'before a start, the anchor tells')

  const third = await log.writer(later)
  t.match(await third.standing(later), { origin: /\/g2$/, restore: { acknowledged: [] } })
  await third.append([recordOf('new')], later)
  await third.close(later)
  t.equal(new Set(keys).size, keys.length)
  t.equal(await verdictOn(log, [kept]), null)
  t.match(await verdictOn(log, [lost]), /älterer Stand eingespielt/)
})

t.test('a log that is gone while its anchor stays: the new one says so, and keeps what was signed', async t => {
  const log = new SmallLog(join(home, 'gone'))
  const writer = await log.writer(now)
  await writer.append([recordOf('lost')], now)
  await writer.close(now)
  const { text } = noteOf(log)
  for (const end of ['', '-wal', '-shm']) rmSync(`${log.path}${end}`, { force: true })
  const next = await log.writer(later)
  t.match(await next.standing(later), { origin: /\/g2$/, restore: { acknowledged: [] } })
  await next.append([recordOf('new')], later)
  await next.close(later)
  t.equal(await verdictOn(log), null)
  t.equal(readFileSync(join(log.anchorFolder, 'before-g2'), 'utf8'), text)
  const again = await log.writer(later)
  t.match(await again.standing(later), { origin: /\/g2$/ }, 'said once')
  await again.close(later)
  t.equal(await verdictOn(log), null)
})

t.test('restored twice from one backup without an anchor: the second time is another generation', async t => {
  const log = new SmallLog(join(home, 'twice'))
  await (await log.writer(now)).close(now)
  cpSync(log.path, join(log.folder, 'image.db'))
  const origins: (string | undefined)[] = []
  for (const _ of [1, 2]) {
    cpSync(join(log.folder, 'image.db'), log.path)
    rmSync(join(log.anchorFolder, 'last'))
    const writer = await log.writer(later)
    origins.push((await writer.standing(later))?.origin.slice(-3))
    await writer.close(later)
    t.equal(await verdictOn(log), null)
  }
  t.same(origins, ['/g2', '/g3'])
})
