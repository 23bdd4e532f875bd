import { generateKeyPairSync } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ToldLog } from '../test/told-log.ts'
import { requestOf } from './test/small-case.ts'
import type { Verdict } from './verify.ts'

type Whole = Extract<Verdict, { whole: true }>
type Tap = Pick<typeof t, 'match' | 'fail'>

function whole(t: Tap, verdict: Verdict, why: string): Whole {
  if (!verdict.whole) t.fail(`${why}: ${verdict.where}`)
  t.match(verdict, { whole: true }, why)
  return verdict as Whole
}

t.test('a log to which much happens stays whole: months, pruning, restarts, a crash, clocks', async t => {
  const log = new ToldLog(t.testdir(), '2026-10-05T07:30:00Z')
  await log.append(3)
  await log.close()
  whole(t, log.verify(), 'before there are auditors, with an unreadable period')
  await log.enrol(3)
  await log.append(12)
  await log.close()
  const first = whole(t, log.verify(), 'a full segment and the rest of the hour')
  t.match(first, { records: 15, segments: 4, pruned: 0, until: log.now })

  for (let day = 0; day < 40; day += 1) {
    await log.append(2)
    await log.pass(24)
  }
  await log.close()
  whole(t, log.verify(), 'over the end of a month')

  await log.append(4)
  await log.crash()
  const crashed = whole(t, log.verify(), 'after a crash, with a segment that is still open')
  t.equal(crashed.records, 99)
  log.now += 10 * 60_000
  await log.append(1)
  await log.close()
  whole(t, log.verify(), 'and with that segment recovered')

  const before = log.now
  log.now -= 3 * 3_600_000
  await (await log.writer()).clockStepped(before, log.moment)
  await log.append(2)
  log.now += 4 * 3_600_000
  await log.append(2)
  await log.close()
  const stepped = whole(t, log.verify(), 'after the clock was put back three hours')
  t.match(stepped.notes.join(), /sprang die Uhr/)
  await (await log.writer()).note('clock_confirmed', { by: 'admin' }, log.moment)
  log.now -= 30 * 60_000
  await log.append(2)
  await log.crash()
  log.now -= 2 * 3_600_000
  await log.append(2)
  await log.close()
  whole(t, log.verify(), 'after a step that nobody saw, a crash and another step')

  const writer = await log.writer()
  await writer.note('clock_confirmed', { by: 'admin' }, log.moment)
  await writer.step(requestOf(1, log.moment), log.moment)
  for (let week = 0; week < 9; week += 1) {
    await log.append(1)
    await log.pass(24 * 7)
  }
  t.ok((await log.prune()) > 10)
  await writer.step({ step: 'expire', case: 1 }, log.moment)
  await log.pass(24 * 40)
  await log.append(1)
  await log.pass(1)
  t.ok((await log.prune()) > 20, 'two months are over')
  await log.close()
  const pruned = whole(t, log.verify(), 'after pruning')
  t.ok(pruned.pruned > 40)

  log.key = generateKeyPairSync('ed25519').privateKey
  await log.append(1)
  await log.close()
  const { notes } = whole(t, log.verify([log.witness('NAS')]), 'with a new key')
  t.match(notes.join(), /wechselte der Schlüssel, ohne Unterschrift des alten/)
  t.match(notes.join(), /Es unterschreibt der Schlüssel [0-9a-f]{8}\./)
})

t.test('where a period cannot be opened the last one goes on, and the log says so', async t => {
  const log = new ToldLog(t.testdir(), '2026-11-10T07:00:00Z')
  await log.enrol()
  await log.append(2)
  await log.close()
  log.now += 30 * 24 * 3_600_000
  await log.append(2)
  await log.pass(30)
  await log.append(2)
  await log.close()
  const { notes } = whole(t, log.verify(), 'a doubtful clock opens no period')
  t.match(notes.join(), /Zeitraum 1 wurde .* verlängert/)
  t.match(notes.join(), /sprang die Uhr/)
})

t.test('a restored backup goes on as a new generation; who saw more before says what is missing', async t => {
  const log = new ToldLog(t.testdir(), '2026-11-10T07:00:00Z')
  await log.enrol()
  await log.append(7)
  await log.pass(1)
  await log.backUp('yesterday.db')
  const early = log.witness('early')
  await log.append(4)
  await log.pass(3)
  await log.close()
  const late = log.witness('late')
  t.match(whole(t, log.verify([early, late]), 'nothing is missing').notes.join(), /Bezeugt sind \d+ Zeilen/)

  await log.restore('yesterday.db')
  t.match(log.verify(), { whole: false, where: /Am Ende fehlen Zeilen: Der Anker/ }, 'put back and not yet started')
  const withNewKey = log.key
  log.key = generateKeyPairSync('ed25519').privateKey
  await log.append(2)
  await log.pass(2)
  await log.close()
  const { notes } = whole(t, log.verify([early]), 'after a start, and with another key')
  t.match(notes.join(), /ein älterer Stand eingespielt; die Zeilen \d+ bis \d+ von damals fehlen/)
  t.match(log.verify([late]), {
    whole: false,
    where: /wurde ein älterer Stand eingespielt, die Zeilen \d+ bis \d+ aus/,
  })

  log.key = withNewKey
  await log.restore('yesterday.db')
  await log.append(2)
  await log.close()
  whole(t, log.verify([early]), 'a second time, in a third generation')
  t.match(log.verify([early, late]), { whole: false, where: /eingespielt/ })
})

t.test('without an anchor only a log that was just begun is whole', async t => {
  const log = new ToldLog(t.testdir(), '2026-11-10T07:00:00Z')
  await log.append(1)
  await log.close()
  rmSync(join(log.folder, 'anchor/last'))
  t.match(log.verify(), { whole: false, where: /Der Anker fehlt/ })
})

t.test('notes of another log, or no notes at all, are told', async t => {
  const folder = t.testdir()
  const [log, other] = ['one', 'other'].map(name => new ToldLog(join(folder, name), '2026-11-10T07:00:00Z'))
  if (!log || !other) return
  for (const one of [log, other]) {
    await one.append(1)
    await one.close()
  }
  t.throws(() => log.verify([other.witness('NAS')]), /NAS gehört nicht zu diesem Protokoll/)
  t.throws(() => log.verify([{ name: 'NAS', text: 'nothing\n' }]), /enthält keine Notiz/)
  t.throws(() => log.verify([{ name: 'NAS', text: 'a\nb\n\n— c d\n' }]), /enthält keine Notiz/)
  const diary = { name: 'diary', text: `${log.anchor}\nwritten by hand\n\n${log.anchor?.replaceAll('\n', '\r\n')}` }
  whole(t, log.verify([diary]), 'several notes in one file')
})
