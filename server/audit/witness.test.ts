import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { verifyFolder } from '../test/audit.ts'
import { reopen } from '../test/reopened.ts'
import { startSchool } from '../test/school.ts'
import { checkNotes } from './note-check.ts'
import { depositNote, seeWitness } from './witness.ts'

const day = 24 * 3_600_000

t.test('once a day a note of the state is left in a folder outside, and nothing in it is ever replaced', async t => {
  const school = await startSchool(t)
  const { audit, config } = school.house
  const folder = join(config.data, 'witness')
  t.equal(await depositNote(audit, null, school.clock.now), 0, 'a school need not have one')
  t.equal(await seeWitness(audit, null), null)

  await t.rejects(depositNote(audit, folder, school.clock.now), { message: /witness folder: missing/ })
  t.notOk(existsSync(folder), 'where the share is not mounted no folder is made')
  t.match(await seeWitness(audit, folder), { newest: null, trouble: 'missing' })

  mkdirSync(folder)
  const [name, start] = [audit.standing.origin.replaceAll('/', '-'), audit.standing]
  t.equal(await depositNote(audit, folder, school.clock.now), 1)
  const file = `${name}-2026-11-23-${start.size}.txt`
  t.same(readdirSync(folder), [file])
  t.equal(readFileSync(join(folder, file), 'utf8'), start.note)
  t.match(await checkNotes(audit, start.note), [{ found: 'contained' }])
  t.match(await seeWitness(audit, folder), { newest: { day: '2026-11-23', size: start.size }, trouble: null })

  school.clock.now += day / 4
  await audit.tick()
  t.equal(await depositNote(audit, folder, school.clock.now), 0, 'one a day is enough')
  school.clock.now += day
  await audit.tick()
  t.equal(await depositNote(audit, folder, school.clock.now), 1)
  t.match(await seeWitness(audit, folder), { newest: { day: '2026-11-24', size: audit.standing.size } })
  t.match(await verifyFolder(config.data, '--witness', folder), { status: 0, said: /Bezeugt sind \d+ Zeilen/ })

  school.clock.now += day
  await audit.tick()
  const today = `${name}-2026-11-25-`
  writeFileSync(join(folder, `${today}1.txt`), '')
  writeFileSync(join(folder, `${today}2.txt`), audit.standing.note.slice(0, 70))
  writeFileSync(join(folder, `${today}3.txt`), audit.standing.note.slice(0, -9))
  t.equal(await depositNote(audit, folder, school.clock.now), 1, 'what a power cut left unfinished is no note')
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
  await t.rejects(depositNote(audit, folder, school.clock.now), { message: /witness folder: failed/ })
  t.equal(readFileSync(taken, 'utf8'), 'unfinished', 'not even then it is replaced')
  t.match(await seeWitness(audit, folder), { trouble: 'failed' }, 'and the page says so until one succeeds')
  await audit.note('verify_ok', { records: 1 })
  t.equal(await depositNote(audit, folder, school.clock.now), 1)
  t.match(await seeWitness(audit, folder), { trouble: null })
})

t.test('a folder in which files can be added and none renamed will do', async t => {
  const school = await startSchool(t)
  const folder = join(school.house.config.data, 'append-only')
  mkdirSync(folder)
  const before = readdirSync(folder)
  await depositNote(school.house.audit, folder, school.clock.now)
  const [made, ...more] = readdirSync(folder)
  t.same([before, more], [[], []], 'nothing but the note was ever there')
  chmodSync(join(folder, made ?? ''), 0o400)
  t.equal(await depositNote(school.house.audit, folder, school.clock.now), 0)
})

t.test('the page says when the witness got its last note, and what is wrong with it', async t => {
  const school = await startSchool(t)
  const folder = join(school.house.config.data, 'witness')
  const settings = { audit: { ...school.house.config.audit, witnessFolder: folder } }
  const first = await reopen(t, school, school.portal, { settings })
  t.match((await (await first.as('kim')).get('/audit')).body, 'Der Ordner ist nicht da')
  const second = await reopen(t, school, first.portal, { happens: () => void mkdirSync(folder) })
  const kim = await second.as('kim')
  t.match((await kim.get('/audit')).body, 'Der Ordner ist da, aber noch leer')
  await depositNote(second.house.audit, folder, school.clock.now)
  t.match((await kim.get('/audit')).body, /Letzte Notiz: Montag, 23\.\sNovember\s2026, Stand \d+/)
})

t.test('a share that hangs holds one thread, and the page does not wait for it', async t => {
  const school = await startSchool(t)
  const { audit, config } = school.house
  const folder = join(config.data, 'hangs')
  mkdirSync(folder)
  const pipe = join(folder, `${audit.standing.origin.replaceAll('/', '-')}-2026-11-23-1.txt`)
  // Reading a pipe into which nobody writes comes back when somebody does.
  execFileSync('mkfifo', [pipe])
  const first = depositNote(audit, folder, school.clock.now)
  for (let tries = 0; tries < 20; tries++)
    await t.rejects(depositNote(audit, folder, school.clock.now), { message: /witness folder: slow/ })
  t.match(await seeWitness(audit, folder), { trouble: 'slow' })
  writeFileSync(pipe, audit.standing.note)
  t.equal(await first, 0)
  t.match(await seeWitness(audit, folder), { trouble: null })
})
