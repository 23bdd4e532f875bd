import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Config } from '../config.ts'
import { verifyFolder } from '../test/audit.ts'
import { reopen } from '../test/reopened.ts'
import { startSchool } from '../test/school.ts'
import { problemIn } from './alarm.ts'
import { checkpointText, signNote } from './formats/note.ts'
import { checkNotes } from './note-check.ts'
import { depositNote, type Places, seeWitness } from './witness.ts'

const day = 24 * 3_600_000
const placesOf = (config: Config, witnessFolder: string): Places => ({
  data: config.data,
  audit: { ...config.audit, witnessFolder },
})

t.test('once a day a note of the state is left in a folder outside, and nothing in it is ever replaced', async t => {
  const school = await startSchool(t)
  const { audit, clock, config } = school.house
  const folder = join(config.data, 'witness')
  const places = placesOf(config, folder)
  t.equal(await depositNote(audit, config, clock), 0, 'a school need not have one')
  t.equal(await seeWitness(audit, config, clock.today()), null)

  await t.rejects(depositNote(audit, places, clock), { message: /witness folder: missing/ })
  t.notOk(existsSync(folder), 'where the share is not mounted no folder is made')
  t.match(await seeWitness(audit, places, clock.today()), { newest: null, trouble: 'missing' })

  mkdirSync(folder)
  const [name, start] = [audit.standing.origin.replaceAll('/', '-'), audit.standing]
  t.equal(await depositNote(audit, places, clock), 1)
  const file = `${name}-2026-11-23-${start.size}.txt`
  t.same(readdirSync(folder), [file])
  t.equal(readFileSync(join(folder, file), 'utf8'), start.note)
  t.match(await checkNotes(audit, start.note), [{ found: 'contained' }])
  t.match(await seeWitness(audit, places, clock.today()), {
    newest: { day: '2026-11-23', size: start.size },
    trouble: null,
  })

  school.clock.now += day / 4
  await audit.tick()
  t.equal(await depositNote(audit, places, clock), 0, 'one a day is enough')
  school.clock.now += day
  await audit.tick()
  t.equal(await depositNote(audit, places, clock), 1)
  t.match(await seeWitness(audit, places, clock.today()), { newest: { day: '2026-11-24', size: audit.standing.size } })
  t.match(await verifyFolder(config.data, '--witness', folder), { status: 0, said: /Bezeugt sind \d+ Zeilen/ })

  school.clock.now += day
  await audit.tick()
  const today = `${name}-2026-11-25-`
  writeFileSync(join(folder, `${today}1.txt`), '')
  writeFileSync(join(folder, `${today}2.txt`), audit.standing.note.slice(0, 70))
  writeFileSync(join(folder, `${today}3.txt`), audit.standing.note.slice(0, -9))
  t.equal(await depositNote(audit, places, clock), 1, 'what a power cut left unfinished is no note')
  t.equal(readdirSync(folder).length, 6)
  t.match(await verifyFolder(config.data, '--witness', folder), { status: 0 }, 'and disturbs no check of the folder')
  t.match(
    await verifyFolder(config.data, '--witness', join(folder, `${today}1.txt`)),
    { status: 2 },
    'but proves nothing',
  )

  school.clock.now += day
  await audit.tick()
  const taken = join(folder, `${name}-2026-11-26-${audit.standing.size}.txt`)
  writeFileSync(taken, 'unfinished')
  t.equal(await depositNote(audit, places, clock), 1, 'a file in the way does not keep the note out')
  t.equal(readFileSync(taken, 'utf8'), 'unfinished', 'nor is it replaced')
  t.match(await seeWitness(audit, places, clock.today()), { newest: { day: '2026-11-26' }, trouble: null })
  t.equal(await depositNote(audit, places, clock), 0)

  school.clock.now += day
  await audit.tick()
  const broken = placesOf(config, taken)
  await t.rejects(depositNote(audit, broken, clock), { message: /witness folder: failed/ })
  t.match(
    await seeWitness(audit, broken, clock.today()),
    { trouble: 'failed' },
    'and the page says so until one succeeds',
  )
  t.equal(await depositNote(audit, places, clock), 1)
  t.match(await seeWitness(audit, places, clock.today()), { trouble: null })
})

t.test('what somebody else puts into the folder does not keep a note out', async t => {
  const school = await startSchool(t)
  const { audit, clock, config, secrets } = school.house
  const folder = join(config.data, 'witness')
  mkdirSync(folder)
  const early = audit.standing
  for (let hours = 0; hours < 30; hours++) {
    school.clock.now += day / 24
    await audit.tick()
  }
  const today = join(folder, `${early.origin.replaceAll('/', '-')}-${clock.today()}-`)
  const { privateKey } = generateKeyPairSync('ed25519')
  const text = checkpointText(early.origin, early.size, Buffer.alloc(32, 7))
  writeFileSync(`${today}1.txt`, signNote(text, early.origin, privateKey))
  writeFileSync(`${today}2.txt`, signNote(text, early.origin, secrets.checkpointKey))
  writeFileSync(`${today}3.txt`, early.note)
  writeFileSync(`${today}4.txt`, ' '.repeat(2_000_000))
  writeFileSync(`${today}5.txt`, 'closed', { mode: 0o000 })
  symlinkSync(`${today}6.txt`, `${today}6.txt`)
  execFileSync('mkfifo', [`${today}7.txt`])
  mkdirSync(`${today}8.txt`)
  writeFileSync(`${today.replace(clock.today(), '2099-01-01')}9.txt`, early.note)
  const before = process.umask(0o077)
  const places = placesOf(config, folder)
  t.equal(await depositNote(audit, places, clock), 1, 'nothing of all that is a note of today')
  process.umask(before)
  const made = `${today}${audit.standing.size}.txt`
  t.equal(statSync(made).mode & 0o777, 0o644, 'others can read it')
  t.match(await seeWitness(audit, places, clock.today()), { newest: { day: '2026-11-24', size: audit.standing.size } })
  t.equal(await depositNote(audit, places, clock), 0)
})

t.test('the day of a note is the school’s', async t => {
  const school = await startSchool(t)
  const { audit, clock, config } = school.house
  const folder = join(config.data, 'witness')
  mkdirSync(folder)
  school.clock.now = Date.parse('2026-11-23T23:30:00Z')
  await audit.tick()
  t.equal(await depositNote(audit, placesOf(config, folder), clock), 1)
  t.match(readdirSync(folder), [/-2026-11-24-\d+\.txt$/])
})

t.test('a folder in which files can be added and none renamed will do', async t => {
  const school = await startSchool(t)
  const { audit, clock, config } = school.house
  const folder = join(config.data, 'append-only')
  const places = placesOf(config, folder)
  mkdirSync(folder)
  const before = readdirSync(folder)
  await depositNote(audit, places, clock)
  const [made, ...more] = readdirSync(folder)
  t.same([before, more], [[], []], 'nothing but the note was ever there')
  chmodSync(join(folder, made ?? ''), 0o400)
  t.equal(await depositNote(audit, places, clock), 0)
})

t.test('the page says when the witness got its last note, and what is wrong with it', async t => {
  const school = await startSchool(t)
  const folder = join(school.house.config.data, 'witness')
  const settings = { audit: { ...school.house.config.audit, witnessFolder: folder } }
  const first = await reopen(t, school, school.portal, { settings })
  t.match(
    (await (await first.as('kim')).get('/audit')).body,
    /Der Zeuge außerhalb fehlt[\s\S]*Der Ordner ist nicht da[\s\S]*Stand geprüft/,
    'above everything else',
  )
  const second = await reopen(t, school, first.portal, { happens: () => void mkdirSync(folder) })
  const kim = await second.as('kim')
  t.match((await kim.get('/audit')).body, 'Der Ordner ist da, aber noch leer')
  await depositNote(second.house.audit, second.house.config, second.house.clock)
  t.match((await kim.get('/audit')).body, /Letzte Notiz: Montag, 23\.\sNovember\s2026, Stand \d+/)
  t.match((await kim.get('/audit')).body, 'auf demselben Datenträger wie die Daten')
  const [newest, today] = [{ day: '2026-11-23', size: 1 }, '2026-11-25']
  t.equal(problemIn({ newest, trouble: null, inside: false }, today), null)
  t.equal(problemIn({ newest, trouble: null, inside: false }, '2026-11-26'), 'late')
  t.match((await kim.get('/recording')).body, 'Dafür ist hier ein Ordner eingerichtet')
})

t.test('a share that hangs holds one thread, and the page does not wait for it', async t => {
  const school = await startSchool(t)
  const { audit, clock, config } = school.house
  const folder = join(config.data, 'hangs')
  mkdirSync(folder)
  const places = placesOf(config, folder)
  t.equal(await depositNote(audit, places, clock), 1)
  const { promise, resolve } = Promise.withResolvers<void>()
  const all: typeof audit.reading.all = async (...asked) => {
    await promise
    return audit.reading.all(...asked)
  }
  const hanging = { standing: audit.standing, reading: { ...audit.reading, all } }
  const first = depositNote(hanging, places, clock)
  for (let more = 0; more < 20; more++)
    await t.rejects(depositNote(hanging, places, clock), { message: /witness folder: slow/ })
  t.match(await seeWitness(hanging, places, clock.today()), { trouble: 'slow' })
  resolve()
  t.equal(await first, 0)
  t.match(await seeWitness(hanging, places, clock.today()), { trouble: null, inside: true })
})
